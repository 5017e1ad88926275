"""Recordings played to sessions: in step with them, at once, by hand, and over several connections."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gemini_live import ConfigError, ConnectError, ReconnectPolicy
from gemini_live.testing import Player

GOLDEN = Path(__file__).with_name("golden.jsonl")
AT_ONCE = ReconnectPolicy(base_delay=0)
SETUP = {"direction": "sent", "data": {"setup": {}}}
READY = {"direction": "received", "data": {"setupComplete": {}}}
CHUNK = {"direction": "sent", "data": {"realtime_input": {"audio": {"data": "AAA=", "mime_type": "audio/pcm"}}}}
STREAM_END = {"direction": "sent", "data": {"realtime_input": {"audio_stream_end": True}}}


def content(words):
    """Return a line of a question."""
    turns = [{"role": "user", "parts": [{"text": words}]}]
    return {"direction": "sent", "data": {"clientContent": {"turns": turns, "turnComplete": True}}}


def said(words):
    """Return a line of an answer's transcript."""
    return {"direction": "received", "data": {"serverContent": {"outputTranscription": {"text": words}}}}


DONE = {"direction": "received", "data": {"serverContent": {"turnComplete": True}}}


def transcripts(heard):
    """Return what the model was heard to say."""
    return [event.value.text for event in heard.events() if event.name == "transcription" and event.value.text]


def test_a_recording_is_played_over_its_connections(talk, heard):
    """Break and resume included; the program's own words are free, and its messages have the recorded shape."""
    player = Player(GOLDEN, check=True)
    session = talk(player, owner=heard.queue, reconnect=AT_ONCE, output_audio_transcription={})

    turn = session.ask("Anything", timeout=5)
    assert (turn.output_transcript, turn.audio) == ("Good day.", b"\1\0\2\0\xff\xff")
    assert heard.next("reconnected").resumed
    assert session.ask("Anything else", timeout=5).output_transcript == "Good day again."
    player.wait_played()
    assert player.missing == []
    assert player.sent[2]["setup"]["sessionResumption"] == {"handle": "redacted-handle-1"}
    assert len(player.connections) == 2


def test_the_server_goes_on_when_the_session_has(talk, heard):
    """Each answer waits for its question."""
    player = Player([SETUP, READY, content("a"), said("A"), DONE, content("b"), said("B"), DONE])
    session = talk(player, owner=heard.queue)

    assert session.ask("x", timeout=5).output_transcript == "A"
    with pytest.raises(TimeoutError, match="waits for clientContent on connection 1"):
        player.wait_played(0.02)
    assert transcripts(heard) == ["A"]
    assert session.ask("y", timeout=5).output_transcript == "B"
    player.wait_played()


def test_sound_may_come_in_other_pieces(talk, heard):
    """A run of chunks is one message, whatever was heard in between, and its rest is passed over."""
    lines = [SETUP, READY, CHUNK, CHUNK, said("early"), CHUNK, STREAM_END, said("late"), DONE]
    player = Player(lines)
    session = talk(player, owner=heard.queue)

    session.send_audio(bytes(3200))
    assert heard.next("transcription").text == "early"
    for _ in range(5):
        session.send_audio(bytes(320))
    session.send_audio_stream_end()
    player.wait_played()
    heard.next("turn_complete")


def test_a_second_utterance_waits_for_its_own_sound(talk, heard):
    """One piece plays one answer, however many are recorded."""
    player = Player([SETUP, READY, CHUNK, CHUNK, said("one"), DONE, CHUNK, CHUNK, said("two"), DONE])
    session = talk(player, owner=heard.queue)

    session.send_audio(bytes(320))
    assert heard.next("turn_complete").output_transcript == "one"
    with pytest.raises(TimeoutError, match="waits for realtimeInput with sound"):
        player.wait_played(0.02)
    session.send_audio(bytes(320))
    player.wait_played()
    assert heard.next("turn_complete").output_transcript == "two"


def test_what_was_said_before_the_sound_waits_for_it_or_for_what_follows(talk):
    """A session that sends none goes on with the next message."""
    player = Player([SETUP, READY, CHUNK, said("early"), content("a"), said("A"), DONE])

    assert talk(player).ask("x", timeout=5).output_transcript == "earlyA"


def test_at_once_plays_everything_after_the_setup(talk, heard):
    """A callback's test needs no program that asks."""
    player = Player([SETUP, READY, content("a"), said("A"), DONE, content("b"), said("B"), DONE], pace="at_once")
    talk(player, owner=heard.queue, dispatch="inline")

    player.wait_played()
    assert transcripts(heard) == ["A", "B"]
    assert player.missing == ["clientContent", "clientContent"]


def test_by_hand_plays_message_by_message(talk, heard):
    """After setupComplete, which connect() waits for; what the session sends has no say in it."""
    player = Player([SETUP, READY, content("a"), said("A"), said("B"), DONE], pace="by_hand")
    session = talk(player, owner=heard.queue, dispatch="inline")
    session.send_text("x", wait=True, timeout=5)

    with pytest.raises(TimeoutError, match=r"waits for step\(\)"):
        player.wait_played(0.02)
    assert transcripts(heard) == []
    assert player.step() == 1
    assert heard.next("transcription").text == "A"
    assert player.step(5) == 2
    assert player.step() == 0
    player.wait_played()
    assert transcripts(heard) == ["B"]


