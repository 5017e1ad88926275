"""Handles in this process's memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from .._clock import check_seconds
from .._forking import mind_forks
from .entries import GEMINI_MAX_AGE, Entries, Entry, check_entry, fresh_handle, with_entry, without_entry


class MemoryHandleStore:
    """Keeps handles as long as the process lives.

    For sessions that come and go in one process, and for tests.  At most 10,000 names are kept; the one that was saved
    longest ago is dropped.  Any thread; nothing in it blocks.  A forked child has what was there at the fork, and from
    then on its own.

    Args:
        max_age: seconds for which a handle is good: 7,200 is the Gemini API's validity, 86,400 Vertex AI's.
        clock: returns seconds since 1970.

    Raises:
        ConfigError: ``max_age`` is not above 0 and at most a day.

    Example::

        >>> store = MemoryHandleStore()
        >>> store.save("line-17", "CihhYmM")
        >>> store.load("line-17")
        'CihhYmM'
        >>> store
        <MemoryHandleStore of 1 handle(s)>
    """

    def __init__(self, *, max_age: float = GEMINI_MAX_AGE, clock: Callable[[], float] = time.time) -> None:
        self._max_age = check_seconds(max_age, "max_age")
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: Entries = {}  # replaced under the lock, never changed
        mind_forks(self)

    def load(self, name: str) -> str | None:
        """Return the handle that was saved last, ``None`` if there is none or if it is too old.

        Args:
            name: the session's.
        """
        return fresh_handle(self._entries, name, self._clock(), self._max_age)

    def save(self, name: str, handle: str) -> None:
        """Keep a handle in place of the one before; those that are too old are dropped.

        Args:
            name: the session's.
            handle: what the server gave.

        Raises:
            ConfigError: one of them is not text.
        """
        check_entry(name, handle)
        with self._lock:
            self._entries = with_entry(self._entries, name, Entry(handle, self._clock()), self._max_age)

    def discard(self, name: str) -> None:
        """Forget a session's handle, if there is one.

        Args:
            name: the session's.
        """
        with self._lock:
            self._entries = without_entry(self._entries, name)

    def after_fork(self) -> None:
        """In a forked child: free the lock, which a thread that is not here may have held."""
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<MemoryHandleStore of {len(self._entries)} handle(s)>"
