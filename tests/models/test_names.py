"""What names tell: which of two models is newer, and whether one is live."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_live import ModelNotFoundError
from gemini_live.models import Models
from gemini_live.models.names import age_of, is_special, key_of, sounds_live
from gemini_live.types.names import vertex_model_name

ORDERED = [
    "gemini-9.10-live",
    "gemini-9.9-live",
    "gemini-9.9-flash-live-latest",
    "gemini-9.9-live-12-2026",
    "gemini-9.9-live-002",
    "gemini-9.9-live-001",
    "gemini-9.9-live-preview-2027-01-05",
    "gemini-9.9-live-preview-12-2026",
    "gemini-9.9-live-preview-09-2026",
    "gemini-9.9-live-preview-10-01",
    "gemini-9.9-live-preview-04-09",
    "gemini-9.9-live-preview",
    "gemini-9.9-live-exp-12-2026",
    "gemini-9.9-live-exp",
    "gemini-9-live",
    "live-v8.5-gemini",
    "gemini-8.1-live",
    "gemini-8-native-audio",
    "gemini-live",
    "gemini-live-12-2026-preview",
]
"""Names of no known family, the one to prefer first."""
PIECES = [
    "gemini",
    "live",
    "native-audio",
    "3.8",
    "9",
    "latest",
    "preview",
    "exp",
    "12-2025",
    "2026-01-01",
    "001",
    "-",
    "9" * 5000,
]
NAMES = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=7).map("-".join), st.from_regex(r"[a-z0-9.-]*"))


def chosen(names, modality="audio"):
    """Return the model that is taken of some, or ``None``."""
    try:
        return Models.resolve(modality, available_models=names)
    except ModelNotFoundError:
        return None


@pytest.mark.parametrize(("newer", "older"), list(itertools.pairwise(ORDERED)))
def test_of_two_models_the_newer_one_is_chosen(newer, older):
    """By version, then stability, then date and revision, whichever is listed first."""
    assert chosen([newer, older]) == newer
    assert chosen([older, newer]) == newer


@pytest.mark.parametrize("name", ["3.8", "gemini-3.8", "v3.8-live", "gemini-3.8-live-preview-12-2025", "x-3.8.-y"])
def test_a_version_is_found_wherever_it_stands(name):
    """At the beginning, at the end, with a v, before a date or a stray dot."""
    assert age_of(name).version == age_of("gemini-3.8-live").version


@given(NAMES, NAMES, NAMES)
def test_any_three_names_have_an_order(one, two, three):
    """Whatever strangers call their models: no error, no contradiction, and only a name is equal to itself."""
    ages = sorted(map(age_of, (one, two, three)))

    assert ages[0] <= ages[1] <= ages[2]
    assert ages[0] <= ages[2]
    assert (age_of(one) == age_of(two)) == (one == two)
    assert sum((age_of(one) < age_of(two), age_of(two) < age_of(one), one == two)) == 1


@given(st.lists(NAMES), st.sampled_from(["audio", "text", "video"]))
def test_any_names_can_be_chosen_from(names, modality):
    """What is chosen is one of them without its path, and can be handed on as it is; nothing is raised."""
    name = chosen(names, modality)

    assert name is None or name in {key_of(given) for given in names}
    assert name is None or vertex_model_name(name, "p", "global")


@given(NAMES)
def test_any_name_can_be_asked_about(name):
    """Whatever it is, it has a key, sounds live or not, and is special or not."""
    assert isinstance(key_of(name), str)
    assert sounds_live(name) in (True, False)
    assert is_special(name) in (True, False)


@pytest.mark.parametrize(
    "name", ["gemini-9-lively", "alive-9", "gemini-9-native-text-audio", "gemini-9-pro", "live2", ""]
)
def test_a_name_that_only_resembles_a_live_model_s_is_none(name):
    """Whole words count."""
    assert chosen([name]) is None


@pytest.mark.parametrize(
    "name", ["Gemini-9-LIVE", "gemini_9_live", "live", "gemini-9-native-audio", "native.audio-live"]
)
def test_a_word_is_enough_to_sound_live(name):
    """In any case and between any separators."""
    assert chosen([name]) == name


@pytest.mark.parametrize(
    "name",
    ["gemini-9-live-translate", "gemini-9-transcribe-live", "gemini-3.8-live-translate", "gemini-live-robotics-er-9"],
)
def test_the_next_model_for_one_purpose_is_not_chosen_either(name):
    """A family that the table does not know yet is recognised by its word."""
    assert chosen([name]) is None
    assert Models.pick_from_available([name], [name]) == name
