"""Who hears of events besides the callbacks: iterators, queues and those who wait for a turn.

The actor feeds them directly, so a slow callback keeps nobody here waiting.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from .._logging import get_logger
from ..actor import Reply
from ..protocol import Event, Turn
from ..types import ServerMessage

_log = get_logger("session")
_SLICE = 1.0  # seconds; a wait in slices can be interrupted by Ctrl-C everywhere
_BACKLOG_BYTES = 32 * 2**20


class TurnWaiter:
    """Somebody who waits for a turn.  Owner: the hub, under its lock."""

    def __init__(self, *, number: int | None) -> None:
        self.number = number
        """The first turn that will do; ``None`` until the actor has numbered the request."""
        self.reply = Reply()


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
                event = self._queue.get(timeout=_SLICE)
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
        self._receivers: list[Subscription] = []
        self._waiters: list[TurnWaiter] = []
        self._ended_turns: list[list[Turn]] = []
        self._end: BaseException | None = None
        self._abnormal: BaseException | None = None
        self._backlog: list[Event] = []
        self._backlog_bytes = 0
        self._exchange_over = False
        self._unnumbered = 0
        self._expected = 0

    def publish(self, event: Event, size: int = 0) -> None:
        """Hand an event on.  Actor thread, and the callback thread for errors of callbacks.

        Args:
            event: the event.
            size: bytes it came in, for the bound on what is kept for a later :meth:`receive`.
        """
        with self._lock:
            for subscription in self._subscriptions:
                subscription.put(event)
            if event.name == "message":
                self._keep(event, size)
            elif event.name == "turn_complete":
                self._turn_ended(event.value)
        if self._owner is not None:
            try:
                self._owner(event)
            except Exception:  # noqa: BLE001 - a full or broken queue of the program's must not end the session
                _log.exception("the owner's queue did not take a %s event", event.name)

    def _keep(self, event: Event, size: int) -> None:
        if self._exchange_over:
            self._clear_backlog()
        if self._backlog_bytes + size > _BACKLOG_BYTES:
            if not self._receivers:
                _log.warning("an answer of more than %d bytes: receive() will begin in its middle", _BACKLOG_BYTES)
            self._clear_backlog()
        self._backlog.append(event)
        self._backlog_bytes += size
        for receiver in self._receivers:
            receiver.put(event)

    def _clear_backlog(self) -> None:
        self._backlog, self._backlog_bytes, self._exchange_over = [], 0, False

    def _turn_ended(self, turn: Turn) -> None:
        for seen in self._ended_turns:
            seen.append(turn)
        due = [waiter for waiter in self._waiters if waiter.number is not None and waiter.number <= turn.number]
        self._waiters = [waiter for waiter in self._waiters if waiter not in due]
        for waiter in due:
            waiter.reply.answer(turn)
        if self._unnumbered == 0 and turn.number >= self._expected:
            self._exchange_over = True
            for receiver in self._receivers:
                receiver.end()
            self._receivers = []

    def exchange_begun(self) -> None:
        """Note that a request is on its way to the actor: what came before belongs to an earlier exchange."""
        with self._lock:
            self._unnumbered += 1
            self._clear_backlog()

    def exchange_numbered(self, number: int) -> None:
        """Note which turn will answer the oldest request on its way.  Actor thread."""
        with self._lock:
            self._unnumbered -= 1
            self._expected = number

    def receive(self) -> Subscription:
        """Return the messages of the present exchange, those that have come already included."""
        with self._lock:
            subscription = Subscription()
            for event in self._backlog:
                subscription.put(event)
            if self._exchange_over and self._backlog:
                subscription.end()
                self._clear_backlog()
            elif self._end is not None:
                subscription.end(self._abnormal)
            else:
                self._receivers.append(subscription)
            return subscription

    def subscribe(self) -> Subscription:
        """Return all events from now on."""
        with self._lock:
            subscription = Subscription()
            if self._end is not None:
                subscription.end(self._abnormal)
            else:
                self._subscriptions.append(subscription)
            return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a subscription; harmless when it is gone."""
        with self._lock:
            self._subscriptions = [known for known in self._subscriptions if known is not subscription]
            self._receivers = [known for known in self._receivers if known is not subscription]

    def wait_for_turn(self, *, number: int | None = None) -> TurnWaiter:
        """Register somebody who waits; unnumbered, nothing answers until :meth:`arm`."""
        waiter = TurnWaiter(number=number)
        with self._lock:
            if self._end is not None:
                waiter.reply.fail(self._end)
            else:
                self._waiters.append(waiter)
        return waiter

    def arm(self, waiter: TurnWaiter, number: int) -> None:
        """Say which turn a waiter waits for.  Actor thread, before that turn can end."""
        with self._lock:
            waiter.number = number

    def forget(self, waiter: TurnWaiter) -> None:
        """Forget a waiter; harmless when it is gone."""
        with self._lock:
            self._waiters = [known for known in self._waiters if known is not waiter]

    def watch_turns(self) -> list[Turn]:
        """Return a list that grows by every turn that ends, until :meth:`unwatch_turns`."""
        with self._lock:
            seen: list[Turn] = []
            self._ended_turns.append(seen)
            return seen

    def unwatch_turns(self, seen: list[Turn]) -> None:
        """Let a list be."""
        with self._lock:
            self._ended_turns = [known for known in self._ended_turns if known is not seen]

    def close(self, error: BaseException, *, abnormal: bool) -> None:
        """End everybody's wait: with ``error`` for those who wait for a turn, and for iterators if it is abnormal."""
        with self._lock:
            self._end, self._abnormal = error, error if abnormal else None
            waiters, self._waiters = self._waiters, []
            endings = [*self._subscriptions, *self._receivers]
            self._subscriptions, self._receivers = [], []
            self._clear_backlog()
        for subscription in endings:
            subscription.end(self._abnormal)
        for waiter in waiters:
            waiter.reply.fail(error)


def messages_of(subscription: Subscription, done: Callable[[], Any]) -> Iterator[ServerMessage]:
    """Iterate over a receiver's messages, raise what ended it abnormally, and call ``done`` in the end."""
    try:
        for event in subscription:
            yield event.value
        if subscription.error is not None:
            raise subscription.error
    finally:
        done()
