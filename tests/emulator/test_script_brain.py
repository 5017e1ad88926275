"""Scenarios as they are played: steps, what comes between, and where a session goes on."""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal

import pytest

from gemini_live.audio import duration_ms
from gemini_live.emulator import Emulator
from gemini_live.emulator.__main__ import main

TRANSCRIBED = {"inputAudioTranscription": {}, "outputAudioTranscription": {}}


@pytest.fixture
def play(dial):
    """Start an emulator with a scenario, and return it and a client of it."""
    with contextlib.ExitStack() as stack:

        def play(scenario, *, speed=math.inf, profile="gemini-2.5", **setup):
            server = stack.enter_context(Emulator(profile, tls=False, output_speed=speed, scenario=scenario))
            client = dial(server)
            assert "setupComplete" in client.setup(**TRANSCRIBED, **setup)
            return server, client

        yield play


@pytest.fixture
def speak(speech, silence):
    """Say the sentence of 3.4 seconds."""

    def speak(client):
        for start in range(0, len(speech), 3200):
            client.speak(speech[start : start + 3200])
        client.speak(silence)

    return speak


def answer(client, **response):
    """Answer the call that comes next, and return it."""
    (call,) = client.until("toolCall")[-1]["toolCall"]["functionCalls"]
    given = {"id": call["id"], "name": call["name"], "response": {"output": "Fog"}, **response}
    client.send({"toolResponse": {"functionResponses": [given]}})
    return call


def test_steps_are_played_one_after_another(play, wire):
    """Whatever is said where any turn will do; what came can be said back."""
    server, client = play([{"wait": "turn", "say": "One."}, {"wait": {"text": "TWO"}, "say": "{turn}: {text}"}])

    assert wire.words(client.ask("x")) == "One."
    assert server.sessions[0].script.waiting == "steps[1] waits for a text with 'TWO'"
    assert wire.words(client.ask("two {text}")) == "2: two {text}"
    server.sessions[0].script.wait_done()
    assert (server.sessions[0].script.waiting, server.sessions[0].script_error) == (None, None)


def test_the_model_may_begin(play, wire):
    """Steps that wait for nothing are turns of their own, after the setup and after other steps."""
    _, client = play([{"say": "Hi."}, {"say": "There."}, {"wait": "turn", "say": "Yes."}, {"say": "And?"}])

    assert [wire.words(client.turn()) for _ in range(2)] == ["Hi.", "There."]
    assert wire.words(client.ask("x")) == "Yes."
    assert wire.words(client.turn()) == "And?"


def test_what_nobody_waited_for_is_an_error_that_everybody_sees(play):
    """The record, whoever waits on it, and the client, whose connection is closed."""
    server, client = play([{"wait": {"text": "yes"}}])
    client.say("no")

    error = "steps[0] waited for a text with 'yes', and the text 'no' came"
    assert client.closed() == (1008, f"Scenario: {error}")
    record = server.sessions[0]
    assert record.script_error == record.script.wait_error() == error
    with pytest.raises(AssertionError, match="waited for a text"):
        record.script.wait_done()
    with pytest.raises(TimeoutError, match=r"of the scenario, steps\[0\] waited for"):
        record.wait_for(lambda message: False, timeout=0.01)


def test_after_the_last_step_nothing_is_expected(play):
    """The error says that it was over."""
    _, client = play([{"wait": "turn", "say": "One."}])
    client.ask("x")
    client.say("y")

    assert client.closed() == (1008, "Scenario: the scenario was over, and the text 'y' came")


def test_a_test_that_waits_in_vain_learns_what_the_scenario_waits_for(play):
    """The end of the script, or an error, that does not come."""
    server, _ = play([{"wait": "speech"}])
    script = server.sessions[0].script

    with pytest.raises(TimeoutError, match=r"not over after 0.01 s; of the scenario, steps\[0\] waits for"):
        script.wait_done(timeout=0.01)
    with pytest.raises(TimeoutError, match="nothing unexpected came"):
        script.wait_error(timeout=0.01)


