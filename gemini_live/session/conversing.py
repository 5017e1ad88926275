"""The part of a session's actor that follows a conversation: its turns, its calls, and what the server has of it."""

from __future__ import annotations

from typing import Any

from .._logging import get_logger
from ..exceptions import ConnectionLost
from ..protocol import Event, LiveProtocol, State
from ..protocol.answers import without
from ..protocol.outgoing import realtime_input
from ..protocol.replay import ReplayLog
from ..protocol.state import CONNECTED
from ..protocol.transcript import Transcript
from ..types import ServerMessage
from .board import LiveBoard
from .endpoint import EndpointServer
from .options import Options
from .outbox import Queued
from .turn_hub import TurnHub

_log = get_logger("session")
_STALE = "the answer is to a call of a connection that is gone, and nobody waits for it"


class ConversingServer(EndpointServer):
    """Owns what was said and what was sent.  Every method runs on the actor's thread."""

    _options: Options
    _protocol: LiveProtocol
    _board: LiveBoard
    _hub: TurnHub

    def __init__(self, options: Options, **keywords: Any) -> None:
        super().__init__(options, LiveProtocol(splits_tool_rounds=options.splits_tool_rounds), **keywords)
        self._replay: ReplayLog[Queued] = ReplayLog(options.outbox.max_bytes, transparent=options.transparent)
        self._transcript = Transcript()
        self._control_sent_at = float("-inf")
        self._cutting = False
        self._stale: list[Queued] = []

    def _calls_to_tell(self, event: Event) -> Event | None:
        """Take calls of the model's; return what the program is told of them, if anything."""
        raise NotImplementedError

    def _calls_cancelled(self, ids: tuple[str, ...]) -> None:
        """Take the server's word that it waits for some answers no more."""
        raise NotImplementedError

    def _keep_handle(self) -> None:
        """Take the server's word on how the session can be resumed."""
        raise NotImplementedError

    def _went_away(self, now: float) -> None:
        """Take the server's word that the connection will end."""
        raise NotImplementedError

    @property
    def _is_owed(self) -> bool:
        return self._protocol.turns.awaiting

    @property
    def _waits_since(self) -> float | None:
        return self._protocol.turns.waits_since

    def _went_out(self, queued: Queued, now: float) -> None:
        self._control_sent_at = now
        if self._options.reconnect is not None:
            self._count_passed()
            for forgotten in self._replay.sent(queued, queued.message, queued.turn, now):
                _log.warning("%s: a %s can't be sent again if need be", self.actor.name, forgotten.message.kind)

    def _count_passed(self) -> None:
        """Have the log know how many messages went out since it was last told of one: each of them has an index."""
        self._replay.passed(self._passed)
        self._passed = 0

    def _learned(self, message: ServerMessage, before: State, now: float) -> None:
        if message.session_resumption_update is not None:
            if before in CONNECTED:  # what comes before that can't speak of what this connection was told
                self._note_covered(message.session_resumption_update.last_consumed_client_message_index, now)
            self._keep_handle()

    def _told(self, message: ServerMessage, before: State, now: float) -> None:
        news = before is not State.DRAINING or message.go_away is not None
        if self._protocol.state is State.DRAINING and news:
            self._went_away(now)

    def _note_covered(self, consumed: int | None, now: float) -> None:
        """Note what a handle shows that the server has."""
        handle = self._protocol.handle
        if handle is not None and handle.safe:
            self._replay.handle_came(now, consumed)
        if consumed:
            self._worked()

    def _note_protocol(self) -> None:
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

    def _publish(self, event: Event) -> None:
        if event.name == "tool_call":
            told = self._calls_to_tell(event)
            if told is None:
                return
            event = told
        elif event.name == "tool_call_cancellation":
            self._calls_cancelled(event.value.ids or ())
        super()._publish(event)

    def _note_event(self, event: Event) -> None:
        if event.name == "interrupted":
            self.dispatcher.discard_audio(event.value.number)
        elif event.name == "turn_complete":
            self._board.usage = self._board.usage.with_turn(event.value)
            self._replay.answered(event.value.number)
            self._transcript.heard(event.value)
            if not self._cutting:
                self._worked()

    def _begin_activity_anew(self) -> None:
        """Say that the user is active, on a connection that does not know it; what was said before it is lost."""
        if self._outbox.ends_what_is_not_begun(begun=self._protocol.activity_open):
            message = realtime_input(activity_start=True)
            self._meter.count_again(message)
            self._outbox.put_first([Queued(message)])

    def _keep_unconfirmed(self) -> None:
        stale, self._stale = self._stale, []
        for queued in (*stale, *self._replay.unconfirmed):
            self._ending.unconfirmed(queued)

    def _void_calls(self) -> None:
        """Tell the program that nobody waits for its answers any more, and drop those that were not sent."""
        self._protocol.void_calls()
        self._board.pending_tools = self._protocol.tool_calls.pending
        self._publish_news()
        self._drop_stale_answers()

    def _cut_turns(self, now: float, *, exact: bool) -> None:
        """Tell the program what the loss of the connection has ended."""
        self._cutting = True
        spent = self._protocol.cut(now, repeated=self._outbox.requests, keep_calls=exact)
        if spent is not None:
            self._board.usage = self._board.usage.with_spent(spent)
        self._board.pending_tools = self._protocol.tool_calls.pending
        self._publish_news()
        self._cutting = False
        self._drop_stale_answers()

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
