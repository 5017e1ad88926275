"""What a music session publishes about itself, to be read without asking it."""

from __future__ import annotations

import attrs

from ..session.board import Board
from ..types import MusicGenerationConfig, WeightedPrompt


@attrs.frozen(kw_only=True)
class MusicSnapshot:
    """A music session at one moment; all ages in seconds, all sizes in bytes.

    Attributes:
        name: the session's name.
        status: as ``session.status``.
        model: the model.
        connection: how many connections there have been.
        connection_age: since the present one was ready; ``None`` without one.
        connect_ms: how long the last connect took.
        mailbox: commands that wait for the actor.
        outbox_messages: messages that wait to be sent.
        outbox_bytes: their size.
        waiting_senders: threads that wait for room, with ``OutboxPolicy(block=True)``.
        callback_queue: events that wait for the callbacks.
        listeners: iterators of ``events()`` that are fed.
        reconnects: how often the connection was replaced.
        messages_sent: messages that are with the kernel.
        messages_received: messages that came.
        last_inbound_age: since the server last said anything; ``None`` if it never did.
        slowest_callback: the slowest call of a callback in the last minute.
        prompts: those that were asked for last, on the way to others those of the moment.
        config: the whole configuration, as it was asked for last.
        playback: ``"PLAY"``, ``"PAUSE"`` or ``"STOP"``, whichever was asked for last.
        in_transition: whether the prompts are being changed by :meth:`MusicSession.transition`.
        chunks: how many pieces of music have come.
        audio_bytes: how many bytes of PCM that was.
        received_ms: how long that sounds, in milliseconds.
        ahead_ms: how much of it is not due yet; beside that a player has what it holds back.
        underruns: how often a player had nothing left.
        gap_ms: how long it was silent then, in milliseconds, all silences that are over together.
        filtered: how many prompts the service did not play.
    """

    name: str
    status: str
    model: str
    connection: int
    connection_age: float | None
    connect_ms: float | None
    mailbox: int
    outbox_messages: int
    outbox_bytes: int
    waiting_senders: int
    callback_queue: int
    listeners: int
    reconnects: int
    messages_sent: int
    messages_received: int
    last_inbound_age: float | None
    slowest_callback: float
    prompts: tuple[WeightedPrompt, ...]
    config: MusicGenerationConfig
    playback: str | None
    in_transition: bool
    chunks: int
    audio_bytes: int
    received_ms: float
    ahead_ms: float
    underruns: int
    gap_ms: float
    filtered: int


@attrs.define(eq=False, kw_only=True)
class MusicBoard(Board):
    """What there is to know of music besides.  Owner: the actor thread is the only writer."""

    prompts: tuple[WeightedPrompt, ...] = ()
    config: MusicGenerationConfig = attrs.field(factory=MusicGenerationConfig)
    playback: str | None = None
    in_transition: bool = False
    chunks: int = 0
    audio_bytes: int = 0
    received_ms: float = 0.0
    empty_at: float | None = None
    underruns: int = 0
    gap_ms: float = 0.0
    filtered: int = 0
