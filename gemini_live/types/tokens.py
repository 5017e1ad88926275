"""Ephemeral tokens: https://ai.google.dev/gemini-api/docs/ephemeral-tokens."""

from __future__ import annotations

import attrs

from ._wire import WireValue, hidden, wire
from .setup import Setup
from .times import TIMESTAMP

TOKEN_PREFIX = "auth_tokens/"  # noqa: S105 - how the names of tokens begin, none itself


@attrs.frozen(kw_only=True, slots=False)
class AuthToken(WireValue):
    """A token that opens a few sessions for a short time, to be given to a program that must not see the key.

    It is what is sent to make one, and what comes back.  A repr does not show it.

    Attributes:
        name: the token itself, ``auth_tokens/…``: what ``Session.start_link(token=…)`` takes.
        expire_time: until when messages are taken, such as ``"2026-01-31T12:00:00Z"``.
        new_session_expire_time: until when sessions can be begun.
        uses: how many sessions it begins; 0 is any number.  Resuming one is no use.
        bidi_generate_content_setup: the setup that it holds sessions to.
        field_mask: which fields of that setup, camelCase paths with commas between; without it, all of it.
    """

    name: str | None = wire("name", repr=hidden)
    expire_time: str | None = wire("expireTime", kind=TIMESTAMP)
    new_session_expire_time: str | None = wire("newSessionExpireTime", kind=TIMESTAMP)
    uses: int | None = wire("uses", range=(0, None))
    bidi_generate_content_setup: Setup | None = wire("bidiGenerateContentSetup", repr=False)
    field_mask: str | None = wire("fieldMask")
