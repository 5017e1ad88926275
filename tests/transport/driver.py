"""What an actor does with a transport, on the test's own thread, with a deadline on every wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gemini_live._clock import Deadline
from gemini_live.transport import ConnectionEnded, MessageReceived, PayloadsSent, Poller, Transport, TransportEvent

WAIT = 10.0


class Driver:
    """Owns a poller and a transport."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.poller = Poller()
        self.events: list[TransportEvent] = []
        transport.attach(self.poller)

    def step(self, timeout: float | None = 0.0) -> list[TransportEvent]:
        """Rest once and serve what is ready."""
        new: list[TransportEvent] = []
        for ready in self.poller.wait(timeout):
            new += ready.channel.service(ready)  # type: ignore[attr-defined]
        self.events += new
        return new

    def flush(self) -> None:
        """Write what can be written, as the actor does after it has queued something."""
        self.events += self.transport.service()

    def send(self, payload: bytes, receipt: Any = None) -> None:
        """Queue a message and begin to write it."""
        self.transport.send(payload, receipt)
        self.flush()

    def until(self, condition: Callable[[], bool], seconds: float = WAIT) -> None:
        """Go on until the condition holds; fail when it does not in time."""
        deadline = Deadline.after(seconds)
        while not condition():
            assert not deadline.expired, f"it did not happen; events were {self.events}"
            self.step(min(0.01, deadline.remaining() or 0.0))  # what the other end sees wakes nobody here

    def messages(self, number: int) -> list[str | bytes]:
        """Wait for so many messages and return them."""
        self.until(lambda: len(self.payloads) >= number)
        return self.payloads

    def end(self) -> ConnectionEnded:
        """Wait for the end; nothing follows it."""
        self.until(lambda: any(isinstance(event, ConnectionEnded) for event in self.events))
        last = self.events[-1]
        assert isinstance(last, ConnectionEnded)
        assert self.step() == []
        assert self.transport.service() == []
        return last

    @property
    def payloads(self) -> list[str | bytes]:
        """The messages so far."""
        return [event.payload for event in self.events if isinstance(event, MessageReceived)]

    @property
    def receipts(self) -> list[Any]:
        """What was reported as sent."""
        return [receipt for event in self.events if isinstance(event, PayloadsSent) for receipt in event.receipts]

    def close(self) -> None:
        """Drop everything."""
        self.transport.abort()
        self.poller.close()
