"""The values that a program gets: they travel between processes and show nothing that is private."""

from __future__ import annotations

import copy
import json
import pickle

import attrs
import pytest

from gemini_live.exceptions import ApiError, ConnectionLost
from gemini_live.protocol import (
    CALLBACKS,
    AudioChunk,
    Closed,
    Event,
    Opened,
    Overflow,
    Reconnected,
    Reconnecting,
    TextDelta,
    TranscriptionEvent,
    Turn,
    TurnTiming,
    Unsent,
)
from gemini_live.types import FunctionCall, ServerMessage, TurnCompleteReason, UsageMetadata

SECRET = "correct-horse"
UNSENT = Unsent(kind="client_content", size=30, payload=json.dumps({"clientContent": SECRET}).encode())
TURN = Turn(
    number=3,
    text="hi",
    output_transcript="hello there",
    audio_chunks=(SECRET.encode(), b"ab"),
    tool_calls=(FunctionCall(id="1", name="f", args={"a": 1}),),
    usage=UsageMetadata(total_token_count=3),
    reason=TurnCompleteReason("NEWER"),
    complete=True,
    timing=TurnTiming(total_ms=5.0),
    received_ms=10.0,
)
VALUES = [
    Opened(session_id="s", resumed=False, connection=1),
    TextDelta("words", 4),
    AudioChunk(data=SECRET.encode(), mime_type="audio/pcm", rate=24_000, turn=2),
    TranscriptionEvent(source="input", text="hi", finished=True),
    TURN,
    UNSENT,
    Reconnecting(attempt=1, delay=0.5, cause=None),
    Reconnected(resumed=True, replayed=2, lost=(UNSENT,)),
    Overflow(kind="audio", dropped_messages=2, dropped_bytes=100),
    Closed(by="server", code=1000, reason="", clean=True, unsent=(UNSENT,), handle=SECRET),
    Event("text", TextDelta("words", 4)),
    ServerMessage.from_json({"serverContent": {"turnComplete": True}, "new": 1}),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_every_value_survives_pickling_and_copying(value):
    """Events may be handed to another process, or put into a log queue."""
    for again in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):
        assert again == value
        assert type(again) is type(value)


def test_a_text_delta_keeps_its_turn_on_the_way():
    """The number is part of the value, though it compares as its text."""
    again = pickle.loads(pickle.dumps(TextDelta("words", 4)))

    assert (again, again.turn, type(str(again))) == ("words", 4, str)
    assert "".join([TextDelta("a", 1), TextDelta("b", 2)]) == "ab"


def test_a_closed_event_with_its_error_survives_pickling():
    """How a session ended can be told in another process."""
    closed = Closed(by="error", code=1006, reason="gone", clean=False, error=ConnectionLost(1006, "gone"))

    again = pickle.loads(pickle.dumps(closed))

    assert (again.code, type(again.error), again.error.code) == (1006, ConnectionLost, 1006)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_no_repr_shows_audio_a_handle_or_what_was_not_sent(value):
    """A value that is logged shows sizes in their place."""
    assert SECRET not in repr(value)
    assert SECRET not in repr(Event("x", value))


def test_a_raw_message_in_an_event_is_shown_by_its_keys():
    """The JSON may hold anything, so a logged event shows only which fields came."""
    event = Event("raw_message", {"sessionResumptionUpdate": {"newHandle": SECRET}, "new": SECRET})

    assert repr(event) == "Event(name='raw_message', value=<sessionResumptionUpdate, new>)"


def test_a_repr_says_how_much_there_is():
    """Sizes stand where content would."""
    assert "<13 bytes>" in repr(VALUES[2])
    assert "<15 bytes>" in repr(TURN)
    assert "<handle>" in repr(VALUES[9])
    assert "handle=None" in repr(Closed(by="user", code=None, reason="", clean=True))


@pytest.mark.parametrize("value", [value for value in VALUES if attrs.has(type(value))], ids=lambda v: type(v).__name__)
def test_every_value_is_frozen(value):
    """What several callbacks get can't be changed by one of them."""
    name = attrs.fields(type(value))[0].name

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(value, name, None)


def test_unsent_gives_its_content_back():
    """What was not sent can be sent again."""
    assert UNSENT.content == {"clientContent": SECRET}


def test_a_chunk_knows_how_long_it_lasts():
    """Half a sample lasts no time."""
    chunk = AudioChunk(data=bytes(4801), mime_type="audio/pcm", rate=24_000, turn=1)

    assert chunk.duration_ms == 100.0


def test_a_turns_audio_is_its_pieces_joined():
    """The pieces stay apart for those who play them, and join for those who save them."""
    assert TURN.audio == SECRET.encode() + b"ab"
    assert Turn(number=1).audio == b""


def test_every_callback_has_a_type():
    """The table names each callback once, in the order in which one message's news is told, and a class for its value."""
    assert next(iter(CALLBACKS)) == "open"
    assert list(CALLBACKS)[-2:] == ["error", "close"]
    assert all(isinstance(kind, type) for kind in CALLBACKS.values())
    assert issubclass(ApiError, CALLBACKS["error"])
