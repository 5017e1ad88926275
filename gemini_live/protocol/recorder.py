"""The flight recorder: what happened last, in sizes, times and codes, never in content."""

from __future__ import annotations

from collections import deque

import attrs

LIMIT = 200
"""Entries that are kept."""


@attrs.frozen
class FlightEntry:
    """One thing that happened.

    Attributes:
        at: seconds since the session was started.
        kind: ``"sent"``, ``"received"``, ``"command"``, ``"transition"``, ``"dial"`` or ``"ended"``.
        detail: which message, command or state.
        size: bytes, where there are any.
        code: the close code or HTTP status, where there is one.
    """

    at: float
    kind: str
    detail: str
    size: int = 0
    code: int | None = None

    def __str__(self) -> str:
        size = f" {self.size} bytes" if self.size else ""
        code = f" code {self.code}" if self.code is not None else ""
        return f"{self.at:10.3f} s  {self.kind:<10} {self.detail}{size}{code}"


class FlightRecorder:
    """Keeps the last entries.  Owner: the actor writes; :meth:`entries` may be called by any thread."""

    def __init__(self, started: float) -> None:
        self._started = started
        self._entries: deque[tuple[float, str, str, int, int | None]] = deque(maxlen=LIMIT)

    def note(self, now: float, kind: str, detail: str, size: int = 0, code: int | None = None) -> None:
        """Add an entry; the oldest goes when there are too many."""
        self._entries.append((now - self._started, kind, detail, size, code))

    def entries(self) -> tuple[FlightEntry, ...]:
        """Return what is kept, oldest first."""
        while True:
            try:
                return tuple(FlightEntry(*entry) for entry in tuple(self._entries))
            except RuntimeError:  # noqa: PERF203 - the actor added one in the middle of the copy
                continue
