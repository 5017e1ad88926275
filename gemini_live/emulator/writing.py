"""How messages leave: as the WebSocket library writes them or, where it shall be otherwise, frame by frame.

Owned by the server's event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from .disturbance import Disturbance
from .frames import fragments
from .links import Link

if TYPE_CHECKING:
    from aiohttp import web

_MOST_UNSENT = 2**20
"""How much may wait in the transport before a writer waits too."""
_STEP_SECONDS = 0.005


class Writer:
    """Writes one connection's messages.

    Attributes:
        disturbance: what is wrong with the connection now.
    """

    def __init__(self, websocket: web.WebSocketResponse, link: Link, disturbance: Disturbance) -> None:
        self._websocket = websocket
        self._link = link
        self._gathered = bytearray()
        self._timer: asyncio.TimerHandle | None = None
        self.disturb(disturbance)

    def disturb(self, disturbance: Disturbance) -> None:
        """Write otherwise from now on."""
        self.disturbance = disturbance
        self._link.cut_into(disturbance.segment_bytes, disturbance.segment_ms / 1000)

    async def send(self, message: bytes) -> None:
        """Write one message, or put it to the others that wait.

        Raises:
            ConnectionError: the connection has ended.
        """
        size, gather_ms = self.disturbance.fragment_bytes, self.disturbance.gather_ms
        if size is None and not gather_ms and not self._gathered:
            await self._websocket.send_bytes(message)
            return
        if self._websocket.closed:
            raise ConnectionResetError("the connection has ended")
        if gather_ms or self._gathered:
            self._gathered += b"".join(fragments(message, size))
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(gather_ms / 1000, self.flush)
            return
        for piece in fragments(message, size):
            self._link.write(piece)
        while self._link.unsent > _MOST_UNSENT:
            await asyncio.sleep(_STEP_SECONDS)

    def flush(self) -> None:
        """Write what waits for others; before a close frame, or nothing of it would count."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._gathered and not self._websocket.closed:
            with contextlib.suppress(ConnectionError):
                self._link.write(bytes(self._gathered))
        self._gathered.clear()
