"""The table of model families."""

from __future__ import annotations

import attrs
import pytest

from gemini_live.profiles import (
    DEFAULT_MODEL,
    PROFILES,
    UNKNOWN,
    AffectiveDialog,
    HistorySeeding,
    Proactivity,
    TextTransport,
    Thinking,
    bare_name,
    profile_of,
)
from gemini_live.types import Modality

MODELS = [
    ("gemini-3.8-live", "gemini-3.8"),
    ("gemini-3.8-live-extended-thinking", "gemini-3.8-extended-thinking"),
    ("gemini-3.5-live-translate-preview", "gemini-3.5-translate"),
    ("gemini-3.5-transcribe-live", "gemini-3.5-transcribe"),
    ("gemini-3.5-transcribe-live-preview", "gemini-3.5-transcribe"),
    ("gemini-robotics-er-2-streaming-preview", "gemini-robotics-er-2"),
    ("gemini-3.1-flash-live-preview", "gemini-3.1"),
    ("gemini-2.5-flash-native-audio-preview-12-2025", "gemini-2.5"),
    ("gemini-2.5-flash-native-audio-preview-09-2025", "gemini-2.5"),
    ("gemini-2.5-flash-native-audio-latest", "gemini-2.5"),
    ("gemini-2.5-flash-preview-native-audio-dialog", "gemini-2.5"),
    ("gemini-2.5-flash-exp-native-audio-thinking-dialog", "gemini-2.5"),
    ("gemini-live-2.5-flash-native-audio", "vertex-2.5"),
    ("gemini-live-2.5-flash-preview-native-audio", "vertex-2.5"),
    ("gemini-live-2.5-flash-preview-native-audio-09-2025", "vertex-2.5"),
    ("gemini-live-2.5-flash", "vertex-2.5-half-cascade"),
    ("gemini-live-2.5-flash-preview", "half-cascade"),
    ("gemini-2.0-flash-live-001", "half-cascade"),
    ("gemini-2.0-flash-live-preview-04-09", "half-cascade"),
]
STRANGERS = [
    "gemini-9-live", "my-gemini-3.8-live", "gemini-3.8-lively", "gemini-3.8-live2", "gemini-3.8-flash",
    "gemini-robotics-er-2-preview", "gemini-2.5-flash", "lyria-realtime-exp", "models/", "",
]  # fmt: skip
BY_NAME = {profile.name: profile for profile in PROFILES}


@pytest.mark.parametrize(("model", "family"), MODELS)
@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "models/{}",
        "publishers/google/models/{}",
        "projects/p/locations/us-central1/publishers/google/models/{}",
        "models/{}:bidiGenerateContent",
    ],
)
def test_a_model_belongs_to_the_family_with_the_longest_fitting_prefix(model, family, form):
    """The path and the method do not matter, and neither does the order of the table."""
    assert profile_of(form.format(model)).name == family


@pytest.mark.parametrize("model", STRANGERS)
def test_any_other_model_is_unknown(model):
    """A name that merely looks similar is nothing special."""
    assert profile_of(model) is UNKNOWN


def test_every_family_has_a_model_here():
    """No row is left without a name that leads to it."""
    assert {family for _, family in MODELS} == set(BY_NAME)


def test_names_and_prefixes_are_said_once():
    """No family is in the table twice."""
    prefixes = [prefix for profile in PROFILES for prefix in profile.prefixes]

    assert len(BY_NAME) == len(PROFILES)
    assert len(set(prefixes)) == len(prefixes)
    assert all(prefix == bare_name(prefix) and prefix for prefix in prefixes)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_no_prefix_hides_another_family(profile):
    """A prefix leads to its own row, and a family does not say the same thing twice."""
    for prefix in profile.prefixes:
        assert profile_of(prefix) is profile
        assert not any(prefix.startswith(f"{other}-") for other in profile.prefixes if other != prefix)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_a_model_that_may_be_chosen_belongs_to_the_family_that_names_it(profile):
    """By its bare name, once on each backend, and it answers in audio."""
    for names in (profile.gemini_models, profile.vertex_models):
        assert all(profile_of(name) is profile and bare_name(name) == name for name in names)
        assert len(set(names)) == len(names)
        assert not names or Modality.AUDIO in profile.modalities


