"""Plays a score into PCM, a step at a time: what began before rings on.  Pure; owned by whoever has it."""

from __future__ import annotations

import array
import operator
import sys

import attrs

from .music_score import DRUMS, Note, Part, Score
from .music_synth import Samples, degree_of, sound

CHANNELS = 2
FRAME_BYTES = 2 * CHANNELS
_LOUDEST = 32_767


@attrs.define(eq=False)
class _Voice:
    """A note that sounds, and how far it has come."""

    samples: Samples[int]
    side: int
    at: int = 0


class Band:
    """Players who begin at the first bar, in silence."""

    def __init__(self) -> None:
        self._step = 0
        self._voices: list[_Voice] = []

    def play(self, score: Score) -> bytes:
        """Play the next step, as stereo PCM of 48 kHz: from step to step by another score, if need be of one tempo."""
        degree = degree_of(score.brightness)
        for number, note in enumerate(score.notes(self._step)):
            self._voices.append(_Voice(sound(note, degree), _side_of(note, number)))
        frames = score.begin(self._step + 1) - score.begin(self._step)
        self._step += 1
        return self._mix(frames)

    def _mix(self, frames: int) -> bytes:
        middle, *sides = [0] * frames, [0] * frames, [0] * frames
        for voice in self._voices:
            bus = (middle, *sides)[voice.side]
            piece = voice.samples[voice.at : voice.at + frames]
            bus[: len(piece)] = map(operator.add, bus, piece)
            voice.at += frames
        self._voices = [voice for voice in self._voices if voice.at < len(voice.samples)]
        pcm = array.array("h", bytes(frames * FRAME_BYTES))
        for channel, side in enumerate(sides):
            pcm[channel::CHANNELS] = _limited(list(map(operator.add, middle, side)))
        if sys.byteorder == "big":  # pragma: no cover
            pcm.byteswap()
        return pcm.tobytes()


def _side_of(note: Note, number: int) -> int:
    """Return where a note sounds: 0 is the middle, 1 the left and 2 the right."""
    if note.part in DRUMS or note.part is Part.BASS:
        return 0
    return 2 if note.part is Part.MELODY else number % 3


def _limited(values: list[int]) -> array.array[int]:
    """Return a channel that is no louder than can be."""
    try:
        return array.array("h", values)
    except OverflowError:
        return array.array("h", [max(-_LOUDEST, min(_LOUDEST, value)) for value in values])
