"""The seam between the server and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import attrs

from ..context import Entry
from ..script_record import ScriptRecord
from ..tool_rules import LOOKING, Function, Wanted, wanted


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
class Said:
    """A piece of an answer: words, how long they sound, and what makes their sound, 24 kHz PCM, as it is wanted."""

    text: str = ""
    audio_ms: float
    audio: Callable[[], Iterator[bytes]]


@attrs.frozen
class Pause:
    """Nothing for so many milliseconds of the answer's clock."""

    ms: float


@attrs.frozen
class Cut:
    """The answer ends here, as if the user had interrupted it."""


@attrs.frozen
class GoAway:
    """The connection's end is announced; with ``close`` it comes."""

    seconds: float | None
    close: bool = False


@attrs.frozen
class HangUp:
    """The connection is closed."""

    code: int
    reason: str = ""


@attrs.frozen
class Drop:
    """The connection is reset."""


@attrs.frozen
class Freeze:
    """The connection becomes a black hole."""


Act = GoAway | HangUp | Drop | Freeze
"""What happens to the connection in the course of an answer."""
Part = Said | Pause | Cut | Act


@attrs.frozen(kw_only=True)
class Answer:
    """What the model says.

    Attributes:
        text: its words.
        thought: what it thinks before.
        heard: the user's speech as text, in pieces that are put together as they are.
        audio_ms: how long the answer sounds.
        audio: makes its sound, 24 kHz PCM, piece by piece as it is wanted.
        calls: the functions that are called before anything is said.
        parts: the same in parts, for an answer that has pauses and accidents.
        silent: nothing is said at all, not even that a turn has begun and ended; its parts happen all the same.
        words: what the user's speech was understood as, to be remembered.
    """

    text: str
    thought: str
    heard: tuple[str, ...] = ()
    audio_ms: float
    audio: Callable[[], Iterator[bytes]]
    calls: tuple[Wanted, ...] = ()
    parts: tuple[Part, ...] | None = None
    silent: bool = False
    words: str = ""

    @property
    def sequence(self) -> tuple[Part, ...]:
        """What happens, part by part."""
        if self.parts is not None:
            return self.parts
        return (Said(text=self.text, audio_ms=self.audio_ms, audio=self.audio),)


class Mind(Protocol):
    """Answers one connection's turns.  On the emulator's thread, so it must not block, unless it says that it is slow.

    Attributes:
        slow: whether its answers are made in a thread, while the server goes on.
        hears_all: whether it wants to know every function's result, those that nobody speaks of too.
    """

    slow: bool
    hears_all: bool

    def respond(self, turn: UserTurn, context: Sequence[Entry], functions: Sequence[Function]) -> Answer:
        """Answer a turn, perhaps by calling functions.

        Args:
            turn: what the user said last.
            context: everything said on the session so far, that turn included.
            functions: what may be called.
        """

    def tell(self, text: str, names: Sequence[str] = ()) -> Answer:
        """Say a text, such as what the functions of these names have answered."""

    def unasked(self) -> Answer | None:
        """Return what is said now without being asked, ``None`` if nothing is."""


class Brain(Protocol):
    """What ``Emulator(brain=…)`` names."""

    def join(self, session: object, record: ScriptRecord) -> Mind:
        """Return what answers on one connection.

        Args:
            session: what all connections have in common that go on with one another.
            record: where it is written down how far a scenario has come.
        """


class PlainBrain:
    """What most brains have in common: the same for every connection, quick, and silent unless they are asked.

    They call the functions that a text asks for.
    """

    slow = False
    hears_all = False

    def join(self, session: object, record: ScriptRecord) -> Mind:
        """Serve every connection; see :class:`Brain`."""
        return self

    def respond(self, turn: UserTurn, context: Sequence[Entry], functions: Sequence[Function]) -> Answer:
        """Call what is asked for, else answer; see :class:`Mind`."""
        calls = wanted(turn.text, tuple(functions)) if turn.text else ()
        return calling(self, calls) if calls else self.answer(turn, context)

    def answer(self, turn: UserTurn, context: Sequence[Entry]) -> Answer:
        """Answer a turn by words."""
        raise NotImplementedError

    def tell(self, text: str, names: Sequence[str] = ()) -> Answer:
        """Say a text; see :class:`Mind`."""
        raise NotImplementedError

    def unasked(self) -> Answer | None:
        """Say nothing; see :class:`Mind`."""
        return None


def calling(mind: Mind, calls: tuple[Wanted, ...]) -> Answer:
    """Return the answer that calls functions: in silence if one is waited for, else with a word that it does so."""
    return attrs.evolve(mind.tell("" if any(call.blocks for call in calls) else LOOKING), calls=calls)
