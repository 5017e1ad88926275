"""What the opening and the WebSocket ask of a connected byte stream: a socket, TLS on it, or TLS inside of that."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


class Stream(Protocol):
    """The part of a socket's surface that is used here; ``socket`` and ``SSLSocket`` have it."""

    def recv(self, size: int, /) -> bytes:
        """Read some bytes; none at the end of the stream."""

    def send(self, data: bytes | memoryview, /) -> int:
        """Write some of the bytes and return how many; if it raises, none, and the same ones come again."""

    def sendall(self, data: bytes, /) -> None:
        """Write all the bytes."""

    def settimeout(self, seconds: float | None, /) -> None:
        """Bound what blocks; ``None`` waits without end, 0 does not wait."""

    def gettimeout(self) -> float | None:
        """Return that bound."""

    def setblocking(self, flag: bool, /) -> None:  # noqa: FBT001 - the standard library's signature
        """Wait without end, or not at all."""

    def fileno(self) -> int:
        """Return the descriptor to wait for; -1 when it is closed."""

    def close(self) -> None:
        """Release the descriptor; harmless when it is gone."""


@runtime_checkable
class Decrypting(Protocol):
    """A stream whose bytes the kernel's buffer does not tell of: it may be empty while some wait, and the reverse."""

    def pending(self) -> int:
        """Return whether a read would find something, as a number of bytes that is not 0."""
