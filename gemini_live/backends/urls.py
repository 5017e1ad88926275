"""Base URLs: which are taken, and what they become for sockets and for REST calls."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from ..exceptions import ConfigError

_WEBSOCKET_SCHEMES = {"https": "wss", "wss": "wss", "http": "ws", "ws": "ws"}
_HTTP_SCHEMES = {"wss": "https", "ws": "http"}


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


def http_url(url: str) -> str:
    """Return a WebSocket's URL as that of a REST call: ``https`` for ``wss``, ``http`` for ``ws``."""
    scheme, separator, rest = url.partition("://")
    return f"{_HTTP_SCHEMES[scheme]}{separator}{rest}"
