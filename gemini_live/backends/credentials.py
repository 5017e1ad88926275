"""Who is calling, as request headers.  What is fetched is fetched at every connect, on a thread that may wait.

Which headers the service wants: https://ai.google.dev/api#authentication, for tokens
https://ai.google.dev/gemini-api/docs/ephemeral-tokens, and OAuth's are those of RFC 6750.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Hashable
from typing import Any, Protocol

import attrs

from ..exceptions import AuthError
from ..types import AuthToken


class Credentials(Protocol):
    """One way to say who is calling.  Thread affinity: none."""

    @property
    def identity(self) -> Hashable:
        """What tells them from other credentials; no secret can be found out from it."""

    def headers(self) -> dict[str, str]:
        """Return the headers of a request that is made now, names in lower case.  May block.

        Raises:
            AuthError: there is nothing to be had.
        """

    def renew(self) -> bool:
        """Give up what :meth:`headers` returned last, because it was refused; return whether there may be better."""

    def secrets(self) -> tuple[str, ...]:
        """Return what is known beforehand and must never be shown."""


def is_visible(text: str) -> bool:
    """Whether a text can stand in a header as a key or token."""
    return re.fullmatch(r"[\x21-\x7e]+", text) is not None


def fingerprint(secret: str) -> str:
    """Return a short digest of a secret, to tell it from others."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16]


@attrs.frozen
class NoCredentials:
    """None of ours: the user's own headers carry them, or a gateway adds them."""

    identity = "none"

    def headers(self) -> dict[str, str]:
        """Return nothing."""
        return {}

    def renew(self) -> bool:
        """There is nothing to renew."""
        return False

    def secrets(self) -> tuple[str, ...]:
        """Return nothing."""
        return ()


@attrs.frozen(repr=False)
class ApiKey:
    """An API key.  It travels in a header, never in a URL, where logs would keep it."""

    key: str

    def __repr__(self) -> str:
        return "ApiKey(<hidden>)"

    @property
    def identity(self) -> Hashable:
        """See :class:`Credentials`."""
        return "key", fingerprint(self.key)

    def headers(self) -> dict[str, str]:
        """Return ``x-goog-api-key``."""
        return {"x-goog-api-key": self.key}

    def renew(self) -> bool:
        """A key stays what it is."""
        return False

    def secrets(self) -> tuple[str, ...]:
        """Return the key."""
        return (self.key,)


@attrs.frozen(repr=False)
class GivenToken:
    """A token that the program gives, or gives a function for; the function is asked at every connect.

    Attributes:
        option: the option it came in, for errors.
        scheme: how ``Authorization`` introduces it: ``"Bearer"`` for OAuth, ``"Token"`` for ephemeral tokens.
        token: the token, an :class:`~gemini_live.types.AuthToken`, or a function without arguments that returns one.
    """

    option: str
    scheme: str
    token: str | AuthToken | Callable[[], str | AuthToken]

    def __repr__(self) -> str:
        return f"GivenToken({self.option}=<hidden>)"

    @property
    def is_ephemeral(self) -> bool:
        """Whether it is one for the Constrained method."""
        return self.scheme == "Token"

    @property
    def identity(self) -> Hashable:
        """See :class:`Credentials`; a function is told from others by being itself."""
        given = self.token
        return self.scheme, given if callable(given) else fingerprint(_text_of(given))

    def headers(self) -> dict[str, str]:
        """Return ``authorization`` with the token as it is now."""
        token = self.token
        if callable(token):
            try:
                token = token()
            except Exception as error:
                raise AuthError(
                    f"{self.option} raised {type(error).__name__}: no token, so nothing was dialled"
                ) from error
        text = _text_of(token)
        if not is_visible(text):
            raise AuthError(f"{self.option} gave no token that could be sent, so nothing was dialled")
        return {"authorization": f"{self.scheme} {text}"}

    def renew(self) -> bool:
        """A function may give another one."""
        return callable(self.token)

    def secrets(self) -> tuple[str, ...]:
        """Return the token, if it is known."""
        return () if callable(self.token) else (_text_of(self.token),)


def _text_of(token: Any) -> str:
    """Return a token as it is sent; empty for what is none."""
    name = token.name if isinstance(token, AuthToken) else token
    return name.strip() if isinstance(name, str) else ""
