"""RFC 6455 framing, to the letter."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ProtocolError
from websockets.frames import Close as TheirClose
from websockets.frames import Frame as TheirFrame
from websockets.frames import Opcode as TheirOpcode
from websockets.streams import StreamReader

from gemini_live.transport import MessageReceived, frames
from gemini_live.transport.frames import (
    Close,
    CloseCode,
    Frame,
    FrameParser,
    Opcode,
    Ping,
    Pong,
    Violation,
    apply_mask,
    encode_close,
    encode_frame,
    may_be_received,
)

from .rawserver import close_frame, frame, text

LIMIT = 100_000


def parse(*pieces: bytes, limit: int = LIMIT) -> list[Frame]:
    """Feed the pieces and return all frames; a violation that waits is raised at the end."""
    parser, frames = FrameParser(limit), []
    for piece in pieces:
        frames += parser.feed(piece)
    if parser.violation is not None:
        parser.feed(b"")
    return frames


def violation(*pieces: bytes, limit: int = LIMIT) -> Violation:
    """Return what the pieces break."""
    with pytest.raises(Violation) as caught:
        parse(*pieces, limit=limit)
    return caught.value


def read_by_others(data: bytes) -> TheirFrame:
    """Read a client's frame with another implementation, which must use up all bytes."""
    reader = StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    coroutine = TheirFrame.parse(reader.read_exact, mask=True)
    with pytest.raises(StopIteration) as done:
        next(coroutine)
    assert len(reader.buffer) == 0
    return done.value.value


controls = st.one_of(
    st.binary(max_size=125).map(lambda payload: (frame(9, payload), Ping(payload))),
    st.binary(max_size=125).map(lambda payload: (frame(10, payload), Pong(payload))),
)


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, list[Frame]]:
    """A valid stream of frames and the messages in it: fragmented or not, with control frames anywhere."""
    data, expected = b"", []
    for _ in range(draw(st.integers(0, 5))):
        for wire, event in draw(st.lists(controls, max_size=1)):
            data, expected = data + wire, [*expected, event]
        is_text = draw(st.booleans())
        payload = draw(st.text(max_size=300)) if is_text else draw(st.binary(max_size=300))
        raw = payload.encode() if isinstance(payload, str) else payload
        cuts = sorted(draw(st.lists(st.integers(0, len(raw)), max_size=4)))
        pieces = [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
        for index, piece in enumerate(pieces):
            opcode = 0 if index else (1 if is_text else 2)
            data += frame(opcode, piece, fin=index == len(pieces) - 1)
            if index < len(pieces) - 1:
                for wire, event in draw(st.lists(controls, max_size=2)):
                    data, expected = data + wire, [*expected, event]
        expected.append(payload)
    if draw(st.booleans()):
        data, expected = data + close_frame(1000, "bye"), [*expected, Close(1000, "bye")]
        data += draw(st.binary(max_size=20))  # nothing after a close frame means anything
    return data, expected


@given(stream=streams(), data=st.data())
def test_any_split_gives_the_same_messages(stream: tuple[bytes, list[Frame]], data: st.DataObject) -> None:
    """Where the network cuts the stream makes no difference."""
    raw, expected = stream
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=20)))
    pieces = [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]

    assert parse(raw) == expected
    assert parse(*pieces) == expected
    assert parse(*(raw[index : index + 1] for index in range(len(raw)))) == expected


@given(st.lists(st.one_of(st.binary(max_size=40), st.binary(max_size=20).map(lambda raw: frame(1, raw))), max_size=5))
def test_any_bytes_give_frames_or_a_violation(pieces: list[bytes]) -> None:
    """A stranger's bytes raise nothing else, and a violation is told again to whoever goes on."""
    parser = FrameParser(1_000)
    try:
        for piece in pieces:
            parser.feed(piece)
        if parser.violation is not None:
            parser.feed(b"")
    except Violation as found:
        assert found.code in (CloseCode.PROTOCOL_ERROR, CloseCode.INVALID_DATA, CloseCode.MESSAGE_TOO_BIG)
        with pytest.raises(Violation):
            parser.feed(b"more")


@given(payload=st.binary(max_size=70_000), mask=st.binary(min_size=4, max_size=4))
def test_our_frames_are_understood_by_others(payload: bytes, mask: bytes) -> None:
    """Another implementation reads the same payload."""
    read = read_by_others(encode_frame(Opcode.BINARY, payload, mask))
    assert (read.opcode, read.data, read.fin) == (TheirOpcode.BINARY, payload, True)


