"""The session's end of a connection in memory: a transport whose other end is in a test's hands."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

from ..transport import ConnectionEnded, MessageReceived, PayloadsSent, PongReceived, TransportEvent, Watcher
from ..transport.frames import MAX_CONTROL, Close, CloseCode, encode_close

if TYPE_CHECKING:
    from ..transport import Ready

_READS_PER_SERVICE = 64
HUNG_UP = "the server closed the TCP connection without a close frame"
RESET = "the connection was reset"


@attrs.frozen
class Gone:
    """The connection is broken.

    Attributes:
        reason: what the session is told.
    """

    reason: str


Incoming = str | bytes | PongReceived | Close | Gone


@attrs.define(eq=False)
class _Outgoing:
    payload: bytes
    receipt: Any = None


class MemoryTransport:
    """A :class:`~gemini_live.transport.Transport` without a socket.

    Owner: the thread that attaches it, for what the protocol names; :meth:`put`, :meth:`stall` and :meth:`settled` are
    for any thread.

    Args:
        max_message_bytes: a longer message ends the connection with 1009.
        changed: the lock of everything here, notified of every change; it must be one that its holder can take again.
        took: is told of every message that the other end has taken; on the owner's thread, without the lock.
    """

    def __init__(self, *, max_message_bytes: int, changed: threading.Condition, took: Callable[[bytes], None]) -> None:
        self._max = max_message_bytes
        self._changed = changed
        self._took = took
        self._poller: Watcher | None = None
        self._inbox: deque[Incoming] = deque()
        self._queue: deque[_Outgoing] = deque()
        self._too_late: list[_Outgoing] = []
        self._pings: deque[bytes] = deque()
        self._buffered = 0
        self._stalled = False
        self._cut = False
        self._own_close: Close | None = None
        self._closing = False
        self._ended = False
        self._handling = False
        self.end: tuple[int, str] | None = None
        """The first close frame of either side, as its code and reason; 1006 if there was none."""

    def attach(self, poller: Watcher) -> None:
        """Begin to be watched."""
        self._poller = poller
        poller.watch(self)

    def fileno(self) -> int:
        """Return -1: nothing that a kernel knows."""
        return -1

    def wants_write(self) -> bool:
        """Return ``False``: :meth:`has_pending` says it all."""
        return False

    def has_pending(self) -> bool:
        """Whether there is something to read, or to write after a stall; whoever asks has handled what came before."""
        with self._changed:
            if self._handling:
                self._handling = False
                self._changed.notify_all()
            return not self._ended and (bool(self._inbox) or self._can_write())

    @property
    def buffered(self) -> int:
        """Bytes that the other end has not taken."""
        return self._buffered

    @property
    def unsent(self) -> list[Any]:
        """Receipts of what the other end has not taken, oldest first."""
        return [item.receipt for item in (*self._queue, *self._too_late) if item.receipt is not None]

    def send(self, payload: bytes, receipt: Any = None) -> None:
        """Queue a message; :meth:`service` hands it over, unless a close stands before it."""
        with self._changed:
            (self._too_late if self._closing or self._ended else self._queue).append(_Outgoing(payload, receipt))
            self._buffered += len(payload)

    def ping(self, payload: bytes = b"") -> None:
        """Queue a ping, which is answered when it is taken.

        Raises:
            ValueError: the payload is longer than 125 bytes.
        """
        if len(payload) > MAX_CONTROL:
            raise ValueError(f"a ping carries at most {MAX_CONTROL} bytes")
        with self._changed:
            if not self._closing and not self._ended:
                self._pings.append(payload)
                self._buffered += len(payload)

    def close(self, code: int = CloseCode.NORMAL, reason: str = "") -> None:
        """Queue a close behind the messages; the other end answers it as soon as it has taken it.

        Raises:
            ValueError: the code is one that must not be sent.
        """
        said = closing(code, reason)
        with self._changed:
            if not self._closing and not self._ended:
                self._closing, self._own_close = True, said

    def abort(self) -> None:
        """End without another word."""
        with self._changed:
            if self._ended:
                return
            self._ended = True
            self._inbox.clear()
            self._note_end(CloseCode.ABNORMAL, "")
            self._changed.notify_all()
        if self._poller is not None:
            self._poller.forget(self)

    def service(self, ready: Ready | None = None) -> list[TransportEvent]:
        """Read if there may be something, hand over what the other end takes, and return what happened."""
        events: list[TransportEvent] = []
        if ready is not None and ready.readable:
            self._read(events)
        self._write(events)
        return events

    def _read(self, events: list[TransportEvent]) -> None:
        for _ in range(_READS_PER_SERVICE):
            with self._changed:
                if self._ended or not self._inbox:
                    return
                item = self._inbox.popleft()
                self._handling = True
            if isinstance(item, PongReceived):
                events.append(item)
            elif isinstance(item, (str, bytes)):
                self._read_message(item, events)
            else:
                self._finish(item, events)

    def _read_message(self, message: str | bytes, events: list[TransportEvent]) -> None:
        if len(message.encode() if isinstance(message, str) else message) <= self._max:
            events.append(MessageReceived(message))
            return
        reason = f"the server broke the protocol: a message of more than {self._max} bytes"
        with self._changed:
            self._note_end(CloseCode.MESSAGE_TOO_BIG, f"a message of more than {self._max} bytes")
        self._end(ConnectionEnded(int(CloseCode.MESSAGE_TOO_BIG), reason, clean=False, by_peer=False), events)

    def _finish(self, item: Close | Gone, events: list[TransportEvent]) -> None:
        if isinstance(item, Gone):
            self._end(ConnectionEnded(1006, item.reason, clean=False, by_peer=False), events)
            return
        echoes_ours = self._closing and self._own_close is None
        clean = echoes_ours or not self._stalled
        self._end(ConnectionEnded(int(item.code), item.reason, clean=clean, by_peer=not echoes_ours), events)

    def _end(self, end: ConnectionEnded, events: list[TransportEvent]) -> None:
        self.abort()
        events.append(end)

    def _can_write(self) -> bool:
        more = bool(self._queue or self._pings) or self._own_close is not None
        return more and not (self._stalled or self._cut or self._ended)

    def _write(self, events: list[TransportEvent]) -> None:
        while True:
            with self._changed:
                if not self._can_write():
                    return
                if not self._queue or self._pings:
                    self._write_control()
                    continue
                item = self._queue.popleft()
                self._buffered -= len(item.payload)
            self._took(item.payload)
            if item.receipt is not None:
                events.append(PayloadsSent([item.receipt]))

    def _write_control(self) -> None:
        """Have the other end take, and answer, a ping, or after everything else our close."""
        if self._pings:
            payload = self._pings.popleft()
            self._buffered -= len(payload)
            self._inbox.append(PongReceived(payload))
        elif self._own_close is not None:
            said, self._own_close = self._own_close, None
            self._cut = True
            self._note_end(said.code, said.reason)
            self._inbox.append(said)
            self._changed.notify_all()

    def put(self, *items: Incoming) -> bool:
        """Have the session read something; return ``False``, having done nothing, if nobody will.

        After a close or a break nothing more is taken, nor read.
        """
        with self._changed:
            if self._ended or self._cut:
                return False
            self._inbox.extend(items)
            for item in items:
                if isinstance(item, Close):
                    self._note_end(item.code, item.reason)
                elif isinstance(item, Gone):
                    self._note_end(CloseCode.ABNORMAL, item.reason)
                self._cut = self._cut or isinstance(item, (Close, Gone))
            self._changed.notify_all()
        self._wake()
        return True

    def stall(self, *, stalled: bool) -> None:
        """Take nothing more, or take again."""
        with self._changed:
            self._stalled = stalled
        self._wake()

    def settled(self) -> bool:
        """Whether the session has read and handled what was put, or never will.  Hold the lock."""
        return self._ended or (self._poller is not None and not self._inbox and not self._handling)

    def _note_end(self, code: int, reason: str) -> None:
        if self.end is None:
            self.end = (int(code), reason)

    def _wake(self) -> None:
        if self._poller is not None:
            self._poller.wake()


def closing(code: int, reason: str) -> Close:
    """Return a close as a frame would carry it: its reason is cut to what fits there; 1005 stands for no code.

    Raises:
        ValueError: the code is one that must not be sent.
    """
    if code == CloseCode.NO_STATUS:
        return Close(CloseCode.NO_STATUS, "")
    return Close(code, encode_close(code, reason)[2:].decode())
