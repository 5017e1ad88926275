"""``start_link``'s keywords, checked once and before anything is opened."""

from __future__ import annotations

import itertools
import os
import re
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any

import attrs

from .._clock import SYSTEM_CLOCK, Clock
from ..backends import Backend, DeveloperBackend, check_header, parse_base_url
from ..backends.developer import DEFAULT_API_VERSION, DEFAULT_BASE_URL
from ..exceptions import AuthError, ConfigError
from ..profiles import Profile, profile_of
from ..protocol import CALLBACKS, Event
from ..telemetry import Observer
from ..transport import Connector
from ..types import ClientMessage, SessionResumptionConfig, Setup, parse
from ..types.codec import unknown_key
from ..types.kinds import check_json
from .callbacks import CallbackTable
from .policies import OutboxPolicy

SETUP_OPTIONS = (
    "generation_config",
    "system_instruction",
    "realtime_input_config",
    "context_window_compression",
    "input_audio_transcription",
    "output_audio_transcription",
    "proactivity",
    "history_config",
)
_OTHER_OPTIONS = (
    "auth", "api_key", "api_version", "base_url", "headers", "ssl_context", "session_resumption", "resume_handle",
    "extra_setup", "handler", "owner", "name", "transport", "dispatch", "reconnect", "outbox", "connect_timeout",
    "close_timeout", "max_message_bytes", "observer", "clock",
)  # fmt: skip
CALLBACK_OPTIONS = tuple(f"on_{name}" for name in CALLBACKS)
KNOWN = ("model", *SETUP_OPTIONS, *_OTHER_OPTIONS, *CALLBACK_OPTIONS)
_MAX_SECONDS = 86_400.0
_numbers = itertools.count(1)


@attrs.frozen(kw_only=True)
class Options:
    """Everything a session was started with, complete and valid."""

    model: str
    profile: Profile
    backend: Backend
    setup: ClientMessage = attrs.field(repr=False)
    callbacks: CallbackTable = attrs.field(repr=False)
    owner: Callable[[Event], object] | None
    name: str
    connector: Connector | None
    dispatch: str | Executor
    outbox: OutboxPolicy
    connect_timeout: float
    close_timeout: float
    max_message_bytes: int
    ssl_context: ssl.SSLContext | None = attrs.field(repr=False)
    observer: Observer | None
    clock: Clock
    automatic_activity: bool
    secrets: tuple[str, ...] = attrs.field(repr=False)


def make_options(given: Mapping[str, Any]) -> Options:
    """Check the keywords of ``start_link`` and return them complete.

    Raises:
        ConfigError: an option is unknown or wrong; its name is in the error.
        AuthError: there are no credentials.
    """
    for name in given:
        if name not in KNOWN:
            raise unknown_key(name, list(KNOWN))
    options = {name: value for name, value in given.items() if value is not None}
    backend = _backend(options)
    model = backend.model_path(_model(options))
    setup = _setup(options, model)
    detection = setup.realtime_input_config and setup.realtime_input_config.automatic_activity_detection
    return Options(
        model=model,
        profile=profile_of(model),
        backend=backend,
        setup=ClientMessage(setup=setup),
        callbacks=_callbacks(options),
        owner=_owner(options),
        name=_name(options),
        connector=_function(options, "transport"),
        dispatch=_dispatch(options),
        outbox=_instance(options, "outbox", OutboxPolicy) or OutboxPolicy(),
        connect_timeout=_seconds(options, "connect_timeout", 30.0),
        close_timeout=_seconds(options, "close_timeout", 5.0),
        max_message_bytes=_positive(options, "max_message_bytes", 64 * 2**20),
        ssl_context=_instance(options, "ssl_context", ssl.SSLContext),
        observer=_observer(options),
        clock=_clock(options),
        automatic_activity=not (detection and detection.disabled),
        secrets=(*backend.secrets(), *_handles(setup)),
    )


def _model(options: Mapping[str, Any]) -> str:
    model = options.get("model")
    if not isinstance(model, str):
        raise ConfigError(
            'is required: the name of a model that serves the Live API, such as "gemini-3.8-live"', path="model"
        )
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:/@-]*", model) or ".." in model:
        raise ConfigError(f"{model!r} is no model's name", path="model")
    return model


def _backend(options: Mapping[str, Any]) -> Backend:
    auth = options.get("auth", "gemini")
    if auth != "gemini":
        raise ConfigError(f"must be 'gemini', not {auth!r}", path="auth")
    headers = options.get("headers", {})
    if not isinstance(headers, Mapping):
        raise ConfigError("must be a mapping of names to values", path="headers")
    for name, value in headers.items():
        check_header(name, value, path="headers")
    api_version = options.get("api_version", DEFAULT_API_VERSION)
    if not isinstance(api_version, str) or not re.fullmatch(r"v[0-9][0-9a-z]*", api_version):
        raise ConfigError(f"must look like 'v1beta', not {api_version!r}", path="api_version")
    return DeveloperBackend(
        api_key=_api_key(options, headers),
        base_url=_base_url(options),
        api_version=api_version,
        headers=dict(headers),
    )


