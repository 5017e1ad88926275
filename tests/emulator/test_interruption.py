"""What cuts an answer, and what the client hears of it."""

from __future__ import annotations

import pytest

from gemini_live.emulator import Emulator

STORY = "Tell me a long story."


def begun(client, wire):
    """Ask for the story and read up to its first sound."""
    client.say(STORY)
    messages = []
    while not messages or wire.kind(messages[-1]) != "audio":
        messages.append(client.receive())
    return messages


def cut(client, wire):
    """Read up to the end of the turn and check that it was cut."""
    messages = client.turn()
    kinds = [wire.kind(message) for message in messages]
    assert kinds[-2:] == ["interrupted", "turnComplete"]
    assert messages[-2] == {"serverContent": {"interrupted": True}}
    assert "generationComplete" not in kinds
    return messages


@pytest.fixture
def slow_client(slow_server, dial):
    client = dial(slow_server)
    client.setup(outputAudioTranscription={})
    return client


def test_a_new_turn_cuts_the_answer(slow_client, wire):
    """turnComplete during an answer: interrupted, turnComplete with usage, then the new answer."""
    first = begun(slow_client, wire)
    slow_client.say("Say yes.")
    usage = cut(slow_client, wire)[-1]["usageMetadata"]
    assert 0 < usage["responseTokenCount"] < 200
    assert wire.audio(first)
    assert wire.words(slow_client.until("generationComplete")) == "Yes."


def test_speech_cuts_the_answer(slow_client, wire, speech):
    """The start of speech is enough."""
    begun(slow_client, wire)
    slow_client.speak(speech)
    cut(slow_client, wire)


def test_the_start_of_an_activity_cuts_the_answer(slow_server, dial, wire):
    """So does activityStart."""
    client = dial(slow_server)
    client.setup(realtimeInputConfig={"automaticActivityDetection": {"disabled": True}})
    begun(client, wire)
    client.send({"realtimeInput": {"activityStart": {}}})
    cut(client, wire)


def test_the_playback_can_be_cut_after_the_generation(slow_client, wire):
    """Between generationComplete and turnComplete the answer is still being heard."""
    slow_client.say("Say hi.")
    slow_client.until("generationComplete")
    slow_client.say("Say yes.")
    cut(slow_client, wire)


def test_a_turn_cut_before_its_first_word_is_still_ended(slow_client, wire):
    """Every turn gets its turnComplete, however quickly the next one follows."""
    for _ in range(3):
        slow_client.say("Say hi.")
    ended = slow_client.turn() + slow_client.turn()
    assert sum(wire.kind(message) == "interrupted" for message in ended) == 2
    slow_client.until("generationComplete")


def test_nothing_is_interrupted_in_silence(client, wire, speech, silence):
    """Speech when nobody answers is no interruption."""
    client.speak(speech + silence)
    assert "interrupted" not in [wire.kind(message) for message in client.turn()]


def test_interruptions_can_be_turned_off(dial, wire, speech, silence):
    """With NO_INTERRUPTION the answer is finished and the speech answered after it."""
    with Emulator(tls=False, output_speed=100) as server:
        client = dial(server)
        client.setup(
            outputAudioTranscription={},
            realtimeInputConfig={"activityHandling": "NO_INTERRUPTION"},
        )
        begun(client, wire)
        client.speak(speech + silence)
        first, second = client.turn(), client.turn()
    assert "interrupted" not in [wire.kind(message) for message in first]
    assert wire.words(second).startswith("I heard")


def test_what_was_cut_is_remembered_as_far_as_it_came(slow_client, wire):
    """The prompt grows by what was said and not by what was not."""
    begun(slow_client, wire)
    slow_client.say("Say hi.")
    before = cut(slow_client, wire)[-1]["usageMetadata"]
    slow_client.until("generationComplete")
    slow_client.say("Say hi.")
    after = cut_after_generation(slow_client)["usageMetadata"]
    grown = after["promptTokenCount"] - before["promptTokenCount"]
    assert 0 < grown < 300


def cut_after_generation(client):
    return client.turn()[-1]
