"""The brain that says back what it is told: deterministic, offline, and honest about what it can't do."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

from ... import audio as pcm_audio
from .. import voice
from ..context import Entry
from .base import Answer, PlainBrain, UserTurn
from .rules import reply

_PIECE_MS = 200


class EchoBrain(PlainBrain):
    """Answers text by ``You said: …`` (and a few simple requests better), and speech by the speech itself.

    It has no speech recognition: what it "hears" is how long somebody spoke.
    Thread affinity: none; it keeps nothing between calls.
    """

    def answer(self, turn: UserTurn, context: Sequence[Entry]) -> Answer:
        """Answer a turn; see :class:`gemini_live.emulator.brains.base.PlainBrain`."""
        if turn.speech and not turn.text:
            return self._echo(turn)
        reason = thought("Answering the Request", "The request is plain text, so a short spoken answer will do.")
        return said(reply(turn.text, context), reason, heard(turn.speech_ms) if turn.speech else ())

    def tell(self, text: str, names: Sequence[str] = ()) -> Answer:
        """Say a text; see :class:`gemini_live.emulator.brains.Mind`."""
        return said(text, thought("Reporting the Result", "A function has answered, and the user wants to know."))

    @staticmethod
    def _echo(turn: UserTurn) -> Answer:
        return Answer(
            text=f"I heard {turn.speech_ms / 1000:.1f} seconds of speech. Here it is again.",
            thought=thought("Echoing the Speech", "Somebody spoke, and it can be played back as it was."),
            heard=heard(turn.speech_ms),
            audio_ms=pcm_audio.duration_ms(turn.speech, rate=pcm_audio.INPUT_RATE),
            audio=functools.partial(_played_back, turn.speech),
        )


def said(text: str, reason: str, heard_words: tuple[str, ...] = ()) -> Answer:
    """Return the answer that says a text."""
    return Answer(
        text=text,
        thought=reason,
        heard=heard_words,
        audio_ms=voice.duration_ms(text),
        audio=functools.partial(voice.speak, text),
    )


def heard(speech_ms: float) -> tuple[str, ...]:
    """Transcribe speech by its length, in small pieces as transcriptions come."""
    return tuple(re.findall(r" \S+", f" ({speech_ms / 1000:.1f} seconds of speech)"))


def thought(title: str, text: str) -> str:
    """Write a thought as models do: a title, then a sentence."""
    return f"**{title}**\n\n{text}\n\n\n"


def _played_back(speech: bytes) -> Iterator[bytes]:
    """Yield 16 kHz speech at the output's rate, a little at a time: resampling all of it would stop the server."""
    resampler = pcm_audio.Resampler(pcm_audio.INPUT_RATE, pcm_audio.OUTPUT_RATE)
    for piece in pcm_audio.chunks(speech, _PIECE_MS, rate=pcm_audio.INPUT_RATE):
        yield resampler.process(piece)
    yield resampler.flush()
