"""The part of a session's actor that stays connected: it loses connections, gets others, and changes over in time."""

from __future__ import annotations

import random
from typing import Any

from .._logging import get_logger
from ..actor import TimerRef
from ..exceptions import ConnectError, ConnectionLost, GeminiLiveError, SetupError
from ..profiles import HistorySeeding
from ..protocol import Event, Reconnected, Reconnecting, State, Trigger
from ..protocol.close_codes import classify
from ..protocol.outgoing import to_json
from ..protocol.recovery import Plan, Recovery, Step
from ..protocol.state import CONNECTED
from ..transport import ConnectionEnded, Ready, Transport
from . import commands
from .connecting import Connecting
from .ending import refused_setup
from .failures import verdict_of, wanted_pause
from .link import LinkServer
from .outbox import Queued
from .seeding import seed_message
from .setups import Setups

_log = get_logger("session")
_LEAVE_SECONDS = 0.5
"""How long the old connection's farewell is awaited: a session that is still open elsewhere can't be resumed."""
_HASTE_SECONDS = 5.0
"""A connection that is left sooner was left in haste; the next has to live longer."""
_LONGEST_HASTE = 60.0
_SPARE_SECONDS = 1.0
"""How long after a failure a second connection is tried again."""
_UNNAMED_SECONDS = 10.0
"""How long a go-away without a time is taken to leave."""