@pytest.mark.parametrize(("length", "head"), [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10), (200_000, 10)])
def test_lengths_take_their_shortest_form(length: int, head: int) -> None:
    """Seven bits, 16 or 64, whichever is the least (section 5.2), out and in."""
    data = encode_frame(Opcode.TEXT, b"a" * length, b"mask")
    assert len(data) == head + 4 + length
    assert read_by_others(data).data == b"a" * length
    assert parse(frame(2, b"a" * length), limit=300_000) == [b"a" * length]


@pytest.mark.parametrize(
    ("wire", "why"),
    [
        (b"\x82\x7e\x00\x7d" + bytes(125), "16 bits for 125"),
        (b"\x82\x7f" + struct.pack("!Q", 65_535) + bytes(65_535), "64 bits for 65,535"),
        (b"\x82\x7f" + struct.pack("!Q", 1 << 63), "the highest bit of 64"),
        (frame(1, b"a", bits=0x40), "the first reserved bit"),
        (frame(1, b"a", bits=0x20), "the second reserved bit"),
        (frame(1, b"a", bits=0x10), "the third reserved bit"),
        (frame(9, b"a", bits=0x40), "a reserved bit on a ping"),
        *((frame(opcode), f"opcode {opcode}") for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)),
        (b"\x81\x81mask" + apply_mask(b"a", b"mask"), "a masked frame"),
        (frame(9, b"a", fin=False), "a fragmented ping"),
        (frame(8, b"", fin=False), "a fragmented close"),
        (frame(9, bytes(126)), "a ping of 126 bytes"),
        (b"\x89\xff", "a long ping, by its length alone"),
        (frame(0, b"a"), "a continuation of nothing"),
        (frame(1, b"a", fin=False) + frame(1, b"b"), "a message inside a message"),
        (frame(1, b"a", fin=False) + frame(2, b"b", fin=False), "a fragmented one inside a fragmented one"),
        (frame(8, b"\x03"), "a close frame of one byte"),
    ],
)
def test_what_section_5_forbids_is_a_protocol_error(wire: bytes, why: str) -> None:
    """1002, however the bytes are cut."""
    assert violation(wire).code == CloseCode.PROTOCOL_ERROR
    if len(wire) < 1_000:
        assert violation(*(wire[index : index + 1] for index in range(len(wire)))).code == CloseCode.PROTOCOL_ERROR


@pytest.mark.parametrize(
    "wire",
    [
        frame(1, b"\xff"),
        frame(1, b"\xed\xa0\x80"),
        frame(1, b"\xc3"),
        frame(1, b"\xc3", fin=False) + frame(0, b"("),
        close_frame(1000)[:1] + b"\x04\x03\xe8\xff\xfe",
    ],
    ids=["no start byte", "half a surrogate pair", "cut", "cut over fragments", "in a close reason"],
)
def test_text_that_is_not_utf8_is_invalid_data(wire: bytes) -> None:
    """1007."""
    assert violation(wire).code == CloseCode.INVALID_DATA


def test_a_character_may_be_cut_by_fragments() -> None:
    """Only the whole message has to be UTF-8."""
    first, second = "é".encode()[:1], "é".encode()[1:]
    assert parse(frame(1, first, fin=False), frame(9, b"?"), frame(0, second)) == [Ping(b"?"), "é"]


def allowed_by_others(code: int) -> bool:
    """Return whether another implementation lets a close code stand in a frame."""
    try:
        TheirClose(code, "").check()
    except ProtocolError:
        return False
    return True


@pytest.mark.parametrize("first", range(0, 5_001, 500))
def test_every_close_code(first: int) -> None:
    """Those of section 7.4 are read and may be sent; all others are protocol errors and refused."""
    for code in [*range(first, first + 500), 65_535]:
        allowed = allowed_by_others(code)
        assert may_be_received(code) == allowed
        if allowed:
            assert parse(close_frame(code, "why")) == [Close(code, "why")]
            assert encode_close(code, "why") == struct.pack("!H", code) + b"why"
        else:
            assert violation(close_frame(code, "why")).code == CloseCode.PROTOCOL_ERROR
            with pytest.raises(ValueError, match="must not be sent"):
                encode_close(code, "why")


def test_a_close_frame_without_a_code_is_1005() -> None:
    """No status was received."""
    assert parse(frame(8)) == [Close(CloseCode.NO_STATUS, "")]


@given(st.text(max_size=200))
def test_close_reasons_are_cut_at_a_characters_border(reason: str) -> None:
    """What we send fits into a control frame and is the beginning of the reason, in whole characters."""
    payload = encode_close(1000, reason)
    assert len(payload) <= 125
    sent = payload[2:].decode("utf-8")
    assert reason.startswith(sent)
    assert sent == reason or len((sent + reason[len(sent)]).encode()) > 123
    assert parse(frame(8, payload)) == [Close(1000, sent)]


