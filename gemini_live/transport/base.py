"""What a transport is: the seam between a session and the network, and the place where tests put their own."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from .._logging import header_names

if TYPE_CHECKING:
    from .._proxies import Proxy
    from .dial import Attempt
    from .poller import Ready, Watcher


def size_of(payload: str | bytes) -> str:
    """Show a payload in a repr by its size: it may hold audio, words or a handle."""
    return f"<{len(payload)} {'characters' if isinstance(payload, str) else 'bytes'}>"


@attrs.frozen(kw_only=True)
class ConnectRequest:
    """Where to connect and what to say there.

    Attributes:
        url: ``wss://…`` or ``ws://…``, without credentials.
        headers: more headers of the upgrade request; they hold credentials, so a repr shows only their names.
        ssl_context: the trust to use; ``None`` takes the shared default.
        proxy: what to go through; ``None`` is the direct way.
        max_message_bytes: the largest message that is accepted.
    """

    url: str
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=header_names)
    ssl_context: ssl.SSLContext | None = None
    proxy: Proxy | None = None
    max_message_bytes: int = 64 * 2**20


@attrs.define
class MessageReceived:
    """A whole message came.

    Attributes:
        payload: ``str`` from text frames, ``bytes`` from binary ones.
        more: whether more is to be read than this, which need not wait for it: call ``service`` as for a readable
            channel when this is handled; or leave it to the poller, which knows of it, too.
    """

    payload: str | bytes = attrs.field(repr=size_of)
    more: bool = attrs.field(default=False, repr=False, eq=False)


@attrs.frozen
class PongReceived:
    """A pong came."""

    payload: bytes


@attrs.define
class PayloadsSent:
    """The last bytes of some messages are with the kernel.

    Attributes:
        receipts: theirs, oldest first; of a message without one there is none.
    """

    receipts: list[Any]


@attrs.frozen
class ConnectionEnded:
    """The connection is over; nothing follows.

    Attributes:
        code: the close code of the peer, or 1006 if the connection broke, or the code this side failed it with.
        reason: the peer's words, or what happened.
        clean: whether the closing handshake was completed.
        by_peer: whether the peer began it with a close frame.
    """

    code: int
    reason: str
    clean: bool
    by_peer: bool


TransportEvent = MessageReceived | PongReceived | PayloadsSent | ConnectionEnded


class Transport(Protocol):
    """One open, duplex WebSocket.  Every method runs on the thread that attached it; none of them blocks."""

    def attach(self, poller: Watcher) -> None:
        """Begin: from now on ``poller`` says when to call :meth:`service`."""

    def send(self, payload: bytes, receipt: Any = None) -> None:
        """Queue a text message (UTF-8); a receipt comes back in :class:`PayloadsSent`.

        After :meth:`close` nothing more is written: the message stays in :attr:`unsent`.
        """

    def ping(self, payload: bytes = b"") -> None:
        """Queue a ping of at most 125 bytes, ahead of messages that have not begun to be written."""

    def service(self, ready: Ready | None = None) -> list[TransportEvent]:
        """Read and write what is possible now and return what happened, in order."""

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Begin the closing handshake, after what is queued."""

    def abort(self) -> None:
        """Drop the connection now.  Harmless when it is gone."""

    @property
    def buffered(self) -> int:
        """Bytes accepted by :meth:`send` and not yet with the kernel."""

    @property
    def unsent(self) -> list[Any]:
        """The receipts of messages that are not wholly with the kernel, oldest first."""


class Connector(Protocol):
    """Opens a transport.  Runs on the dial thread and may block; it must watch the attempt."""

    def __call__(self, request: ConnectRequest, attempt: Attempt) -> Transport:
        """Connect or raise a :class:`~gemini_live.exceptions.ConnectError`."""
