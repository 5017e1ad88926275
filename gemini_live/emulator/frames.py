"""A server's WebSocket frames as bytes: https://www.rfc-editor.org/rfc/rfc6455#section-5.2.  Pure; any thread."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_FINAL = 0x80
_CONTINUATION = 0x0
_BINARY = 0x2


def frame(payload: bytes, *, opcode: int = _BINARY, final: bool = True) -> bytes:
    """Return one frame; a server's are not masked.

    >>> frame(b"ab").hex(" ")
    '82 02 61 62'
    """
    first, size = opcode | (_FINAL if final else 0), len(payload)
    if size < 126:
        return struct.pack("!BB", first, size) + payload
    if size < 2**16:
        return struct.pack("!BBH", first, 126, size) + payload
    return struct.pack("!BBQ", first, 127, size) + payload


def fragments(payload: bytes, size: int | None) -> Iterator[bytes]:
    """Yield the frames of one binary message that carry at most ``size`` bytes each.

    >>> [piece.hex(" ") for piece in fragments(b"abc", 2)]
    ['02 02 61 62', '80 01 63']
    """
    step = size or max(1, len(payload))
    for start in range(0, max(1, len(payload)), step):
        yield frame(
            payload[start : start + step],
            opcode=_CONTINUATION if start else _BINARY,
            final=start + step >= len(payload),
        )
