"""The arguments of ``Emulator``, checked.  Pure; any thread."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterable

from ..exceptions import ConfigError

REFUSE_AT = ("setup", "upgrade")
"""When wrong credentials of the Gemini API can be refused."""


def is_loopback(host: str) -> bool:
    """Return whether an address, or ``localhost``, is reached from this machine only.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0"), is_loopback("example.com")
    (True, True, False, False)
    """
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def check_host(host: str, *, allow_remote: bool) -> str:
    """Return where to listen.

    Raises:
        ConfigError: it is not this machine's own, and that was not asked for.
    """
    if not allow_remote and not is_loopback(host):
        raise ConfigError(f"lets other machines in at {host!r}; if they shall come, allow_remote=True", path="host")
    return host


def check_speed(speed: float) -> float:
    """Return how many times faster than it sounds an answer is given.

    Raises:
        ConfigError: it is not more than 0.
    """
    if isinstance(speed, bool) or not isinstance(speed, (int, float)) or math.isnan(speed) or speed <= 0:
        raise ConfigError(f"must be more than 0 (math.inf is no waiting), not {speed!r}", path="output_speed")
    return speed


def check_chunks(chunk_ms: tuple[float, float]) -> tuple[float, float]:
    """Return how short and how long a piece of sound may be.

    Raises:
        ConfigError: there is nothing between the two.
    """
    shortest, longest = chunk_ms
    if not 1 <= shortest <= longest:
        raise ConfigError(f"must be (shortest, longest) in milliseconds, not {chunk_ms!r}", path="chunk_ms")
    return shortest, longest


def check_secrets(secrets: Iterable[str] | None, path: str) -> frozenset[str] | None:
    """Return keys or tokens as a set; an error does not show them.

    Raises:
        ConfigError: it is one string, whose letters would each be a key.
    """
    if isinstance(secrets, str):
        raise ConfigError(f"must be several {path.partition('_')[2]}, not one string", path=path)
    return None if secrets is None else frozenset(secrets)


def check_refuse_at(moment: str) -> bool:
    """Return whether wrong credentials are refused at the upgrade.

    Raises:
        ConfigError: it is another moment than :data:`REFUSE_AT` has.
    """
    if moment not in REFUSE_AT:
        raise ConfigError(f"must be one of {', '.join(REFUSE_AT)}, not {moment!r}", path="refuse_at")
    return moment == "upgrade"
