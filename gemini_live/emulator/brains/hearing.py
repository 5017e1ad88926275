"""The brain that hears and speaks: words in, words out, as sound, without a network."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

import attrs

from ...audio import duration_ms
from ...exceptions import ConfigError
from ..context import Entry
from ..tool_rules import Function, wanted
from .base import Answer, PlainBrain, UserTurn, calling
from .ears import Ears
from .echo import thought
from .espeak import Espeak, resampled
from .talk import talk_back

NOT_UNDERSTOOD = "I am sorry, I did not understand that."
_THOUGHT = thought("Answering Aloud", "The table of rules has an answer, and it is spoken.")


class VoiceBrain(PlainBrain):
    """Hears speech as words, answers them by the rules' table, and speaks.

    Thread affinity: none; ears and voice take one caller at a time.
    """

    slow = True

    def __init__(self) -> None:
        """Load what it hears and speaks with.

        Raises:
            ConfigError: the extra is not installed.
        """
        try:
            self._ears, self._espeak = Ears(), Espeak.load()
        except ImportError as error:
            raise ConfigError(
                f"'voice' needs {error.name}, which is not installed: pip install 'gemini-live[offline-voice]'",
                path="brain",
            ) from error

    def respond(self, turn: UserTurn, context: Sequence[Entry], functions: Sequence[Function]) -> Answer:
        """Hear, then call or answer; see :class:`gemini_live.emulator.brains.Mind`."""
        if turn.text or not turn.speech:
            return super().respond(turn, context, functions)
        words = self._ears.hear(turn.speech, functions)
        if not words:
            return self.tell(NOT_UNDERSTOOD)
        calls = wanted(words, tuple(functions))
        said = (*context, Entry(role="user", text=words))
        answer = calling(self, calls) if calls else self.answer(UserTurn(text=words), said)
        return attrs.evolve(answer, heard=tuple(re.findall(r" \S+", f" {words}")), words=words)

    def answer(self, turn: UserTurn, context: Sequence[Entry]) -> Answer:
        """Answer words; see :class:`gemini_live.emulator.brains.base.PlainBrain`."""
        return self.tell(talk_back(turn.text, context))

    def tell(self, text: str, names: Sequence[str] = ()) -> Answer:
        """Speak a text; see :class:`gemini_live.emulator.brains.Mind`."""
        pcm = self._espeak.say(text) if text.strip() else b""
        return Answer(
            text=text,
            thought=_THOUGHT,
            audio_ms=duration_ms(pcm, rate=self._espeak.rate),
            audio=functools.partial(resampled, pcm, self._espeak.rate),
        )
