"""Sessions on transports that a test makes; they are closed at the end."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gemini_live import Event, Session

MODEL = "gemini-2.5-flash-native-audio-preview-12-2025"
WAIT = 10.0


@pytest.fixture
def start() -> Iterator[Callable[..., Session]]:
    """Start sessions on a transport, not connected."""
    sessions: list[Session] = []

    def started(transport: Any, **options: Any) -> Session:
        given = {"model": MODEL, "api_key": "a-good-key", "transport": transport, **options}
        sessions.append(Session.start_link(**given))
        return sessions[-1]

    yield started
    for session in sessions:
        session.close(timeout=2)


@pytest.fixture
def talk(start: Callable[..., Session]) -> Callable[..., Session]:
    """Open sessions on a transport."""

    def opened(transport: Any, **options: Any) -> Session:
        session = start(transport, **options)
        session.connect()
        return session

    return opened


class Heard:
    """An owner's queue, read after the end."""

    def __init__(self) -> None:
        self.queue: queue.Queue[Event] = queue.Queue()

    def events(self) -> list[Event]:
        """Return what has come since the last time."""
        found = []
        while not self.queue.empty():
            found.append(self.queue.get_nowait())
        return found

    def next(self, name: str) -> Any:
        """Wait for the next event of a name and return its value."""
        while True:
            event = self.queue.get(timeout=WAIT)
            if event.name == name:
                return event.value


@pytest.fixture
def heard() -> Heard:
    """Collects events: give a session ``owner=heard.queue``."""
    return Heard()
