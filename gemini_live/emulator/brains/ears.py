"""PocketSphinx as a function from sound to words.  Needs the extra ``offline-voice``.

Twice it listens: for what people are likely to say, by a grammar, and for mere phones.  Where the grammar's words have
the phones that were heard, they are what was said.  Else it listens for any words, by the model of US English that
comes with the package, which takes longer and errs more.
"""

from __future__ import annotations

import array
import importlib
import random
import threading
from collections.abc import Sequence
from typing import Any

from ...audio import INPUT_RATE, bytes_for_duration
from ..tool_rules import Function
from .grammar import distance, grammar_for, written

FARTHEST = 0.74
"""How different the phones of what was said may be: up to 0.71 in sentences of the grammar, from 0.78 in others."""
LONGEST_MS = 15_000
"""Of longer speech only the end is heard: it would take a third of its length."""
_FAINT = 40
_PEAK = 10_000
_NOISE = 70
"""Synthetic speech has spots of perfect silence, which nobody has taught the model: a little noise is better."""
_EDGE_SAMPLES = INPUT_RATE * 15 // 100
_QUIET = ("SIL", "+NSN+", "+SPN+", "<s>", "</s>", "<sil>")


class Ears:
    """Hears US English.  Any thread, one at a time."""

    def __init__(self) -> None:
        """Load the models, but for the large one.

        Raises:
            ImportError: the extra is not installed.
        """
        self._sphinx: Any = importlib.import_module("pocketsphinx")
        self._lock = threading.Lock()
        self._likely = self._decoder(lm=None)
        phones = self._sphinx.get_model_path("en-us/en-us-phone.lm.bin")
        self._phones = self._decoder(lm=None, allphone=phones, lw=2.0, beam=1e-20, pbeam=1e-20)
        self._any: Any = None
        self._functions: tuple[Function, ...] | None = None

    def _decoder(self, **options: Any) -> Any:
        return self._sphinx.Decoder(samprate=float(INPUT_RATE), loglevel="FATAL", cmn="batch", **options)

    def hear(self, pcm: bytes, functions: Sequence[Function] = ()) -> str:
        """Return what was said as a written sentence, empty if nothing was understood.

        Args:
            pcm: 16 kHz PCM.
            functions: what may be asked for besides.
        """
        sound = prepared(pcm[-bytes_for_duration(LONGEST_MS) :])
        if not sound:
            return ""
        with self._lock:
            self._expect(tuple(functions))
            return written(self._likely_words(sound) or self._any_words(sound))

    def _expect(self, functions: tuple[Function, ...]) -> None:
        if functions != self._functions:
            grammar = grammar_for(functions, lambda word: self._likely.lookup_word(word) is not None)
            self._likely.add_jsgf_string("likely", grammar)
            self._likely.activate_search("likely")
            self._functions = functions

    def _likely_words(self, sound: bytes) -> str:
        """Return what the grammar has that sounds like this, empty if nothing does."""
        words = _heard(self._likely, sound)
        if not words:
            return ""
        _heard(self._phones, sound)
        heard = [segment.word for segment in self._phones.seg() if segment.word not in _QUIET]
        expected = [phone for word in words.split() for phone in (self._likely.lookup_word(word) or "").split()]
        return words if distance(expected, heard) <= FARTHEST else ""

    def _any_words(self, sound: bytes) -> str:
        if self._any is None:
            self._any = self._decoder()
        return _heard(self._any, sound)


def _heard(decoder: Any, sound: bytes) -> str:
    decoder.start_utt()
    decoder.process_raw(sound, full_utt=True)
    decoder.end_utt()
    hypothesis = decoder.hyp()
    return str(hypothesis.hypstr) if hypothesis is not None else ""


def prepared(pcm: bytes) -> bytes:
    """Return speech as the models like it: without silence around it, as loud as theirs, in a little noise."""
    samples = array.array("h", pcm[: len(pcm) // 2 * 2])
    loud = [place for place, sample in enumerate(samples) if abs(sample) > _FAINT]
    if not loud:
        return b""
    samples = samples[loud[0] : loud[-1] + 1]
    gain = _PEAK / max(map(abs, samples))
    chance = random.Random(0)  # noqa: S311 - noise, no secret
    noise = [round(chance.gauss(0, _NOISE)) for _ in range(INPUT_RATE)]
    edge = [0] * _EDGE_SAMPLES
    made = (
        array.array("h", edge) + array.array("h", (round(sample * gain) for sample in samples)) + array.array("h", edge)
    )
    return array.array("h", (sample + noise[place % INPUT_RATE] for place, sample in enumerate(made))).tobytes()
