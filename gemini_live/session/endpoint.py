"""The part of a session's actor that begins and ends it: what every session takes, whatever its endpoint is."""

from __future__ import annotations

from typing import Any

from .._logging import get_logger
from ..actor import Reply
from ..exceptions import ConnectError, GeminiLiveError, SessionClosed
from ..protocol import Event, State, Trigger
from ..protocol.outgoing import CONTROL
from ..protocol.recovery import Step
from ..protocol.state import CONNECTED, OVER
from ..transport import ConnectionEnded, Ready
from . import commands
from .ending import setup_error
from .failures import verdict_of, wanted_pause
from .link import TRANSPORT_BYTES
from .outbox import Queued
from .watching import WatchingServer

_log = get_logger("session")
_MOST_UNSERVED = 15
"""So many messages are gathered at most before they are sent: of 100 ms of sound each, they are written at a time."""
_STRANGER = "a session's state belongs to its own thread"


class EndpointServer(WatchingServer):
    """Takes the commands, and ends what they began.  Every method runs on the actor's thread."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._opening: commands.Connect | None = None
        self._opener: Reply | None = None
        self._closers: list[Reply] = []

    def _resume_work(self, now: float) -> None:
        """Go on, on another connection."""
        raise NotImplementedError

    def handle_call(self, request: Any, reply: Reply) -> None:
        """Take a request that somebody waits for."""
        assert self.actor.ref.is_self(), _STRANGER
        if isinstance(request, commands.Connect):
            self._connect(request, reply)
        elif isinstance(request, commands.Close):
            self._closers.append(reply)
            self._close(request)
        else:
            self._take_call(request, reply)

    def _take_call(self, request: Any, reply: Reply) -> None:
        """Take a request that only this kind of session knows."""
        raise NotImplementedError

    def handle_cast(self, message: Any) -> None:
        """Take a command that nobody waits for."""
        assert self.actor.ref.is_self(), _STRANGER
        if isinstance(message, Queued):
            if message.message.lane is CONTROL:
                self._say(message)
            else:
                self._send(message)
        elif isinstance(message, commands.Close):
            self._close(message)
        elif isinstance(message, commands.CallbackWasSlow):
            self._metrics.event("callback.slow", {"duration_ms": message.seconds * 1000}, {"callback": message.event})
        else:
            self._take_cast(message)

    def _say(self, queued: Queued) -> None:
        """Send a message of the program's that is no realtime media, and take note of what it means."""
        raise NotImplementedError

    def _take_cast(self, message: Any) -> None:
        """Take a command that only this kind of session knows."""
        raise NotImplementedError

    def handle_info(self, message: Any) -> None:
        """Take what happened: the socket is ready, a dial is through, a timer ran out."""
        if isinstance(message, Ready):
            channel: object = message.channel
            if self._transport is not None and channel is self._transport:
                self._serve(self._transport.service(message))
            else:
                self._other_ready(message)
        elif isinstance(message, commands.DialFinished):
            self._dial_finished(message)
        elif isinstance(message, commands.ConnectExpired):
            self._connect_expired(message)
        elif isinstance(message, commands.CloseExpired):
            self._ending.note(1006, "the server did not answer the close in time", by="user")
            self.actor.stop()
        elif isinstance(message, commands.Retry):
            self._retry_now(message.step)
        elif isinstance(message, commands.Look):
            self._look(message)
        else:
            self._take_info(message)

    def _take_info(self, message: Any) -> None:
        """Take what only happens to this kind of session."""
        raise NotImplementedError

    def _other_ready(self, message: Ready) -> None:
        """Serve another connection, unless it is one that was dropped since."""

    def handle_stop(self) -> None:
        """Take a stop as a wish to close within the session's own time."""
        self._close(commands.Close(self._options.close_timeout))

    def left_over(self, message: Any) -> None:
        """Give back a message that was accepted when it was too late, and drop a connection that came too late."""
        if isinstance(message, Queued):
            self._ending.give_back(self._released(message))
        elif isinstance(message, commands.DialFinished) and not isinstance(message.result, BaseException):
            message.result.abort()

    def _released(self, queued: Queued) -> Queued:
        self._meter.release(queued.message)
        return queued

    def refusal(self) -> Exception:
        """Return what callers are told after the end."""
        return self._ending.refusal()

    def _connect(self, request: commands.Connect, reply: Reply) -> None:
        if self._protocol.state in OVER:
            reply.fail(self.refusal())
            return
        if not self._trigger(Trigger.CONNECT_ASKED):
            reply.fail(ConnectError(f"the session is {self._protocol.state} already; nothing was opened"))
            return
        self._opening, self._opener, self._with_handle = request, reply, True
        self._begin_dial(request.timeout)

    def _retry_now(self, step: Step) -> None:
        if self._protocol.state is State.CONNECTING and self._opening is not None:
            self._begin_dial(self._opening.timeout)
        elif self._protocol.state is State.RECONNECTING:
            self._dial(step)

    def _dial_finished(self, message: commands.DialFinished) -> None:
        result = self._connecting.finished(message)
        if result is None:
            return
        if isinstance(result, BaseException):
            self._failed(result)
            return
        self._metrics.event("transport.connect.stop", {"duration_ms": self._since_connect() * 1000}, {})
        result.attach(self._poller)
        self._use(result)

    def _failed(self, error: BaseException) -> None:
        if self._protocol.state is State.RECONNECTING:
            self._attempt_failed(error)
        else:
            self._connect_failed(error)

    def _since_connect(self) -> float:
        return self._now() - self._connecting.began

    def _connect_expired(self, message: commands.ConnectExpired) -> None:
        error = self._connecting.expired(message)
        if error is not None:
            self._failed(error)

    def _connect_failed(self, error: BaseException) -> None:
        """Go back to where another connect may be tried, with no socket left; or try once more, if that was wished."""
        self._note_failure(error)
        if self._try_again(error):
            return
        self._trigger(Trigger.CONNECT_FAILED)
        self._causes = []
        opener, self._opener, self._opening = self._opener, None, None
        if opener is not None:
            opener.fail(error)

    def _try_again(self, error: BaseException) -> bool:
        """Plan another first attempt; return whether there will be one."""
        wished = self._opening is not None and self._opening.retry
        if not wished or self._recovery is None or not isinstance(error, GeminiLiveError):
            return False
        verdict = verdict_of(error)
        plan = self._recovery.refused(
            verdict, self._now(), with_handle=False, chance=self._chance(), wanted=wanted_pause(error)
        )
        if plan.step is Step.FAIL or not self._trigger(Trigger.CONNECT_POSTPONED):
            return False
        self._follow(plan, error)
        return True

    def _ready(self, now: float) -> None:
        first = self._opening is not None
        self._board.connected_at, self._board.connection = now, self._protocol.connection
        self._board.connect_ms = self._since_connect() * 1000
        self._metrics.event("session.ready", {"connect_ms": self._board.connect_ms}, {})
        _log.info("%s: ready on connection %d", self.actor.name, self._protocol.connection)
        self._connecting.end()
        self._outbox.offline = False
        self._watch(now)
        if self._recovery is not None:
            self._recovery.ready(now, resumed=self._protocol.resuming)
        if not first:
            self._resume_work(now)
            return
        self._causes = []
        opener, self._opener, self._opening = self._opener, None, None
        if opener is not None:
            opener.answer()

    def _connection_ended(self, end: ConnectionEnded) -> None:
        reason = self._redact(end.reason)
        self._recorder.note(self._now(), "ended", "by the server" if end.by_peer else "here", code=end.code)
        self._metrics.event("transport.close", {}, {"code": end.code, "clean": end.clean})
        self._take_end(end, reason)

    def _take_end(self, end: ConnectionEnded, reason: str) -> None:
        """Do what the end of the connection means in the present state."""
        state = self._protocol.state
        if self._protocol.setup_pending and state is not State.CLOSING:
            self._setup_ended(setup_error(end.code, reason))
        elif state in CONNECTED:
            self._lost(end, reason)
        else:
            self._keep_unsent()
            self._ending.note(end.code, reason, by="user", clean=end.clean)
            self._transport = None
            self.actor.stop()

    def _send(self, queued: Queued) -> None:
        """Send a message, or have it wait."""
        if not self._hand_over(queued):
            if self._protocol.state in OVER:
                self._ending.give_back(self._released(queued))
                return
            self._have_wait(queued)
        self._unserved += 1
        if self._unserved >= _MOST_UNSERVED:
            self.round_over()

    def _hand_over(self, queued: Queued) -> bool:
        """Give a message to the transport; return whether there is one for it that has room, and nothing goes first."""
        transport, payload, outbox = self._transport, queued.message.payload, self._outbox
        if (
            transport is None
            or self._protocol.state not in CONNECTED
            or outbox.waiting
            or len(payload) > outbox.bound
            or transport.buffered >= TRANSPORT_BYTES
        ):
            return False
        transport.send(payload, queued)
        return True

    def _have_wait(self, queued: Queued) -> None:
        if self._unserved and not self._outbox.has_room(queued):
            self._pump()
        for dropped in self._outbox.add(queued):
            self._metrics.dropped(dropped)
        if self._protocol.state is State.RECONNECTING:
            self._outbox.offline = True
            self._forget_late_media()

    def round_over(self) -> None:
        """Send what was accepted since the last rest: together it goes out in fewer records, and fewer calls."""
        if self._unserved:
            self._pump()
            if self._awaits_quiet:
                self._settled()
        self.dispatcher.flush()

    @property
    def _takes_nothing(self) -> bool:
        """Whether there is a connection that would take nothing that is queued."""
        return self._protocol.setup_pending

    def _close(self, command: commands.Close) -> None:
        offline = self._protocol.state is State.RECONNECTING
        if not self._trigger(Trigger.CLOSE_ASKED):
            self.actor.send_after(command.timeout, commands.CloseExpired())  # the shortest wish counts
            return
        self._recorder.note(self._now(), "command", "close")
        self._ending.recovered()  # an outage that the program ends is no error
        self._ending.asked(command.code, command.reason)
        self._connecting.end()
        self._let_go(SessionClosed(None, "the session was closed"))
        if offline:
            self._keep_unconfirmed()
        opener, self._opener = self._opener, None
        if opener is not None:
            opener.fail(SessionClosed(None, "close() was called while it was connecting"))
        if self._takes_nothing:
            self._take_back()
            self._drop_connection()
        if self._transport is None:
            self._keep_unsent()
            self.actor.stop()
            return
        self.actor.send_after(command.timeout, commands.CloseExpired())
        self._pump()

    def _let_helpers_go(self) -> None:
        """Let the threads end that work for the session; at the end."""

    def terminate(self, reason: BaseException | None) -> None:
        """Let go of everything, tell how it ended, and let everybody out who waits."""
        self._keep_unsent()
        self._drop_connection()
        self._connecting.end()
        self._outbox.offline = False
        for lane, count, size in self._outbox.take_episodes(over=True):
            self._publish(self._metrics.overflow(lane, count, size))
        if reason is not None:
            self._ending.crashed(reason)
        self._let_go(self.refusal())
        closed = self._ending.closed()
        self._board.closed = closed
        if self._opener is not None:
            self._opener.fail(self.refusal())
        self._meter.close()
        self._let_helpers_go()
        if closed.error is not None:
            self._publish(Event("error", closed.error))
        self._publish(Event("close", closed))
        self._metrics.event("session.close", {}, {"code": closed.code, "by": closed.by, "clean": closed.clean})
        before, self._protocol.state = self._protocol.state, State.CLOSED
        self._note_state(before)
        self._hub.close(closed.error or self.refusal(), abnormal=closed.error is not None)
        self.dispatcher.finish()
        self._board.ended.set()
        for reply in self._closers:
            reply.answer()
