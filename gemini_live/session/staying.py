"""The part of a session's actor that carries a conversation over its connections, and changes over in time."""

from __future__ import annotations

from typing import Any

from .._logging import get_logger
from ..actor import TimerRef
from ..exceptions import ConnectError, GeminiLiveError, SetupError
from ..profiles import HistorySeeding
from ..protocol import State, Trigger
from ..protocol.outgoing import to_json
from ..protocol.recovery import Plan, Step
from ..protocol.state import CONNECTED
from ..transport import ConnectionEnded, Ready, Transport
from . import commands
from .connecting import Connecting
from .conversing import ConversingServer
from .failures import verdict_of
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


class StayingServer(ConversingServer):
    """Keeps the conversation alive over its connections.  Every method runs on the actor's thread."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._setups = Setups(self._options.setup, self._options.profile)
        self._standby = Connecting(self._options, self._redact)
        self._spare: Transport | None = None
        self._leaving: Transport | None = None
        self._announced = False
        self._latest: TimerRef | None = None
        self._update_latest: TimerRef | None = None
        self._leave: TimerRef | None = None
        self._settle: TimerRef | None = None
        self._wants_change: commands.Update | None = None
        self._hasty = 0

    @property
    def _resume_handle(self) -> str | None:
        """What the session can be resumed with: the newest handle, else the one that it began with."""
        if self._replay.awaits_seed:
            return None  # it would be a conversation that knows nothing
        return self._protocol.handle.value if self._protocol.handle is not None else self._setups.given_handle

    @property
    def _can_resume(self) -> bool:
        return self._resume_handle is not None

    def _was_lost(self) -> None:
        if not self._options.transparent:
            self._void_calls()

    def _follow(self, plan: Plan, cause: GeminiLiveError) -> None:
        self._cancel(self._latest)
        if self._recovery is not None and self._recovery.handle_is_bad:
            self._forget_handle()
        super()._follow(plan, cause)

    def _pause_before(self, plan: Plan) -> float:
        return 0.0 if self._spare is not None and plan.attempt == 1 else plan.delay

    def _forget_handle(self) -> None:
        self._protocol.handle = None
        self._setups.forget_handle()
        self._connecting.discard_stored()
        self._board.handle, self._board.handle_safe = None, False

    def _dial(self, step: Step) -> None:
        self._with_handle = step is Step.RESUME
        if self._spare is not None:
            spare, self._spare = self._spare, None
            self._connecting.await_setup(self.actor, self._options.connect_timeout)
            self._use(spare)
        elif self._standby.busy:  # one dial at a time: the one that is on its way will do
            self._connecting, self._standby = self._standby, self._connecting
        else:
            super()._dial(step)

    def _setup_payload(self) -> bytes:
        first = self._protocol.state is State.SETUP_PENDING
        if first:
            self._setups.remember(self._connecting.stored_handle)
        if not self._with_handle:  # what could be resumed is given up with it
            self._protocol.handle = None
            self._setups.forget_handle()
        handle = self._resume_handle
        self._protocol.resuming = self._with_handle = handle is not None
        self._announced = not first and handle is None and self._seeds
        return to_json(self._setups.message(handle, fresh=self._announced))

    @property
    def _seeds(self) -> bool:
        """Whether there is anything that a fresh session is to be told."""
        return self._policy is not None and self._policy.fresh == "seed" and bool(self._transcript.contents())

    def _resume_work(self, now: float) -> None:
        """Go on, on another connection: tell the server what it does not know, and the program what became of it."""
        assert self._policy is not None
        resumed = self._protocol.resuming
        self._count_passed()
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
        self._goes_on(again=again, lost=tuple(queued.as_unsent() for queued in (*rerun.lost, *stale)))

    def _seed(self) -> None:
        """Tell a server that knows nothing what was said."""
        unasked = self._options.profile.history is HistorySeeding.HISTORY_CONFIG and not self._announced
        if unasked or not self._seeds:
            return
        message = seed_message(self._transcript.contents(), self._options)
        if message is not None and self._transport is not None:
            self._transport.send(message.payload)
            self._count_passed()
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

    @property
    def _awaits_quiet(self) -> bool:
        return self._protocol.state is State.DRAINING or self._wants_change is not None

    def _settled(self) -> None:
        """Change over if that was wished and would cut nothing."""
        if (
            not self._awaits_quiet
            or self._policy is None
            or self._protocol.state not in CONNECTED
            or self._transport is None
        ):
            return
        ready = self._spare is not None or (self._wants_change is not None and not self._standby.busy)
        at_rest = self._protocol.idle and not self._outbox.waiting and not self._transport.buffered
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
        self._lost_at = self._now()
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

    def _takes_otherwise(self, error: GeminiLiveError) -> bool:
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

    @property
    def _takes_nothing(self) -> bool:
        return super()._takes_nothing or self._leaving is not None

    def _take_end(self, end: ConnectionEnded, reason: str) -> None:
        if self._leaving is not None and self._protocol.state is State.RECONNECTING:
            self._left()
        else:
            super()._take_end(end, reason)

    def _other_ready(self, message: Ready) -> None:
        channel: object = message.channel
        if self._spare is not None and channel is self._spare:
            self._serve_spare(message)

    def _dial_finished(self, message: commands.DialFinished) -> None:
        if self._standby.owns(message.dial):
            self._spare_ready(message)
        else:
            super()._dial_finished(message)

    def _connect_expired(self, message: commands.ConnectExpired) -> None:
        if self._standby.expired(message) is not None:
            self._standby.end()
            self._spare_failed()
        else:
            super()._connect_expired(message)

    def _take_info(self, message: Any) -> None:
        if isinstance(message, commands.LeaveNow):
            if message.transport is self._leaving:
                message.transport.abort()
                self._left()
            return
        assert isinstance(message, (commands.ChangeNow, commands.Prepare, commands.Settle))
        if message.connection != self._protocol.connection or self._protocol.state not in CONNECTED:
            return
        if isinstance(message, commands.ChangeNow):
            self._change_now()
        elif isinstance(message, commands.Prepare):
            self._prepare()
        else:
            self._settled()

    def _let_go(self, error: Exception) -> None:
        super()._let_go(error)
        for timer in (self._latest, self._update_latest, self._leave, self._settle):
            self._cancel(timer)
        self._standby.end()
        if self._spare is not None:
            self._spare.abort()
            self._spare = None
        if self._wants_change is not None:
            self._refuse_update(error)
