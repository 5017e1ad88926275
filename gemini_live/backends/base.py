"""What a backend is, and what all of them need."""

from __future__ import annotations

import base64
import re
from collections.abc import Hashable, Mapping
from typing import Protocol

import attrs

from .._logging import header_names
from .._version import __version__
from ..exceptions import ConfigError
from ..types import Setup
from ..types.tokens import TOKEN_PREFIX
from .credentials import Credentials, fingerprint


@attrs.frozen
class Endpoint:
    """Where to connect and what to say there.

    Attributes:
        url: ``wss://…`` or ``https://…``, without credentials.
        headers: the request's; they hold the credentials, so a repr shows only their names.
        secrets: what of that must never be shown.
    """

    url: str
    headers: Mapping[str, str] = attrs.field(repr=header_names)
    secrets: tuple[str, ...] = attrs.field(default=(), repr=False)


class Backend(Protocol):
    """One way into the service.  Thread affinity: none."""

    @property
    def name(self) -> str:
        """What ``auth=`` calls it: ``"gemini"`` or ``"vertex_ai"``."""

    @property
    def api_version(self) -> str:
        """The version in the service's name."""

    @property
    def models_path(self) -> str:
        """Where the listing of models is, for :meth:`rest`."""

    @property
    def identity(self) -> Hashable:
        """What tells this endpoint, these credentials and headers from others; holds no secret."""

    def complete(self, setup: Setup) -> Setup:
        """Return the setup with what this backend wants said and the others take for granted."""

    def model_path(self, model: str) -> str:
        """Return a model's name as the setup wants it."""

    def endpoint(self) -> Endpoint:
        """Return where to open a session, with credentials fetched now.

        Runs on the dial thread and may block.

        Raises:
            AuthError: there are no credentials to be had.
        """

    def rest(self, path: str) -> Endpoint:
        """Return where a REST call goes, likewise; ``path`` stands behind the API version.  May block."""

    def renew(self) -> bool:
        """Give up the present credentials because the service refused them; return whether others may be had."""

    def secrets(self) -> tuple[str, ...]:
        """Return what is known beforehand and must never be shown."""


def make_endpoint(url: str, credentials: Credentials, user: Mapping[str, str]) -> Endpoint:
    """Return an endpoint with the standard headers, credentials fetched now, and the user's headers over both."""
    own = credentials.headers()
    headers = merge_headers({**standard_headers(), **own}, user)
    return Endpoint(url, headers, secrets=(*secret_headers(own), *credentials.secrets(), *secret_headers(user)))


def check_header(name: str, value: str, *, path: str) -> None:
    """Refuse a header that would break out of its line.

    Raises:
        ConfigError: with the header's name, never with its value.
    """
    if not isinstance(name, str) or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        raise ConfigError(f"{name!r} is no header name", path=path)
    if not isinstance(value, str) or not re.fullmatch(r"[\t\x20-\x7e\x80-\xff]*", value):
        raise ConfigError("must be a string without line breaks or control characters", path=f"{path}.{name}")
    if value != value.strip():
        raise ConfigError("must not begin or end with a blank", path=f"{path}.{name}")


def standard_headers() -> dict[str, str]:
    """Return the headers that every request carries."""
    import platform  # noqa: PLC0415 - only needed to connect

    label = f"gemini-live/{__version__} gl-python/{platform.python_version()}"
    return {"user-agent": label, "x-goog-api-client": label, "content-type": "application/json"}


def merge_headers(headers: Mapping[str, str], user: Mapping[str, str]) -> dict[str, str]:
    """Return ``headers`` with ``user``'s put over them; names are compared without case."""
    own = {name.lower() for name in user}
    return {**{name: value for name, value in headers.items() if name.lower() not in own}, **user}


def header_prints(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return what tells the user's own headers from others: they may say who is calling."""
    return tuple(sorted((name.lower(), fingerprint(value)) for name, value in headers.items()))


_HARMLESS = frozenset({
    "accept", "accept-language", "content-type", "origin", "referer", "user-agent", "x-goog-api-client",
    "x-goog-user-project",
})  # fmt: skip


_SCHEMES = frozenset({"basic", "bearer", "digest", "negotiate", "token"})


def secret_headers(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return what of some headers must never be shown: all values but those of headers known to hold no secret.

    With each value come its parts: of ``Bearer TOKEN`` the token, of ``sid=SECRET; a=b`` the secret, of Basic
    authentication the name and the password.
    """
    secrets: list[str] = []
    for name, value in headers.items():
        if name.lower() not in _HARMLESS:
            secrets += [value, *_parts(value)]
    return tuple(dict.fromkeys(filter(None, secrets)))


def _parts(value: str) -> list[str]:
    parts = [part for part in re.split(r"[;=,\s]+", value) if part.lower() not in _SCHEMES]
    parts += [part.partition(TOKEN_PREFIX)[2] for part in parts]
    if value[:6].lower() == "basic ":
        try:
            pair = base64.b64decode(value[6:], validate=True).decode()
        except ValueError:
            return parts
        parts += [pair, pair.partition(":")[2]]
    return parts
