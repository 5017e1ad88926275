"""The part of a session's actor that has the connection: events in, messages out, news published."""

from __future__ import annotations

from typing import Any

from .._logging import Redactor, get_logger
from ..actor import Server, TimerRef
from ..exceptions import ConnectionLost, GeminiLiveError
from ..protocol import Event, FlightRecorder, LiveProtocol, State, Trigger
from ..protocol.answers import without
from ..protocol.outgoing import Lane, realtime_input
from ..protocol.replay import ReplayLog
from ..protocol.state import CONNECTED
from ..protocol.transcript import Transcript
from ..transport import ConnectionEnded, MessageReceived, PayloadSent, Poller, PongReceived, Transport, TransportEvent
from .board import Board
from .dispatcher import Dispatcher
from .ending import Ending, known_names, redacted_error
from .hub import Hub
from .metrics import Metrics
from .options import Options
from .outbox import Outbox, OutboxMeter, Queued

_log = get_logger("session")
_STALE = "the answer is to a call of a connection that is gone, and nobody waits for it"
_TRANSPORT_BYTES = 65_536
"""What is handed to the transport at a time; the rest waits where realtime audio can still be dropped."""


class LinkServer(Server):
    """Owns the connection, the protocol and the outbox.  Every method runs on the actor's thread."""

    dispatcher: Dispatcher

    def __init__(
        self,
        options: Options,
        *,
        poller: Poller,
        board: Board,
        hub: Hub,
        meter: OutboxMeter,
        recorder: FlightRecorder,
        redactor: Redactor,
    ) -> None:
        self._options = options
        self._poller = poller
        self._board = board
        self._hub = hub
        self._meter = meter
        self._recorder = recorder
        self._redact = redactor
        self._outbox = Outbox(meter)
        self._protocol = LiveProtocol(splits_tool_rounds=options.splits_tool_rounds)
        self._metrics = Metrics(options, board)
        self._ending = Ending(board, recorder)
        self._replay: ReplayLog[Queued] = ReplayLog(options.outbox.max_bytes, transparent=options.transparent)
        self._transcript = Transcript()
        self._transport: Transport | None = None
        self._heard_at = 0.0
        self._control_sent_at = float("-inf")
        self._cutting = False
        self._stale: list[Queued] = []

    def _ready(self, now: float) -> None:
        """Take the server's word that the setup is complete."""
        raise NotImplementedError

    def _setup_refused(self) -> None:
        """Take an error document that came in place of that."""
        raise NotImplementedError

    def _connection_ended(self, end: ConnectionEnded) -> None:
        """Take the end of the connection."""
        raise NotImplementedError

    def _worked(self) -> None:
        """Take a sign that the connection is good for something."""
        raise NotImplementedError

    def _calls_to_tell(self, event: Event) -> Event | None:
        """Take calls of the model's; return what the program is told of them, if anything."""
        raise NotImplementedError

    def _calls_cancelled(self, ids: tuple[str, ...]) -> None:
        """Take the server's word that it waits for some answers no more."""
        raise NotImplementedError

    def _settled(self) -> None:
        """Look whether something that waits for a quiet moment can be done."""
        raise NotImplementedError

    def _keep_handle(self) -> None:
        """Take the server's word on how the session can be resumed."""
        raise NotImplementedError

    def _went_away(self, now: float) -> None:
        """Take the server's word that the connection will end."""
        raise NotImplementedError

    def _now(self) -> float:
        return self.actor.clock.monotonic()

    def _assert_owner(self) -> None:
        assert self.actor.ref.is_self(), "a session's state belongs to its own thread"

    def _serve(self, events: list[TransportEvent]) -> None:
        """Take what the transport has to say, then give it what it can take."""
        self._handle(events)
        self._pump()
        self._settled()

    def _handle(self, events: list[TransportEvent]) -> None:
        transport = self._transport
        for event in events:
            if self._transport is not transport:
                return  # it was dropped because of what it said: what it said after that is void
            if isinstance(event, MessageReceived):
                self._receive(event.payload)
            elif isinstance(event, PayloadSent):
                self._sent(event.receipt)
            elif isinstance(event, PongReceived):
                self._heard_at = self._now()
            else:
                self._connection_ended(event)

    def _pump(self) -> None:
        """Hand the transport what it can take; close it when that was wished and nothing is left."""
        closing = self._protocol.state is State.CLOSING
        if self._protocol.state in CONNECTED or closing:
            while self._transport is not None and self._outbox and self._transport.buffered < _TRANSPORT_BYTES:
                while self._outbox and self._transport.buffered < _TRANSPORT_BYTES:
                    queued = self._outbox.pop()
                    self._transport.send(queued.message.payload, queued)
                self._handle(self._transport.service())
        for lane, count, size in self._outbox.take_episodes():
            self._publish(self._metrics.overflow(lane, count, size))
        if self._transport is not None and self._protocol.state is State.CLOSING and not self._outbox:
            self._transport.close(self._ending.close_code, self._ending.close_reason)
            self._handle(self._transport.service())

    def _sent(self, receipt: Any) -> None:
        assert isinstance(receipt, Queued)
        now = self._now()
        self._outbox.sent(receipt)
        self._recorder.note(now, "sent", receipt.message.kind, receipt.size)
        self._metrics.sent(receipt)
        if receipt.message.lane is Lane.CONTROL:
            self._control_sent_at = now
        if self._options.reconnect is not None:
            for forgotten in self._replay.sent(receipt, receipt.message, receipt.turn, now):
                _log.warning("%s: a %s can't be sent again if need be", self.actor.name, forgotten.message.kind)

    def _receive(self, payload: str | bytes) -> None:
        now = self._heard_at = self._now()
        protocol, before = self._protocol, self._protocol.state
        message = protocol.receive(payload, now)
        kinds = known_names(message)
        self._recorder.note(now, "received", kinds, len(payload))
        self._metrics.received(len(payload), kinds, now)
        self._note_protocol(before)
        if protocol.refusal is not None:
            self._setup_refused()
        elif message is not None and message.session_resumption_update is not None:
            if before in CONNECTED:  # what comes before that can't speak of what this connection was told
                self._note_covered(message.session_resumption_update.last_consumed_client_message_index, now)
            self._keep_handle()
        if protocol.state in CONNECTED and before not in CONNECTED:
            self._publish_news(len(payload))
            self._ready(now)
        self._publish_news(len(payload))
        news = before is not State.DRAINING or (message is not None and message.go_away is not None)
        if protocol.state is State.DRAINING and news:
            self._went_away(now)

    def _publish_news(self, size: int = 0) -> None:
        for event in self._protocol.take_events():
            self._publish(event, size)

    def _note_covered(self, consumed: int | None, now: float) -> None:
        """Note what a handle shows that the server has."""
        handle = self._protocol.handle
        if handle is not None and handle.safe:
            self._replay.handle_came(now, consumed)
        if consumed:
            self._worked()

    def _note_protocol(self, before: State) -> None:
        """Publish what the protocol has learned."""
        protocol, board = self._protocol, self._board
        if protocol.handle is not None:
            if board.handle != protocol.handle.value:
                self._redact.add_passing(protocol.handle.value)
            board.handle, board.handle_at = protocol.handle.value, protocol.handle.at
            board.handle_safe = protocol.handle.safe
        else:
            board.handle, board.handle_at, board.handle_safe = None, None, False
        board.go_away_at, board.session_id = protocol.go_away_at, protocol.session_id
        board.pending_tools = protocol.tool_calls.pending
        if protocol.state is not before:
            self._note_state(before)

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

    def _publish(self, event: Event, size: int = 0) -> None:
        if event.name == "tool_call":
            told = self._calls_to_tell(event)
            if told is None:
                return
            event = told
        elif event.name == "tool_call_cancellation":
            self._calls_cancelled(event.value.ids or ())
        if isinstance(event.value, GeminiLiveError):
            redacted_error(event.value, self._redact)
        self._metrics.published(event)
        if event.name == "interrupted":
            self.dispatcher.discard_audio(event.value.number)
        elif event.name == "turn_complete":
            self._metrics.turn(event.value)
            self._replay.answered(event.value.number)
            self._transcript.heard(event.value)
            if not self._cutting:
                self._worked()
        self._hub.publish(event, size)
        self.dispatcher.put(event)

    def _begin_activity_anew(self) -> None:
        """Say that the user is active, on a connection that does not know it; what was said before it is lost."""
        if self._outbox.ends_what_is_not_begun(begun=self._protocol.activity_open):
            message = realtime_input(activity_start=True)
            self._meter.count_again(message)
            self._outbox.put_first([Queued(message)])

    def _drop_connection(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def _keep_unsent(self) -> None:
        """Give back what is not with the kernel, because nothing will be sent any more."""
        held = self._transport.unsent if self._transport is not None else []
        for queued in self._outbox.give_back(held):
            self._ending.give_back(queued)

    def _keep_unconfirmed(self) -> None:
        """Give back what was on its way when the connection was lost."""
        stale, self._stale = self._stale, []
        for queued in (*stale, *self._replay.unconfirmed):
            self._ending.unconfirmed(queued)

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

    def _wanted(self, queued: Queued) -> bool:
        """Take answers to calls of a connection that is gone out of a message; return whether anything is left."""
        stale = self._protocol.tool_calls.stale(queued.message.concerns)
        if not stale:
            return True
        self._board.stale_answers += len(stale)
        if not self._strip(queued, stale):
            return False
        _log.warning("%s: answers to calls of an earlier connection were taken out of others", self.actor.name)
        return True

    def _strip(self, queued: Queued, calls: tuple[str, ...], names: tuple[str, ...] = ()) -> bool:
        """Take the answers to some calls out of a message; return whether anything is left."""
        left = without(queued.message, calls, names)
        if left is None:
            return False
        self._meter.release(queued.message)
        self._meter.count_again(left)
        queued.message = left
        return True

    def _drop_stale_answers(self) -> None:
        for queued in self._outbox.take(lambda item: not self._wanted(item)):
            self._drop_stale(queued)

    def _drop_stale(self, queued: Queued) -> None:
        """Drop an answer to calls of a connection that is gone: no server waits for it."""
        self._meter.release(queued.message)
        if self._protocol.state not in CONNECTED or self._cutting:
            self._stale.append(queued)
        _log.warning("%s: an answer to a call of an earlier connection was dropped", self.actor.name)
        if queued.reply is not None:
            queued.reply.fail(ConnectionLost(1006, _STALE, phase="session", retryable=False, resumable=False))
