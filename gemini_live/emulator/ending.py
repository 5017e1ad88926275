"""How one connection ends: closed, lost, too old, or in a black hole.  Owned by the server's event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from .handles import Stay
from .links import Link
from .records import EmulatedSession
from .refusals import DEADLINE_REASON, INTERNAL, cut_reason

if TYPE_CHECKING:
    from aiohttp import web

ABNORMAL = 1006
"""What stands for an end without a close frame."""


class Ending:
    """Everything about one connection's end.

    Attributes:
        stay: the connection's part in a session, once it has one; it ends when the server knows of the end.
    """

    def __init__(
        self,
        websocket: web.WebSocketResponse,
        link: Link,
        record: EmulatedSession,
        stop_speaking: Callable[[], Awaitable[None]],
    ) -> None:
        """Begin with the connection.

        Args:
            websocket: the upgraded connection.
            link: what it runs on.
            record: where the end is written down.
            stop_speaking: ends the answer that is being given.
        """
        self.stay: Stay | None = None
        self._websocket = websocket
        self._link = link
        self._record = record
        self._stop_speaking = stop_speaking
        self._quiet = False
        self._frozen = False
        self._dropped = asyncio.Event()
        self._closing: asyncio.Task[None] | None = None
        self._timers: set[asyncio.Task[None]] = set()

    @property
    def closing(self) -> bool:
        """Whether the close frame was sent, or is about to be."""
        return self._closing is not None

    @property
    def frozen(self) -> bool:
        """Whether the connection is a black hole."""
        return self._frozen

    @property
    def quiet(self) -> bool:
        """Whether nothing is sent any more."""
        return self._quiet or self._frozen or self.closing

    def note(self, code: int, reason: str) -> None:
        """Write the end down; only the first word about it counts."""
        self._record.note_end(code, reason)
        self._leave()

    def _leave(self) -> None:
        if self.stay is not None:
            self.stay.end()

    def close(self, code: int, reason: str) -> None:
        """Send a close frame and wait for the client's in the background; a second call does nothing.

        Out of a black hole nothing comes, no close frame either.
        """
        if self._closing is None and not self._frozen:
            reason = cut_reason(reason)
            self.note(code, reason)
            self._closing = asyncio.get_running_loop().create_task(self._close(code, reason))

    async def _close(self, code: int, reason: str) -> None:
        await self._stop_speaking()
        with contextlib.suppress(ConnectionError):
            await self._websocket.close(code=code, message=reason.encode())

    def drop(self) -> None:
        """Lose the connection without a close frame."""
        self.note(ABNORMAL, "")
        self._link.reset()
        self._dropped.set()

    def freeze(self) -> None:
        """Become a black hole: the TCP connection stays, and nothing is read, answered or sent any more.

        To the session's handles that is an end, as a service would sooner or later find that nobody is there.
        """
        if not self.closing:
            self._frozen = True
            self._link.freeze()
            self._leave()

    async def thawed(self) -> None:
        """Return at once, but from a black hole when it is dropped."""
        if self._frozen:
            await self._dropped.wait()

    def fall_silent(self) -> None:
        """Send nothing more but a close frame, and pongs."""
        self._quiet = True

    def close_after(self, seconds: float) -> None:
        """Close as the service closes connections whose time is over."""

        async def close() -> None:
            self.close(INTERNAL, DEADLINE_REASON)

        self.after(seconds, close)

    def after(self, seconds: float, function: Callable[[], Awaitable[Any]]) -> None:
        """Call something later, unless the connection has ended by then."""

        async def wait() -> None:
            await asyncio.sleep(seconds)
            with contextlib.suppress(ConnectionError):
                await function()

        timer = asyncio.get_running_loop().create_task(wait())
        self._timers.add(timer)
        timer.add_done_callback(self._timers.discard)

    async def wind_up(self) -> None:
        """Leave nothing that still runs; the connection has ended."""
        timers = set(self._timers)
        for timer in timers:
            timer.cancel()
        await asyncio.gather(*timers, return_exceptions=True)
        if self._closing is not None:
            await asyncio.wait({self._closing})
