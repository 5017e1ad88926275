"""The first message of a connection: which model, and how it shall behave.

Fields: https://ai.google.dev/api/live#BidiGenerateContentSetup
"""

from __future__ import annotations

from typing import Any

import attrs

from . import kinds
from ._wire import WireValue, sized, wire
from .content import Content
from .enums import (
    ActivityHandling,
    EndSensitivity,
    MediaResolution,
    Modality,
    StartSensitivity,
    ThinkingLevel,
    TranscriptionMode,
    TurnCoverage,
)


@attrs.frozen(kw_only=True)
class PrebuiltVoiceConfig(WireValue):
    """One of the service's voices, such as ``"Kore"``."""

    voice_name: str | None = wire("voiceName")


@attrs.frozen(kw_only=True)
class ReplicatedVoiceConfig(WireValue):
    """A voice copied from a sample (24 kHz, 16-bit, mono)."""

    mime_type: str | None = wire("mimeType")
    voice_sample_audio: bytes | None = wire("voiceSampleAudio", repr=sized)
    consent_audio: bytes | None = wire("consentAudio", repr=sized)
    voice_consent_signature: dict[str, Any] | None = wire("voiceConsentSignature")


@attrs.frozen(kw_only=True)
class VoiceConfig(WireValue):
    """Which voice speaks."""

    prebuilt_voice_config: PrebuiltVoiceConfig | None = wire("prebuiltVoiceConfig")
    replicated_voice_config: ReplicatedVoiceConfig | None = wire("replicatedVoiceConfig")
    voice: str | None = wire("voice")


@attrs.frozen(kw_only=True)
class SpeechConfig(WireValue):
    """How the model speaks."""

    voice_config: VoiceConfig | None = wire("voiceConfig")
    language_code: str | None = wire("languageCode")

    @classmethod
    def coerce(cls, value: Any) -> Any:
        """Take a string for the name of a prebuilt voice."""
        if isinstance(value, str):
            return {"voice_config": {"prebuilt_voice_config": {"voice_name": value}}}
        return value


@attrs.frozen(kw_only=True)
class ThinkingConfig(WireValue):
    """How much the model thinks: a budget for 2.5 models (0 off, -1 dynamic), a level for 3.x."""

    thinking_budget: int | None = wire("thinkingBudget")
    thinking_level: ThinkingLevel | None = wire("thinkingLevel")
    include_thoughts: bool | None = wire("includeThoughts")


@attrs.frozen(kw_only=True)
class TranslationConfig(WireValue):
    """What the translating models translate into."""

    target_language_code: str | None = wire("targetLanguageCode")
    echo_target_language: bool | None = wire("echoTargetLanguage")


@attrs.frozen(kw_only=True)
class GenerationConfig(WireValue):
    """How answers are made."""

    response_modalities: tuple[Modality, ...] | None = wire("responseModalities")
    temperature: float | None = wire("temperature")
    top_p: float | None = wire("topP")
    top_k: int | None = wire("topK")
    max_output_tokens: int | None = wire("maxOutputTokens")
    candidate_count: int | None = wire("candidateCount")
    presence_penalty: float | None = wire("presencePenalty")
    frequency_penalty: float | None = wire("frequencyPenalty")
    seed: int | None = wire("seed")
    media_resolution: MediaResolution | None = wire("mediaResolution")
    speech_config: SpeechConfig | None = wire("speechConfig")
    thinking_config: ThinkingConfig | None = wire("thinkingConfig")
    enable_affective_dialog: bool | None = wire("enableAffectiveDialog")
    translation_config: TranslationConfig | None = wire("translationConfig")


@attrs.frozen(kw_only=True)
class AutomaticActivityDetection(WireValue):
    """The server's own detection of speech; ``disabled`` leaves it to activity_start and activity_end."""

    disabled: bool | None = wire("disabled")
    start_of_speech_sensitivity: StartSensitivity | None = wire("startOfSpeechSensitivity")
    end_of_speech_sensitivity: EndSensitivity | None = wire("endOfSpeechSensitivity")
    prefix_padding_ms: int | None = wire("prefixPaddingMs")
    silence_duration_ms: int | None = wire("silenceDurationMs")


@attrs.frozen(kw_only=True)
class RealtimeInputConfig(WireValue):
    """How realtime input becomes turns."""

    automatic_activity_detection: AutomaticActivityDetection | None = wire("automaticActivityDetection")
    activity_handling: ActivityHandling | None = wire("activityHandling")
    turn_coverage: TurnCoverage | None = wire("turnCoverage")
    interim_transcript_timestamp_enabled: bool | None = wire("interimTranscriptTimestampEnabled")


@attrs.frozen(kw_only=True)
class SessionResumptionConfig(WireValue):
    """Asks for resumption handles (``{}``), or resumes with one."""

    handle: str | None = wire("handle", repr=lambda handle: "None" if handle is None else "<handle>")
    transparent: bool | None = wire("transparent")


@attrs.frozen(kw_only=True)
class SlidingWindow(WireValue):
    """Keeps this many tokens when the context is cut; ``{}`` takes the server's default."""

    target_tokens: int | None = wire("targetTokens", kind=kinds.INT64)


@attrs.frozen(kw_only=True)
class ContextWindowCompressionConfig(WireValue):
    """Cuts the context when it has grown to ``trigger_tokens``, so that a session has no end."""

    trigger_tokens: int | None = wire("triggerTokens", kind=kinds.INT64)
    sliding_window: SlidingWindow | None = wire("slidingWindow")


@attrs.frozen(kw_only=True)
class AudioTranscriptionConfig(WireValue):
    """Turns transcription on (``{}``) and says how it is done."""

    language_codes: tuple[str, ...] | None = wire("languageCodes")
    custom_vocabulary: tuple[str, ...] | None = wire("customVocabulary")
    word_timestamp: bool | None = wire("wordTimestamp")
    diarization: bool | None = wire("diarization")
    mode: TranscriptionMode | None = wire("mode")
    source_text: str | None = wire("sourceText")


@attrs.frozen(kw_only=True)
class ProactivityConfig(WireValue):
    """Lets the model decide whether it answers."""

    proactive_audio: bool | None = wire("proactiveAudio")
    proactive_video: bool | None = wire("proactiveVideo")


@attrs.frozen(kw_only=True)
class HistoryConfig(WireValue):
    """Announces that earlier turns come first, as client content."""

    initial_history_in_client_content: bool | None = wire("initialHistoryInClientContent")


@attrs.frozen(kw_only=True)
class Setup(WireValue):
    """The ``setup`` message."""

    model: str | None = wire("model")
    generation_config: GenerationConfig | None = wire("generationConfig")
    system_instruction: Content | None = wire("systemInstruction")
    tools: tuple[Any, ...] | None = wire("tools")
    realtime_input_config: RealtimeInputConfig | None = wire("realtimeInputConfig")
    session_resumption: SessionResumptionConfig | None = wire("sessionResumption")
    context_window_compression: ContextWindowCompressionConfig | None = wire("contextWindowCompression")
    input_audio_transcription: AudioTranscriptionConfig | None = wire("inputAudioTranscription")
    output_audio_transcription: AudioTranscriptionConfig | None = wire("outputAudioTranscription")
    proactivity: ProactivityConfig | None = wire("proactivity")
    history_config: HistoryConfig | None = wire("historyConfig")
    safety_settings: tuple[Any, ...] | None = wire("safetySettings")
    explicit_vad_signal: bool | None = wire("explicitVadSignal")
    avatar_config: dict[str, Any] | None = wire("avatarConfig")
    labels: dict[str, str] | None = wire("labels")
