"""A TCP relay that stands between client and server: it adds a known delay, notes when frames pass, and can fail."""

from __future__ import annotations

import heapq
import itertools
import selectors
import socket
import struct
import threading
import time
from types import TracebackType

import attrs

_LINGER_NOT = struct.pack("ii", 1, 0)
_READ_BYTES = 65_536


@attrs.frozen
class Frame:
    """One WebSocket frame of a client.

    Attributes:
        at: when its last byte left the client, in seconds of ``time.monotonic()``.
        opcode: 1 is a message, 8 a close.
        size: bytes of payload.
    """

    at: float
    opcode: int
    size: int


class FrameScanner:
    """Finds the frames in what a client sends: the upgrade request, then masked frames (RFC 6455 section 5.2)."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._upgraded = False

    def feed(self, data: bytes, now: float) -> list[Frame]:
        """Take bytes; return the frames that they complete."""
        self._held += data
        if not self._upgraded:
            _, end, rest = self._held.partition(b"\r\n\r\n")
            if not end:
                return []
            self._upgraded, self._held = True, rest
        frames = []
        while (whole := self._length()) is not None and len(self._held) >= sum(whole):
            header, size = whole
            frames.append(Frame(now, self._held[0] & 15, size))
            del self._held[: header + size]
        return frames

    def _length(self) -> tuple[int, int] | None:
        """Return the bytes of the header, mask included, and of the payload of the next frame; ``None`` if unknown."""
        if len(self._held) < 2:
            return None
        size, wide = self._held[1] & 127, {126: 2, 127: 8}.get(self._held[1] & 127, 0)
        if len(self._held) < 2 + wide:
            return None
        if wide:
            size = int.from_bytes(self._held[2 : 2 + wide], "big")
        return 2 + wide + 4, size


@attrs.define(eq=False)
class Passage:
    """One connection through the relay.  Owner: the relay's thread; the list may be read by others.

    Attributes:
        client: the client's socket.
        server: the socket to the server, ``None`` in a black hole.
        opened_at: when the client connected.
        frames: what the client has sent.
        open: whether neither side is gone.
    """

    client: socket.socket
    server: socket.socket | None
    opened_at: float
    frames: list[Frame] = attrs.field(factory=list)
    scanner: FrameScanner = attrs.field(factory=FrameScanner)
    open: bool = True


class Relay:
    """Relays one port of this machine to another, on a thread of its own.

    Args:
        target: the server's port.
        delay: seconds that every byte takes, in each direction; a connection's first ones take a round trip more, as
            TCP's own handshake would.
    """

    def __init__(self, target: int, delay: float = 0.0) -> None:
        self._target = target
        self._delay = delay
        self._lock = threading.RLock()
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._due: list[tuple[float, int, Passage, socket.socket, bytes]] = []
        self._numbers = itertools.count()
        self._hole = False
        self._stopped = False
        self.passages: list[Passage] = []
        self.most_open = 0
        self._listener: socket.socket | None = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="soak:relay", daemon=True)

    @property
    def base_url(self) -> str:
        """Where a client connects."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Relay:  # noqa: PYI034 - typing.Self is newer than the oldest Python served
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            self._stopped = True
        self._wake()
        self._thread.join(5.0)
        self.die()
        self._selector.close()
        self._waker.close()
        self._woken.close()

    def die(self, *, hole: bool = False) -> None:
        """Reset every connection, and refuse new ones, or accept and never answer them."""
        with self._lock:
            for passage in [passage for passage in self.passages if passage.open]:
                self._end(passage, reset=True)
            self._due.clear()
            self._hole = hole
            if not hole and self._listener is not None:
                self._selector.unregister(self._listener)
                self._listener.close()
                self._listener = None
            self.most_open = 0
        self._wake()

    def revive(self) -> None:
        """Relay again, on the same port."""
        with self._lock:
            self._hole = False
            if self._listener is None:
                self._listener = socket.create_server(("127.0.0.1", self.port))
                self._selector.register(self._listener, selectors.EVENT_READ)
            for passage in [passage for passage in self.passages if passage.open and passage.server is None]:
                self._end(passage, reset=True)
        self._wake()

    def _wake(self) -> None:
        self._waker.send(b"\0")

    def _run(self) -> None:
        while True:
            with self._lock:
                if self._stopped:
                    return
                wait = max(0.0, self._due[0][0] - time.monotonic()) if self._due else None
            ready = self._selector.select(wait)
            with self._lock:
                for key, _ in ready:
                    self._serve(key.fileobj, key.data)
                self._deliver(time.monotonic())

    def _serve(self, source: object, passage: Passage | None) -> None:
        if source is self._woken:
            self._woken.recv(4096)
        elif self._listener is not None and source is self._listener:
            self._accept()
        elif passage is not None and passage.open and isinstance(source, socket.socket):
            self._read(source, passage)

    def _accept(self) -> None:
        assert self._listener is not None
        client, _ = self._listener.accept()
        server = None if self._hole else socket.create_connection(("127.0.0.1", self._target))
        passage = Passage(client, server, time.monotonic())
        self.passages.append(passage)
        self.most_open = max(self.most_open, sum(1 for known in self.passages if known.open))
        for side in (client, server):
            if side is not None:
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._selector.register(side, selectors.EVENT_READ, passage)

    def _read(self, source: socket.socket, passage: Passage) -> None:
        try:
            data = source.recv(_READ_BYTES)
        except OSError:
            self._end(passage, reset=True)
            return
        now = time.monotonic()
        if passage.server is None:
            if not data:
                self._end(passage)
            return
        due = now + self._delay
        if source is passage.client:
            passage.frames += passage.scanner.feed(data, now)
            due = max(due, passage.opened_at + 3 * self._delay)
        target = passage.server if source is passage.client else passage.client
        heapq.heappush(self._due, (due, next(self._numbers), passage, target, data))
        if not data:
            self._selector.unregister(source)

    def _deliver(self, now: float) -> None:
        while self._due and self._due[0][0] <= now:
            _, _, passage, target, data = heapq.heappop(self._due)
            if not passage.open:
                continue
            try:
                if data:
                    target.sendall(data)
                else:
                    self._end(passage)
            except OSError:
                self._end(passage, reset=True)

    def _end(self, passage: Passage, *, reset: bool = False) -> None:
        passage.open = False
        for side in (passage.client, passage.server):
            if side is None:
                continue
            if side in self._selector.get_map():
                self._selector.unregister(side)
            if reset:
                side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            side.close()
