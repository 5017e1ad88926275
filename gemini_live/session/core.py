"""What every part of the facade stands on: the actor's handle, the board, and the checks before each call."""

from __future__ import annotations

import concurrent.futures
import os
from typing import Any

from .._clock import Deadline, let_others_run
from ..actor import Reply, ServerRef
from ..exceptions import CallingSelfError, CallTimeout, ForkedSessionError, NotReadyError
from ..protocol import MAY_SEND, OVER, FlightRecorder, State
from ..protocol.outgoing import Outgoing
from .board import Board
from .dispatcher import Dispatcher
from .hub import SLICE, Hub
from .outbox import OutboxMeter
from .running import RunningOptions

_AHEAD = 60
"""A program that is so many messages ahead of the actor lets it have its turn: it would wait five milliseconds for it,
and the more it has to take over at once, the less of it is still in the processor's caches."""


class SessionCore:
    """Holds the shared parts of a session; nothing here belongs to the actor.  Any thread."""

    _options: RunningOptions
    _ref: ServerRef
    _board: Board
    _hub: Hub
    _meter: OutboxMeter
    _recorder: FlightRecorder
    _dispatcher: Dispatcher
    _pid: int

    def _enter(self) -> None:
        """Check what every public call must."""
        if os.getpid() != self._pid:
            raise ForkedSessionError(
                f"session {self._options.name!r} belongs to process {self._pid}; after fork() open one of your own"
            )

    def _forbid_self(self, what: str) -> None:
        """Refuse a wait that would wait for this very thread."""
        if self._ref.is_self():
            raise CallingSelfError(f"{what} would wait for the thread it runs on; do it in another thread")

    def _admit(self, message: Outgoing, *, wait: bool, timeout: float | None) -> Reply | None:
        """Count a message in; return the slot that is answered when it is with the kernel, if that is waited for."""
        if wait:
            self._forbid_self("wait=True")
        self._check_ready()
        if not self._meter.admit_at_once(message):
            self._meter.admit(message, may_wait=not self._ref.is_self(), timeout=timeout)
        return Reply() if wait else None

    def _post(self, command: object, message: Outgoing, reply: Reply | None, deadline: Deadline) -> None:
        """Put the command of a message that was counted in into the mailbox, and see it to the kernel if wished."""
        try:
            if self._meter.queued_messages % _AHEAD == 0:
                let_others_run()
            self._ref.cast(command)
        except BaseException:
            self._meter.release(message)
            raise
        if reply is not None:
            self._await_sent(reply, deadline)

    def _await_sent(self, reply: Reply, deadline: Deadline) -> None:
        """Wait until a message is with the kernel."""
        self._await(reply, deadline, "the message was not with the kernel in time; it stays queued")

    def _check_ready(self) -> None:
        status = self._board.status
        if status in MAY_SEND:
            return
        if status is State.CLOSED or (status in OVER and self._board.ended.is_set()):
            raise self._ref.refusal()
        raise NotReadyError(str(status))

    def _await(self, reply: Reply, deadline: Deadline, message: str) -> Any:
        """Wait for an answer in slices.

        Raises:
            CallTimeout: with ``message``.
        """
        while True:
            left = deadline.remaining()
            try:
                return reply.wait(SLICE if left is None else min(left, SLICE))
            except concurrent.futures.TimeoutError:
                if reply.answered:
                    raise
                if deadline.expired:
                    raise CallTimeout(message) from None

    def _wait_ended(self, deadline: Deadline) -> bool:
        """Wait in slices until the session is over and its callbacks had their chance to be told."""
        while not self._board.ended.wait(SLICE if deadline.at is None else min(deadline.remaining() or 0.0, SLICE)):
            if deadline.expired:
                return False
        clock = self._options.clock
        left = deadline.remaining()
        self._dispatcher.drain(clock.monotonic() + (60.0 if left is None else left))
        return True
