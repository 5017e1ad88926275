"""The open WebSocket: non-blocking reads and writes on the socket that websocket-client opened.

websocket-client performs the opening handshake and keeps the socket; framing is :mod:`.frames`.  Its own ``recv`` and
``send`` are not used after that: they block in the middle of a write, answer every close frame with code 1000, accept
masked frames and tell no close code for what they refuse.
"""

from __future__ import annotations

import bisect
import os
import ssl
from collections import deque
from typing import TYPE_CHECKING, Any

import attrs

from .base import ConnectionEnded, MessageReceived, PayloadsSent, PongReceived, TransportEvent
from .frames import (
    MAX_CONTROL,
    Close,
    CloseCode,
    FrameParser,
    Opcode,
    Ping,
    Pong,
    Violation,
    encode_close,
    encode_frame,
)
from .stream import Decrypting, Stream

if TYPE_CHECKING:
    import websocket

    from .poller import Ready, Watcher

_READ_BYTES = 65_536
_READS_PER_SERVICE = 16
"""Bounds what one peer can take of the actor's time before timers and the mailbox have their turn."""
_WRITE_BYTES = 65_536
"""What is written at a time: four TLS records, and all that a session hands over before it waits for the kernel."""
_RANDOM_BYTES = 256
_TEXT = int(Opcode.TEXT)


_Frame = tuple[bytes, Any]
"""A frame on its way, and the receipt that is announced when its last byte is with the kernel."""


