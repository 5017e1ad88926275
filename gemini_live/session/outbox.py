"""What waits to be sent, and the bound on it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import attrs

from .._clock import SYSTEM_CLOCK, Deadline
from ..actor import Reply
from ..exceptions import CallTimeout, OutboxFullError
from ..protocol import Unsent
from ..protocol.outgoing import ACTIVITY_END, ACTIVITY_MARKS, CONTROL, Lane, Outgoing
from ..tools.toolbox import Toolbox
from .policies import OutboxPolicy
from .turn_hub import TurnWatch

_MOST_COMING = 4
"""How often the bound may lie in the mailbox, where threads send faster than anything could take it."""
_FLOOD_SECONDS = 0.1
_MOST_DROPPED = 16
"""Messages that were dropped and still take room in the queue, beside a quarter of those that wait."""


@attrs.define(eq=False)
class Queued:
    """A message that was accepted: the command to send it, and the transport's receipt for it.

    Owner: the actor, once it has it.

    Attributes:
        message: the message.
        reply: who waits until it is with the kernel.
        watch: armed with the number of the turn that will answer it.
        toolbox: the functions that the model is told of in it.
        dropped: whether it will not be sent any more.
        turn: the number of the turn that answers it.
    """

    message: Outgoing
    reply: Reply | None = None
    watch: TurnWatch | None = None
    toolbox: Toolbox | None = None
    dropped: bool = False
    turn: int | None = None

    @property
    def size(self) -> int:
        """Bytes of JSON."""
        return len(self.message.payload)

    def as_unsent(self) -> Unsent:
        """Return what the program is told of it if it never goes out."""
        return Unsent(kind=self.message.kind, size=self.size, payload=self.message.payload)


class OutboxMeter:
    """Counts what is accepted and not yet with the kernel.  Shared by all threads; one condition guards it.

    Callers are refused or wait here, on their own thread; the actor only releases.

    Attributes:
        bound: how many bytes of messages that are never dropped may wait.
        queued_messages: how many wait.
    """

    def __init__(self, policy: OutboxPolicy) -> None:
        self.policy = policy
        self.bound = policy.max_bytes
        self._lock = threading.RLock()
        self._room = threading.Condition(self._lock)
        self._flood = _MOST_COMING * policy.max_bytes
        self._bytes = 0
        self._control_bytes = 0
        self.queued_messages = 0
        self._waiting = 0
        self._closed = False

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait."""
        return self._bytes

    @property
    def waiting_senders(self) -> int:
        """Threads that wait for room."""
        return self._waiting

    def admit_at_once(self, message: Outgoing) -> bool:
        """Count a message in if that needs neither a wait nor a refusal; return whether it was.

        Nothing is called under the lock: signal handlers run where a function begins, and one may wait for the actor,
        which needs the lock.
        """
        size, control = len(message.payload), message.lane is CONTROL
        with self._lock:
            if not (self._control_bytes + size <= self.bound if control else self._bytes <= self._flood):
                return False
            self._bytes += size
            self.queued_messages += 1
            if control:
                self._control_bytes += size
        return True

    def admit(self, message: Outgoing, *, may_wait: bool, timeout: float | None = None) -> None:
        """Count a message in.

        Realtime audio and video always fit, and take no room from the others: the actor drops the oldest of them.  Who
        sends it faster than the actor can even drop it is kept for a moment, so that the bound means something.

        Raises:
            OutboxFullError: no room, and the policy or ``may_wait`` forbids waiting, or it could never fit.
            CallTimeout: no room within ``timeout`` seconds.
        """
        size = len(message.payload)
        with self._lock:
            if message.lane is CONTROL and not self._fits(size):
                if size > self.bound or not (self.policy.block and may_wait):
                    raise OutboxFullError(self._control_bytes + size, self.bound)
                self._wait_for_room(size, Deadline.after(timeout, SYSTEM_CLOCK))
            elif self._bytes > self._flood and may_wait:
                self._waiting += 1
                self._room.wait_for(lambda: self._bytes <= self._flood or self._closed, _FLOOD_SECONDS)
                self._waiting -= 1
            self._count(message, 1)

    def _count(self, message: Outgoing, sign: int) -> None:
        size = sign * len(message.payload)
        self._bytes += size
        self.queued_messages += sign
        if message.lane is CONTROL:
            self._control_bytes += size

    def _fits(self, size: int) -> bool:
        return self._closed or self._control_bytes + size <= self.bound

    def _wait_for_room(self, size: int, deadline: Deadline) -> None:
        self._waiting += 1
        try:
            while not self._fits(size):
                if deadline.expired:
                    raise CallTimeout("no room in the outbox within the timeout; nothing was sent")
                self._room.wait(deadline.remaining())
        finally:
            self._waiting -= 1

    def wait_for_room(self, message: Outgoing, seconds: float) -> bool:
        """Count a message in if there is room for it within some time; return whether there was."""
        size, deadline = len(message.payload), Deadline.after(seconds, SYSTEM_CLOCK)
        with self._room:
            self._waiting += 1
            try:
                while not self._fits(size):
                    if deadline.expired:
                        return False
                    self._room.wait(deadline.remaining())
            finally:
                self._waiting -= 1
            self._count(message, 1)
            return True

    def count_again(self, message: Outgoing) -> None:
        """Count in a message that is to be sent again; it was admitted before."""
        with self._lock:
            self._count(message, 1)

    def release(self, message: Outgoing) -> None:
        """Count a message out: it was sent, dropped or given back."""
        with self._lock:
            self._count(message, -1)
            if self._waiting:
                self._room.notify_all()

    def release_sent(self, count: int, size: int, control: int) -> None:
        """Count messages out that are with the kernel.

        Args:
            count: how many.
            size: the bytes of all of them.
            control: the bytes of those that are no realtime media.
        """
        with self._lock:
            self._bytes -= size
            self.queued_messages -= count
            self._control_bytes -= control
            if self._waiting:
                self._room.notify_all()

    def close(self) -> None:
        """Let everybody in who waits; the session's end is what they will run into next."""
        with self._room:
            self._closed = True
            self._room.notify_all()


