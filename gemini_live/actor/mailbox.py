"""The queue into an actor: what it accepts is answered, what it can't answer it refuses."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")


class Waiter(Protocol):
    """Where an actor rests until there is something to do."""

    def wait(self, timeout: float | None) -> list[Any]:
        """Rest until woken, ready or timed out; return what became ready.  Runs on the actor's thread."""

    def wake(self) -> None:
        """End the rest, or the next one if there is none now.  Any thread; never blocks."""

    def close(self) -> None:
        """Release what it holds.  Runs on the actor's thread, last."""


class MailboxClosed(Exception):  # noqa: N818 - internal signal, translated by the ref
    """The actor takes nothing more."""


class Mailbox(Generic[T]):
    """FIFO queue into one actor.  Any thread may put; after :meth:`close` every put fails.

    A put into an open mailbox holds no lock: a finalizer or a signal handler may come in its middle and put as well, or
    wait for the actor.  ``deque.append`` is one step, and what was appended too late is taken back.

    Attributes:
        waiting: what was put, oldest first; only the actor takes anything out of it.
    """

    def __init__(self, waiter: Waiter) -> None:
        self.waiting: deque[T] = deque()
        self._closed = False
        self._closing = threading.RLock()  # a finalizer may come in here, too
        self._waiter = waiter

    def put(self, item: T) -> None:
        """Append an item and wake the actor.

        Raises:
            MailboxClosed: the actor has stopped; the item was not accepted.
        """
        self.waiting.append(item)
        if self._closed and self._take_back(item):
            raise MailboxClosed
        self._waiter.wake()

    def _take_back(self, item: T) -> bool:
        """Take out an item that :meth:`close` came before; return ``False`` if it was in time."""
        with self._closing:
            for place in range(len(self.waiting)):  # others may append meanwhile; nobody else takes out
                if self.waiting[place] is item:
                    del self.waiting[place]
                    return True
        return False

    def close(self) -> deque[T]:
        """Refuse every later put and return what was accepted before.  Actor thread only."""
        self._closed = True
        accepted: deque[T] = deque()
        with self._closing:
            while self.waiting:
                accepted.append(self.waiting.popleft())
        return accepted

    def __len__(self) -> int:
        return len(self.waiting)
