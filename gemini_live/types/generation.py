"""How answers are made: sampling, voices, thinking.

Fields: https://ai.google.dev/api/generate-content#generationconfig
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import attrs

from ..exceptions import ConfigError
from ._wire import WireValue, hidden, sized, wire
from .enums import MediaResolution, Modality, ThinkingLevel, TranscriptionMode
from .kinds import join
from .setup_enums import AspectRatio, Delivery, FeatureSelectionPreference, ImageSize


@attrs.frozen(kw_only=True, slots=False)
class PrebuiltVoiceConfig(WireValue):
    """One of the service's voices, such as ``"Kore"``."""

    voice_name: str | None = wire("voiceName")


@attrs.frozen(kw_only=True, slots=False)
class VoiceConsentSignature(WireValue):
    """What proves that a speaker agreed to being copied; the server gives it for a consent recording."""

    signature: str | None = wire("signature", repr=hidden)

    @classmethod
    def coerce(cls, value: Any, path: str, problems: list[ConfigError]) -> Any:
        """Take a string for the signature itself."""
        return {"signature": value} if isinstance(value, str) else value


@attrs.frozen(kw_only=True, slots=False)
class ReplicatedVoiceConfig(WireValue):
    """A voice copied from a sample (``audio/wav``; 24 kHz, 16-bit, mono).

    Attributes:
        consent_audio: the speaker's consent, spoken (Gemini API).
        voice_consent_signature: what came back for it once, and does instead from then on (Gemini API).
    """

    mime_type: str | None = wire("mimeType")
    voice_sample_audio: bytes | None = wire("voiceSampleAudio", repr=sized)
    consent_audio: bytes | None = wire("consentAudio", repr=sized, only="gemini")
    voice_consent_signature: VoiceConsentSignature | None = wire("voiceConsentSignature", only="gemini")


_VOICES = ("prebuilt_voice_config", "replicated_voice_config", "voice")


@attrs.frozen(kw_only=True, slots=False)
class VoiceConfig(WireValue):
    """Which voice speaks: one of the three."""

    prebuilt_voice_config: PrebuiltVoiceConfig | None = wire("prebuiltVoiceConfig")
    replicated_voice_config: ReplicatedVoiceConfig | None = wire("replicatedVoiceConfig")
    voice: str | None = wire("voice")

    @classmethod
    def coerce(cls, value: Any, path: str, problems: list[ConfigError]) -> Any:
        """Take a string for the name of a prebuilt voice."""
        return {"prebuilt_voice_config": {"voice_name": value}} if isinstance(value, str) else value

    def check(self, path: str) -> Iterator[ConfigError]:
        """One voice."""
        given = [name for name in _VOICES if getattr(self, name) is not None]
        if len(given) > 1:
            yield ConfigError(f"can't stand beside {given[0]}: a session has one voice", path=join(path, given[1]))


@attrs.frozen(kw_only=True, slots=False)
class SpeechConfig(WireValue):
    """How the model speaks; ``language_code`` is BCP-47, and native-audio models choose the language themselves."""

    unsupported: ClassVar[frozenset[str]] = frozenset({"multiSpeakerVoiceConfig"})

    voice_config: VoiceConfig | None = wire("voiceConfig")
    language_code: str | None = wire("languageCode")

    @classmethod
    def coerce(cls, value: Any, path: str, problems: list[ConfigError]) -> Any:
        """Take a string for the name of a prebuilt voice."""
        return {"voice_config": value} if isinstance(value, str) else value


@attrs.frozen(kw_only=True, slots=False)
class ThinkingConfig(WireValue):
    """How much the model thinks: a budget in tokens for 2.5 models (0 off, -1 dynamic), a level for 3.x."""

    thinking_budget: int | None = wire("thinkingBudget", range=(-1, None))
    thinking_level: ThinkingLevel | None = wire("thinkingLevel")
    include_thoughts: bool | None = wire("includeThoughts")

    def check(self, path: str) -> Iterator[ConfigError]:
        """No model takes both."""
        if self.thinking_budget is not None and self.thinking_level is not None:
            yield ConfigError("can't stand beside thinking_budget; give one of them", path=join(path, "thinking_level"))


@attrs.frozen(kw_only=True, slots=False)
class TranslationConfig(WireValue):
    """What the translating models translate into (BCP-47), and whether they repeat what is in that language already."""

    target_language_code: str | None = wire("targetLanguageCode")
    echo_target_language: bool | None = wire("echoTargetLanguage")


@attrs.frozen(kw_only=True, slots=False)
class LanguageAuto(WireValue):
    """Finds the language out; there is nothing to be said of it."""


@attrs.frozen(kw_only=True, slots=False)
class LanguageHints(WireValue):
    """Languages that are likely, as BCP-47 codes."""

    language_codes: tuple[str, ...] | None = wire("languageCodes")


@attrs.frozen(kw_only=True, slots=False)
class AudioTranscriptionConfig(WireValue):
    """Turns transcription on (``{}``) and says how it is done.

    Attributes:
        language_codes: languages that are spoken, as BCP-47 codes.
        custom_vocabulary: words that are likely and rare.
        word_timestamp: whether each word comes with its place in the audio.
        diarization: whether speakers are told apart.
        mode: how literally it is written down.
        source_text: what is being read aloud; goes with the mode ``SMART``.
        language_auto, language_hints, adaptation_phrases: older forms of the first two.
    """

    language_codes: tuple[str, ...] | None = wire("languageCodes")
    custom_vocabulary: tuple[str, ...] | None = wire("customVocabulary")
    word_timestamp: bool | None = wire("wordTimestamp")
    diarization: bool | None = wire("diarization")
    mode: TranscriptionMode | None = wire("mode")
    source_text: str | None = wire("sourceText")
    language_auto: LanguageAuto | None = wire("languageAuto")
    language_hints: LanguageHints | None = wire("languageHints")
    adaptation_phrases: tuple[str, ...] | None = wire("adaptationPhrases")

    def check(self, path: str) -> Iterator[ConfigError]:
        """A verbatim transcription has no use for the text."""
        if self.source_text is not None and self.mode == TranscriptionMode.VERBATIM:
            yield ConfigError('goes with mode="SMART"', path=join(path, "source_text"))


