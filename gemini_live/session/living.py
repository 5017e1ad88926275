"""The part of the facade that every kind of session has: its beginning, what it tells, and its end."""

from __future__ import annotations

import contextvars
import functools
import os
import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar, overload

import attrs

from .._clock import Deadline, check_seconds
from .._logging import Redactor
from ..actor import start
from ..exceptions import CallingSelfError, CallTimeout, ConfigError, SessionClosed
from ..protocol import CONNECTED, MAY_SEND, Closed, Event, FlightRecorder, State
from ..transport import Poller
from . import commands
from .board import Board
from .callbacks import Callback, check_event
from .core import SessionCore
from .dispatcher import Dispatcher, OnReturned
from .endpoint import EndpointServer
from .flight import FlightRecord
from .forgotten import register
from .hub import EventIterator, Hub
from .outbox import OutboxMeter
from .running import RunningOptions, check_timeout

if TYPE_CHECKING:
    from typing_extensions import Self

F = TypeVar("F", bound=Callback)
_MAX_REASON = 123  # bytes: what a close frame holds beside its code (RFC 6455 section 5.5)
_CLOSE_GRACE = 0.5  # seconds more than asked for, in which the actor cuts what did not end by itself


@attrs.frozen
class Parts:
    """What a session's actor is made of, before there is one.

    Attributes:
        server: the keywords of every :class:`LinkServer`.
        name: the thread's name.
        context: the context in which ``start_link`` was called.
        myself: returns the session while it is alive; the actor must not keep alive the object whose loss ends it.
        redact: what must never be shown.
    """

    server: dict[str, Any]
    name: str
    context: contextvars.Context
    myself: Callable[[], Any]
    redact: Redactor


