"""What passes on a session's connections, written down for a bug report or a test."""

from __future__ import annotations

import functools
import itertools
import os
import weakref
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, cast

import attrs

from .._clock import SYSTEM_CLOCK, Clock, check_seconds
from ..backends.base import secret_headers
from ..exceptions import ConfigError
from ..transport import (
    Attempt,
    Channel,
    ConnectionEnded,
    Connector,
    ConnectRequest,
    MessageReceived,
    PayloadsSent,
    Ready,
    Transport,
    TransportEvent,
    Watcher,
)
from .cleaning import AUDIO, Cleaner
from .lines import RECEIVED, SENT, Line
from .writing import Passed, Writer, open_private

if TYPE_CHECKING:
    from typing_extensions import Self

_CLOSE_SECONDS = 5.0


class Recorder:
    """Writes down what passes on a session's connections: ``Session.open(…, transport=recorder)``.

    The file has one message a line, in the form that :class:`Player` reads (see :mod:`.lines`).  It is private (mode
    0600) and cleaned: keys, tokens and resumption handles are replaced, and sound is cut to a few bytes unless it is to
    be kept.  What was *said* is in it, as text: treat it as what it is.

    It is made for production: writing has a thread of its own, what waits for it is bounded, and a disk that is slow,
    full or gone costs the recording its end and never the session anything.  The log says so once.

    ``with`` or :meth:`close` ends it.  A program that ends without waits two seconds for the disk.

    One recorder may serve several sessions at a time, and those that come after; each connection has its number.

    Thread affinity: none.

    Args:
        path: the file; one that exists is replaced.
        audio: whether sound and pictures are kept (``"keep"``), cut to a few bytes (``"cut"``), or taken out
            (``"drop"``).
        connector: what opens connections, such as a :class:`FakeTransport`; by default the network.
        max_buffered_bytes: how much may wait for the disk; what comes beyond that is missing from the recording.
        clock: whose seconds stand in the file, for tests.

    Raises:
        ConfigError: an argument is wrong.
        OSError: the file can't be made.

    Example::

        with Recorder("call.jsonl") as recorder:
            with Session.open(model="gemini-3.8-live", transport=recorder) as session:
                session.ask("Hello")
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        audio: Literal["keep", "cut", "drop"] = "cut",
        *,
        connector: Connector | None = None,
        max_buffered_bytes: int = 8 * 2**20,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        if audio not in AUDIO:
            raise ConfigError(f"must be one of {', '.join(AUDIO)}, not {audio!r}", path="audio")
        self._path = Path(path).absolute()
        self._connector = connector
        self._clock = clock
        self._began = clock.monotonic()
        self._numbers = itertools.count(1)
        self._cleaner = Cleaner(audio)
        descriptor = open_private(self._path)
        self._writer = Writer(
            functools.partial(os.write, descriptor),
            functools.partial(os.close, descriptor),
            functools.partial(os.ftruncate, descriptor),
            self._cleaner,
            name=str(self._path),
            max_bytes=max_buffered_bytes,
        )
        self._finalizer = weakref.finalize(self, self._writer.stop)
        self._finalizer.atexit = False  # the writer sees to that itself, and waits

    def __call__(self, request: ConnectRequest, attempt: Attempt) -> Transport:
        """Open a connection that is recorded; the session does that, on its dial thread.

        Raises:
            ConnectError: as the connector does.
        """
        self._cleaner.add_secrets(secret_headers(request.headers))
        if request.proxy is not None:
            self._cleaner.add_secrets(request.proxy.secrets)
        connector = self._connector
        if connector is None:
            from ..transport.opening import open_websocket  # noqa: PLC0415 - at the first connect

            connector = open_websocket
        return RecordedTransport(connector(request, attempt), self._note, next(self._numbers))

    def _note(self, connection: int, direction: str, payload: str | bytes, end: ConnectionEnded | None) -> None:
        """Have something written; on a session's thread, which does not wait."""
        line = Line(
            direction,
            {},
            at=self._clock.monotonic() - self._began,
            connection=connection if connection > 1 else None,
            end=(end.code, end.reason) if end is not None else None,
        )
        self._writer.put(Passed(line, payload))

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def written(self) -> int:
        """How many whole lines are in the file."""
        return self._writer.written

    @property
    def dropped(self) -> int:
        """How many messages are missing from it, as they came faster than they could be written, or were no JSON."""
        return self._writer.dropped

    @property
    def failed(self) -> bool:
        """Whether writing has failed, and the recording has ended with that."""
        return self._writer.failed

    def close(self, timeout: float = _CLOSE_SECONDS) -> bool:
        """Write what waits, and close the file.  Sessions that still use it go on without it.  Twice is harmless.

        Args:
            timeout: seconds to wait for the disk.

        Returns:
            whether the file is complete and closed.
        """
        seconds = check_seconds(timeout, "timeout")
        self._finalizer()
        return self._writer.join(seconds) and not self.failed and not self.dropped

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Recorder {str(self._path)!r}, {self.written} lines>"


