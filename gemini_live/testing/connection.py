"""The server's end of a connection in memory, in a test's hands."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from typing import Any

from .._clock import Deadline
from ..transport import ConnectRequest
from .memory import HUNG_UP, RESET, Gone, MemoryTransport, closing

Respond = Callable[["FakeConnection", Any], object]
"""Is given every message that a session sends, with its connection; on the session's thread: return at once."""


class _UnheardError(RuntimeError):
    """Nobody hears what is said."""


class FakeConnection:
    """One connection of a session, from the server's side.  Made by :class:`FakeTransport`.

    Every method may be called from any thread, and none of those that say something waits for the session.

    Attributes:
        number: which connection of the fake it is, from 1.
        request: what the session asked for: URL, headers.
    """

    def __init__(
        self,
        number: int,
        request: ConnectRequest,
        *,
        changed: threading.Condition,
        accept: bool,
        respond: Respond | None,
        failed: Callable[[BaseException], None],
    ) -> None:
        """Begin one; the fake does that."""
        self.number = number
        self.request = request
        self._changed = changed
        self._accept = accept
        self._respond = respond
        self._failed = failed
        self._sent: list[Any] = []
        self.transport = MemoryTransport(max_message_bytes=request.max_message_bytes, changed=changed, took=self._take)
        """The session's end; for wrappers and contract tests."""

    @property
    def sent(self) -> list[Any]:
        """What the session has sent on it so far, the setup first, as JSON; what is none is there as text."""
        with self._changed:
            return list(self._sent)

    @property
    def setup(self) -> dict[str, Any] | None:
        """The setup's JSON (what stands under ``setup``), ``None`` before it came."""
        first = next(iter(self.sent), None)
        return first.get("setup") if isinstance(first, dict) else None

    @property
    def open(self) -> bool:
        """Whether neither side has ended it."""
        return self.transport.end is None

    @property
    def close_code(self) -> int | None:
        """The code of the first close, from either side; 1006 if there was none; ``None`` while open."""
        end = self.transport.end
        return end[0] if end is not None else None

    @property
    def close_reason(self) -> str | None:
        """The reason that goes with :attr:`close_code`."""
        end = self.transport.end
        return end[1] if end is not None else None

    def accept(self, timeout: float = 5.0, **setup_complete: Any) -> dict[str, Any]:
        """Wait for the setup, complete it, and return it; for a fake that was made with ``accept=False``.

        Args:
            timeout: seconds to wait.
            setup_complete: what ``setupComplete`` says, such as ``sessionId="s1"``.

        Raises:
            TimeoutError: no setup came.
        """
        deadline = Deadline.after(timeout)
        with self._changed:
            self._changed.wait_for(lambda: self._sent or not self.open, deadline.remaining())
            if not self._sent:
                raise TimeoutError(f"no setup came within {timeout:g} s")
        self.say({"setupComplete": setup_complete})
        return self.setup or {}

    def say(self, *messages: Any) -> None:
        """Send messages as the service does, JSON in binary frames; ``str`` and ``bytes`` go as they are.

        Raises:
            RuntimeError: the connection has ended, and nobody will hear it.
        """
        payloads = [one if isinstance(one, (str, bytes)) else json.dumps(one).encode() for one in messages]
        if not self.transport.put(*payloads):
            raise _UnheardError(f"connection {self.number} has ended ({self.close_code}); the session hears nothing")

    def answer(self, words: str = "", *, audio: bytes = b"", text: str = "", **content: Any) -> None:
        """Say a whole turn: speech and its transcript, or text, then that it is complete.

        Args:
            words: the transcript.
            audio: the speech, PCM at 24 kHz.
            text: a text answer.
            content: what else the last ``serverContent`` says.
        """
        parts: list[dict[str, Any]] = [{"text": text}] if text else []
        if audio:
            data = base64.b64encode(audio).decode()
            parts.append({"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": data}})
        if parts:
            self.say({"serverContent": {"modelTurn": {"parts": parts}}})
        if words:
            self.say({"serverContent": {"outputTranscription": {"text": words}}})
        self.say({"serverContent": {"generationComplete": True}}, {"serverContent": {**content, "turnComplete": True}})

    def call(self, name: str, args: dict[str, Any] | None = None, *, call_id: str = "call-1") -> None:
        """Call a function of the session's."""
        self.say({"toolCall": {"functionCalls": [{"id": call_id, "name": name, "args": args or {}}]}})

    def offer(self, handle: str, **more: Any) -> None:
        """Give a resumption handle."""
        self.say({"sessionResumptionUpdate": {"newHandle": handle, "resumable": True, **more}})

    def close(self, code: int = 1000, reason: str = "") -> None:
        """End the connection as a server does, with a close code; harmless when it has ended.

        What was said before is heard before; what the session sends from now on is not taken.

        Raises:
            ValueError: the code is one that must not be sent; 1006 is :meth:`drop`.
        """
        self.transport.put(closing(code, reason))

    def drop(self, *, reset: bool = False) -> None:
        """Break the connection, without a close code; harmless when it has ended.

        Args:
            reset: whether by a reset, in place of an orderly end of the stream.
        """
        self.transport.put(Gone(RESET if reset else HUNG_UP))

    def stall(self) -> None:
        """Take nothing more: what the session sends piles up on its side, and pings get no pong."""
        self.transport.stall(stalled=True)

    def unstall(self) -> None:
        """Take again, first what has piled up."""
        self.transport.stall(stalled=False)

    def _take(self, payload: bytes) -> None:
        """Note a message and answer it; on the session's thread."""
        try:
            message: Any = json.loads(payload)
        except ValueError:
            message = payload.decode("utf-8", "replace")
        with self._changed:
            self._sent.append(message)
            self._changed.notify_all()
        if self._accept and len(self._sent) == 1:
            self.transport.put(b'{"setupComplete": {}}')
        if self._respond is None:
            return
        try:
            self._respond(self, message)
        except _UnheardError:
            pass  # the connection has ended meanwhile, which is no fault of respond()'s
        except BaseException as error:  # noqa: BLE001 - the session is not to blame: the test's waits raise it
            self._failed(error)
            self.transport.put(Gone(f"the test's respond() raised {type(error).__name__}"))

    def __repr__(self) -> str:
        state = "open" if self.open else f"closed {self.close_code}"
        return f"<FakeConnection {self.number}, {state}, {len(self._sent)} messages>"
