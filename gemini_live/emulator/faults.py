"""Failures that are waiting for the next connections and requests.  Any thread."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

import attrs

from ..exceptions import ConfigError
from . import shapes
from .refusals import cut_reason, error_body
from .shapes import Message

RESERVED_CODES = (1004, 1005, 1006, 1015)
"""Close codes that no close frame carries."""


@attrs.frozen
class AnswerHttp:
    """Answer the upgrade, or the request, with this."""

    status: int
    body: str
    headers: Mapping[str, str]


@attrs.frozen
class Close:
    """Close, at the setup in place of ``setupComplete``."""

    code: int
    reason: str


@attrs.frozen
class Reset:
    """Reset the TCP connection in place of an answer."""


@attrs.frozen
class Silence:
    """Never answer the setup, or the request; later become a black hole."""


@attrs.frozen
class Later:
    """Fail in a phase after the setup.

    Attributes:
        at: one of :data:`PHASES` but the first.
        what: how.
    """

    at: str
    what: Close | Reset | Silence


Fault = AnswerHttp | Close | Reset | Silence | Later

PHASES = ("setup", "first_message", "generation", "turn_complete")
"""When a connection can fail."""
KINDS = ("live", "rest")
"""What a failure can befall: a connection to a socket, or a plain request."""


def fault_of(
    on: str,
    *,
    status: int | None,
    body: str | bytes | Mapping[str, Any] | None,
    headers: Mapping[str, str] | None,
    code: int | None,
    reason: str,
    drop: bool,
    silent: bool,
    at: str = "setup",
) -> Fault:
    """Make a failure of what ``Emulator.fail_next`` was given.

    Raises:
        ConfigError: not exactly one kind of failure, or one that can't be sent.
    """
    if on not in KINDS:
        raise ConfigError(f"must be one of {', '.join(KINDS)}, not {on!r}", path="on")
    if at not in PHASES:
        raise ConfigError(f"must be one of {', '.join(PHASES)}, not {at!r}", path="at")
    if sum((status is not None, code is not None, drop, silent)) != 1:
        raise ConfigError("fail_next takes exactly one of status, code, drop and silent")
    if code is not None and on == "rest":
        raise ConfigError("is for connections; a request is answered with a status", path="code")
    if at != "setup" and (on == "rest" or status is not None):
        raise ConfigError("is for connections that have begun; HTTP fails before", path="at")
    if status is not None:
        lowest = 200 if on == "rest" else 300  # a wrong body is a failure too
        if not lowest <= status <= 599:
            raise ConfigError(f"must be {lowest} to 599, not {status}", path="status")
        return AnswerHttp(status, _body_text(status, body), _checked_headers(headers))
    what: Close | Reset | Silence = Reset() if drop else Silence()
    if code is not None:
        what = Close(check_close_code(code), cut_reason(reason))
    return what if at == "setup" else Later(at, what)


def phase_after(message: Message) -> str | None:
    """Return the phase that a connection has come to once a message is sent."""
    if shapes.gives_audio(message):
        return "generation"
    return "turn_complete" if shapes.ends_turn(message) else None


def _checked_headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Return headers with their names in lower case."""
    for name, value in (headers or {}).items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise ConfigError(f"must be text for text, not {name!r}: {value!r}", path="headers")
    return {name.lower(): value for name, value in (headers or {}).items()}


def check_close_code(code: int) -> int:
    """Return ``code`` if a close frame can carry it.

    Raises:
        ConfigError: it can't.
    """
    if not 1000 <= code <= 4999 or code in RESERVED_CODES:
        raise ConfigError(f"no close frame carries {code}; to lose connections without one use drop", path="code")
    return code


def _body_text(status: int, body: str | bytes | Mapping[str, Any] | None) -> str:
    if body is None:
        return error_body(status, "The service is currently unavailable." if status == 503 else "The request failed.")
    if isinstance(body, bytes):
        return body.decode(errors="replace")
    return body if isinstance(body, str) else json.dumps(body)


class FaultQueue:
    """Failures in the order in which they will happen.  Any thread."""

    def __init__(self) -> None:
        self._faults: dict[str, deque[Fault]] = {kind: deque() for kind in KINDS}
        self._lock = threading.Lock()

    def add(self, on: str, fault: Fault, times: int) -> None:
        """Append a failure of one of :data:`KINDS`."""
        with self._lock:
            self._faults[on].extend([fault] * times)

    def take(self, on: str) -> Fault | None:
        """Return the failure of this connection or request, ``None`` if it shall succeed."""
        with self._lock:
            waiting = self._faults[on]
            return waiting.popleft() if waiting else None
