"""Counts what a session does, on the board and for the observer.  No content passes through here."""

from __future__ import annotations

from collections.abc import Mapping

from .._logging import get_logger
from ..protocol import Event, Overflow
from ..protocol.outgoing import Lane
from .board import Board
from .outbox import Queued
from .running import RunningOptions

_log = get_logger("session")
_TELEMETRY_NAMES = {
    "interrupted": "session.interrupted",
    "turn_complete": "session.turn",
    "go_away": "session.go_away",
    "session_resumption": "session.resumption",
    "tool_call": "session.tool_call",
    "error": "session.error",
}


class Metrics:
    """Owner: the actor; one thread.  An observer that raises is reported once and not called again."""

    def __init__(self, options: RunningOptions, board: Board) -> None:
        self._observer = options.observer
        self._name = options.name
        self._board = board
        self.event("session.init", {}, {"model": options.model, "backend": options.backend.name})

    def event(
        self, name: str, measurements: Mapping[str, float], attributes: Mapping[str, str | int | bool | None]
    ) -> None:
        """Tell the observer."""
        if self._observer is None:
            return
        try:
            self._observer.event(name, measurements, {"session": self._name, **attributes})
        except Exception:  # noqa: BLE001 - a stranger's code on the actor's thread
            _log.exception("%s: the observer raised and is not called any more", self._name)
            self._observer = None

    def published(self, event: Event) -> None:
        """Tell the observer of an event that the program is told of, too."""
        if self._observer is None:
            return
        name = _TELEMETRY_NAMES.get(event.name)
        if name is not None:
            self.event(name, {}, {"kind": type(event.value).__name__})

    def sent(self, sent: list[Queued]) -> None:
        """Count messages that are with the kernel."""
        self._board.messages_sent += len(sent)
        if self._observer is None:
            return
        for queued in sent:
            measurements, attributes = {"bytes": float(queued.size)}, {"kind": queued.message.kind}
            self.event("session.message.sent", measurements, attributes)
            self.event("transport.send", measurements, attributes)

    def received(self, size: int, kinds: str, now: float) -> None:
        """Count a message that came."""
        self._board.messages_received += 1
        self._board.last_inbound_at = now
        if self._observer is not None:
            self.event("transport.receive", {"bytes": float(size)}, {})
            self.event("session.message.received", {"bytes": float(size)}, {"kind": kinds})

    def dropped(self, queued: Queued) -> None:
        """Count realtime input that had to go."""
        self._board.dropped_messages += 1
        self._board.dropped_bytes += queued.size

    def overflow(self, lane: Lane, count: int, size: int) -> Event:
        """Report an episode of dropping; return the event that tells the program."""
        _log.warning("%s: %d messages of realtime %s (%d bytes) were dropped", self._name, count, lane.value, size)
        self.event("outbox.overflow", {"messages": count, "bytes": size}, {"kind": lane.value})
        return Event("overflow", Overflow(kind=lane.value, dropped_messages=count, dropped_bytes=size))