class StayingServer(LinkServer):
    """Keeps the session alive over its connections.  Every method runs on the actor's thread."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        options = self._options
        self._policy = options.reconnect
        self._recovery = Recovery(options.reconnect) if options.reconnect is not None else None
        self._setups = Setups(options.setup, options.profile)
        self._connecting = Connecting(options, self._redact)
        self._standby = Connecting(options, self._redact, asks_store=False)
        self._spare: Transport | None = None
        self._leaving: Transport | None = None
        self._with_handle = self._announced = False
        self._causes: list[BaseException] = []
        self._retry: TimerRef | None = None
        self._latest: TimerRef | None = None
        self._update_latest: TimerRef | None = None
        self._leave: TimerRef | None = None
        self._settle: TimerRef | None = None
        self._wants_change: commands.Update | None = None
        self._ready_at = 0.0
        self._hasty = 0

    def _lost(self, end: ConnectionEnded, reason: str) -> None:
        """Take the end of a connection that nobody here had asked for."""
        state = self._protocol.state
        self._ending.lost(end, reason, draining=state is State.DRAINING)
        if self._recovery is None or self._policy is None:
            self._give_up()
            return
        error = self._ending.error() or ConnectionLost(end.code, reason, retryable=True, resumable=True)
        self._take_back()
        self._transport = None
        self._trigger(Trigger.CONNECTION_LOST)
        if not self._options.transparent:
            self._void_calls()
        verdict = classify(end.code, reason, in_setup=False)
        has_handle = self._resume_handle is not None
        plan = self._recovery.lost(verdict, self._now(), has_handle=has_handle, chance=self._chance())
        self._follow(plan, error)

    @property
    def _resume_handle(self) -> str | None:
        """What the session can be resumed with: the newest handle, else the one that it began with."""
        if self._replay.awaits_seed:
            return None  # it would be a conversation that knows nothing
        return self._protocol.handle.value if self._protocol.handle is not None else self._setups.given_handle

    def _void_calls(self) -> None:
        """Tell the program that nobody waits for its answers any more, and drop those that were not sent."""
        self._protocol.void_calls()
        self._board.pending_tools = self._protocol.tool_calls.pending
        self._publish_news()
        self._drop_stale_answers()

    def _worked(self) -> None:
        if self._recovery is not None and self._protocol.state in CONNECTED:
            self._recovery.worked()

    def _chance(self) -> float:
        return random.random()  # noqa: S311 - spreads attempts in time, no secret

    def _follow(self, plan: Plan, cause: GeminiLiveError) -> None:
        """Do what was planned."""
        self._causes.append(cause)
        self._cancel(self._latest)
        if self._recovery is not None and self._recovery.handle_is_bad:
            self._forget_handle()
        if plan.step is Step.FAIL:
            self._give_up()
            return
        spare = self._spare is not None and plan.attempt == 1
        delay = 0.0 if spare else plan.delay
        _log.info("%s: attempt %d (%s) in %.1f s: %s", self.actor.name, plan.attempt, plan.step.value, delay, cause)
        self._metrics.event("transport.retry", {"attempt": plan.attempt, "delay_ms": delay * 1000}, {})
        self._publish(Event("reconnecting", Reconnecting(attempt=plan.attempt, delay=delay, cause=cause)))
        self._retry = self.actor.send_after(delay, commands.Retry(plan.step))

    def _forget_handle(self) -> None:
        self._protocol.handle = None
        self._setups.forget_handle()
        self._connecting.discard_stored()
        self._board.handle, self._board.handle_safe = None, False

    def _give_up(self) -> None:
        """End the session because it can't be kept."""
        self._ending.gave_up(self._causes)
        self._trigger(Trigger.GIVEN_UP)
        self._keep_unconfirmed()
        self._keep_unsent()
        self._transport = None
        self.actor.stop()

    def _dial(self, step: Step) -> None:
        """Try to get a connection."""
        self._with_handle = step is Step.RESUME
        if self._spare is not None:
            spare, self._spare = self._spare, None
            self._connecting.await_setup(self.actor, self._options.connect_timeout)
            self._use(spare)
            return
        if self._standby.busy:  # one dial at a time: the one that is on its way will do
            self._connecting, self._standby = self._standby, self._connecting
            return
        self._recorder.note(self._now(), "dial", self._options.backend.name)
        self._metrics.event("transport.connect.start", {}, {"backend": self._options.backend.name})
        self._connecting.begin(self.actor, self._options.connect_timeout, None)

    def _use(self, transport: Transport) -> None:
        """Have the session on this connection: ask for it."""
        self._transport = transport
        self._trigger(Trigger.SOCKET_OPENED)
        first = self._protocol.state is State.SETUP_PENDING
        if first:
            self._setups.remember(self._connecting.stored_handle)
        if not self._with_handle:  # what could be resumed is given up with it
            self._protocol.handle = None
            self._setups.forget_handle()
        handle = self._resume_handle
        self._protocol.resuming = self._with_handle = handle is not None
        self._announced = not first and handle is None and self._seeds
        payload = to_json(self._setups.message(handle, fresh=self._announced))
        self._recorder.note(self._now(), "sent", "setup", len(payload))
        transport.send(payload)
        self._serve(transport.service())

    @property
    def _seeds(self) -> bool:
        """Whether there is anything that a fresh session is to be told."""
        return self._policy is not None and self._policy.fresh == "seed" and bool(self._transcript.contents())

    def _attempt_failed(self, error: BaseException) -> None:
        """Take an attempt that brought no connection."""
        self._connecting.end()
        self._drop_connection()
        self._recorder.note(self._now(), "ended", type(error).__name__, code=getattr(error, "code", None))
        self._metrics.event("transport.connect.exception", {}, {"error": type(error).__name__})
        assert self._recovery is not None
        known = error if isinstance(error, GeminiLiveError) else ConnectError(str(error))
        if self._update_refused(known):
            return
        plan = self._recovery.refused(
            verdict_of(known),
            self._now(),
            with_handle=self._with_handle,
            chance=self._chance(),
            wanted=wanted_pause(known),
        )
        self._follow(plan, known)

    def _setup_refused(self) -> None:
        refusal = self._protocol.refusal
        assert refusal is not None
        self._setup_ended(refused_setup(refusal, self._redact))

    def _setup_ended(self, error: ConnectError) -> None:
        """Take the end of a connection whose setup was not complete."""
        if self._protocol.state is State.RECONNECTING:
            self._take_back()
            self._attempt_failed(error)
        else:
            self._connect_failed(error)

    def _connect_failed(self, error: BaseException) -> None:
        """Take the failure of the first connect."""
        raise NotImplementedError

    def _resume_work(self, now: float) -> None:
        """Go on, on another connection: tell the server what it does not know, and the program what became of it."""
        assert self._policy is not None
        assert self._recovery is not None
        resumed = self._protocol.resuming
        self._recovery.ready(now, resumed=resumed)
        rerun = self._replay.rerun(resumed=resumed, replay=self._policy.replay)
        for queued in rerun.again:
            self._meter.count_again(queued.message)
        self._outbox.put_first(list(rerun.again))
        exact = resumed and self._options.transparent
        self._cut_turns(now, exact=exact)
        if not exact:
            self._begin_activity_anew()
        if not resumed:
            self._seed()
        stale, self._stale = self._stale, []
        again = sum(queued not in stale for queued in rerun.again)
        lost = tuple(queued.as_unsent() for queued in (*rerun.lost, *stale))
        self._causes = []
        self._ending.recovered()
        news = Reconnected(resumed=resumed, replayed=again, lost=lost)
        _log.info(
            "%s: goes on, on connection %d (resumed: %s, sent again: %d, lost: %d)",
            self.actor.name, self._protocol.connection, resumed, news.replayed, len(lost),
        )  # fmt: skip
        self._publish(Event("reconnected", news))

    def _cut_turns(self, now: float, *, exact: bool) -> None:
        """Tell the program what the loss of the connection has ended."""
        self._cutting = True
        spent = self._protocol.cut(now, repeated=self._outbox.requests, keep_calls=exact)
        if spent is not None:
            self._metrics.spent(spent)
        self._board.pending_tools = self._protocol.tool_calls.pending
        self._publish_news()
        self._cutting = False
        self._drop_stale_answers()

    def _seed(self) -> None:
        """Tell a server that knows nothing what was said."""
        unasked = self._options.profile.history is HistorySeeding.HISTORY_CONFIG and not self._announced
        if unasked or not self._seeds:
            return
        message = seed_message(self._transcript.contents(), self._options)
        if message is not None and self._transport is not None:
            self._transport.send(message.payload)
            self._replay.seeded(Queued(message), message, self._now())
            self._recorder.note(self._now(), "sent", "history", len(message.payload))

    def _went_away(self, now: float) -> None:
        """Take the server's word that the connection will end: have another one ready, and a last moment."""
        if self._policy is None or self._leaving is not None:
            return
        at = self._protocol.go_away_at
        left = _UNNAMED_SECONDS if at is None else max(0.0, at - now)
        margin = min(self._policy.drain_margin, left / 2)
        self._cancel(self._latest)
        self._latest = self.actor.send_after(left - margin, commands.ChangeNow(self._protocol.connection))
        self._prepare()

    def _prepare(self) -> None:
        if self._spare is None and not self._standby.busy:
            self._standby.begin(self.actor, self._options.connect_timeout, None)

    def _settled(self) -> None:
        """Change over if that was wished and would cut nothing."""
        wished = self._protocol.state is State.DRAINING or self._wants_change is not None
        if not wished or self._policy is None or self._protocol.state not in CONNECTED or self._transport is None:
            return
        ready = self._spare is not None or (self._wants_change is not None and not self._standby.busy)
        at_rest = self._protocol.idle and not self._outbox and not self._transport.buffered
        if ready and at_rest and self._loses_nothing() and self._is_old_enough():
            self._change_over()

    def _change_now(self) -> None:
        """Change over at the last moment, whatever goes on; but not to another conversation where that is forbidden."""
        assert self._policy is not None
        if self._resume_handle is not None or self._policy.fresh != "fail":
            self._change_over()
        elif self._wants_change is not None:
            self._refuse_update(
                ConnectError('there is no handle to go on with, and fresh="fail" forbids to begin afresh')
            )

    def _is_old_enough(self) -> bool:
        """Whether the connection has lived so long that a change is no stampede, should the server always go away."""
        if not self._hasty or self._wants_change is not None:
            return True
        wanted: float = min(_LONGEST_HASTE, _HASTE_SECONDS * 2**self._hasty)
        age = self._now() - self._ready_at
        if age < wanted:
            self._cancel(self._settle)
            self._settle = self.actor.send_after(wanted - age, commands.Settle(self._protocol.connection))
        return age >= wanted

    def _loses_nothing(self) -> bool:
        """Whether the server would know on another connection all that it knows on this one."""
        handle = self._protocol.handle
        if handle is not None:
            return handle.safe
        turns = self._protocol.turns
        return turns.number == 1 and not turns.generating and not self._board.messages_sent

    def _change_over(self) -> None:
        """Leave the present connection, and take the other one when it is gone."""
        assert self._transport is not None
        for timer in (self._latest, self._update_latest):
            self._cancel(timer)
        self._hasty = self._hasty + 1 if self._now() - self._ready_at < _HASTE_SECONDS else 0
        self._leaving = self._transport
        self._trigger(Trigger.CHANGE_OVER)
        self._leave = self.actor.send_after(_LEAVE_SECONDS, commands.LeaveNow(self._leaving))
        self._leaving.close(1000)
        self._handle(self._leaving.service())

    def _left(self) -> None:
        """Go on when the old connection is gone."""
        self._cancel(self._leave)
        self._take_back()
        self._leaving = self._transport = None
        if not self._options.transparent:
            self._void_calls()
        self._dial(Step.RESUME if self._resume_handle is not None else Step.FRESH)

    def _spare_ready(self, message: commands.DialFinished) -> None:
        """Keep a connection for the moment when it is wanted."""
        result = self._standby.finished(message)
        self._standby.end()
        if result is None or isinstance(result, BaseException):
            if result is not None:
                _log.info("%s: no second connection yet: %s", self.actor.name, result)
            self._spare_failed()
            return
        if self._protocol.state not in CONNECTED:
            result.abort()
            return
        self._spare = result
        result.attach(self._poller)
        self._settled()

    def _spare_failed(self) -> None:
        """Do without a second connection if it is wanted for new settings; for a go-away there is time to try again."""
        self.actor.send_after(_SPARE_SECONDS, commands.Prepare(self._protocol.connection))
        self._settled()

    def _serve_spare(self, ready: Ready) -> None:
        assert self._spare is not None
        if any(isinstance(event, ConnectionEnded) for event in self._spare.service(ready)):
            self._spare = None
            self._spare_failed()

    def _update_refused(self, error: GeminiLiveError) -> bool:
        """Go back to the settings that worked, if it is the new ones that were refused."""
        request = self._wants_change
        passing = verdict_of(error).retryable and not isinstance(error, SetupError)
        if request is None or request.reply is None or passing:
            return False
        self._refuse_update(error)
        self._dial(Step.RESUME if self._resume_handle is not None else Step.FRESH)
        return True

    def _refuse_update(self, error: Exception) -> None:
        """Keep the settings that were accepted, and say why."""
        request, self._wants_change = self._wants_change, None
        self._setups.reject()
        if request is not None and request.reply is not None:
            request.reply.fail(error)

    def _let_go(self, error: Exception) -> None:
        """Drop what is not the present connection; at the end."""
        for timer in (self._retry, self._latest, self._update_latest, self._leave, self._settle):
            self._cancel(timer)
        self._standby.end()
        if self._spare is not None:
            self._spare.abort()
            self._spare = None
        if self._wants_change is not None:
            self._refuse_update(error)