def _base_url(options: Mapping[str, Any]) -> str:
    if "base_url" in options:
        return parse_base_url(options["base_url"])
    variable = os.environ.get("GOOGLE_GEMINI_BASE_URL", "").strip()
    return parse_base_url(variable, path="GOOGLE_GEMINI_BASE_URL") if variable else DEFAULT_BASE_URL


def _api_key(options: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    source, key = "api_key", options.get("api_key")
    if key is None:
        for source in ("GOOGLE_API_KEY", "GEMINI_API_KEY"):
            key = os.environ.get(source)
            if key:
                break
    if key is not None and not isinstance(key, str):
        raise ConfigError(f"must be a string, not {type(key).__name__}", path=source)
    key = (key or "").strip()
    if not key and not {"authorization", "x-goog-api-key"} & {name.lower() for name in headers}:
        raise AuthError("no API key: give api_key=… or set GEMINI_API_KEY (https://aistudio.google.com/apikey)")
    if not re.fullmatch(r"[\x21-\x7e]*", key):
        raise ConfigError("holds blanks, line breaks or characters that no key has", path=source)
    return key


def _setup(options: Mapping[str, Any], model: str) -> Setup:
    fields = {name: options[name] for name in SETUP_OPTIONS if name in options}
    setup = parse(Setup, {"model": model}, "setup")
    for name, value in fields.items():
        setup = attrs.evolve(setup, **{name: getattr(parse(Setup, {name: value}, ""), name)})
    resumption = _resumption(options)
    if resumption is not None:
        parsed = parse(Setup, {"session_resumption": resumption}, "")
        setup = attrs.evolve(setup, session_resumption=parsed.session_resumption)
    extra = options.get("extra_setup", {})
    if not isinstance(extra, Mapping):
        raise ConfigError("must be a mapping, merged into the setup as it is", path="extra_setup")
    check_json(dict(extra), "extra_setup")
    return attrs.evolve(setup, extra=dict(extra))


def _resumption(options: Mapping[str, Any]) -> Any:
    """Return the setup's ``session_resumption``: handles are asked for unless the program wants none."""
    reconnect = options.get("reconnect")
    if reconnect not in (None, False):
        raise ConfigError("must be False, or be left out", path="reconnect")
    wanted = options.get("session_resumption")
    handle = options.get("resume_handle")
    if handle is not None and not (isinstance(handle, str) and handle):
        raise ConfigError("must be a handle that an earlier session was given", path="resume_handle")
    if wanted is False or (wanted is None and reconnect is False and handle is None):
        if handle is not None:
            raise ConfigError("contradicts session_resumption=False", path="resume_handle")
        return None
    config = {} if wanted in (None, True) else wanted
    if handle is None:
        return config
    if isinstance(config, Mapping):
        return {**config, "handle": handle}
    return attrs.evolve(parse(SessionResumptionConfig, config, "session_resumption"), handle=handle)


def _handles(setup: Setup) -> tuple[str, ...]:
    """Return the handles in a setup, wherever the program has put them."""
    typed = setup.session_resumption.handle if setup.session_resumption is not None else None
    raw = setup.extra.get("sessionResumption")
    merged = raw.get("handle") if isinstance(raw, dict) else None
    return tuple(handle for handle in (typed, merged) if isinstance(handle, str))


def _callbacks(options: Mapping[str, Any]) -> CallbackTable:
    table = CallbackTable()
    if "handler" in options:
        table.add_handler(options["handler"])
    for name in CALLBACK_OPTIONS:
        if name in options:
            table.add(name, options[name])
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


def _clock(options: Mapping[str, Any]) -> Clock:
    clock = options.get("clock", SYSTEM_CLOCK)
    if not all(callable(getattr(clock, name, None)) for name in ("monotonic", "wait_time", "watch", "unwatch")):
        raise ConfigError("must be a clock, such as gemini_live.testing.ManualClock", path="clock")
    result: Clock = clock
    return result


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


def check_seconds(value: Any, path: str) -> float:
    """Return a number of seconds above 0 and at most a day.

    Raises:
        ConfigError: it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= _MAX_SECONDS:
        raise ConfigError(f"must be seconds, above 0 and at most {_MAX_SECONDS:g}, not {value!r}", path=path)
    return float(value)


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


def _seconds(options: Mapping[str, Any], name: str, default: float) -> float:
    return check_seconds(options.get(name, default), name)


def _positive(options: Mapping[str, Any], name: str, default: int) -> int:
    value = options.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ConfigError(f"must be a whole number above 0, not {value!r}", path=name)
    return value