def test_half_a_surrogate_pair_in_a_reason_is_replaced() -> None:
    """A reason that is no text can still be told."""
    assert encode_close(1000, "a\ud800b") == b"\x03\xe8a?b"


def test_the_limit_counts_over_fragments_before_the_payload_comes() -> None:
    """1009 as soon as a header promises too much, whatever was fragmented how; control frames do not count."""
    assert violation(b"\x82\x7e\x03\xe9", limit=1_000).code == CloseCode.MESSAGE_TOO_BIG
    assert violation(b"\x81\x7f" + struct.pack("!Q", (1 << 63) - 1), limit=1_000).code == CloseCode.MESSAGE_TOO_BIG
    pieces = [frame(2, bytes(600), fin=False), frame(9, bytes(125)), b"\x80\x7e\x01\x91"]
    assert violation(*pieces, limit=1_000).code == CloseCode.MESSAGE_TOO_BIG
    whole = [frame(2, bytes(600), fin=False), frame(9, bytes(125)), frame(0, bytes(400))]
    assert parse(*whole, limit=1_000) == [Ping(bytes(125)), bytes(1_000)]


@pytest.mark.parametrize("size", [11, 125, 126, 300])
def test_the_limit_counts_for_whole_messages_of_every_length(size: int) -> None:
    """Whichever way their length is written."""
    assert violation(frame(2, bytes(size)), limit=10).code == CloseCode.MESSAGE_TOO_BIG
    assert parse(frame(2, bytes(size)), limit=size) == [bytes(size)]


@pytest.mark.parametrize("size", [4, 200])
def test_no_whole_message_may_come_inside_a_fragmented_one(size: int) -> None:
    """However it is written, and whether or not the two come together."""
    first, second = frame(1, b"a", fin=False), frame(2, bytes(size))
    assert violation(first + second).code == CloseCode.PROTOCOL_ERROR
    assert violation(first, second).code == CloseCode.PROTOCOL_ERROR


def test_a_cut_at_the_length_of_what_came_is_no_end() -> None:
    """What was kept from before and what has come now may end anywhere."""
    first, second = frame(2, bytes(200)), frame(2, bytes(range(200)))
    parser = FrameParser(LIMIT)
    assert parser.feed(first[:10]) == []
    assert parser.feed(first[10:] + second[:10]) == [bytes(200)]
    assert parser.feed(second[10:]) == [bytes(range(200))]


def test_frames_before_a_violation_are_delivered() -> None:
    """The good ones come first, then the violation, with the call that follows."""
    parser = FrameParser(LIMIT)
    assert parser.feed(text("good") + frame(3)) == ["good"]
    assert parser.violation is not None
    with pytest.raises(Violation, check=lambda found: found.code == CloseCode.PROTOCOL_ERROR):
        parser.feed(b"")


def test_what_follows_a_close_frame_is_thrown_away() -> None:
    """It means nothing, and is not piled up either."""
    parser = FrameParser(LIMIT)
    assert parser.feed(close_frame(1000) + frame(3)) == [Close(1000, "")]
    for _ in range(10):
        assert parser.feed(bytes(LIMIT)) == []
    assert parser.violation is None


def test_a_million_empty_fragments_cost_nothing() -> None:
    """Fragments without a payload leave nothing behind."""
    parser = FrameParser(10)
    parser.feed(frame(1, b"a", fin=False))
    for _ in range(100):
        assert parser.feed(frame(0, b"", fin=False) * 1_000) == []
    assert parser.feed(frame(0, b"b")) == ["ab"]


@given(st.binary(max_size=500), st.binary(min_size=4, max_size=4))
def test_masking_twice_is_nothing(payload: bytes, mask: bytes) -> None:
    """The mask is an exclusive or, byte by byte (section 5.3)."""
    masked = apply_mask(payload, mask)
    assert masked == bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    assert apply_mask(masked, mask) == payload


def test_a_message_is_shown_by_its_size() -> None:
    """No audio and no words in a log."""
    assert "secret" not in repr(MessageReceived("secret words"))
    assert repr(MessageReceived(b"12345")) == "MessageReceived(payload=<5 bytes>)"


def test_large_messages_leave_no_number_behind() -> None:
    """What repeats a mask is kept for usual sizes alone."""
    before = frames._ones.cache_info().currsize
    for size in range(100_000, 100_400, 4):
        encode_frame(1, bytes(size), b"mask")
    assert frames._ones.cache_info().currsize == before
