"""A scenario as frozen values: what each step waits for, and what happens then.  Pure; any thread."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import attrs

from .base import Act, Cut, Pause, UserTurn


@attrs.frozen
class Results:
    """Functions of these names have answered, which sums up to this text."""

    names: tuple[str, ...]
    text: str


Event = UserTurn | Results
"""What a step can wait for."""


def described(turn: UserTurn) -> str:
    """Say what came."""
    if turn.text or not turn.speech:
        return f"the text {turn.text!r}"
    return f"{turn.speech_ms:.0f} ms of speech"


@attrs.frozen
class AnyTurn:
    """Whatever the user says."""

    def matches(self, event: Event) -> bool:
        """Return whether this is it."""
        return isinstance(event, UserTurn)

    def __str__(self) -> str:
        return "any turn"


@attrs.frozen
class TextTurn:
    """A text in which something is found.

    Attributes:
        pattern: what.
        written: the same as the scenario has it.
    """

    pattern: re.Pattern[str]
    written: str

    def matches(self, event: Event) -> bool:
        """Return whether this is it."""
        return isinstance(event, UserTurn) and bool(event.text) and self.pattern.search(event.text) is not None

    def __str__(self) -> str:
        return f"a text with {self.written!r}" if self.written else "a text"


@attrs.frozen
class Speech:
    """Speech of a length, in milliseconds."""

    at_least: float
    at_most: float

    def matches(self, event: Event) -> bool:
        """Return whether this is it."""
        heard = isinstance(event, UserTurn) and bool(event.speech)
        return heard and isinstance(event, UserTurn) and self.at_least <= event.speech_ms <= self.at_most

    def __str__(self) -> str:
        return f"{self.at_least:g} to {self.at_most:g} ms of speech"


@attrs.frozen
class ToolResult:
    """The result of a function that was called, of this name if it has one."""

    name: str | None

    def matches(self, event: Event) -> bool:
        """Return whether this is it."""
        return isinstance(event, Results) and (self.name is None or self.name in event.names)

    def __str__(self) -> str:
        return f"the result of {self.name or 'a function'}"


Wait = AnyTurn | TextTurn | Speech | ToolResult


@attrs.frozen
class Words:
    """A piece of what is said."""

    text: str


@attrs.frozen
class Hush:
    """Silence that is sent as sound, in milliseconds."""

    ms: float


Piece = Words | Hush | Pause | Cut | Act


@attrs.frozen
class ScriptCall:
    """A call; what is not said of ``blocks`` the function's declaration says."""

    name: str
    args: Mapping[str, Any]
    blocks: bool | None


@attrs.frozen(kw_only=True)
class Step:
    """One step.

    Attributes:
        place: where the scenario has it.
        wait: what it waits for; ``None`` is nothing.
        heard: the transcription of the user's speech; ``None`` is its length.
        thought: what is thought before.
        pieces: what is said and happens, in order.
        audio_ms: how long what is said sounds; ``None`` is as long as it takes.
        silent: whether it sounds like silence.
        calls: the functions that are called.
    """

    place: str
    wait: Wait | None
    heard: str | None = None
    thought: str = ""
    pieces: tuple[Piece, ...] = ()
    audio_ms: float | None = None
    silent: bool = False
    calls: tuple[ScriptCall, ...] = ()

    @property
    def speaks(self) -> bool:
        """Whether it makes a turn of the model's."""
        said = any(isinstance(piece, (Words, Hush, Cut)) for piece in self.pieces)
        return said or bool(self.calls) or self.audio_ms is not None

    def __str__(self) -> str:
        return f"{self.place} waits for {self.wait or 'nothing'}"


@attrs.frozen
class Repeat:
    """Go back to a step.

    Attributes:
        to: which.
        times: how often what lies between is done altogether; ``None`` is for ever.
    """

    to: int
    times: int | None


@attrs.frozen
class Scenario:
    """All steps in a row, with loops as steps back.

    Attributes:
        steps: the row.
        otherwise: what is done about what no step waits for, without going on in the row; the first that matches.
        per_session: whether a resumed session goes on where it was; else every connection begins at the beginning.
    """

    steps: tuple[Step | Repeat, ...]
    otherwise: tuple[Step, ...] = ()
    per_session: bool = True
