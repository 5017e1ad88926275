"""Transports of every kind with the server's end in a test's hands, for what holds for all of them."""

from __future__ import annotations

import json
import queue
import select
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Protocol

from gemini_live.testing import FakeTransport
from gemini_live.testing.recorder import RecordedTransport
from gemini_live.transport import ConnectRequest, Transport
from gemini_live.transport.opening import open_websocket

from .conftest import attempt
from .driver import WAIT
from .rawserver import RawServer, close_frame, frame, read_frame, text

TEXT, CLOSE, PING = 1, 8, 9


class End(Protocol):
    """The server's end of one connection."""

    def say(self, *messages: str | bytes) -> None:
        """Send messages: text as text, bytes as binary."""

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close; 1005 stands for no code."""

    def drop(self) -> None:
        """End the stream without a close."""

    def stall(self) -> None:
        """Take nothing more."""

    def unstall(self) -> None:
        """Take again."""

    def received(self) -> list[str]:
        """Return the messages so far."""

    def ended(self) -> tuple[int, str] | None:
        """Return the first close of either side, as code and reason; 1006 if there was none."""


class MemoryEnd:
    """The end of a connection in memory."""

    def __init__(self, fake: FakeTransport) -> None:
        connection = fake.connection
        self.say, self.close, self.drop = connection.say, connection.close, connection.drop
        self.stall, self.unstall = connection.stall, connection.unstall
        self._connection = connection

    def received(self) -> list[str]:
        """Return the messages so far."""
        return [one if isinstance(one, str) else json.dumps(one) for one in self._connection.sent]

    def ended(self) -> tuple[int, str] | None:
        """Return how it ended."""
        return self._connection.transport.end


class SocketEnd:
    """The end of a real one.  The server's thread owns the socket; it does what a test wants between two frames."""

    def __init__(self) -> None:
        self._orders: queue.SimpleQueue[tuple[Callable[[], object], Future[None]]] = queue.SimpleQueue()
        self._sock: socket.socket
        self._wake, self._woken = socket.socketpair()
        self._stalled = self._over = self._closing = False
        self._received: list[str] = []
        self._end: tuple[int, str] | None = None

    def serve(self, sock: socket.socket) -> None:
        """Read frames, and do as told; the raw server's thread."""
        self._sock = sock
        try:
            while not self._over:
                buffered = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0 and not self._stalled
                wanted = [self._woken] if self._stalled else [self._woken, sock]
                ready = [sock] if buffered else select.select(wanted, [], [], WAIT)[0]
                assert ready
                if self._woken in ready:
                    self._woken.recv(1)
                    if not self._over:
                        self._obey()
                elif not self._stalled:
                    self._take(*read_frame(sock))
        finally:
            self._end = self._end or (1006, "")

    def _obey(self) -> None:
        order, done = self._orders.get_nowait()
        try:
            order()
            done.set_result(None)
        except BaseException as error:
            done.set_exception(error)

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            self._received.append(payload.decode())
        elif opcode == PING:
            self._sock.sendall(frame(10, payload))
        elif opcode == CLOSE:
            if not self._closing:
                self._end = (struct.unpack_from("!H", payload)[0], payload[2:].decode())
                self._sock.sendall(frame(CLOSE, payload))
            self._over = True

    def _order(self, do: Callable[[], object]) -> None:
        done: Future[None] = Future()
        self._orders.put((do, done))
        self._wake.send(b"!")
        done.result(WAIT)

    def say(self, *messages: str | bytes) -> None:
        """Send messages."""
        wire = b"".join(text(one) if isinstance(one, str) else frame(2, one) for one in messages)
        self._order(lambda: self._sock.sendall(wire))

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Send a close frame, and hang up at the client's."""

        def do() -> None:
            self._closing, self._end = True, (code, reason)
            self._sock.sendall(frame(CLOSE) if code == 1005 else close_frame(code, reason))

        self._order(do)

    def drop(self) -> None:
        """End the stream."""

        def do() -> None:
            self._over = True
            socket.socket.shutdown(self._sock, socket.SHUT_WR)

        self._order(do)

    def _stall(self, stalled: bool) -> None:
        self._stalled = stalled

    def stall(self) -> None:
        """Read nothing more."""
        self._order(lambda: self._stall(True))

    def unstall(self) -> None:
        """Read again."""
        self._order(lambda: self._stall(False))

    def received(self) -> list[str]:
        """Return the messages so far."""
        return list(self._received)

    def ended(self) -> tuple[int, str] | None:
        """Return how it ended."""
        return self._end

    def give_up(self) -> None:
        """Have the thread end, whatever it waits for."""
        self._over = True
        self._wake.send(b"!")

    def release(self) -> None:
        """Close the pipe."""
        self._wake.close()
        self._woken.close()


def _recorded(inner: Transport) -> Transport:
    return RecordedTransport(inner, lambda *passed: None, 1)


@contextmanager
def both_ends(kind: str, trust: Any, **options: Any) -> Iterator[tuple[Transport, End]]:
    """Give a transport and its other end: ``plain``, ``tls`` or ``memory``, with ``recorded`` before it a wrapped one."""
    medium = kind.rpartition(" ")[2]
    wrap = _recorded if kind.startswith("recorded ") else lambda inner: inner
    if medium == "memory":
        fake = FakeTransport(accept=False)
        yield wrap(fake(ConnectRequest(url="wss://nowhere", **options), attempt())), MemoryEnd(fake)
        return
    end = SocketEnd()
    try:
        with RawServer(end.serve, tls=trust.server if medium == "tls" else None, small=True) as server:
            request = ConnectRequest(url=server.url, ssl_context=trust.client, **options)
            try:
                yield wrap(open_websocket(request, attempt())), end
            finally:
                end.give_up()
    finally:
        end.release()
