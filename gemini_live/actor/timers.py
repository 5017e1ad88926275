"""Messages to oneself at a later time."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from typing import Any

from .._clock import Clock


class TimerRef:
    """One timer.  Keep it to cancel it."""

    __slots__ = ("at", "message")

    def __init__(self, at: float, message: Any) -> None:
        self.at: float = at
        self.message: Any = message

    def cancel(self) -> None:
        """Make sure the message is never delivered.  Actor thread only; harmless when it already was."""
        self.message = None


class Timers:
    """A heap of timers.  Owner: the actor; every method runs on its thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, TimerRef]] = []
        self._numbers = itertools.count()

    def start(self, delay: float, message: Any) -> TimerRef:
        """Deliver ``message`` (not ``None``) after ``delay`` seconds; equal times keep the order of starting."""
        assert message is not None, "None marks a cancelled timer"
        timer = TimerRef(self._clock.monotonic() + max(0.0, delay), message)
        heapq.heappush(self._heap, (timer.at, next(self._numbers), timer))
        return timer

    def next_due(self) -> float | None:
        """Return the time of the next timer, ``None`` if there is none."""
        while self._heap:
            at, _, timer = self._heap[0]
            if timer.message is not None:
                return at
            heapq.heappop(self._heap)
        return None

    def pop_due(self) -> Iterator[Any]:
        """Take out, one by one, the messages whose time has come.

        One that is cancelled between two steps is left out.  One that is started between them has to wait for the next
        call, so that a timer which renews itself without a delay can't keep the actor from its mailbox.
        """
        now, latest = self._clock.monotonic(), next(self._numbers)
        while self._heap and self._heap[0][0] <= now and self._heap[0][1] < latest:
            timer = heapq.heappop(self._heap)[2]
            if timer.message is not None:
                yield timer.message
