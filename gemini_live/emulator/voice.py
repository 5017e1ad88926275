"""A small deterministic voice: a humming vowel or a soft noise for each letter.  Pure; any thread.

It is no speech, but it has speech's rhythm, pitch and spectrum: harmonics of a glottal pulse under two formants, with
an envelope per letter.  Every letter's sound is made once and kept, so that a long answer costs next to nothing.
"""

from __future__ import annotations

import array
import functools
import math
import random
import sys
from collections.abc import Iterator

from ..audio import OUTPUT_RATE

CHARACTERS_PER_SECOND = 14
UNIT_SAMPLES = OUTPUT_RATE // CHARACTERS_PER_SECOND
UNIT_MS = UNIT_SAMPLES * 1000 / OUTPUT_RATE

_VOWELS = {
    "a": (730, 1090), "e": (530, 1840), "i": (300, 2250), "o": (570, 840), "u": (300, 870), "y": (390, 1990),
}  # fmt: skip
_VOICED = {"l": (360, 1300), "m": (250, 1100), "n": (250, 1500), "r": (420, 1300), "w": (300, 700), "v": (260, 1200)}
_NOISY = "sfhxzctkpq"
_PERIODS = (172, 180, 190, 200, 210)
"""Pitch falls through these periods (140 to 114 Hz at 24 kHz) in the course of a sentence, and starts again."""
_LETTERS_PER_PITCH = 9


def duration_ms(text: str) -> float:
    """Return how long :func:`speak` takes for a text."""
    return len(text) * UNIT_MS


def speak(text: str) -> Iterator[bytes]:
    """Say a text as 24 kHz PCM, one letter at a time, made as it is asked for."""
    place = 0
    for letter in text.lower():
        if letter in ".!?":
            place = 0
        yield _unit(letter, _PERIODS[min(place // _LETTERS_PER_PITCH, len(_PERIODS) - 1)])
        place += 1


@functools.lru_cache(maxsize=1024)
def _unit(letter: str, period: int) -> bytes:
    """Return the sound of one letter."""
    if letter in _VOWELS:
        return _pcm(_hum(period, _VOWELS[letter]), 9000.0)
    if letter in _NOISY:
        return _pcm(_hiss(letter), 2200.0)
    if letter.isalnum():
        return _pcm(_hum(period, _VOICED.get(letter, (280, 1200))), 4500.0)
    return bytes(UNIT_SAMPLES * 2)


def _hum(period: int, formants: tuple[int, int]) -> list[float]:
    """Return one unit of a glottal wave under two resonances, at most 1 loud.

    One period is summed up and then repeated: harmonics repeat with it exactly.
    """
    pitch = OUTPUT_RATE / period
    weights = []
    for number in range(1, int(3400 / pitch)):
        resonance = sum(1 / (1 + ((number * pitch - formant) / 110) ** 2) for formant in formants)
        weights.append((resonance + 0.04) / math.sqrt(number))
    wave = [
        sum(weight * math.sin(math.tau * (index + 1) * step / period) for index, weight in enumerate(weights))
        for step in range(period)
    ]
    loudest = max(map(abs, wave))
    return [wave[step % period] / loudest for step in range(UNIT_SAMPLES)]


def _hiss(letter: str) -> list[float]:
    """Return one unit of noise, the same for the same letter."""
    source = random.Random(letter)  # noqa: S311 - a sound, no secret
    return [source.uniform(-1, 1) for _ in range(UNIT_SAMPLES)]


def _pcm(wave: list[float], loudness: float) -> bytes:
    """Shape a unit so that it begins and ends softly, and write it as PCM."""
    edge = UNIT_SAMPLES // 6
    samples = array.array("h")
    for step, value in enumerate(wave):
        near = min(step, UNIT_SAMPLES - 1 - step)
        gain = 1.0 if near >= edge else 0.25 + 0.75 * math.sin(math.pi / 2 * near / edge)
        samples.append(round(value * loudness * gain))
    if sys.byteorder == "big":  # pragma: no cover
        samples.byteswap()
    return samples.tobytes()
