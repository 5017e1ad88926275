"""What the server says.

Fields: https://ai.google.dev/api/live#server-messages
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from . import kinds
from ._wire import WireValue, wire
from .codec import decode
from .content import Content, FunctionCall, Part
from .enums import InteractionStatus, TurnCompleteReason, VadSignalType, VoiceActivityType
from .generation import VoiceConsentSignature
from .grounding import GroundingMetadata, UrlContextMetadata
from .media import Transcription
from .times import DURATION_MS
from .usage import UsageMetadata


def _secret(value: str | None) -> str:
    return "None" if value is None else "<handle>"


@attrs.frozen(kw_only=True, slots=False)
class SetupComplete(WireValue):
    """The setup was accepted; the session may begin.

    Attributes:
        voice_consent_signature: what does instead of a consent recording from now on.
    """

    session_id: str | None = wire("sessionId")
    voice_consent_signature: VoiceConsentSignature | None = wire("voiceConsentSignature")


@attrs.frozen(kw_only=True, slots=False)
class ServerContent(WireValue):
    """What the model does: speaks, is interrupted, has finished.  Any of the fields may come together."""

    model_turn: Content | None = wire("modelTurn")
    generation_complete: bool | None = wire("generationComplete")
    turn_complete: bool | None = wire("turnComplete")
    turn_complete_reason: TurnCompleteReason | None = wire("turnCompleteReason")
    interrupted: bool | None = wire("interrupted")
    interaction_status: InteractionStatus | None = wire("interactionStatus")
    waiting_for_input: bool | None = wire("waitingForInput")
    input_transcription: Transcription | None = wire("inputTranscription")
    interim_input_transcription: Transcription | None = wire("interimInputTranscription")
    output_transcription: Transcription | None = wire("outputTranscription")
    grounding_metadata: GroundingMetadata | None = wire("groundingMetadata")
    url_context_metadata: UrlContextMetadata | None = wire("urlContextMetadata")


@attrs.frozen(kw_only=True, slots=False)
class ToolCall(WireValue):
    """The model wants functions run; every call is answered by its id."""

    function_calls: tuple[FunctionCall, ...] | None = wire("functionCalls")


@attrs.frozen(kw_only=True, slots=False)
class ToolCallCancellation(WireValue):
    """The named calls are void; their answers are not wanted any more."""

    ids: tuple[str, ...] | None = wire("ids")


@attrs.frozen(kw_only=True, slots=False)
class GoAway(WireValue):
    """The server will end this connection soon.

    Attributes:
        time_left_ms: how soon, in milliseconds; ``None`` when the server named no time.
        handle: the newest resumption handle, filled in by the session.
    """

    time_left_ms: float | None = wire("timeLeft", kind=DURATION_MS)
    handle: str | None = attrs.field(default=None, repr=_secret)


@attrs.frozen(kw_only=True, slots=False)
class SessionResumptionUpdate(WireValue):
    """A new handle to resume with, or the news that there is none at this moment."""

    new_handle: str | None = wire("newHandle", repr=_secret)
    resumable: bool | None = wire("resumable")
    last_consumed_client_message_index: int | None = wire("lastConsumedClientMessageIndex", kind=kinds.INT64)


@attrs.frozen(kw_only=True, slots=False)
class VoiceActivity(WireValue):
    """The server heard the user's speech begin or end."""

    type: VoiceActivityType | None = wire("type")
    audio_offset_ms: float | None = wire("audioOffset", kind=DURATION_MS)


@attrs.frozen(kw_only=True, slots=False)
class VoiceActivityDetectionSignal(WireValue):
    """The older form of :class:`VoiceActivity`."""

    vad_signal_type: VadSignalType | None = wire("vadSignalType")


@attrs.frozen(kw_only=True, slots=False)
class ServerMessage(WireValue):
    """One message from the server.

    Attributes:
        raw: the JSON as it came, unknown fields included.
    """

    setup_complete: SetupComplete | None = wire("setupComplete")
    server_content: ServerContent | None = wire("serverContent")
    tool_call: ToolCall | None = wire("toolCall")
    tool_call_cancellation: ToolCallCancellation | None = wire("toolCallCancellation")
    usage_metadata: UsageMetadata | None = wire("usageMetadata")
    go_away: GoAway | None = wire("goAway")
    session_resumption_update: SessionResumptionUpdate | None = wire("sessionResumptionUpdate")
    voice_activity: VoiceActivity | None = wire("voiceActivity")
    voice_activity_detection_signal: VoiceActivityDetectionSignal | None = wire("voiceActivityDetectionSignal")
    raw: Mapping[str, Any] = attrs.field(factory=dict, repr=False, eq=False)

    @classmethod
    def from_json(cls, data: dict[str, Any], report: kinds.Report | None = None) -> ServerMessage:
        """Read a server's JSON object; total, see :func:`gemini_live.types.codec.decode`."""
        message = decode(cls, data, report)
        object.__setattr__(message, "raw", data)  # the one moment of a frozen value's life where it is not finished
        return message

    def parts(self) -> Iterator[Part]:
        """Iterate over the parts of the model's turn."""
        content = self.server_content
        if content is not None and content.model_turn is not None:
            yield from content.model_turn.parts or ()

    @property
    def text(self) -> str | None:
        """The model's text, thoughts left out; ``None`` if there is no text part, which is not the same as ``""``."""
        return _join(part for part in self.parts() if not part.thought)

    @property
    def thoughts(self) -> str | None:
        """The model's thoughts; ``None`` if there are none."""
        return _join(part for part in self.parts() if part.thought)

    @property
    def audio(self) -> bytes | None:
        """The model's audio as PCM, all parts joined; ``None`` if there is none."""
        blobs = [part.inline_data for part in self.parts() if part.inline_data is not None]
        chunks = [blob.data for blob in blobs if blob.data is not None and is_audio(blob.mime_type)]
        return b"".join(chunks) if chunks else None


def is_audio(mime_type: str | None) -> bool:
    """Whether inline data of this type is audio; data without a type is, as some servers name none."""
    return mime_type is None or mime_type.lower().startswith("audio/")


def _join(parts: Iterator[Part]) -> str | None:
    texts = [part.text for part in parts if part.text is not None]
    return "".join(texts) if texts else None
