"""One WebSocket, driven without ever blocking.  Knows nothing of the Live API.

The opening (DNS, TCP, proxy, TLS, HTTP upgrade) blocks in the libraries, so it has a thread of its own that lives for
one attempt (:class:`Dial`).  The open connection belongs to one thread, which rests in a :class:`Poller` and is told by
it what is ready.
"""

from __future__ import annotations

from .base import (
    ConnectionEnded,
    Connector,
    ConnectRequest,
    MessageReceived,
    PayloadsSent,
    PongReceived,
    Transport,
    TransportEvent,
)
from .dial import Attempt, Dial
from .poller import Channel, Poller, Ready, Watcher

__all__ = [
    "Attempt",
    "Channel",
    "ConnectRequest",
    "ConnectionEnded",
    "Connector",
    "Dial",
    "MessageReceived",
    "PayloadsSent",
    "Poller",
    "PongReceived",
    "Ready",
    "Transport",
    "TransportEvent",
    "Watcher",
]
