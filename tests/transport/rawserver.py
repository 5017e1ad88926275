"""A server for ill-behaved peers: it does the HTTP upgrade by hand, then a test's own function has the bare socket."""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from types import TracebackType

from .driver import WAIT

Script = Callable[[socket.socket], object]


def read_head(sock: socket.socket) -> str:
    """Read up to the empty line that ends a request's head."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        data = sock.recv(1)
        if not data:
            break
        head += data
    return head.decode("latin-1")


def accept_key(head: str) -> str:
    """Return the right ``Sec-WebSocket-Accept`` for a request."""
    (key,) = (
        line.split(":", 1)[1].strip() for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key")
    )
    return base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()).decode()


def upgrade_answer(head: str, *more: str) -> bytes:
    """Return the 101 for a request, with more header lines."""
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    return "\r\n".join([*lines, f"Sec-WebSocket-Accept: {accept_key(head)}", *more, "", ""]).encode()


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, bits: int = 0) -> bytes:
    """Return one unmasked frame, as a server sends it; ``bits`` are added to the first byte."""
    first = (0x80 if fin else 0) | bits | opcode
    if len(payload) < 126:
        return struct.pack("!BB", first, len(payload)) + payload
    if len(payload) < 65_536:
        return struct.pack("!BBH", first, 126, len(payload)) + payload
    return struct.pack("!BBQ", first, 127, len(payload)) + payload


def text(payload: str) -> bytes:
    """Return a text frame."""
    return frame(1, payload.encode())


def close_frame(code: int, reason: str = "") -> bytes:
    """Return a close frame."""
    return frame(8, struct.pack("!H", code) + reason.encode())


def read_exactly(sock: socket.socket, size: int) -> bytes:
    """Read so many bytes or raise ``EOFError``."""
    data = bytearray()
    while len(data) < size:
        piece = sock.recv(min(65_536, size - len(data)))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


def read_frame(sock: socket.socket) -> tuple[int, bytes]:
    """Read one masked client frame: its opcode and its payload."""
    first, second = read_exactly(sock, 2)
    assert second & 0x80, "a client masks its frames"
    length = second & 0x7F
    if length == 126:
        (length,) = struct.unpack("!H", read_exactly(sock, 2))
    elif length == 127:
        (length,) = struct.unpack("!Q", read_exactly(sock, 8))
    mask = read_exactly(sock, 4)
    payload = read_exactly(sock, length)
    repeated = (mask * (length // 4 + 1))[:length]
    return first & 0x0F, (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(length, "big")


def hold(sock: socket.socket) -> None:
    """Read until the client hangs up."""
    while sock.recv(65_536):
        pass


def reset(sock: socket.socket) -> None:
    """Hang up with a TCP reset in place of an orderly end."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if isinstance(sock, ssl.SSLSocket):  # the descriptor itself: no close_notify before the reset
        socket.close(sock.detach())
    else:
        sock.close()


class RawServer:
    """Accepts connections one after the other and runs ``script`` with each socket, on one thread of bounded life.

    Args:
        script: has the socket after the upgrade (or after TLS, with ``upgrade=False``; or bare, with ``tls=None``).
        tls: the server's context; the socket is wrapped before anything else.
        upgrade: whether to answer the upgrade request.
        small: keep the receive buffer small, so that it is soon full.
    """

    def __init__(
        self, script: Script, *, tls: ssl.SSLContext | None = None, upgrade: bool = True, small: bool = False
    ) -> None:
        self._script, self._tls, self._upgrade = script, tls, upgrade
        self._listener = socket.socket()
        if small:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(8)
        self._listener.settimeout(WAIT)
        self.port = self._listener.getsockname()[1]
        self.url = f"{'wss' if tls else 'ws'}://localhost:{self.port}/path?query=1"
        self.heads: list[str] = []
        self.errors: list[BaseException] = []
        self.go = threading.Event()
        """For the script to wait for the test."""
        self.reached = threading.Event()
        """For the test to wait for the script."""
        self._current: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="raw-server")

    def wait(self) -> None:
        """Wait for the test; for scripts."""
        assert self.go.wait(WAIT)

    def _run(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with sock:
                self._current = sock
                sock.settimeout(WAIT)
                try:
                    self._serve(sock)
                except (OSError, EOFError):
                    pass  # the client has hung up, which it may
                except BaseException as error:
                    self.errors.append(error)

    def _serve(self, sock: socket.socket) -> None:
        if self._tls is not None:
            sock = self._tls.wrap_socket(sock, server_side=True)
        with sock:
            self._current = sock
            if self._upgrade:
                head = read_head(sock)
                self.heads.append(head)
                sock.sendall(upgrade_answer(head))
            self._script(sock)

    def __enter__(self) -> RawServer:  # noqa: PYI034 - Self is newer than the oldest Python here
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.go.set()
        for sock in (self._listener, self._current):
            if sock is not None:
                try:
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)
                except OSError:
                    pass
        self._listener.close()
        self._thread.join(WAIT)
        assert not self._thread.is_alive()
        if kind is None and self.errors:
            raise self.errors[0]


def answering(*pieces: bytes, tls: ssl.SSLContext | None = None, then: Script | None = None) -> RawServer:
    """Return a server that reads the request, answers with these bytes and hangs up, or goes on with ``then``."""

    def script(sock: socket.socket) -> None:
        server.heads.append(read_head(sock))
        for piece in pieces:
            sock.sendall(piece)
        if then is not None:
            then(sock)

    server = RawServer(script, tls=tls, upgrade=False)
    return server
