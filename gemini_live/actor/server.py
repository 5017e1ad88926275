"""The actor's loop: one thread, one mailbox, one wait."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from .._clock import Clock
from .._logging import get_logger
from .envelopes import Call, Down, Info, Reply, Stop
from .mailbox import Mailbox, Waiter
from .ref import ServerRef
from .timers import TimerRef, Timers

_log = get_logger("actor")
_ENVELOPES = (Call, Info, Stop)
_MOST_AT_ONCE = 128
"""Messages that are handled before the socket and the timers have their turn."""


class Server:
    """What an actor does.  Every method runs on the actor's thread, one at a time; none may block.

    An exception that leaves one of the ``handle_`` methods ends the actor with that reason.
    """

    actor: Actor

    def init(self) -> None:
        """Begin.  What it raises is raised by :func:`start`, and there is no actor then."""

    def handle_call(self, request: Any, reply: Reply) -> None:
        """Take a request; answer it now, or keep ``reply`` and answer later."""
        raise NotImplementedError

    def handle_cast(self, message: Any) -> None:
        """Take a message that nobody waits for."""
        raise NotImplementedError

    def handle_info(self, message: Any) -> None:
        """Take something that happened: readiness, a timer, a helper's result."""
        raise NotImplementedError

    def round_over(self) -> None:
        """Do what is cheaper done once for everything that was handled since the last rest."""

    def handle_stop(self) -> None:
        """Take the wish for an orderly stop; end with ``self.actor.stop()``, at once or later."""
        self.actor.stop()

    def left_over(self, message: Any) -> None:
        """Take a cast, or something that happened, that was accepted and can't be handled any more."""

    def terminate(self, reason: BaseException | None) -> None:
        """Clean up; the last method that is called, after an error too."""

    def refusal(self) -> Exception:
        """Return what callers are told who come too late.  Any thread."""
        return RuntimeError("the actor has ended")


