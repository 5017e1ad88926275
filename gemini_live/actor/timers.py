"""Messages to oneself at a later time."""

from __future__ import annotations

import heapq
import itertools
from typing import Any

from .._clock import Clock


class TimerRef:
    """One timer.  Keep it to cancel it."""

    __slots__ = ("at", "message")

    def __init__(self, at: float, message: Any) -> None:
        self.at = at
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
        timer = TimerRef(self._clock.monotonic() + max(0.0, delay), message)
        heapq.heappush(self._heap, (timer.at, next(self._numbers), timer))
        return timer

    def next_due(self) -> float | None:
        """Return the time of the next timer, ``None`` if there is none."""
        while self._heap and self._heap[0][2].message is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_due(self) -> list[Any]:
        """Take out the messages whose time has come."""
        due = []
        if self._heap:
            now = self._clock.monotonic()
            while self._heap and self._heap[0][0] <= now:
                message = heapq.heappop(self._heap)[2].message
                if message is not None:
                    due.append(message)
        return due
