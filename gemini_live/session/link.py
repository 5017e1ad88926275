"""The part of a session's actor that has the connection: events in, messages out, news published."""

from __future__ import annotations

from typing import Any, cast

from .._logging import Redactor, get_logger
from ..actor import Server, TimerRef
from ..exceptions import GeminiLiveError
from ..protocol import Event, FlightRecorder, State, Trigger
from ..protocol.endpoint import EndpointProtocol
from ..protocol.outgoing import CONTROL
from ..protocol.state import CONNECTED
from ..transport import (
    Channel,
    ConnectionEnded,
    MessageReceived,
    PayloadsSent,
    Poller,
    PongReceived,
    Ready,
    Transport,
    TransportEvent,
)
from .board import Board
from .dispatcher import Dispatcher
from .ending import Ending, known_names, redacted_error
from .hub import Hub
from .metrics import Metrics
from .outbox import Outbox, OutboxMeter, Queued
from .running import RunningOptions

_log = get_logger("session")
_TAKES_MESSAGES = (*CONNECTED, State.CLOSING)
TRANSPORT_BYTES = 65_536
"""What is handed to the transport at a time; the rest waits where realtime audio can still be dropped."""


class LinkServer(Server):
    """Owns the connection, the protocol and the outbox.  Every method runs on the actor's thread.

    Args:
        options: what the session was started with.
        protocol: what its endpoint means.
        poller: where the actor rests.
        board: where it publishes what it knows of itself.
        hub: who hears of events besides the callbacks.
        meter: the bound on what waits to be sent.
        recorder: where frames, commands and transitions are noted.
        redactor: what must never be shown.
    """

    dispatcher: Dispatcher

    def __init__(
        self,
        options: RunningOptions,
        protocol: EndpointProtocol[Any],
        *,
        poller: Poller,
        board: Board,
        hub: Hub,
        meter: OutboxMeter,
        recorder: FlightRecorder,
        redactor: Redactor,
    ) -> None:
        self._options = options
        self._now = options.clock.monotonic
        self._callbacks = options.callbacks
        self._protocol = protocol
        self._poller = poller
        self._board = board
        self._hub = hub
        self._meter = meter
        self._recorder = recorder
        self._redact = redactor
        self._outbox = Outbox(meter)
        self._metrics = Metrics(options, board)
        self._ending = Ending(board, recorder)
        self._transport: Transport | None = None
        self._heard_at = 0.0
        self._passed = 0
        """Pieces of realtime media that are with the kernel, since anybody asked."""
        self._unserved = 0
        """Messages that the transport, or the outbox, was given since the transport was last served."""

    def _ready(self, now: float) -> None:
        """Take the server's word that the setup is complete."""
        raise NotImplementedError

    def _setup_refused(self) -> None:
        """Take an error document that came in place of that."""
        raise NotImplementedError

    def _connection_ended(self, end: ConnectionEnded) -> None:
        """Take the end of the connection."""
        raise NotImplementedError

    def _learned(self, message: Any, before: State, now: float) -> None:
        """Take what a message says to this side, before the program is told of it."""

    def _told(self, message: Any, before: State, now: float) -> None:
        """Do what a message asks for, when the program was told of it."""

    @property
    def _awaits_quiet(self) -> bool:
        """Whether something waits for a quiet moment."""
        return False

    def _settled(self) -> None:
        """Look whether what waits for a quiet moment can be done."""

    def _went_out(self, queued: Queued, now: float) -> None:
        """Take note of a message that is with the kernel and is no realtime media."""

    def _serve(self, events: list[TransportEvent]) -> None:
        """Take what the transport has to say, then give it what it can take."""
        self._handle(events)
        self._pump()
        if self._awaits_quiet:
            self._settled()

    def _handle(self, events: list[TransportEvent]) -> None:
        transport = self._transport
        hurry, more = len(events) > 1, False
        for event in events:
            if self._transport is not transport:
                return  # it was dropped because of what it said: what it said after that is void
            if isinstance(event, MessageReceived):
                self._receive(event.payload)
                more = event.more
                if hurry or more:  # who waits for the first of several need not wait for the others
                    hurry = False
                    self.dispatcher.hurry()
            elif isinstance(event, PayloadsSent):
                self._sent(event.receipts)
            elif isinstance(event, PongReceived):
                self._heard_at = self._now()
            else:
                self._connection_ended(event)
        if more and transport is not None and self._transport is transport:
            self._handle(transport.service(Ready(cast("Channel", transport), readable=True, writable=False)))

    def _pump(self) -> None:
        """Hand the transport what it can take; close it when that was wished and nothing is left."""
        unserved, self._unserved = self._unserved, 0
        outbox = self._outbox
        if unserved and self._transport is not None:
            self._handle(self._transport.service())
        if not (outbox.waiting or outbox.episodes or self._protocol.state is State.CLOSING):
            return
        while self._protocol.state in _TAKES_MESSAGES and (transport := self._transport) is not None:
            if not outbox.waiting or transport.buffered >= TRANSPORT_BYTES:
                break
            while outbox.waiting and transport.buffered < TRANSPORT_BYTES:
                queued = outbox.pop()
                transport.send(queued.message.payload, queued)
            self._handle(transport.service())
        if outbox.episodes:
            for lane, count, size in outbox.take_episodes():
                self._publish(self._metrics.overflow(lane, count, size))
        if self._transport is not None and self._protocol.state is State.CLOSING and not outbox.waiting:
            self._transport.close(self._ending.close_code, self._ending.close_reason)
            self._handle(self._transport.service())

    def _sent(self, sent: list[Queued]) -> None:
        now, size, control = self._now(), 0, 0
        for queued in sent:
            assert isinstance(queued, Queued)
            message = queued.message
            length = len(message.payload)
            size += length
            if message.lane is CONTROL:
                control += length
                self._went_out(queued, now)
            else:
                self._passed += 1
            self._recorder.note(now, "sent", message.kind, length)
        self._meter.release_sent(len(sent), size, control)
        self._metrics.sent(sent)
        for queued in sent:
            if queued.reply is not None:
                queued.reply.answer()

    def _receive(self, payload: str | bytes) -> None:
        now = self._heard_at = self._now()
        protocol, before, size = self._protocol, self._protocol.state, len(payload)
        message = protocol.receive(payload, now, whole=self._hub.hears_everything or self._callbacks.wants_messages)
        is_plain = message is not None and message is protocol.plain
        kinds = "serverContent" if is_plain else known_names(message)
        self._recorder.note(now, "received", kinds, size)
        self._metrics.received(size, kinds, now)
        if message is not None:
            self._hub.received(protocol.sound or payload, None if is_plain else message)
        if is_plain:  # nothing but words or sound, which nobody but callbacks can want: there is nothing else to learn
            for event in protocol.take_events():
                self.dispatcher.put(event)
            return
        self._note_protocol()
        self._note_state(before)
        if protocol.refusal is not None:
            self._setup_refused()
        elif message is not None:
            self._learned(message, before, now)
        if protocol.state in CONNECTED and before not in CONNECTED:
            self._publish_news()
            self._ready(now)
        self._publish_news()
        if message is not None:
            self._told(message, before, now)

    def _publish_news(self) -> None:
        for event in self._protocol.take_events():
            self._publish(event)

    def _note_protocol(self) -> None:
        """Publish on the board what the protocol has learned."""

    def _trigger(self, trigger: Trigger) -> bool:
        before = self._protocol.state
        if not self._protocol.trigger(trigger):
            return False
        self._note_state(before)
        return True

    def _note_state(self, before: State) -> None:
        state = self._protocol.state
        if state is before:
            return
        self._board.status = state
        self._recorder.note(self._now(), "transition", f"{before} -> {state}")
        _log.debug("%s: %s -> %s", self.actor.name, before, state)

    def _publish(self, event: Event) -> None:
        """Tell everybody of an event."""
        if isinstance(event.value, GeminiLiveError):
            redacted_error(event.value, self._redact)
        self._metrics.published(event)
        self._note_event(event)
        self._hub.publish(event)
        self.dispatcher.put(event)

    def _note_event(self, event: Event) -> None:
        """Take note of an event, before the program is told of it."""

    def _drop_connection(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def _keep_unsent(self) -> None:
        """Give back what is not with the kernel, because nothing will be sent any more."""
        held = self._transport.unsent if self._transport is not None else []
        for queued in self._outbox.give_back(held):
            self._give_back(queued)

    def _give_back(self, queued: Queued) -> None:
        """Give back a message that will not be sent."""
        self._ending.give_back(queued)

    def _keep_unconfirmed(self) -> None:
        """Give back what was on its way when the connection was lost."""

    def _cancel(self, timer: TimerRef | None) -> None:
        if timer is not None:
            timer.cancel()

    def _take_back(self) -> None:
        """Put what is not with the kernel in front of what waits, because another connection will take it."""
        if self._transport is not None:
            self._outbox.put_first([item for item in self._transport.unsent if isinstance(item, Queued)])
        self._outbox.offline = True
        self._forget_late_media()

    def _forget_late_media(self) -> None:
        """Drop the realtime input that nobody will want to hear when there is a connection again."""
        for dropped in self._outbox.keep_recent(self._options.outbox.offline_audio_ms):
            self._metrics.dropped(dropped)