def test_anything_else_is_answered_without_going_on(play, wire):
    """The first that matches, as often as it comes."""
    otherwise = [{"wait": {"matches": "^hel+o"}, "say": "Hello."}, {"say": "Pardon?"}]
    _, client = play({"steps": [{"wait": {"text": "yes"}, "say": "Good."}], "otherwise": otherwise})

    said = [wire.words(client.ask(text)) for text in ("hellllo", "no", "hello", "yes", "yes")]
    assert said == ["Hello.", "Pardon?", "Hello.", "Good.", "Pardon?"]


def test_loops_go_round(play, wire):
    """So often, and then on; inner ones anew in every round."""
    inner = {"loop": {"times": 2, "steps": [{"wait": "turn", "say": "b"}]}}
    loop = {"loop": {"times": 2, "steps": [{"wait": "turn", "say": "a"}, inner]}}
    _, client = play([loop, {"loop": {"steps": [{"wait": "turn", "say": "c"}]}}])

    assert "".join(wire.words(client.ask("x")) for _ in range(9)) == "abbabbccc"


def test_speech_of_a_length_is_waited_for(play, wire, speak):
    """And transcribed as the step says."""
    steps = [
        {"wait": {"speech_ms": [2000, 4000]}, "heard": "What is it?", "say": "Fog."},
        {"wait": {"speech_ms": 60_000}},
    ]
    server, client = play(steps)
    speak(client)
    messages = client.turn()

    assert wire.words(messages, "inputTranscription") == "What is it?"
    assert wire.words(messages) == "Fog."
    speak(client)
    assert (
        "steps[1] waited for 60000 to inf ms of speech, and 2" in server.sessions[0].script.wait_error()
        or "3" in server.sessions[0].script_error
    )


def test_without_words_for_it_speech_is_transcribed_by_its_length(play, wire, speak):
    """As everywhere."""
    _, client = play([{"wait": "speech", "say": "Fog."}])
    speak(client)

    assert "seconds of speech" in wire.words(client.turn(), "inputTranscription")


@pytest.mark.parametrize("profile", ["gemini-2.5", "gemini-3.1", "vertex-2.5"])
def test_pieces_have_pauses_and_lengths(play, wire, profile):
    """Pauses are silence on the wire's clock, silence is sound; words and sound come in the family's way."""
    steps = [
        {"wait": "turn", "say": ["One", {"pause_ms": 100}, "two.", {"silence_ms": 500}], "thought": "Hm."},
        {"wait": "turn", "say": "Three.", "audio_ms": 2000},
        {"wait": "turn", "audio_ms": 700},
        {"wait": "turn", "say": "Four.", "silent": True},
    ]
    _, client = play(steps, profile=profile)
    first, second, third, fourth = (client.ask("x") for _ in range(4))

    assert wire.words(first) == "One two."
    assert wire.audio(first)[-24_000:] == bytes(24_000)
    assert (wire.words(second), duration_ms(wire.audio(second))) == ("Three.", 2000)
    assert (wire.words(third), duration_ms(wire.audio(third)), any(wire.audio(third))) == ("", 700, True)
    assert (wire.words(fourth), any(wire.audio(fourth))) == ("Four.", False)


def test_pauses_are_on_the_answers_clock(play, wire):
    """At ten times the speed 2 seconds take 200 ms, and words wait for it."""
    server, client = play([{"wait": "turn", "say": ["One.", {"pause_ms": 3000}, "Two."]}], speed=10)
    client.ask("x")
    record = server.sessions[0]

    assert record.last_audio_at - record.first_audio_at >= 0.25


