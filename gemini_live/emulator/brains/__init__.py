"""What the emulator answers: brains behind one small protocol, chosen by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...exceptions import ConfigError
from .base import Act, Answer, Brain, Cut, Drop, Freeze, GoAway, HangUp, Mind, Pause, Said, UserTurn, calling
from .echo import EchoBrain
from .hearing import VoiceBrain
from .scenario_reading import scenario_of
from .script import ScriptBrain
from .talker import RulesBrain

BRAINS: dict[str, Callable[[], Brain]] = {"echo": EchoBrain, "rules": RulesBrain, "voice": VoiceBrain}
"""Every brain that needs nothing but its name."""
SCRIPT = "script"
"""The brain that needs a scenario."""
NAMES = tuple(sorted((*BRAINS, SCRIPT)))


def brain_named(name: str, scenario: Any = None) -> Brain:
    """Return a new brain by its name.

    Args:
        name: its name; with a scenario it is the one that plays it, and the default may stand for it.
        scenario: see :class:`gemini_live.emulator.Emulator`.

    Raises:
        ConfigError: there is none of that name; it lists those that there are.  Or the scenario is wrong, or missing.
    """
    if name not in NAMES:
        raise ConfigError(f"{name!r} is not known; known are {', '.join(NAMES)}", path="brain")
    if scenario is not None:
        if name not in (SCRIPT, "echo"):
            raise ConfigError(f"must be {SCRIPT!r} or left out where there is a scenario, not {name!r}", path="brain")
        return ScriptBrain(scenario_of(scenario))
    if name == SCRIPT:
        raise ConfigError(f"{SCRIPT!r} plays a scenario; give one as scenario=", path="brain")
    return BRAINS[name]()


__all__ = [
    "Act",
    "Answer",
    "BRAINS",
    "Brain",
    "Cut",
    "Drop",
    "Freeze",
    "GoAway",
    "HangUp",
    "Mind",
    "NAMES",
    "Pause",
    "Said",
    "UserTurn",
    "brain_named",
    "calling",
]
