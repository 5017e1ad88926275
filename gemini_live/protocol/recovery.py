"""What to do when a connection is gone: resume, begin afresh, wait, or give up.  Pure; time and chance come in."""

from __future__ import annotations

import enum

import attrs

from .close_codes import Verdict
from .policy import ReconnectPolicy

EARLY_SECONDS = 10.0
"""A connection that dies so soon after it was resumed speaks against what it was resumed with."""
EARLY_DEATHS = 2
"""So many of them in a row prove it."""
HANDLE_FAILURES = 3
"""So many attempts with one handle that fail in the setup, and it is not tried any more."""
FAILED_SETUPS = 2
"""So many first setups that fail without a handle to blame, and it is the settings."""
_MOST_DOUBLINGS = 64
"""Of any delay but none, that is beyond what a policy can allow; more would leave what a float can hold."""


class Step(enum.Enum):
    """What to do next."""

    RESUME = "resume"
    FRESH = "fresh"
    FAIL = "fail"


@attrs.frozen
class Plan:
    """What to do next, and when.

    Attributes:
        step: what.
        attempt: which attempt it is, from 1.
        delay: seconds until then.
    """

    step: Step
    attempt: int = 0
    delay: float = 0.0


GIVE_UP = Plan(Step.FAIL)


@attrs.define(eq=False)
class Recovery:
    """Counts what has been tried since the last stable connection.  Owner: the actor; one thread.

    Attributes:
        policy: the bounds.
    """

    policy: ReconnectPolicy
    _begun: bool = False
    _attempts: int = 0
    _ready_at: float | None = None
    _lost_at: float | None = None
    _downtime: float = 0.0
    _resumed: bool = False
    _unproven: bool = False
    _early_deaths: int = 0
    _handle_failures: int = 0
    _failed_setups: int = 0
    _blamed: bool = False
    _restarted: bool = False

    def ready(self, now: float, *, resumed: bool) -> None:
        """Note that there is a connection whose setup is complete.

        Args:
            now: when.
            resumed: whether it was resumed with a handle.
        """
        self._leave(now)
        if self._lost_at is not None:
            self._downtime += now - self._lost_at
        self._ready_at, self._lost_at, self._resumed = now, None, resumed
        self._begun = self._unproven = True
        self._handle_failures = 0
        if not resumed:
            self._blamed = False

    def worked(self) -> None:
        """Note that the present connection has brought an answer, or taken something in: its handle was good."""
        self._resumed = self._unproven = False
        self._early_deaths = 0

    def lost(self, verdict: Verdict, now: float, *, has_handle: bool, chance: float) -> Plan:
        """Plan after the loss of a connection that was ready.

        Args:
            verdict: what the end of the connection means.
            now: when it ended.
            has_handle: whether there is a handle to resume with.
            chance: 0 to 1, random.
        """
        early = self._leave(now) < EARLY_SECONDS and self._unproven
        early_resumed, self._resumed = early and self._resumed, False
        suspicious = verdict.blames_handle or verdict.repeats
        if early_resumed and suspicious:
            self._early_deaths += 1
        elif not early_resumed:
            self._early_deaths = 0
        if not verdict.retryable:
            return GIVE_UP
        if verdict.blames_handle and early and self._restarted:
            return GIVE_UP  # no handle is to blame any more
        if early_resumed and (verdict.blames_handle or self._early_deaths >= EARLY_DEATHS):
            self._early_deaths, self._blamed = 0, True
        if not verdict.resumable:
            self._blamed = True  # what was resumable belongs to the session that is given up
        resume = has_handle and not self._blamed
        self._restarted = self._restarted or (verdict.blames_handle and not resume)
        return self._next(now, resume=resume, chance=chance)

    def refused(
        self, verdict: Verdict, now: float, *, with_handle: bool, chance: float, wanted: float | None = None
    ) -> Plan:
        """Plan after an attempt that failed.

        Args:
            verdict: what the failure means.
            now: when it failed.
            with_handle: whether a handle was sent.
            chance: 0 to 1, random.
            wanted: seconds that the server wants to be left alone.
        """
        self._leave(now)
        if self._lost_at is None:
            self._lost_at = now
        suspect = with_handle and verdict.blames_handle
        plan = GIVE_UP
        if verdict.blames_handle and not with_handle and not self._begun:
            self._failed_setups += 1
        if (verdict.retryable or suspect) and self._failed_setups < FAILED_SETUPS:
            if suspect:
                self._handle_failures += 1
                self._blamed |= not verdict.retryable or self._handle_failures >= HANDLE_FAILURES
            plan = self._next(now, resume=with_handle and not self._blamed, chance=chance, wanted=wanted)
        if plan.step is Step.FAIL and not self._begun:  # another connect begins anew
            self._attempts, self._failed_setups, self._lost_at = 0, 0, None
        return plan

    def stalled(self) -> None:
        """Note that a connection takes everything and answers nothing: if it was resumed, its handle is to blame."""
        self._blamed = self._blamed or self._resumed

    @property
    def handle_is_bad(self) -> bool:
        """Whether the present handle was found to be no good; to be asked after each plan."""
        return self._blamed

    def _leave(self, now: float) -> float:
        """Take the end of the present connection, if there is one; return how long it has lived."""
        if self._ready_at is None:
            return 0.0
        lived = now - self._ready_at
        self._ready_at, self._lost_at = None, now
        if lived >= self.policy.stable_after:
            self._attempts, self._downtime, self._early_deaths, self._restarted = 0, 0.0, 0, False
        return lived

    def _next(self, now: float, *, resume: bool, chance: float, wanted: float | None = None) -> Plan:
        policy = self.policy
        if not resume and policy.fresh == "fail" and self._begun:
            return GIVE_UP
        if self._attempts >= policy.max_attempts:
            return GIVE_UP
        longest = min(policy.max_delay, policy.base_delay * 2 ** min(self._attempts, _MOST_DOUBLINGS))
        delay = longest * chance if wanted is None else max(wanted, longest * chance)
        down = self._downtime + (now - self._lost_at if self._lost_at is not None else 0.0)
        if down + delay > policy.budget:
            return GIVE_UP
        self._attempts += 1
        return Plan(Step.RESUME if resume else Step.FRESH, self._attempts, delay)
