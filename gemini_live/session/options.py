"""``start_link``'s keywords, checked once and before anything is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from .._clock import check_seconds
from ..backends import WHERE_OPTIONS, Backend, DeveloperBackend, Network, make_backend, read_network
from ..backends.base import Endpoint
from ..backends.developer import ALPHA_VERSION
from ..exceptions import ConfigError
from ..profiles import Profile, profile_of
from ..protocol import CALLBACKS
from ..protocol.preflight import check_setup, needs_alpha
from ..stores import HandleStore
from ..tools.toolbox import Toolbox
from ..types import Setup
from ..types.codec import collect, unknown_key
from .running import (
    RUNNING_OPTIONS,
    Checker,
    RunningOptions,
    callback_options,
    check_flag,
    check_positive,
    read_running,
)
from .setting_up import SETUP_OPTIONS, SetupPlan, make_setup

_OWN_OPTIONS = ("store", "strict", "tool_timeout", "max_tool_workers", "max_tool_calls")
KNOWN = (*WHERE_OPTIONS, *SETUP_OPTIONS, *RUNNING_OPTIONS, *_OWN_OPTIONS, *callback_options(CALLBACKS))
_SILENCE_MS = 800.0
"""How much silence makes an end of speech, where the setup does not say; Google's pages name no figure."""
_SILENCE_MARGIN_MS = 400.0


@attrs.frozen(kw_only=True)
class Options(RunningOptions):
    """Everything a session was started with, complete and valid."""

    profile: Profile
    setup: Setup = attrs.field(repr=False)
    toolbox: Toolbox = attrs.field(repr=False)
    given: Mapping[str, Any] = attrs.field(repr=False)
    tool_timeout: float
    max_tool_workers: int
    max_tool_calls: int
    automatic_activity: bool
    strict: bool
    splits_tool_rounds: bool
    transparent: bool

    def endpoint(self) -> Endpoint:
        """See :class:`RunningOptions`."""
        return self.backend.endpoint()

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
    check = Checker(problems)
    strict = check(check_flag, options, "strict", default=True)
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
        **read_running(options, check, events=CALLBACKS, kind="session"),
        "store": check(_store, options),
        "tool_timeout": check(_tool_timeout, options),
        "max_tool_workers": check(check_positive, options, "max_tool_workers", 16),
        "max_tool_calls": check(check_positive, options, "max_tool_calls", 100),
        "network": network,
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


def _store(options: Mapping[str, Any]) -> HandleStore | None:
    store = options.get("store")
    if store is not None and not all(callable(getattr(store, name, None)) for name in ("load", "save", "discard")):
        raise ConfigError("must have the methods load, save and discard, as a HandleStore", path="store")
    if store is not None and options.get("name") is None:
        raise ConfigError("needs name=… beside it: handles are stored under the session's name", path="store")
    return store


def _tool_timeout(options: Mapping[str, Any]) -> float:
    value = options.get("tool_timeout", 30.0)
    return float(value) if value == float("inf") else check_seconds(value, "tool_timeout")


def _handles(setup: Setup) -> tuple[str, ...]:
    """Return the handle in a setup, if it has one."""
    handle = setup.session_resumption.handle if setup.session_resumption is not None else None
    return (handle,) if isinstance(handle, str) else ()
