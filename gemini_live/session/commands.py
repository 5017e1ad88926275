"""What lies in a session's mailbox, beside the messages to send, each of which is a :class:`.outbox.Queued`."""

from __future__ import annotations

from typing import Any

import attrs

from ..actor import Reply
from ..exceptions import ToolError
from ..protocol.recovery import Step
from ..tools.toolbox import Toolbox
from ..transport import Attempt, Dial, Transport
from ..types import FunctionCall, Setup
from .outbox import Queued
from .tool_runs import Outcome, Run


@attrs.frozen
class Connect:
    """Open a connection and answer when the setup is complete."""

    timeout: float
    retry: bool = False


@attrs.frozen
class NextTurn:
    """Answer with the number of the turn that would answer speech from now on."""


@attrs.frozen
class MarkPlayed:
    """Note how much of a turn was heard."""

    turn: int
    milliseconds: float


@attrs.frozen
class Close:
    """End the session within ``timeout`` seconds, sending what is queued first."""

    timeout: float
    code: int = 1000
    reason: str = ""


@attrs.frozen
class CallbackWasSlow:
    """Tell the observer that a callback took long."""

    event: str
    seconds: float


@attrs.frozen
class DialFinished:
    """The dial thread's result: a transport or an exception."""

    dial: Dial
    result: Any


@attrs.frozen
class ConnectExpired:
    """The time for a connect is over."""

    attempt: Attempt


@attrs.frozen
class CloseExpired:
    """The time for an orderly end is over."""


@attrs.frozen
class Retry:
    """The pause before an attempt is over."""

    step: Step


@attrs.frozen
class ChangeNow:
    """The last moment to change over from a connection, by its number."""

    connection: int


@attrs.frozen
class Prepare:
    """Try again to have a second connection ready, beside the present one, by its number."""

    connection: int


@attrs.frozen
class Settle:
    """Look whether a connection, by its number, may be left by now."""

    connection: int


@attrs.frozen
class LeaveNow:
    """The time for the old connection's farewell is over."""

    transport: Transport


@attrs.frozen
class Look:
    """Look whether the server is still there."""

    connection: int


@attrs.define(eq=False)
class Update:
    """Use another setup within ``timeout`` seconds, and other functions if it names any; answered when it is taken."""

    setup: Setup
    toolbox: Toolbox | None
    timeout: float
    reply: Reply | None = None


@attrs.define(eq=False)
class Park:
    """End the session at the next quiet moment with a handle that loses nothing, within ``timeout`` seconds."""

    timeout: float


@attrs.frozen
class Declare:
    """Use another setup for the first connection, and other functions."""

    setup: Setup
    toolbox: Toolbox


@attrs.frozen
class ToolAnswered:
    """A function has answered its call.

    Attributes:
        run: the call.
        queued: the answer; ``None`` if there is no way to write one.
        outcome: what became of the call; ``None`` while it goes on.
        failure: what the program is told of it.
    """

    run: Run
    queued: Queued | None
    outcome: Outcome | None = None
    failure: ToolError | None = None


@attrs.frozen
class ToolExpired:
    """The time of a call, ``seconds``, is up."""

    run: Run
    seconds: float


@attrs.frozen
class ToolCallbackFailed:
    """``on_tool_call`` has raised, or returned what is no answer; ``words`` say so to the model."""

    calls: tuple[FunctionCall, ...]
    words: str
