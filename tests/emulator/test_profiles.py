"""Families of models: chosen by a session's model or by hand, and what is theirs alone."""

from __future__ import annotations

import math

import pytest

from gemini_live.emulator import Emulator
from gemini_live.emulator.profiles import PROFILES, profile_for
from gemini_live.profiles import PROFILES as FAMILIES

WAITED_FOR = {"name": "get_weather", "behavior": "BLOCKING"}
FREE = {"name": "find_flights"}


@pytest.mark.parametrize(
    ("model", "backend", "name"),
    [
        ("models/gemini-2.5-flash-native-audio-preview-12-2025", "gemini", "gemini-2.5"),
        ("models/gemini-3.1-flash-live-preview", "gemini", "gemini-3.1"),
        ("models/gemini-3.8-live", "gemini", "gemini-3.8"),
        ("models/gemini-3.8-live-extended-thinking", "gemini", "gemini-3.8-thinking"),
        ("publishers/google/models/gemini-live-2.5-flash", "vertex_ai", "vertex-2.5"),
        ("projects/p/locations/l/publishers/google/models/gemini-3.8-live", "vertex_ai", "gemini-3.8"),
        ("models/gemini-9-live", "gemini", "gemini-2.5"),
        ("models/gemini-9-live", "vertex_ai", "vertex-2.5"),
    ],
)
def test_a_model_has_its_familys_ways(model, backend, name):
    """A model that nobody knows has those of its backend's oldest family."""
    assert profile_for(model, backend).name == name


def test_a_profile_names_families_that_there_are():
    """Each belongs to one profile."""
    named = [family for profile in PROFILES.values() for family in profile.families]

    assert set(named) <= {family.name for family in FAMILIES}
    assert len(set(named)) == len(named)


def test_the_facts_of_both_tables_agree():
    """What a family does is said twice: to sessions that expect it, and to the emulator that does it."""
    families = {family.name: family for family in FAMILIES}
    for profile in PROFILES.values():
        for name in profile.families:
            family = families[name]
            assert family.splits_tool_rounds in (False, profile.splits_tool_rounds)
            assert family.reports_interaction_status in (False, profile.reports_status)
            assert not family.input_cancels_blocking_calls or profile.input_cancels
            assert not family.interrupt_waits_for_user or profile.waits_for_user
            assert family.finishes_transcriptions in (None, profile.finishes)
            if family.default_behavior is not None:
                assert (family.default_behavior == "BLOCKING") is profile.blocks


def test_what_nobody_has_recorded_is_said_to_be_so():
    """The others are as they were recorded."""
    assert {name for name, profile in PROFILES.items() if profile.documented_only} == {
        "gemini-3.8", "gemini-3.8-thinking"
    }  # fmt: skip


@pytest.fixture
def connect(dial):
    """Connect to an emulator with functions."""

    def connect(server, model, *functions, **setup):
        client = dial(server)
        client.send(
            {
                "setup": {
                    "model": f"models/{model}",
                    "outputAudioTranscription": {},
                    "tools": [{"functionDeclarations": list(functions)}],
                    **setup,
                }
            }
        )
        assert client.receive() == {"setupComplete": {}}
        return client

    return connect


def test_every_session_has_the_ways_of_its_own_model(server, connect):
    """On one server."""
    older, newer = connect(server, "gemini-2.5-flash-native-audio-latest"), connect(server, "gemini-3.8-live")

    assert "modelTurn" in older.ask("Say yes.")[0]["serverContent"]
    assert newer.ask("Say yes.")[0] == {"serverContent": {}}


def test_a_family_can_be_chosen_by_hand(connect):
    """Whatever the model is called."""
    with Emulator("gemini-3.1", tls=False, output_speed=math.inf) as server:
        client = connect(server, "gemini-2.5-flash-native-audio-latest")

        assert client.ask("Say yes.")[0] == {"serverContent": {}}


def test_functions_do_not_block_on_the_newest_models(server, connect, wire):
    """Unless their declaration says so."""
    client = connect(server, "gemini-3.8-live", FREE)

    messages = client.ask("find flights")

    assert any("toolCall" in message for message in messages)
    assert wire.words(messages) == "One moment, I am looking that up."


def test_any_input_gives_a_function_up_on_the_newest_models(server, connect):
    """Even where input interrupts nothing else."""
    client = connect(server, "gemini-3.8-live", WAITED_FOR, realtimeInputConfig={"activityHandling": "NO_INTERRUPTION"})
    client.say("call get_weather with {}")
    (call,) = client.until("toolCall")[-1]["toolCall"]["functionCalls"]
    client.send({"realtimeInput": {"text": "Say yes."}})

    assert client.until("toolCallCancellation")[-1] == {"toolCallCancellation": {"ids": [call["id"]]}}


def test_a_model_that_thinks_on_says_whether_more_turns_follow(server, connect, wire):
    """With every turn's end."""
    client = connect(server, "gemini-3.8-live-extended-thinking", FREE)
    client.say("find flights")
    (call,) = client.until("toolCall")[-1]["toolCall"]["functionCalls"]
    first = client.turn()[-1]["serverContent"]
    answer = {"id": call["id"], "name": call["name"], "response": {"output": "Two flights."}}
    client.send({"toolResponse": {"functionResponses": [answer]}})
    second = client.turn()

    assert first["interactionStatus"] == "IN_PROGRESS"
    assert wire.words(second) == "Two flights."
    assert second[-1]["serverContent"]["interactionStatus"] == "IDLE"


def test_the_end_of_the_stream_ends_no_turn_on_the_newest_models(server, connect, speech, silence):
    """Silence has to follow."""
    client = connect(server, "gemini-3.8-live", inputAudioTranscription={})
    client.speak(speech[: len(speech) // 2])
    client.send({"realtimeInput": {"audioStreamEnd": True}})
    with pytest.raises(TimeoutError):
        client.receive(timeout=0.2)
    client.speak(silence)

    assert client.turn()


def test_a_result_lets_a_user_finish_on_the_newest_models(server, connect, speech, silence, wire):
    """Where it would interrupt on others."""
    client = connect(server, "gemini-3.8-live", FREE)
    client.say("find flights")
    (call,) = client.until("toolCall")[-1]["toolCall"]["functionCalls"]
    client.turn()
    client.speak(speech[: len(speech) // 2])
    answer = {"id": call["id"], "name": call["name"], "response": {"output": "Two."}, "scheduling": "INTERRUPT"}
    client.send({"toolResponse": {"functionResponses": [answer]}})

    assert wire.words(client.turn()) == "Two."
    client.speak(silence)
    assert "seconds of speech" in wire.words(client.turn())
