"""Runs the program's callbacks: one at a time, in order, and never on the thread that owns the socket."""

from __future__ import annotations

import contextvars
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from .._clock import Clock, let_others_run
from .._logging import get_logger
from ..exceptions import CallbackError
from ..protocol import AudioChunk, Event
from ..types import ToolCall
from .callbacks import CallbackTable, Hook
from .current import set_current

_log = get_logger("callbacks")
_SLOW = 0.5  # seconds that make a call of a callback worth a note
_REMEMBERED = 60.0
OnReturned = Callable[[ToolCall, list[Any], "BaseException | None"], "Exception | None"]


class Dispatcher:
    """A queue of events and the one place of this library that calls the program's callbacks.

    How it runs is ``dispatch``: ``"thread"`` (a thread of its own, started with the first event that anybody wants),
    ``"inline"`` (the actor's) or an ``Executor``.  Owner of the queue: its lock, which is never held while a callback
    runs.

    Args:
        table: who is to be called.
        dispatch: see above.
        name: the session's name.
        context: the context in which ``start_link`` was called; every callback runs in this copy of it.
        session: returns the session while it is alive.
        clock: measures the callbacks.
        on_error_event: told of every :class:`CallbackError`.
        on_slow: told of every slow call.
        on_returned: told what the callbacks for tool calls have returned, or raised; returns what is wrong with it.
    """

    def __init__(
        self,
        table: CallbackTable,
        dispatch: str | Executor,
        *,
        name: str,
        context: contextvars.Context,
        session: Callable[[], object],
        clock: Clock,
        on_error_event: Callable[[Event], None],
        on_slow: Callable[[str, float], None],
        on_returned: OnReturned | None = None,
    ) -> None:
        self._table = table
        self._dispatch = dispatch
        self._name = name
        self._context = context
        self._session = session
        self._clock = clock
        self._on_error_event = on_error_event
        self._on_slow = on_slow
        self._on_returned = on_returned
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._fresh: list[Event] = []
        self._queue: deque[Event] = deque()
        self._running = False
        self._resting = False
        self._bell = threading.Lock()  # held but for the moment between the end of a rest and its being noticed
        self._bell.acquire()
        self._drains = 0
        self._finished = False
        self._started_at: float | None = None
        self._finished_at = 0.0
        self._thread_id: int | None = None
        self._slowest = (0.0, 0.0)
        self.discarded_audio_bytes: int = 0

    def put(self, event: Event) -> None:
        """Take an event if anybody wants it; :meth:`flush` has it told.  Actor thread."""
        if self._finished:
            return
        if event.name in self._table.by_event:
            self._fresh.append(event)
            if self._dispatch == "inline":
                self.flush()
        elif event.name == "error":
            _log.warning("nobody listens to on_error: %s", event.value)

    def flush(self) -> None:
        """Have everything told that was put: one wake for all of it.  Actor thread."""
        if not self._fresh:
            return
        fresh, self._fresh = self._fresh, []
        with self._lock:
            if self._finished:
                return
            self._queue.extend(fresh)
            start, self._running = not self._running, True
            if self._resting:
                self._wake()
        if start:
            self._start()

    def hurry(self) -> None:
        """Have told at once what was put, although more is to come.  Actor thread.

        A thread of its own that rested and shares the processor with the actor goes first, too.
        """
        rested = self._resting
        self.flush()
        if rested:
            let_others_run()

    def _wake(self) -> None:
        """End the rest of the thread of its own, under the lock."""
        self._resting = False
        self._bell.release()

    def discard_audio(self, turn: int) -> None:
        """Drop the queued speech of a turn and of those before it: the user has interrupted it.  Actor thread."""
        with self._lock:
            self._queue = deque(event for event in self._queue if not self._is_discarded(event, turn))
        self._fresh = [event for event in self._fresh if not self._is_discarded(event, turn)]

    def _is_discarded(self, event: Event, turn: int) -> bool:
        """Whether an event is such speech; it is counted then."""
        if not isinstance(event.value, AudioChunk) or event.value.turn > turn:
            return False
        self.discarded_audio_bytes += len(event.value.data)
        return True

    def finish(self) -> None:
        """Take nothing more; what is queued is still told, and the thread ends.  Actor thread."""
        self.flush()
        with self._changed:
            self._finished = True
            self._changed.notify_all()
            if self._resting:
                self._wake()

    @property
    def queued(self) -> int:
        """How many events wait."""
        return len(self._queue) + len(self._fresh)

    @property
    def slowest(self) -> float:
        """Seconds of the slowest call in the last minute, a running one included."""
        seconds, at = self._slowest
        now = self._clock.monotonic()
        recent = seconds if now - at <= _REMEMBERED else 0.0
        started = self._started_at
        return recent if started is None else max(recent, now - started)

    def is_self(self) -> bool:
        """Whether the caller runs inside a callback of this session."""
        return threading.get_ident() == self._thread_id

    def drain(self, deadline: float, patience: float = 0.1) -> None:
        """Wait until all has been told, at most until ``deadline``, and not for a callback that hangs.

        One that runs, or waits for its executor, for longer than ``patience`` seconds is not waited for.
        """
        with self._changed:
            progress = self._clock.monotonic()
            self._drains += 1
            try:
                while self._running and not self.is_self():
                    now = self._clock.monotonic()
                    progress = max(progress, self._finished_at)
                    until = min(deadline, (self._started_at if self._started_at is not None else progress) + patience)
                    if until <= now:
                        return
                    self._changed.wait(until - now)
            finally:
                self._drains -= 1

    def _start(self) -> None:
        if self._dispatch == "inline":
            self._run_queued()
        elif isinstance(self._dispatch, Executor):
            try:
                self._dispatch.submit(self._run_queued).add_done_callback(self._check_ran)
            except RuntimeError:
                self._start_thread("takes no more work")
        else:
            self._start_thread()

    def _check_ran(self, future: Future[None]) -> None:
        if future.cancelled():
            self._start_thread("has cancelled its work")

    def _start_thread(self, because: str = "") -> None:
        if because:  # rather a thread of our own than events that nobody hears of
            _log.error("%s: the executor %s; callbacks run on a thread of the session's own", self._name, because)
            self._dispatch = "thread"
        # A daemon: a callback that never returns must not keep the program from ending.
        threading.Thread(target=self._run_thread, name=f"{self._name}:callbacks", daemon=True).start()

    def _run_thread(self) -> None:
        while self._context.run(self._tell_queued, rest=True):
            self._bell.acquire()

    def _run_queued(self) -> None:
        """Tell what is queued, in the context of ``start_link``; only one thread may be in that at a time."""
        while True:
            self._context.run(self._tell_queued, rest=False)
            with self._lock:
                if not self._queue:
                    self._running = False
                    if self._drains:
                        self._changed.notify_all()
                    return

    def _tell_queued(self, *, rest: bool) -> bool:
        """Tell what is queued; return whether a thread of its own that wants to rest then may do so.

        Else it is through: nothing more will come.
        """
        self._thread_id = threading.get_ident()
        now = self._clock.monotonic()
        while True:
            with self._lock:
                if not self._queue:
                    self._thread_id = None
                    if rest:
                        self._resting = self._running = not self._finished
                        if self._drains or self._finished:
                            self._changed.notify_all()
                    return self._resting
                event = self._queue.popleft()
                self._started_at = now
            try:
                self._tell(event)
            finally:
                now = self._note_time(event.name, now)

    def _note_time(self, event: str, began: float) -> float:
        """Note how long something took that has ended now; return when that is."""
        now = self._finished_at = self._clock.monotonic()
        self._started_at = None
        seconds = now - began
        if seconds >= self._slowest[0] or now - self._slowest[1] > _REMEMBERED:
            self._slowest = (seconds, now)
        if seconds >= _SLOW:
            self._on_slow(event, seconds)
        return now

    def _tell(self, event: Event) -> None:
        returned: list[Any] = []
        failure: BaseException | None = None
        for hook in self._table.by_event.get(event.name, ()):
            if self._table.claim(hook):
                error = self._call(hook, event.value, returned)
                failure = failure or error
                if error is not None and event.name == "close":  # nothing may be told after it
                    _log.error("%s: on_close raised %s", self._name, error, exc_info=error)
                elif error is not None:
                    self._tell_error(CallbackError(event.name, error))
        if event.name == "tool_call" and self._on_returned is not None:
            problem = self._answer(event.value, returned, failure)
            if problem is not None:
                self._tell_error(CallbackError(event.name, problem))

    def _answer(self, call: ToolCall, returned: list[Any], failure: BaseException | None) -> Exception | None:
        """Have what callbacks for a tool call have returned sent; return what is wrong with it."""
        try:
            assert self._on_returned is not None
            return self._on_returned(call, returned, failure)
        except Exception as error:  # noqa: BLE001 - a stranger's object may not like to be looked at
            return error

    def _tell_error(self, error: CallbackError) -> None:
        """Report a callback's own failure; a callback for errors that fails is only logged, or it would never end."""
        hooks = self._table.by_event.get("error", ()) if error.event != "error" else ()
        if not hooks:
            _log.error("%s: %s", self._name, error, exc_info=error.error)
        self._on_error_event(Event("error", error))
        for hook in hooks:
            if self._table.claim(hook):
                again = self._call(hook, error, [])
                if again is not None:
                    _log.error("%s: on_error raised %s", self._name, again, exc_info=again)

    def _call(self, hook: Hook, value: Any, returned: list[Any]) -> BaseException | None:
        """Call one function; return what it raised.  SystemExit and the like end nothing but the call."""
        set_current(self._session())
        try:
            returned.append(hook.function(value))
        except BaseException as error:  # noqa: BLE001 - a stranger's code
            return error
        finally:
            set_current(None)  # for one call at a time: a session that nobody else knows must be let go
        return None