class WebSocketTransport:
    """A :class:`~gemini_live.transport.Transport` on one ``websocket.WebSocket``.

    Owner: the thread that attaches it.

    Attributes:
        buffered: bytes of frames that are not with the kernel yet.
    """

    def __init__(self, connection: websocket.WebSocket, *, max_message_bytes: int) -> None:
        self._connection = connection
        assert connection.sock is not None
        self._socket: Stream = connection.sock
        self._decrypting = self._socket if isinstance(self._socket, Decrypting) else None
        self._socket.setblocking(False)
        self._parser = FrameParser(max_message_bytes)
        self._queue: deque[_Frame] = deque()
        self._too_late: list[_Frame] = []
        self._pong: bytes | None = None
        self._pings: deque[bytes] = deque()
        self._rest: bytes | memoryview = b""
        """What is left of the frames that are written together."""
        self._begun = 0
        """How many of their bytes are with the kernel."""
        self._receipts: list[Any] = []
        """Those of them that are not announced yet."""
        self._ends: list[int] = []
        """How many bytes have to be with the kernel for each of those."""
        self.buffered: int = 0
        self._masks: list[bytes] = []
        self._poller: Watcher | None = None
        self._read_wants_write = False
        self._write_wants_read = False
        self._own_close: bytes | None = None
        self._closing = False
        self._received_close: Close | None = None
        self._peer_began = False
        self._ended = False
        self._drained = False
        self._may_have_more = self._decrypting is not None  # a message may have come with the end of the handshake

    def attach(self, poller: Watcher) -> None:
        """Begin to be watched."""
        self._poller = poller
        poller.watch(self)

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return self._socket.fileno()

    def wants_write(self) -> bool:
        """Whether something waits to be written."""
        if not self.buffered or self._read_wants_write:
            return self._read_wants_write
        return not self._write_wants_read and self._has_more_to_write()

    def has_pending(self) -> bool:
        """Whether there may be bytes that the kernel does not show.

        TLS has taken them in with the end of the handshake, or a bounded read left them.
        """
        return self._may_have_more

    @property
    def unsent(self) -> list[Any]:
        """Receipts of what is not wholly with the kernel, oldest first."""
        queued = [receipt for _, receipt in (*self._queue, *self._too_late) if receipt is not None]
        return [*self._receipts, *queued]

    def send(self, payload: bytes, receipt: Any = None) -> None:
        """Queue a text message; :meth:`service` writes it, unless a close frame stands before it (section 5.5.1)."""
        queue = self._too_late if self._closing or self._ended else self._queue
        queue.append((self._frame(_TEXT, payload), receipt))

    def ping(self, payload: bytes = b"") -> None:
        """Queue a ping ahead of the messages.

        Raises:
            ValueError: the payload is longer than 125 bytes.
        """
        if len(payload) > MAX_CONTROL:
            raise ValueError(f"a ping carries at most {MAX_CONTROL} bytes")
        if not self._closing and not self._ended:
            self._pings.append(self._frame(Opcode.PING, payload))

    def close(self, code: int = CloseCode.NORMAL, reason: str = "") -> None:
        """Queue a close frame behind the messages; the peer's own ends the connection.

        Raises:
            ValueError: the code is one that must not be sent.
        """
        if not self._closing and not self._ended:
            self._closing = True
            self._own_close = self._frame(Opcode.CLOSE, encode_close(code, reason))

    def _frame(self, opcode: int, payload: bytes) -> bytes:
        """Return a frame with a mask that nobody can know in advance (section 5.3), and count it."""
        if not self._masks:  # the kernel is asked for several at once
            random = os.urandom(_RANDOM_BYTES)
            self._masks = [random[place : place + 4] for place in range(0, _RANDOM_BYTES, 4)]
        frame = encode_frame(opcode, payload, self._masks.pop())
        self.buffered += len(frame)
        return frame

    def _has_more_to_write(self) -> bool:
        if self._rest or self._pong is not None or self._pings or self._own_close is not None:
            return True
        return bool(self._queue) and self._received_close is None

    def abort(self) -> None:
        """Close the socket without another byte."""
        if not self._ended:
            self._ended = True
            if self._poller is not None:
                self._poller.forget(self)
            self._may_have_more = False
            self._socket.close()
            self._connection.sock = None

    def service(self, ready: Ready | None = None) -> list[TransportEvent]:
        """Read if there may be something, write what the kernel takes, and return what happened."""
        events: list[TransportEvent] = []
        try:
            if (
                ready is not None
                and (ready.readable or self._read_wants_write)
                and not self._ended
                and not self._read(events)
            ):
                self._end_of_stream(events)
            if self.buffered and not self._ended:
                self._write(events)
        except Violation as violation:
            self._fail(violation.code, violation.reason, events)
        except OSError as error:
            self._end_by_error(error, events)
        if self._received_close is not None and not self._ended:
            # A peer that has said goodbye and leaves no room for the echo does not read any more: wait for nothing.
            self._end_by_close(self._received_close, events)
        return events

    def _end_by_error(self, error: OSError, events: list[TransportEvent]) -> None:
        """End, but look first whether the peer said why: a refused write often comes before its close frame is read."""
        try:
            while self._read(events) and not self._drained and self._received_close is None:
                pass  # a connection that is broken brings nothing new, so this ends with what the kernel has kept
        except (OSError, Violation):
            pass  # the first error is the one to report
        if self._received_close is not None:
            self._end_by_close(self._received_close, events)
        else:
            self._end(ConnectionEnded(CloseCode.ABNORMAL, _describe(error), clean=False, by_peer=False), events)

    def _read(self, events: list[TransportEvent]) -> bool:
        """Take in what has come; return whether the stream goes on.

        Whoever waits for the first of several messages does not wait until the others are decrypted.
        """
        goes_on, decrypting = self._may_have_more, self._decrypting
        self._read_wants_write = self._write_wants_read = self._may_have_more = self._drained = False
        for _ in range(_READS_PER_SERVICE):
            try:
                data = self._socket.recv(_READ_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError):
                self._drained = True
                return True
            except ssl.SSLWantWriteError:
                self._read_wants_write = self._drained = True
                return True
            if not data:
                return False
            self._take(data, events)
            if self._received_close is not None:
                return True
            if decrypting is None:
                if len(data) < _READ_BYTES:
                    return True  # a short read has emptied the kernel's buffer: no need to be told so
            elif not decrypting.pending():
                return True  # what is still with the kernel will be told by it
            elif not goes_on and events and isinstance(events[-1], MessageReceived):
                events[-1].more = True
                break
        self._may_have_more = True
        return True

    def _take(self, data: bytes, events: list[TransportEvent]) -> None:
        for frame in self._parser.feed(data):
            if isinstance(frame, (bytes, str)):
                events.append(MessageReceived(frame))
            elif isinstance(frame, Ping):
                self._answer_ping(frame)
            elif isinstance(frame, Close):
                self._answer_close(frame)
            else:
                assert isinstance(frame, Pong)
                events.append(PongReceived(frame.payload))
        if self._parser.violation is not None:
            self._parser.feed(b"")

    def _answer_ping(self, ping: Ping) -> None:
        """Queue the pong ahead of everything that has not begun (section 5.5.3: only the newest ping needs one)."""
        if self._pong is not None:
            self.buffered -= len(self._pong)
        self._pong = self._frame(Opcode.PONG, ping.payload)

    def _answer_close(self, close: Close) -> None:
        """Echo the peer's close code (section 5.5.1).

        Messages that have not begun will not be read any more: they stay unsent, but for those that go out together
        with one that has.
        """
        self._received_close = close
        self._peer_began = not self._closing or self._own_close is not None
        if not self._closing:
            self._closing = True
            payload = b"" if close.code == CloseCode.NO_STATUS else encode_close(close.code, "")
            self._own_close = self._frame(Opcode.CLOSE, payload)

    def _write(self, events: list[TransportEvent]) -> None:
        while not self._write_wants_read and (rest := self._rest or self._next()):
            self._rest = rest
            try:
                sent = self._socket.send(rest if len(rest) <= _WRITE_BYTES else memoryview(rest)[:_WRITE_BYTES])
            except (BlockingIOError, ssl.SSLWantWriteError):
                return
            except ssl.SSLWantReadError:
                self._write_wants_read = True
                return
            self.buffered -= sent
            if sent == len(rest):
                self._rest = b""
                done, self._receipts = self._receipts, []
            else:
                done = self._written_in_part(rest, sent)
            if done:
                events.append(PayloadsSent(done))
            if not self.buffered:
                return

    def _written_in_part(self, rest: bytes | memoryview, sent: int) -> list[Any]:
        """Keep what is left of some frames; return the receipts of those that are with the kernel."""
        self._rest = memoryview(rest)[sent:]
        self._begun += sent
        count = bisect.bisect_right(self._ends, self._begun)
        done, self._receipts, self._ends = self._receipts[:count], self._receipts[count:], self._ends[count:]
        return done

    def _next(self) -> bytes:
        """Return what is to be written next, if anything: a control frame, or as many messages as go out together."""
        frame, self._begun = b"", 0
        if self._pong is not None:
            frame, self._pong = self._pong, None
        elif self._pings:
            frame = self._pings.popleft()
        elif self._queue and self._received_close is None:
            frame = self._gather()
        elif self._own_close is not None:
            frame, self._own_close = self._own_close, None
        return frame

    def _gather(self) -> bytes:
        queue = self._queue
        frame, receipt = queue.popleft()
        size = len(frame)
        self._receipts, self._ends = ([], []) if receipt is None else ([receipt], [size])
        if not queue:
            return frame
        pieces = [frame]
        while queue and size + len(queue[0][0]) <= _WRITE_BYTES:
            frame, receipt = queue.popleft()
            pieces.append(frame)
            size += len(frame)
            if receipt is not None:
                self._receipts.append(receipt)
                self._ends.append(size)
        return b"".join(pieces)

    def _end_of_stream(self, events: list[TransportEvent]) -> None:
        reason = "the server closed the TCP connection without a close frame"
        self._end(ConnectionEnded(CloseCode.ABNORMAL, reason, clean=False, by_peer=False), events)

    def _end_by_close(self, close: Close, events: list[TransportEvent]) -> None:
        clean = self._own_close is None and not self._rest
        self._end(ConnectionEnded(close.code, close.reason, clean=clean, by_peer=self._peer_began), events)

    def _fail(self, code: CloseCode, reason: str, events: list[TransportEvent]) -> None:
        """Fail the connection (section 7.1.7): say why if the kernel takes it, and hang up."""
        if not self._rest:
            payload = encode_close(code, reason)
            try:
                self._socket.send(self._frame(Opcode.CLOSE, payload))
            except OSError:
                pass  # the peer broke the protocol; that it does not read either is no further news
        self._end(ConnectionEnded(code, f"the server broke the protocol: {reason}", clean=False, by_peer=False), events)

    def _end(self, end: ConnectionEnded, events: list[TransportEvent]) -> None:
        self.abort()
        events.append(attrs.evolve(end, code=int(end.code)))  # a plain number in what programs print and keep


def _describe(error: OSError) -> str:
    if isinstance(error, ConnectionResetError):
        return "the connection was reset"
    return f"the connection broke: {error.strerror or error}"
