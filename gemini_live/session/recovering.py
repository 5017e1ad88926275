"""The part of a session's actor that loses connections and gets others."""

from __future__ import annotations

import random
from typing import Any

from .._logging import get_logger
from ..actor import TimerRef
from ..exceptions import ConnectError, ConnectionLost, GeminiLiveError
from ..protocol import Event, Reconnected, Reconnecting, State, Trigger, Unsent
from ..protocol.close_codes import classify
from ..protocol.recovery import Plan, Recovery, Step
from ..protocol.state import CONNECTED
from ..transport import ConnectionEnded, Transport
from . import commands
from .connecting import Connecting
from .ending import refused_setup
from .failures import verdict_of, wanted_pause
from .link import LinkServer

_log = get_logger("session")


class RecoveringServer(LinkServer):
    """Does as :class:`Recovery` plans.  Every method runs on the actor's thread."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        policy = self._options.reconnect
        self._policy = policy
        self._recovery = Recovery(policy) if policy is not None else None
        self._connecting = Connecting(self._options, self._redact, store=self._options.store)
        self._with_handle = False
        self._causes: list[BaseException] = []
        self._retry: TimerRef | None = None
        self._lost_at: float | None = None

    @property
    def _can_resume(self) -> bool:
        """Whether another connection could go on where the last one was."""
        return False

    def _was_lost(self) -> None:
        """Take the loss of the connection."""

    def _setup_payload(self) -> bytes:
        """Return the first message on the connection that there is now."""
        raise NotImplementedError

    def _connect_failed(self, error: BaseException) -> None:
        """Take the failure of the first connect."""
        raise NotImplementedError

    def _lost(self, end: ConnectionEnded, reason: str) -> None:
        """Take the end of a connection that nobody here had asked for."""
        self._ending.lost(end, reason, draining=self._protocol.state is State.DRAINING)
        if self._recovery is None or self._policy is None:
            self._give_up()
            return
        error = self._ending.error() or ConnectionLost(end.code, reason, retryable=True, resumable=True)
        self._take_back()
        self._transport = None
        self._lost_at = self._now()
        self._trigger(Trigger.CONNECTION_LOST)
        self._was_lost()
        verdict = classify(end.code, reason, in_setup=False)
        plan = self._recovery.lost(verdict, self._now(), has_handle=self._can_resume, chance=self._chance())
        self._follow(plan, error)

    def _worked(self) -> None:
        """Take a sign that the connection is good for something."""
        if self._recovery is not None and self._protocol.state in CONNECTED:
            self._recovery.worked()

    def _chance(self) -> float:
        return random.random()  # noqa: S311 - spreads attempts in time, no secret

    def _follow(self, plan: Plan, cause: GeminiLiveError) -> None:
        """Do what was planned."""
        self._causes.append(cause)
        if plan.step is Step.FAIL:
            self._give_up()
            return
        delay = self._pause_before(plan)
        _log.info("%s: attempt %d (%s) in %.1f s: %s", self.actor.name, plan.attempt, plan.step.value, delay, cause)
        self._metrics.event("transport.retry", {"attempt": plan.attempt, "delay_ms": delay * 1000}, {})
        self._publish(Event("reconnecting", Reconnecting(attempt=plan.attempt, delay=delay, cause=cause)))
        self._retry = self.actor.send_after(delay, commands.Retry(plan.step))

    def _pause_before(self, plan: Plan) -> float:
        """Return the seconds until a planned attempt is made."""
        return plan.delay

    def _give_up(self) -> None:
        """End the session because it can't be kept."""
        self._ending.gave_up(self._causes)
        self._trigger(Trigger.GIVEN_UP)
        self._keep_unconfirmed()
        self._keep_unsent()
        self._transport = None
        self.actor.stop()

    def _begin_dial(self, timeout: float) -> None:
        """Try to get a connection."""
        self._recorder.note(self._now(), "dial", self._options.backend.name)
        self._metrics.event("transport.connect.start", {}, {"backend": self._options.backend.name})
        self._connecting.begin(self.actor, timeout, None)

    def _dial(self, step: Step) -> None:
        """Try to get another connection."""
        self._with_handle = step is Step.RESUME
        self._begin_dial(self._options.connect_timeout)

    def _use(self, transport: Transport) -> None:
        """Have the session on this connection: ask for it."""
        self._transport = transport
        self._trigger(Trigger.SOCKET_OPENED)
        payload = self._setup_payload()
        self._recorder.note(self._now(), "sent", "setup", len(payload))
        transport.send(payload)
        self._serve(transport.service())

    def _attempt_failed(self, error: BaseException) -> None:
        """Take an attempt that brought no connection."""
        self._note_failure(error)
        assert self._recovery is not None
        known = error if isinstance(error, GeminiLiveError) else ConnectError(str(error))
        if self._takes_otherwise(known):
            return
        plan = self._recovery.refused(
            verdict_of(known),
            self._now(),
            with_handle=self._with_handle,
            chance=self._chance(),
            wanted=wanted_pause(known),
        )
        self._follow(plan, known)

    def _takes_otherwise(self, error: GeminiLiveError) -> bool:
        """Take a failure that is no reason for another attempt like it; return whether it is one."""
        return False

    def _note_failure(self, error: BaseException) -> None:
        """Let go of an attempt that has failed."""
        self._connecting.end()
        self._drop_connection()
        self._recorder.note(self._now(), "ended", type(error).__name__, code=getattr(error, "code", None))
        self._metrics.event("transport.connect.exception", {}, {"error": type(error).__name__})

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

    def _goes_on(self, *, again: int, lost: tuple[Unsent, ...]) -> None:
        """Tell that the session goes on, on another connection.

        Args:
            again: messages that are sent again.
            lost: messages that are not.
        """
        resumed = self._protocol.resuming
        gap = 0.0 if self._lost_at is None else (self._now() - self._lost_at) * 1000
        self._causes, self._lost_at = [], None
        self._ending.recovered()
        _log.info(
            "%s: goes on, on connection %d (resumed: %s, sent again: %d, lost: %d)",
            self.actor.name, self._protocol.connection, resumed, again, len(lost),
        )  # fmt: skip
        self._publish(Event("reconnected", Reconnected(resumed=resumed, replayed=again, lost=lost, gap_ms=gap)))

    def _let_go(self, error: Exception) -> None:
        """Drop what is not the present connection; at the end."""
        self._cancel(self._retry)
