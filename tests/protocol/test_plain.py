"""Messages that are nothing but words or sound: told the same whether or not anybody hears of whole messages."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_live.protocol import LiveProtocol, Trigger
from gemini_live.protocol.plain import plain_parts

SOUND = {"mimeType": "audio/pcm;rate=24000", "data": base64.b64encode(bytes(range(200))).decode()}
NAMES = st.sampled_from(
    ["serverContent", "modelTurn", "parts", "role", "text", "inlineData", "inline_data", "mimeType", "data", "thought",
     "turnComplete", "interrupted", "usageMetadata", "outputTranscription", "goAway", "executableCode"]
)  # fmt: skip
VALUES = st.sampled_from(
    [None, True, 0, 7, "", "words", "audio/pcm", "audio/pcm;rate=16000", "image/png", "AAAA", "AA", "%", "A A", [], {}]
)
PARTS = st.one_of(
    st.fixed_dictionaries({"text": st.text(max_size=5)}),
    st.fixed_dictionaries({"text": st.text(max_size=5), "thought": st.booleans()}),
    st.fixed_dictionaries({"inlineData": st.just(SOUND)}),
    st.fixed_dictionaries({"inlineData": st.dictionaries(NAMES, VALUES, max_size=3)}),
    st.dictionaries(NAMES, VALUES, max_size=2),
    VALUES,
)
TURNS = st.one_of(
    st.fixed_dictionaries({"parts": st.lists(PARTS, max_size=3)}),
    st.fixed_dictionaries({"parts": st.lists(PARTS, max_size=3), "role": VALUES}),
    st.dictionaries(NAMES, VALUES, max_size=2),
)
CONTENTS = st.one_of(
    st.fixed_dictionaries({"modelTurn": TURNS}),
    st.fixed_dictionaries({"modelTurn": TURNS, "turnComplete": st.booleans()}),
    st.dictionaries(NAMES, VALUES, max_size=2),
)
MESSAGES = st.one_of(
    st.fixed_dictionaries({"serverContent": CONTENTS}),
    st.fixed_dictionaries({"serverContent": CONTENTS, "usageMetadata": st.just({"totalTokenCount": 7})}),
    st.dictionaries(NAMES, VALUES, max_size=2),
)


def told(messages, *, tells_messages):
    """Return what a program hears of some messages, but for the messages themselves."""
    protocol = LiveProtocol()
    for trigger in (Trigger.CONNECT_ASKED, Trigger.SOCKET_OPENED):
        protocol.trigger(trigger)
    protocol.receive('{"setupComplete": {}}', 0.0)
    protocol.tells_messages = tells_messages
    protocol.take_events()
    for number, message in enumerate(messages):
        protocol.receive(json.dumps(message), float(number))
    whole = ("raw_message", "message")
    events = [event for event in protocol.take_events() if event.name not in whole]
    return [(event.name, repr(event.value)) for event in events], protocol.idle, protocol.turns.generating


@given(messages=st.lists(MESSAGES, max_size=4))
def test_no_shape_makes_a_difference(messages):
    """To a program that hears of words, sound, turns and errors."""
    assert told(messages, tells_messages=False) == told(messages, tells_messages=True)


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ({"serverContent": {"modelTurn": {"parts": [{"text": "words"}]}}}, [("words", None, None)]),
        ({"serverContent": {"modelTurn": {"role": "model", "parts": []}}}, []),
        ({"serverContent": {"modelTurn": {"parts": [{"text": "x", "thought": True}]}}}, None),
        ({"serverContent": {"modelTurn": {"parts": [{"text": "x"}]}, "turnComplete": True}}, None),
        ({"serverContent": {"modelTurn": {"parts": [{"text": "x"}]}}, "usageMetadata": {}}, None),
        ({"serverContent": {"modelTurn": {"parts": [{"inlineData": {**SOUND, "displayName": "x"}}]}}}, None),
        ({"serverContent": {"modelTurn": {"parts": [{"inlineData": {**SOUND, "mimeType": "image/png"}}]}}}, None),
        ({"serverContent": {"modelTurn": {"parts": [{"inlineData": {**SOUND, "data": "%"}}]}}}, None),
        ({"serverContent": {"modelTurn": {"parts": [{"text": "x"}, {"executableCode": {}}]}}}, None),
        ({"goAway": {}}, None),
    ],
)
def test_only_words_and_sound_are_plain(message, found):
    """Whatever carries anything else is read as a whole."""
    assert plain_parts(message) == found


def test_whole_messages_are_told_when_somebody_wants_them():
    """From the next one on."""
    protocol = LiveProtocol()
    for trigger in (Trigger.CONNECT_ASKED, Trigger.SOCKET_OPENED):
        protocol.trigger(trigger)
    protocol.receive('{"setupComplete": {}}', 0.0)
    protocol.take_events()
    words = json.dumps({"serverContent": {"modelTurn": {"parts": [{"text": "words"}]}}})
    heard = []
    for tells in (False, True):
        protocol.tells_messages = tells
        protocol.receive(words, 1.0)
        heard.append([event.name for event in protocol.take_events()])
    assert heard == [["text"], ["raw_message", "message", "text"]]
