"""Runs the program's functions on the tool workers, and makes their answers."""

from __future__ import annotations

import contextlib
import contextvars
import inspect
import traceback
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import attrs

from .._logging import Redactor, get_logger
from .._texts import text_of, told
from ..exceptions import ConfigError, ToolError
from ..protocol import answers
from ..protocol.outgoing import Outgoing
from ..protocol.preflight import GEMINI
from ..tools.forms import ArgumentsError
from ..tools.function import FunctionTool
from ..tools.results import UnsendableError, answer_of, error_of
from ..tools.workers import Job, Workers
from ..types import FunctionResponse, FunctionResponseScheduling
from . import commands
from .current import set_current, set_current_tool
from .options import Options
from .outbox import OutboxMeter, Queued
from .tool_context import ToolContext
from .tool_runs import Outcome, Run

if TYPE_CHECKING:
    from .session import Session

_log = get_logger("tools")
_CAUSES = 20
_PART_SLICE = 0.25  # seconds; while a part waits for room, it is looked whether anybody still wants it


class ToolRunner:
    """Shared: the actor starts and abandons, the tool workers run.  It keeps nothing but its workers.

    Args:
        options: the session's.
        name: the session's thread's name.
        context: the context in which ``start_link`` was called; every tool runs in a copy of it.
        session: returns the session while it is alive.
        meter: where answers are counted in: they are always accepted, as the model waits for them.
        redact: takes secrets out of what the model is told of an exception.
        tell: puts something into the actor's mailbox.
    """

    def __init__(
        self,
        options: Options,
        *,
        name: str,
        context: contextvars.Context,
        session: Callable[[], Session | None],
        meter: OutboxMeter,
        redact: Redactor,
        tell: Callable[[object], None],
    ) -> None:
        self._options = options
        self._context = context
        self._session = session
        self._meter = meter
        self._redact = redact
        self._tell = tell
        self.workers = Workers(f"{name}:tool", options.max_tool_workers)

    def start(self, run: Run, tool: FunctionTool) -> None:
        """Have a call answered.  Actor thread."""
        run.job = Job(lambda: self._work(run, tool))
        self.workers.submit(run.job)

    def abandon(self, run: Run) -> None:
        """Wait no more for a call's function, and let it know.  Actor thread."""
        run.cancelled.set()
        if run.job is not None:
            self.workers.abandon(run.job)

    def refuse(self, run: Run, words: str, outcome: Outcome) -> None:
        """Answer a call that is not run.  Any thread."""
        self._finish(run, error_of(words), outcome)

    def _safe(self, answer: FunctionResponse) -> FunctionResponse:
        """Take this session's secrets out of an error that the model is told."""
        error = (answer.response or {}).get("error")
        return attrs.evolve(answer, response={"error": self._redact(error)}) if isinstance(error, str) else answer

    def expired(self, run: Run, seconds: float) -> None:
        """Answer a call whose time is up.  Actor thread."""
        words = f"no result within {seconds:g} s"
        self._finish(run, error_of(words), Outcome.TIMEOUT, self._failure(run, words))

    def _work(self, run: Run, tool: FunctionTool) -> None:
        """Do a call.  A tool worker; nothing is raised."""
        if run.cancelled.is_set():
            return
        try:
            arguments = tool.bind(run.call.args)
        except ArgumentsError as error:
            self._finish(run, error_of(text_of(error)), Outcome.WRONG_ARGUMENTS)
            return
        try:
            answer = self._context.copy().run(self._call, run, tool, arguments)
        except UnsendableError as error:
            words = f"the result can't be sent: {error}"
            self._finish(run, error_of(words), Outcome.ERROR, self._failure(run, words))
        except BaseException as error:  # noqa: BLE001 - a stranger's code
            _let_go(error)
            words = told(error)
            self._finish(run, error_of(words), Outcome.ERROR, self._failure(run, words, error))
        else:
            self._finish(run, answer, Outcome.RESULT)

    def _call(self, run: Run, tool: FunctionTool, arguments: dict[str, Any]) -> FunctionResponse:
        set_current(self._session())
        set_current_tool(self._session(), waited_for=tool.blocks(self._options.profile) is True)
        if tool.context is not None:
            arguments[tool.context] = self._context_of(run, tool)
        result = tool.function(**arguments)
        if inspect.iscoroutine(result):
            import asyncio  # noqa: PLC0415 - only programs with async tools pay for it

            result = asyncio.run(result)
        if tool.streams and inspect.isgenerator(result):
            return self._stream(run, tool, result)
        return answer_of(result, run.cancelled.is_set)

    def _context_of(self, run: Run, tool: FunctionTool) -> ToolContext:
        def progress(result: Any, scheduling: FunctionResponseScheduling | str | None) -> None:
            try:
                self._send_part(run, tool, attrs.evolve(answer_of(result), **_given(scheduling)))
            except (UnsendableError, ConfigError) as error:
                raise ToolError(f"the result can't be sent: {error}", name=run.name, call_id=run.call.id) from error

        waits = tool.blocks(self._options.profile) is not False
        takes_parts = self._options.backend.name == GEMINI and not (waits and self._options.strict)
        return ToolContext(
            call_id=run.call.id,
            name=run.name,
            cancelled=run.cancelled,
            session=self._session,
            progress=progress if takes_parts else None,
        )

    def _stream(self, run: Run, tool: FunctionTool, parts: Generator[Any, Any, Any]) -> FunctionResponse:
        """Send what a generator yields, and return what it returns; nothing ends the call without a word."""
        while True:
            try:
                part = next(parts)
            except StopIteration as end:
                if end.value is not None:
                    return answer_of(end.value)
                return FunctionResponse(response={}, scheduling=FunctionResponseScheduling.SILENT)
            if run.cancelled.is_set():
                parts.close()
                return FunctionResponse(response={})
            self._send_part(run, tool, answer_of(part))

    def _send_part(self, run: Run, tool: FunctionTool, answer: FunctionResponse) -> None:
        """Send a part when there is room for it: a tool may be faster than the network for a long time."""
        message = self._message(run, tool, attrs.evolve(answer, will_continue=True))
        while not run.cancelled.is_set():
            if self._meter.wait_for_room(message, _PART_SLICE):
                self._tell(commands.ToolAnswered(run, Queued(message)))
                return

    def _finish(self, run: Run, answer: FunctionResponse, outcome: Outcome, failure: ToolError | None = None) -> None:
        """Send the answer that ends a call."""
        streams = run.tool is not None and run.tool.streams
        queued = None
        if outcome is not Outcome.RESULT:
            answer = self._safe(answer)
        try:
            message = self._message(run, run.tool, attrs.evolve(answer, will_continue=False if streams else None))
            queued = self._counted(message)
        except (ConfigError, UnsendableError) as error:
            words = f"the result can't be sent: {error}"
            outcome, failure = Outcome.ERROR, self._failure(run, words, error)
            with contextlib.suppress(ConfigError):  # the Gemini API takes no answer to a call without an id
                queued = self._counted(self._message(run, None, error_of(words)))
        self._tell(commands.ToolAnswered(run, queued, outcome=outcome, failure=failure))

    def _message(self, run: Run, tool: FunctionTool | None, answer: FunctionResponse) -> Outgoing:
        """Return an answer as a message.

        Raises:
            ConfigError: it can't be written.
            UnsendableError: it is larger than the outbox.
        """
        scheduling = answer.scheduling or (tool.scheduling if tool is not None else None)
        whole = attrs.evolve(answer, id=run.call.id, name=run.name, scheduling=scheduling)
        options = self._options
        message = answers.tool_response(
            whole, backend=options.backend.name, profile=options.profile, strict=options.strict
        )
        if len(message.payload) > options.outbox.max_bytes:
            raise UnsendableError(
                f"it is {len(message.payload)} bytes, more than the outbox takes ({options.outbox.max_bytes})"
            )
        return message

    def _counted(self, message: Outgoing) -> Queued:
        self._meter.count_again(message)
        return Queued(message)

    def _failure(self, run: Run, words: str, cause: BaseException | None = None) -> ToolError:
        failure = ToolError(words, name=run.name, call_id=run.call.id)
        failure.__cause__ = cause
        return failure


def _let_go(error: BaseException) -> None:
    """Drop what the frames of an exception hold, here: its finalizers may take their time, and others have none."""
    seen: BaseException | None = error
    for _ in range(_CAUSES):
        if seen is None:
            return
        traceback.clear_frames(seen.__traceback__)
        seen = seen.__cause__ or seen.__context__


def _given(scheduling: FunctionResponseScheduling | str | None) -> dict[str, Any]:
    return {} if scheduling is None else {"scheduling": scheduling}
