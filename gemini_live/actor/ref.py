"""The half of an actor that other threads hold."""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable
from typing import Any

from .._logging import get_logger
from ..exceptions import CallingSelfError, CallTimeout
from .envelopes import Call, Down, Info, Reply, Stop
from .mailbox import Mailbox, MailboxClosed

_log = get_logger("actor")


class ServerRef:
    """Handle to an actor: share it freely, it holds no state of the actor's.  Thread affinity: none."""

    def __init__(self, name: str, mailbox: Mailbox[Any], refusal: Callable[[], Exception]) -> None:
        self.name = name
        self._mailbox = mailbox
        self._refusal = refusal
        self._thread: threading.Thread | None = None
        self._ident: int | None = None
        self._monitors = _Monitors()

    def bind(self, thread: threading.Thread) -> None:
        """Say which thread runs the actor; called once, by whoever starts it."""
        self._thread = thread

    def is_self(self) -> bool:
        """Whether the caller runs on the actor's own thread."""
        return threading.get_ident() == self._ident

    def begin(self) -> None:
        """Note that this is the actor's thread; called once, by the actor."""
        self._ident = threading.get_ident()

    def end(self) -> None:
        """Note that the thread ends: the system gives its number to another one."""
        self._ident = None

    def call(self, request: Any, *, timeout: float | None = 5.0) -> Any:
        """Ask and wait for the answer.

        Raises:
            CallingSelfError: this is the actor's own thread.
            CallTimeout: no answer within ``timeout`` seconds; the request stands.
            Exception: whatever the actor answers with; after its end, its refusal.
        """
        if self.is_self():
            raise CallingSelfError("a call from the session's own thread would wait for itself; use cast()")
        reply = self.call_later(request)
        try:
            return reply.wait(timeout)
        except concurrent.futures.TimeoutError as error:
            if reply.answered:  # the answer came at the last moment, or is itself a timeout
                return reply.wait(None)
            raise CallTimeout(f"{self.name} did not answer within {timeout:g} s") from error

    def call_later(self, request: Any) -> Reply:
        """Ask, and return the slot that the answer will be in.  After the actor's end the slot holds its refusal."""
        reply = Reply()
        try:
            self._mailbox.put(Call(request, reply))
        except MailboxClosed:
            reply.fail(self._refusal())
        return reply

    def cast(self, message: Any) -> None:
        """Tell, without waiting.

        Raises:
            Exception: the actor's refusal, after its end.
        """
        try:
            self._mailbox.put(message)
            return
        except MailboxClosed:
            refusal = self._refusal()
        raise refusal  # out here it keeps its own cause, and the mailbox is none of the caller's business

    def inform(self, message: Any) -> bool:
        """Report something that happened; return whether the actor is still there to hear it."""
        try:
            self._mailbox.put(Info(message))
        except MailboxClosed:
            return False
        return True

    def refusal(self) -> Exception:
        """Return what callers are told who come too late."""
        return self._refusal()

    def stop(self) -> None:
        """Ask for an orderly stop after what is in the mailbox now; harmless after the end.  Does not wait."""
        try:
            self._mailbox.put(Stop())
        except MailboxClosed:
            pass

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the actor's thread has ended; return whether it has.

        Raises:
            CallingSelfError: this is the actor's own thread.
        """
        if self.is_self():
            raise CallingSelfError("the session's own thread can't wait for its own end")
        assert self._thread is not None
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def is_alive(self) -> bool:
        """Whether the actor's thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def monitor(self, hear: Callable[[Down], object]) -> Callable[[], None]:
        """Have ``hear`` called once with :class:`Down` when the actor has ended, at once if it has already.

        It runs on the actor's thread (or here, after the end); what it raises is ignored.

        Returns:
            A function that takes the monitor away again.
        """
        return self._monitors.add(hear)

    def tell_monitors(self, down: Down) -> None:
        """Tell every monitor; called once, by the actor."""
        self._monitors.tell(down)

    @property
    def queued(self) -> int:
        """How many messages wait in the mailbox."""
        return len(self._mailbox)

    def __repr__(self) -> str:
        return f"<ServerRef {self.name} {'alive' if self.is_alive() else 'ended'}>"


class _Monitors:
    """Who wants to hear of the end.  Shared; one lock, never held while somebody is called."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal handler may come in the middle
        self._hearers: dict[object, Callable[[Down], object]] = {}
        self._down: Down | None = None

    def add(self, hear: Callable[[Down], object]) -> Callable[[], None]:
        key = object()
        with self._lock:
            down = self._down
            if down is None:
                self._hearers[key] = hear
        if down is not None:
            _tell(hear, down)
        return lambda: self._remove(key)

    def _remove(self, key: object) -> None:
        with self._lock:
            self._hearers.pop(key, None)

    def tell(self, down: Down) -> None:
        with self._lock:
            self._down = down
            hearers = list(self._hearers.values())
            self._hearers.clear()
        for hear in hearers:
            _tell(hear, down)


def _tell(hear: Callable[[Down], object], down: Down) -> None:
    try:
        hear(down)
    except BaseException:  # noqa: BLE001 - a monitor is a stranger; whatever it raises, the others must hear, too
        _log.exception("a monitor of %s raised", down.name)
