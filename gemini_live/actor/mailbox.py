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

    The lock is re-entrant because a finalizer may put into a mailbox at any moment, also while the garbage collector
    runs inside one of these methods on the same thread.
    """

    def __init__(self, waiter: Waiter) -> None:
        self._lock = threading.RLock()
        self._items: deque[T] = deque()
        self._taken: deque[T] = deque()
        self._closed = False
        self._waiter = waiter

    def put(self, item: T) -> None:
        """Append an item and wake the actor.

        Raises:
            MailboxClosed: the actor has stopped; the item was not accepted.
        """
        with self._lock:  # check and append are one step: nothing is accepted and then lost
            if self._closed:
                raise MailboxClosed
            # Looked at before the append: a finalizer or signal handler that puts in between must find the mailbox
            # still to be woken for, or neither of the two would wake the actor.
            first = not self._items
            self._items.append(item)
            if first:  # whoever put the items before has woken it already
                self._waiter.wake()

    def take_all(self) -> deque[T]:
        """Return everything that waits, oldest first; the actor takes it out one by one.  Actor thread only."""
        if not self._items:  # whoever puts something now wakes the actor once more
            self._taken = deque()
            return self._taken
        with self._lock:
            self._taken, self._items = self._items, deque()
            return self._taken

    def close(self) -> deque[T]:
        """Refuse every later put and return what was accepted before.  Actor thread only."""
        with self._lock:
            self._closed = True
            return self.take_all()

    def __len__(self) -> int:
        return len(self._items) + len(self._taken)
