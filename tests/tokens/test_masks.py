"""Field masks: which paths a setup and a list of names make."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_live.exceptions import ConfigError
from gemini_live.tokens.masks import joined, listed_paths, paths_of
from gemini_live.types import GenerationConfig, Setup, encode, parse
from gemini_live.types.codec import plan_of

SETUP = {
    "model": "models/m",
    "generationConfig": {"responseModalities": ["AUDIO"], "temperature": 0.5},
    "systemInstruction": {"parts": [{"text": "Be brief."}], "role": "user"},
    "tools": [{"functionDeclarations": []}],
    "realtimeInputConfig": {"automaticActivityDetection": {"disabled": True}},
    "sessionResumption": {},
    "outputAudioTranscription": {},
    "labels": {"team": "voice"},
    "newerThanUs": {"a": 1},
}


def test_messages_are_one_level_deep_and_everything_else_is_bare():
    """Arrays, empty messages, maps of the program's own keys and unknown fields have no path inside."""
    assert paths_of(SETUP) == [
        "model", "generationConfig.responseModalities", "generationConfig.temperature", "systemInstruction.parts",
        "systemInstruction.role", "tools", "realtimeInputConfig.automaticActivityDetection", "sessionResumption",
        "outputAudioTranscription", "labels", "newerThanUs",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("temperature", "generationConfig.temperature"),
        ("top_k", "generationConfig.topK"),
        ("maxOutputTokens", "generationConfig.maxOutputTokens"),
        ("generation_config", "generationConfig"),
        ("generation_config.top_p", "generationConfig.topP"),
        ("generationConfig.speech_config.voiceConfig", "generationConfig.speechConfig.voiceConfig"),
        ("enable_affective_dialog", "generationConfig.enableAffectiveDialog"),
        ("system_instruction", "systemInstruction"),
        ("outputAudioTranscription", "outputAudioTranscription"),
        ("realtime_input_config.automatic_activity_detection.disabled",
         "realtimeInputConfig.automaticActivityDetection.disabled"),
        ("tools", "tools"),
    ],
)  # fmt: skip
def test_a_name_becomes_a_camel_case_path(name, path):
    """In either spelling, with its place in the generation config where it belongs there."""
    assert listed_paths([name]) == [path]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("temprature", "did you mean temperature"),
        ("generation_config.temprature", "did you mean temperature"),
        ("sytem_instruction", "did you mean system_instruction"),
        ("tools.0", "no field of a setup"),
        ("model.name", "no field of a setup"),
        ("explicit_vad_signal", "'explicit_vad_signal' is for Vertex AI only"),
        ("session_resumption.transparent", "is for Vertex AI only"),
        ("generation_config.model_config", "is for Vertex AI only"),
        ("", "no field of a setup"),
        (7, "must be the name of a field, not int"),
    ],
)
def test_a_name_that_is_none_is_refused(name, words):
    """With its place in the list, and the nearest field."""
    with pytest.raises(ConfigError, match=words) as caught:
        listed_paths(["model", name])

    assert caught.value.path == "lock_additional_fields[1]"


def test_a_mask_has_each_path_once():
    """And none that lies inside another one."""
    assert joined(["model", "tools", "model", "a.b", "a.c.d", "a.c"]) == "model,tools,a.b,a.c"


FIELDS = [
    prefix + field.attribute
    for prefix, cls in (("", Setup), ("generation_config.", GenerationConfig))
    for field in plan_of(cls).fields
    if field.only != "vertex_ai"
]


@given(st.lists(st.sampled_from(FIELDS)), st.dictionaries(st.sampled_from(["model", "labels"]), st.just("m")))
def test_any_mask_is_a_set_of_fields_of_a_setup(listed, setup):
    """Whatever is listed: no duplicate, nothing inside another, camelCase, and every path leads somewhere."""
    mask = joined([*paths_of(setup), *listed_paths(listed)])
    paths = mask.split(",") if mask else []

    assert len(paths) == len(set(paths))
    assert not any(path.startswith(f"{other}.") for path in paths for other in paths)
    assert "_" not in mask
    assert listed_paths(paths) == paths


def test_the_paths_of_what_a_program_writes():
    """From the options of a session to the mask of its setup."""
    setup = encode(parse(Setup, {"model": "models/m", "generation_config": {"top_k": 3, "temperature": 0}}, ""))

    assert joined(paths_of(setup)) == "model,generationConfig.temperature,generationConfig.topK"
