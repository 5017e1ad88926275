"""Listings that were fetched a moment ago, so that not every session asks for them again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable

import attrs

from .._clock import SYSTEM_CLOCK, Clock, Deadline
from .._forking import mind_forks
from ..exceptions import CallTimeout, GeminiLiveError, fresh
from ..types import Model

Listing = tuple[Model, ...]
KEEP_SECONDS = 300.0
MAX_LISTINGS = 64


@attrs.define(eq=False)
class _Flight:
    """One listing that is being fetched, by the thread that was the first to want it."""

    done: threading.Event = attrs.field(factory=threading.Event)
    listing: Listing | None = None
    error: GeminiLiveError | None = None


class ListingCache:
    """Keeps listings by who asks where.  Any thread; the lock is never held while somebody fetches.

    Args:
        clock: whose time counts.
        seconds: how long a listing is good.
        size: how many are kept at most; the oldest one makes room.
    """

    def __init__(self, *, clock: Clock = SYSTEM_CLOCK, seconds: float = KEEP_SECONDS, size: int = MAX_LISTINGS) -> None:
        self._clock = clock
        self._seconds = seconds
        self._size = size
        self._lock = threading.Lock()
        self._kept: dict[Hashable, tuple[Listing, float]] = {}
        self._flights: dict[Hashable, _Flight] = {}
        mind_forks(self)

    def get(
        self, key: Hashable, fetch: Callable[[float], Listing], seconds: float, *, refresh: bool = False
    ) -> Listing:
        """Return the listing of a key: the one that is kept, or one that is fetched, by this thread or by another.

        A failure is not kept.  Who waited for a fetch that failed gets the same failure; but where it only ran out of
        the other's time, it is fetched once more in one's own.

        Args:
            key: who asks where.
            fetch: fetches the listing within so many seconds.
            seconds: how long this may take.
            refresh: whether what is kept does not count.  What is being fetched at this moment does.

        Raises:
            CallTimeout: another thread's fetch took too long.
            GeminiLiveError: whatever ``fetch`` raises.
        """
        deadline = Deadline.after(seconds)
        while True:
            kept, flight, leads = self._board(key, refresh=refresh)
            if kept is not None:
                return kept
            if leads:
                return self._lead(key, flight, fetch, deadline.patience())
            if not flight.done.wait(deadline.remaining()):
                raise CallTimeout(f"another thread asked for the listing of models, and it took over {seconds:g} s")
            if flight.listing is not None:
                return flight.listing
            if flight.error is not None:
                raise fresh(flight.error)  # each thread its own, as raising writes a traceback into it

    def put(self, key: Hashable, listing: Listing) -> None:
        """Keep a listing from now on."""
        with self._lock:
            self._keep(key, listing)

    def clear(self) -> None:
        """Forget every listing, and do not keep those that are being fetched."""
        with self._lock:
            self._kept.clear()
            self._flights.clear()

    def after_fork(self) -> None:
        """Forget the parent's threads, which are not here: what they were fetching, and the lock one may have held."""
        self._lock = threading.Lock()
        self._flights = {}

    def __len__(self) -> int:
        """Return how many listings are kept, those that are too old included."""
        with self._lock:
            return len(self._kept)

    def _board(self, key: Hashable, *, refresh: bool) -> tuple[Listing | None, _Flight, bool]:
        """Return what is kept, or else the flight to wait for or, if the last is true, to lead."""
        with self._lock:
            listing, at = self._kept.get(key, ((), float("-inf")))
            if not refresh and self._clock.monotonic() - at < self._seconds:
                return listing, _Flight(), False
            flight = self._flights.get(key)
            if flight is not None:
                return None, flight, False
            return None, self._flights.setdefault(key, _Flight()), True

    def _lead(self, key: Hashable, flight: _Flight, fetch: Callable[[float], Listing], seconds: float) -> Listing:
        try:
            flight.listing = listing = fetch(seconds)
            return listing
        except CallTimeout:
            raise
        except GeminiLiveError as error:
            flight.error = fresh(error)  # without the traceback, which would lead back here
            raise
        finally:
            with self._lock:
                if self._flights.get(key) is flight:  # else it was cleared meanwhile
                    del self._flights[key]
                    if flight.listing is not None:
                        self._keep(key, flight.listing)
            flight.done.set()

    def _keep(self, key: Hashable, listing: Listing) -> None:
        self._kept.pop(key, None)
        self._kept[key] = listing, self._clock.monotonic()
        while len(self._kept) > self._size:
            del self._kept[next(iter(self._kept))]
