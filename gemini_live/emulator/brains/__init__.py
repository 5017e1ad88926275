"""What the emulator answers: brains behind one small protocol, chosen by name."""

from __future__ import annotations

from collections.abc import Callable

from ...exceptions import ConfigError
from .base import Answer, Brain, UserTurn
from .echo import EchoBrain
from .talker import RulesBrain

BRAINS: dict[str, Callable[[], Brain]] = {"echo": EchoBrain, "rules": RulesBrain}
"""Every brain by its name."""


def brain_named(name: str) -> Brain:
    """Return a new brain by its name.

    Raises:
        ConfigError: there is none of that name; it lists those that there are.
    """
    if name not in BRAINS:
        raise ConfigError(f"{name!r} is not known; known are {', '.join(sorted(BRAINS))}", path="brain")
    return BRAINS[name]()


__all__ = ["Answer", "BRAINS", "Brain", "UserTurn", "brain_named"]
