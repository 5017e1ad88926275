"""Opens a TCP connection to the first address of a name that answers.  Runs on the dial thread; blocks."""

from __future__ import annotations

import socket

from .dial import Attempt
from .handshake import time_left


def connect_tcp(host: str, port: int, attempt: Attempt) -> socket.socket:
    """Connect, and have the attempt hold the socket.

    Raises:
        OSError: the name has no address, or none of them answers; the last one's error.
        TimeoutError: the deadline passed.
        AttemptAbandoned: nobody wants the connection any more.
    """
    attempt.enter("dns")
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    last: OSError = OSError(f"{host} has no address")
    for left, (family, kind, protocol, _, address) in zip(range(len(addresses), 0, -1), addresses, strict=True):
        attempt.enter("tcp")
        remaining = time_left(attempt)
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError as error:  # a family this system does not have
            last = error
            continue
        try:
            attempt.hold(sock)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            # An address that swallows everything, often the IPv6 one, must leave time for those after it.
            sock.settimeout(remaining / left)
            sock.connect(address)
            return sock
        except OSError as error:
            sock.close()
            last = error
        except BaseException:
            sock.close()
            raise
    raise last
