"""Counts a session's attempts to connect, as the session itself reports them."""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.define
class Attempts:
    """An observer.  The session's thread writes.

    Attributes:
        begun: how many were begun.
        running: how many go on.
        most: how many went on at once, at most.
        overflows: episodes in which realtime input was dropped.
    """

    begun: int = 0
    running: int = 0
    most: int = 0
    overflows: int = 0

    def event(
        self, name: str, measurements: Mapping[str, float], attributes: Mapping[str, str | int | bool | None]
    ) -> None:
        """Take one event."""
        if name == "transport.connect.start":
            self.begun += 1
            self.running += 1
            self.most = max(self.most, self.running)
        elif name in ("transport.connect.stop", "transport.connect.exception"):
            self.running = max(0, self.running - 1)  # a setup that fails is told as an exception after the stop
        elif name == "outbox.overflow":
            self.overflows += 1
