"""What the actor publishes about itself, to be read without asking it."""

from __future__ import annotations

import threading

import attrs

from ..protocol import Closed, State, Turn
from ..types import UsageMetadata


@attrs.frozen(kw_only=True)
class UsageTotals:
    """Tokens of all finished turns; ``prompt_tokens`` counts the context again at every turn, as the bill does."""

    turns: int = 0
    prompt_tokens: int = 0
    output_tokens: int = 0
    thoughts_tokens: int = 0
    total_tokens: int = 0

    def with_turn(self, turn: Turn) -> UsageTotals:
        """Return the totals with a finished turn added."""
        return self._plus(1, turn.usage)

    def with_spent(self, usage: UsageMetadata) -> UsageTotals:
        """Return the totals with what an answer has cost, whether or not it came to an end."""
        return self._plus(0, usage)

    def _plus(self, turns: int, usage: UsageMetadata | None) -> UsageTotals:
        spent = usage if usage is not None else _NOTHING
        return UsageTotals(
            turns=self.turns + turns,
            prompt_tokens=self.prompt_tokens + (spent.prompt_token_count or 0),
            output_tokens=self.output_tokens + spent.output_tokens,
            thoughts_tokens=self.thoughts_tokens + (spent.thoughts_token_count or 0),
            total_tokens=self.total_tokens + (spent.total_token_count or 0),
        )


_NOTHING = UsageMetadata()


@attrs.frozen(kw_only=True)
class Snapshot:
    """A session at one moment; all ages and times in seconds, all sizes in bytes.

    Attributes:
        name: the session's name.
        status: as ``session.status``.
        model: the model.
        session_id: the server's name for the session, if it gave one.
        connection: how many connections there have been.
        connection_age: since the present one was ready; ``None`` without one.
        connect_ms: how long the last connect took.
        time_left: until the server ends the connection, if it has said so.
        handle_age: since the newest resumption handle came; ``None`` without one.
        handle_safe: whether resuming with it would lose nothing.
        mailbox: commands that wait for the actor.
        outbox_messages: messages that wait to be sent.
        outbox_bytes: their size.
        waiting_senders: threads that wait for room, with ``OutboxPolicy(block=True)``.
        callback_queue: events that wait for the callbacks.
        listeners: iterators of ``events()`` and ``receive()`` that are fed.
        dropped_messages: realtime input dropped for want of room.
        dropped_bytes: its size.
        discarded_audio_bytes: speech that came and was discarded because the user interrupted it.
        pending_tools: ids of calls that nobody has answered.
        running_tools: calls that wait for a function which the library runs.
        stale_answers: answers that were dropped because the call's connection was gone.
        late_answers: answers that were dropped because the call had its answer, or was cancelled.
        reconnects: how often the connection was replaced.
        usage: tokens of all finished turns.
        messages_sent: messages that are with the kernel.
        messages_received: messages that came.
        last_inbound_age: since the server last said anything; ``None`` if it never did.
        slowest_callback: the slowest call of a callback in the last minute.
    """

    name: str
    status: str
    model: str
    session_id: str | None
    connection: int
    connection_age: float | None
    connect_ms: float | None
    time_left: float | None
    handle_age: float | None
    handle_safe: bool
    mailbox: int
    outbox_messages: int
    outbox_bytes: int
    waiting_senders: int
    callback_queue: int
    listeners: int
    dropped_messages: int
    dropped_bytes: int
    discarded_audio_bytes: int
    pending_tools: tuple[str, ...]
    running_tools: int
    stale_answers: int
    late_answers: int
    reconnects: int
    usage: UsageTotals
    messages_sent: int
    messages_received: int
    last_inbound_age: float | None
    slowest_callback: float


@attrs.define(eq=False, kw_only=True)
class Board:
    """Numbers and states that the actor writes and everybody may read, one attribute at a time.

    Owner: the actor thread is the only writer.
    """

    status: State = State.DISCONNECTED
    connection: int = 0
    connected_at: float | None = None
    connect_ms: float | None = None
    handle: str | None = attrs.field(default=None, repr=False)
    messages_sent: int = 0
    messages_received: int = 0
    last_inbound_at: float | None = None
    dropped_messages: int = 0
    dropped_bytes: int = 0
    closed: Closed | None = None
    ended: threading.Event = attrs.field(factory=threading.Event)


@attrs.define(eq=False, kw_only=True)
class LiveBoard(Board):
    """What there is to know of a conversation besides.  Owner: likewise."""

    session_id: str | None = None
    go_away_at: float | None = None
    handle_at: float | None = None
    handle_safe: bool = False
    pending_tools: tuple[str, ...] = ()
    running_tools: int = 0
    stale_answers: int = 0
    late_answers: int = 0
    usage: UsageTotals = UsageTotals()
