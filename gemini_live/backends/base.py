"""What a backend is, and what all of them need."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

import attrs

from .._version import __version__
from ..exceptions import ConfigError
from ..types import Setup


def _names(headers: Mapping[str, str]) -> str:
    return f"<{', '.join(sorted(headers))}>"


@attrs.frozen
class Endpoint:
    """Where to connect and what to say there.

    Attributes:
        url: ``wss://…``, without credentials.
        headers: the upgrade request's; they hold the credentials, so a repr shows only their names.
        secrets: what of that must never be shown.
    """

    url: str
    headers: Mapping[str, str] = attrs.field(repr=_names)
    secrets: tuple[str, ...] = attrs.field(default=(), repr=False)


class Backend(Protocol):
    """One way into the service."""

    @property
    def name(self) -> str:
        """What ``auth=`` calls it: ``"gemini"`` or ``"vertex_ai"``."""

    @property
    def api_version(self) -> str:
        """The version in the service's name."""

    def complete(self, setup: Setup) -> Setup:
        """Return the setup with what this backend wants said and the others take for granted."""

    def model_path(self, model: str) -> str:
        """Return a model's name as the setup wants it."""

    def endpoint(self) -> Endpoint:
        """Return where to connect.  Runs on the dial thread and may block, for it may fetch credentials."""

    def secrets(self) -> tuple[str, ...]:
        """Return what must never be shown."""


_WEBSOCKET_SCHEMES = {"https": "wss", "wss": "wss", "http": "ws", "ws": "ws"}


def parse_base_url(url: str, *, path: str = "base_url") -> str:
    """Check a base URL and return it for WebSockets: ``wss://host:port/prefix``, without a slash at the end.

    Raises:
        ConfigError: it is no URL, carries credentials or a query, or is not encrypted although not on this machine.
    """
    if not isinstance(url, str):
        raise ConfigError(f"must be a string, not {type(url).__name__}", path=path)
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
        if "[" in parts.netloc:
            ipaddress.IPv6Address(host or "")  # Python 3.10 takes anything between the brackets
    except ValueError as error:
        raise ConfigError(f"is no URL: {error}", path=path) from None
    scheme = _WEBSOCKET_SCHEMES.get(parts.scheme.lower())
    if scheme is None or not host:
        raise ConfigError("must look like https://host:port or https://host/prefix", path=path)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ConfigError("must not hold credentials, a query or a fragment", path=path)
    if re.search(r"[\s\x00-\x1f\x7f\\]", url.strip()):
        raise ConfigError("must not hold blanks, backslashes or control characters", path=path)
    if port == 0 or not parts.path.isascii():
        raise ConfigError("must have a port from 1 on, and a prefix whose characters are percent-encoded", path=path)
    if scheme == "ws" and not is_loopback(host):
        raise ConfigError(f"is not encrypted; use https for {host}, http is for this machine only", path=path)
    shown = f"[{host}]" if ":" in host else host
    prefix = parts.path.rstrip("/")
    return f"{scheme}://{shown}{'' if port is None else f':{port}'}{prefix}"


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_header(name: str, value: str, *, path: str) -> None:
    """Refuse a header that would break out of its line.

    Raises:
        ConfigError: with the header's name, never with its value.
    """
    if not isinstance(name, str) or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        raise ConfigError(f"{name!r} is no header name", path=path)
    if not isinstance(value, str) or not re.fullmatch(r"[\t\x20-\x7e\x80-\xff]*", value):
        raise ConfigError("must be a string without line breaks or control characters", path=f"{path}.{name}")


def standard_headers() -> dict[str, str]:
    """Return the headers that every request carries."""
    import platform  # noqa: PLC0415 - only needed to connect

    label = f"gemini-live/{__version__} gl-python/{platform.python_version()}"
    return {"user-agent": label, "x-goog-api-client": label, "content-type": "application/json"}


def merge_headers(headers: Mapping[str, str], user: Mapping[str, str]) -> dict[str, str]:
    """Return ``headers`` with ``user``'s put over them; names are compared without case."""
    own = {name.lower() for name in user}
    return {**{name: value for name, value in headers.items() if name.lower() not in own}, **user}


_TELLING_NAMES = ("auth", "key", "token", "cookie", "secret", "password", "credential")


def secret_headers(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of those headers that hold credentials, as far as their names tell."""
    values = [value for name, value in headers.items() if any(word in name.lower() for word in _TELLING_NAMES)]
    bare = [value.partition(" ")[2] for value in values]  # of "Bearer TOKEN" the token alone, too
    return (*values, *filter(None, bare))
