"""Which notes are played when: a key, four chords, and chance that is always the same.  Pure; any thread.

A bar has sixteen steps.  Each step is decided by itself, so that whatever changes is heard at the next.
"""

from __future__ import annotations

import enum
import random

import attrs

from ..types import MusicGenerationMode, Scale
from .music_styles import PLAIN, Blend, Style

RATE = 48_000
STEPS = 16
"""Steps in a bar of four beats."""

KEYS = tuple(scale for scale in Scale if scale is not Scale.UNSPECIFIED)
"""The scales, by the semitones of their major key above C."""
_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_CHORDS = (0, 4, 5, 3)
"""The chord of each of four bars, by the degree of the scale that it is built on."""
_NEAR = (0, 2, 4, 6, 1, 5, 3)
"""Degrees above a chord's own, the most likely first."""
_MIDDLE_C = 60


class Part(enum.Enum):
    """Who plays."""

    KICK = "kick"
    SNARE = "snare"
    HAT = "hat"
    BASS = "bass"
    CHORD = "chord"
    MELODY = "melody"


DRUMS = frozenset({Part.KICK, Part.SNARE, Part.HAT})


@attrs.frozen
class Note:
    """One sound that begins.

    Attributes:
        part: who plays it.
        timbre: on what; drums have their own.
        pitch: how high, as a MIDI number; drums have none.
    """

    part: Part
    timbre: str = ""
    pitch: int = 0


@attrs.frozen(kw_only=True)
class Score:
    """Everything that decides the notes.

    Attributes:
        blend: what the prompts sound like.
        bpm: beats a minute.
        scale: the key.
        seed: decides what is left to chance.
        density: how many notes there are, 0 to 1.
        brightness: how bright they are, 0 to 1.
        temperature: how often a phrase is left, 0 to 3.
        top_k: from how many degrees of the scale a note is chosen.
        guidance: how closely the blend is followed, 0 to 6.
        mode: what besides.
        silent: who does not play.
    """

    blend: Blend
    bpm: int
    scale: Scale
    seed: int
    density: float
    brightness: float
    temperature: float
    top_k: int
    guidance: float
    mode: MusicGenerationMode
    silent: frozenset[Part] = frozenset()

    def begin(self, step: int) -> int:
        """Return at which frame a step begins."""
        return round(step * RATE * 60 / self.bpm * 4 / STEPS)

    def notes(self, step: int) -> list[Note]:
        """Return what begins at a step."""
        bar, place = divmod(step, STEPS)
        chance = self._chance(bar, place)
        root = _CHORDS[(bar + self.seed) % len(_CHORDS)]
        notes = [*self._drums(place, chance), *self._bass(root, place), *self._chord(root, place, chance)]
        notes += self._melody(root, place, chance)
        return [note for note in notes if note.part not in self.silent]

    def _chance(self, bar: int, place: int) -> random.Random:
        """Return what decides a step: in most bars the same as two bars before, less often where it is hot."""
        own = random.Random(f"{self.seed}:{bar}:{place}")  # noqa: S311 - a sound, no secret
        if own.random() < self.temperature / 4:
            return own
        return random.Random(f"{self.seed}:{bar % 2}:{place}")  # noqa: S311 - likewise

    def _style(self, chance: random.Random) -> Style:
        """Return the style of one note: a prompt's, by its share, or with little guidance a plain one."""
        if chance.random() * 4 >= self.guidance:
            return PLAIN
        place = chance.random()
        for style, share in self.blend:
            place -= share
            if place < 0:
                return style
        return self.blend[0][0]

    def _drums(self, place: int, chance: random.Random) -> list[Note]:
        rhythm = self.blend[0][0].rhythm
        notes = [Note(Part.KICK)] if rhythm.kick[place] == "x" else []
        notes += [Note(Part.SNARE)] if rhythm.snare[place] == "x" else []
        if rhythm.hat[place] == "x" or (rhythm.hat.strip(".") and chance.random() < self.density - 0.5):
            notes.append(Note(Part.HAT))
        return notes

    def _bass(self, root: int, place: int) -> list[Note]:
        plays = self.blend[0][0].rhythm.bass[place] == "x"
        return [Note(Part.BASS, "bass", self._pitch(root, octaves=-2))] if plays else []

    def _chord(self, root: int, place: int, chance: random.Random) -> list[Note]:
        """Strike the chord at the bar's begin and, where there is much to hear, in its middle."""
        if place and not (place == STEPS // 2 and self.density > 0.4):
            return []
        timbre = self._style(chance).timbre
        return [Note(Part.CHORD, timbre, self._pitch(root + degree, octaves=-1)) for degree in (0, 2, 4)]

    def _melody(self, root: int, place: int, chance: random.Random) -> list[Note]:
        weight = 1.0 if place % 4 == 0 else 0.7 if place % 2 == 0 else 0.4
        if chance.random() >= self.density * weight * 1.5:
            return []
        style = self._style(chance)
        sings = self.mode is MusicGenerationMode.VOCALIZATION
        degree = chance.choice(_NEAR[: max(1, min(self.top_k, len(_NEAR)))])
        leap = chance.choice((-1, 0, 1)) if self.mode is MusicGenerationMode.DIVERSITY else 0
        return [Note(Part.MELODY, "voice" if sings else style.timbre, self._pitch(root + degree, octaves=leap))]

    def _pitch(self, degree: int, *, octaves: int) -> int:
        octave, step = divmod(degree, len(_MAJOR))
        # Keys from F sharp on are played below C, so that none is much higher than the others.
        key = (KEYS.index(self.scale) + 6) % 12 - 6
        return _MIDDLE_C + key + _MAJOR[step] + 12 * (octave + octaves)
