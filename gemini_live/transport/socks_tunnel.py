"""Opens a tunnel through a SOCKS proxy (RFC 1928, RFC 1929, SOCKS4, SOCKS4a) with PySocks.  Runs on the dial thread.

PySocks knows what to say; the connection to the proxy, the deadline and the end of an abandoned attempt are ours, as
for every other socket.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import socks

from .._clock import Deadline
from .._proxies import LONGEST_FOR_SOCKS, Proxy, ip_of
from ..exceptions import ConnectError
from .dial import Attempt
from .handshake import time_left
from .tcp import connect_tcp

_FINAL = ("0x02", "0x07", "0x08", "0x5c", "0x5d")
"""Replies that the same request gets again: forbidden, not supported, not identified (RFC 1928 section 6, SOCKS4)."""


class _Connected(socket.socket):
    """What PySocks's socket finds under itself: connected already, and patient for only so long."""

    patience: Callable[[], float]

    def connect(self, address: Any, /) -> None:
        """Do nothing: this has happened."""

    def send(self, data: Any, flags: int = 0, /) -> int:
        """Write within the deadline."""
        socket.socket.settimeout(self, self.patience())
        return super().send(data, flags)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Read within the deadline.

        Raises:
            ConnectionResetError: the proxy hung up; PySocks would tell that only by its words.
        """
        socket.socket.settimeout(self, self.patience())
        count = super().recv_into(buffer, nbytes, flags)
        if not count:
            raise ConnectionResetError("it hung up before it answered")
        return count


class _Negotiation(socks.socksocket, _Connected):  # type: ignore[misc]  # PySocks has no types
    """PySocks's socket, on a connection that there is already."""


def open_socks_tunnel(proxy: Proxy, host: str, port: int, attempt: Attempt) -> socket.socket:
    """Return a socket that the proxy has connected to the target.

    ``socks4`` and ``socks5`` look the target's name up here, and try its addresses one after the other; ``socks4a`` and
    ``socks5h`` leave that to the proxy.

    Raises:
        ConnectError: the proxy refused, could not be understood, or the target has no address.
        OSError: the network failed; the attempt knows in which phase.
        AttemptAbandoned: nobody wants the connection any more.
    """
    last: OSError = OSError("nothing was tried")
    targets = _targets(proxy, host, port, attempt)
    for left, target in zip(range(len(targets), 0, -1), targets, strict=True):
        sock = connect_tcp(proxy.host, proxy.port, attempt)
        try:
            attempt.enter("proxy")
            share = Deadline.after(time_left(attempt) / left, attempt.deadline.clock)
            return _negotiate(sock, proxy, (target, port), share, attempt)
        except (socks.SOCKS4Error, socks.SOCKS5Error, TimeoutError) as error:
            last = error  # it can't reach this address; the other family, often, it can
        except socks.ProxyError as error:
            raise _refused(error, proxy, host, port) from None
        finally:
            sock.close()
    if isinstance(last, TimeoutError):
        raise last
    raise _refused(last, proxy, host, port)


def _targets(proxy: Proxy, host: str, port: int, attempt: Attempt) -> list[str]:
    """Return what the proxy is asked for: one name, or addresses in the order in which they are to be tried."""
    literal = ip_of(host) is not None
    old = proxy.scheme in ("socks4", "socks4a")
    if old and literal and ":" in host:
        raise _failed(f"SOCKS4 knows no IPv6 address, such as {host}; SOCKS5 does", proxy)
    if literal:
        return [host]
    if proxy.scheme in ("socks4a", "socks5h"):
        try:
            length = len(host.encode("idna"))
        except UnicodeError as error:
            raise _failed(f"{host} is no host name: {error}", proxy) from None
        if length > LONGEST_FOR_SOCKS:
            raise _failed(f"a name of more than {LONGEST_FOR_SOCKS} bytes can't be asked for", proxy)
        return [host]
    attempt.enter("dns")
    family = socket.AF_INET if old else socket.AF_UNSPEC
    try:
        found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        attempt.enter("dns")
        hint = f"({proxy.scheme} looks names up here; socks5h and socks4a leave that to the proxy)"
        raise ConnectError(f"{host}: {error} {hint}", phase="dns", retryable=isinstance(error, OSError)) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _negotiate(
    sock: socket.socket, proxy: Proxy, target: tuple[str, int], share: Deadline, attempt: Attempt
) -> socket.socket:
    """Have PySocks ask for the tunnel and return the bare socket.

    The descriptor of ``sock`` is taken over, and closed if it comes to nothing.
    """

    def patience() -> float:
        return min(time_left(attempt), share.patience())

    asking: Any = _Negotiation(sock.family, sock.type, sock.proto, fileno=sock.detach())
    asking.patience = patience
    try:
        attempt.hold(asking)
        kind = socks.SOCKS4 if proxy.scheme in ("socks4", "socks4a") else socks.SOCKS5
        remote = proxy.scheme in ("socks4a", "socks5h")
        asking.set_proxy(kind, proxy.host, proxy.port, remote, proxy.username or None, proxy.password or None)
        asking.connect(target, catch_errors=True)  # so that errors come as they are, not wrapped in another one
        bare = socket.socket(asking.family, asking.type, asking.proto, fileno=asking.detach())
    except BaseException:
        asking.close()
        raise
    try:
        bare.setblocking(True)  # the descriptor may be left otherwise, and a new object does not know
        attempt.hold(bare)
        return bare
    except BaseException:
        bare.close()
        raise


def _refused(error: OSError, proxy: Proxy, host: str, port: int) -> ConnectError:
    """Return the error for PySocks's own, whose texts are fixed and show no credentials."""
    answered = isinstance(error, (socks.SOCKS4Error, socks.SOCKS5Error))
    retryable = answered and not str(error).startswith(_FINAL)
    return _failed(f"no tunnel to {host}:{port}: {error}", proxy, retryable=retryable)


def _failed(reason: str, proxy: Proxy, *, retryable: bool = False) -> ConnectError:
    return ConnectError(f"proxy {proxy.shown}: {reason}", phase="proxy", retryable=retryable)
