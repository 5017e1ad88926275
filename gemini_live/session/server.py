"""The actor half of a session: commands and socket events in, protocol decisions carried out, events published."""

from __future__ import annotations

from typing import Any

from .._logging import Redactor, get_logger
from ..actor import Reply, Server
from ..exceptions import ConnectError, GeminiLiveError, SessionClosed
from ..protocol import Event, FlightRecorder, LiveProtocol, State, Trigger
from ..protocol.outgoing import to_json
from ..protocol.state import CONNECTED, OVER
from ..transport import (
    ConnectionEnded,
    MessageReceived,
    PayloadSent,
    Poller,
    Ready,
    Transport,
    TransportEvent,
)
from . import commands
from .board import Board
from .connecting import Connecting
from .dispatcher import Dispatcher
from .ending import Ending, known_names, redacted_error, refused_setup, setup_error
from .hub import Hub
from .metrics import Metrics
from .options import Options
from .outbox import Outbox, OutboxMeter, Queued

_log = get_logger("session")
_TRANSPORT_BYTES = 65_536
"""What is handed to the transport at a time; the rest waits where realtime audio can still be dropped."""


class SessionServer(Server):
    """Owns the connection, the protocol, the timers and the outbox.  Every method runs on the actor's thread."""

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
        self._transport: Transport | None = None
        self._connecting = Connecting(options, redactor)
        self._closers: list[Reply] = []
        self.dispatcher: Dispatcher

    def handle_call(self, request: Any, reply: Reply) -> None:
        """Take a request that somebody waits for."""
        self._assert_owner()
        if isinstance(request, commands.Connect):
            self._connect(request, reply)
        elif isinstance(request, commands.Close):
            self._closers.append(reply)
            self._close(request)
        else:
            assert isinstance(request, commands.NextTurn)
            reply.answer(self._protocol.turns.next_number)

    def handle_cast(self, message: Any) -> None:
        """Take a command that nobody waits for."""
        self._assert_owner()
        if isinstance(message, commands.SendMessage):
            self._send(message)
        elif isinstance(message, commands.Close):
            self._close(message)
        elif isinstance(message, commands.MarkPlayed):
            self._protocol.turns.mark_played(message.turn, message.milliseconds)
        else:
            assert isinstance(message, commands.CallbackWasSlow)
            self._metrics.event("callback.slow", {"duration_ms": message.seconds * 1000}, {"callback": message.event})

    def handle_info(self, message: Any) -> None:
        """Take what happened: the socket is ready, a dial is through, a timer ran out."""
        if isinstance(message, Ready):
            channel: object = message.channel
            if self._transport is not None and channel is self._transport:  # not one that was dropped since
                self._serve(self._transport.service(message))
        elif isinstance(message, commands.DialFinished):
            self._dial_finished(message)
        elif isinstance(message, commands.ConnectExpired):
            self._connect_expired(message)
        else:
            assert isinstance(message, commands.CloseExpired)
            self._ending.note(1006, "the server did not answer the close in time", by="user")
            self.actor.stop()

    def handle_stop(self) -> None:
        """Take a stop as a wish to close within the session's own time."""
        self._close(commands.Close(self._options.close_timeout))

    def left_over(self, message: Any) -> None:
        """Give back a message that was accepted when it was too late, and drop a connection that came too late."""
        if isinstance(message, commands.SendMessage):
            self._ending.give_back(self._released(message.queued))
        elif isinstance(message, commands.DialFinished) and not isinstance(message.result, BaseException):
            message.result.abort()

    def _released(self, queued: Queued) -> Queued:
        self._meter.release(queued.message)
        return queued

    def refusal(self) -> Exception:
        """Return what callers are told after the end."""
        return self._ending.refusal()

    def _assert_owner(self) -> None:
        assert self.actor.ref.is_self(), "a session's state belongs to its own thread"

    def _connect(self, request: commands.Connect, reply: Reply) -> None:
        if self._protocol.state in OVER:
            reply.fail(self.refusal())
            return
        if not self._trigger(Trigger.CONNECT_ASKED):
            reply.fail(ConnectError(f"the session is {self._protocol.state} already; nothing was opened"))
            return
        self._recorder.note(self._now(), "dial", self._options.backend.name)
        self._metrics.event("transport.connect.start", {}, {"backend": self._options.backend.name})
        self._connecting.begin(self.actor, request.timeout, reply)

    def _dial_finished(self, message: commands.DialFinished) -> None:
        result = self._connecting.finished(message)
        if result is None:
            return
        if isinstance(result, BaseException):
            self._connect_failed(result)
            return
        self._transport = result
        self._trigger(Trigger.SOCKET_OPENED)
        self._metrics.event("transport.connect.stop", {"duration_ms": self._since_connect() * 1000}, {})
        result.attach(self._poller)
        payload = to_json(self._options.setup)
        self._recorder.note(self._now(), "sent", "setup", len(payload))
        result.send(payload)
        self._serve(result.service())

    def _since_connect(self) -> float:
        return self._now() - self._connecting.began

    def _connect_expired(self, message: commands.ConnectExpired) -> None:
        error = self._connecting.expired(message)
        if error is not None:
            self._connect_failed(error)

    def _connect_failed(self, error: BaseException) -> None:
        """Go back to where another connect may be tried, with no socket left."""
        reply = self._connecting.end()
        self._drop_connection()
        self._recorder.note(self._now(), "ended", type(error).__name__, code=getattr(error, "code", None))
        self._metrics.event("transport.connect.exception", {}, {"error": type(error).__name__})
        self._trigger(Trigger.CONNECT_FAILED)
        if reply is not None:
            reply.fail(error)

    def _drop_connection(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def _serve(self, events: list[TransportEvent]) -> None:
        """Take what the transport has to say, then give it what it can take."""
        self._handle(events)
        self._pump()

    def _handle(self, events: list[TransportEvent]) -> None:
        transport = self._transport
        for event in events:
            if self._transport is not transport:
                return  # it was dropped because of what it said: what it said after that is void
            if isinstance(event, MessageReceived):
                self._receive(event.payload)
            elif isinstance(event, PayloadSent):
                self._sent(event.receipt)
            elif isinstance(event, ConnectionEnded):
                self._connection_ended(event)

    def _pump(self) -> None:
        """Hand the transport what it can take; close it when that was wished and nothing is left."""
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
        self._outbox.sent(receipt)
        self._recorder.note(self._now(), "sent", receipt.message.kind, receipt.size)
        self._metrics.sent(receipt)

    def _receive(self, payload: str | bytes) -> None:
        now = self._now()
        protocol, before = self._protocol, self._protocol.state
        message = protocol.receive(payload, now)
        kinds = known_names(message)
        self._recorder.note(now, "received", kinds, len(payload))
        self._metrics.received(len(payload), kinds, now)
        self._note_protocol(before)
        if protocol.refusal is not None:
            self._connect_failed(refused_setup(protocol.refusal, self._redact))
        for event in protocol.take_events():
            self._publish(event, len(payload))
        if before is State.SETUP_PENDING and protocol.state is State.READY:
            self._ready(now)

    def _note_protocol(self, before: State) -> None:
        """Publish what the protocol has learned."""
        protocol, board = self._protocol, self._board
        if protocol.handle is not None:
            self._redact.add(protocol.handle.value)
            board.handle, board.handle_at = protocol.handle.value, protocol.handle.at
            board.handle_safe = protocol.handle.safe
        board.go_away_at, board.session_id = protocol.go_away_at, protocol.session_id
        board.pending_tools = protocol.tool_calls.pending
        if protocol.state is not before:
            self._note_state(before)

    def _ready(self, now: float) -> None:
        self._board.connected_at, self._board.connection = now, self._protocol.connection
        self._board.connect_ms = self._since_connect() * 1000
        self._metrics.event("session.ready", {"connect_ms": self._board.connect_ms}, {})
        _log.info("%s: ready on connection %d", self.actor.name, self._protocol.connection)
        reply = self._connecting.end()
        if reply is not None:
            reply.answer()

    def _connection_ended(self, end: ConnectionEnded) -> None:
        self._keep_unsent()
        reason = self._redact(end.reason)
        self._recorder.note(self._now(), "ended", "by the server" if end.by_peer else "here", code=end.code)
        self._metrics.event("transport.close", {}, {"code": end.code, "clean": end.clean})
        state = self._protocol.state
        if state is State.SETUP_PENDING:
            self._connect_failed(setup_error(end.code, reason))
            return
        if state in CONNECTED:
            self._ending.lost(end, reason, draining=state is State.DRAINING)
            self._trigger(Trigger.CONNECTION_LOST)
        else:
            self._ending.note(end.code, reason, by="user", clean=end.clean)
        self._transport = None
        self.actor.stop()

    def _keep_unsent(self) -> None:
        if self._transport is not None:
            for queued in self._outbox.give_back(self._transport.unsent):
                self._ending.give_back(queued)

    def _send(self, command: commands.SendMessage) -> None:
        message, now = command.queued.message, self._now()
        if message.asks:
            self._note_request(command, now)
        elif message.ends_input:
            self._protocol.turns.input_ended(now)
        elif message.kind == "tool_response":
            self._protocol.tool_answered(message.answers)
            self._board.pending_tools = self._protocol.tool_calls.pending
        if self._protocol.state in OVER:
            self._ending.give_back(self._released(command.queued))
            return
        for dropped in self._outbox.add(command.queued):
            self._metrics.dropped(dropped)
        self._pump()

    def _note_request(self, command: commands.SendMessage, now: float) -> None:
        number = self._protocol.turns.request_sent(now)
        self._hub.exchange_numbered(number)
        if command.watch is not None:
            self._hub.arm(command.watch, number)

    def _close(self, command: commands.Close) -> None:
        if not self._trigger(Trigger.CLOSE_ASKED):
            self.actor.send_after(command.timeout, commands.CloseExpired())  # the shortest wish counts
            return
        self._recorder.note(self._now(), "command", "close")
        self._ending.asked(command.code, command.reason)
        waiting = self._connecting.end()
        if waiting is not None:
            waiting.fail(SessionClosed(None, "close() was called while it was connecting"))
        if self._transport is None:
            self.actor.stop()
            return
        self.actor.send_after(command.timeout, commands.CloseExpired())
        self._pump()

    def terminate(self, reason: BaseException | None) -> None:
        """Let go of everything, tell how it ended, and let everybody out who waits."""
        self._keep_unsent()
        self._drop_connection()
        waiting = self._connecting.end()
        for lane, count, size in self._outbox.take_episodes(over=True):
            self._publish(self._metrics.overflow(lane, count, size))
        if reason is not None:
            self._ending.crashed(reason)
        closed = self._ending.closed()
        self._board.closed = closed
        if waiting is not None:
            waiting.fail(self.refusal())
        self._meter.close()
        if closed.error is not None:
            self._publish(Event("error", closed.error))
        self._publish(Event("close", closed))
        self._metrics.event("session.close", {}, {"code": closed.code, "by": closed.by, "clean": closed.clean})
        before, self._protocol.state = self._protocol.state, State.CLOSED
        self._note_state(before)
        self._hub.close(closed.error or self.refusal(), abnormal=closed.error is not None)
        self.dispatcher.finish()
        self._board.ended.set()
        for reply in self._closers:
            reply.answer()

    def _now(self) -> float:
        return self.actor.clock.monotonic()

    def _trigger(self, trigger: Trigger) -> bool:
        before = self._protocol.state
        if not self._protocol.trigger(trigger):
            return False
        self._note_state(before)
        return True

    def _note_state(self, before: State) -> None:
        state = self._protocol.state
        self._board.status = state
        self._recorder.note(self._now(), "transition", f"{before} -> {state}")
        _log.debug("%s: %s -> %s", self.actor.name, before, state)

    def _publish(self, event: Event, size: int = 0) -> None:
        if isinstance(event.value, GeminiLiveError):
            redacted_error(event.value, self._redact)
        self._metrics.published(event)
        if event.name == "interrupted":
            self.dispatcher.discard_audio(event.value.number)
        elif event.name == "turn_complete":
            self._metrics.turn(event.value)
        self._hub.publish(event, size)
        self.dispatcher.put(event)
