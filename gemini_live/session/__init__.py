"""The product: a session as an actor, its options, its callbacks and the waiting for turns."""

from __future__ import annotations

from .board import Snapshot, UsageTotals
from .current import current_session
from .flight import FlightRecord
from .policies import OutboxPolicy
from .session import Session
from .streaming import AudioStream
from .tool_context import ToolContext
from .waiting import ExpectedTurn

__all__ = [
    "AudioStream",
    "ExpectedTurn",
    "FlightRecord",
    "OutboxPolicy",
    "Session",
    "Snapshot",
    "ToolContext",
    "UsageTotals",
    "current_session",
]
