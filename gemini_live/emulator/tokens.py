"""Ephemeral tokens: made, spent, over.  No clock of its own; owned by the server's event loop.

What the service says of a token that is no good any more is not known; that it closes with 1008 is likely.  The
sentences here say which of the reasons it is.
"""

from __future__ import annotations

import datetime
import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import attrs

from ..types.tokens import TOKEN_PREFIX
from .locks import Lock
from .refusals import POLICY, RefusedError, no_caller
from .token_requests import read_token_request, write_timestamp

Now = Callable[[], datetime.datetime]

_MOST_TOKENS = 10_000
_NAME_BYTES = 32


@attrs.define(kw_only=True, eq=False)
class IssuedToken:
    """One token.

    Attributes:
        name: the token itself.
        expires: until when messages are taken.
        window_ends: until when sessions can be begun.
        uses: how many sessions it begins; 0 is any number.
        lock: what it holds them to.
        used: how many it has begun.
    """

    name: str = attrs.field(repr=False)
    expires: datetime.datetime
    window_ends: datetime.datetime
    uses: int
    lock: Lock = attrs.field(repr=False)
    used: int = 0


def utc_now() -> datetime.datetime:
    """Return this moment."""
    return datetime.datetime.now(datetime.timezone.utc)


class TokenBook:
    """Every token of one run of the server."""

    def __init__(self, now: Now = utc_now) -> None:
        """Begin without any.

        Args:
            now: tells the time, with its zone.
        """
        self._now = now
        self._tokens: OrderedDict[str, IssuedToken] = OrderedDict()

    def create(self, body: bytes) -> dict[str, Any]:
        """Make a token as a request's body asks, and return the answer's; the oldest of very many is forgotten.

        Raises:
            HttpError: the body is refused.
        """
        asked = read_token_request(body, self._now())
        token = IssuedToken(
            name=TOKEN_PREFIX + secrets.token_hex(_NAME_BYTES),
            expires=asked.expires,
            window_ends=asked.window_ends,
            uses=asked.uses,
            lock=asked.lock,
        )
        self._tokens[token.name] = token
        if len(self._tokens) > _MOST_TOKENS:
            self._tokens.popitem(last=False)
        return {
            "name": token.name,
            "expireTime": write_timestamp(token.expires),
            "newSessionExpireTime": write_timestamp(token.window_ends),
            "uses": token.uses,
        }

    def find(self, name: str) -> IssuedToken:
        """Return a token that messages can be sent with.

        Raises:
            RefusedError: there is none of that name, or it has expired.
        """
        token = self._tokens.get(name)
        if token is None:
            raise no_caller()
        self.check_alive(token)
        return token

    def check_alive(self, token: IssuedToken) -> None:
        """Refuse a token that has expired.

        Raises:
            RefusedError: it has.
        """
        if self._now() >= token.expires:
            raise RefusedError(POLICY, "The auth token has expired: its expireTime has passed.")

    def spend(self, token: IssuedToken) -> None:
        """Count one more session that a token begins.

        Raises:
            RefusedError: it can't begin another.
        """
        if self._now() >= token.window_ends:
            raise RefusedError(POLICY, "The auth token begins no new sessions: its newSessionExpireTime has passed.")
        if token.uses and token.used >= token.uses:
            raise RefusedError(POLICY, f"The auth token is used up: its uses are {token.uses}.")
        token.used += 1

    def expire_all(self, *, sessions_only: bool) -> None:
        """End every token now, or only the time in which it begins sessions."""
        now = self._now()
        for token in self._tokens.values():
            token.window_ends = min(token.window_ends, now)
            if not sessions_only:
                token.expires = min(token.expires, now)
