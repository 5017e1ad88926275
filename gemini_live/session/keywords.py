"""The types of ``start_link``'s keywords, for editors and type checkers; :mod:`.options` checks the values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from typing_extensions import Required

    from .._clock import Clock
    from ..backends.keywords import WhereOptions
    from ..protocol import (
        AudioChunk,
        Closed,
        Opened,
        Overflow,
        Reconnected,
        Reconnecting,
        TextDelta,
        TranscriptionEvent,
        Turn,
    )
    from ..protocol.policy import ReconnectPolicy
    from ..stores import HandleStore
    from ..telemetry import Observer
    from ..tools.marking import Tool
    from ..transport import Connector
    from ..types import (
        AudioTranscriptionConfig,
        AvatarConfig,
        Behavior,
        Content,
        ContextWindowCompressionConfig,
        FunctionDeclaration,
        FunctionResponseScheduling,
        GenerationConfig,
        GoAway,
        HistoryConfig,
        ProactivityConfig,
        RealtimeInputConfig,
        SafetySetting,
        ServerMessage,
        SessionResumptionConfig,
        SessionResumptionUpdate,
        ToolCall,
        ToolCallCancellation,
        TranslationConfig,
        UsageMetadata,
        VoiceActivity,
    )
    from ..types import Tool as WireTool
    from .policies import OutboxPolicy

    Config = Mapping[str, Any]
    ToolLike = Callable[..., Any] | Tool | WireTool | FunctionDeclaration | Config

    class ToolSettings(TypedDict, total=False):
        """What a function's signature can't say; see :class:`Tool`."""

        name: str | None
        description: str | None
        behavior: Behavior | str | None
        scheduling: FunctionResponseScheduling | str | None
        timeout: float | None
        parameters: Any

    class SessionOptions(WhereOptions, total=False):
        """Every keyword of ``start_link``; only ``model`` is required."""

        model: Required[str]
        generation_config: GenerationConfig | Config | None
        system_instruction: Content | str | Config | Sequence[Any] | None
        tools: Sequence[ToolLike] | ToolLike | None
        realtime_input_config: RealtimeInputConfig | Config | None
        session_resumption: SessionResumptionConfig | Config | bool | None
        resume_handle: str | None
        context_window_compression: ContextWindowCompressionConfig | Config | None
        input_audio_transcription: AudioTranscriptionConfig | Config | None
        output_audio_transcription: AudioTranscriptionConfig | Config | None
        proactivity: ProactivityConfig | Config | None
        history_config: HistoryConfig | Config | None
        enable_affective_dialog: bool | None
        translation_config: TranslationConfig | Config | None
        explicit_vad_signal: bool | None
        avatar_config: AvatarConfig | Config | None
        safety_settings: Sequence[SafetySetting | Config] | None
        labels: Mapping[str, str] | None
        extra_setup: Config | None
        handler: object
        owner: Any
        name: str | None
        transport: Connector | None
        dispatch: str | Executor
        reconnect: ReconnectPolicy | bool | None
        store: HandleStore | None
        outbox: OutboxPolicy | None
        connect_timeout: float
        close_timeout: float
        max_message_bytes: int
        tool_timeout: float
        max_tool_workers: int
        max_tool_calls: int
        strict: bool
        observer: Observer | None
        clock: Clock
        on_open: Callable[[Opened], object] | None
        on_raw_message: Callable[[dict[str, Any]], object] | None
        on_message: Callable[[ServerMessage], object] | None
        on_session_resumption: Callable[[SessionResumptionUpdate], object] | None
        on_interrupted: Callable[[Turn], object] | None
        on_transcription: Callable[[TranscriptionEvent], object] | None
        on_thought: Callable[[TextDelta], object] | None
        on_text: Callable[[TextDelta], object] | None
        on_audio: Callable[[AudioChunk], object] | None
        on_voice_activity: Callable[[VoiceActivity], object] | None
        on_tool_call: Callable[[ToolCall], object] | None
        on_tool_call_cancellation: Callable[[ToolCallCancellation], object] | None
        on_generation_complete: Callable[[Turn], object] | None
        on_usage: Callable[[UsageMetadata], object] | None
        on_turn_complete: Callable[[Turn], object] | None
        on_go_away: Callable[[GoAway], object] | None
        on_reconnecting: Callable[[Reconnecting], object] | None
        on_reconnected: Callable[[Reconnected], object] | None
        on_overflow: Callable[[Overflow], object] | None
        on_error: Callable[[Exception], object] | None
        on_close: Callable[[Closed], object] | None
