"""Who waits for turns, and for the messages of one exchange."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .._clock import Deadline
from .._logging import get_logger
from .._speed import read_json
from ..exceptions import fresh
from ..protocol import Event, Turn
from ..protocol.plain import Sound, as_written
from ..types import ServerMessage
from .hub import SLICE, Hub, Subscription

_log = get_logger("session")
_BACKLOG_BYTES = 4 * 2**20
"""What is kept of an answer that nobody iterates over yet: more than a minute of speech."""


class TurnWatch:
    """Somebody who waits for a turn, and every turn that has ended since.  Owner: the hub, under its lock.

    Attributes:
        number: the first turn that will do; ``None`` until the actor has numbered the request.
        seen: turns that have ended, oldest first.
    """

    def __init__(self, *, number: int | None) -> None:
        self.number = number
        self.seen: list[Turn] = []


class TurnHub(Hub):
    """A hub that knows turns.  Shared; one lock, never held while a stranger's code runs.

    Args:
        owner: the ``owner=`` option's ``put``, if there is one.
    """

    def __init__(self, owner: Callable[[Event], object] | None = None) -> None:
        super().__init__(owner)
        self._changed = threading.Condition(self._lock)
        self._receivers: list[Subscription] = []
        self._watches: list[TurnWatch] = []
        self._backlog: list[str | bytes | Sound] = []
        self._backlog_bytes = 0
        self._exchange_over = False
        self._unnumbered = 0
        self._expected = 0

    def publish(self, event: Event) -> None:
        """See :class:`Hub`; a turn that is over ends waits."""
        if event.name == "turn_complete":
            with self._lock:
                self._feed(event)
                self._turn_ended(event.value)
            self._tell_owner(event)
        else:
            super().publish(event)

    def received(self, payload: str | bytes | Sound, message: ServerMessage | None) -> None:
        """Keep a message for who will ask, and hand it to who has.  Actor thread.

        It is read again by who asks: most programs never do.  Till then it is kept as it came, or where it was nothing
        but sound as that, which its turn keeps as well: memory that is written once and never read costs more than all
        the rest of a message.

        Args:
            payload: the message.
            message: the same as a value, where there is one.
        """
        size = payload[0].size + len(payload[1]) if type(payload) is tuple else len(payload)
        with self._lock:
            if self._exchange_over or self._backlog_bytes + size > _BACKLOG_BYTES:
                if not self._exchange_over and not self._receivers:
                    _log.warning("an answer of more than %d bytes: receive() will begin in its middle", _BACKLOG_BYTES)
                self._clear_backlog()
            self._backlog.append(payload)
            self._backlog_bytes += size
            if self._receivers:
                event = Event("message", payload if message is None else message)
                for receiver in self._receivers:
                    receiver.put(event)

    def _clear_backlog(self) -> None:
        self._backlog, self._backlog_bytes, self._exchange_over = [], 0, False

    def _turn_ended(self, turn: Turn) -> None:
        if self._watches:
            for watch in self._watches:
                watch.seen.append(turn)
            self._changed.notify_all()
        if self._unnumbered == 0 and turn.number >= self._expected:
            self._exchange_over = True
            for receiver in self._receivers:
                receiver.end()
            self._receivers = []

    def exchange_begun(self) -> None:
        """Note that a request is on its way to the actor: what came before belongs to an earlier exchange.

        Nothing is called under the lock: a signal handler would run there, and may wait for the actor, which needs it.
        """
        with self._lock:
            self._unnumbered += 1
            self._backlog, self._backlog_bytes, self._exchange_over = [], 0, False

    def exchange_numbered(self, number: int) -> None:
        """Note which turn will answer the oldest request on its way.  Actor thread."""
        with self._lock:
            self._unnumbered -= 1
            self._expected = number

    def receive(self) -> Subscription:
        """Return the messages of the present exchange, those that have come included; see :func:`message_of`."""
        with self._lock:
            subscription = Subscription()
            for payload in self._backlog:
                subscription.put(Event("message", payload))
            if self._exchange_over and self._backlog:
                subscription.end()
                self._clear_backlog()
            elif self._end is not None:
                subscription.end(self._abnormal)
            else:
                self._receivers.append(subscription)
            return subscription

    @property
    def listeners(self) -> int:
        """How many subscriptions are fed."""
        return super().listeners + len(self._receivers)

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a subscription; harmless when it is gone."""
        with self._lock:
            super().unsubscribe(subscription)
            self._receivers = [known for known in self._receivers if known is not subscription]

    def watch_turns(self, *, number: int | None = None) -> TurnWatch:
        """Register somebody who will wait; unnumbered, no turn will do until :meth:`arm`."""
        watch = TurnWatch(number=number)
        with self._lock:
            self._watches.append(watch)
        return watch

    def arm(self, watch: TurnWatch, number: int) -> None:
        """Say which turn somebody waits for; the last word counts."""
        with self._lock:
            watch.number = number
            self._changed.notify_all()

    def forget(self, watch: TurnWatch) -> None:
        """Forget somebody; harmless when they are gone."""
        with self._lock:
            self._watches = [known for known in self._watches if known is not watch]

    def await_turn(self, watch: TurnWatch, deadline: Deadline, *, whole: bool = False) -> Turn | None:
        """Return the turn that is waited for, ``None`` if it does not end in time.

        Args:
            watch: from :meth:`watch_turns`.
            deadline: how long to wait.
            whole: pass over turns that the user's own further speech has cut short.

        Raises:
            Exception: what the session ended of, if it does before the turn.
        """
        with self._lock:
            while True:
                for turn in watch.seen:
                    passed_over = whole and turn.interrupted and not turn.cut
                    if watch.number is not None and turn.number >= watch.number and not passed_over:
                        return turn
                if self._end is not None:
                    raise fresh(self._end)
                if deadline.expired:
                    return None
                left = deadline.remaining()
                self._changed.wait(SLICE if left is None else min(left, SLICE))

    def _let_go(self) -> list[Subscription]:
        endings, self._receivers = [*super()._let_go(), *self._receivers], []
        self._clear_backlog()
        self._changed.notify_all()
        return endings


def message_of(event: Event) -> ServerMessage:
    """Return the message that an iterator of :meth:`TurnHub.receive` is given."""
    value = event.value
    if isinstance(value, ServerMessage):
        return value
    return ServerMessage.from_json(read_json(as_written(value) if isinstance(value, tuple) else value))
