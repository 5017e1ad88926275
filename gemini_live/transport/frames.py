"""RFC 6455 framing without I/O: bytes in, messages out, to the letter.

The peer is a stranger: everything section 5 forbids is a :class:`Violation` with the close code that section 7.4 wants.
https://www.rfc-editor.org/rfc/rfc6455
"""

from __future__ import annotations

import enum
import functools
import struct

import attrs

from .._speed import compiled_mask


class Opcode(enum.IntEnum):
    """What a frame is (section 5.2)."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


class CloseCode(enum.IntEnum):
    """The close codes this side uses or reports (section 7.4.1)."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    NO_STATUS = 1005
    ABNORMAL = 1006
    INVALID_DATA = 1007
    MESSAGE_TOO_BIG = 1009


@attrs.frozen
class Violation(Exception):  # noqa: N818 - a finding, handed on as a close code
    """The peer broke the protocol; the connection must be failed with this code (section 7.1.7)."""

    code: CloseCode
    reason: str


@attrs.frozen
class Ping:
    """A ping to be answered with the same payload."""

    payload: bytes


@attrs.frozen
class Pong:
    """A pong."""

    payload: bytes


@attrs.frozen
class Close:
    """The peer's close frame; ``code`` is 1005 when it named none."""

    code: int
    reason: str


Frame = str | bytes | Ping | Pong | Close
"""What the parser finds; a whole message is what it says: ``str`` from text frames, ``bytes`` from binary ones."""

MAX_CONTROL = 125
"""The longest payload of a control frame (section 5.5)."""
_CONTROL_BIT = 0x8
_OPCODES = frozenset(Opcode)
_WHOLE_TEXT, _WHOLE_BINARY = 0x80 | Opcode.TEXT, 0x80 | Opcode.BINARY
_WHOLE = (_WHOLE_BINARY, _WHOLE_TEXT)
_MASKED_126, _MASKED_127 = 0x80 | 126, 0x80 | 127


_MOST_KEPT = 65_536
"""Of longer messages, which are few, no number is kept."""
_USUAL = struct.Struct("!HH")
_SHORT_HEAD = _WHOLE_BINARY << 8
_USUAL_HEAD = _SHORT_HEAD | 126
"""Of a whole binary message: its first two bytes as one number, with no length yet, or before one in two bytes."""
_HEAD, _HEAD_126, _HEAD_127 = struct.Struct("!BB4s"), struct.Struct("!BBH4s"), struct.Struct("!BBQ4s")


def may_be_received(code: int) -> bool:
    """Whether a close code may stand in a close frame (section 7.4)."""
    return (1000 <= code <= 1014 and code not in (1004, 1005, 1006)) or 3000 <= code <= 4999


