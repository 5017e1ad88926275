"""The actor half of a session: the program's commands in, and what a conversation makes of them."""

from __future__ import annotations

from typing import Any

from .._logging import get_logger
from ..actor import Reply
from ..exceptions import GeminiLiveError
from ..protocol import Trigger
from ..protocol.outgoing import ACTIVITY_END, ACTIVITY_MARKS
from . import commands
from .failures import verdict_of
from .keeping import HandleKeeper
from .outbox import Queued
from .tooling import ToolingServer

_log = get_logger("session")


class SessionServer(ToolingServer):
    """Takes the commands of a conversation.  Every method runs on the actor's thread."""

    def __init__(self, *arguments: Any, keeper: HandleKeeper, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._keeper = keeper

    def _take_call(self, request: Any, reply: Reply) -> None:
        if isinstance(request, commands.Update):
            self._update(request, reply)
        elif isinstance(request, commands.Park):
            self._park(request, reply)
        elif isinstance(request, commands.Declare):
            self._declare(request, reply)
        else:
            assert isinstance(request, commands.NextTurn)
            reply.answer(self._protocol.turns.next_number)

    def _take_cast(self, message: Any) -> None:
        if isinstance(message, commands.ToolAnswered):
            self._tool_answered(message)
        elif isinstance(message, commands.ToolCallbackFailed):
            self._tool_callback_failed(message)
        else:
            assert isinstance(message, commands.MarkPlayed)
            self._protocol.turns.mark_played(message.turn, message.milliseconds)

    def _take_info(self, message: Any) -> None:
        if isinstance(message, commands.ToolExpired):
            self._tool_expired(message)
        elif isinstance(message, commands.Park):
            if message is self._parking:
                self._park_expired()
        else:
            super()._take_info(message)

    def _try_again(self, error: BaseException) -> bool:
        return self._do_without_store(error) or super()._try_again(error)

    def _do_without_store(self, error: BaseException) -> bool:
        """Begin afresh if it may be a handle out of the store that is refused; return whether that is so."""
        suspect = isinstance(error, GeminiLiveError) and verdict_of(error).blames_handle
        if (
            self._opening is None
            or not (suspect and self._with_handle and self._setups.is_stored)
            or not self._trigger(Trigger.CONNECT_POSTPONED)
        ):
            return False
        _log.warning("%s: the handle out of the store is no good (%s)", self.actor.name, error)
        self._forget_handle()
        self._begin_dial(self._opening.timeout)
        return True

    def _keep_handle(self) -> None:
        if self._protocol.handle is not None and self._protocol.handle.safe:
            self._keeper.save(self._protocol.handle.value)

    def _forget_handle(self) -> None:
        super()._forget_handle()
        self._keeper.discard()

    def _say(self, queued: Queued) -> None:
        message = queued.message
        if message.kind in ACTIVITY_MARKS:
            self._protocol.marked(active=message.kind != ACTIVITY_END)
        if message.concerns or message.nameless:
            if self._is_late(queued):
                return
            if not self._wanted(queued):
                self._drop_stale(queued)
                return
            message = queued.message
        if message.asks:
            self._ask(queued)
            return
        if message.said:
            queued.turn = self._protocol.turns.next_number
            self._note_words(queued, queued.turn)
        elif message.ends_input:
            self._protocol.turns.input_ended(self._now())
        elif message.kind == "tool_response":
            self._protocol.tool_answered(message.answers, message.nameless)
            self._board.pending_tools = self._protocol.tool_calls.pending
            self._answered_by_hand(message.answers, message.nameless)
        if queued.toolbox is not None:
            self._toolbox = queued.toolbox
        self._send(queued)

    def _ask(self, queued: Queued) -> None:
        """Send what the model is to answer; if nothing else is to go with it, before it is noted: somebody waits."""
        if self.actor.waiting or not self._hand_over(queued):
            self._note_request(queued)
            self._send(queued)
            return
        assert self._transport is not None
        events = self._transport.service()
        self._note_request(queued)
        self._serve(events)

    def _note_request(self, queued: Queued) -> None:
        number = self._protocol.turns.request_sent(self._now())
        queued.turn = number
        self._note_words(queued, number)
        self._hub.exchange_numbered(number)
        if queued.watch is not None:
            self._hub.arm(queued.watch, number)

    def _note_words(self, queued: Queued, turn: int) -> None:
        for role, words in queued.message.said:
            self._transcript.asked(turn, role, words)
        if queued.message.said:
            queued.message = queued.message.like(said=())  # what waits is held once, as it is counted

    def _resume_work(self, now: float) -> None:
        super()._resume_work(now)
        self._update_done()

    def _let_helpers_go(self) -> None:
        self._keeper.close()

    def terminate(self, reason: BaseException | None) -> None:
        """Let go of everything, tell how it ended, and let everybody out who waits."""
        self._end_runs()
        super().terminate(reason)
