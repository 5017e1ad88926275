"""Listening sockets whose connections can be made to write a little at a time.

A piece that the kernel is handed ends anywhere in a frame, and in a TLS record too, as that is below TLS.  It works on
event loops that write by a socket's own ``send``, as those of every system but Windows do.
"""

from __future__ import annotations

import os
import socket
import time
import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class CutSocket(socket.socket):
    """A socket that can be told to write less than it is asked to.

    Attributes:
        piece: how many bytes it writes at most; ``None`` is no limit.
        gap: how many seconds the next piece waits.
    """

    piece: int | None = None
    gap: float = 0.0
    _next: float = 0.0

    def send(self, data: ReadableBuffer, flags: int = 0, /) -> int:
        """Write a piece, or say that there is no room for it yet."""
        if self.piece is None:
            return super().send(data, flags)
        now = time.monotonic()
        if now < self._next:
            raise BlockingIOError
        self._next = now + self.gap
        return super().send(memoryview(data)[: self.piece], flags)

    def sendmsg(self, buffers: Iterable[ReadableBuffer], *others: object) -> int:
        """Write a piece of the first of several buffers that has something."""
        for data in buffers:
            if memoryview(data).nbytes:
                return self.send(data)
        return 0


class CutListener(socket.socket):
    """A listening socket that accepts :class:`CutSocket`."""

    def accept(self) -> tuple[CutSocket, object]:
        """Accept a connection, and remember it by its number."""
        plain, address = super().accept()
        accepted = CutSocket(plain.family, plain.type, plain.proto, fileno=plain.detach())
        _accepted[accepted.fileno()] = accepted
        return accepted, address


_accepted: weakref.WeakValueDictionary[int, CutSocket] = weakref.WeakValueDictionary()
"""By file descriptors, as asyncio shows a transport's socket behind a wrapper."""


def cut(number: int, piece: int | None, gap: float) -> None:
    """Let the socket with this file descriptor write pieces of this size; one that was not accepted here can't."""
    accepted = _accepted.get(number)
    if accepted is not None:
        accepted.piece, accepted.gap = piece, gap


def listeners(host: str, port: int) -> list[CutListener]:
    """Bind a socket to each of a host's addresses.

    Raises:
        OSError: there is no such host, or an address is taken or not this machine's.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    bound: list[CutListener] = []
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            listener = CutListener(family, kind, protocol)
            bound.append(listener)
            _bind(listener, address)
    except BaseException:
        for listener in bound:
            listener.close()
        raise
    return bound


def _bind(listener: socket.socket, address: tuple[object, ...]) -> None:
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if listener.family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        listener.bind(address)
    except OSError as error:
        words = f"can't listen on address {address[0]}, port {address[1]}: {(error.strerror or str(error)).lower()}"
        raise OSError(error.errno, words) from None
