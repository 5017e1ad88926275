"""The arguments of ``Emulator``, checked.  Pure; any thread."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ..exceptions import ConfigError

REFUSE_AT = ("setup", "upgrade")
"""When wrong credentials of the Gemini API can be refused."""


def check_speed(speed: float) -> float:
    """Return how many times faster than it sounds an answer is given.

    Raises:
        ConfigError: it is not more than 0.
    """
    if isinstance(speed, bool) or not isinstance(speed, (int, float)) or math.isnan(speed) or speed <= 0:
        raise ConfigError(f"must be more than 0 (math.inf is no waiting), not {speed!r}", path="output_speed")
    return speed


def check_chunks(chunk_ms: tuple[float, float]) -> tuple[float, float]:
    """Return how short and how long a piece of sound may be.

    Raises:
        ConfigError: there is nothing between the two.
    """
    shortest, longest = chunk_ms
    if not 1 <= shortest <= longest:
        raise ConfigError(f"must be (shortest, longest) in milliseconds, not {chunk_ms!r}", path="chunk_ms")
    return shortest, longest


def check_secrets(secrets: Iterable[str] | None, path: str) -> frozenset[str] | None:
    """Return keys or tokens as a set; an error does not show them.

    Raises:
        ConfigError: it is one string, whose letters would each be a key.
    """
    if isinstance(secrets, str):
        raise ConfigError(f"must be several {path.partition('_')[2]}, not one string", path=path)
    return None if secrets is None else frozenset(secrets)


def check_refuse_at(moment: str) -> bool:
    """Return whether wrong credentials are refused at the upgrade.

    Raises:
        ConfigError: it is another moment than :data:`REFUSE_AT` has.
    """
    if moment not in REFUSE_AT:
        raise ConfigError(f"must be one of {', '.join(REFUSE_AT)}, not {moment!r}", path="refuse_at")
    return moment == "upgrade"
