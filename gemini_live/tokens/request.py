"""What is asked for when a token is made: checked, and as the wire wants it.  Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from ..backends import DeveloperBackend
from ..exceptions import ConfigError
from ..protocol.preflight import check_setup
from ..session.setting_up import SETUP_OPTIONS, make_setup
from ..types import AuthToken, collect, encode
from ..types.codec import unknown_key
from ..types.times import TIMESTAMP
from .masks import joined, listed_paths, paths_of

USES = 1
EXPIRE_MINUTES = 30
NEW_SESSION_EXPIRE_MINUTES = 1
"""What the service itself takes where a request does not say; such a request then depends on no clock but its own."""
LIMIT = datetime.timedelta(hours=20)
_MAX_USES = 2**31 - 1
_CONFIG_OPTIONS = tuple(name for name in SETUP_OPTIONS if name not in ("model", "resume_handle", "reconnect"))


@attrs.frozen(kw_only=True)
class TokenOptions:
    """The keywords of ``AuthTokens.create`` that say what the token is good for, as they were given."""

    uses: Any = USES
    expire_minutes: Any = EXPIRE_MINUTES
    new_session_expire_minutes: Any = NEW_SESSION_EXPIRE_MINUTES
    expire_time: Any = None
    new_session_expire_time: Any = None
    live_connect_constraints: Any = None
    lock_additional_fields: Any = None


def make_request(options: TokenOptions, backend: DeveloperBackend, now: datetime.datetime) -> dict[str, Any]:
    """Return the body of ``POST auth_tokens``.

    Args:
        options: what the program wants.
        backend: where the token will be good.
        now: the present moment.

    Raises:
        ConfigError: something is wrong; it names everything that is.
    """
    problems: list[ConfigError] = []
    uses = _check(problems, _uses, options.uses)
    expires = _check(problems, _expiry, options.expire_time, options.expire_minutes, EXPIRE_MINUTES, "expire", now)
    new_sessions = _check(
        problems,
        _expiry,
        options.new_session_expire_time,
        options.new_session_expire_minutes,
        NEW_SESSION_EXPIRE_MINUTES,
        "new_session_expire",
        now,
    )
    setup = _setup(options.live_connect_constraints, backend, problems)
    mask = _check(problems, _mask, setup, options.lock_additional_fields)
    collect(problems)
    token = AuthToken(uses=uses, expire_time=expires, new_session_expire_time=new_sessions, field_mask=mask or None)
    body = encode(token)
    return {**body, "bidiGenerateContentSetup": setup} if setup else body


def complete(token: AuthToken, body: Mapping[str, Any], now: datetime.datetime) -> AuthToken:
    """Return a token with what the service did not repeat: what was asked for, else its defaults from now on."""
    return attrs.evolve(
        token,
        uses=token.uses if token.uses is not None else body.get("uses", USES),
        expire_time=token.expire_time or body.get("expireTime") or _ahead(now, EXPIRE_MINUTES),
        new_session_expire_time=token.new_session_expire_time
        or body.get("newSessionExpireTime")
        or _ahead(now, NEW_SESSION_EXPIRE_MINUTES),
    )


def _check(problems: list[ConfigError], function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except ConfigError as error:
        problems.extend(error.problems)
    return None


def _uses(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_USES:
        raise ConfigError(f"must be a whole number, 0 (any number of sessions) or more, not {value!r}", path="uses")
    return None if value == USES else value


def _expiry(time: Any, minutes: Any, default: float, name: str, now: datetime.datetime) -> str | None:
    """Return a moment for the wire, ``None`` for the service's own default.

    Args:
        time: the moment, if it was given.
        minutes: how far ahead, otherwise.
        default: the minutes that the service takes by itself.
        name: the option's name without ``_time`` or ``_minutes``.
        now: the present moment.
    """
    if time is None:
        return None if minutes == default and not isinstance(minutes, bool) else _in_minutes(minutes, name, now)
    if minutes != default:
        raise ConfigError(f"is given here and as {name}_time", path=f"{name}_minutes")
    path = f"{name}_time"
    if isinstance(time, datetime.datetime) and time.tzinfo is None:
        time = time.replace(tzinfo=datetime.timezone.utc)  # a program's own zone is nothing the service would know
    try:
        text = TIMESTAMP.parse(time, path)
    except OverflowError:
        raise ConfigError(f"is no moment that can be written: {time}", path=path) from None
    ahead = _moment(text, path) - now
    if ahead <= datetime.timedelta(0):
        raise ConfigError(f"is over already: {text}", path=path)
    if ahead >= LIMIT:
        raise ConfigError(f"must be less than 20 hours ahead, not {text}", path=path)
    return text


def _moment(text: str, path: str) -> datetime.datetime:
    """Return a timestamp's moment, to the second."""
    seconds, zone = text[:19], text[19:].lstrip(".0123456789")
    try:
        return datetime.datetime.fromisoformat(seconds + ("+00:00" if zone == "Z" else zone))
    except ValueError as error:
        raise ConfigError(f"is no moment: {error}", path=path) from None


