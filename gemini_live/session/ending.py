"""How a session ended, and what everybody is told of it."""

from __future__ import annotations

from .._logging import Redactor, redact_error
from ..exceptions import ApiError, ConnectError, ConnectionLost, GeminiLiveError, SessionClosed, SetupError
from ..protocol import Closed, FlightRecorder, Unsent
from ..protocol.close_codes import classify
from ..protocol.endpoint import Received
from ..transport import ConnectionEnded
from .board import Board
from .outbox import Queued


class Ending:
    """Collects the facts of a session's end.  Owner: the actor; :meth:`refusal` may be called by any thread."""

    def __init__(self, board: Board, recorder: FlightRecorder) -> None:
        self._board = board
        self._recorder = recorder
        self._unsent: list[Unsent] = []
        self._by = "user"
        self._code: int | None = None
        self._reason = ""
        self._clean = True
        self._lost: tuple[int, str, str] | None = None
        self._crash: BaseException | None = None
        self._attempts: tuple[BaseException, ...] = ()
        self.close_code: int = 1000
        self.close_reason: str = ""

    def asked(self, code: int, reason: str) -> None:
        """Note that the program wants the end, and what to say to the server."""
        self.close_code, self.close_reason = code, reason
        self._by = "user"

    def note(self, code: int, reason: str, *, by: str, clean: bool = False) -> None:
        """Note how the connection ended."""
        self._by, self._code, self._reason, self._clean = by, code, reason, clean

    def lost(self, end: ConnectionEnded, reason: str, *, draining: bool) -> None:
        """Note that the connection ended although nobody here had asked for it."""
        self.note(end.code, reason, by="server" if end.by_peer else "error", clean=end.clean)
        if not (end.by_peer and end.code == 1000):  # the server may end a session well
            self._lost = (end.code, reason, "draining" if draining else "session")

    def gave_up(self, causes: list[BaseException]) -> None:
        """Note what was tried in vain."""
        self._attempts = tuple(causes)
        if self._lost is None and causes:  # it was left on purpose, or well, and nothing better was to be had
            last = causes[-1]
            code, reason = getattr(last, "code", None), getattr(last, "reason", None)
            self._lost = (code or self._code or 1006, reason or self._reason or str(last), "session")
            self._by = "error"

    def recovered(self) -> None:
        """Note that the loss was made good."""
        self._lost, self._code, self._reason, self._by, self._clean = None, None, "", "user", True

    def crashed(self, error: BaseException) -> None:
        """Note that this side failed."""
        self.note(1006, "an internal error ended the session", by="error")
        self._crash = error

    def give_back(self, queued: Queued) -> None:
        """Note a message that was accepted and will not be sent."""
        self._unsent.append(queued.as_unsent())
        if queued.reply is not None:
            queued.reply.fail(self.refusal())

    def unconfirmed(self, queued: Queued) -> None:
        """Note a message that went out on a connection that was lost, without a sign that it arrived."""
        self._unsent.append(queued.as_unsent())

    def error(self) -> GeminiLiveError | None:
        """Return what the session died of, ``None`` if it ended well; a new object at every call."""
        if self._crash is not None:
            error = ConnectionLost(1006, self._reason, unsent=self._unsent, history=self._recorder.entries())
            error.__cause__ = self._crash
            return error
        if self._lost is None:
            return None
        code, reason, phase = self._lost
        verdict = classify(code, reason, in_setup=False)
        last = self._attempts[-1] if self._attempts else None  # what speaks against another attempt, if anything does
        lost = ConnectionLost(
            code,
            reason,
            phase=phase,
            retryable=bool(getattr(last, "retryable", verdict.retryable)),
            resumable=verdict.resumable and self._board.handle is not None,
            hint=getattr(last, "hint", "") or verdict.hint,
            unsent=self._unsent,
            history=self._recorder.entries(),
            attempts=self._attempts,
        )
        lost.__cause__ = self._attempts[-1] if len(self._attempts) > 1 else None
        return lost

    def closed(self) -> Closed:
        """Return the last event's value."""
        return Closed(
            by=self._by,
            code=self._code,
            reason=self._reason,
            clean=self._clean,
            error=self.error(),
            unsent=tuple(self._unsent),
            handle=self._board.handle,
        )

    def refusal(self) -> SessionClosed:
        """Return what callers are told who come too late; the cause is what the session died of."""
        error = SessionClosed(self._code, self._reason, unsent=self._unsent, history=self._recorder.entries())
        error.__cause__ = self.error()
        return error


def setup_error(code: int, reason: str) -> SetupError:
    """Return the error for a connection that ended before the setup was complete."""
    verdict = classify(code, reason, in_setup=True)
    return SetupError(code, reason, hint=verdict.hint, retryable=verdict.retryable)


def refused_setup(document: ApiError, redact: Redactor) -> SetupError:
    """Return the error for an error document that came in place of ``setupComplete``."""
    status, reason = document.status or 1006, redact(document.message)
    verdict = classify(status, reason, in_setup=True)
    return SetupError(status, reason, hint=verdict.hint, retryable=verdict.retryable or document.retryable)


def redacted_error(error: BaseException, redact: Redactor) -> GeminiLiveError:
    """Take the secrets that a server may have echoed out of an error and its causes; wrap a stranger's error."""
    if isinstance(error, GeminiLiveError):
        return redact_error(error, redact)
    wrapped = ConnectError(f"{type(error).__name__}: {redact(str(error))}")
    wrapped.__cause__ = error
    return redact_error(wrapped, redact)


def known_names(message: Received | None) -> str:
    """Return what a message is, by the names this library knows: a stranger's key could be anything."""
    if message is None:
        return "unreadable"
    names = [name for name in message.raw if name not in message.extra]
    return ",".join([*names, *(["unknown"] if message.extra else [])])
