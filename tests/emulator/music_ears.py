"""Measures music by its PCM: tempo, brightness, key, and how loud a pitch is."""

from __future__ import annotations

import array
import functools
import itertools
import math
import operator

RATE = 48_000
HOP = 480
"""Frames of one value of the envelope: 10 ms."""
WINDOW = 2_048
THIN = 8
"""How many frames become one where only low pitches count."""


def channels_of(pcm):
    """Return the left and the right channel of little-endian stereo PCM."""
    samples = array.array("h")
    samples.frombytes(pcm)
    return samples[0::2], samples[1::2]


def mono(pcm):
    """Return both channels as one, which is as loud as both together."""
    return list(map(operator.add, *channels_of(pcm)))


def power(samples):
    """Return the sum of the squares."""
    return sum(map(operator.mul, samples, samples))


def loudness(pcm):
    """Return the root of the mean square of what both channels have in common."""
    samples = mono(pcm)
    return math.sqrt(power(samples) / len(samples)) / 2


def onsets(pcm):
    """Return how much louder each 10 ms are than those before, never less than 0."""
    samples = mono(pcm)
    envelope = [math.sqrt(power(samples[at : at + HOP])) for at in range(0, len(samples) - HOP, HOP)]
    return [max(0.0, after - before) for before, after in itertools.pairwise(envelope)]


def tempo_of(pcm):
    """Return the beats a minute, 60 to 200: the shortest distance at which the onsets are like themselves."""
    sharp = onsets(pcm)
    rises = [sum(three) for three in zip(sharp, sharp[1:], sharp[2:], strict=False)]  # beats fall between hops

    def likeness(lag):
        return sum(one * other for one, other in zip(rises, rises[lag:], strict=False)) / (len(rises) - lag)

    found = {lag: likeness(lag) for lag in range(28, 103)}
    peaks = [lag for lag in range(30, 101) if found[lag] > max(found[lag - 1], found[lag + 1])]
    lag = next(lag for lag in peaks if found[lag] > 0.8 * max(found[lag] for lag in peaks))
    bend = found[lag - 1] - 2 * found[lag] + found[lag + 1]  # the top lies where a parabola through three has it
    return 60_000 / (10 * (lag + (found[lag - 1] - found[lag + 1]) / (2 * bend)))


def centroid_of(pcm):
    """Return the mean frequency, by a small Fourier transform every half second."""
    samples = mono(pcm)
    weights = [0.5 - 0.5 * math.cos(math.tau * at / WINDOW) for at in range(WINDOW)]
    frequencies = [120 * number for number in range(1, 51)]
    total = weighted = 0.0
    for start in range(0, len(samples) - WINDOW, RATE // 2):
        window = list(map(operator.mul, samples[start : start + WINDOW], weights))
        for frequency in frequencies:
            size = magnitude(window, frequency, RATE)
            total += size
            weighted += size * frequency
    return weighted / total


@functools.lru_cache(maxsize=256)
def waves(frequency, rate, count):
    """Return so many values of a cosine and of a sine."""
    angles = [math.tau * frequency / rate * number for number in range(count)]
    return array.array("d", map(math.cos, angles)), array.array("d", map(math.sin, angles))


def magnitude(samples, frequency, rate):
    """Return how much of one frequency there is."""
    return math.hypot(*(sum(map(operator.mul, samples, wave)) for wave in waves(frequency, rate, len(samples))))


def thinned(pcm):
    """Return one value for several frames: pitches below 3 kHz are left."""
    samples = mono(pcm)
    return [sum(samples[at : at + THIN]) / THIN for at in range(0, len(samples) - THIN, THIN)]


def pitch_classes(pcm, lowest=48, highest=84):
    """Return how much of each of the twelve pitch classes there is, C first."""
    samples = thinned(pcm)
    found = [0.0] * 12
    for pitch in range(lowest, highest):
        found[pitch % 12] += magnitude(samples, 440 * 2 ** ((pitch - 69) / 12), RATE / THIN)
    return found


def below(pcm, lowest=38, highest=110):
    """Return how much of the lowest pitches there is."""
    samples = thinned(pcm)
    return sum(magnitude(samples, frequency, RATE / THIN) for frequency in range(lowest, highest, 4))
