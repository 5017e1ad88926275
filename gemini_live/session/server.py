"""The actor half of a session: commands and socket events in, protocol decisions carried out, events published."""

from __future__ import annotations

from typing import Any

import attrs

from .._logging import get_logger
from ..actor import Reply
from ..exceptions import ConnectError, GeminiLiveError, SessionClosed
from ..protocol import Event, State, Trigger
from ..protocol.outgoing import ACTIVITY_END, ACTIVITY_MARKS
from ..protocol.recovery import Step
from ..protocol.state import CONNECTED, OVER
from ..transport import ConnectionEnded, Ready
from . import commands
from .ending import setup_error
from .failures import verdict_of, wanted_pause
from .keeping import HandleKeeper
from .outbox import Queued
from .tooling import ToolingServer

_log = get_logger("session")


class SessionServer(ToolingServer):
    """Takes the commands, and ends what they began.  Every method runs on the actor's thread."""

    def __init__(self, *arguments: Any, keeper: HandleKeeper, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._keeper = keeper
        self._opening: commands.Connect | None = None
        self._opener: Reply | None = None

    def handle_call(self, request: Any, reply: Reply) -> None:
        """Take a request that somebody waits for."""
        self._assert_owner()
        if isinstance(request, commands.Connect):
            self._connect(request, reply)
        elif isinstance(request, commands.Close):
            self._closers.append(reply)
            self._close(request)
        elif isinstance(request, commands.Update):
            self._update(request, reply)
        elif isinstance(request, commands.Park):
            self._park(request, reply)
        elif isinstance(request, commands.Declare):
            self._declare(request, reply)
        else:
            assert isinstance(request, commands.NextTurn)
            reply.answer(self._protocol.turns.next_number)

    def handle_cast(self, message: Any) -> None:
        """Take a command that nobody waits for."""
        self._assert_owner()
        if isinstance(message, commands.SendMessage):
            self._send(message)
        elif isinstance(message, commands.ToolAnswered):
            self._tool_answered(message)
        elif isinstance(message, commands.ToolCallbackFailed):
            self._tool_callback_failed(message)
        elif isinstance(message, commands.Close):
            self._close(message)
        elif isinstance(message, commands.MarkPlayed):
            self._protocol.turns.mark_played(message.turn, message.milliseconds)
        else:
            assert isinstance(message, commands.CallbackWasSlow)
            self._metrics.event("callback.slow", {"duration_ms": message.seconds * 1000}, {"callback": message.event})

    def handle_info(self, message: Any) -> None:
        """Take what happened: the socket is ready, a dial is through, a timer ran out."""
        if isinstance(message, Ready):
            channel: object = message.channel
            if self._transport is not None and channel is self._transport:  # not one that was dropped since
                self._serve(self._transport.service(message))
            elif self._spare is not None and channel is self._spare:
                self._serve_spare(message)
        elif isinstance(message, commands.DialFinished):
            self._dial_finished(message)
        elif isinstance(message, commands.ConnectExpired):
            self._connect_expired(message)
        elif isinstance(message, commands.ToolExpired):
            self._tool_expired(message)
        elif isinstance(message, commands.CloseExpired):
            self._ending.note(1006, "the server did not answer the close in time", by="user")
            self.actor.stop()
        else:
            self._time_has_come(message)

    def _time_has_come(self, message: Any) -> None:
        if isinstance(message, commands.Retry):
            self._retry_now(message.step)
        elif isinstance(message, commands.ChangeNow):
            if message.connection == self._protocol.connection and self._protocol.state in CONNECTED:
                self._change_now()
        elif isinstance(message, commands.Prepare):
            if message.connection == self._protocol.connection and self._protocol.state in CONNECTED:
                self._prepare()
        elif isinstance(message, commands.Settle):
            if message.connection == self._protocol.connection:
                self._settled()
        elif isinstance(message, commands.LeaveNow):
            if message.transport is self._leaving:
                message.transport.abort()
                self._left()
        elif isinstance(message, commands.Park):
            if message is self._parking:
                self._park_expired()
        else:
            assert isinstance(message, commands.Look)
            self._look(message)

    def handle_stop(self) -> None:
        """Take a stop as a wish to close within the session's own time."""
        self._close(commands.Close(self._options.close_timeout))

    def left_over(self, message: Any) -> None:
        """Give back a message that was accepted when it was too late, and drop a connection that came too late."""
        if isinstance(message, commands.SendMessage):
            self._ending.give_back(self._released(message.queued))
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
        self._begin_connect()

    def _begin_connect(self) -> None:
        assert self._opening is not None
        self._recorder.note(self._now(), "dial", self._options.backend.name)
        self._metrics.event("transport.connect.start", {}, {"backend": self._options.backend.name})
        self._connecting.begin(self.actor, self._opening.timeout, None)

    def _retry_now(self, step: Step) -> None:
        if self._protocol.state is State.CONNECTING and self._opening is not None:
            self._begin_connect()
        elif self._protocol.state is State.RECONNECTING:
            self._dial(step)

    def _dial_finished(self, message: commands.DialFinished) -> None:
        if self._standby.owns(message.dial):
            self._spare_ready(message)
            return
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
        if self._standby.expired(message) is not None:
            self._standby.end()
            self._spare_failed()
            return
        error = self._connecting.expired(message)
        if error is not None:
            self._failed(error)

    def _connect_failed(self, error: BaseException) -> None:
        """Go back to where another connect may be tried, with no socket left; or try once more, if that was wished."""
        self._connecting.end()
        self._drop_connection()
        self._recorder.note(self._now(), "ended", type(error).__name__, code=getattr(error, "code", None))
        self._metrics.event("transport.connect.exception", {}, {"error": type(error).__name__})
        if self._do_without_store(error) or self._try_again(error):
            return
        self._trigger(Trigger.CONNECT_FAILED)
        self._causes = []
        opener, self._opener, self._opening = self._opener, None, None
        if opener is not None:
            opener.fail(error)

    def _do_without_store(self, error: BaseException) -> bool:
        """Begin afresh if it may be a handle out of the store that is refused; return whether that is so."""
        suspect = isinstance(error, GeminiLiveError) and verdict_of(error).blames_handle
        if not (suspect and self._with_handle and self._setups.is_stored) or not self._trigger(
            Trigger.CONNECT_POSTPONED
        ):
            return False
        _log.warning("%s: the handle out of the store is no good (%s)", self.actor.name, error)
        self._forget_handle()
        self._begin_connect()
        return True

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
        if not first:
            self._resume_work(now)
            self._update_done()
            return
        if self._recovery is not None:
            self._recovery.ready(now, resumed=self._protocol.resuming)
        self._causes = []
        opener, self._opener, self._opening = self._opener, None, None
        if opener is not None:
            opener.answer()

    def _keep_handle(self) -> None:
        if self._protocol.handle is not None and self._protocol.handle.safe:
            self._keeper.save(self._protocol.handle.value)

    def _forget_handle(self) -> None:
        super()._forget_handle()
        self._keeper.discard()

    def _connection_ended(self, end: ConnectionEnded) -> None:
        reason = self._redact(end.reason)
        self._recorder.note(self._now(), "ended", "by the server" if end.by_peer else "here", code=end.code)
        self._metrics.event("transport.close", {}, {"code": end.code, "clean": end.clean})
        state = self._protocol.state
        if self._leaving is not None and state is State.RECONNECTING:
            self._left()
        elif self._protocol.setup_pending and state is not State.CLOSING:
            self._setup_ended(setup_error(end.code, reason))
        elif state in CONNECTED:
            self._lost(end, reason)
        else:
            self._keep_unsent()
            self._ending.note(end.code, reason, by="user", clean=end.clean)
            self._transport = None
            self.actor.stop()

    def _send(self, command: commands.SendMessage) -> None:
        message, now = command.queued.message, self._now()
        if message.kind in ACTIVITY_MARKS:
            self._protocol.marked(active=message.kind != ACTIVITY_END)
        if self._is_late(command.queued):
            return
        if not self._wanted(command.queued):
            self._drop_stale(command.queued)
            return
        message = command.queued.message
        if message.asks:
            self._note_request(command, now)
        elif message.said:
            command.queued.turn = self._protocol.turns.next_number
            self._note_words(command.queued, command.queued.turn)
        elif message.ends_input:
            self._protocol.turns.input_ended(now)
        elif message.kind == "tool_response":
            self._protocol.tool_answered(message.answers, message.nameless)
            self._board.pending_tools = self._protocol.tool_calls.pending
            self._answered_by_hand(message.answers, message.nameless)
        if command.toolbox is not None:
            self._toolbox = command.toolbox
        if self._protocol.state in OVER:
            self._ending.give_back(self._released(command.queued))
            return
        for dropped in self._outbox.add(command.queued):
            self._metrics.dropped(dropped)
        if self._protocol.state is State.RECONNECTING:
            self._outbox.offline = True
            self._forget_late_media()
        self._pump()
        self._settled()

    def _note_request(self, command: commands.SendMessage, now: float) -> None:
        number = self._protocol.turns.request_sent(now)
        command.queued.turn = number
        self._note_words(command.queued, number)
        self._hub.exchange_numbered(number)
        if command.watch is not None:
            self._hub.arm(command.watch, number)

    def _note_words(self, queued: Queued, turn: int) -> None:
        for role, words in queued.message.said:
            self._transcript.asked(turn, role, words)
        queued.message = attrs.evolve(queued.message, said=())  # what waits is held once, as it is counted

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
        if self._protocol.setup_pending or self._leaving is not None:
            self._take_back()
            self._drop_connection()  # nobody there would take what is queued
        if self._transport is None:
            self._keep_unsent()
            self.actor.stop()
            return
        self.actor.send_after(command.timeout, commands.CloseExpired())
        self._pump()

    def terminate(self, reason: BaseException | None) -> None:
        """Let go of everything, tell how it ended, and let everybody out who waits."""
        self._end_runs()
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
        self._keeper.close()
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
