"""The sounds of single notes, each made once and kept, so that a long piece costs next to nothing.  Pure; any thread.

An instrument is a few harmonics under an envelope; brightness is how slowly they fall off.  Drums are a falling sine,
and noise.
"""

from __future__ import annotations

import array
import functools
import itertools
import math
import operator
import random
from collections.abc import Iterable

import attrs

from .music_score import DRUMS, RATE, Note, Part

Samples = array.array  # of "h": one channel
BRIGHTNESSES = 16
"""How many degrees of brightness are told apart."""
_TABLE_FRAMES = 1200
"""About how long a wave table is: several periods, so that every pitch is in tune."""
_HIGHEST = 14_000
_FADE_FRAMES = RATE // 100


@attrs.frozen
class _Timbre:
    """An instrument: its harmonics, and milliseconds of attack, of decay to a half, and altogether."""

    harmonics: tuple[float, ...]
    attack_ms: float
    half_ms: float
    ring_ms: float


def _falling(count: int, power: float) -> tuple[float, ...]:
    return tuple(1 / number**power for number in range(1, count + 1))


TIMBRES = {
    "piano": _Timbre(_falling(9, 1.4), 4, 180, 900),
    "guitar": _Timbre((1, 0.7, 0.5, 0.4, 0.25, 0.2, 0.1, 0.1), 3, 120, 600),
    "synth": _Timbre(_falling(16, 1.0), 5, 150, 400),
    "strings": _Timbre(_falling(12, 1.2), 90, 500, 1200),
    "flute": _Timbre((1, 0.35, 0.12, 0.05), 60, 400, 700),
    "bells": _Timbre((1, 0, 0.6, 0, 0, 0.4, 0, 0, 0.25), 2, 250, 1200),
    "pad": _Timbre((1, 0.6, 0.3, 0.15, 0.1, 0.05), 250, 900, 1500),
    "voice": _Timbre((0.6, 0.8, 1, 0.7, 0.3, 0.15, 0.25, 0.3, 0.1), 80, 500, 800),
    "bass": _Timbre((1, 0.5, 0.25, 0.15, 0.1), 6, 200, 450),
}
_LOUDNESS = {Part.KICK: 9000, Part.SNARE: 5000, Part.HAT: 2200, Part.BASS: 5500, Part.CHORD: 1800, Part.MELODY: 4000}


def degree_of(brightness: float) -> int:
    """Return which degree of brightness a number from 0 to 1 is."""
    return round(brightness * (BRIGHTNESSES - 1))


@functools.lru_cache(maxsize=512)
def sound(note: Note, degree: int) -> Samples[int]:
    """Return the sound of a note in a degree of brightness."""
    loudness = _LOUDNESS[note.part]
    tilt = 0.2 + 0.8 * degree / (BRIGHTNESSES - 1)
    if note.part in DRUMS:
        return _whole(value * loudness for value in _DRUMS[note.part](tilt))
    timbre = TIMBRES[note.timbre]
    wave = [value * loudness for value in _table(timbre, 440 * 2 ** ((note.pitch - 69) / 12), tilt)]
    return _whole(map(operator.mul, itertools.cycle(wave), _gains(timbre)))


def _whole(values: Iterable[float]) -> Samples[int]:
    return array.array("h", map(int, values))


def _table(timbre: _Timbre, pitch: float, tilt: float) -> list[float]:
    """Return several periods of a tone, at most 1 loud."""
    periods = max(1, round(_TABLE_FRAMES * pitch / RATE))
    frames = round(periods * RATE / pitch)
    sine = [math.sin(math.tau * periods * frame / frames) for frame in range(frames)]
    wave = [0.0] * frames
    for number, harmonic in enumerate(timbre.harmonics, 1):
        weight = harmonic * tilt ** (number - 1)
        if weight and (number == 1 or number * pitch < _HIGHEST):
            wave = [value + weight * sine[frame * number % frames] for frame, value in enumerate(wave)]
    loudest = max(map(abs, wave))
    return [value / loudest for value in wave]


@functools.lru_cache(maxsize=len(TIMBRES))
def _gains(timbre: _Timbre) -> array.array[float]:
    """Return an instrument's envelope: it rises in a line, falls by halves, and ends softly."""
    frames, attack = round(timbre.ring_ms * RATE / 1000), round(timbre.attack_ms * RATE / 1000)
    fall = 0.5 ** (1000 / (timbre.half_ms * RATE))
    rising = [frame / attack for frame in range(attack)]
    falling = list(itertools.accumulate(itertools.repeat(fall, frames - attack - 1), operator.mul, initial=1.0))
    for left in range(_FADE_FRAMES):
        falling[-1 - left] *= left / _FADE_FRAMES
    return array.array("f", rising + falling)


def _kick(tilt: float) -> list[float]:
    """A sine that falls from 150 to 45 Hz; it has no brightness."""
    phase, values = 0.0, []
    for frame in range(RATE // 6):
        age = frame / RATE
        phase += math.tau * (45 + 105 * math.exp(-age * 40)) / RATE
        values.append(math.sin(phase) * math.exp(-age * 22))
    return values


def _snare(tilt: float) -> list[float]:
    """Noise over a short tone."""
    hiss = random.Random("snare")  # noqa: S311 - a sound, no secret
    return [
        (hiss.uniform(-1, 1) * 0.7 * tilt + math.sin(math.tau * 190 * frame / RATE) * 0.5)
        * math.exp(-frame / RATE * 28)
        for frame in range(RATE // 7)
    ]


def _hat(tilt: float) -> list[float]:
    """The upper half of a noise, which is how it differs from itself."""
    hiss = random.Random("hat")  # noqa: S311 - a sound, no secret
    noise = [hiss.uniform(-1, 1) for _ in range(RATE // 20 + 1)]
    return [
        (after - before) / 2 * tilt * math.exp(-frame / RATE * 80)
        for frame, (before, after) in enumerate(itertools.pairwise(noise))
    ]


_DRUMS = {Part.KICK: _kick, Part.SNARE: _snare, Part.HAT: _hat}
