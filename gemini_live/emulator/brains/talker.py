"""The brain that holds a small conversation: it remembers what it is told, and does sums."""

from __future__ import annotations

from collections.abc import Sequence

from ..context import Entry
from .base import Answer, UserTurn
from .echo import EchoBrain, heard, said, thought
from .talk import talk_back


class RulesBrain(EchoBrain):
    """Answers text by the table of :mod:`.talk`; it can't hear words either, and says so.

    Thread affinity: none; it keeps nothing between calls, its memory is the conversation.
    """

    def answer(self, turn: UserTurn, context: Sequence[Entry]) -> Answer:
        """Answer a turn; see :class:`gemini_live.emulator.brains.base.PlainBrain`."""
        if turn.speech and not turn.text:
            text = f"I heard {turn.speech_ms / 1000:.1f} seconds of speech, but I can't make out words."
        else:
            text = talk_back(turn.text, context)
        reason = thought("Finding a Rule", "The table of rules has an answer, and the conversation what it needs.")
        return said(text, reason, heard(turn.speech_ms) if turn.speech else ())
