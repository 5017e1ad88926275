"""The table of model families."""

from __future__ import annotations

import pytest

from gemini_live.profiles import DEFAULT_MODEL, PROFILES, UNKNOWN, TextTransport, bare_name, profile_of


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gemini-3.8-live", "gemini-3.8"),
        ("models/gemini-3.8-live-extended-thinking", "gemini-3.8"),
        ("gemini-3.1-flash-live-preview", "gemini-3.1"),
        ("gemini-2.5-flash-native-audio-preview-12-2025", "gemini-2.5"),
        ("projects/p/locations/l/publishers/google/models/gemini-live-2.5-flash", "gemini-2.5"),
        ("models/gemini-3.1-flash-live-preview:bidiGenerateContent", "gemini-3.1"),
        ("gemini-9-live", "unknown"),
        ("my-gemini-3.8-live", "unknown"),
        ("models/", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_model_belongs_to_the_family_that_its_bare_name_begins_with(model, family):
    """The path and the method do not matter; an unknown model is nothing special."""
    assert profile_of(model).name == family


def test_only_one_family_wants_text_as_realtime_input():
    """Everything else, unknown models included, takes text as content."""
    realtime = [profile.name for profile in PROFILES if profile.text_transport is TextTransport.REALTIME_INPUT]

    assert realtime == ["gemini-3.1"]
    assert UNKNOWN.text_transport is TextTransport.CLIENT_CONTENT


def test_no_prefix_hides_another_family():
    """The order of the table decides nothing."""
    prefixes = [(profile.name, prefix) for profile in PROFILES for prefix in profile.prefixes]

    for name, prefix in prefixes:
        assert profile_of(prefix).name == name


def test_the_default_model_is_a_known_one():
    """What programs that do not care are given is in the table."""
    assert profile_of(DEFAULT_MODEL) is not UNKNOWN
    assert bare_name(DEFAULT_MODEL) == DEFAULT_MODEL
