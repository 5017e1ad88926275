"""When a recorded server says what: the plan of one connection.  Pure; its owner serialises the calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from .lines import RECEIVED, SENT, Line
from .shapes import MEDIA, difference, kind_of

AS_SENT, AT_ONCE, BY_HAND = "as_sent", "at_once", "by_hand"
PACES = (AS_SENT, AT_ONCE, BY_HAND)


@attrs.frozen
class _Gate:
    """A message of the client's that what follows waits for."""

    position: int
    kind: str
    data: Any = attrs.field(repr=False)


class Script:
    """Plays one connection's part of a recording.

    Args:
        lines: that part.
        pace: one of :data:`PACES`.
        check: whether what the session sends is held against what was sent.
    """

    def __init__(self, lines: Sequence[Line], pace: str, *, check: bool) -> None:
        self._lines = lines
        self._pace = pace
        self._check = check
        self._gates = _gates(lines)
        self._passed = 0
        self._said = 0
        self.mismatches: list[str] = []

    def sent(self, message: Any) -> list[Line]:
        """Take a message of the session's; return what the server says now."""
        kind = kind_of(message)
        first = self._passed == 0
        gate = self._gate_for(kind)
        if gate is None:
            if kind != MEDIA and self._check:
                self.mismatches.append(f"the session sent {kind}, and the recording has no such message any more")
        else:
            if self._check:
                self._compare(self._gates[gate], kind, message)
            self._passed = gate + 1
        if self._pace == BY_HAND:
            return self._until(_after_setup(self._lines)) if first else []
        return self._until(len(self._lines) if self._pace == AT_ONCE else self._limit())

    def _gate_for(self, kind: str) -> int | None:
        """Return the place of the recorded message that stands for this one.

        Sound and pictures stand for a whole run of such, as it is cut in other pieces; before anything else the runs
        that are left are passed over.
        """
        for index in range(self._passed, len(self._gates)):
            is_media = self._gates[index].kind == MEDIA
            if kind == MEDIA:
                return index if is_media else None
            if not is_media:
                return index
        return None

    def _compare(self, gate: _Gate, kind: str, message: Any) -> None:
        if kind != gate.kind:
            self.mismatches.append(f"the session sent {kind} where the recording has {gate.kind}")
        elif kind != MEDIA:
            found = difference(gate.data, message)
            if found is not None:
                self.mismatches.append(f"in {kind}: {found}")

    def _limit(self) -> int:
        return self._gates[self._passed].position if self._passed < len(self._gates) else len(self._lines)

    def _until(self, limit: int) -> list[Line]:
        lines = [line for line in self._lines[self._said : limit] if line.direction == RECEIVED]
        self._said = max(self._said, limit)
        return lines

    def step(self) -> Line | None:
        """Return the next line that the server says, whatever the session has sent; ``None`` after the last."""
        for position in range(self._said, len(self._lines)):
            if self._lines[position].direction == RECEIVED:
                self._said = position + 1
                return self._lines[position]
        return None

    @property
    def waits_for(self) -> str | None:
        """What has to come before the server goes on; ``None`` if it has said everything."""
        if not any(line.direction == RECEIVED for line in self._lines[self._said :]):
            return None
        if self._pace == BY_HAND or self._passed >= len(self._gates):
            return "step()"
        return self._gates[self._passed].kind

    @property
    def missing(self) -> list[str]:
        """The kinds of messages that were sent in the recording, and now were not."""
        return [gate.kind for gate in self._gates[self._passed :]]


def _gates(lines: Sequence[Line]) -> list[_Gate]:
    """Return what was sent, a run of sound or pictures as one: what the server says ends a run."""
    gates: list[_Gate] = []
    running = False
    for position, line in enumerate(lines):
        kind = kind_of(line.data) if line.direction == SENT else ""
        if kind and not (kind == MEDIA and running):
            gates.append(_Gate(position, kind, line.data))
        running = kind == MEDIA
    return gates


def _after_setup(lines: Sequence[Line]) -> int:
    """Return the place after ``setupComplete``, which a session waits for in ``connect()``."""
    for position, line in enumerate(lines):
        if line.direction == RECEIVED and ("setupComplete" in line.data or "setup_complete" in line.data):
            return position + 1
    return 0
