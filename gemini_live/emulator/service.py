"""The HTTP side: which requests become connections.  Owned by the server's event loop; needs the extra."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from typing import Any

import attrs
from aiohttp import web

from .._logging import get_logger
from .connection import Connection
from .faults import FaultQueue, RefuseUpgrade, Reset
from .hub import Behaviour, HandleBook
from .profiles import version_of
from .records import Ledger
from .refusals import GOING_AWAY, error_body
from .resets import reset

MAX_MESSAGE_BYTES = 64 * 2**20
_CLOSE_SECONDS = 2.0
"""How long the client's close frame is awaited."""
_SHUTDOWN_SECONDS = 0.5
_SEND_SECONDS = 0.5
_log = get_logger("emulator")


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
    """Everything that lives on the event loop of one run."""

    def __init__(self, behaviour: Behaviour, ledger: Ledger, faults: FaultQueue) -> None:
        self._behaviour = behaviour
        self._ledger = ledger
        self._faults = faults
        self._handles = HandleBook()
        self._connections: set[Connection] = set()
        self._sending: set[asyncio.Task[None]] = set()
        self._count = 0

    @contextlib.asynccontextmanager
    async def listening(self, address: Address, tls: ssl.SSLContext | None) -> AsyncIterator[Address]:
        """Listen, give the address that it became, and leave nothing open at the end.

        Raises:
            OSError: the address is taken or not this machine's.
        """
        server = web.Server(self._on_request, access_log=None)  # it would show keys in queries
        runner = web.ServerRunner(server, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        try:
            site = web.TCPSite(runner, address.host, address.port, ssl_context=tls)
            await site.start()
            host, port = runner.addresses[0][:2]
            try:
                yield Address(host, port)
            finally:
                await self._close_everything(server)
        finally:
            await runner.cleanup()
            await _settle()

    async def _close_everything(self, server: web.Server) -> None:
        """Close every connection politely, and after a moment without politeness.

        TLS connections would wait for the peer's farewell long after the loop has ended.
        """
        self.close_all(GOING_AWAY, "The server is shutting down.")
        deadline = asyncio.get_running_loop().time() + _SHUTDOWN_SECONDS
        while self._connections and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.005)
        for handler in list(server.connections):
            if handler.transport is not None:
                handler.transport.abort()

    async def _on_request(self, request: web.BaseRequest) -> web.StreamResponse:
        version = version_of(self._behaviour.profile, request.path)
        if version is None or request.method != "GET":
            return _refuse(404, f"Path {request.path} was not found on this server.")
        if not web.WebSocketResponse().can_prepare(request):
            return _refuse(400, "This method is served over WebSocket only.")
        self._ledger.note_attempt()
        fault = self._faults.take()
        if isinstance(fault, RefuseUpgrade):
            return web.Response(
                status=fault.status, body=fault.body.encode(), headers={**_JSON_HEADERS, **fault.headers}
            )
        if isinstance(fault, Reset):
            reset(request.transport)
            return web.Response()
        websocket = web.WebSocketResponse(max_msg_size=MAX_MESSAGE_BYTES, compress=False, timeout=_CLOSE_SECONDS)
        await websocket.prepare(request)
        await self._serve(request, websocket, version, fault)
        return websocket

    async def _serve(
        self, request: web.BaseRequest, websocket: web.WebSocketResponse, version: str, fault: Any
    ) -> None:
        self._count += 1
        record = self._ledger.open(request.rel_url.raw_path, dict(request.query), request.headers)
        connection = Connection(
            websocket,
            record,
            transport=request.transport,
            behaviour=self._behaviour,
            handles=self._handles,
            number=self._count,
            version=version,
            key=request.headers.get("x-goog-api-key") or request.query.get("key", ""),
            fault=fault,
        )
        self._connections.add(connection)
        _log.info("connection %d: opened", self._count)
        try:
            await connection.serve()
        finally:
            self._connections.discard(connection)

    async def send(self, message: dict[str, Any], *, only_ready: bool) -> None:
        """Send a message to every connection, or to those whose setup is complete.

        It does not wait long for clients that don't read; the message is on its way to them all the same.
        """
        chosen = [connection for connection in self._connections if connection.ready or not only_ready]
        tasks = {asyncio.create_task(_send_quietly(connection, message)) for connection in chosen}
        self._sending |= tasks
        for task in tasks:
            task.add_done_callback(self._sending.discard)
        if tasks:
            await asyncio.wait(tasks, timeout=_SEND_SECONDS)

    def close_all(self, code: int, reason: str) -> None:
        """Close every connection."""
        for connection in list(self._connections):
            connection.close(code, reason)

    def drop_all(self) -> None:
        """Reset every connection's TCP connection."""
        for connection in list(self._connections):
            connection.drop()


_JSON_HEADERS = {"content-type": "application/json; charset=UTF-8"}


def _refuse(status: int, message: str) -> web.Response:
    return web.Response(status=status, body=error_body(status, message).encode(), headers=_JSON_HEADERS)


async def _send_quietly(connection: Connection, message: dict[str, Any]) -> None:
    with contextlib.suppress(ConnectionError):
        await connection.send(message)


async def _settle() -> None:
    """End handshakes that never came to an end, and let closed transports say goodbye to the loop."""
    current = asyncio.current_task()
    pending = [task for task in asyncio.all_tasks() if task is not current]
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for _ in range(5):
        await asyncio.sleep(0)
