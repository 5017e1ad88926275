"""The options that every kind of session has: where to, who hears, and what the bounds are; checked and complete."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any

import attrs

from .._clock import SYSTEM_CLOCK, Clock, check_seconds
from ..backends import Backend, Network
from ..backends.base import Endpoint
from ..exceptions import AuthError, ConfigError
from ..protocol import Event
from ..protocol.policy import ReconnectPolicy
from ..stores import HandleStore
from ..telemetry import Observer
from ..transport import Connector
from ..types.codec import collect
from .callbacks import CallbackTable
from .policies import OutboxPolicy

RUNNING_OPTIONS = (
    "handler", "owner", "name", "transport", "dispatch", "outbox", "connect_timeout", "close_timeout",
    "max_message_bytes", "observer", "clock",
)  # fmt: skip
_numbers = itertools.count(1)


@attrs.frozen(kw_only=True)
class RunningOptions:
    """What every session was started with."""

    model: str
    backend: Backend
    reconnect: ReconnectPolicy | None
    store: HandleStore | None = None
    callbacks: CallbackTable = attrs.field(repr=False)
    owner: Callable[[Event], object] | None
    name: str
    connector: Connector | None
    dispatch: str | Executor
    outbox: OutboxPolicy
    connect_timeout: float
    close_timeout: float
    max_message_bytes: int
    network: Network
    observer: Observer | None
    clock: Clock
    secrets: tuple[str, ...] = attrs.field(repr=False)

    def endpoint(self) -> Endpoint:
        """Return where to connect, with credentials fetched now; may block.

        Raises:
            AuthError: there are no credentials to be had.
        """
        raise NotImplementedError


def callback_options(events: Mapping[str, type]) -> tuple[str, ...]:
    """Return the options that name a callback."""
    return tuple(f"on_{name}" for name in events)


def read_running(
    options: Mapping[str, Any], check: Checker, *, events: Mapping[str, type], kind: str
) -> dict[str, Any]:
    """Return the options that say how a session runs, complete.

    Args:
        options: the program's, without any that is ``None``.
        check: told of what is wrong with them.
        events: the session's events by name.
        kind: what a session without a name is called.
    """
    return {
        "callbacks": check(_callbacks, options, events),
        "owner": check(_owner, options),
        "name": check(_name, options, kind),
        "connector": check(_function, options, "transport"),
        "dispatch": check(_dispatch, options),
        "outbox": check(_instance, options, "outbox", OutboxPolicy) or OutboxPolicy(),
        "reconnect": check(_reconnect, options),
        "connect_timeout": check(_seconds, options, "connect_timeout", 30.0),
        "close_timeout": check(_seconds, options, "close_timeout", 5.0),
        "max_message_bytes": check(check_positive, options, "max_message_bytes", 64 * 2**20),
        "observer": check(_observer, options),
        "clock": check(_clock, options),
    }


class Checker:
    """Runs one check after another and keeps what each has to complain of, so that all of it is said at once."""

    def __init__(self, problems: list[ConfigError]) -> None:
        self._problems = problems
        self.no_credentials: AuthError | None = None

    def __call__(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        try:
            return function(*arguments, **keywords)
        except ConfigError as error:
            self._problems.extend(error.problems)
        except AuthError as error:
            self.no_credentials = error  # what else is wrong is told first
        return None


def check_flag(options: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """Return an option that is true or false."""
    value = options.get(name, default)
    if not isinstance(value, bool):
        raise ConfigError(f"must be True or False, not {type(value).__name__}", path=name)
    return value


def _callbacks(options: Mapping[str, Any], events: Mapping[str, type]) -> CallbackTable:
    table, problems = CallbackTable(events), []
    if "handler" in options:
        try:
            table.add_handler(options["handler"])
        except ConfigError as error:
            problems.append(error)
    for name in callback_options(events):
        try:
            if name in options:
                table.add(name, options[name])
        except ConfigError as error:  # noqa: PERF203 - each on its own, so that one hides no other
            problems.append(error)
    collect(problems)
    return table


def _owner(options: Mapping[str, Any]) -> Callable[[Event], object] | None:
    owner = options.get("owner")
    if owner is None:
        return None
    put = getattr(owner, "put_nowait", None)
    if not callable(put):
        raise ConfigError("must be a queue.Queue, or have a put_nowait method", path="owner")
    result: Callable[[Event], object] = put
    return result


def _name(options: Mapping[str, Any], kind: str) -> str:
    name = options.get("name")
    if name is None:
        return f"{kind}-{next(_numbers)}"
    if not isinstance(name, str) or not name:
        raise ConfigError("must be a string that is not empty", path="name")
    return name


def _dispatch(options: Mapping[str, Any]) -> str | Executor:
    dispatch = options.get("dispatch", "thread")
    if type(dispatch).__name__ == "ProcessPoolExecutor":
        raise ConfigError(
            "runs in other processes, where the session is not; use a ThreadPoolExecutor", path="dispatch"
        )
    if isinstance(dispatch, (str, Executor)) and (isinstance(dispatch, Executor) or dispatch in ("thread", "inline")):
        return dispatch
    raise ConfigError(f'must be "thread", "inline" or a concurrent.futures.Executor, not {dispatch!r}', path="dispatch")


def _function(options: Mapping[str, Any], name: str) -> Any:
    function = options.get(name)
    if function is not None and not callable(function):
        raise ConfigError(f"must be callable, not {type(function).__name__}", path=name)
    return function


def _reconnect(options: Mapping[str, Any]) -> ReconnectPolicy | None:
    value = options.get("reconnect", True)
    if isinstance(value, ReconnectPolicy):
        return value
    if not isinstance(value, bool):
        raise ConfigError(f"must be a ReconnectPolicy, or False, not {type(value).__name__}", path="reconnect")
    return ReconnectPolicy() if value else None


def _observer(options: Mapping[str, Any]) -> Observer | None:
    observer = options.get("observer")
    if observer is not None and not callable(getattr(observer, "event", None)):
        raise ConfigError("must have a method event(name, measurements, attributes)", path="observer")
    return observer


def _instance(options: Mapping[str, Any], name: str, cls: type) -> Any:
    value = options.get(name)
    if value is not None and not isinstance(value, cls):
        raise ConfigError(f"must be a {cls.__name__}, not {type(value).__name__}", path=name)
    return value


def _seconds(options: Mapping[str, Any], name: str, default: float) -> float:
    return check_seconds(options.get(name, default), name)


def check_positive(options: Mapping[str, Any], name: str, default: int) -> int:
    """Return an option that is a whole number above 0."""
    value = options.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ConfigError(f"must be a whole number above 0, not {value!r}", path=name)
    return value


def _clock(options: Mapping[str, Any]) -> Clock:
    clock = options.get("clock", SYSTEM_CLOCK)
    if not all(callable(getattr(clock, name, None)) for name in ("monotonic", "wait_time", "watch", "unwatch")):
        raise ConfigError("must be a clock, such as gemini_live.testing.ManualClock", path="clock")
    result: Clock = clock
    return result


def check_timeout(value: Any) -> float | None:
    """Return a number of seconds, 0 or more, or ``None`` for no end.

    Raises:
        ConfigError: it is something else.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
        raise ConfigError(f"must be seconds, 0 or more, or None, not {value!r}", path="timeout")
    return float(value)
