"""What the music session's tests share: a network in memory, and a server of their own."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gemini_live import MusicSession, ReconnectPolicy
from gemini_live.testing import FakeTransport

from ..session.conftest import Recorder

AT_ONCE = ReconnectPolicy(base_delay=0)
SECOND = 192_000
"""Bytes of a second of music."""


def piece(*seconds: float, **more: Any) -> dict[str, Any]:
    """Return a message with pieces of music, each so long."""
    chunks = [
        {
            "data": base64.b64encode(bytes([number]) * int(length * SECOND)).decode(),
            "mimeType": "audio/l16;rate=48000;channels=2",
            **more,
        }
        for number, length in enumerate(seconds)
    ]
    return {"serverContent": {"audioChunks": chunks}}


def fence(music: MusicSession) -> None:
    """Wait until the session has taken in all commands, and has done what was due.  Says PLAY, twice.

    The first wait ends in the turn of the session's loop whose timers are looked at, the second after it.
    """
    music.play(wait=True, timeout=5)
    music.play(wait=True, timeout=5)


@pytest.fixture
def fake() -> FakeTransport:
    """A network whose server accepts everything and says nothing by itself."""
    return FakeTransport()


@pytest.fixture
def heard() -> Recorder:
    """Collects what callbacks hear."""
    return Recorder()


@pytest.fixture
def make() -> Iterator[Callable[..., MusicSession]]:
    """Start sessions that are closed at the end of the test."""
    sessions: list[MusicSession] = []

    def start(**options: Any) -> MusicSession:
        session = MusicSession.start_link(**{"api_key": "a-good-key", "reconnect": AT_ONCE, **options})
        sessions.append(session)
        return session

    yield start
    for session in sessions:
        session.close(timeout=2)


@pytest.fixture
def open_music(make: Callable[..., MusicSession], fake: FakeTransport) -> Callable[..., MusicSession]:
    """The same, connected to the network in memory."""

    def connect(**options: Any) -> MusicSession:
        session = make(**{"transport": fake, **options})
        session.connect()
        return session

    return connect
