"""The synchronous Python client for Google's Gemini Live API.

Only the names in ``__all__`` are public, and those of ``gemini_live.types``, ``gemini_live.audio``,
``gemini_live.exceptions``, ``gemini_live.emulator`` and ``gemini_live.testing``.  They are imported at first use, so
that ``import gemini_live`` costs next to nothing.

Example::

    from gemini_live import Session

    with Session.open(model="gemini-3.8-live", output_audio_transcription={}) as session:
        print(session.ask("What is the capital of France?").output_transcript)
"""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .exceptions import (
        ApiError,
        AuthError,
        CallbackError,
        CallingSelfError,
        CallTimeout,
        ConfigError,
        ConnectError,
        ConnectionLost,
        ConnectTimeout,
        ForkedSessionError,
        GeminiLiveError,
        HandshakeError,
        ModelNotFoundError,
        NotReadyError,
        OutboxFullError,
        ProtocolError,
        SessionClosed,
        SetupError,
        ToolError,
        TurnTimeout,
    )
    from .models import Models
    from .music import MusicSession, MusicSnapshot
    from .protocol import (
        AudioChunk,
        Closed,
        Event,
        MusicChunk,
        Opened,
        Overflow,
        Reconnected,
        Reconnecting,
        ReconnectPolicy,
        TextDelta,
        TranscriptionEvent,
        Turn,
        TurnTiming,
        Underrun,
        Unsent,
    )
    from .session import (
        AudioStream,
        ExpectedTurn,
        FlightRecord,
        OutboxPolicy,
        Session,
        Snapshot,
        ToolContext,
        UsageTotals,
        current_session,
    )
    from .stores import FileHandleStore, HandleStore, MemoryHandleStore
    from .telemetry import Observer
    from .tokens import AuthTokens
    from .tools import Tool, tool
    from .types import (
        AuthToken,
        Blob,
        Content,
        FilteredPrompt,
        GoAway,
        Model,
        MusicGenerationConfig,
        MusicGenerationMode,
        MusicServerMessage,
        Part,
        PlaybackControl,
        Scale,
        ServerMessage,
        SessionResumptionUpdate,
        ToolCall,
        ToolCallCancellation,
        UsageMetadata,
        VoiceActivity,
        WeightedPrompt,
    )

__all__ = [
    "ApiError",
    "AudioChunk",
    "AudioStream",
    "AuthError",
    "AuthToken",
    "AuthTokens",
    "Blob",
    "CallTimeout",
    "CallbackError",
    "CallingSelfError",
    "Closed",
    "ConfigError",
    "ConnectError",
    "ConnectTimeout",
    "ConnectionLost",
    "Content",
    "Event",
    "ExpectedTurn",
    "FileHandleStore",
    "FilteredPrompt",
    "FlightRecord",
    "ForkedSessionError",
    "GeminiLiveError",
    "GoAway",
    "HandleStore",
    "HandshakeError",
    "MemoryHandleStore",
    "Model",
    "ModelNotFoundError",
    "Models",
    "MusicChunk",
    "MusicGenerationConfig",
    "MusicGenerationMode",
    "MusicServerMessage",
    "MusicSession",
    "MusicSnapshot",
    "NotReadyError",
    "Observer",
    "Opened",
    "OutboxFullError",
    "OutboxPolicy",
    "Overflow",
    "Part",
    "PlaybackControl",
    "ProtocolError",
    "ReconnectPolicy",
    "Reconnected",
    "Reconnecting",
    "Scale",
    "ServerMessage",
    "Session",
    "SessionClosed",
    "SessionResumptionUpdate",
    "SetupError",
    "Snapshot",
    "TextDelta",
    "Tool",
    "ToolCall",
    "ToolCallCancellation",
    "ToolContext",
    "ToolError",
    "TranscriptionEvent",
    "Turn",
    "TurnTimeout",
    "TurnTiming",
    "Underrun",
    "Unsent",
    "UsageMetadata",
    "UsageTotals",
    "VoiceActivity",
    "WeightedPrompt",
    "__version__",
    "current_session",
    "tool",
]

_HOMES = ("exceptions", "session", "tools", "protocol", "types", "telemetry", "tokens", "models", "music", "stores")

# A library is silent until its program wants to hear it.
logging.getLogger("gemini_live").addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    """Import a public name at its first use (PEP 562)."""
    if name in __all__:
        for home in _HOMES:
            module = importlib.import_module(f".{home}", __name__)
            if hasattr(module, name):
                value = globals()[name] = getattr(module, name)
                return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
