"""Failures that are waiting for connections and requests.  Any thread."""

from __future__ import annotations

import enum
import json
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from ..exceptions import ConfigError
from . import shapes
from .disturbance import Disturbance, disturbance_of
from .refusals import cut_reason, error_body
from .shapes import Message

RESERVED_CODES = (1004, 1005, 1006, 1015)
"""Close codes that no close frame carries."""


class Phase(enum.Enum):
    """When a connection can fail: right after these, but for the setup and the first message, before they count."""

    OPEN = "open"
    SETUP = "setup"
    READY = "ready"
    FIRST_MESSAGE = "first_message"
    TOOL_CALL = "tool_call"
    GENERATION = "generation"
    GENERATION_COMPLETE = "generation_complete"
    INTERRUPTED = "interrupted"
    TURN_COMPLETE = "turn_complete"
    GO_AWAY = "go_away"


_LEADS_TO = (
    (Phase.READY, ("setupComplete",)),
    (Phase.TOOL_CALL, ("toolCall",)),
    (Phase.GO_AWAY, ("goAway",)),
    (Phase.INTERRUPTED, ("serverContent", "interrupted")),
    (Phase.TURN_COMPLETE, ("serverContent", "turnComplete")),
    (Phase.GENERATION_COMPLETE, ("serverContent", "generationComplete")),
)
"""Which message leads to which phase: the first that it has something of."""


def phase_after(message: Message) -> Phase | None:
    """Return the phase that a connection has come to once a message is sent."""
    if shapes.gives_audio(message):
        return Phase.GENERATION
    return next((phase for phase, path in _LEADS_TO if shapes.at(message, *path) not in (None, False)), None)


@attrs.frozen
class AnswerHttp:
    """Answer the upgrade, or the request, with this."""

    status: int
    body: str
    headers: Mapping[str, str]


@attrs.frozen
class Close:
    """Close."""

    code: int
    reason: str


@attrs.frozen
class Reset:
    """Reset the TCP connection; by itself, in place of an answer."""


@attrs.frozen
class Silence:
    """Never answer the setup, or the request."""


@attrs.frozen
class Mute:
    """Send nothing more but pongs."""


@attrs.frozen
class Freeze:
    """Become a black hole."""


@attrs.frozen
class Say:
    """Send messages that nothing has called for."""

    messages: tuple[Message, ...]


@attrs.frozen
class Hold:
    """Hold back the next message that leads to a phase, until another phase is reached."""

    phase: Phase


@attrs.frozen
class Disturb:
    """Be disturbed from now on."""

    how: Disturbance


Happening = Close | Reset | Mute | Freeze | Say | Hold | Disturb


@attrs.frozen
class Later:
    """Fail in a phase of the connection.

    Attributes:
        at: when.
        what: how.
    """

    at: Phase
    what: Happening


Fault = AnswerHttp | Reset | Silence | Later

KINDS = ("live", "rest", "open")
"""What a failure can befall: the next connection to a socket, the next plain request, every open connection."""

SPURIOUS: Mapping[str, tuple[Message, ...]] = {
    "interruption": ({"serverContent": {"interrupted": True}}, {"serverContent": {"turnComplete": True}}),
    "turn_complete": ({"serverContent": {"turnComplete": True}},),
    "generation_complete": ({"serverContent": {"generationComplete": True}},),
    "not_resumable": ({"sessionResumptionUpdate": {}},),
}
"""What the service has been seen to send where nothing called for it, by names for it."""


