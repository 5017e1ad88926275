"""A clock that stands still until a test moves it."""

from __future__ import annotations

import threading
from collections.abc import Callable


class ManualClock:
    """Time by hand: whoever waits for a point in the future waits until :meth:`advance` has come past it.

    Timers, delays and deadlines of everything that was given this clock follow it, so that a test of a ten-minute
    connection takes no time and has no race.

    Thread affinity: none; one lock, never held while a watcher is called.

    Args:
        start: the first reading, in seconds.

    Example::

        clock = ManualClock()
        ref = start(server, name="actor", waiter=Poller(), clock=clock)
        clock.advance(30.0)  # timers of the next half minute are due now
    """

    def __init__(self, start: float = 1_000.0) -> None:
        self._lock = threading.Lock()
        self._now = start
        self._watchers: list[Callable[[], None]] = []

    def monotonic(self) -> float:
        """Return the present time in seconds."""
        with self._lock:
            return self._now

    def wait_time(self, at: float | None) -> float | None:
        """Return 0.0 for a point that has come, ``None`` ("until woken") for one in the future or for no point."""
        return 0.0 if at is not None and at <= self.monotonic() else None

    def watch(self, wake: Callable[[], None]) -> None:
        """Have ``wake`` called after every :meth:`advance`."""
        with self._lock:
            self._watchers.append(wake)

    def unwatch(self, wake: Callable[[], None]) -> None:
        """Undo one :meth:`watch`; harmless when there was none."""
        with self._lock:
            if wake in self._watchers:
                self._watchers.remove(wake)

    def advance(self, seconds: float) -> None:
        """Move time on and wake whoever waits.  Any thread; it does not wait until they have done anything.

        Raises:
            ValueError: the step is negative: this time never goes back, as no monotonic one does.
        """
        if seconds < 0:
            raise ValueError("time does not go back")
        with self._lock:
            self._now += seconds
            watchers = list(self._watchers)
        for wake in watchers:
            wake()

    def __repr__(self) -> str:
        return f"<ManualClock at {self.monotonic():g} s>"
