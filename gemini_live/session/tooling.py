"""The part of a session's actor that sees to it that every call gets exactly one answer."""

from __future__ import annotations

from typing import Any

import attrs

from .._logging import get_logger
from ..actor import Reply
from ..exceptions import ConfigError, ToolError
from ..protocol import Event, State
from ..tools.function import FunctionTool
from ..types import FunctionCall, ToolCall
from . import commands
from .outbox import Queued
from .parking import ParkingServer
from .tool_runner import ToolRunner
from .tool_runs import Outcome, Pieces, Run, Runs

_log = get_logger("session")


class ToolingServer(ParkingServer):
    """Has the program's functions run, and gives up what nobody waits for.  Every method runs on the actor's thread.

    A call is answered by its function if the toolbox has it, by an error if the model has made it up or makes too
    many, and else by the program.  Whatever comes after the first answer is dropped and counted.
    """

    runner: ToolRunner

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._toolbox = self._options.toolbox
        self._runs = Runs()
        self._pieces = Pieces()

    def _settled(self) -> None:
        if not self._runs:  # one without an id is nothing that the protocol waits for
            super()._settled()

    def _calls_to_tell(self, event: Event) -> Event | None:
        """Take calls of the model's; return what the program is told of, ``None`` if there is nothing."""
        told = []
        for call in event.value.function_calls or ():
            if self._is_one_too_many(call):
                continue
            told.append(call)
            tool = self._toolbox.find(call.name)
            if call.partial_args or call.will_continue or self._pieces.ends(call):
                self._take_piece(call)
            elif tool is not None:
                self._run_call(call, tool)
            elif self._toolbox.invented(call.name):
                self._refuse_call(call, f"there is no function {call.name!r}", Outcome.UNKNOWN)
        self._note_runs()
        return attrs.evolve(event, value=ToolCall(function_calls=tuple(told))) if told else None

    def _take_piece(self, call: FunctionCall) -> None:
        """Take a piece of a call whose arguments are streamed, which a session's setup can't ask for.

        The program may put them together, from ``on_tool_call``; a function is not called with a part of its arguments.
        """
        name = self._pieces.take(call)
        if not call.will_continue and self._toolbox.find(name) is not None:
            words = "arguments that come in pieces are not taken: call again with all of them"
            self._refuse_call(attrs.evolve(call, name=name), words, Outcome.WRONG_ARGUMENTS)

    def _is_one_too_many(self, call: FunctionCall) -> bool:
        """Refuse a call if the model has made too many in this turn; the program is told of the first."""
        limit = self._options.max_tool_calls
        count = self._runs.count(self._protocol.turns.number)
        if count > limit:
            words = f"too many calls: at most {limit} are answered in one turn"
            self._refuse_call(call, words, Outcome.TOO_MANY)
            if count == limit + 1:
                self._publish(Event("error", ToolError(words, name=call.name or "", call_id=call.id)))
        return count > limit

    def _run_call(self, call: FunctionCall, tool: FunctionTool) -> None:
        run = Run(call, tool, self._now())
        self._runs.add(run)
        seconds = tool.timeout if tool.timeout is not None else self._options.tool_timeout
        if seconds != float("inf"):
            run.timer = self.actor.send_after(seconds, commands.ToolExpired(run, seconds))
        self.runner.start(run, tool)

    def _refuse_call(self, call: FunctionCall, words: str, outcome: Outcome) -> None:
        _log.warning("%s: a call of %s was refused: %s", self.actor.name, call.name, self._redact(words))
        run = Run(call, None, self._now())
        self._runs.add(run)
        self.runner.refuse(run, words, outcome)

    def _calls_cancelled(self, ids: tuple[str, ...]) -> None:
        """Give up calls whose answers nobody wants."""
        for run in self._runs.of(ids):
            self._give_up_run(run)
        self._note_runs()

    def _answered_by_hand(self, ids: tuple[str, ...], nameless: tuple[str, ...]) -> None:
        """Give up calls that a function would have answered, and that have their answer by now."""
        self._calls_cancelled(ids)
        for name in nameless:
            run = next((run for run in self._runs.nameless() if run.name == name), None)
            if run is not None:
                self._give_up_run(run)
        self._note_runs()

    def _void_calls(self) -> None:
        super()._void_calls()
        for run in self._runs.nameless():
            self._give_up_run(run)
        self._note_runs()

    def _cut_turns(self, now: float, *, exact: bool) -> None:
        super()._cut_turns(now, exact=exact)
        for run in self._runs.nameless():  # no handle covers an open call
            self._give_up_run(run)
        self._note_runs()

    def _give_up_run(self, run: Run) -> None:
        if self._runs.end(run):
            self.runner.abandon(run)
            self._note_outcome(run, Outcome.CANCELLED)

    def _tool_answered(self, news: commands.ToolAnswered) -> None:
        """Take the answer, or a part of it, of a function to its call."""
        run, queued = news.run, news.queued
        if run.over:
            if queued is not None:
                self._meter.release(queued.message)
            self._board.late_answers += 1
            _log.info("%s: an answer of %s came when nobody waited for it", self.actor.name, run.name)
            return
        if news.outcome is not None:
            self._runs.end(run)
            self._note_outcome(run, news.outcome)
        if queued is not None:
            self._say(queued)
        else:  # nobody can answer it, so nothing waits for that
            self._settle_call(run.call)
        if news.failure is not None:
            self._publish(Event("error", news.failure))
        self._note_runs()

    def _settle_call(self, call: FunctionCall) -> None:
        self._protocol.tool_answered((call.id,) if call.id else (), () if call.id else (call.name or "",))
        self._board.pending_tools = self._protocol.tool_calls.pending

    def _is_late(self, queued: Queued) -> bool:
        """Take answers to calls that have theirs, or were cancelled, out of a message; return whether nothing is left.

        A second answer is a protocol error, or taken for the answer to another call.
        """
        calls, message = self._protocol.tool_calls, queued.message
        late, nameless = calls.late(message.concerns), calls.late_nameless(message.nameless)
        if not (late or nameless):
            return False
        count = len(late) + len(nameless)
        self._board.late_answers += count
        _log.warning("%s: %d answers came to calls that were answered or cancelled before", self.actor.name, count)
        if self._strip(queued, late, nameless):
            return False
        self._meter.release(queued.message)
        if queued.reply is not None:
            words = "the call has its answer already, or was cancelled"
            call_id = late[0] if late else None
            queued.reply.fail(ToolError(words, name="send_tool_response", call_id=call_id))
        return True

    def _tool_expired(self, news: commands.ToolExpired) -> None:
        if not news.run.over:
            self.runner.expired(news.run, news.seconds)
            self.runner.abandon(news.run)

    def _tool_callback_failed(self, news: commands.ToolCallbackFailed) -> None:
        """Answer calls whose callback has raised, unless they have their answer or are run here."""
        for call in news.calls:
            waits = (call.id or call.name) in self._protocol.tool_calls.pending
            if waits and not self._runs.has(call):
                self._refuse_call(call, news.words, Outcome.ERROR)

    def _declare(self, request: commands.Declare, reply: Reply) -> None:
        """Take another setup before there is a connection."""
        if self._protocol.state is not State.DISCONNECTED:
            reply.fail(ConfigError("tools are registered before connect(); later, use update(tools=…)", path="tools"))
            return
        self._setups.propose(request.setup)
        self._setups.accept()
        self._toolbox = request.toolbox
        reply.answer()

    def _update_done(self) -> None:
        if self._wants_change is not None and self._wants_change.toolbox is not None:
            self._toolbox = self._wants_change.toolbox
        super()._update_done()

    def _end_runs(self) -> None:
        """Let all functions know that nobody waits for them, and the workers end."""
        for run in self._runs.all():
            self._give_up_run(run)
        self._note_runs()
        self.runner.workers.close()

    def _note_runs(self) -> None:
        self._board.running_tools = len(self._runs)

    def _note_outcome(self, run: Run, outcome: Outcome) -> None:
        self._recorder.note(self._now(), "command", f"tool {outcome.value}")
        self._metrics.event(
            "session.tool_result",
            {"duration_ms": (self._now() - run.began) * 1000},
            {"tool": run.name, "outcome": outcome.value},
        )
