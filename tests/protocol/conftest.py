"""What the tests of the core share."""

from __future__ import annotations

import json

import pytest

from gemini_live.protocol import LiveProtocol, Trigger
from gemini_live.protocol.turns import TurnTracker


class Driver:
    """A protocol with an open socket, fed by dicts; time stands still unless a test says otherwise."""

    def __init__(self, *, splits_tool_rounds=False):
        self.protocol = LiveProtocol(splits_tool_rounds=splits_tool_rounds)
        self.protocol.trigger(Trigger.CONNECT_ASKED)
        self.protocol.trigger(Trigger.SOCKET_OPENED)
        self.now = 100.0

    def feed(self, payload):
        """Give one message, a dict or raw; return its events."""
        if isinstance(payload, dict):
            payload = json.dumps(payload)
        self.protocol.receive(payload, self.now)
        return self.protocol.take_events()

    def told(self, payload):
        """Return the events of one message, without the two that every message has."""
        return [event for event in self.feed(payload) if event.name not in ("raw_message", "message")]


@pytest.fixture
def pending():
    """A protocol that has sent its setup."""
    return Driver()


@pytest.fixture
def ready():
    """A protocol whose setup is complete."""
    driver = Driver()
    driver.feed({"setupComplete": {}})
    return driver


@pytest.fixture
def turns():
    """A tracker at the beginning of a session."""
    return TurnTracker()


@pytest.fixture
def make_driver():
    """What makes a protocol of a chosen kind."""
    return Driver
