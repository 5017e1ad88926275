"""What was sent and may not have arrived: the log from which a resumed session is told again.  Pure.

With a transparent handle the server says how many messages it has taken in; without, the log goes by what the server
has shown since: an answer, or a handle that came well after the message.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

import attrs

from .outgoing import Outgoing

T = TypeVar("T")
SETTLED_SECONDS = 2.0
"""A handle that comes so long after a message was written covers it: it was under way for less than that."""
FIRST_INDEX = 1
"""The index of the first message after the setup, as far as is known."""
_ONLY_NOW = frozenset({"realtime_input.activity_start", "realtime_input.activity_end",
                       "realtime_input.audio_stream_end", "tool_response"})  # fmt: skip
"""Kinds that mean something only on the connection that they were meant for."""
_SETTINGS = frozenset({"context_update"})
"""Kinds that go on to count when the server has them, and are in no transcript."""


@attrs.define(eq=False)
class Entry(Generic[T]):
    """One message that was written.

    Attributes:
        item: what the session knows it by.
        message: the message.
        turn: the number of the turn that answers it, or in whose words it is told; ``None`` if there is none.
        index: its number on its connection.
        at: when it was written.
        answered: whether that turn is over.
        taken_in: whether the server has shown with its end that it has the message.
    """

    item: T
    message: Outgoing
    turn: int | None
    index: int
    at: float
    answered: bool = False
    taken_in: bool = False

    @property
    def size(self) -> int:
        """Bytes of JSON."""
        return len(self.message.payload)

    @property
    def matters(self) -> bool:
        """Whether a server that knows nothing has to be told of it, although one that can be resumed has it."""
        return not self.answered and (self.turn is not None or self.message.kind in _SETTINGS)


@attrs.frozen
class Rerun(Generic[T]):
    """What to do with what the server may not have.

    Attributes:
        again: to be sent again, oldest first.
        lost: not to be sent again, oldest first.
    """

    again: tuple[T, ...]
    lost: tuple[T, ...]


class ReplayLog(Generic[T]):
    """Control messages that the server may not have.  Owner: the actor; one thread.

    A message that a handle covers is safe while that handle is; what of it a fresh session would have to be told is
    kept until it is answered.

    Args:
        limit: bytes of messages that are kept; beyond it the oldest are given up, and are counted as lost.
        transparent: whether the server tells what it has taken in.
    """

    def __init__(self, limit: int, *, transparent: bool) -> None:
        self._limit = limit
        self._transparent = transparent
        self._exact = transparent
        self._told = False
        self._entries: deque[Entry[T]] = deque()
        self._done: deque[Entry[T]] = deque()
        """Of the same kind, those that are answered and taken in: only a handle, or a loss, is news to them."""
        self._covered: deque[Entry[T]] = deque()
        self._bytes = 0
        self._next_index = FIRST_INDEX
        self._seed: Entry[T] | None = None
        self._forgotten: deque[Entry[T]] = deque()
        self._forgotten_bytes = 0
        self._asks_again = False

    def __len__(self) -> int:
        return len(self._entries) + len(self._done)

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return self._bytes

    @property
    def unconfirmed(self) -> tuple[T, ...]:
        """What went out and was neither answered nor covered by a handle, oldest first."""
        return tuple(entry.item for entry in (*self._forgotten, *self._entries) if not entry.answered)

    def passed(self, count: int) -> None:
        """Note that some realtime media is with the kernel, which is never sent again, whatever becomes of it."""
        self._next_index += count

    def sent(self, item: T, message: Outgoing, turn: int | None, now: float) -> list[T]:
        """Note that a message is with the kernel, no realtime media; return what had to be forgotten for it."""
        entry = Entry(item, message, turn, self._count(), now)
        self._entries.append(entry)
        self._bytes += entry.size
        while self._bytes > self._limit and self._covered:
            self._bytes -= self._covered.popleft().size
        forgotten = []
        while self._bytes > self._limit:
            older = self._done and (not self._entries or self._done[0].index < self._entries[0].index)
            entry = (self._done if older else self._entries).popleft()
            self._bytes -= entry.size
            if not entry.answered:
                forgotten.append(entry)
        if forgotten:
            self._give_up(forgotten)
        return [entry.item for entry in forgotten]

    def seeded(self, item: T, message: Outgoing, now: float) -> None:
        """Note that the history was told; it is never sent again, but a handle that does not cover it holds nothing."""
        self._seed = Entry(item, message, None, self._count(), now)

    @property
    def awaits_seed(self) -> bool:
        """Whether a server was told the history, and no handle covers that yet."""
        return self._seed is not None

    def _count(self) -> int:
        index, self._next_index = self._next_index, self._next_index + 1
        return index

    def _give_up(self, entries: list[Entry[T]]) -> None:
        """Keep what was forgotten until it can be told; its bytes are bounded as well."""
        self._forgotten += entries
        self._forgotten_bytes += sum(entry.size for entry in entries)
        while self._forgotten_bytes > self._limit and len(self._forgotten) > 1:
            self._forgotten_bytes -= self._forgotten.popleft().size

    def answered(self, turn: int) -> None:
        """Note that a turn is over: what has asked for it was taken in, and what has asked before that.

        Of several messages that have asked for one turn the first was; the others may be on their way still.  Where
        questions that had their answer were asked again, their second answers come under the numbers of others: then
        an answer proves one more question, and no number does.
        """
        if self._seed is not None:  # it went before anything that could be answered
            self._seed.taken_in = True
        if not self._entries and not self._covered:
            return
        asked: list[Entry[T]] = []
        sure, newest = 0, self._newest_done
        for entry in (*self._covered, *self._entries):
            if entry.turn is None or entry.turn > turn:
                continue
            entry.answered = True
            if entry.message.asks:
                asked.append(entry)
                if entry.turn > newest:
                    sure, newest = len(asked), entry.turn
        proved = [entry for entry in asked if not entry.taken_in][:1] if self._asks_again else asked[:sure]
        for entry in proved:
            entry.taken_in = True
        self._lay_aside()

    @property
    def _newest_done(self) -> int:
        """The turn of the newest question that is laid aside, -1 if there is none."""
        return next((entry.turn or 0 for entry in reversed(self._done) if entry.message.asks), -1)

    def _lay_aside(self) -> None:
        """Take out what no further answer is news to, so that each costs as much as there is open."""
        if self._covered:
            self._bytes -= sum(entry.size for entry in self._covered if not entry.matters)
            self._covered = deque(entry for entry in self._covered if entry.matters)
        still_open: deque[Entry[T]] = deque()
        for entry in self._entries:
            if entry.answered and entry.taken_in and entry.turn is not None:
                self._done.append(entry)
            else:
                still_open.append(entry)
        self._entries = still_open

    def _all(self) -> list[Entry[T]]:
        """Return what no handle covers, oldest first."""
        return sorted((*self._done, *self._entries), key=lambda entry: entry.index)

    def handle_came(self, now: float, consumed: int | None) -> None:
        """Note that a handle has come that can be resumed with.

        Args:
            now: when.
            consumed: the last message of the present connection that it covers, if the server says; JSON leaves out a
                zero.
        """
        if self._transparent and consumed is not None:
            self._exact = self._told = True
        elif not self._told and (self._done or any(entry.taken_in for entry in self._entries)):
            self._exact = False  # it has answered, so it has taken in more than none: this server does not tell
        if not self._exact:
            self._cover(lambda entry: entry.taken_in or now - entry.at >= SETTLED_SECONDS)
        elif consumed is not None:
            self._cover(lambda entry: entry.index <= consumed)

    def _cover(self, covered: Callable[[Entry[T]], bool]) -> None:
        if self._seed is not None and covered(self._seed):
            self._seed = None
        whole = self._all()
        self._entries, self._done = deque(entry for entry in whole if not covered(entry)), deque()
        self._covered += [entry for entry in whole if covered(entry) and entry.matters]
        self._lay_aside()
        self._weigh()

    def _weigh(self) -> None:
        self._bytes = sum(entry.size for entries in (self._covered, self._done, self._entries) for entry in entries)

    def rerun(self, *, resumed: bool, replay: str) -> Rerun[T]:
        """Return what is to be sent again on a new connection, and forget it.

        Args:
            resumed: whether the new connection goes on where a handle was given; else the server knows nothing.
            replay: the policy's word.
        """
        exact = resumed and self._exact
        entries, self._entries, self._done = self._all(), deque(), deque()
        if not resumed:
            entries, self._covered = [*self._covered, *entries], deque()
        again, lost = [], [entry.item for entry in self._forgotten]
        self._forgotten.clear()
        self._forgotten_bytes = 0
        for entry in entries:  # what asks again may wait unsent over several losses, so that is never unsaid
            if (exact and replay != "none") or (not exact and _worth_it(entry, replay, resumed=resumed)):
                again.append(entry.item)
                self._asks_again = self._asks_again or (entry.answered and entry.message.asks)
            elif not (entry.answered and not resumed):  # a fresh session is told of answered turns in its seed
                lost.append(entry.item)
        self._next_index, self._seed = FIRST_INDEX, None
        self._weigh()
        return Rerun(tuple(again), tuple(lost))


def _worth_it(entry: Entry[T], replay: str, *, resumed: bool) -> bool:
    if replay == "none" or entry.message.kind in _ONLY_NOW:
        return False
    if replay == "all" and resumed:
        return True
    return not (entry.taken_in if resumed else entry.answered)
