"""The calls that the library answers: who has been called, and whether an answer is still due."""

from __future__ import annotations

import enum
import threading

import attrs

from ..actor import TimerRef
from ..tools.function import FunctionTool
from ..tools.workers import Job
from ..types import FunctionCall


class Outcome(enum.Enum):
    """What became of a call, as telemetry says it."""

    RESULT = "result"
    ERROR = "error"
    WRONG_ARGUMENTS = "wrong arguments"
    TIMEOUT = "timeout"
    UNKNOWN = "unknown function"
    TOO_MANY = "too many calls"
    CANCELLED = "cancelled"


@attrs.define(eq=False)
class Run:
    """One call.  Owner: the actor; the tool's thread reads the call and sets nothing.

    Attributes:
        call: what the model wants.
        tool: the function; ``None`` if there is none, and the answer says so.
        began: when it was called.
        cancelled: set when nobody waits for the answer any more.
        over: whether it has its answer, or needs none.
        job: what a worker does for it.
        timer: ends it when its time is up.
    """

    call: FunctionCall
    tool: FunctionTool | None
    began: float
    cancelled: threading.Event = attrs.field(factory=threading.Event)
    over: bool = False
    job: Job | None = None
    timer: TimerRef | None = None

    @property
    def name(self) -> str:
        """The function's name, as the model has called it."""
        return self.call.name or ""


class Runs:
    """All calls that wait for an answer of the library's.  Owner: the actor; one thread."""

    def __init__(self) -> None:
        self._open: dict[int, Run] = {}
        self._turn = 0
        self._in_turn = 0

    def __len__(self) -> int:
        return len(self._open)

    def add(self, run: Run) -> None:
        """Note a call."""
        self._open[id(run)] = run

    def end(self, run: Run) -> bool:
        """Note that a call has its answer, or needs none; return whether that is news."""
        if run.over:
            return False
        run.over = True
        self._open.pop(id(run), None)
        if run.timer is not None:
            run.timer.cancel()
        return True

    def of(self, ids: tuple[str, ...]) -> list[Run]:
        """Return the open calls of these ids."""
        return [run for run in self._open.values() if run.call.id in ids] if self._open else []

    def has(self, call: FunctionCall) -> bool:
        """Return whether a call is open here."""
        return any(run.call is call or (call.id and run.call.id == call.id) for run in self._open.values())

    def nameless(self) -> list[Run]:
        """Return the open calls without an id, which nothing can cancel but the loss of their connection."""
        return [run for run in self._open.values() if not run.call.id]

    def all(self) -> list[Run]:
        """Return all open calls, oldest first."""
        return list(self._open.values())

    def count(self, turn: int) -> int:
        """Count one more call of a turn; return how many there have been."""
        if turn != self._turn:
            self._turn, self._in_turn = turn, 0
        self._in_turn += 1
        return self._in_turn


class Pieces:
    """Calls whose arguments come in pieces.  Owner: the actor; one thread."""

    def __init__(self) -> None:
        self._names: dict[str | None, str] = {}

    def ends(self, call: FunctionCall) -> bool:
        """Return whether a message belongs to a call of which there was a piece."""
        return call.id in self._names

    def take(self, call: FunctionCall) -> str:
        """Take a piece; return the function's name, which only the first may have."""
        name = call.name or self._names.get(call.id, "")
        if call.will_continue:
            self._names[call.id] = name
        else:
            self._names.pop(call.id, None)
        return name
