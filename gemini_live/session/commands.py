"""What lies in a session's mailbox."""

from __future__ import annotations

from typing import Any

import attrs

from ..transport import Attempt, Dial
from .hub import TurnWatch
from .outbox import Queued


@attrs.frozen
class Connect:
    """Open a connection and answer when the setup is complete."""

    timeout: float


@attrs.frozen
class SendMessage:
    """Send a message; ``watch`` is armed with the number of the turn that will answer it."""

    queued: Queued
    watch: TurnWatch | None = None


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
