"""The half of the facade that waits: for a turn, for messages, for the end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from .._clock import Deadline, check_seconds
from ..audio import INPUT_RATE, bytes_for_duration, chunks
from ..exceptions import ConfigError, GeminiLiveError, SessionClosed, TurnTimeout
from ..protocol import Turn, outgoing
from ..types import ServerMessage
from . import commands
from .hub import EventIterator
from .running import check_timeout
from .sending import Sending
from .turn_hub import TurnWatch, message_of


class Waiting(Sending):
    """Everything that waits.  Fed by the actor directly: a slow callback keeps nobody here waiting."""

    _ask_lock: threading.Lock

    def ask(
        self,
        text: str | None = None,
        *,
        audio: bytes | None = None,
        rate: int = INPUT_RATE,
        timeout: float = 30.0,
    ) -> Turn:
        """Send a turn and return the model's whole answer.

        One at a time: a second call waits for the first, within its own timeout.

        Args:
            text: what to say, or
            audio: the same as 16-bit mono PCM, sent at once.
            rate: samples per second of that.
            timeout: seconds until the turn must be over.

        Raises:
            TurnTimeout: it was not; the answer may still come and is told to the callbacks.
            ConnectionLost: the connection ended before the turn did.
            SessionClosed: the session was closed before.
            CallingSelfError: called from a callback with ``dispatch="inline"``.

        Example::

            print(session.ask("What is the capital of France?", timeout=30).output_transcript)
        """
        self._enter()
        self._forbid_self("ask()")
        self._forbid_own_tool("ask()", if_waited_for=True)
        if (text is None) == (audio is None):
            raise ConfigError("ask() takes either text or audio")
        deadline = Deadline.after(check_seconds(timeout, "timeout"))
        messages = self._spoken(audio, rate) if audio is not None else self._written(text)
        self._check_ready()
        if not self._ask_lock.acquire(timeout=deadline.remaining() or 0.0):
            raise TurnTimeout(timeout)
        try:
            watch = self._hub.watch_turns()
            try:
                for message in messages:
                    self._send(message, watch=watch)
                return self._await_turn(watch, deadline, timeout, whole=audio is not None)
            finally:
                self._hub.forget(watch)
        finally:
            self._ask_lock.release()

    def _written(self, text: Any) -> list[outgoing.Outgoing]:
        return [outgoing.text(text, self._options.profile)]

    def _spoken(self, pcm: bytes, rate: int) -> list[outgoing.Outgoing]:
        """Make a whole spoken turn: activity marks around the audio, or the end of the stream after it."""
        outgoing.audio(pcm, rate=rate)
        pieces = [outgoing.audio(piece, rate=rate) for piece in chunks(bytes(pcm), rate=rate)]
        if self._options.automatic_activity:
            silence = bytes(bytes_for_duration(self._options.trailing_ms, rate=rate))
            pieces += [outgoing.audio(piece, rate=rate) for piece in chunks(silence, rate=rate)]
            return [*pieces, outgoing.asking(outgoing.realtime_input(audio_stream_end=True))]
        begin, end = outgoing.realtime_input(activity_start=True), outgoing.realtime_input(activity_end=True)
        return [begin, *pieces, outgoing.asking(end)]

    def _await_turn(self, watch: TurnWatch, deadline: Deadline, seconds: float | None, *, whole: bool = False) -> Turn:
        turn = self._hub.await_turn(watch, deadline, whole=whole)
        if turn is None:
            raise TurnTimeout(seconds or 0.0)
        return turn

    def wait_for_turn(self, timeout: float | None = None) -> Turn:
        """Return the next turn that ends after this call.

        To send something and wait for its answer use :meth:`ask` or :meth:`expect`, which can't miss it.

        Args:
            timeout: seconds; ``None`` waits as long as the session lives.

        Raises:
            TurnTimeout: none ended in time.
            ConnectionLost: the connection ended.
            SessionClosed: the session was closed.
        """
        self._enter()
        self._forbid_self("wait_for_turn()")
        self._forbid_own_tool("wait_for_turn()", if_waited_for=True)
        deadline = Deadline.after(check_timeout(timeout))
        watch = self._hub.watch_turns(number=0)
        try:
            return self._await_turn(watch, deadline, timeout)
        finally:
            self._hub.forget(watch)

    def expect(self, timeout: float = 30.0) -> ExpectedTurn:
        """Wait, at the end of a ``with``, for the answer to what is sent inside it.

        Armed before anything is sent, so no answer can be missed, however fast.

        Args:
            timeout: seconds from the end of the ``with`` block.

        Raises:
            TurnTimeout: at the end of the block, when no turn ended in time.

        Example::

            with session.expect(timeout=20) as turn:
                session.stream_audio("question.wav")
            print(turn.output_transcript)
        """
        self._enter()
        self._forbid_self("expect()")
        self._forbid_own_tool("expect()", if_waited_for=True)
        return ExpectedTurn(self, check_seconds(timeout, "timeout"))

    def receive(self) -> Iterator[ServerMessage]:
        """Iterate over the messages of the present exchange; ends with its turn.

        What has come since the last request is included, so it can't matter how soon after a send this is called.

        Raises:
            ConnectionLost: while iterating, when the connection ended in the middle.

        Example::

            session.send_text("Tell me a story.")
            for message in session.receive():
                print(message.text or "", end="")
        """
        self._enter()
        self._forbid_self("receive()")
        return EventIterator(self._hub, self._hub.receive(), message_of)


class ExpectedTurn:
    """What :meth:`Session.expect` gives: inside the ``with`` a promise, after it the turn.

    Every attribute of :class:`~gemini_live.Turn` can be read from it; :attr:`value` is the turn itself.
    """

    def __init__(self, session: Waiting, timeout: float) -> None:
        self._session = session
        self._timeout = timeout
        self._value: Turn | None = None
        self._next = 0

    def __enter__(self) -> ExpectedTurn:  # noqa: PYI034 - Self needs Python 3.11
        session = self._session
        self._next = session._ref.call(commands.NextTurn(), timeout=None)  # noqa: SLF001 - one object in two classes
        self._watch = session._hub.watch_turns()  # noqa: SLF001
        self._outer = getattr(session._expecting, "watch", None)  # noqa: SLF001
        session._expecting.watch = self._watch  # noqa: SLF001 - what this thread sends is what is to be answered
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        session = self._session
        session._expecting.watch = self._outer  # noqa: SLF001
        try:
            if kind is None:
                self._settle()
                deadline = Deadline.after(self._timeout)
                self._value = session._await_turn(self._watch, deadline, self._timeout)  # noqa: SLF001
        finally:
            session._hub.forget(self._watch)  # noqa: SLF001

    def _settle(self) -> None:
        """See to it that every send of the block is numbered; if it has sent no request, the next turn will do."""
        session = self._session
        try:
            session._ref.call(commands.NextTurn(), timeout=None)  # noqa: SLF001
        except SessionClosed:
            pass  # the answer may have come before the end
        if self._watch.number is None:
            session._hub.arm(self._watch, self._next)  # noqa: SLF001

    @property
    def value(self) -> Turn:
        """The turn; only after the ``with``."""
        if self._value is None:
            raise GeminiLiveError("the turn is there when the with block has ended, not inside it")
        return self._value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.value, name)

    def __repr__(self) -> str:
        return f"<ExpectedTurn {self._value!r}>"
