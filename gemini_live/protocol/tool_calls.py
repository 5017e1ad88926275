"""Which function calls wait for their answer."""

from __future__ import annotations

from typing import Any

from ..types import FunctionCall

_REMEMBERED = 1000
"""Ids of calls that are over and known; their answers may come late, but not so late."""


class ToolCallLedger:
    """Keeps the ids of calls that nobody has answered.  Owner: the protocol; one thread.

    Vertex AI may leave out ids; such calls are counted by the function's name, as one can't be told from another.
    """

    def __init__(self) -> None:
        self._pending: dict[str, float] = {}
        self._settled: dict[str, float] = {}
        self._void: dict[str, None] = {}
        self._nameless: dict[str, int] = {}

    @property
    def pending(self) -> tuple[str, ...]:
        """The ids, oldest first, and the names of those that have none."""
        if not self._pending and not self._nameless:
            return ()
        return (*self._pending, *(name for name, count in self._nameless.items() for _ in range(count)))

    def called(self, calls: tuple[FunctionCall, ...], now: float = 0.0) -> None:
        """Note calls that the server has made."""
        for call in calls:
            if call.id:
                self._pending[call.id] = now
                self._settled.pop(call.id, None)
                self._void.pop(call.id, None)  # some servers count anew on each connection
            elif call.name:
                self._nameless[call.name] = self._nameless.get(call.name, 0) + 1

    def void(self, *, since: float | None = None) -> tuple[str, ...]:
        """Give up the calls that wait, because their connection is gone; answers to those before are void as well.

        Args:
            since: if given, calls that were made before are still known to the server, and go on.

        Returns:
            The ids of those that waited.
        """
        ids = tuple(key for key, at in self._pending.items() if since is None or at >= since)
        answered = [key for key, at in self._settled.items() if since is None or at >= since]
        gone = [*answered, *ids]
        self._nameless = dict.fromkeys(self._nameless, 0)  # no handle covers an open call
        for call_id in ids:
            del self._pending[call_id]
        for call_id in answered:
            del self._settled[call_id]
        self._void.update(dict.fromkeys(gone))
        _trim(self._void)
        return ids

    def stale(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of the calls that are void: answers to them mean nothing to the present connection."""
        return tuple(call_id for call_id in ids if call_id in self._void)

    def late(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of the calls that have their answer, or were cancelled: another answer is one too many."""
        return tuple(call_id for call_id in ids if call_id in self._settled)

    def late_nameless(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of the functions' names that have more answers than calls, as often as that is so."""
        left, late = dict(self._nameless), []
        for name in names:
            if left.get(name) == 0:
                late.append(name)
            elif name in left:
                left[name] -= 1
        return tuple(late)

    def settled(self, ids: tuple[str, ...], nameless: tuple[str, ...] = ()) -> None:
        """Note calls that were answered or cancelled."""
        for name in nameless:
            if self._nameless.get(name):
                self._nameless[name] -= 1
        for call_id in ids:
            at = self._pending.pop(call_id, None)
            if at is not None:
                self._settled[call_id] = at
        _trim(self._settled)


def _trim(ids: dict[str, Any]) -> None:
    while len(ids) > _REMEMBERED:
        del ids[next(iter(ids))]
