"""Every error this library raises, as one tree.

::

    GeminiLiveError
    ├── ConfigError                an option or argument is wrong (also a ValueError)
    ├── AuthError                  no usable credentials
    ├── ConnectError               a connection could not be opened
    │   ├── HandshakeError         the server refused the HTTP upgrade, or a proxy the tunnel
    │   ├── SetupError             the server refused the setup
    │   └── ConnectTimeout         it took too long (also a TimeoutError)
    ├── NotReadyError              the session is in a state that takes no such call
    ├── SessionClosed              the session has ended
    ├── ConnectionLost             the connection ended although nobody asked for it
    ├── OutboxFullError            too much is waiting to be sent
    ├── CallTimeout                the session did not answer in time (also a TimeoutError)
    ├── TurnTimeout                no turn ended in time (also a TimeoutError)
    ├── CallingSelfError           a blocking call that would wait for itself
    ├── ForkedSessionError         the session belongs to the parent process
    ├── ToolError                  a tool function failed
    ├── CallbackError              a callback raised
    ├── ProtocolError              the server said something that can't be understood
    ├── ApiError                   the service answered with an error document
    └── ModelNotFoundError         no model serves the request

Errors carry data: tell them apart by class and attributes, never by their text.  Every one of them can be pickled,
so it survives the way through Celery, multiprocessing or a log queue.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from ._texts import told

E = TypeVar("E", bound=BaseException)
TEMPORARY_STATUSES = frozenset({429, 500, 502, 503, 504})
"""HTTP statuses, and codes of error documents, that may be gone at the next attempt."""


def _rebuild(cls: type[GeminiLiveError], args: tuple[object, ...], state: dict[str, Any]) -> GeminiLiveError:
    error = cls.__new__(cls)
    error.args = args
    for name, value in state.items():
        setattr(error, name, value)
    return error


def _picklable(error: BaseException) -> BaseException:
    """Return a program's own exception if it survives pickling, otherwise its name and text."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    except Exception:  # noqa: BLE001 - a stranger's class may raise anything here
        return RuntimeError(told(error))
    return error


def fresh(error: E) -> E:
    """Return an exception like ``error`` that no other thread raises, with its causes and without its tracebacks."""
    again = copy.copy(error)
    again.__cause__ = error.__cause__
    return again


class GeminiLiveError(Exception):
    """Root of every error that this library raises."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class ConfigError(GeminiLiveError, ValueError):
    """An option or argument is wrong, and no byte was sent because of it.

    Attributes:
        path: where, as the caller wrote it (``generation_config.temperature``); empty when it is about the whole.
            Of several problems, the first one's.
    """

    _several: tuple[ConfigError, ...] = ()

    def __init__(self, message: str, *, path: str = "") -> None:
        self.path = path
        super().__init__(f"{path}: {message}" if path else message)

    @classmethod
    def of(cls, problems: Iterable[ConfigError]) -> ConfigError:
        """Return one error for several problems (at least one), each on a line of its own; one is returned as it is."""
        found = tuple(single for problem in problems for single in problem.problems)
        if len(found) == 1:
            return found[0]
        error = cls("\n".join(str(problem) for problem in found))
        error.path = found[0].path
        error._several = found
        return error

    @property
    def problems(self) -> tuple[ConfigError, ...]:
        """Everything that is wrong, in the order in which it was found; a single problem is its own only entry."""
        return self._several or (self,)


class AuthError(GeminiLiveError):
    """There are no usable credentials; raised before anything is dialled.

    Attributes:
        retryable: whether the same credentials may be had later, as when a token server is out of order.
    """

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        self.retryable = retryable
        super().__init__(message)


class ConnectError(GeminiLiveError):
    """A connection could not be opened; the session may try again.

    Attributes:
        phase: how far it came: ``"credentials"``, ``"dns"``, ``"tcp"``, ``"proxy"``, ``"tls"``, ``"upgrade"`` or
            ``"setup"``.
        retryable: whether the same attempt may work later without any change.
    """

    def __init__(self, message: str, *, phase: str = "", retryable: bool = False) -> None:
        self.phase = phase
        self.retryable = retryable
        super().__init__(message)


class HandshakeError(ConnectError):
    """The server answered the HTTP upgrade with something other than 101, or a proxy its CONNECT with no 2xx.

    Attributes:
        phase: ``"upgrade"`` if the server answered, ``"proxy"`` if the proxy did.
        status: the HTTP status, or ``None`` if the answer was not HTTP.
        headers: the answer's headers, names in lower case.
        body: the answer's body as text, at most 64 KiB of it.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None,
        headers: Mapping[str, str] | None = None,
        body: str = "",
        phase: str = "upgrade",
    ) -> None:
        self.status = status
        self.headers: dict[str, str] = dict(headers or {})
        self.body = body
        super().__init__(message, phase=phase, retryable=status in TEMPORARY_STATUSES)