@attrs.frozen(kw_only=True, slots=False)
class ModelSelectionConfig(WireValue):
    """What Vertex AI chooses a model by."""

    feature_selection_preference: FeatureSelectionPreference | None = wire("featureSelectionPreference")


@attrs.frozen(kw_only=True, slots=False)
class AudioResponseFormat(WireValue):
    """The form of generated audio: bits and samples per second."""

    bit_rate: int | None = wire("bitRate", range=(1, None))
    delivery: Delivery | None = wire("delivery")
    mime_type: str | None = wire("mimeType")
    sample_rate: int | None = wire("sampleRate", range=(1, None))


@attrs.frozen(kw_only=True, slots=False)
class ImageResponseFormat(WireValue):
    """The form of generated pictures."""

    aspect_ratio: AspectRatio | None = wire("aspectRatio")
    delivery: Delivery | None = wire("delivery")
    image_size: ImageSize | None = wire("imageSize")
    mime_type: str | None = wire("mimeType")


@attrs.frozen(kw_only=True, slots=False)
class TextResponseFormat(WireValue):
    """The form of generated text; the schema is passed on as it is."""

    mime_type: str | None = wire("mimeType")
    schema: Any = wire("schema")


@attrs.frozen(kw_only=True, slots=False)
class VideoResponseFormat(WireValue):
    """The form of generated video; ``duration`` as the API writes it (``"8s"``)."""

    aspect_ratio: AspectRatio | None = wire("aspectRatio")
    delivery: Delivery | None = wire("delivery")
    duration: str | None = wire("duration")
    gcs_uri: str | None = wire("gcsUri")
    resolution: str | None = wire("resolution")


@attrs.frozen(kw_only=True, slots=False)
class ResponseFormat(WireValue):
    """The form of an answer in one modality."""

    audio: AudioResponseFormat | None = wire("audio")
    image: ImageResponseFormat | None = wire("image")
    text: TextResponseFormat | None = wire("text")
    video: VideoResponseFormat | None = wire("video")


@attrs.frozen(kw_only=True, slots=False)
class GenerationConfig(WireValue):
    """How answers are made.

    Attributes:
        response_modalities: what answers are made of; one in practice, and ``AUDIO`` for native-audio models.
        temperature: how varied, 0 to 2.
        top_p: how much of the likely is considered, 0 to 1.
        top_k: how many candidates for each token are considered, at least 1.
        max_output_tokens: how long an answer may be, at least 1.
        candidate_count: how many answers are made, at least 1; the Live API uses one.
        presence_penalty: against words that were used, -2 to 2.
        frequency_penalty: against words that were used often, -2 to 2.
        seed: makes answers repeatable, as far as they are; 32 bits.
        media_resolution: how closely images and video are looked at.
        speech_config: how the model speaks; a string is a prebuilt voice's name.
        thinking_config: how much it thinks.
        enable_affective_dialog: whether it answers to the user's mood (2.5 native audio).
        translation_config: what translating models translate into.
        response_format: the form of answers.
        audio_transcription_config: for transcribing models; the transcripts of a session are the setup's.
        enable_enhanced_civic_answers: for questions about elections (Gemini API).
        model_selection_config: what a model is chosen by (Vertex AI, ``modelConfig`` on the wire).
    """

    unsupported: ClassVar[frozenset[str]] = frozenset({
        "responseLogprobs", "responseMimeType", "logprobs", "responseSchema", "responseJsonSchema", "stopSequences",
        "routingConfig", "audioTimestamp",
    })  # fmt: skip

    response_modalities: tuple[Modality, ...] | None = wire("responseModalities")
    temperature: float | None = wire("temperature", range=(0, 2))
    top_p: float | None = wire("topP", range=(0, 1))
    top_k: int | None = wire("topK", range=(1, None))
    max_output_tokens: int | None = wire("maxOutputTokens", range=(1, None))
    candidate_count: int | None = wire("candidateCount", range=(1, None))
    presence_penalty: float | None = wire("presencePenalty", range=(-2, 2))
    frequency_penalty: float | None = wire("frequencyPenalty", range=(-2, 2))
    seed: int | None = wire("seed")
    media_resolution: MediaResolution | None = wire("mediaResolution")
    speech_config: SpeechConfig | None = wire("speechConfig")
    thinking_config: ThinkingConfig | None = wire("thinkingConfig")
    enable_affective_dialog: bool | None = wire("enableAffectiveDialog")
    translation_config: TranslationConfig | None = wire("translationConfig")
    response_format: tuple[ResponseFormat, ...] | None = wire("responseFormat")
    audio_transcription_config: AudioTranscriptionConfig | None = wire("audioTranscriptionConfig")
    enable_enhanced_civic_answers: bool | None = wire("enableEnhancedCivicAnswers", only="gemini")
    model_selection_config: ModelSelectionConfig | None = wire(
        "modelConfig", only="vertex_ai", aliases=("modelSelectionConfig",)
    )

    def check(self, path: str) -> Iterator[ConfigError]:
        """Documents are something that a model reads."""
        for index, modality in enumerate(self.response_modalities or ()):
            if modality == Modality.DOCUMENT:
                where = join(path, f"response_modalities[{index}]")
                yield ConfigError("DOCUMENT is nothing that a model answers in", path=where)