def test_a_message_of_another_shape_is_told(talk):
    """Field by field, and the playing goes on."""
    player = Player([{"direction": "sent", "data": {"setup": {"model": "m"}}}, READY, content("a"), DONE], check=True)
    session = talk(player)
    session.send_client_content("x", turn_complete=True)

    with pytest.raises(AssertionError, match="in setup: setup.sessionResumption is new"):
        player.wait_played()
    assert player.mismatches == ["in setup: setup.sessionResumption is new"]


def test_another_message_is_told(talk, heard):
    """And one that the recording does not have."""
    lines = [*map(json.loads, GOLDEN.read_text("utf-8").splitlines()[:8])]
    player = Player(lines, check=True)
    session = talk(player, owner=heard.queue, output_audio_transcription={})
    session.send_realtime_text("x")
    heard.next("turn_complete")
    session.send_text("y", wait=True, timeout=5)

    assert player.mismatches == [
        "the session sent realtimeInput.text where the recording has clientContent",
        "the session sent clientContent, and the recording has no such message any more",
    ]


def test_more_connections_than_recorded_are_refused(talk):
    """The session is told why."""
    player = Player([SETUP, READY, {**DONE, "data": {}, "end": {"code": 1006, "reason": ""}}])
    session = talk(player, reconnect=AT_ONCE)

    closed = session.wait(timeout=5)
    assert closed.error is not None
    player.wait_played()
    assert len(player.connections) == 1


def test_a_connection_that_never_comes_is_told(talk):
    """The wait says for what."""
    player = Player([SETUP, READY, SETUP, READY])
    talk(player)

    with pytest.raises(TimeoutError, match="waits for connection 2"):
        player.wait_played(0.02)


def test_a_recorded_refusal_is_raised(start):
    """A setup that was refused is refused."""
    player = Player([SETUP, {"direction": "received", "data": {}, "end": {"code": 1007, "reason": "no such model"}}])

    with pytest.raises(ConnectError, match="no such model"):
        start(player).connect()


def test_wrong_arguments_are_refused():
    """Before anything connects."""
    with pytest.raises(ConfigError, match="pace"):
        Player([SETUP], pace="fast")
    with pytest.raises(ConfigError, match="recording"):
        Player([])
    with pytest.raises(FileNotFoundError):
        Player("nowhere.jsonl")


def test_a_repr_says_how_much_there_is():
    """And shows no content."""
    assert repr(Player(GOLDEN)) == "<Player of 2 connections, 0 messages came>"


ANSWER = "It is foggy and 12 degrees in London."


def get_weather(city: str) -> str:
    """Look up the weather for a city."""
    assert city == "London"
    return ANSWER


TEXTS = [
    "gemini-2.5-text-in-audio-out",
    "gemini-2.5-history-seeding",
    "gemini-3.1-history-seeding",
    "vertex-2.5-text-in-audio-out",
]
ROUNDS = ["gemini-3.1-tool-round", "vertex-2.5-tool-round"]
VERTEX = {"model": "gemini-live-2.5-flash", "api_key": None, "project_id": "p", "access_token": "t"}


def options_of(name):
    """Return the options of a session like the recorded one."""
    if name.startswith("vertex"):
        return VERTEX
    return {"model": "gemini-3.1-flash-live-preview"} if name.startswith("gemini-3.1") else {}


@pytest.mark.parametrize("name", [*TEXTS, *ROUNDS, "gemini-2.5-audio-in-server-vad"])
def test_the_services_own_recordings_play_at_once(recordings, talk, heard, name):
    """Every message of the real service's reaches the program."""
    path = recordings / f"{name}.jsonl"
    player = Player(path, pace="at_once")
    talk(player, owner=heard.queue, dispatch="inline", **options_of(name))

    player.wait_played()
    expected = [
        line["data"]
        for line in map(json.loads, path.read_text("utf-8").splitlines())
        if line["direction"] == "received"
    ]
    assert [event.value for event in heard.events() if event.name == "raw_message"] == expected


@pytest.mark.parametrize("name", ROUNDS)
def test_the_services_own_tool_rounds_play_in_step(recordings, talk, name):
    """With a Python function as the tool, whose answer the recorded server waits for."""
    player = Player(recordings / f"{name}.jsonl")
    session = talk(player, tools=[get_weather], **options_of(name))

    assert session.ask("What is the weather in London?", timeout=5).output_transcript == ANSWER
    player.wait_played()


def test_the_services_own_spoken_turn_plays_in_step(recordings, talk, heard):
    """With other sound, in other pieces."""
    player = Player(recordings / "gemini-2.5-audio-in-server-vad.jsonl")
    session = talk(player, owner=heard.queue)
    session.send_audio(bytes(6400))
    session.send_audio(bytes(6400))

    assert heard.next("turn_complete").output_transcript
