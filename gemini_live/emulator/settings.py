"""What a setup asks for, as plain values, refusing what the service refuses.  Pure; any thread."""

from __future__ import annotations

import attrs

from ..types import (
    ActivityHandling,
    AutomaticActivityDetection,
    GenerationConfig,
    RealtimeInputConfig,
    SessionResumptionConfig,
    Setup,
    StartSensitivity,
    ThinkingConfig,
)
from .profiles import EmulatorProfile
from .refusals import invalid_argument
from .tool_rules import Function, functions_of
from .wire_check import canonical

SHORTEST_START_MS = 120
"""Less sound than this never counts as speech: the detector takes any click for 80 ms of it."""
DEFAULT_SILENCE_MS = 800

_RANGES = {
    "temperature": (0.0, 2.0),
    "top_p": (0.0, 1.0),
    "presence_penalty": (-2.0, 2.0),
    "frequency_penalty": (-2.0, 2.0),
    "max_output_tokens": (1, 2**31 - 1),
}


@attrs.frozen(kw_only=True)
class Settings:
    """One connection's setup, as the rest of the emulator wants it.

    Attributes:
        input_transcription: whether the user's speech is transcribed.
        output_transcription: whether the answers are.
        automatic: whether the server itself detects speech.
        strictness: how sure the detector must be, webrtcvad's 0 to 3.
        start_ms: how much speech makes a start.
        silence_ms: how much silence makes an end.
        interrupts: whether the user's activity cuts an answer.
        thinks: whether answers begin with a thought.
        wants_handles: whether resumption handles are sent.
        transparent: whether they say which of the client's messages they cover.
        handle: the handle to resume with.
        seeds_history: whether the first client content is history that needs no answer.
        functions: what the model may call.
    """

    input_transcription: bool
    output_transcription: bool
    automatic: bool
    strictness: int
    start_ms: int
    silence_ms: int
    interrupts: bool
    thinks: bool
    wants_handles: bool
    transparent: bool
    handle: str | None = attrs.field(repr=False)
    seeds_history: bool
    functions: tuple[Function, ...] = ()


def read_settings(setup: Setup, profile: EmulatorProfile, *, any_modality: bool = False) -> Settings:
    """Read a setup whose model was found good; its modalities need not be the family's if any will do.

    Raises:
        RefusedError: the service would not take it.
    """
    generation = setup.generation_config or GenerationConfig()
    _check_generation(generation, profile, any_modality=any_modality)
    realtime = setup.realtime_input_config or RealtimeInputConfig()
    detection = realtime.automatic_activity_detection or AutomaticActivityDetection()
    thinking = generation.thinking_config or ThinkingConfig()
    resumption = setup.session_resumption or SessionResumptionConfig()
    history = setup.history_config
    start, silence = detection.prefix_padding_ms, detection.silence_duration_ms
    if (start or 0) < 0 or (silence or 0) < 0:
        raise invalid_argument()
    sensitivity, handling = detection.start_of_speech_sensitivity, realtime.activity_handling
    return Settings(
        input_transcription=setup.input_audio_transcription is not None,
        output_transcription=setup.output_audio_transcription is not None,
        automatic=not detection.disabled,
        strictness=3 if sensitivity is not None and canonical(sensitivity) == StartSensitivity.LOW else 2,
        start_ms=max(SHORTEST_START_MS, start or 0),
        silence_ms=DEFAULT_SILENCE_MS if silence is None else silence,
        interrupts=handling is None or canonical(handling) != ActivityHandling.NO_INTERRUPTION,
        thinks=profile.thinks and thinking.thinking_budget != 0 and thinking.include_thoughts is not False,
        wants_handles=setup.session_resumption is not None,
        transparent=bool(resumption.transparent),
        handle=resumption.handle or None,
        seeds_history=bool(history and history.initial_history_in_client_content),
        functions=functions_of(setup.tools or (), profile),
    )


def _check_generation(generation: GenerationConfig, profile: EmulatorProfile, *, any_modality: bool) -> None:
    """Refuse modalities that the family lacks, and numbers out of range."""
    for modality in generation.response_modalities or ():
        if canonical(modality) not in profile.modalities and not any_modality:
            raise invalid_argument()
    for name, (lowest, highest) in _RANGES.items():
        value = getattr(generation, name)
        if value is not None and not lowest <= value <= highest:
            raise invalid_argument()
