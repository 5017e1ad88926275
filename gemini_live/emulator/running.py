"""One run of the server: an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from .._logging import get_logger
from .certificates import Certificates

if TYPE_CHECKING:
    from .service import Address, Service

_log = get_logger("emulator")
THREAD_NAME = "gemini-live-emulator"
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_CALL_SECONDS = 10.0


def call_on(
    loop: asyncio.AbstractEventLoop, service: Service, function: Callable[[Service], Awaitable[None] | None]
) -> None:
    """Call a function, or run a coroutine, on a server's loop and wait for its end.  Any thread but the loop's."""

    async def run() -> None:
        outcome = function(service)
        if outcome is not None:
            await outcome

    asyncio.run_coroutine_threadsafe(run(), loop).result(_CALL_SECONDS)


class Running:
    """A server that listens.  Any thread."""

    def __init__(self, service: Service, address: Address, certificates: Certificates | None) -> None:
        """Start the thread and return when it listens.

        Raises:
            OSError: the address is taken or not this machine's.
        """
        self.certificates = certificates
        self.service = service
        self._started: Future[Address] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, args=(address,), name=THREAD_NAME, daemon=True)
        self._thread.start()
        try:
            self.address: Address = self._started.result(_START_SECONDS)
        except BaseException:
            self.stop()
            raise

    def _run(self, address: Address) -> None:
        try:
            asyncio.run(self._main(address))
        except BaseException as error:  # noqa: BLE001 - handed to who waits for the start, later to the log
            if self._started.done():
                _log.exception("the emulator failed")
            else:
                self._started.set_exception(error)

    async def _main(self, address: Address) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        tls = self.certificates.server if self.certificates else None
        async with self.service.listening(address, tls) as actual:
            self._started.set_result(actual)
            await self._stopping.wait()

    def call(self, function: Callable[[Service], Awaitable[None] | None]) -> None:
        """Call a function, or run a coroutine, on the server's loop and wait for its end."""
        assert self._loop is not None
        call_on(self._loop, self.service, function)

    def stop(self) -> None:
        """Stop listening, close everything, end the thread.  A second call does nothing."""
        if self._loop is not None and self._stopping is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):  # it may have ended since it was asked
                self._loop.call_soon_threadsafe(self._stopping.set)
        if threading.current_thread() is not self._thread:
            self._thread.join(_STOP_SECONDS)
        if self.certificates is not None:
            self.certificates.remove()
