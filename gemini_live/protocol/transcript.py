"""What both sides have said, in words: what a fresh session is told when the old one can't be resumed.  Pure."""

from __future__ import annotations

from collections import deque

from ..types import Content, Part
from .events import Turn

MAX_CHARACTERS = 100_000
"""Words that are kept; the oldest turns go first."""


class Transcript:
    """The conversation so far.  Owner: the actor; one thread."""

    def __init__(self) -> None:
        self._turns: deque[tuple[str, str]] = deque()
        self._characters = 0
        self._asked: deque[tuple[int, str, str]] = deque()
        self._asked_characters = 0

    def asked(self, turn: int, role: str, words: str) -> None:
        """Note what the program has said; it counts when the turn that answers it is over."""
        if not words:
            return
        self._asked.append((turn, role, words))
        self._asked_characters += len(words)
        while self._asked_characters > MAX_CHARACTERS and len(self._asked) > 1:
            self._asked_characters -= len(self._asked.popleft()[2])

    def heard(self, turn: Turn) -> None:
        """Add a finished turn."""
        while self._asked and self._asked[0][0] <= turn.number:
            _, role, words = self._asked.popleft()
            self._asked_characters -= len(words)
            self._add(role, words)
        self._add("user", turn.input_transcript)
        said = turn.heard_text if turn.interrupted else turn.output_transcript
        self._add("model", said or turn.text)

    def _add(self, role: str, words: str) -> None:
        words = words.strip()
        if not words:
            return
        self._turns.append((role, words))
        self._characters += len(words)
        while self._characters > MAX_CHARACTERS and len(self._turns) > 1:
            self._characters -= len(self._turns.popleft()[1])

    def contents(self) -> tuple[Content, ...]:
        """Return the conversation as contents, neighbours of one role joined, beginning with the user's."""
        contents: list[tuple[str, list[str]]] = []
        for role, words in self._turns:
            if contents and contents[-1][0] == role:
                contents[-1][1].append(words)
            elif contents or role == "user":
                contents.append((role, [words]))
        return tuple(Content(role=role, parts=(Part(text="\n".join(lines)),)) for role, lines in contents)