class Actor:
    """Runs one :class:`Server` on one thread.  Owner of the timers and of the loop; all methods are for that thread.

    Attributes:
        waiting: what is in the mailbox, without the message that is being handled; only the loop takes anything out.
    """

    def __init__(self, server: Server, name: str, waiter: Waiter, clock: Clock) -> None:
        self.name = name
        self.clock = clock
        self._server = server
        self._waiter = waiter
        self._mailbox: Mailbox[Any] = Mailbox(waiter)
        self._timers = Timers(clock)
        self.waiting: deque[Any] = self._mailbox.waiting
        self._unanswered: set[Reply] = set()
        self._prune_at = 64
        self._stopping = False
        self._reason: BaseException | None = None
        self.ref: ServerRef = ServerRef(name, self._mailbox, server.refusal)
        self._started: Reply = Reply()

    def send_after(self, delay: float, message: Any) -> TimerRef:
        """Have ``handle_info(message)`` called after ``delay`` seconds."""
        assert self.ref.is_self(), "timers belong to the actor's thread"
        return self._timers.start(delay, message)

    def stop(self, reason: BaseException | None = None) -> None:
        """End after the message that is being handled."""
        self._stopping = True
        self._reason = self._reason or reason

    def wait_started(self) -> None:
        """Wait for ``init`` and raise what it raised.  For the thread that starts the actor."""
        self._started.wait(None)

    def run(self) -> None:
        """Live: the thread's whole work."""
        self.ref.begin()
        try:
            self._run()
        finally:
            self.ref.end()

    def _run(self) -> None:
        try:
            self._server.init()
        except BaseException as error:  # noqa: BLE001 - it is raised in start(), where somebody can catch it
            # init may have shown the ref around: who called meanwhile is answered as at any other end
            self._set_aside(self._mailbox.close())
            self._refuse()
            self._waiter.close()
            self.ref.tell_monitors(Down(self.name, error))
            self._started.fail(error)
            return
        self.clock.watch(self._waiter.wake)
        self._started.answer()
        try:
            while not self._stopping:
                self._step()
        except BaseException as error:  # noqa: BLE001 - it becomes the reason of the end, told to all monitors
            _log.debug("%s ends", self.name, exc_info=True)
            self._reason = error
        finally:
            self._end()

    def _step(self) -> None:
        due, waiting = self._timers.next_due(), self.waiting
        # Whoever puts something after this look wakes the wait.
        for ready in self._waiter.wait(0.0 if waiting else self.clock.wait_time(due)):
            if self._stopping:
                break
            self._server.handle_info(ready)
        if waiting:
            self._take_in(waiting)
        if due is not None and due <= self.clock.monotonic():
            for message in self._timers.pop_due():
                if self._stopping:
                    break
                self._server.handle_info(message)
        if not self._stopping:
            self._server.round_over()

    def _take_in(self, waiting: deque[Any]) -> None:
        for _ in range(min(len(waiting), _MOST_AT_ONCE)):
            if self._stopping:
                return
            item = waiting.popleft()
            if isinstance(item, _ENVELOPES):
                self._open(item)
            else:
                self._server.handle_cast(item)

    def _open(self, envelope: Call | Info | Stop) -> None:
        if isinstance(envelope, Call):
            self._remember(envelope.reply)
            self._server.handle_call(envelope.request, envelope.reply)
        elif isinstance(envelope, Info):
            self._server.handle_info(envelope.message)
        else:
            assert isinstance(envelope, Stop)
            self._server.handle_stop()

    def _remember(self, reply: Reply) -> None:
        """Keep a slot until it is answered; the answered ones are thrown out whenever their number has doubled."""
        if len(self._unanswered) >= self._prune_at:
            self._unanswered = {reply for reply in self._unanswered if not reply.answered}
            self._prune_at = max(64, 2 * len(self._unanswered))
        self._unanswered.add(reply)

    def _set_aside(self, items: deque[Any]) -> None:
        """Hand on what can't be handled any more."""
        for item in items:
            if isinstance(item, Call):
                self._unanswered.add(item.reply)
            elif not isinstance(item, Stop):
                self._guarded(self._server.left_over, item.message if isinstance(item, Info) else item)

    def _guarded(self, step: Callable[[Any], object], argument: Any) -> None:
        """Take one step of the end, which goes on whatever the step raises."""
        try:
            step(argument)
        except BaseException as error:  # noqa: BLE001 - callers and monitors must be told whatever happens here
            _log.exception("%s failed to clean up", self.name)
            self._reason = self._reason or error

    def _refuse(self) -> None:
        """Answer every call that has no answer."""
        for reply in self._unanswered:
            reply.fail(self._refusal())
        self._unanswered.clear()

    def _refusal(self) -> BaseException:
        try:
            return self._server.refusal()
        except BaseException as error:  # noqa: BLE001 - a caller must not hang because of it
            return error

    def _end(self) -> None:
        self.clock.unwatch(self._waiter.wake)
        self._set_aside(self._mailbox.close())
        self._guarded(self._server.terminate, self._reason)
        self._refuse()
        self._waiter.close()
        self.ref.tell_monitors(Down(self.name, self._reason))


def start(server: Server, *, name: str, waiter: Waiter, clock: Clock) -> ServerRef:
    """Start an actor and return when its ``init`` has succeeded.

    Args:
        server: what it does.
        name: its thread's name.
        waiter: where it rests.
        clock: whose time its timers follow.

    Raises:
        BaseException: what ``init`` raised; no thread is left then.
    """
    actor = Actor(server, name, waiter, clock)
    server.actor = actor
    # A daemon: a program that forgets to close a session must still be able to exit.
    thread = threading.Thread(target=actor.run, name=name, daemon=True)
    actor.ref.bind(thread)
    try:
        thread.start()
        actor.wait_started()
    except BaseException as error:
        if isinstance(error, RuntimeError) and thread.ident is None:  # the system has no thread to give
            waiter.close()
        else:
            _undo(actor, thread)
        raise
    return actor.ref


def _undo(actor: Actor, thread: threading.Thread) -> None:
    """End an actor whose ``init`` has failed, or whose starter was interrupted and will never see its ref."""
    actor.ref.stop()
    with suppress(BaseException):  # what init raised is on its way already
        actor.wait_started()  # a thread can't be joined before it has begun
    thread.join()
