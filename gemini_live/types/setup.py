"""The first message of a connection: which model, and how it shall behave.

Fields: https://ai.google.dev/api/live#BidiGenerateContentSetup
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from ..exceptions import ConfigError
from . import kinds
from ._wire import WireValue, sized, wire
from .content import Content
from .enums import ActivityHandling, EndSensitivity, StartSensitivity, TurnCoverage
from .generation import AudioTranscriptionConfig, GenerationConfig
from .setup_enums import HarmBlockMethod, HarmBlockThreshold, HarmCategory
from .tools import Tool, check_declarations


@attrs.frozen(kw_only=True, slots=False)
class AutomaticActivityDetection(WireValue):
    """The server's own detection of speech; ``disabled`` leaves it to activity_start and activity_end.

    Attributes:
        start_of_speech_sensitivity: high on the Gemini API unless said, low on Vertex AI.
        end_of_speech_sensitivity: likewise.
        prefix_padding_ms: milliseconds of speech that make a start; 20 unless said.
        silence_duration_ms: milliseconds of silence that make an end; about 800 unless said.
    """

    disabled: bool | None = wire("disabled")
    start_of_speech_sensitivity: StartSensitivity | None = wire("startOfSpeechSensitivity")
    end_of_speech_sensitivity: EndSensitivity | None = wire("endOfSpeechSensitivity")
    prefix_padding_ms: int | None = wire("prefixPaddingMs", range=(0, None))
    silence_duration_ms: int | None = wire("silenceDurationMs", range=(0, None))


@attrs.frozen(kw_only=True, slots=False)
class RealtimeInputConfig(WireValue):
    """How realtime input becomes turns.

    Attributes:
        activity_handling: whether the user's speech interrupts the model; it does unless said.
        turn_coverage: which input belongs to a turn; activity alone for 2.5 models, all video besides for 3.x.
        interim_transcript_timestamp_enabled: whether interim transcripts come with their place in the audio.
    """

    automatic_activity_detection: AutomaticActivityDetection | None = wire("automaticActivityDetection")
    activity_handling: ActivityHandling | None = wire("activityHandling")
    turn_coverage: TurnCoverage | None = wire("turnCoverage")
    interim_transcript_timestamp_enabled: bool | None = wire("interimTranscriptTimestampEnabled")


@attrs.frozen(kw_only=True, slots=False)
class SessionResumptionConfig(WireValue):
    """Asks for resumption handles (``{}``), or resumes with one.

    Attributes:
        handle: from an earlier session; good for 2 hours on the Gemini API, 24 on Vertex AI.
        transparent: whether updates tell which of the client's messages they cover (Vertex AI).
    """

    handle: str | None = wire("handle", repr=lambda handle: "None" if handle is None else "<handle>")
    transparent: bool | None = wire("transparent", only="vertex_ai")


@attrs.frozen(kw_only=True, slots=False)
class SlidingWindow(WireValue):
    """Keeps this many tokens when the context is cut; ``{}`` takes the server's default, half of the trigger."""

    target_tokens: int | None = wire("targetTokens", kind=kinds.INT64, range=(0, None))


@attrs.frozen(kw_only=True, slots=False)
class ContextWindowCompressionConfig(WireValue):
    """Cuts the context when it has grown to ``trigger_tokens`` (80 % of the window unless said)."""

    trigger_tokens: int | None = wire("triggerTokens", kind=kinds.INT64, range=(0, None))
    sliding_window: SlidingWindow | None = wire("slidingWindow")

    def check(self, path: str) -> Iterator[ConfigError]:
        """What is kept is less than what is too much."""
        target = self.sliding_window.target_tokens if self.sliding_window else None
        if self.trigger_tokens is not None and target is not None and target >= self.trigger_tokens:
            yield ConfigError(
                f"must be less than trigger_tokens ({self.trigger_tokens}), not {target}",
                path=kinds.join(path, "sliding_window.target_tokens"),
            )


@attrs.frozen(kw_only=True, slots=False)
class ProactivityConfig(WireValue):
    """Lets the model decide whether it answers, and speak up by itself about what it sees."""

    proactive_audio: bool | None = wire("proactiveAudio")
    proactive_video: bool | None = wire("proactiveVideo")

    def check(self, path: str) -> Iterator[ConfigError]:
        """The second is a part of the first."""
        if self.proactive_video and not self.proactive_audio:
            yield ConfigError("needs proactive_audio=True beside it", path=kinds.join(path, "proactive_video"))