def test_nothing_is_known_of_an_unknown_model():
    """Every cell has its default, and none of them refuses anything."""
    assert attrs.evolve(UNKNOWN, name="x", prefixes=("x",)) == type(UNKNOWN)(name="x", prefixes=("x",))
    assert UNKNOWN.modalities is UNKNOWN.behaviors is UNKNOWN.scheduling is UNKNOWN.language_code is None
    assert UNKNOWN.tools is UNKNOWN.system_instruction is UNKNOWN.sends_voice_activity is None
    assert (UNKNOWN.thinking, UNKNOWN.proactivity, UNKNOWN.affective_dialog) == (
        Thinking.UNKNOWN, Proactivity.UNKNOWN, AffectiveDialog.UNKNOWN,
    )  # fmt: skip
    assert UNKNOWN.refused_tools == frozenset()


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_a_row_does_not_contradict_itself(profile):
    """Cells that depend on each other agree."""
    assert (profile.thinking is Thinking.LEVEL) == bool(profile.thinking_levels)
    assert not profile.built_in_tools & profile.refused_tools
    assert profile.modalities
    assert profile.default_behavior is None or profile.default_behavior in (profile.behaviors or ())
    assert profile.takes_text == (profile.history is not HistorySeeding.NONE)
    assert not (profile.special and (profile.gemini_models or profile.vertex_models))
    if profile.tools is False:
        assert not profile.built_in_tools
        assert profile.behaviors is None
    if profile.extras_need_alpha:
        assert profile.proactivity is Proactivity.OPT_IN
        assert profile.affective_dialog is AffectiveDialog.OPT_IN


def test_only_one_family_wants_text_as_realtime_input():
    """Everything else, unknown models included, takes text as content."""
    realtime = [profile.name for profile in PROFILES if profile.text_transport is TextTransport.REALTIME_INPUT]

    assert realtime == ["gemini-3.1"]
    assert UNKNOWN.text_transport is TextTransport.CLIENT_CONTENT


@pytest.mark.parametrize(
    ("cell", "families"),
    [
        ("splits_tool_rounds", {"vertex-2.5", "vertex-2.5-half-cascade"}),
        ("needs_trailing_audio", {"gemini-3.8"}),
        ("reports_interaction_status", {"gemini-3.8-extended-thinking"}),
        ("needs_translation_config", {"gemini-3.5-translate"}),
        ("extras_need_alpha", {"gemini-2.5"}),
        ("bundles_fields", {"gemini-3.1"}),
        ("continuous", {"gemini-3.5-translate", "gemini-3.5-transcribe"}),
        ("special", {"gemini-3.5-translate", "gemini-3.5-transcribe", "gemini-robotics-er-2"}),
        ("gemini_models", {"gemini-3.8", "gemini-3.8-extended-thinking", "gemini-3.1", "gemini-2.5"}),
        ("vertex_models", {"gemini-3.8", "gemini-3.8-extended-thinking", "vertex-2.5"}),
    ],
)
def test_a_quirk_is_its_familys_own(cell, families):
    """What was seen of one family is not assumed of another."""
    assert {profile.name for profile in PROFILES if getattr(profile, cell)} == families


def test_history_is_told_as_each_family_wants_it():
    """2.5 wants the user last, 3.1 wants it announced, 3.8 takes it as it comes, and listeners take none."""
    assert BY_NAME["gemini-2.5"].history is BY_NAME["vertex-2.5"].history is HistorySeeding.LAST_TURN_USER
    assert BY_NAME["gemini-3.1"].history is HistorySeeding.HISTORY_CONFIG
    assert BY_NAME["gemini-3.8"].history is UNKNOWN.history is HistorySeeding.CLIENT_CONTENT
    assert BY_NAME["gemini-3.5-translate"].history is HistorySeeding.NONE


@pytest.mark.parametrize(
    ("model", "modality"),
    [
        ("gemini-3.8-live", Modality.AUDIO),
        ("gemini-live-2.5-flash", Modality.AUDIO),
        ("gemini-3.5-transcribe-live", Modality.TEXT),
        ("gemini-robotics-er-2-streaming-preview", Modality.TEXT),
        ("gemini-9-live", Modality.AUDIO),
    ],
)
def test_audio_is_the_default_where_there_is_audio(model, modality):
    """A family that only writes is asked for text."""
    assert profile_of(model).default_modality is modality


def test_the_newest_family_comes_first():
    """Whoever has to choose among families takes them in the table's order."""
    assert PROFILES[0] is profile_of(DEFAULT_MODEL)
    assert PROFILES[0].gemini_models[0] == PROFILES[0].vertex_models[0] == DEFAULT_MODEL
    assert [profile.name for profile in PROFILES[-2:]] == ["vertex-2.5-half-cascade", "half-cascade"]


def test_the_default_model_is_a_known_one():
    """What programs that do not care are given is in the table."""
    assert profile_of(DEFAULT_MODEL) is not UNKNOWN
    assert bare_name(DEFAULT_MODEL) == DEFAULT_MODEL