class Living(SessionCore):
    """Connects, tells and ends.  Any thread."""

    def _gather(self, options: RunningOptions, board: Board, hub: Hub) -> Parts:
        """Take what the session stands on, and return what its actor is made of."""
        self._options = options
        self._pid = os.getpid()
        self._board, self._hub = board, hub
        self._meter = OutboxMeter(options.outbox)
        self._recorder = FlightRecorder(options.clock.monotonic())
        redact = Redactor(options.secrets)
        server = {
            "poller": Poller(),
            "board": board,
            "hub": hub,
            "meter": self._meter,
            "recorder": self._recorder,
            "redactor": redact,
        }
        return Parts(server, f"gemini-live:{options.name}", contextvars.copy_context(), weakref.ref(self), redact)

    def _start(self, server: EndpointServer, parts: Parts, on_returned: OnReturned | None = None) -> None:
        """Start the actor."""
        options, tell = self._options, functools.partial(tell_actor, server)
        self._dispatcher = server.dispatcher = Dispatcher(
            options.callbacks,
            options.dispatch,
            name=parts.name,
            context=parts.context,
            session=parts.myself,
            clock=options.clock,
            on_error_event=self._hub.publish,
            on_slow=lambda event, seconds: tell(commands.CallbackWasSlow(event, seconds)),
            on_returned=on_returned,
        )
        self._ref = start(server, name=parts.name, waiter=parts.server["poller"], clock=options.clock)
        register(self, self._ref, self._board, options.close_timeout)

    def _open(self) -> Self:
        """Connect; if that fails, close."""
        try:
            self.connect()
        except BaseException:
            self.close()
            raise
        return self

    def connect(self, timeout: float | None = None, *, retry: bool = False) -> None:
        """Connect and return when the server has completed the setup.

        A connect that fails leaves the session disconnected; it may be called again.

        Args:
            timeout: seconds for an attempt, in place of the option ``connect_timeout``.
            retry: try again, within the bounds of ``reconnect``, where that may help: the server is busy or not there,
                or did not answer in time.  What no attempt can change is raised at once.

        Raises:
            HandshakeError: the server refused the HTTP upgrade, with its status, headers and body.
            SetupError: the server refused the setup, with its close code and words.
            ConnectTimeout: it took too long.
            ConnectError: the network failed, or the session is connected already.
            AuthError: there are no credentials to be had; nothing was dialled.
            ConfigError: ``SSL_CERT_FILE``, or a proxy's variable, holds something else.
            SessionClosed: the session has ended.
            CallingSelfError: called from a callback with ``dispatch="inline"``.
        """
        self._enter()
        self._forbid_self("connect()")
        seconds = self._options.connect_timeout if timeout is None else check_seconds(timeout, "timeout")
        if not isinstance(retry, bool):
            raise ConfigError(f"must be True or False, not {type(retry).__name__}", path="retry")
        reply = self._ref.call_later(commands.Connect(seconds, retry))
        self._await(reply, Deadline.after(None), "")

    def close(self, timeout: float | None = None, *, code: int = 1000, reason: str = "") -> None:
        """End the session: send what is queued, say goodbye, and tell ``on_close``.

        Returns within ``timeout`` whatever the network and the callbacks do; from a callback it returns at once.
        Harmless when the session has ended.

        Args:
            timeout: seconds for an orderly end, in place of the option ``close_timeout``.
            code: the close code to send: 1000, or 3000 to 4999.
            reason: at most 123 bytes of words to send with it.
        """
        self._enter()
        seconds = self._options.close_timeout if timeout is None else check_seconds(timeout, "timeout")
        if type(code) is not int or (code != 1000 and not 3000 <= code <= 4999):
            raise ConfigError(f"must be 1000, or 3000 to 4999, not {code!r}", path="code")
        if not isinstance(reason, str) or len(reason.encode("utf-8", "replace")) > _MAX_REASON:
            raise ConfigError(f"must be a string of at most {_MAX_REASON} bytes", path="reason")
        deadline = Deadline.after(seconds)
        reply = self._ref.call_later(commands.Close(seconds, code, reason))
        if self._ref.is_self() or self._dispatcher.is_self():
            return
        try:
            self._await(reply, Deadline.after(seconds + _CLOSE_GRACE), "")
        except (SessionClosed, CallTimeout):
            pass  # it had ended, or it ends behind our back: the caller's time is up
        self._ref.join(deadline.remaining())
        self._join_helpers(deadline)
        self._dispatcher.drain(self._options.clock.monotonic() + (deadline.remaining() or 0.0))

    def _join_helpers(self, deadline: Deadline) -> None:
        """Wait for the threads that work for the session, after its end."""

    def run(self) -> Closed:
        """Connect if needed, and wait until the session is over; Ctrl-C closes it cleanly.

        For scripts whose callbacks do everything.  No signal handler is installed.

        Example::

            Session.start_link(model="gemini-3.8-live", on_text=print).run()
        """
        self._enter()
        try:
            if self._board.status is State.DISCONNECTED:
                self.connect()
            closed = self.wait()
        except KeyboardInterrupt:
            self.close()
            closed = self._board.closed
        assert closed is not None
        return closed

    def wait(self, timeout: float | None = None) -> Closed | None:
        """Wait until the session is over; return how it ended, ``None`` if it has not within ``timeout`` seconds.

        Waits in slices, so Ctrl-C works on every system.

        Raises:
            CallingSelfError: called from a callback of this session.
        """
        self._enter()
        self._forbid_self("wait()")
        if self._dispatcher.is_self():
            raise CallingSelfError("wait() in a callback would wait for that callback's own end")
        return self._board.closed if self._wait_ended(Deadline.after(check_timeout(timeout))) else None

    def events(self) -> Iterator[Event]:
        """Iterate over everything that callbacks could hear, from this call to the session's end.

        Raises:
            ConnectionLost: at the end, when the session did not end well.

        Example::

            for event in session.events():
                match event.name:
                    case "text": print(event.value, end="")
        """
        self._enter()
        self._forbid_self("events()")
        return EventIterator(self._hub, self._hub.subscribe(), lambda event: event)

    def __enter__(self) -> Self:
        self._enter()
        status = self._board.status
        if status is State.DISCONNECTED:
            self._open()
        elif status not in MAY_SEND:
            self.connect()  # it has ended, or somebody else is connecting it: this says which
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @overload
    def on(self, event: str, function: None = None, *, once: bool = False) -> Callable[[F], F]: ...
    @overload
    def on(self, event: str, function: Callback, *, once: bool = False) -> Callable[[], None]: ...
    def on(self, event: str, function: Callback | None = None, *, once: bool = False) -> Any:
        """Register a callback, before or after connecting.

        Several functions for one event run in the order of registration.

        Args:
            event: its name, such as ``"audio"``.
            function: called with one argument; left out, this is a decorator.
            once: only for the next event.

        Returns:
            A function that takes the callback away again; as a decorator, the function itself.

        Raises:
            ConfigError: no such event, or the function can't take one argument.

        Example::

            @session.on("audio")
            def play(chunk):
                speaker.write(chunk.data)
        """
        self._enter()
        table = self._options.callbacks
        if function is None:
            check_event(event, table.events)
            return lambda decorated: (table.add(event, decorated, once=once), decorated)[1]
        hook = table.add(event, function, once=once)
        return lambda: table.remove(hook)

    @overload
    def once(self, event: str, function: None = None) -> Callable[[F], F]: ...
    @overload
    def once(self, event: str, function: Callback) -> Callable[[], None]: ...
    def once(self, event: str, function: Callback | None = None) -> Any:
        """Register a callback for the next event only; see :meth:`on`."""
        return self.on(event, function, once=True) if function is not None else self.on(event, once=True)

    def off(self, event: str, function: Callback | None = None) -> int:
        """Take a callback away, or all of an event's; return how many there were."""
        self._enter()
        return self._options.callbacks.remove_function(event, function)

    @property
    def name(self) -> str:
        """The session's name."""
        return self._options.name

    @property
    def model(self) -> str:
        """The model, as the server is told."""
        return self._options.model

    @property
    def status(self) -> str:
        """Where the session is: ``"disconnected"``, ``"connecting"``, ``"ready"``, …, ``"closed"``."""
        self._enter()
        return self._board.status.value

    @property
    def closed(self) -> Closed | None:
        """How the session ended, ``None`` while it has not."""
        return self._board.closed

    def flight_recorder(self) -> FlightRecord:
        """Return the last 200 frames, commands and transitions: times, sizes and codes, no content."""
        self._enter()
        return FlightRecord(self._recorder.entries())

    def _facts(self, now: float) -> dict[str, Any]:
        """Return what the snapshot of every kind of session says."""
        board = self._board
        connected = board.status in CONNECTED
        return {
            "name": self.name,
            "status": board.status.value,
            "model": self.model,
            "connection": board.connection,
            "connection_age": age(now, board.connected_at) if connected else None,
            "connect_ms": board.connect_ms,
            "mailbox": self._ref.queued,
            "outbox_messages": self._meter.queued_messages,
            "outbox_bytes": self._meter.queued_bytes,
            "waiting_senders": self._meter.waiting_senders,
            "callback_queue": self._dispatcher.queued,
            "listeners": self._hub.listeners,
            "reconnects": max(0, board.connection - 1),
            "messages_sent": board.messages_sent,
            "messages_received": board.messages_received,
            "last_inbound_age": age(now, board.last_inbound_at),
            "slowest_callback": self._dispatcher.slowest,
        }

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} {self._board.status} {self.model}>"


def age(now: float, since: float | None) -> float | None:
    """Return the seconds since a moment, ``None`` if there was none."""
    return None if since is None else max(0.0, now - since)


def tell_actor(server: EndpointServer, message: object) -> None:
    """Put something into an actor's mailbox; after its end nobody wants it any more."""
    try:
        server.actor.ref.cast(message)
    except SessionClosed:
        pass
