"""Resumption handles: which session each belongs to, until when it is good, and what is wrong with it.

A session is all connections that go on with one another.  Its handles are good while it runs and for a time after its
last connection has ended.  No clock of its own; owned by the server's event loop.
"""

from __future__ import annotations

import time
import uuid
from collections import OrderedDict
from collections.abc import Callable

import attrs

from ..exceptions import ConfigError
from .faults import check_close_code
from .refusals import cut_reason, session_still_open, unknown_handle
from .state import State

_MOST_HANDLES = 10_000
POISONS = ("silent", "close")
"""What a poisoned handle can lead to."""


@attrs.frozen
class Poison:
    """What becomes of sessions that are resumed by a bad handle.

    Attributes:
        closes: whether they are closed at once after their setup; else they take everything and never answer.
        code: the close code.
        reason: the reason that goes with it.
    """

    closes: bool
    code: int
    reason: str


def poison_of(how: str, code: int, reason: str) -> Poison:
    """Make of ``Emulator.poison_handles``'s arguments what they mean.

    Raises:
        ConfigError: there is no such poison, or no close frame carries the code.
    """
    if how not in POISONS:
        raise ConfigError(f"must be one of {', '.join(POISONS)}, not {how!r}", path="how")
    return Poison(how == "close", check_close_code(code), cut_reason(reason))


@attrs.define(eq=False)
class _Session:
    """All connections that go on with one another.

    Attributes:
        running: how many of them are open.
        ended_at: when the last one ended.
    """

    running: int = 0
    ended_at: float = 0.0


@attrs.frozen(kw_only=True, eq=False, repr=False)
class _Issued:
    session: _Session
    state: State
    seconds: float
    poison: Poison | None

    def expired(self, now: float) -> bool:
        return not self.session.running and now >= self.session.ended_at + self.seconds


class Stay:
    """One connection's part in a session.

    Attributes:
        state: where the session was when it began.
        resumed: whether it goes on with another connection's.
        poison: what is wrong with the handle that it was resumed by.
    """

    def __init__(self, book: HandleBook, session: _Session, seconds: float, issued: _Issued | None) -> None:
        """Begin; the book does that.

        Args:
            book: where handles are written down.
            session: what it is a part of.
            seconds: how long handles are good after the session's end.
            issued: what was resumed.
        """
        self.state = issued.state if issued else State()
        self.resumed = issued is not None
        self.poison = issued.poison if issued else None
        self.seconds = seconds
        self.session = session
        self._book = book
        self._ended = False
        session.running += 1

    def issue(self, state: State) -> str:
        """Return a new handle for a state of this session."""
        return self._book.add(self, state)

    def end(self) -> None:
        """The connection has ended, as far as the server knows; a second call does nothing."""
        if not self._ended:
            self._ended = True
            self.session.running -= 1
            self.session.ended_at = self._book.now()


class HandleBook:
    """Every handle of one run of the server; of very many the oldest are forgotten, and those that are over."""

    def __init__(self, now: Callable[[], float] = time.monotonic, *, refuse_open: bool = True) -> None:
        """Begin without any.

        Args:
            now: tells the time, in seconds.
            refuse_open: whether a session can't be resumed while a connection of it is open.
        """
        self.now = now
        self._refuse_open = refuse_open
        self._issued: OrderedDict[str, _Issued] = OrderedDict()

    def begin(self, handle: str | None, seconds: float) -> Stay:
        """Begin a connection of the session that a handle belongs to, or of a new one.

        Args:
            handle: what it resumes with; ``None`` begins a new session.
            seconds: how long this connection's handles are good after the session's end.

        Raises:
            RefusedError: the handle is not known, has expired, or its session has an open connection.
        """
        if handle is None:
            return Stay(self, _Session(), seconds, None)
        issued = self._issued.get(handle)
        if issued is None or issued.expired(self.now()):
            raise unknown_handle()
        if issued.session.running and self._refuse_open:
            raise session_still_open()
        return Stay(self, issued.session, seconds, issued)

    def add(self, stay: Stay, state: State) -> str:
        """Write down a new handle and return it."""
        handle = str(uuid.uuid4())
        self._issued[handle] = _Issued(session=stay.session, state=state, seconds=stay.seconds, poison=stay.poison)
        self._forget()
        return handle

    def _forget(self) -> None:
        """Drop the oldest handles as long as they are over, or there are too many."""
        while self._issued:
            oldest = next(iter(self._issued.values()))
            if len(self._issued) <= _MOST_HANDLES and not oldest.expired(self.now()):
                return
            self._issued.popitem(last=False)

    def expire_all(self) -> None:
        """Forget every handle that was issued so far."""
        self._issued.clear()

    def poison_all(self, poison: Poison) -> None:
        """Make every handle that was issued so far a bad one, and those of the sessions that they resume."""
        for handle, issued in self._issued.items():
            self._issued[handle] = attrs.evolve(issued, poison=poison)

    def __len__(self) -> int:
        return len(self._issued)
