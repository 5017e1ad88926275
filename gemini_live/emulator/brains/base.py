"""The seam between the server and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import attrs

from ..context import Entry


@attrs.frozen(kw_only=True)
class UserTurn:
    """What the user said last.

    Attributes:
        text: the words that came as text.
        speech: 16 kHz PCM that came as sound.
        speech_ms: how much of it was speech.
    """

    text: str = ""
    speech: bytes = attrs.field(default=b"", repr=lambda pcm: f"<{len(pcm)} bytes>")
    speech_ms: float = 0.0


@attrs.frozen(kw_only=True)
class Answer:
    """What the model says.

    Attributes:
        text: its words.
        thought: what it thinks before.
        heard: the user's speech as text, in pieces that are put together as they are.
        audio_ms: how long the answer sounds.
        audio: makes its sound, 24 kHz PCM, piece by piece as it is wanted.
    """

    text: str
    thought: str
    heard: tuple[str, ...] = ()
    audio_ms: float
    audio: Callable[[], Iterator[bytes]]


class Brain(Protocol):
    """Answers turns.  Called on the emulator's thread, so it must not block."""

    def answer(self, turn: UserTurn, context: Sequence[Entry]) -> Answer:
        """Answer a turn.

        Args:
            turn: what the user said last.
            context: everything said on the session so far, that turn included.
        """

    def tell(self, text: str) -> Answer:
        """Say a text, such as what a function has answered."""
