"""When a client is told how it can resume: decided without a connection."""

from __future__ import annotations

import itertools

import pytest

from gemini_live.emulator.resumption import Resumption, is_control
from gemini_live.types import ClientMessage, decode

SOUND = {"realtimeInput": {"audio": {"mimeType": "audio/pcm", "data": "AAAA"}}}
PICTURE = {"realtimeInput": {"video": {"mimeType": "image/png", "data": "AAAA"}}}
TEXT = {"realtimeInput": {"text": "a"}}
CONTENT = {"clientContent": {"turns": []}}
NOT_NOW = {"sessionResumptionUpdate": {}}


def read(data):
    return decode(ClientMessage, data)


def resumption(*, wanted=True, transparent=False, every=1):
    numbers = itertools.count(1)
    return Resumption(wanted=wanted, transparent=transparent, every=every, issue=lambda: f"h{next(numbers)}")


def told(update):
    """Return an update's handle and index."""
    if update is None:
        return None
    fields = update["sessionResumptionUpdate"]
    assert fields.pop("resumable", None) is (True if "newHandle" in fields else None)
    return fields.get("newHandle"), fields.get("lastConsumedClientMessageIndex")


@pytest.mark.parametrize(
    ("data", "control"),
    [
        (SOUND, False),
        (PICTURE, False),
        ({"realtimeInput": {"mediaChunks": []}}, False),
        ({"setup": {}}, False),
        (TEXT, True),
        ({"realtimeInput": {"activityStart": {}}}, True),
        ({"realtimeInput": {"activityEnd": {}}}, True),
        ({"realtimeInput": {"audioStreamEnd": True}}, True),
        (CONTENT, True),
        ({"toolResponse": {}}, True),
        ({"contextUpdate": {}}, True),
    ],
)
def test_all_but_sound_pictures_and_the_setup_is_control(data, control):
    """Text and marks among the realtime input are control messages."""
    assert is_control(read(data)) is control


def test_a_handle_comes_after_the_setup_the_client_s_content_and_every_turn():
    """Nothing else brings one, and none brings two."""
    updates = resumption()
    assert told(updates.first()) == ("h1", None)
    updates.consume(read(TEXT))
    assert updates.due() is None
    updates.consume(read(CONTENT))
    assert told(updates.due()) == ("h2", None)
    assert updates.due() is None
    updates.begin()
    assert told(updates.finished()) == ("h3", None)
    assert updates.due() is None


def test_while_an_answer_is_generated_there_is_no_handle():
    """Content that comes meanwhile has to wait for the turn's end."""
    updates = resumption()
    updates.begin()
    assert updates.not_now() == NOT_NOW
    updates.consume(read(CONTENT))
    assert updates.due() is None
    assert told(updates.finished()) == ("h1", None)
    assert updates.due() is None


def test_while_calls_are_open_there_is_no_handle():
    """The last answer brings one; the turn's end before it does not."""
    updates = resumption()
    assert updates.calls_opened(["1", "2"]) == NOT_NOW
    assert updates.calls_opened(["3"]) is None
    updates.begin()
    assert updates.finished() is None
    updates.consume(read({"toolResponse": {"functionResponses": [{"id": "1"}, {"name": "3"}]}}))
    assert updates.due() is None
    updates.calls_ended(["2"])
    assert told(updates.due()) == ("h1", None)


def test_without_the_wish_nothing_is_told():
    """No update of either kind."""
    updates = resumption(wanted=False)
    updates.consume(read(CONTENT))
    assert updates.first() is updates.due() is updates.not_now() is None
    assert updates.calls_opened(["1"]) is None
    updates.begin()
    assert updates.finished() is None


def test_a_transparent_update_follows_every_control_message():
    """All messages count, from 1; the first update counts none, and zero is left out."""
    updates = resumption(transparent=True)
    assert told(updates.first()) == ("h1", None)
    for data in (SOUND, SOUND, TEXT):
        updates.consume(read(data))
    assert told(updates.due()) == ("h2", "3")
    updates.consume(read(PICTURE))
    assert updates.due() is None
    updates.begin()
    assert told(updates.finished()) == ("h3", "4")


def test_transparent_updates_may_come_in_batches():
    """One for several control messages; a turn's end brings one in any case, and the count begins anew."""
    updates = resumption(transparent=True, every=2)
    updates.consume(read(TEXT))
    assert updates.due() is None
    updates.consume(read(CONTENT))
    assert told(updates.due()) == ("h1", "2")
    updates.consume(read(TEXT))
    updates.begin()
    assert told(updates.finished()) == ("h2", "3")
    updates.consume(read(TEXT))
    assert updates.due() is None