def test_an_answer_can_be_cut(play, wire):
    """As if the user had interrupted it; what follows is not said."""
    _, client = play(
        [
            {"wait": "turn", "say": ["One.", {"interrupt": True}, "Two."]},
            {"wait": "turn", "say": "On.", "interrupt": True},
        ]
    )

    for words in ("One.", "On."):
        messages = client.ask("x")
        assert wire.words(messages) == words
        assert [wire.kind(message) for message in messages][-2:] == ["interrupted", "turnComplete"]


def test_a_function_is_called_and_its_result_told(play, wire):
    """In the step itself, or in one that waits for it."""
    call = {"name": "get_weather", "args": {"city": "London"}}
    steps = [
        {"wait": "turn", "call": call, "say": "It says: {result}"},
        {"wait": "turn", "call": "get_weather"},
        {"wait": {"tool": "get_weather"}, "say": "Here: {result}"},
    ]
    _, client = play(steps)
    client.say("x")
    called = answer(client)
    assert {"name": called["name"], "args": called["args"]} == call
    assert wire.words(client.turn()) == "It says: Fog."
    client.say("x")
    answer(client)
    assert wire.words(client.turn()) == "Here: Fog."


def test_a_result_that_comes_early_is_kept(play, wire):
    """Its step comes later; until then nothing is said of it."""
    steps = [{"wait": "turn", "call": "f"}, {"wait": "turn", "say": "Yes."}, {"wait": "tool", "say": "Now: {result}"}]
    _, client = play(steps)
    client.say("x")
    answer(client)
    assert wire.words(client.turn()) == ""
    assert wire.words(client.ask("y")) == "Yes."
    assert wire.words(client.turn()) == "Now: Fog."


def test_a_function_that_is_not_waited_for_lets_the_step_speak(play, wire):
    """Its result has a step of its own, even if it is silent; a declaration decides where the step does not."""
    tools = [{"functionDeclarations": [{"name": "f", "behavior": "NON_BLOCKING"}]}]
    steps = [
        {"wait": "turn", "call": "f", "say": "Looking."},
        {"wait": "tool", "say": "Found."},
        {"wait": "turn", "call": {"name": "g", "blocks": False}, "say": "Looking again."},
        {"wait": "turn", "say": "Yes."},
    ]
    _, client = play(steps, tools=tools)
    client.say("x")
    answer(client, scheduling="SILENT")
    assert wire.words(client.turn()) == "Looking."
    assert wire.words(client.turn()) == "Found."
    client.say("x")
    answer(client)
    assert wire.words(client.turn()) == "Looking again."
    assert wire.words(client.ask("x")) == "Yes."


def test_call_next_goes_before_the_scenario(play, wire):
    """Its results are told as ever, and the next step waits."""
    server, client = play([{"wait": "turn", "say": "Yes."}])
    server.call_next({"name": "f"}, {"name": "g", "blocks": False})
    client.say("x")
    calls = client.until("toolCall")[-1]["toolCall"]["functionCalls"]
    client.send({"toolResponse": {"functionResponses": [{"id": calls[0]["id"], "response": {}}]}})
    client.turn()
    assert wire.words(client.ask("x")) == "Yes."


@pytest.mark.parametrize(
    ("fail", "end"),
    [({"code": 1011, "reason": "Over."}, (1011, "Over.")), ("reset", (1006, ""))],
    ids=["close", "reset"],
)
def test_the_connection_ends_in_the_middle_of_an_answer(play, wire, fail, end):
    """After the words before it, and before those after it."""
    server, client = play([{"wait": "turn", "say": ["One.", {"fail": fail}, "Two."]}])
    client.say("x")

    assert client.closed() == end
    assert server.sessions[0].wait_closed() == end[0]


