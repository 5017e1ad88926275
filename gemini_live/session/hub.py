"""Who hears of events besides the callbacks: iterators and queues.

The actor feeds them directly, so a slow callback keeps nobody here waiting.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from .._logging import get_logger
from ..exceptions import fresh
from ..protocol import Event
from ..protocol.plain import Sound

T = TypeVar("T")

_log = get_logger("session")
SLICE = 1.0
"""Seconds; a wait in slices can be interrupted by Ctrl-C everywhere."""


class Subscription:
    """An unbounded queue of events with an end.  Any thread may iterate, one at a time."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self.error: BaseException | None = None

    def put(self, event: Event) -> None:
        """Append an event."""
        self._queue.put(event)

    def end(self, error: BaseException | None = None) -> None:
        """Say that nothing follows."""
        self.error = error
        self._queue.put(None)

    def __iter__(self) -> Iterator[Event]:
        while True:
            try:
                event = self._queue.get(timeout=SLICE)
            except queue.Empty:
                continue
            if event is None:
                return
            yield event


class Hub:
    """Hands events to everybody who asked.  Shared; one lock, never held while a stranger's code runs.

    Args:
        owner: the ``owner=`` option's ``put``, if there is one.
    """

    def __init__(self, owner: Callable[[Event], object] | None = None) -> None:
        # Re-entrant, as a subscription that is dropped may be removed by the garbage collector at any moment.
        self._lock = threading.RLock()
        self._owner = owner
        self._subscriptions: list[Subscription] = []
        self._end: BaseException | None = None
        self._abnormal: BaseException | None = None

    @property
    def hears_everything(self) -> bool:
        """Whether anybody has asked for all events.  Never kept: a signal may come in the middle of a change."""
        return bool(self._subscriptions) or self._owner is not None

    def publish(self, event: Event) -> None:
        """Hand an event on.  Actor thread, and the callback thread for errors of callbacks."""
        if self._subscriptions:
            with self._lock:
                self._feed(event)
        self._tell_owner(event)

    def _feed(self, event: Event) -> None:
        """Hand an event to the iterators, under the lock."""
        for subscription in self._subscriptions:
            subscription.put(event)

    def _tell_owner(self, event: Event) -> None:
        if self._owner is not None:
            try:
                self._owner(event)
            except Exception:  # noqa: BLE001 - a full or broken queue of the program's must not end the session
                _log.exception("the owner's queue did not take a %s event", event.name)

    def received(self, payload: str | bytes | Sound, message: Any) -> None:
        """Take a message that was understood, before its events; actor thread."""

    def subscribe(self) -> Subscription:
        """Return all events from now on."""
        with self._lock:
            subscription = Subscription()
            if self._end is not None:
                subscription.end(self._abnormal)
            else:
                self._subscriptions.append(subscription)
            return subscription

    @property
    def listeners(self) -> int:
        """How many subscriptions are fed."""
        return len(self._subscriptions)

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a subscription; harmless when it is gone."""
        with self._lock:
            self._subscriptions = [known for known in self._subscriptions if known is not subscription]

    def close(self, error: BaseException, *, abnormal: bool) -> None:
        """End everybody's wait: with ``error`` for those who wait for a turn, and for iterators if it is abnormal."""
        with self._lock:
            self._end, self._abnormal = error, error if abnormal else None
            endings = self._let_go()
        for subscription in endings:
            subscription.end(self._abnormal)

    def _let_go(self) -> list[Subscription]:
        """Forget everybody, under the lock; return whose iterators are to end."""
        endings, self._subscriptions = self._subscriptions, []
        return endings


class EventIterator(Iterator[T]):
    """Iterates over a subscription; one that is dropped, iterated over or not, is forgotten by the hub."""

    def __init__(self, hub: Hub, subscription: Subscription, pick: Callable[[Event], T]) -> None:
        self._hub = hub
        self._subscription = subscription
        self._events = iter(subscription)
        self._pick = pick

    def __iter__(self) -> EventIterator[T]:
        return self

    def __next__(self) -> T:
        for event in self._events:
            return self._pick(event)
        self.close()
        if self._subscription.error is not None:
            error, self._subscription.error = self._subscription.error, None
            raise fresh(error)
        raise StopIteration

    def close(self) -> None:
        """Let go; iterating ends."""
        self._hub.unsubscribe(self._subscription)
        self._events = iter(())

    def __del__(self) -> None:
        self._hub.unsubscribe(self._subscription)