def fault_of(
    on: str,
    *,
    status: int | None = None,
    body: str | bytes | Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    code: int | None = None,
    reason: str = "",
    drop: bool = False,
    silent: bool = False,
    mute: bool = False,
    freeze: bool = False,
    send: str | Iterable[Mapping[str, Any]] | None = None,
    late: str | None = None,
    disturb: Mapping[str, Any] | None = None,
    at: str = "setup",
) -> Fault:
    """Make a failure of what ``Emulator.fail_next`` was given.

    Raises:
        ConfigError: not exactly one kind of failure, or one that can't be.
    """
    if on not in KINDS:
        raise ConfigError(f"must be one of {', '.join(KINDS)}, not {on!r}", path="on")
    phase = _phase(at, "at")
    kinds = {"status": status, "code": code, "send": send, "late": late, "disturb": disturb}
    flags = {"drop": drop, "silent": silent, "mute": mute, "freeze": freeze}
    given = [*(kind for kind, value in kinds.items() if value is not None), *(flag for flag in flags if flags[flag])]
    if len(given) != 1:
        raise ConfigError(f"fail_next takes exactly one of {', '.join((*kinds, *flags))}")
    if on == "rest" and given[0] not in ("status", "drop", "silent"):
        raise ConfigError("is for connections; a request fails by status, drop or silent", path=given[0])
    if phase is not Phase.SETUP and (on == "rest" or status is not None):
        raise ConfigError("is for connections that have begun; HTTP fails before", path="at")
    if on == "open" and (status is not None or phase in (Phase.OPEN, Phase.SETUP)):
        raise ConfigError("of open connections must be a later phase, and no status", path="at")
    if late is not None and phase in (Phase.OPEN, Phase.SETUP):
        raise ConfigError("says when the held message comes; it must be a later phase", path="at")
    if status is not None:
        lowest = 200 if on == "rest" else 300  # a wrong body is a failure too
        if isinstance(status, bool) or not isinstance(status, int) or not lowest <= status <= 599:
            raise ConfigError(f"must be {lowest} to 599, not {status!r}", path="status")
        return AnswerHttp(status, _body_text(status, body), _checked_headers(headers))
    if phase is Phase.SETUP and (drop or silent):
        return Reset() if drop else Silence()
    return Later(phase, _happening(code, reason, drop=drop, mute=mute, send=send, late=late, disturb=disturb))


def _happening(
    code: int | None,
    reason: str,
    *,
    drop: bool,
    mute: bool,
    send: str | Iterable[Mapping[str, Any]] | None,
    late: str | None,
    disturb: Mapping[str, Any] | None,
) -> Happening:
    """Return the one of these that is given; none of them is a black hole."""
    if code is not None:
        return Close(check_close_code(code), cut_reason(reason))
    if send is not None:
        return Say(_messages(send))
    if late is not None:
        return Hold(_phase(late, "late"))
    if disturb is not None:
        return Disturb(disturbance_of(**disturb))
    return Reset() if drop else Mute() if mute else Freeze()


def _phase(name: str, path: str) -> Phase:
    try:
        return Phase(name)
    except ValueError:
        known = ", ".join(phase.value for phase in Phase)
        raise ConfigError(f"must be one of {known}, not {name!r}", path=path) from None


def _messages(send: str | Iterable[Mapping[str, Any]]) -> tuple[Message, ...]:
    if isinstance(send, str):
        if send not in SPURIOUS:
            raise ConfigError(f"must be messages, or one of {', '.join(SPURIOUS)}, not {send!r}", path="send")
        return SPURIOUS[send]
    messages = (send,) if isinstance(send, Mapping) else tuple(send)
    if not messages or not all(isinstance(message, Mapping) for message in messages):
        raise ConfigError("must be JSON objects, at least one", path="send")
    return tuple(dict(message) for message in messages)


def _checked_headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Return headers with their names in lower case."""
    for name, value in (headers or {}).items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise ConfigError(f"must be text for text, not {name!r}: {value!r}", path="headers")
        if {"\r", "\n", "\0"} & {*name, *value}:
            raise ConfigError(f"must be one line, not {name!r}: {value!r}", path="headers")
    return {name.lower(): value for name, value in (headers or {}).items()}


def check_close_code(code: int) -> int:
    """Return ``code`` if a close frame can carry it.

    Raises:
        ConfigError: it can't.
    """
    if isinstance(code, bool) or not isinstance(code, int) or not 1000 <= code <= 4999 or code in RESERVED_CODES:
        raise ConfigError(f"no close frame carries {code}; to lose connections without one use drop", path="code")
    return code


def _body_text(status: int, body: str | bytes | Mapping[str, Any] | None) -> str:
    if body is None:
        return error_body(status, "The service is currently unavailable." if status == 503 else "The request failed.")
    if isinstance(body, bytes):
        return body.decode(errors="replace")
    text = body if isinstance(body, str) else json.dumps(body)
    return text.encode(errors="replace").decode()


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
