"""A network in memory, in a test's hands."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from .._clock import Deadline
from ..exceptions import ConnectError
from ..transport import Attempt, ConnectRequest, Transport
from .connection import FakeConnection, Respond

_SECONDS = 5.0


class FakeTransport:
    """Stands in for the network and the server: ``Session.open(…, transport=fake)``.

    It has neither sockets nor threads of its own; a test of callbacks, tools and reconnects takes a millisecond.  What
    the session sends is in :attr:`sent`; what the server does is said by the test, message by message, or by
    ``respond``.  A session that connects again gets another connection: :attr:`connections` has all of them, and the
    methods here are those of the newest one, which they wait for.

    With ``clock=ManualClock()`` beside it, timers follow the test, too.  Callbacks run on their own thread as ever:
    wait for what they do (a queue, ``session.ask``), or give the session ``dispatch="inline"`` and call :meth:`settle`.

    What it does not imitate: the Live API (it checks nothing and refuses nothing; :mod:`gemini_live.emulator` does),
    the way to the server (names, proxies, TLS, HTTP answers; :meth:`refuse_next` raises what you say), frames
    (fragments, masks, what breaks the protocol; only a message that is too big does), and the kernel's buffers: what
    was taken has arrived, and after :meth:`close` or :meth:`drop` nothing more is taken.  Pings are answered, and the
    session's close is, as soon as they are taken.

    Thread affinity: none.

    Args:
        accept: whether setups are completed by themselves; otherwise by :meth:`accept`, from another thread than the
            one that waits in ``connect()``.
        respond: is called with ``(connection, message)`` for every message that the session sends, the setup included,
            and may say something on the connection; on the session's own thread, so it must return at once.  What it
            raises ends the connection, and is raised by the waiting methods here.

    Example::

        def respond(connection, message):
            if "clientContent" in message:
                connection.answer("Good day.")

        fake = FakeTransport(respond=respond)
        with Session.open(model="gemini-3.8-live", api_key="any", transport=fake) as session:
            assert session.ask("Hello", timeout=5).output_transcript == "Good day."
        assert "clientContent" in fake.sent[1]
    """

    def __init__(self, *, accept: bool = True, respond: Respond | None = None) -> None:
        self._accept = accept
        self._respond = respond
        self._changed = threading.Condition()
        self._connections: list[FakeConnection] = []
        self._refusals: deque[BaseException] = deque()
        self._sent: list[tuple[FakeConnection, Any]] = []
        self._failure: BaseException | None = None

    def __call__(self, request: ConnectRequest, attempt: Attempt) -> Transport:
        """Open a connection; the session does that, on its dial thread.

        Raises:
            BaseException: what :meth:`refuse_next` was told.
        """
        attempt.enter("upgrade")
        with self._changed:
            if self._refusals:
                raise self._refusals.popleft()
            connection = FakeConnection(
                len(self._connections) + 1,
                request,
                changed=self._changed,
                accept=self._accept,
                respond=self._took,
                failed=self._note_failure,
            )
            self._connections.append(connection)
            self._changed.notify_all()
        return connection.transport

    def _took(self, connection: FakeConnection, message: Any) -> None:
        with self._changed:
            self._sent.append((connection, message))
            self._changed.notify_all()
        if self._respond is not None:
            self._respond(connection, message)

    def _note_failure(self, error: BaseException) -> None:
        with self._changed:
            self._failure = self._failure or error
            self._changed.notify_all()

    @property
    def connections(self) -> list[FakeConnection]:
        """Every connection so far, oldest first."""
        with self._changed:
            return list(self._connections)

    @property
    def connection(self) -> FakeConnection:
        """The newest connection; waits until there is one.

        Raises:
            TimeoutError: there is none within five seconds.
        """
        return self.wait_for_connections(1)[-1]

    @property
    def sent(self) -> list[Any]:
        """What the session has sent so far on all connections, as JSON, in order, setups included."""
        with self._changed:
            return [message for _, message in self._sent]

    def refuse_next(self, error: BaseException | None = None, *, times: int = 1) -> None:
        """Have the next attempts to connect fail.

        Args:
            error: what they raise, such as ``HandshakeError("busy", status=503)``; by default a
                :class:`~gemini_live.exceptions.ConnectError` that may be tried again.
            times: how many fail like this.
        """
        for _ in range(times):
            self._refusals.append(error or ConnectError("the test refuses it", phase="tcp", retryable=True))

    def wait_for_connections(self, count: int, timeout: float = _SECONDS) -> list[FakeConnection]:
        """Wait until there have been so many connections, and return all of them.

        Raises:
            TimeoutError: there are fewer after ``timeout`` seconds.
        """
        self._wait(lambda: len(self._connections) >= count, timeout, f"{count} connections")
        return self.connections

    def wait_for(self, predicate: Callable[[Any], bool], timeout: float = _SECONDS) -> Any:
        """Wait until the session has sent a message that ``predicate`` is true of, and return the first such.

        Raises:
            TimeoutError: it has not within ``timeout`` seconds.
        """
        seen = 0
        found: list[Any] = []

        def look() -> bool:
            nonlocal seen
            while not found and seen < len(self._sent):
                message = self._sent[seen][1]
                seen += 1
                if predicate(message):
                    found.append(message)
            return bool(found)

        self._wait(look, timeout, "such message")
        return found[0]

    def settle(self, timeout: float = _SECONDS) -> None:
        """Wait until the session's thread has taken in, and dealt with, everything that was said.

        With ``dispatch="inline"`` all callbacks have run then.  What they sent may still be on its way:
        :meth:`wait_for` waits for that.  For a connection that has ended nothing is waited for: the next connection,
        or ``session.wait()``, shows that the session has dealt with it.

        Raises:
            TimeoutError: it has not within ``timeout`` seconds.
        """
        self._wait(lambda: all(one.transport.settled() for one in self._connections), timeout, "rest")

    def _wait(self, condition: Callable[[], bool], timeout: float, what: str) -> None:
        with self._changed:
            self._changed.wait_for(lambda: condition() or self._failure is not None, timeout)
            if self._failure is not None:
                raise self._failure
            if not condition():
                raise TimeoutError(f"no {what} within {timeout:g} s; {len(self._sent)} messages came")

    def accept(self, timeout: float = _SECONDS, **setup_complete: Any) -> dict[str, Any]:
        """Wait for a connection and its setup, complete it, and return it; see :meth:`FakeConnection.accept`."""
        deadline = Deadline.after(timeout)
        connection = self.wait_for_connections(1, timeout)[-1]
        return connection.accept(deadline.remaining() or 0.0, **setup_complete)

    def say(self, *messages: Any) -> None:
        """Send messages as the service does; see :meth:`FakeConnection.say`."""
        self.connection.say(*messages)

    def answer(self, words: str = "", *, audio: bytes = b"", text: str = "", **content: Any) -> None:
        """Say a whole turn; see :meth:`FakeConnection.answer`."""
        self.connection.answer(words, audio=audio, text=text, **content)

    def call(self, name: str, args: dict[str, Any] | None = None, *, call_id: str = "call-1") -> None:
        """Call a function of the session's."""
        self.connection.call(name, args, call_id=call_id)

    def offer(self, handle: str, **more: Any) -> None:
        """Give a resumption handle."""
        self.connection.offer(handle, **more)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """End the connection as a server does, with a close code; see :meth:`FakeConnection.close`."""
        self.connection.close(code, reason)

    def drop(self, *, reset: bool = False) -> None:
        """Break the connection, without a close code."""
        self.connection.drop(reset=reset)

    def stall(self) -> None:
        """Take nothing more: what the session sends piles up on its side, and pings get no pong."""
        self.connection.stall()

    def unstall(self) -> None:
        """Take again, first what has piled up."""
        self.connection.unstall()

    def __repr__(self) -> str:
        return f"<FakeTransport, {len(self._connections)} connections, {len(self._sent)} messages>"
