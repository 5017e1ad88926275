"""What the session's tests share: an emulator, a server that says what a test wants, and sessions that are closed."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import attrs
import pytest
import websockets.version
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from gemini_live import ReconnectPolicy, Session
from gemini_live.emulator import Emulator

from ..rest_server import raw_servers

MODEL = "gemini-2.5-flash-native-audio-preview-12-2025"
TIMEOUT = 10.0
AT_ONCE = ReconnectPolicy(base_delay=0)
WATCHFUL = ReconnectPolicy(base_delay=0, ping_after=0.05, dead_peer_after=0.2)
EXACT = {
    "model": "gemini-live-2.5-flash-native-audio",
    "auth": "vertex_ai",
    "api_key": None,
    "access_token": "a-good-token",
    "project_id": "project-1",
    "session_resumption": {"transparent": True},
}
"""The options of a session whose server says what it has taken in, as Vertex AI does."""


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """One plain emulator for all tests that ask nothing special of it."""
    with Emulator(tls=False, output_speed=float("inf")) as server:
        yield server


@pytest.fixture(scope="session")
def secure_emulator() -> Iterator[Emulator]:
    """The same over TLS."""
    with Emulator(output_speed=float("inf")) as server:
        yield server


@pytest.fixture
def server() -> Iterator[Emulator]:
    """An emulator of the test's own, whose connections it may break."""
    with Emulator(tls=False, output_speed=float("inf")) as running:
        yield running


@pytest.fixture
def make() -> Iterator[Callable[..., Session]]:
    """Start sessions that are closed at the end of the test; ``server`` is anything with a ``base_url``."""
    sessions: list[Session] = []

    def start(server: Any, **options: Any) -> Session:
        context = getattr(server, "ssl_context", None)
        given = {
            "model": MODEL,
            "api_key": "a-good-key",
            "base_url": server.base_url,
            "ssl_context": context,
            **options,
        }
        session = Session.start_link(**given)
        sessions.append(session)
        return session

    yield start
    for session in sessions:
        session.close(timeout=2)


@pytest.fixture
def open_session(make: Callable[..., Session]) -> Callable[..., Session]:
    """The same, connected."""

    def connect(server: Any, **options: Any) -> Session:
        session = make(server, **options)
        session.connect()
        return session

    return connect


class Peer:
    """The server's end of one connection, in a test's hands."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection

    def receive(self) -> dict[str, Any]:
        """Return the next client message."""
        message: dict[str, Any] = json.loads(self.connection.recv(timeout=TIMEOUT))
        return message

    def say(self, *messages: Any) -> None:
        """Send messages as the real server does: JSON in binary frames; strings and bytes go as they are."""
        for message in messages:
            if isinstance(message, (str, bytes)):
                self.connection.send(message)
            else:
                self.connection.send(json.dumps(message).encode())

    def accept(self, gate: threading.Event | None = None) -> dict[str, Any]:
        """Take the setup, complete it, if there is a gate when it opens, and return it."""
        setup = self.receive()
        assert gate is None or gate.wait(TIMEOUT)
        self.say({"setupComplete": {}})
        return setup

    def offer(self, handle: str, **more: Any) -> None:
        """Give a resumption handle."""
        self.say({"sessionResumptionUpdate": {"newHandle": handle, "resumable": True, **more}})

    def answer(self, words: str = "Yes.", **content: Any) -> None:
        """Answer whole: words, and the end of the turn."""
        self.say({"serverContent": {"outputTranscription": {"text": words}}})
        self.say({"serverContent": {"generationComplete": True}}, {"serverContent": {"turnComplete": True, **content}})

    def drop(self) -> None:
        """End the TCP connection without a close frame."""
        self.connection.socket.shutdown(socket.SHUT_RDWR)

    def wait_closed(self) -> None:
        """Wait until the client has closed."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                self.connection.recv(timeout=TIMEOUT)


@attrs.define
class ScriptedServer:
    """A WebSocket server on loopback that runs a test's function for each connection."""

    base_url: str
    requests: list[Any] = attrs.field(factory=list)
    results: list[Future[Any]] = attrs.field(factory=list)

    def result(self, index: int = 0) -> Any:
        """Return what the function returned for a connection, or raise what it raised."""
        return self.results[index].result(TIMEOUT)


