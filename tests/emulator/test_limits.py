"""What ends by itself, as arguments."""

from __future__ import annotations

import math

import pytest

from gemini_live.emulator import Emulator
from gemini_live.emulator.limits import Limits
from gemini_live.exceptions import ConfigError


def test_handles_live_as_long_as_the_backend_says_or_the_argument():
    """2 hours on the Gemini API, 24 on Vertex AI."""
    assert Limits().handle_life("gemini") == 7200
    assert Limits().handle_life("vertex_ai") == 86_400
    assert Limits(handle_seconds=3).handle_life("vertex_ai") == 3


@pytest.mark.parametrize(
    ("seconds", "age", "announcement"),
    [
        (600, 0, (550, 50)),
        (600, 540, (10, 50)),
        (600, 580, (0, 20)),
        (30, 0, (0, 30)),
        (30, 40, (0, 0)),
        (None, 9, None),
    ],
)
def test_the_end_is_announced_in_time(seconds, age, announcement):
    """So many seconds before it, or at once with what is left."""
    assert Limits(connection_seconds=seconds).announcement(age) == announcement


def test_the_end_need_not_be_announced():
    """A connection may die of age without a word."""
    assert Limits(connection_seconds=600, go_away_before=None).announcement(0) is None


@pytest.mark.parametrize(
    "options",
    [
        {"handle_seconds": 0},
        {"handle_seconds": math.inf},
        {"connection_seconds": -1},
        {"connection_seconds": True},
        {"go_away_before": 0},
        {"transparent_every": 0},
        {"transparent_every": 1.5},
        {"transparent_every": True},
    ],
)
def test_wrong_limits_are_refused(options):
    """A ConfigError names the option."""
    (name,) = options
    with pytest.raises(ConfigError, match=f"^{name}: must be"):
        Emulator(**options)
