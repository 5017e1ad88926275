"""What a setup asks for."""

from __future__ import annotations

import pytest

from gemini_live.emulator.profiles import PROFILES
from gemini_live.emulator.refusals import RefusedError
from gemini_live.emulator.settings import read_settings
from gemini_live.types import Setup, decode

PROFILE = PROFILES["gemini-2.5"]


def read(**setup):
    return read_settings(decode(Setup, {"model": "models/gemini-live", **setup}), PROFILE)


def test_the_defaults_are_the_services():
    """An empty setup: automatic detection, 800 ms of silence, interruptions, thoughts, nothing else."""
    settings = read()
    assert settings.automatic and settings.interrupts and settings.thinks
    assert settings.silence_ms == 800
    assert not (settings.input_transcription or settings.output_transcription or settings.wants_handles)
    assert settings.handle is None and not settings.seeds_history


def test_every_option_is_read():
    """Each option changes its setting."""
    detection = {
        "disabled": True,
        "startOfSpeechSensitivity": "START_SENSITIVITY_LOW",
        "prefixPaddingMs": 300,
        "silenceDurationMs": 0,
    }
    settings = read(
        inputAudioTranscription={},
        outputAudioTranscription={},
        realtimeInputConfig={"automaticActivityDetection": detection, "activityHandling": "no_interruption"},
        sessionResumption={"handle": "h"},
        historyConfig={"initialHistoryInClientContent": True},
    )
    assert settings.input_transcription and settings.output_transcription
    assert (settings.automatic, settings.strictness, settings.start_ms, settings.silence_ms) == (False, 3, 300, 0)
    assert not settings.interrupts
    assert (settings.wants_handles, settings.handle, settings.seeds_history) == (True, "h", True)


@pytest.mark.parametrize("thinking", [{"thinkingBudget": 0}, {"includeThoughts": False}])
def test_thoughts_can_be_turned_off(thinking):
    """A budget of 0, or thoughts not included, means none are sent."""
    assert not read(generationConfig={"thinkingConfig": thinking}).thinks


@pytest.mark.parametrize(
    "setup",
    [
        {"generationConfig": {"responseModalities": ["TEXT"]}},
        {"generationConfig": {"responseModalities": ["AUDIO", "TEXT"]}},
        {"generationConfig": {"temperature": 2.5}},
        {"generationConfig": {"topP": -0.1}},
        {"realtimeInputConfig": {"automaticActivityDetection": {"silenceDurationMs": -1}}},
        {"realtimeInputConfig": {"automaticActivityDetection": {"prefixPaddingMs": -1}}},
    ],
)
def test_what_the_family_lacks_is_an_invalid_argument(setup):
    """Text from an audio model and numbers out of range close with 1007."""
    with pytest.raises(RefusedError, match=r"^1007 Request contains an invalid argument\.$"):
        read(**setup)