@pytest.fixture
def script() -> Iterator[Callable[..., ScriptedServer]]:
    """Start a server whose connections are handled by a function of :class:`Peer`."""
    with contextlib.ExitStack() as stack:

        def start(handle: Callable[[Peer], Any], **options: Any) -> ScriptedServer:
            scripted = ScriptedServer("")

            def handler(connection: ServerConnection) -> None:
                future: Future[Any] = Future()
                scripted.requests.append(connection.request)
                scripted.results.append(future)
                try:
                    future.set_result(handle(Peer(connection)))
                except BaseException as error:
                    future.set_exception(error)

            server = serve(handler, "127.0.0.1", 0, compression=None, **options)
            thread = threading.Thread(target=server.serve_forever, name="scripted-server")
            thread.start()
            stack.callback(close_pipe, server)
            stack.callback(thread.join, TIMEOUT)
            stack.callback(server.shutdown)
            scripted.base_url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
            return scripted

        yield start


def chain(*handlers: Callable[[Peer], Any]) -> Callable[[Peer], Any]:
    """Handle the first connection by the first function, and so on; the last serves all that come after."""
    numbers = itertools.count()
    return lambda peer: handlers[min(next(numbers), len(handlers) - 1)](peer)  # noqa: PLW0108 - a number per call


def handle_in(setup: dict[str, Any]) -> str | None:
    """Return the handle that a setup message carries."""
    handle: str | None = setup["setup"]["sessionResumption"].get("handle")
    return handle


def words_in(message: dict[str, Any]) -> list[str]:
    """Return the words of a message of client content, turn by turn."""
    return [part["text"] for turn in message["clientContent"].get("turns", ()) for part in turn["parts"]]


def close_pipe(server: Any) -> None:
    """Close the pipe that older versions of the server leave behind, the last that run on Python 3.10."""
    if int(websockets.version.version.split(".")[0]) < 17:
        os.close(server.shutdown_watcher)
        os.close(server.shutdown_notifier)


@attrs.frozen
class RawServer:
    """A TCP server on loopback that runs a test's function with each accepted socket."""

    base_url: str


@pytest.fixture
def raw() -> Iterator[Callable[..., RawServer]]:
    """Start a TCP server whose connections are handled by a function of the socket."""
    with raw_servers() as start:
        yield lambda handle: RawServer(start(handle))


def eventually(condition: Callable[[], Any]) -> None:
    """Wait until a condition holds that nothing announces; fails the test if it never does."""
    pause, deadline = threading.Event(), time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        pause.wait(0.005)


def park(call: Callable[[], object]) -> threading.Thread:
    """Start a thread that calls, and return it when it waits: what it has said is in the session's mailbox then."""
    thread = threading.Thread(target=call)
    thread.start()

    def waits() -> bool:
        frame = sys._current_frames().get(thread.ident or 0)
        return frame is not None and frame.f_code.co_filename == threading.__file__ and frame.f_code.co_name == "wait"

    eventually(lambda: waits() or not thread.is_alive())
    return thread


class Recorder:
    """Collects what callbacks hear; waits are bounded."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []
        self._changed = threading.Condition()

    def hook(self, name: str) -> Callable[[Any], None]:
        """Return a callback that notes its event under ``name``."""

        def note(value: Any) -> None:
            with self._changed:
                self.events.append((name, value))
                self._changed.notify_all()

        return note

    def hooks(self, *names: str) -> dict[str, Any]:
        """Return ``start_link`` options for these events."""
        return {f"on_{name}": self.hook(name) for name in names}

    def values(self, name: str) -> list[Any]:
        """Return what was heard under a name."""
        return [value for known, value in self.events if known == name]

    def wait(self, name: str, count: int = 1) -> Any:
        """Wait until an event was heard ``count`` times and return the last."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.values(name)) >= count, TIMEOUT), f"no {name}: {self.events}"
        return self.values(name)[count - 1]


@pytest.fixture
def heard() -> Recorder:
    """Collects what callbacks hear."""
    return Recorder()