def test_nothing_is_said_where_a_step_says_nothing(play, wire, speak):
    """A turn is heard and not answered; a go-away is no turn."""
    steps = [
        {"wait": "speech", "heard": "Hm?", "pause_ms": 5},
        {"go_away": 7},
        {"wait": "turn", "go_away": {"seconds": 0, "close": True}},
    ]
    _, client = play(steps)
    speak(client)

    assert client.receive() == {"serverContent": {"inputTranscription": {"text": "Hm?"}}}
    assert client.receive() == {"goAway": {"timeLeft": "7s"}}
    client.say("x")
    assert client.receive() == {"goAway": {"timeLeft": "0s"}}
    assert client.closed()[0] == 1011


def test_a_black_hole_is_one(play):
    """Nothing comes any more, and the connection stays."""
    server, client = play([{"wait": "turn", "fail": "freeze"}])
    client.say("x")
    server.sessions[0].script.wait_done()

    with pytest.raises(TimeoutError):
        client.receive(timeout=0.1)
    assert server.sessions[0].open


def test_what_happens_in_silence_is_not_cut(play, wire, speak):
    """A user who speaks meanwhile does not stop it; the end of the connection does."""
    server, client = play(
        [
            {"wait": "text", "pause_ms": 300, "go_away": 9},
            {"wait": "turn", "say": "Yes."},
            {"wait": "text", "pause_ms": 60_000, "go_away": 9},
        ],
        speed=1,
    )
    client.say("x")
    client.say("y")
    messages = client.turn()
    if {"goAway": {"timeLeft": "9s"}} not in messages:
        client.until("goAway")

    assert wire.words(messages) == "Yes."
    client.say("z")
    server.sessions[0].script.wait_done()


@pytest.mark.parametrize(("counters", "next_"), [("session", "Two."), ("connection", "One.")])
def test_a_resumed_session_goes_on_where_it_was(play, resume, wire, counters, next_):
    """Or begins again, as the scenario wants it; other sessions begin in any case."""
    steps = [{"wait": "turn", "say": "One."}, {"wait": "turn", "say": "Two."}]
    server, client = play({"steps": steps, "counters": counters}, sessionResumption={})
    client.ask("x")
    handle = wire.handle([client.receive()])
    server.drop_all()
    server.sessions[0].wait_closed()

    assert wire.words(resume(server, handle).ask("x")) == next_


def test_a_new_session_begins_at_the_beginning(play, dial, wire):
    """Whatever others have done."""
    server, client = play([{"wait": "turn", "say": "One."}, {"wait": "turn", "say": "Two."}])
    client.ask("x")
    other = dial(server)
    other.setup(**TRANSCRIBED)

    assert wire.words(other.ask("x")) == "One."


def test_a_poisoned_session_is_mute_whatever_the_scenario_says(play, resume, wire):
    """Even where the model begins."""
    server, client = play(
        [{"say": "Hi."}, {"loop": {"steps": [{"wait": "turn", "say": "Yes."}, {"say": "More."}]}}], sessionResumption={}
    )
    client.turn()
    handle = wire.handle([client.receive()])
    server.poison_handles()
    client.websocket.close()
    server.sessions[0].wait_closed()
    client = resume(server, handle)
    client.receive()
    client.say("x")

    client.receive()
    with pytest.raises(TimeoutError):
        client.receive(timeout=0.1)


def test_the_command_plays_a_file(monkeypatch, capsys, dial, tmp_path, wire):
    """--scenario; a wrong one is one line and exit code 1."""
    path = tmp_path / "steps.json"
    path.write_text(json.dumps([{"wait": "turn", "say": "From a file."}]), "utf-8")
    said = []

    def look(server):
        client = dial(server)
        client.setup(**TRANSCRIBED)
        said.append(wire.words(client.ask("x")))
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("gemini_live.emulator.__main__.greeting", look)
    assert main(["--plain", "--output-speed", "inf", "--scenario", str(path)]) == 0
    assert said == ["From a file."]
    path.write_text('[{}, {"say": 1}]', "utf-8")
    assert main(["--plain", "--scenario", str(path)]) == 1
    assert "steps[1].say" in capsys.readouterr().err