Note = Callable[[int, str, "str | bytes", "ConnectionEnded | None"], None]


@attrs.frozen(eq=False)
class _Sending:
    """A message on its way, in place of its receipt."""

    payload: bytes = attrs.field(repr=False)
    receipt: Any


class RecordedTransport:
    """A transport that tells of everything that passes.  Owner: the thread that attaches it.

    Args:
        inner: the transport that does the work.
        note: is told of what passes; it must not wait.
        number: which connection it is.
    """

    def __init__(self, inner: Transport, note: Note, number: int) -> None:
        self._inner = inner
        self._note = note
        self._number = number
        self._closing = False

    def attach(self, poller: Watcher) -> None:
        """Begin to be watched, in place of the transport inside."""
        self._inner.attach(_InPlaceOf(poller, self))

    # The poller asks these of a channel, which a transport has to be only as far as it lets itself be watched.

    @property
    def _channel(self) -> Channel:
        return cast("Channel", self._inner)

    def fileno(self) -> int:
        """Return the descriptor of the transport inside."""
        return self._channel.fileno()

    def wants_write(self) -> bool:
        """Ask the transport inside."""
        return self._channel.wants_write()

    def has_pending(self) -> bool:
        """Ask the transport inside."""
        return self._channel.has_pending()

    def send(self, payload: bytes, receipt: Any = None) -> None:
        """Queue a message; it is recorded when it has left."""
        self._inner.send(payload, _Sending(payload, receipt))

    def ping(self, payload: bytes = b"") -> None:
        """Queue a ping."""
        self._inner.ping(payload)

    def service(self, ready: Ready | None = None) -> list[TransportEvent]:
        """Read and write, and tell of what passed."""
        events: list[TransportEvent] = []
        for event in self._inner.service(ready):
            if isinstance(event, PayloadsSent):
                for sending in event.receipts:
                    self._note(self._number, SENT, sending.payload, None)
                event.receipts = [sending.receipt for sending in event.receipts if sending.receipt is not None]
            if isinstance(event, MessageReceived):
                self._note(self._number, RECEIVED, event.payload, None)
            elif isinstance(event, ConnectionEnded) and (event.by_peer or not self._closing):
                self._note(self._number, RECEIVED, b"", event)
            events.append(event)
        return events

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Begin the closing handshake."""
        self._inner.close(code, reason)
        self._closing = True

    def abort(self) -> None:
        """Drop the connection."""
        self._inner.abort()

    @property
    def buffered(self) -> int:
        """Bytes that have not left."""
        return self._inner.buffered

    @property
    def unsent(self) -> list[Any]:
        """The receipts of messages that have not left, oldest first."""
        receipts = [one.receipt if isinstance(one, _Sending) else one for one in self._inner.unsent]
        return [receipt for receipt in receipts if receipt is not None]


class _InPlaceOf:
    """A poller that watches a wrapper whenever it is asked to watch what is inside."""

    def __init__(self, poller: Watcher, wrapper: RecordedTransport) -> None:
        self._poller = poller
        self._wrapper = wrapper

    def watch(self, _channel: Channel) -> None:
        """Include the wrapper in every wait."""
        self._poller.watch(self._wrapper)

    def forget(self, _channel: Channel) -> None:
        """Leave the wrapper out."""
        self._poller.forget(self._wrapper)

    def wake(self) -> None:
        """End the current or the next wait."""
        self._poller.wake()