@attrs.frozen(kw_only=True, slots=False)
class HistoryConfig(WireValue):
    """Announces that earlier turns come first, as client content."""

    initial_history_in_client_content: bool | None = wire("initialHistoryInClientContent")


@attrs.frozen(kw_only=True, slots=False)
class CustomizedAvatar(WireValue):
    """A picture that speaks: upright, 9 to 16, at least 704 by 1,280 pixels."""

    image_mime_type: str | None = wire("imageMimeType")
    image_data: bytes | None = wire("imageData", repr=sized)


@attrs.frozen(kw_only=True, slots=False)
class AvatarConfig(WireValue):
    """Who is seen speaking, where answers are video: a known avatar or one's own; bits per second of both streams."""

    avatar_name: str | None = wire("avatarName")
    customized_avatar: CustomizedAvatar | None = wire("customizedAvatar")
    audio_bitrate_bps: int | None = wire("audioBitrateBps", range=(1, None))
    video_bitrate_bps: int | None = wire("videoBitrateBps", range=(1, None))

    def check(self, path: str) -> Iterator[ConfigError]:
        """One face."""
        if self.avatar_name is not None and self.customized_avatar is not None:
            yield ConfigError(
                "can't stand beside avatar_name; give one of them", path=kinds.join(path, "customized_avatar")
            )


@attrs.frozen(kw_only=True, slots=False)
class SafetySetting(WireValue):
    """From where on one kind of harmful content is blocked."""

    category: HarmCategory | None = wire("category", required=True)
    threshold: HarmBlockThreshold | None = wire("threshold", required=True)
    method: HarmBlockMethod | None = wire("method", only="vertex_ai")


_MAX_LABEL = 63


@attrs.frozen(kw_only=True, slots=False)
class Setup(WireValue):
    """The ``setup`` message.

    Attributes:
        model: the model's full name; see :mod:`gemini_live.types.names`.
        system_instruction: what the model keeps in mind; text only.
        explicit_vad_signal: whether the server says when it hears speech (Vertex AI).
        labels: for the bill: at most 63 lower-case letters, digits, ``_`` and ``-``; a key begins with a letter.
    """

    model: str | None = wire("model")
    generation_config: GenerationConfig | None = wire("generationConfig")
    system_instruction: Content | None = wire("systemInstruction")
    tools: tuple[Tool, ...] | None = wire("tools")
    realtime_input_config: RealtimeInputConfig | None = wire("realtimeInputConfig")
    session_resumption: SessionResumptionConfig | None = wire("sessionResumption")
    context_window_compression: ContextWindowCompressionConfig | None = wire("contextWindowCompression")
    input_audio_transcription: AudioTranscriptionConfig | None = wire("inputAudioTranscription")
    output_audio_transcription: AudioTranscriptionConfig | None = wire("outputAudioTranscription")
    proactivity: ProactivityConfig | None = wire("proactivity")
    history_config: HistoryConfig | None = wire("historyConfig")
    safety_settings: tuple[SafetySetting, ...] | None = wire("safetySettings")
    explicit_vad_signal: bool | None = wire("explicitVadSignal", only="vertex_ai")
    avatar_config: AvatarConfig | None = wire("avatarConfig")
    labels: dict[str, str] | None = wire("labels")

    def check(self, path: str) -> Iterator[ConfigError]:
        """All functions together, and labels as the bill takes them."""
        yield from check_declarations(self.tools, kinds.join(path, "tools"))
        for key, value in (self.labels or {}).items():
            where = kinds.join(path, f"labels.{key[:_MAX_LABEL]}")
            if not _is_label(key) or not key[:1].isalpha():
                yield ConfigError(
                    f"a label's key is a lower-case letter, then at most {_MAX_LABEL - 1} lower-case letters, digits, "
                    "_ or -",
                    path=where,
                )
            if not _is_label(value):
                yield ConfigError(f"must be at most {_MAX_LABEL} lower-case letters, digits, _ or -", path=where)


def _is_label(text: str) -> bool:
    """Whether a text may be a label; letters of every alphabet may, as long as they are not upper case."""
    return len(text) <= _MAX_LABEL and all((c.isalnum() and c == c.lower()) or c in "_-" for c in text)
