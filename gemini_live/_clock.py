"""Time, as something that can be handed in: a system clock here, a manual one in the testing kit."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable
from typing import Any, Protocol

import attrs

from .exceptions import ConfigError

MAX_SECONDS = 86_400.0
_INSTANT = 0.001
let_others_run: Callable[[], object] = getattr(os, "sched_yield", None) or functools.partial(time.sleep, 0)
"""Lets another thread have its turn, if one waits for the interpreter or for this processor."""


class Clock(Protocol):
    """Monotonic seconds, and how long to really wait for a point in them."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""

    def wait_time(self, at: float | None) -> float | None:
        """Return the real seconds to wait until ``at``; ``None`` is "until woken"."""

    def watch(self, wake: Callable[[], None]) -> None:
        """Have ``wake`` called whenever time jumps, so that a waiter looks at the clock again."""

    def unwatch(self, wake: Callable[[], None]) -> None:
        """Undo :meth:`watch`."""


class SystemClock:
    """The real one.  Thread affinity: none."""

    monotonic = staticmethod(time.monotonic)

    def wait_time(self, at: float | None) -> float | None:
        """Return how far ``at`` is away, never less than 0."""
        return None if at is None else max(0.0, at - time.monotonic())

    def watch(self, wake: Callable[[], None]) -> None:
        """Do nothing: this clock never jumps."""

    def unwatch(self, wake: Callable[[], None]) -> None:
        """Do nothing."""


SYSTEM_CLOCK = SystemClock()


@attrs.frozen
class Deadline:
    """A point in time that a timeout became at the door, so that it survives several blocking steps.

    Args:
        clock: whose time.
        at: the point, or ``None`` for never.
    """

    clock: Clock
    at: float | None

    @classmethod
    def after(cls, seconds: float | None, clock: Clock = SYSTEM_CLOCK) -> Deadline:
        """Make the deadline that is ``seconds`` away; ``None`` is never."""
        return cls(clock, None if seconds is None else clock.monotonic() + seconds)

    def remaining(self) -> float | None:
        """Return the seconds left, never less than 0; ``None`` if there is no end."""
        return self.clock.wait_time(self.at)

    def patience(self) -> float:
        """Return the seconds that a blocking step may take: those left, a day where there is no end.

        Never 0, which means "do not wait" to a socket, and "without an end" to others.
        """
        remaining = self.remaining()
        return MAX_SECONDS if remaining is None else max(remaining, _INSTANT)

    @property
    def expired(self) -> bool:
        """Whether the point has passed."""
        return self.at is not None and self.clock.monotonic() >= self.at


NEVER = Deadline(SYSTEM_CLOCK, None)


def check_seconds(value: Any, path: str) -> float:
    """Return a number of seconds above 0 and at most a day.

    Raises:
        ConfigError: it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= MAX_SECONDS:
        raise ConfigError(f"must be seconds, above 0 and at most {MAX_SECONDS:g}, not {value!r}", path=path)
    return float(value)
