"""``start_link``'s keywords, checked once and before anything is opened."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any

import attrs

from .._clock import SYSTEM_CLOCK, Clock, check_seconds
from ..backends import WHERE_OPTIONS, Backend, DeveloperBackend, Network, make_backend, read_network
from ..backends.developer import ALPHA_VERSION
from ..exceptions import AuthError, ConfigError
from ..profiles import Profile, profile_of
from ..protocol import CALLBACKS, Event
from ..protocol.policy import ReconnectPolicy
from ..protocol.preflight import check_setup, needs_alpha
from ..stores import HandleStore
from ..telemetry import Observer
from ..tools.toolbox import Toolbox
from ..transport import Connector
from ..types import Setup
from ..types.codec import collect, unknown_key
from .callbacks import CallbackTable
from .policies import OutboxPolicy
from .setting_up import SETUP_OPTIONS, SetupPlan, make_setup

_RUNNING_OPTIONS = (
    "handler", "owner", "name", "transport", "dispatch", "outbox", "store", "connect_timeout", "close_timeout",
    "max_message_bytes", "strict", "observer", "clock", "tool_timeout", "max_tool_workers", "max_tool_calls",
)  # fmt: skip
CALLBACK_OPTIONS = tuple(f"on_{name}" for name in CALLBACKS)
KNOWN = (*WHERE_OPTIONS, *SETUP_OPTIONS, *_RUNNING_OPTIONS, *CALLBACK_OPTIONS)
_numbers = itertools.count(1)
_SILENCE_MS = 800.0
"""How much silence makes an end of speech, where the setup does not say; Google's pages name no figure."""
_SILENCE_MARGIN_MS = 400.0


@attrs.frozen(kw_only=True)
class Options:
    """Everything a session was started with, complete and valid."""

    model: str
    profile: Profile
    backend: Backend
    setup: Setup = attrs.field(repr=False)
    toolbox: Toolbox = attrs.field(repr=False)
    given: Mapping[str, Any] = attrs.field(repr=False)
    reconnect: ReconnectPolicy | None
    store: HandleStore | None
    callbacks: CallbackTable = attrs.field(repr=False)
    owner: Callable[[Event], object] | None
    name: str
    connector: Connector | None
    dispatch: str | Executor
    outbox: OutboxPolicy
    connect_timeout: float
    close_timeout: float
    max_message_bytes: int
    tool_timeout: float
    max_tool_workers: int
    max_tool_calls: int
    network: Network
    observer: Observer | None
    clock: Clock
    automatic_activity: bool
    strict: bool
    splits_tool_rounds: bool
    transparent: bool
    secrets: tuple[str, ...] = attrs.field(repr=False)

    @property
    def trailing_ms(self) -> float:
        """Milliseconds of silence that end the user's turn, where the end of the stream does not."""
        if not (self.profile.needs_trailing_audio and self.automatic_activity):
            return 0.0
        realtime = self.setup.realtime_input_config
        detection = realtime.automatic_activity_detection if realtime is not None else None
        asked_for = detection.silence_duration_ms if detection is not None else None
        return (_SILENCE_MS if asked_for is None else asked_for) + _SILENCE_MARGIN_MS


def make_options(given: Mapping[str, Any]) -> Options:
    """Check the keywords of ``start_link`` and return them complete.

    Raises:
        ConfigError: options are unknown or wrong; the error names every one of them.
        AuthError: there are no credentials.
    """
    problems: list[ConfigError] = [unknown_key(name, list(KNOWN)) for name in given if name not in KNOWN]
    options = {name: value for name, value in given.items() if value is not None}
    check = _Checker(problems)
    strict = check(_flag, options, "strict", default=True)
    network = check(read_network, options)
    backend = check(make_backend, options, network or Network())
    plan = make_setup(options, backend, problems)
    setup, model = plan.sent, plan.checked.model or ""
    if backend is not None:
        backend = _with_needed_version(backend, setup, options)
        if strict:
            problems += check_setup(plan.checked, model=model, backend=backend.name, api_version=backend.api_version)
            problems += plan.toolbox.problems(profile=profile_of(model), backend=backend.name)
    rest: dict[str, Any] = {
        "callbacks": check(_callbacks, options),
        "owner": check(_owner, options),
        "name": check(_name, options),
        "connector": check(_function, options, "transport"),
        "dispatch": check(_dispatch, options),
        "outbox": check(_instance, options, "outbox", OutboxPolicy) or OutboxPolicy(),
        "reconnect": check(_reconnect, options),
        "store": check(_store, options),
        "connect_timeout": check(_seconds, options, "connect_timeout", 30.0),
        "close_timeout": check(_seconds, options, "close_timeout", 5.0),
        "max_message_bytes": check(_positive, options, "max_message_bytes", 64 * 2**20),
        "tool_timeout": check(_tool_timeout, options),
        "max_tool_workers": check(_positive, options, "max_tool_workers", 16),
        "max_tool_calls": check(_positive, options, "max_tool_calls", 100),
        "network": network,
        "observer": check(_observer, options),
        "clock": check(_clock, options),
    }
    collect(problems)
    if check.no_credentials is not None:
        raise check.no_credentials
    assert backend is not None
    return Options(
        model=model,
        profile=profile_of(model),
        backend=backend,
        setup=setup,
        toolbox=plan.toolbox,
        given=options,
        strict=bool(strict),
        splits_tool_rounds=profile_of(model).splits_tool_rounds,
        automatic_activity=_detects_activity(setup),
        transparent=bool(setup.session_resumption is not None and setup.session_resumption.transparent),
        secrets=(*backend.secrets(), *rest["network"].secrets(), *_handles(setup)),
        **rest,
    )


