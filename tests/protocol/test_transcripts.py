"""Where an utterance ends: by the server's word, or concluded by the library."""

from __future__ import annotations

import json

import pytest

from gemini_live.protocol import LiveProtocol, Trigger


@pytest.fixture
def tell():
    """Feed messages to a ready protocol and return the transcription events in short."""
    protocol = LiveProtocol()
    protocol.trigger(Trigger.CONNECT_ASKED)
    protocol.trigger(Trigger.SOCKET_OPENED)
    protocol.receive('{"setupComplete": {}}', 0.0)
    protocol.take_events()

    def feed(*contents):
        for content in contents:
            protocol.receive(json.dumps({"serverContent": content}), 0.0)
        return [
            (event.name, event.value.source, event.value.text, event.value.finished, event.value.synthesized)
            if event.name == "transcription"
            else (event.name,)
            for event in protocol.take_events()
            if event.name in ("transcription", "interrupted", "generation_complete", "turn_complete")
        ]

    return feed


def test_the_end_of_the_turn_ends_both_sides_words(tell):
    """Without a word of the server's input and output end with the turn, once each, just before it is told."""
    assert tell(
        {"inputTranscription": {"text": "hi"}},
        {"outputTranscription": {"text": "yes"}},
        {"generationComplete": True},
        {"outputTranscription": {"text": "!"}},
        {"turnComplete": True},
    ) == [
        ("transcription", "input", "hi", False, False),
        ("transcription", "output", "yes", False, False),
        ("generation_complete",),
        ("transcription", "output", "!", False, False),
        ("transcription", "input", "", True, True),
        ("transcription", "output", "", True, True),
        ("turn_complete",),
    ]


def test_an_interruption_leaves_the_end_to_the_turn_s(tell):
    """What was cut is over when its turn is; a server that says so in between is believed."""
    cut = [{"outputTranscription": {"text": "I was"}}, {"interrupted": True}]

    assert tell(*cut, {"turnComplete": True})[2:] == [("transcription", "output", "", True, True), ("turn_complete",)]
    assert tell(*cut, {"outputTranscription": {"finished": True}}, {"turnComplete": True})[2:] == [
        ("transcription", "output", "", True, False),
        ("turn_complete",),
    ]


def test_an_end_is_told_once(tell):
    """A server that says so after the turn's end, when it was concluded already, adds nothing."""
    events = tell(
        {"inputTranscription": {"text": "hi"}}, {"turnComplete": True}, {"inputTranscription": {"finished": True}}
    )

    assert [event for event in events if event[0] == "transcription" and event[3]] == [
        ("transcription", "input", "", True, True)
    ]


def test_a_server_that_says_finished_is_believed(tell):
    """Where the server ends an utterance itself, in a frame of its own or with the last words, nothing is added."""
    events = tell(
        {"inputTranscription": {"text": "hi", "finished": True}},
        {"outputTranscription": {"text": "yes"}},
        {"outputTranscription": {"finished": True}},
        {"generationComplete": True},
        {"turnComplete": True},
    )

    assert [event[3:] for event in events if event[0] == "transcription"] == [
        (True, False),
        (False, False),
        (True, False),
    ]


def test_guesses_and_empty_pieces_begin_no_utterance(tell):
    """An interim guess and an empty transcription need no end."""
    events = tell({"interimInputTranscription": {"text": "h"}}, {"outputTranscription": {}}, {"turnComplete": True})

    assert not any(event[0] == "transcription" and event[4] for event in events)


def test_a_go_away_before_the_setup_is_complete_is_remembered():
    """A session that is told of its end before it begins is draining as soon as it is there."""
    protocol = LiveProtocol()
    protocol.trigger(Trigger.CONNECT_ASKED)
    protocol.trigger(Trigger.SOCKET_OPENED)

    protocol.receive('{"goAway": {"timeLeft": "5s"}}', 1.0)
    protocol.receive('{"setupComplete": {}}', 2.0)

    assert (protocol.state.value, protocol.go_away_at) == ("draining", 6.0)
