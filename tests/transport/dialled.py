"""An attempt to connect on its own thread, as a session makes it, in a test's hands."""

from __future__ import annotations

import threading
from typing import Any

from gemini_live.transport import ConnectRequest, Dial
from gemini_live.transport.opening import open_websocket

from .conftest import attempt


class Dialled:
    """A dial on its way, and what it delivers."""

    def __init__(self, request: ConnectRequest, *, wanted: bool = True) -> None:
        self.results: list[Any] = []
        self.delivered = threading.Event()
        self.wanted = wanted
        self.attempt = attempt(30.0)
        self.dial = Dial(open_websocket, lambda: request, self.attempt, self.deliver, name="dial-under-test")
        self.dial.start()

    def deliver(self, result: Any) -> bool:
        """Take the result."""
        self.results.append(result)
        self.delivered.set()
        return self.wanted

    def ended(self, seconds: float) -> bool:
        """Wait for the thread's end."""
        threads = [thread for thread in threading.enumerate() if thread.name == "dial-under-test"]
        for thread in threads:
            thread.join(seconds)
        return not any(thread.is_alive() for thread in threads)
