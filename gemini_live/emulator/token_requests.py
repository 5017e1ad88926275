"""From the body of ``POST auth_tokens`` to what the token shall be, refusing what the service refuses.

https://ai.google.dev/gemini-api/docs/ephemeral-tokens.  Pure; any thread.
"""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

import attrs

from ..exceptions import ConfigError
from ..types import AuthToken, decode, encode
from ..types.times import TIMESTAMP
from .http_errors import HttpError, Violation, bad_request
from .locks import Lock, mask_paths
from .refusals import RefusedError
from .wire_check import Dialect, read_json, violations

DEFAULT_LIFE = datetime.timedelta(minutes=30)
DEFAULT_WINDOW = datetime.timedelta(seconds=60)
HORIZON = datetime.timedelta(hours=20)
"""No time may be as far ahead as this."""
_MOST_USES = 2**31 - 1
_ROOT = "auth_token"
_DIALECT = Dialect("gemini")


@attrs.frozen(kw_only=True)
class TokenRequest:
    """What a token shall be.

    Attributes:
        expires: until when messages are taken.
        window_ends: until when sessions can be begun.
        uses: how many sessions it begins; 0 is any number.
        lock: what it holds them to.
    """

    expires: datetime.datetime
    window_ends: datetime.datetime
    uses: int
    lock: Lock


def read_token_request(body: bytes, now: datetime.datetime) -> TokenRequest:
    """Read a body; an empty one asks for the defaults.

    Raises:
        HttpError: it is not JSON, has unknown names or values of the wrong type, or asks for what can't be had.
    """
    try:
        return _read(read_json(body) if body else {}, now)
    except RefusedError as refusal:
        raise bad_request([Violation("", refusal.reason)]) from None
    except RecursionError:  # deeper than anybody means it
        raise HttpError(400, "Request contains an invalid argument.") from None


def _read(data: dict[str, Any], now: datetime.datetime) -> TokenRequest:
    token = decode(AuthToken, data)
    found = list(violations(token, _ROOT, _DIALECT))
    if found:
        raise bad_request(found)
    return TokenRequest(
        expires=_time(token.expire_time, "expire_time", now, DEFAULT_LIFE),
        window_ends=_time(token.new_session_expire_time, "new_session_expire_time", now, DEFAULT_WINDOW),
        uses=_uses(token.uses),
        lock=_lock(token),
    )


def _refused(name: str, description: str) -> HttpError:
    return bad_request([Violation(f"{_ROOT}.{name}", description)])


def _time(text: str | None, name: str, now: datetime.datetime, default: datetime.timedelta) -> datetime.datetime:
    if text is None:
        return now + default
    moment = read_timestamp(text)
    if moment is None:
        place = f"{_ROOT}.{name}"
        shown = json.dumps(text)[:60]
        raise _refused(name, f"Invalid value at '{place}' (type.googleapis.com/google.protobuf.Timestamp), {shown}")
    if moment <= now:
        raise _refused(name, f"{name} must be in the future.")
    if moment - now >= HORIZON:
        raise _refused(name, f"{name} must be less than 20 hours in the future.")
    return moment


def _uses(uses: int | None) -> int:
    if uses is None:
        return 1
    if not 0 <= uses <= _MOST_USES:
        raise _refused("uses", "uses must not be negative." if uses < 0 else f"uses must be at most {_MOST_USES}.")
    return uses


def _lock(token: AuthToken) -> Lock:
    setup = token.bidi_generate_content_setup
    try:
        return Lock(None if setup is None else encode(setup), mask_paths(token.field_mask or ""))
    except ValueError as error:
        shown = json.dumps(str(error))[:60]
        raise _refused(
            "field_mask",
            f"Invalid value at '{_ROOT}.field_mask' (type.googleapis.com/google.protobuf.FieldMask), {shown}",
        ) from None


def read_timestamp(text: str) -> datetime.datetime | None:
    """Read RFC 3339 to the microsecond; ``None`` for anything else, such as a time without its zone."""
    try:
        text = TIMESTAMP.parse(text, "").replace("Z", "+00:00")
        seconds, fraction, zone = re.fullmatch(r"([^.+]{19})(\.[0-9]+)?(.*)", text).groups()  # type: ignore[union-attr]
        return datetime.datetime.fromisoformat(f"{seconds}.{(fraction or '.')[1:7]:0<6}{zone}")
    except (ConfigError, ValueError):  # not of that form, or no such day
        return None


def write_timestamp(moment: datetime.datetime) -> str:
    """Write a moment as protobuf's JSON has it."""
    return TIMESTAMP.parse(moment, "")
