"""The HTTP side: which requests become connections.  Owned by the server's event loop; needs the extra."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Coroutine, Iterable
from typing import Any

import attrs
from aiohttp import web

from .._logging import get_logger
from .access import Caller, caller_of
from .connection import Connection, LiveConnection
from .control import Control, Inside
from .control_side import ControlSide, is_control
from .disturbance import Disturbance
from .ending import ABNORMAL
from .faults import AnswerHttp, Fault, FaultQueue, Later, Reset
from .handles import HandleBook
from .hiding import Secrets
from .http_errors import HttpError, not_served
from .hub import Behaviour, Books
from .journal import Journal, LogFile, Scribe
from .ledger import Ledger
from .links import Link, Links
from .listeners import listeners
from .music_connection import MusicConnection
from .options import is_loopback
from .paths import Method, Target, target_of
from .plain import PlainSide, faulty_response, response_of
from .records import EmulatedSession
from .refusals import GOING_AWAY
from .rest import RestMethods, refusal

_BACKLOG = 1024
"""How many connections may wait to be accepted; the kernel may allow fewer."""
_CLOSE_SECONDS = 2.0
"""How long the client's close frame is awaited."""
_SHUTDOWN_SECONDS = 0.5
_LOOP_ROUNDS = 5
"""How often the loop goes round until an accepted or a closed transport is what it says."""
_SEND_SECONDS = 0.5
_log = get_logger("emulator")
_SILENT = logging.Logger("aiohttp of the emulator", logging.CRITICAL + 1)  # noqa: LOG001 - see below
"""Belongs to no hierarchy, so nobody's handlers hear of it."""


@attrs.frozen
class Address:
    """Where the server listens.

    Attributes:
        host: the name or address given.
        port: the port, 0 to have one chosen.
    """

    host: str
    port: int


