"""A server that accepts anybody, completes the setup, and writes down every word the client says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import trustme
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

SECONDS = 20.0
"""How long anything here may take."""


class Conversation:
    """What one client said.  Written by the server's thread, read by the test's when it is over."""

    def __init__(self, path: str, headers: dict[str, str]) -> None:
        self.path = path
        self.headers = headers
        self.frames: list[dict[str, Any]] = []
        self.binary = False
        """Whether a frame came as a binary one, which no client message is."""


class Recorder:
    """A WebSocket server with TLS on the loopback: an event loop in one thread.

    Google's client insists on ``wss``.  The paths of both clients are accepted, and so is every other.
    """

    def __init__(self) -> None:
        """Start, and return when the server listens."""
        authority = trustme.CA()
        self._server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(self._server_context)
        self.ssl_context = ssl.create_default_context()
        authority.configure_trust(self.ssl_context)
        self._changed = threading.Condition()
        self._finished: list[Conversation] = []
        self._started: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name="recorder", daemon=True)
        self._thread.start()
        self.port = self._started.result(SECONDS)
        self.base_url = f"https://127.0.0.1:{self.port}"

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        try:
            async with serve(
                self._handle,
                "127.0.0.1",
                0,
                ssl=self._server_context,
                max_size=None,
                ping_interval=None,
                compression=None,
            ) as server:
                (listener,) = server.sockets
                self._started.set_result(listener.getsockname()[1])
                await self._stopping.wait()
        except BaseException as error:
            if not self._started.done():
                self._started.set_exception(error)
            raise

    async def _handle(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        headers = {name.lower(): value for name, value in connection.request.headers.raw_items()}
        conversation = Conversation(re.sub("/+", "/", connection.request.path), headers)
        try:
            async for frame in connection:
                conversation.binary |= isinstance(frame, bytes)
                conversation.frames.append(json.loads(frame))
                if "setup" in conversation.frames[-1]:
                    await connection.send(b'{"setupComplete":{}}')
        except ConnectionClosed:
            pass  # a client that goes without a word has still said what it said
        finally:
            with self._changed:
                self._finished.append(conversation)
                self._changed.notify_all()

    @contextlib.contextmanager
    def listening(self) -> Iterator[list[Conversation]]:
        """Give an empty list; when the block is left, it holds the one conversation that was held in it."""
        heard: list[Conversation] = []
        before = len(self._finished)
        yield heard
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._finished) > before, SECONDS), "nobody called"
        heard.extend(self._finished[before:])
        assert len(heard) == 1

    @property
    def conversations(self) -> int:
        """How many there have been."""
        return len(self._finished)

    def stop(self) -> None:
        """Close everything and end the thread."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()
