"""What can be wrong with a connection all along, while it lives: with its pongs, its frames, its clock, its sound.

Pure; any thread.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs

from ..exceptions import ConfigError
from .brains import Answer


class Sound(enum.Enum):
    """What an answer sounds like."""

    SPOKEN = "spoken"
    ZEROS = "zeros"
    NONE = "none"


@attrs.frozen(kw_only=True)
class Disturbance:
    """How a connection differs from a good one; as it is made without arguments, in nothing.

    Attributes:
        pong_seconds: how late pings are answered; infinite is never.
        fragment_bytes: how much a frame carries at most; longer messages go on in continuation frames.
        segment_bytes: how many bytes leave at a time: such pieces end anywhere in a frame and in a TLS record.
        segment_ms: how long the next such piece waits.
        gather_ms: how long frames wait for others, to leave with them in one piece, and in one TLS record if they fit.
        burst_ms: how much sound comes at a time: all of it where the first of it is due.
        stalls: ``(milliseconds, seconds)`` each: after so much of an answer nothing of it comes for so long.
        sound: what answers sound like.
    """

    pong_seconds: float = 0.0
    fragment_bytes: int | None = None
    segment_bytes: int | None = None
    segment_ms: float = 0.0
    gather_ms: float = 0.0
    burst_ms: float = 0.0
    stalls: tuple[tuple[float, float], ...] = ()
    sound: Sound = Sound.SPOKEN

    def seconds_at(self, at_ms: float, speed: float) -> float:
        """Return how many seconds after its begin a moment of an answer comes.

        >>> Disturbance(burst_ms=1000.0, stalls=((1500.0, 7.0),)).seconds_at(1999, 2.0)
        7.5
        """
        due = at_ms - at_ms % self.burst_ms if self.burst_ms else at_ms
        stalled = sum(seconds for after_ms, seconds in self.stalls if at_ms >= after_ms)
        return (0.0 if math.isinf(speed) else due / 1000 / speed) + stalled

    def of(self, answer: Answer) -> Answer:
        """Return an answer as it sounds here; its words stay."""
        if self.sound is Sound.NONE:
            return attrs.evolve(answer, audio=lambda: iter(()), audio_ms=0.0)
        if self.sound is Sound.ZEROS:
            return attrs.evolve(answer, audio=lambda: _zeros(answer.audio()))
        return answer


NOTHING_WRONG = Disturbance()


def _zeros(pcm: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pcm:
        yield bytes(len(piece))


def disturbance_of(**given: Any) -> Disturbance:
    """Make of ``Emulator.disturb``'s arguments what they mean.

    Raises:
        ConfigError: one is wrong, or there is none of that name.
    """
    known = attrs.fields_dict(Disturbance)
    for name in given:
        if name not in known:
            raise ConfigError(f"is not known; known are {', '.join(known)}", path=name)
    return Disturbance(**{name: _CHECKS[name](value, name) for name, value in given.items()})


def _time(value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
        raise ConfigError(f"must be a number from 0, not {value!r}", path=path)
    return float(value)


def _finite(value: Any, path: str) -> float:
    if math.isinf(_time(value, path)):
        raise ConfigError("must have an end", path=path)
    return float(value)


def _size(value: Any, path: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigError(f"must be a number from 1, or None, not {value!r}", path=path)
    return value


def _stalls(value: Any, path: str) -> tuple[tuple[float, float], ...]:
    listed = isinstance(value, (list, tuple))
    if not listed or not all(isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in value):
        raise ConfigError(f"must be pairs of milliseconds and seconds, not {value!r}", path=path)
    return tuple((_time(after_ms, path), _time(seconds, path)) for after_ms, seconds in value)


def _sound(value: Any, path: str) -> Sound:
    try:
        return Sound(value)
    except ValueError:
        known = ", ".join(sound.value for sound in Sound)
        raise ConfigError(f"must be one of {known}, not {value!r}", path=path) from None


_CHECKS: dict[str, Callable[[Any, str], Any]] = {
    "pong_seconds": _time,
    "fragment_bytes": _size,
    "segment_bytes": _size,
    "segment_ms": _finite,
    "gather_ms": _finite,
    "burst_ms": _finite,
    "stalls": _stalls,
    "sound": _sound,
}
