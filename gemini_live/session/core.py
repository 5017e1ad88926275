"""What every part of the facade stands on: the actor's handle, the board, and the checks before each call."""

from __future__ import annotations

import concurrent.futures
import os
import threading
from typing import Any

from .._clock import Deadline
from ..actor import Reply, ServerRef
from ..exceptions import CallingSelfError, CallTimeout, ForkedSessionError, NotReadyError
from ..protocol import MAY_SEND, OVER, FlightRecorder
from ..protocol.outgoing import Outgoing
from ..tools.toolbox import Toolbox
from . import commands
from .board import Board
from .current import current_tool
from .dispatcher import Dispatcher
from .hub import Hub, TurnWatch
from .keeping import HandleKeeper
from .options import Options, check_timeout
from .outbox import OutboxMeter, Queued

_SLICE = 1.0  # seconds; a wait in slices can be interrupted by Ctrl-C everywhere


class SessionCore:
    """Holds the shared parts of a session; nothing here belongs to the actor.  Any thread."""

    _options: Options
    _ref: ServerRef
    _board: Board
    _hub: Hub
    _meter: OutboxMeter
    _recorder: FlightRecorder
    _dispatcher: Dispatcher
    _keeper: HandleKeeper
    _expecting: threading.local
    _options_lock: threading.Lock
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

    def _forbid_own_tool(self, what: str, *, if_waited_for: bool = False) -> None:
        """Refuse, in a tool of this very session, a wait that only the tool's own end could end."""
        running = current_tool()
        if running is not None and running[0] is self and (running[1] or not if_waited_for):
            raise CallingSelfError(f"{what} would wait for the call that this tool answers; do it in another thread")

    def _send(
        self,
        message: Outgoing,
        *,
        wait: bool = False,
        timeout: float | None = None,
        watch: TurnWatch | None = None,
        toolbox: Toolbox | None = None,
    ) -> None:
        """Accept a message: count it in, put it into the mailbox, and with ``wait`` see it to the kernel."""
        self._enter()
        if wait:
            self._forbid_self("wait=True")
        self._check_ready()
        deadline = Deadline.after(check_timeout(timeout))
        self._meter.admit(message, may_block=not self._ref.is_self(), timeout=timeout)
        reply = Reply() if wait else None
        if message.asks:
            self._hub.exchange_begun()
        try:
            watch = watch or getattr(self._expecting, "watch", None)
            self._ref.cast(commands.SendMessage(Queued(message, reply), watch, toolbox))
        except BaseException:
            self._meter.release(message)
            raise
        if reply is not None:
            self._await(reply, deadline, "the message was not with the kernel in time; it stays queued")

    def _check_ready(self) -> None:
        status = self._board.status
        if status in MAY_SEND:
            return
        if status in OVER and self._board.ended.is_set():
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
                return reply.wait(_SLICE if left is None else min(left, _SLICE))
            except concurrent.futures.TimeoutError:
                if reply.answered:
                    raise
                if deadline.expired:
                    raise CallTimeout(message) from None

    def _wait_ended(self, deadline: Deadline) -> bool:
        """Wait in slices until the session is over and its callbacks had their chance to be told."""
        while not self._board.ended.wait(_SLICE if deadline.at is None else min(deadline.remaining() or 0.0, _SLICE)):
            if deadline.expired:
                return False
        clock = self._options.clock
        left = deadline.remaining()
        self._dispatcher.drain(clock.monotonic() + (60.0 if left is None else left))
        return True
