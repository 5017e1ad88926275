"""How long and how hard a session tries: every bound of the policy, and what is said of a value beyond it."""

from __future__ import annotations

import math

import attrs
import pytest

from gemini_live.exceptions import ConfigError
from gemini_live.protocol.policy import FRESH, REPLAYS, ReconnectPolicy

DEFAULTS = {
    "max_attempts": 8,
    "base_delay": 0.5,
    "max_delay": 30.0,
    "budget": 120.0,
    "stable_after": 60.0,
    "drain_margin": 5.0,
    "replay": "auto",
    "fresh": "seed",
    "ping_after": 20.0,
    "dead_peer_after": 90.0,
    "stall_after": None,
}
SECONDS = ["base_delay", "max_delay", "budget", "stable_after", "drain_margin"]
SECONDS_OR_NEVER = ["ping_after", "dead_peer_after", "stall_after"]
NO_NUMBERS = ["1", None, True, [], 1j]
NO_TIMES = [-0.001, 86_400.1, math.nan, math.inf]

GOOD = [
    *[(name, value) for name in SECONDS for value in (0, 0.0, 1, 1.5, 86_400)],
    *[(name, value) for name in SECONDS_OR_NEVER for value in (None, 0.001, 1, 86_400.0)],
    *[("max_attempts", value) for value in (1, 8, 1_000_000)],
    *[("replay", value) for value in REPLAYS],
    *[("fresh", value) for value in FRESH],
]
BAD = [
    *[(name, value) for name in SECONDS for value in (*NO_NUMBERS, *NO_TIMES)],
    *[(name, value) for name in SECONDS_OR_NEVER for value in ("1", True, [], 0, *NO_TIMES)],
    *[("max_attempts", value) for value in (0, -1, 1.0, "8", None, True, math.nan)],
    *[(name, value) for name in ("replay", "fresh") for value in ("", "AUTO", None, 1, True, ["seed"])],
]


def test_the_defaults_are_those_of_the_contract():
    """A session that is told nothing stays connected in the documented way."""
    assert attrs.asdict(ReconnectPolicy()) == DEFAULTS


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_a_value_in_range_is_kept_as_it_is(name, value):
    """Whatever is allowed is neither changed nor converted."""
    assert getattr(ReconnectPolicy(**{name: value}), name) is value


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_value_out_of_range_is_refused_with_its_path(name, value):
    """The error names the field, says what it must be and shows what it was."""
    with pytest.raises(ConfigError) as caught:
        ReconnectPolicy(**{name: value})

    assert caught.value.path == f"ReconnectPolicy.{name}"
    assert "must be" in str(caught.value)
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize(("name", "known"), [("replay", REPLAYS), ("fresh", FRESH)])
def test_a_word_that_is_not_known_is_answered_with_those_that_are(name, known):
    """Whoever mistypes a word reads the right ones."""
    with pytest.raises(ConfigError) as caught:
        ReconnectPolicy(**{name: "sometimes"})

    assert all(repr(word) in str(caught.value) for word in known)


def test_a_policy_is_a_value():
    """Equal policies are equal and can stand in a set."""
    assert ReconnectPolicy() == ReconnectPolicy(max_attempts=8)
    assert len({ReconnectPolicy(), ReconnectPolicy(max_attempts=8), ReconnectPolicy(max_attempts=9)}) == 2


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_policy_does_not_change(name):
    """What a session was started with holds for its life."""
    policy = ReconnectPolicy()

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(policy, name, 1)


def test_a_policy_is_made_by_names_only():
    """Eleven numbers in a row would be a riddle."""
    with pytest.raises(TypeError):
        ReconnectPolicy(8)
