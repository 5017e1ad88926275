"""One refresh at a time for credentials that many sessions share, and nobody who waits for it longer than is due."""

from __future__ import annotations

import concurrent.futures
import threading
import time
from collections.abc import Callable

import attrs

from .._forking import mind_forks
from ..exceptions import AuthError, fresh
from .bounded import start

SECONDS = 20.0
"""How long a refresh may take; one that takes longer goes on alone, and the next who asks begins another."""


@attrs.define(eq=False)
class _Flight:
    """A refresh that is going on in a thread of its own; what comes of it is an error, or ``None`` for none."""

    began: float
    outcome: concurrent.futures.Future[BaseException | None]


class Refresher:
    """Has credentials refreshed.  Any thread; the lock is never held while anything waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flight: _Flight | None = None
        mind_forks(self)

    def ensure(self, is_good: Callable[[], bool], refresh: Callable[[], None]) -> None:
        """Return when the credentials are good; have them refreshed, or wait for who does it, if they are not.

        Args:
            is_good: whether they are; it does not wait.
            refresh: fetches another token, and raises an :class:`AuthError` if there is none; it runs in a thread.

        Raises:
            AuthError: there is no token, or none came in time.
        """
        with self._lock:
            if is_good():
                return
            flight = self._flight
            if flight is None or flight.outcome.done() or time.monotonic() - flight.began >= SECONDS:
                outcome = start(lambda: _error_of(refresh), "gemini-live:credentials")
                flight = self._flight = _Flight(time.monotonic(), outcome)
        try:
            error = flight.outcome.result(max(0.0, flight.began + SECONDS - time.monotonic()))
        except concurrent.futures.TimeoutError:
            raise AuthError(f"no token came within {SECONDS:g} s, so nothing was dialled", retryable=True) from None
        if error is not None:
            raise fresh(error)  # each thread its own, as raising writes a traceback into it

    def after_fork(self) -> None:
        """Forget the parent's threads, which are not in a child, and the lock that one of them may have held."""
        self._lock = threading.Lock()
        self._flight = None


def _error_of(refresh: Callable[[], None]) -> BaseException | None:
    """Return what a refresh raises, without the traceback: that leads to the credentials, and would keep them alive."""
    try:
        refresh()
    except BaseException as error:  # noqa: BLE001 - raised by everybody who waits for it
        return fresh(error)
    return None