@attrs.define(eq=False)
class _Episode:
    """One stretch of time in which realtime input is being dropped."""

    messages: int = 0
    size: int = 0


class Outbox:
    """Messages in the order in which they were accepted.  Owner: the actor; one thread.

    Args:
        meter: where the bound is and what leaves is counted out.

    Attributes:
        waiting: how many messages there are.
        bound: how many bytes it may hold.
        offline: whether there is no connection; what is dropped in that time is one episode.
        episodes: the stretches of time in which realtime input is being dropped, or was, and that nobody was told of.
    """

    def __init__(self, meter: OutboxMeter) -> None:
        self._meter = meter
        self._queue: deque[Queued] = deque()
        self._realtime: deque[Queued] = deque()  # the same objects, to find the oldest without a search
        self.waiting = 0
        self.bound = meter.bound
        self._held = 0
        self.episodes: dict[Lane, _Episode] = {}
        self.offline = False

    def add(self, queued: Queued) -> list[Queued]:
        """Append a message; return the realtime input that had to go for it, oldest first."""
        self._queue.append(queued)
        self.waiting += 1
        self._held += queued.size
        if queued.message.lane is not CONTROL:
            self._realtime.append(queued)
        dropped = []
        while self._realtime and self.is_full:
            dropped.append(self._drop(self._realtime.popleft()))
        self._compact()
        return dropped

    @property
    def is_full(self) -> bool:
        """Whether it holds more than the bound, or much more is on its way to it than that."""
        return self._held > self.bound or self._meter.queued_bytes > _MOST_COMING * self.bound

    def has_room(self, queued: Queued) -> bool:
        """Whether it would not be full with one more."""
        return self._held + queued.size <= self.bound

    def _compact(self) -> None:
        """Let go of what was dropped, now and then: where nothing is sent, its turn never comes."""
        if len(self._queue) > self.waiting * 5 // 4 + _MOST_DROPPED:
            self._queue = deque(item for item in self._queue if not item.dropped)

    def put_first(self, items: list[Queued]) -> None:
        """Put messages that were taken out back in front, in their order."""
        self._queue.extendleft(reversed(items))
        self._realtime.extendleft(reversed([item for item in items if item.message.lane is not CONTROL]))
        self.waiting += len(items)
        self._held += sum(item.size for item in items)

    def take(self, unwanted: Callable[[Queued], bool]) -> list[Queued]:
        """Take out the messages that are not wanted any more; return them, oldest first."""
        taken = [item for item in self._queue if not item.dropped and unwanted(item)]
        if taken:
            gone = set(map(id, taken))
            self._queue = deque(item for item in self._queue if id(item) not in gone)
            self._realtime = deque(item for item in self._realtime if id(item) not in gone)
            self.waiting -= len(taken)
        self._held = sum(item.size for item in self._queue if not item.dropped)  # who looks may have made one smaller
        return taken

    @property
    def requests(self) -> int:
        """How many of the messages ask for an answer."""
        return sum(1 for item in self._queue if item.message.asks and not item.dropped)

    def keep_recent(self, audio_ms: float) -> list[Queued]:
        """Drop realtime input that nobody will want to hear later, while there is no connection.

        Args:
            audio_ms: how much of the newest audio stays, in milliseconds; of video, the last frame does.

        Returns:
            What had to go, oldest first.
        """
        dropped, seen = [], False
        for item in reversed(self._realtime):
            if item.message.lane is Lane.VIDEO:
                late, seen = seen, True
            else:
                late, audio_ms = audio_ms <= 0, audio_ms - item.message.duration_ms
            if late:
                dropped.append(item)
        if dropped:
            gone = set(map(id, dropped))
            self._realtime = deque(item for item in self._realtime if id(item) not in gone)
        victims = [self._drop(item) for item in reversed(dropped)]
        self._compact()
        return victims

    def ends_what_is_not_begun(self, *, begun: bool) -> bool:
        """Whether the user's activity has to be begun anew on another connection: what waits ends it, or goes on in it.

        Args:
            begun: whether it goes on after all that waits.
        """
        for item in self._queue:
            if not item.dropped and item.message.kind in ACTIVITY_MARKS:
                return item.message.kind == ACTIVITY_END
        return begun

    def _drop(self, victim: Queued) -> Queued:
        victim.dropped = True  # it is passed over when its turn comes
        self.waiting -= 1
        self._held -= victim.size
        self._meter.release(victim.message)
        episode = self.episodes.setdefault(victim.message.lane, _Episode())
        episode.messages += 1
        episode.size += victim.size
        if victim.reply is not None:
            victim.reply.fail(OutboxFullError(self._meter.queued_bytes + victim.size, self.bound))
        return victim

    def pop(self) -> Queued:
        """Take out the oldest."""
        while True:
            queued = self._queue.popleft()
            if not queued.dropped:
                break
        self.waiting -= 1
        self._held -= queued.size
        if self._realtime and self._realtime[0] is queued:
            self._realtime.popleft()
        return queued

    def take_episodes(self, *, over: bool = False) -> list[tuple[Lane, int, int]]:
        """Return ``(lane, messages, bytes)`` of the episodes that are over: half the room is free again.

        Args:
            over: whether there will be no more.
        """
        relieved = not self.offline and self._meter.queued_bytes * 2 <= self.bound
        if not self.episodes or not (over or relieved):
            return []
        episodes, self.episodes = self.episodes, {}
        return [(lane, episode.messages, episode.size) for lane, episode in episodes.items()]

    def give_back(self, in_transport: list[Any]) -> list[Queued]:
        """Empty it: return what is not wholly with the kernel, oldest first."""
        rest = [item for item in in_transport if isinstance(item, Queued)]
        rest += [item for item in self._queue if not item.dropped]
        self._queue.clear()
        self._realtime.clear()
        self.waiting = self._held = 0
        for queued in rest:
            self._meter.release(queued.message)
        return rest