class FrameParser:
    """Cuts a stream of bytes into messages.  Owner: the transport; one thread.

    Args:
        max_message_bytes: a message that would grow beyond it is a violation (1009) before its bytes are kept.

    Attributes:
        violation: what waits to be raised by the next :meth:`feed`.
    """

    def __init__(self, max_message_bytes: int) -> None:
        self._max = max_message_bytes
        self._buffer = bytearray()
        self._fragments = bytearray()  # not a list: a million fragments of one byte must not cost forty times that
        self._fragments_opcode: int | None = None
        self._closed = False
        self.violation: Violation | None = None

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes as they came and return what they complete.

        Raises:
            Violation: the peer broke the protocol.  Frames before the broken one are returned first; the violation
                comes with the next call.
        """
        if self.violation is not None:
            raise self.violation
        if self._closed:  # what follows a close frame means nothing, and must not be piled up
            return []
        buffer: bytes | bytearray = data
        if self._buffer:
            self._buffer += data
            buffer = self._buffer
        frames: list[Frame] = []
        start = self._cut_usual(buffer, frames)
        if start == len(data) and buffer is data:
            return frames  # as most often: it was cut up to its end
        try:
            if len(buffer) - start >= 2:
                start = self._cut(buffer, start, frames)
        except Violation as violation:
            self.violation, self._closed = violation, True
            self._fragments.clear()
            if not frames:
                raise
        if start < len(buffer) or buffer is self._buffer or self._closed:
            self._keep_rest(buffer, start)
        return frames

    def _cut_usual(self, buffer: bytes | bytearray, frames: list[Frame]) -> int:
        """Take the frames at the beginning that are such as come by the hundred; return where the first other begins.

        Those are whole binary messages whose length is written in one byte or in two, as it should be.
        """
        start, have = 0, len(buffer)
        while have - start >= 4 and self._fragments_opcode is None:
            head, length = _USUAL.unpack_from(buffer, start)
            if head == _USUAL_HEAD and length > MAX_CONTROL:
                begin = start + 4
            elif _SHORT_HEAD <= head <= _SHORT_HEAD + MAX_CONTROL:
                begin, length = start + 2, head - _SHORT_HEAD
            else:
                break
            end = begin + length
            if have < end or length > self._max:
                break
            frames.append(buffer[begin:end] if type(buffer) is bytes else bytes(memoryview(buffer)[begin:end]))
            start = end
        return start

    def _cut(self, buffer: bytes | bytearray, start: int, frames: list[Frame]) -> int:
        """Take the other frames; return where what is not whole begins."""
        have = len(buffer)
        while have - start >= 2 and not self._closed:
            first, length, begin = buffer[start], buffer[start + 1], start + 2
            if length > 127 or first not in _WHOLE or self._fragments_opcode is not None:
                self._check_bits(first, length)
            if length >= 126:
                shortest, begin = (126, start + 4) if length == 126 else (0x10000, start + 10)
                if have < begin:
                    break
                length = int.from_bytes(buffer[start + 2 : begin], "big")
                self._require(shortest <= length < 1 << 63, "a length not in its shortest form")
            if length + len(self._fragments) > self._max and not first & _CONTROL_BIT:
                raise Violation(CloseCode.MESSAGE_TOO_BIG, f"a message of more than {self._max} bytes")
            end = begin + length
            if have < end:
                break
            start = end
            payload = buffer[begin:end] if type(buffer) is bytes else bytes(memoryview(buffer)[begin:end])
            frame = self._frame(first, payload)
            if frame is not None:
                frames.append(frame)
        return start

    def _keep_rest(self, buffer: bytes | bytearray, start: int) -> None:
        """Keep what has begun and is not whole."""
        if self._closed:
            self._buffer.clear()
        elif buffer is self._buffer:
            del self._buffer[:start]
        elif start < len(buffer):
            self._buffer += buffer[start:]

    def _check_bits(self, first: int, second: int) -> None:
        opcode = first & 0x0F
        self._require(not first & 0x70, "a reserved bit is set")
        self._require(opcode in _OPCODES, f"opcode {opcode:#x} is reserved")
        self._require(not second & 0x80, "the server masked a frame")
        if opcode & _CONTROL_BIT:
            self._require(bool(first & 0x80), "a fragmented control frame")
            self._require(second & 0x7F <= MAX_CONTROL, "a control frame of more than 125 bytes")
        elif opcode == Opcode.CONTINUATION:
            self._require(self._fragments_opcode is not None, "a continuation of nothing")
        else:
            self._require(self._fragments_opcode is None, "a new message inside a fragmented one")

    @staticmethod
    def _require(condition: bool, reason: str) -> None:  # noqa: FBT001
        if not condition:
            raise Violation(CloseCode.PROTOCOL_ERROR, reason)

    def _frame(self, first: int, payload: bytes) -> Frame | None:
        opcode = first & 0x0F
        if opcode & _CONTROL_BIT:
            if opcode == Opcode.PING:
                return Ping(payload)
            return Pong(payload) if opcode == Opcode.PONG else self._close_frame(payload)
        if first & 0x80 and self._fragments_opcode is None:
            return payload if opcode == Opcode.BINARY else _text(payload)
        if self._fragments_opcode is None:
            self._fragments_opcode = opcode
        self._fragments += payload
        if not first & 0x80:
            return None
        opcode, whole = self._fragments_opcode, bytes(self._fragments)
        self._fragments, self._fragments_opcode = bytearray(), None
        return whole if opcode == Opcode.BINARY else _text(whole)

    def _close_frame(self, payload: bytes) -> Close:
        self._closed = True  # section 5.5.1: nothing after a close frame means anything
        if not payload:
            return Close(CloseCode.NO_STATUS, "")
        self._require(len(payload) >= 2, "a close frame of one byte")
        (code,) = struct.unpack_from("!H", payload)
        self._require(may_be_received(code), f"close code {code} must not be sent")
        return Close(code, _text(payload[2:]))


def _text(payload: bytes) -> str:
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        raise Violation(CloseCode.INVALID_DATA, "text that is not UTF-8") from None


def encode_frame(opcode: int, payload: bytes, mask: bytes) -> bytes:
    """Return one unfragmented client frame (section 5.2), masked with the four bytes ``mask`` (section 5.3)."""
    length = len(payload)
    if length <= MAX_CONTROL:
        head = _HEAD.pack(0x80 | opcode, 0x80 | length, mask)
    elif length <= 0xFFFF:
        head = _HEAD_126.pack(0x80 | opcode, _MASKED_126, length, mask)
    else:
        head = _HEAD_127.pack(0x80 | opcode, _MASKED_127, length, mask)
    return head + _mask(payload, mask)


def apply_mask(payload: bytes, mask: bytes) -> bytes:
    """Return the payload XOR the repeated mask; big integers do it at memory speed.

    The mask as an integer, times a number with a 1 in each place of four bytes, is the mask repeated: that is a third
    cheaper than to read the repeated mask as an integer, and sound comes in pieces of few different sizes.
    """
    length = len(payload)
    places = length + 3 >> 2  # the last one may reach beyond the payload, and is cut off again
    ones = _ones(places) if length <= _MOST_KEPT else _ones.__wrapped__(places)
    masked = int.from_bytes(payload, "little") ^ int.from_bytes(mask, "little") * ones
    return masked.to_bytes(places << 2, "little")[:length]


_mask = compiled_mask() or apply_mask


@functools.lru_cache(maxsize=32)
def _ones(count: int) -> int:
    """Return a number with a 1 in each of so many places of four bytes."""
    return int.from_bytes(b"\1\0\0\0" * count, "little")


def encode_close(code: int, reason: str) -> bytes:
    """Return a close frame's payload; the reason is cut so that 125 bytes hold it, at a character's border.

    Raises:
        ValueError: the code is one that must not be sent.
    """
    if not may_be_received(code):
        raise ValueError(f"close code {code} must not be sent")
    text = reason.encode("utf-8", "replace")[: MAX_CONTROL - 2].decode("utf-8", "ignore")
    return struct.pack("!H", code) + text.encode("utf-8")
