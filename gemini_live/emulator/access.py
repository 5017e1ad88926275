"""Who calls, and whether they may.  Pure; any thread.  Nothing here repeats a credential."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from ..types._wire import BackendName
from ..types.tokens import TOKEN_PREFIX
from .http_errors import invalid_credentials, invalid_key, no_credentials, no_key
from .paths import Method, Target


@attrs.frozen(kw_only=True, repr=False)
class Caller:
    """The credentials of one request; empty text is none.

    Attributes:
        api_key: from ``x-goog-api-key`` or ``?key=``.
        bearer: an OAuth access token, from ``Authorization: Bearer``; ``None`` if there is no such header.
        token: an ephemeral token, from where the constrained method takes it.
    """

    api_key: str = ""
    bearer: str | None = None
    token: str = ""


def caller_of(headers: Mapping[str, str], query: Mapping[str, str]) -> Caller:
    """Read the credentials of a request.

    Args:
        headers: by lower-case names, or found in any case.
        query: the query's parameters.
    """
    scheme, _, value = headers.get("authorization", "").strip().partition(" ")
    value = value.strip()
    header_key = headers.get("x-goog-api-key", "")
    named = value if scheme.lower() == "token" else query.get("access_token", "")
    return Caller(
        api_key=header_key or query.get("key", ""),
        bearer=value if scheme.lower() == "bearer" else None,
        token=header_key if header_key.startswith(TOKEN_PREFIX) else named,
    )


@attrs.frozen(kw_only=True)
class Access:
    """Which credentials are accepted.

    Attributes:
        api_keys: the keys; ``None`` for any that is not plainly bad.
        access_tokens: the OAuth access tokens; ``None`` likewise.
        at_upgrade: whether wrong credentials of the Gemini API are refused at the upgrade, not after the setup.
    """

    api_keys: frozenset[str] | None = attrs.field(default=None, repr=False)
    access_tokens: frozenset[str] | None = attrs.field(default=None, repr=False)
    at_upgrade: bool = False

    def check(self, backend: BackendName, caller: Caller) -> None:
        """Refuse who has no credentials that the backend takes.  An OAuth token goes before a key.

        Raises:
            HttpError: with the service's words.
        """
        if caller.bearer is not None:
            if not caller.bearer:
                raise no_credentials()
            if not _accepted(caller.bearer, self.access_tokens):
                raise invalid_credentials()
        elif not caller.api_key or caller.api_key.startswith(TOKEN_PREFIX):
            raise no_key() if backend == "gemini" else no_credentials()
        elif not _accepted(caller.api_key, self.api_keys):
            raise invalid_key() if backend == "gemini" else invalid_credentials()

    def check_upgrade(self, target: Target, caller: Caller) -> None:
        """Refuse whom the backend refuses at the upgrade already; a token is looked at after the setup only.

        Raises:
            HttpError: with the service's words.
        """
        if target.backend == "vertex_ai" or (self.at_upgrade and target.method is not Method.CONSTRAINED):
            self.check(target.backend, caller)


def _accepted(credential: str, known: frozenset[str] | None) -> bool:
    return not credential.startswith("bad") if known is None else credential in known
