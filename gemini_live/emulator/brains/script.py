"""The brain that plays a scenario, step by step.  Owned by the server's event loop."""

from __future__ import annotations

import functools
import itertools
import re
import weakref
from collections.abc import Iterator, Sequence

import attrs

from ...audio import OUTPUT_RATE, bytes_for_duration
from .. import voice
from ..context import Entry
from ..refusals import POLICY
from ..script_record import ScriptRecord
from ..tool_rules import Function, Wanted
from .base import Answer, HangUp, Mind, Part, Said, UserTurn
from .echo import heard, said, thought
from .scenario import Event, Hush, Repeat, Results, Scenario, ScriptCall, Step, Words, described

_SILENCE = bytes(bytes_for_duration(100, rate=OUTPUT_RATE))
_THOUGHT = thought("Following the Script", "The next step says what to do.")


@attrs.define(eq=False)
class Place:
    """How far a session has come.

    Attributes:
        at: the step that is next.
        rounds: how often each loop has been gone through.
        turns: how many turns of the user came.
    """

    at: int = 0
    rounds: dict[int, int] = attrs.field(factory=dict)
    turns: int = 0


class ScriptBrain:
    """Plays one scenario on every session."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._places: weakref.WeakKeyDictionary[object, Place] = weakref.WeakKeyDictionary()

    def join(self, session: object, record: ScriptRecord) -> Mind:
        """Go on where the session was, or begin; see :class:`gemini_live.emulator.brains.Brain`."""
        place = self._places.setdefault(session, Place()) if self._scenario.per_session else Place()
        return Player(self._scenario, place, record)


class Player:
    """One connection's part in a scenario."""

    slow = False
    hears_all = True

    def __init__(self, scenario: Scenario, place: Place, record: ScriptRecord) -> None:
        """Begin where the session is.

        Args:
            scenario: what is played.
            place: how far the session has come.
            record: where that is written down.
        """
        self._scenario = scenario
        self._place = place
        self._record = record
        self._calling: Step | None = None
        self._early: list[Results] = []
        self._note()

    @property
    def _next(self) -> Step | None:
        """The step that is next, ``None`` if all are over."""
        steps, place = self._scenario.steps, self._place
        while place.at < len(steps):
            step = steps[place.at]
            if isinstance(step, Step):
                return step
            self._go_back(step)
        return None

    def _go_back(self, repeat: Repeat) -> None:
        place = self._place
        done = place.rounds.get(place.at, 0) + 1
        if repeat.times is not None and done >= repeat.times:
            place.rounds.pop(place.at, None)
            place.at += 1
        else:
            place.rounds[place.at] = done
            place.at = repeat.to

    def _advance(self) -> None:
        self._place.at += 1
        self._note()

    def _note(self) -> None:
        step = self._next
        self._record.note_waiting(None if step is None else str(step))

    def unasked(self) -> Answer | None:
        """Play the next step if it waits for nothing, or for what has come already; see :class:`Mind`."""
        step = self._next
        if step is None:
            return None
        if step.wait is None:
            self._advance()
            return self._played(step, UserTurn())
        early = next((results for results in self._early if step.wait.matches(results)), None)
        if early is None:
            return None
        self._early.remove(early)
        self._advance()
        return self._played(step, early)

    def respond(self, turn: UserTurn, context: Sequence[Entry], functions: Sequence[Function]) -> Answer:
        """Play the step that waits for this; see :class:`gemini_live.emulator.brains.Mind`."""
        self._place.turns += 1
        return self._take(turn, functions)

    def tell(self, text: str, names: Sequence[str] = ()) -> Answer:
        """Play the step that waits for these results, else what the step says that has called; see :class:`Mind`.

        Results that nothing is said of are kept for a later step.
        """
        if not names:
            return said(text, _THOUGHT)
        results, caller, step = Results(tuple(names), text), self._calling, self._next
        self._calling = None
        if step is not None and step.wait is not None and step.wait.matches(results):
            self._advance()
            return self._played(step, results)
        if caller is not None and caller.pieces:
            return self._spoken(caller, results)
        self._early.append(results)
        return attrs.evolve(said("", _THOUGHT), parts=(), silent=caller is None)

    def _take(self, event: UserTurn, functions: Sequence[Function]) -> Answer:
        step = self._next
        if step is not None and step.wait is not None and step.wait.matches(event):
            self._advance()
            return self._played(step, event, functions)
        for other in self._scenario.otherwise:
            if other.wait is not None and other.wait.matches(event):
                return self._played(other, event, functions)
        return self._unexpected(step, event)

    def _unexpected(self, step: Step | None, event: UserTurn) -> Answer:
        """Write down what was not waited for, and end the connection with these words."""
        waited = f"{step.place} waited for {step.wait or 'nothing'}" if step else "the scenario was over"
        error = f"{waited}, and {described(event)} came"
        self._record.note_error(error)
        return _in_silence((HangUp(POLICY, f"Scenario: {error}"),))

    def _played(self, step: Step, event: Event, functions: Sequence[Function] = ()) -> Answer:
        calls = tuple(_wanted(call, functions) for call in step.calls)
        if any(call.blocks for call in calls):
            self._calling = step
            return attrs.evolve(said("", step.thought or _THOUGHT, _transcription(step, event)), calls=calls)
        return attrs.evolve(self._spoken(step, event), calls=calls)

    def _spoken(self, step: Step, event: Event) -> Answer:
        parts = tuple(self._parts(step, event))
        spoken = [part for part in parts if isinstance(part, Said)]
        return Answer(
            text="".join(part.text for part in spoken),
            thought=step.thought or _THOUGHT,
            heard=_transcription(step, event),
            audio_ms=sum(part.audio_ms for part in spoken),
            audio=lambda: itertools.chain.from_iterable(part.audio() for part in spoken),
            parts=parts,
            silent=not step.speaks,
        )

    def _parts(self, step: Step, event: Event) -> Iterator[Part]:
        """Yield what a step says and does; what is said is stretched to the length that it names."""
        whole = sum(len(self._filled(piece.text, event)) for piece in step.pieces if isinstance(piece, Words))
        stretch = step.audio_ms / (whole * voice.UNIT_MS) if step.audio_ms is not None and whole else 1.0
        before = ""
        for piece in step.pieces:
            if isinstance(piece, Words):
                text = self._filled(piece.text, event)
                yield _said(_joined(before, text), voice.duration_ms(text) * stretch, silent=step.silent)
                before = text
            elif isinstance(piece, Hush):
                yield _said("", piece.ms, silent=True)
            else:
                yield piece
        if not whole and step.audio_ms is not None:
            yield _said("", step.audio_ms, silent=step.silent)

    def _filled(self, text: str, event: Event) -> str:
        """Put in what came."""
        values = {
            "{text}": event.text,
            "{result}": event.text if isinstance(event, Results) else "",
            "{turn}": str(self._place.turns),
        }
        return re.sub(r"\{(?:text|result|turn)\}", lambda match: values[match[0]], text)


