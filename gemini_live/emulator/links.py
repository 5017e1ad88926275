"""The TCP side of connections: losing one on purpose, and leaving none behind.  Event loop's thread."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct

from . import listeners

_LINGER_NOT = struct.pack("ii", 1, 0)
_STEP_SECONDS = 0.005


class Link:
    """One TCP connection.

    The socket is kept beside the transport because a TLS transport that was closed twice knows its socket no more, and
    still waits half a minute for the peer's farewell.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._socket = transport.get_extra_info("socket")
        self._frozen = False

    @property
    def gone(self) -> bool:
        """Whether the socket is closed."""
        return bool(self._socket.fileno() == -1)

    def reset(self) -> None:
        """End it by a reset instead of a farewell."""
        if not self.gone:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            self._transport.abort()

    def cut_into(self, piece: int | None, gap: float) -> None:
        """Let so many bytes leave at a time, and so many seconds apart; ``None`` is no limit."""
        listeners.cut(self._socket.fileno(), piece, gap)

    def write(self, data: bytes) -> None:
        """Write bytes as they are; on a frozen connection nothing.

        Raises:
            ConnectionError: it is closed or closing.
        """
        if self._transport.is_closing():
            raise ConnectionResetError("the connection has ended")
        if not self._frozen:
            self._transport.write(data)

    @property
    def unsent(self) -> int:
        """How many bytes wait to be sent; none on a connection that is closed or closing."""
        return 0 if self._transport.is_closing() else self._transport.get_write_buffer_size()

    def freeze(self) -> None:
        """Read nothing any more, not even that the peer has gone."""
        self._frozen = True
        if not self.gone:
            self._transport.pause_reading()

    def cut(self) -> None:
        """End it whatever its transport still waits for."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._transport.abort()


class Links:
    """Every TCP connection that may still be open."""

    def __init__(self) -> None:
        self._links: dict[asyncio.Transport, Link] = {}

    def __len__(self) -> int:
        return len(self._links)

    def of(self, transport: asyncio.Transport) -> Link:
        """Return a connection's link, the same one for each of its requests."""
        link = self._links.get(transport)
        if link is None:
            self._links = {known: link for known, link in self._links.items() if not link.gone}
            link = self._links[transport] = Link(transport)
        return link

    async def cut_all(self, within: float) -> None:
        """End all of them, and return when they are gone or the time is over."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        for link in self._links.values():
            link.cut()
        while not all(link.gone for link in self._links.values()) and loop.time() < deadline:
            await asyncio.sleep(_STEP_SECONDS)