class SetupError(ConnectError):
    """The server ended the connection instead of completing the setup.

    Attributes:
        code: the close code (1006 when there was no close frame), or the code of an error document.
        reason: the server's words.
        hint: what the words usually mean, or an empty string.
    """

    def __init__(self, code: int, reason: str, *, hint: str = "", retryable: bool = False) -> None:
        self.code = code
        self.reason = reason
        self.hint = hint
        text = f"the server refused the setup: {code} {reason or '(no reason given)'}"
        super().__init__(f"{text} ({hint})" if hint else text, phase="setup", retryable=retryable)


class ConnectTimeout(ConnectError, TimeoutError):
    """No connection within ``connect_timeout``."""

    def __init__(self, seconds: float, *, phase: str) -> None:
        self.seconds = seconds
        super().__init__(f"no session within {seconds:g} s; it came as far as: {phase}", phase=phase, retryable=True)


class NotReadyError(GeminiLiveError):
    """The session is in a state that does not take this call.

    Attributes:
        status: that state's name, as in ``session.status``.
    """

    def __init__(self, status: str, *, doing: str = "send") -> None:
        self.status = status
        hint = "; call connect() first" if status == "disconnected" else ""
        super().__init__(f"cannot {doing} while the session is {status}{hint}")


class _Ended(GeminiLiveError):
    """What the two errors of a session's end share; not raised itself."""

    unsent: tuple[Any, ...]
    history: tuple[Any, ...]


class SessionClosed(_Ended):
    """The session has ended; it takes no more calls.

    Attributes:
        code: the close code, ``None`` if there never was a connection.
        reason: the close reason.
        unsent: what was accepted and did not reach the kernel (:class:`gemini_live.Unsent` values).
        history: the flight recorder's entries at the end.
    """

    def __init__(
        self, code: int | None = None, reason: str = "", *, unsent: Sequence[Any] = (), history: Sequence[Any] = ()
    ) -> None:
        self.code = code
        self.reason = reason
        self.unsent: tuple[Any, ...] = tuple(unsent)
        self.history: tuple[Any, ...] = tuple(history)
        words = " ".join(str(word) for word in (code, reason) if word not in (None, ""))
        detail = f": {words}" if words else ""
        lost = f"; {len(self.unsent)} accepted message(s) were not sent" if self.unsent else ""
        super().__init__(f"the session has ended{detail}{lost}")


class ConnectionLost(_Ended):
    """The connection ended although the program had not asked for it.

    Attributes:
        code: the close code; 1006 when there was no close frame.
        reason: the server's words, or what happened to the connection.
        phase: what the session was doing (``"session"``, ``"draining"``, …).
        retryable: whether connecting again may work without any change.
        resumable: whether a resumption handle is worth trying.
        hint: what this code and reason usually mean, or an empty string.
        unsent: what was accepted and did not reach the kernel.
        history: the flight recorder's entries at the end.
        attempts: the errors of this loss and of every attempt to get another connection, oldest first.
    """

    def __init__(
        self,
        code: int,
        reason: str = "",
        *,
        phase: str = "session",
        retryable: bool = False,
        resumable: bool = False,
        hint: str = "",
        unsent: Sequence[Any] = (),
        history: Sequence[Any] = (),
        attempts: Sequence[BaseException] = (),
    ) -> None:
        self.code = code
        self.reason = reason
        self.phase = phase
        self.retryable = retryable
        self.resumable = resumable
        self.hint = hint
        self.unsent: tuple[Any, ...] = tuple(unsent)
        self.history: tuple[Any, ...] = tuple(history)
        self.attempts: tuple[BaseException, ...] = tuple(attempts)
        text = f"the connection was lost: {code} {reason or '(no reason given)'}"
        tried = f"; {len(self.attempts) - 1} attempt(s) to get another failed" if len(self.attempts) > 1 else ""
        super().__init__(f"{text} ({hint}){tried}" if hint else f"{text}{tried}")