def _in_minutes(minutes: Any, name: str, now: datetime.datetime) -> str:
    limit = LIMIT.total_seconds() / 60
    if isinstance(minutes, bool) or not isinstance(minutes, (int, float)) or not 0 < minutes < limit:
        raise ConfigError(
            f"must be minutes, more than 0 and less than {limit:g}, not {minutes!r}", path=f"{name}_minutes"
        )
    return _ahead(now, minutes)


def _ahead(now: datetime.datetime, minutes: float) -> str:
    return TIMESTAMP.parse(now + datetime.timedelta(minutes=minutes), "")


def _setup(constraints: Any, backend: DeveloperBackend, problems: list[ConfigError]) -> dict[str, Any]:
    """Return the setup that sessions are held to, as JSON; empty for none."""
    path = "live_connect_constraints"
    if constraints is None:
        return {}
    if not isinstance(constraints, Mapping):
        problems.append(ConfigError("must be a mapping of model and config", path=path))
        return {}
    problems += [unknown_key(str(name), ["model", "config"], path) for name in constraints if name not in _CONSTRAINTS]
    config = constraints.get("config")
    if config is not None and not isinstance(config, Mapping):
        problems.append(ConfigError("must be a mapping of Session's setup options", path=f"{path}.config"))
        return {}
    known = {name: value for name, value in (config or {}).items() if value is not None}
    problems += [
        unknown_key(str(name), list(_CONFIG_OPTIONS), f"{path}.config") for name in known if name not in _CONFIG_OPTIONS
    ]
    options = {name: value for name, value in known.items() if name in _CONFIG_OPTIONS}
    model = constraints.get("model")
    if model is not None:
        options["model"] = model
    found: list[ConfigError] = []
    # Without a wish for handles the token says nothing of them, which is not what a session does.
    plan = make_setup({"reconnect": False, **options}, backend, found, needs_model=False)
    if model is not None:
        found += check_setup(
            plan.checked, model=plan.checked.model or "", backend=backend.name, api_version=backend.api_version
        )
    problems += [_moved(problem, path) for problem in found]
    return encode(plan.sent)


_CONSTRAINTS = ("model", "config")


def _moved(problem: ConfigError, path: str) -> ConfigError:
    """Return a problem of a setup option with its place in the constraints."""
    inside = problem.path if problem.path == "model" or not problem.path else f"config.{problem.path}"
    return ConfigError(str(problem).removeprefix(f"{problem.path}: "), path=f"{path}.{inside}".rstrip("."))


def _mask(setup: Mapping[str, Any], listed: Any) -> str:
    """Return the field mask; empty for none, which holds sessions to the whole setup."""
    if listed is None:
        return ""
    if isinstance(listed, str) or not isinstance(listed, Iterable):
        raise ConfigError("must be a list of fields' names", path="lock_additional_fields")
    return joined([*paths_of(setup), *listed_paths(listed)])
