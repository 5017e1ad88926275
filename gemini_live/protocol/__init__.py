"""What may happen next, decided without a socket, a thread or a clock; a test drives it with strings."""

from __future__ import annotations

from .connection import LiveProtocol
from .events import (
    CALLBACKS,
    AudioChunk,
    Closed,
    Event,
    Opened,
    Overflow,
    Reconnected,
    Reconnecting,
    TextDelta,
    TranscriptionEvent,
    Turn,
    TurnTiming,
    Unsent,
)
from .music_events import MUSIC_CALLBACKS, MusicChunk, Underrun
from .policy import ReconnectPolicy
from .recorder import FlightEntry, FlightRecorder
from .state import CONNECTED, MAY_SEND, OVER, TRANSITIONS, State, Trigger, advance

__all__ = [
    "AudioChunk",
    "CALLBACKS",
    "CONNECTED",
    "Closed",
    "Event",
    "FlightEntry",
    "FlightRecorder",
    "LiveProtocol",
    "MAY_SEND",
    "MUSIC_CALLBACKS",
    "MusicChunk",
    "OVER",
    "Opened",
    "Overflow",
    "ReconnectPolicy",
    "Reconnected",
    "Reconnecting",
    "State",
    "TRANSITIONS",
    "TextDelta",
    "TranscriptionEvent",
    "Trigger",
    "Turn",
    "TurnTiming",
    "Underrun",
    "Unsent",
    "advance",
]
