"""What prompts sound like: words choose an instrument and a rhythm, other words by chance that is always the same.

Pure; any thread.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable

import attrs

from ..types import WeightedPrompt


@attrs.frozen(kw_only=True)
class Rhythm:
    """How the music moves.

    Attributes:
        kick, snare, hat: a bar of sixteen steps each; ``x`` is a beat.
        bass: the same for the bass.
        bpm: its tempo unless another is asked for.
        density: how many notes there are, likewise.
        brightness: how bright they are, likewise.
    """

    kick: str
    snare: str
    hat: str
    bass: str
    bpm: int
    density: float
    brightness: float


@attrs.frozen
class Style:
    """What one prompt sounds like.

    Attributes:
        timbre: the instrument, one of :data:`.music_synth.TIMBRES`.
        rhythm: how it moves.
    """

    timbre: str
    rhythm: Rhythm


_NOTHING = "." * 16
RHYTHMS = {
    "four": Rhythm(
        kick="x...x...x...x...", snare="....x.......x...", hat="..x...x...x...x.", bass="x...x...x...x.x.",
        bpm=128, density=0.6, brightness=0.6,
    ),
    "rock": Rhythm(
        kick="x.....x.x.......", snare="....x.......x...", hat="x.x.x.x.x.x.x.x.", bass="x.x...x.x.x.....",
        bpm=116, density=0.5, brightness=0.7,
    ),
    "break": Rhythm(
        kick="x..x......x.....", snare="....x.......x..x", hat="x.x.x.x.x.xxx.x.", bass="x..x......x.....",
        bpm=90, density=0.4, brightness=0.4,
    ),
    "swing": Rhythm(
        kick="x...x...x...x...", snare="...............x", hat="x...x..xx...x..x", bass="x...x...x...x...",
        bpm=132, density=0.5, brightness=0.4,
    ),
    "calm": Rhythm(
        kick="x...............", snare=_NOTHING, hat=_NOTHING, bass="x.......x.......",
        bpm=72, density=0.2, brightness=0.3,
    ),
    "ballad": Rhythm(
        kick="x...x...x...x...", snare="....x.......x...", hat="x...x...x...x...", bass="x.....x.x.......",
        bpm=84, density=0.3, brightness=0.5,
    ),
}  # fmt: skip
_RHYTHM_WORDS = {
    "techno": "four", "house": "four", "disco": "four", "dance": "four", "trance": "four",
    "drums": "four", "drum": "four", "rock": "rock", "funk": "rock", "metal": "rock",
    "hip": "break", "hop": "break", "trap": "break", "lofi": "break", "breakbeat": "break",
    "jazz": "swing", "swing": "swing", "blues": "swing", "bossa": "swing",
    "ambient": "calm", "calm": "calm", "meditation": "calm", "drone": "calm", "chill": "calm",
    "ballad": "ballad", "piano": "ballad", "classical": "ballad", "folk": "ballad",
}  # fmt: skip
_TIMBRE_WORDS = {
    "piano": "piano", "keys": "piano", "jazz": "piano",
    "guitar": "guitar", "rock": "guitar", "harp": "guitar", "folk": "guitar",
    "synth": "synth", "techno": "synth", "house": "synth", "trance": "synth", "electronic": "synth",
    "strings": "strings", "violin": "strings", "cello": "strings", "orchestra": "strings", "classical": "strings",
    "flute": "flute", "whistle": "flute", "saxophone": "flute",
    "bells": "bells", "bell": "bells", "marimba": "bells", "vibraphone": "bells", "kalimba": "bells",
    "ambient": "pad", "pad": "pad", "drone": "pad", "organ": "pad",
    "voice": "voice", "choir": "voice", "vocal": "voice",
}  # fmt: skip
MELODIC = ("bells", "flute", "guitar", "pad", "piano", "strings", "synth")
"""What an unknown prompt is played on."""
PLAIN = Style("piano", RHYTHMS["ballad"])
"""What music sounds like that follows no prompt."""


def style_of(text: str) -> Style:
    """Return what a prompt sounds like; the first word that is known decides.

    >>> style_of("Minimal Techno with a piano").timbre
    'synth'
    """
    words = re.findall(r"\w+", text.lower())
    number = zlib.crc32(text.lower().encode())
    rhythm = next((_RHYTHM_WORDS[word] for word in words if word in _RHYTHM_WORDS), None)
    timbre = next((_TIMBRE_WORDS[word] for word in words if word in _TIMBRE_WORDS), None)
    return Style(timbre or MELODIC[number % len(MELODIC)], RHYTHMS[rhythm or list(RHYTHMS)[number // 7 % len(RHYTHMS)]])


Blend = tuple[tuple[Style, float], ...]
"""Styles with their shares, the largest first; the shares make 1."""


def blend_of(prompts: Iterable[WeightedPrompt]) -> Blend:
    """Return what prompts sound like together; those with a weight below 0 are not heard.

    >>> [(style.timbre, share) for style, share in blend_of([WeightedPrompt(text="piano", weight=3.0)])]
    [('piano', 1.0)]
    """
    heard = [(style_of(prompt.text or ""), prompt.weight or 0.0) for prompt in prompts if (prompt.weight or 0.0) > 0]
    total = sum(weight for _, weight in heard)
    if not heard:
        return ((PLAIN, 1.0),)
    return tuple((style, weight / total) for style, weight in sorted(heard, key=lambda pair: -pair[1]))