class Service:
    """Everything that lives on the event loop of one run.

    Attributes:
        books: what it remembers.
    """

    def __init__(
        self,
        behaviour: Behaviour,
        ledger: Ledger,
        faults: FaultQueue,
        *,
        log_file: LogFile | None = None,
        control: bool = False,
    ) -> None:
        self._behaviour = behaviour
        self._ledger = ledger
        self._faults = faults
        self.books = Books(HandleBook(refuse_open=behaviour.limits.refuse_open_resume))
        self._plain = PlainSide(RestMethods(behaviour, self.books.tokens), ledger, faults)
        self._links = Links()
        self._connections: set[Connection[Any]] = set()
        self._sending: set[asyncio.Task[None]] = set()
        self._disturbance = behaviour.disturbance
        self._secrets = Secrets()
        self._log_file = log_file
        self._journal: Journal | None = None
        self._has_control = control
        self._control: ControlSide | None = None

    @property
    def log_lines_lost(self) -> int:
        """How many lines of the log could not be written."""
        return self._journal.lost if self._journal is not None else 0

    @contextlib.asynccontextmanager
    async def listening(self, address: Address, tls: ssl.SSLContext | None) -> AsyncIterator[Address]:
        """Listen, give the address that it became, and leave nothing open at the end.

        Raises:
            OSError: the address is taken or not this machine's, or the log's file can't be opened.
        """
        if self._log_file is not None:
            self._journal = Journal(self._log_file)
        try:
            async with self._listening(address, tls) as actual:
                if not is_loopback(actual.host):
                    _log.warning("listening on %s: other machines reach it, with whatever keys it takes", actual.host)
                yield actual
        finally:
            if self._journal is not None:
                self._journal.close()

    @contextlib.asynccontextmanager
    async def _listening(self, address: Address, tls: ssl.SSLContext | None) -> AsyncIterator[Address]:
        loop = asyncio.get_running_loop()
        if self._has_control:
            inside = Inside(self, loop, self._faults)
            self._control = ControlSide(
                Control(inside, self._ledger, self._behaviour, self._secrets, lambda: self.log_lines_lost)
            )
        # Neither log of aiohttp's: both show request lines, and so the keys in their queries.
        server = web.Server(self._on_request, access_log=None, logger=_SILENT)
        bound = listeners(address.host, address.port)
        host, port = bound[0].getsockname()[:2]
        started: list[asyncio.Server] = []
        try:
            for one in bound:
                started += [await loop.create_server(server, sock=one, ssl=tls, backlog=_BACKLOG)]
            yield Address(host, port)
        finally:
            for listener in started:
                await _stop_listening(listener)
            for one in bound:  # those that were not started
                one.close()
            await self._close_everything(server)
            await server.shutdown(_SHUTDOWN_SECONDS)
            await _settle()

    async def _close_everything(self, server: web.Server) -> None:
        """Close every connection politely, and after a moment without politeness."""
        for connection in list(self._connections):
            if connection.ending.frozen:
                connection.ending.drop()
        self.close_all(GOING_AWAY, "The server is shutting down.")
        deadline = asyncio.get_running_loop().time() + _SHUTDOWN_SECONDS
        while self._connections and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.005)
        for handler in list(server.connections):
            if isinstance(handler.transport, asyncio.Transport) and not handler.transport.is_closing():
                self._links.of(handler.transport)
        await self._links.cut_all(_SHUTDOWN_SECONDS)

    async def _on_request(self, request: web.BaseRequest) -> web.StreamResponse:
        assert isinstance(request.transport, asyncio.Transport)
        link = self._links.of(request.transport)
        if self._control is not None and is_control(request.path):
            return await self._control.respond(request)
        caller = caller_of(request.headers, request.query)
        self._secrets.remember(caller)
        if not web.WebSocketResponse().can_prepare(request):
            return await self._plain.respond(request, link)
        self._ledger.note_attempt()
        target = target_of(request.method, request.path)
        if target is None or not target.socket:
            return response_of(refusal(not_served(request.path)))
        fault = self._faults.take("live")
        if isinstance(fault, AnswerHttp):
            return faulty_response(fault)
        if isinstance(fault, Reset):
            link.reset()
            return web.Response()
        try:
            self._behaviour.access.check_upgrade(target, caller)
        except HttpError as error:
            return response_of(refusal(error))
        # Written down before the client hears of it, so that whoever has connected finds the record.
        record = self._ledger.open(request.rel_url.raw_path, dict(request.query), request.headers)
        scribe = Scribe(self._journal, record.number, self._secrets.hider(caller))
        scribe.opened(record.path)
        try:
            return await self._serve(
                request, record, link=link, target=target, caller=caller, scribe=scribe, fault=fault
            )
        finally:
            record.note_end(ABNORMAL, "")

    async def _serve(
        self,
        request: web.BaseRequest,
        record: EmulatedSession,
        *,
        link: Link,
        target: Target,
        caller: Caller,
        scribe: Scribe,
        fault: Fault | None,
    ) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse(
            max_msg_size=self._behaviour.max_message_bytes, compress=False, timeout=_CLOSE_SECONDS, autoping=False
        )
        try:
            await websocket.prepare(request)
        except ConnectionError:  # the client has gone in the middle of the upgrade
            scribe.closed(ABNORMAL, "")
            return websocket
        kind: type[Connection[Any]] = MusicConnection if target.method is Method.MUSIC else LiveConnection
        connection = kind(
            websocket,
            record,
            link=link,
            behaviour=self._behaviour,
            books=self.books,
            target=target,
            caller=caller,
            scribe=scribe,
            fault=fault,
            disturbance=self._disturbance,
        )
        self._connections.add(connection)
        _log.info("connection %d: opened", record.number)
        try:
            await connection.serve()
        finally:
            self._connections.discard(connection)
        return websocket

    async def send_all(self, message: dict[str, Any]) -> None:
        """Send a message to every connection whose setup is complete."""
        await self._tell(connection.send_extra(message) for connection in self._connections if connection.ready)

    async def go_away(self, seconds: float | None, *, close: bool, silence: bool) -> None:
        """Announce to every connection its end."""
        await self._tell(connection.go_away(seconds, close=close, silence=silence) for connection in self._connections)

    async def _tell(self, sendings: Iterable[Coroutine[Any, Any, None]]) -> None:
        """Have something sent to several connections.

        It does not wait long for clients that don't read; the message is on its way to them all the same.
        """
        tasks = {asyncio.create_task(_quietly(sending)) for sending in sendings}
        self._sending |= tasks
        for task in tasks:
            task.add_done_callback(self._sending.discard)
        if tasks:
            await asyncio.wait(tasks, timeout=_SEND_SECONDS)

    def close_all(self, code: int, reason: str) -> None:
        """Close every connection."""
        for connection in list(self._connections):
            connection.ending.close(code, reason)

    def drop_all(self) -> None:
        """Reset every connection's TCP connection."""
        for connection in list(self._connections):
            connection.ending.drop()

    def plan(self, fault: Later, times: int) -> None:
        """Let every connection fail when it reaches a phase next, so many times."""
        for connection in self._connections:
            for _ in range(times):
                connection.plan(fault)

    def disturb(self, disturbance: Disturbance) -> None:
        """Let every connection, now and later, be disturbed like this."""
        self._disturbance = disturbance
        for connection in self._connections:
            connection.disturb(disturbance)

    def freeze_all(self) -> None:
        """Make a black hole of every connection."""
        for connection in list(self._connections):
            connection.ending.freeze()


async def _quietly(sending: Coroutine[Any, Any, None]) -> None:
    with contextlib.suppress(ConnectionError):
        await sending


async def _stop_listening(listener: asyncio.Server) -> None:
    """Accept nothing more, and close the listener only when what was accepted has become a connection.

    A listener that is closed sooner forgets the socket that it has just accepted.
    """
    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError):  # a loop that has no readers has another way to accept
        for listening in listener.sockets:
            loop.remove_reader(listening.fileno())
    await _breathe()
    listener.close()


async def _settle() -> None:
    """End handshakes that never came to an end, and let closed transports say goodbye to the loop."""
    current = asyncio.current_task()
    pending = [task for task in asyncio.all_tasks() if task is not current]
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    await _breathe()


async def _breathe() -> None:
    """Let the loop do what it has begun."""
    for _ in range(_LOOP_ROUNDS):
        await asyncio.sleep(0)