def _in_silence(parts: tuple[Part, ...]) -> Answer:
    return attrs.evolve(said("", ""), parts=parts, silent=True)


def _wanted(call: ScriptCall, functions: Sequence[Function]) -> Wanted:
    declared = next((function.blocks for function in functions if function.name == call.name), True)
    return Wanted(call.name, call.args, declared if call.blocks is None else call.blocks)


def _transcription(step: Step, event: Event) -> tuple[str, ...]:
    if not isinstance(event, UserTurn):
        return ()
    if step.heard is not None:
        return (step.heard,)
    return heard(event.speech_ms) if event.speech else ()


def _joined(before: str, text: str) -> str:
    """Put a space between two pieces that have none."""
    return text if not before or before[-1:].isspace() or text[:1].isspace() else f" {text}"


def _said(text: str, milliseconds: float, *, silent: bool) -> Said:
    """Say a text in so much time; without words it is a hum."""
    sound = functools.partial(_sound, text or "hum " * (1 + int(milliseconds / voice.duration_ms("hum "))))
    return Said(text=text, audio_ms=milliseconds, audio=functools.partial(_silence if silent else sound, milliseconds))


def _silence(milliseconds: float) -> Iterator[bytes]:
    """Yield silence, 24 kHz."""
    left = bytes_for_duration(milliseconds, rate=OUTPUT_RATE)
    while left > 0:
        yield _SILENCE[:left]
        left -= len(_SILENCE)


def _sound(text: str, milliseconds: float) -> Iterator[bytes]:
    """Say a text in so much time: what is too long is cut, what is too short ends in silence."""
    left = bytes_for_duration(milliseconds, rate=OUTPUT_RATE)
    for piece in voice.speak(text):
        if left <= 0:
            return
        yield piece[:left]
        left -= len(piece)
    if left > 0:
        yield from _silence(left * 1000 / (2 * OUTPUT_RATE))