class OutboxFullError(GeminiLiveError):
    """More is waiting to be sent than the outbox policy allows.

    Attributes:
        queued_bytes: what waits.
        max_bytes: the bound.
    """

    def __init__(self, queued_bytes: int, max_bytes: int) -> None:
        self.queued_bytes = queued_bytes
        self.max_bytes = max_bytes
        super().__init__(
            f"{queued_bytes} bytes wait to be sent and the bound is {max_bytes}: the network or the server is "
            "too slow; wait, or raise OutboxPolicy(max_bytes=…), or use block=True"
        )


class CallTimeout(GeminiLiveError, TimeoutError):
    """The session did not answer within the timeout; it may still do what was asked."""


class TurnTimeout(GeminiLiveError, TimeoutError):
    """No turn ended within the timeout.

    Attributes:
        seconds: the timeout.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"no turn ended within {seconds:g} s")


class CallingSelfError(GeminiLiveError):
    """A blocking call from a thread that itself would have to answer it."""


class ForkedSessionError(GeminiLiveError):
    """The session belongs to the process that was forked; this one must open its own."""


class ToolError(GeminiLiveError):
    """A tool function failed.

    Attributes:
        name: the tool's name.
        call_id: the id of the call, if the server gave one.
    """

    def __init__(self, message: str, *, name: str, call_id: str | None = None) -> None:
        self.name = name
        self.call_id = call_id
        super().__init__(f"{name}: {message}")


class CallbackError(GeminiLiveError):
    """A callback raised; the session goes on.  The callback's own exception is ``__cause__`` and :attr:`error`.

    Attributes:
        event: the event's name (``"message"``).
        error: what the callback raised.
    """

    def __init__(self, event: str, error: BaseException) -> None:
        self.event = event
        self.error = error
        super().__init__(f"on_{event} raised {told(error)}")
        self.__cause__: BaseException | None = error

    def __reduce__(self) -> tuple[Any, ...]:
        error = _picklable(self.error)
        return _rebuild, (type(self), self.args, {**self.__dict__, "error": error, "__cause__": error})


class ProtocolError(GeminiLiveError):
    """The server said something that can't be understood; what could be understood was delivered."""


class ApiError(GeminiLiveError):
    """The service answered with an error document: https://google.aip.dev/193.

    Attributes:
        status: its numeric code; of a REST call, the HTTP status.
        message: its words.
        details: the document.
        status_name: Google's word for the code, such as ``"RESOURCE_EXHAUSTED"``; empty where it has none.
        retryable: whether the same call may work later without any change.
    """

    def __init__(
        self, status: int | None, message: str, *, details: Mapping[str, Any] | None = None, status_name: str = ""
    ) -> None:
        self.status = status
        self.message = message
        self.details: dict[str, Any] = dict(details or {})
        self.status_name = status_name
        self.retryable = status in TEMPORARY_STATUSES
        code = " ".join(str(word) for word in (status, status_name) if word)
        super().__init__(f"{code or 'error'}: {message}")

    @classmethod
    def of(cls, document: Mapping[str, Any], *, status: int | None = None) -> ApiError:
        """Return the error that a document describes, nested (``{"error": {…}}``) or flat.

        Args:
            document: the JSON.
            status: the HTTP status it came with; else the document's own code counts.
        """
        inner = document.get("error")
        inner = document if inner is None else inner
        fields = inner if isinstance(inner, dict) else {"message": str(inner)}
        code, message, name = fields.get("code"), fields.get("message"), fields.get("status")
        return cls(
            status if status is not None else code if type(code) is int else None,
            str(message or "no message"),
            details=fields,
            status_name=name if isinstance(name, str) else "",
        )


class ModelNotFoundError(GeminiLiveError):
    """No available model serves the request.

    Attributes:
        available: the names that were there.
    """

    def __init__(self, message: str, *, available: Sequence[str] = ()) -> None:
        self.available: tuple[str, ...] = tuple(available)
        super().__init__(message)