def make_changed_setup(options: Options, changes: Mapping[str, Any]) -> SetupPlan:
    """Return the setup of a session with some of its options changed, and its functions.

    Raises:
        ConfigError: they can't be changed, or are wrong; the error names every one of them.
    """
    fixed = {"model", "resume_handle", "reconnect", "session_resumption"}
    may = [name for name in SETUP_OPTIONS if name not in fixed]
    problems = [
        ConfigError("can't be changed in a session", path=name) if name in KNOWN else unknown_key(name, may)
        for name in changes
        if name not in may
    ]
    if not changes:
        raise ConfigError(f"update() takes at least one of {', '.join(may)}")
    merged = {**options.given, **{name: value for name, value in changes.items() if name in may}}
    merged = {name: value for name, value in merged.items() if value is not None}
    plan = make_setup(merged, options.backend, problems)
    if options.strict:
        backend = options.backend
        problems += check_setup(
            plan.checked, model=options.model, backend=backend.name, api_version=backend.api_version
        )
        problems += plan.toolbox.problems(profile=options.profile, backend=backend.name)
    collect(problems)
    return plan


def with_changed_setup(options: Options, plan: SetupPlan, changes: Mapping[str, Any]) -> Options:
    """Return the options of a session whose settings were changed."""
    given = {**options.given, **changes}
    automatic = _detects_activity(plan.sent)
    return attrs.evolve(options, setup=plan.sent, toolbox=plan.toolbox, given=given, automatic_activity=automatic)


def _detects_activity(setup: Setup) -> bool:
    """Whether the server itself looks where the user's speech begins and ends."""
    detection = setup.realtime_input_config and setup.realtime_input_config.automatic_activity_detection
    return not (detection and detection.disabled)


def _with_needed_version(backend: Backend, setup: Setup, options: Mapping[str, Any]) -> Backend:
    """Return the backend with the API version that the setup needs, unless the program has named one."""
    if isinstance(backend, DeveloperBackend) and "api_version" not in options and needs_alpha(setup, setup.model or ""):
        return attrs.evolve(backend, api_version=ALPHA_VERSION)
    return backend


class _Checker:
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


def _flag(options: Mapping[str, Any], name: str, *, default: bool) -> bool:
    value = options.get(name, default)
    if not isinstance(value, bool):
        raise ConfigError(f"must be True or False, not {type(value).__name__}", path=name)
    return value


def _callbacks(options: Mapping[str, Any]) -> CallbackTable:
    table, problems = CallbackTable(), []
    if "handler" in options:
        try:
            table.add_handler(options["handler"])
        except ConfigError as error:
            problems.append(error)
    for name in CALLBACK_OPTIONS:
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


def _name(options: Mapping[str, Any]) -> str:
    name = options.get("name")
    if name is None:
        return f"session-{next(_numbers)}"
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


def _store(options: Mapping[str, Any]) -> HandleStore | None:
    store = options.get("store")
    if store is not None and not all(callable(getattr(store, name, None)) for name in ("load", "save", "discard")):
        raise ConfigError("must have the methods load, save and discard, as a HandleStore", path="store")
    if store is not None and options.get("name") is None:
        raise ConfigError("needs name=… beside it: handles are stored under the session's name", path="store")
    return store


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


def _tool_timeout(options: Mapping[str, Any]) -> float:
    value = options.get("tool_timeout", 30.0)
    return float(value) if value == float("inf") else check_seconds(value, "tool_timeout")


def _positive(options: Mapping[str, Any], name: str, default: int) -> int:
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


def _handles(setup: Setup) -> tuple[str, ...]:
    """Return the handle in a setup, if it has one."""
    handle = setup.session_resumption.handle if setup.session_resumption is not None else None
    return (handle,) if isinstance(handle, str) else ()


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
