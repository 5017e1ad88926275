"""Which family a model is of."""

from __future__ import annotations

import pytest

from gemini_live.profiles import DEFAULT_MODEL, PROFILES, UNKNOWN, TextTransport, bare_name, profile_of


@pytest.mark.parametrize(
    ("model", "bare"),
    [
        ("m1", "m1"),
        ("models/m1", "m1"),
        ("projects/p/locations/l/publishers/google/models/m1", "m1"),
        ("models/m1:bidiGenerateContent", "m1"),
        ("", ""),
    ],
)
def test_bare_names(model: str, bare: str) -> None:
    """Neither path nor method."""
    assert bare_name(model) == bare


@pytest.mark.parametrize(
    ("model", "family"),
    [
        (DEFAULT_MODEL, "gemini-3.8"),
        ("models/gemini-3.1-flash-live-preview", "gemini-3.1"),
        ("gemini-2.5-flash-native-audio-preview-09-2025", "gemini-2.5"),
        ("projects/p/locations/l/publishers/google/models/gemini-live-2.5-flash", "gemini-2.5"),
        ("gemini-9-of-next-year", "unknown"),
        ("", "unknown"),
    ],
)
def test_families(model: str, family: str) -> None:
    """By the beginning of the bare name; what is not in the table is unknown and usable."""
    assert profile_of(model).name == family


def test_the_table() -> None:
    """Names and prefixes are unique, and only 3.1 wants its text as realtime input."""
    prefixes = [prefix for profile in PROFILES for prefix in profile.prefixes]
    assert len(set(prefixes)) == len(prefixes)
    realtime = {p.name for p in PROFILES if p.text_transport is TextTransport.REALTIME_INPUT}
    assert realtime == {"gemini-3.1"}
    assert UNKNOWN.text_transport is TextTransport.CLIENT_CONTENT
