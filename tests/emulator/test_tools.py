"""Function calls over a connection: who waits for whom, what is cancelled, and what is spoken of the results."""

from __future__ import annotations

import math

import pytest

from gemini_live.emulator import Emulator
from gemini_live.exceptions import ConfigError

from .shapes import shape, squeezed

TEXT = {"type": "STRING"}
DECLARED = [
    {
        "name": "get_weather",
        "parameters": {"type": "OBJECT", "properties": {"city": TEXT}, "required": ["city"]},
    },
    {"name": "find_flights", "behavior": "NON_BLOCKING"},
]
SETUP = {
    "tools": [{"functionDeclarations": DECLARED}],
    "inputAudioTranscription": {},
    "outputAudioTranscription": {},
    "generationConfig": {"thinkingConfig": {"includeThoughts": False}},
}
ASK = "What is the weather in London?"
FOGGY = "It is foggy in London."


@pytest.fixture
def caller(server, dial):
    """A client whose setup declares two functions, one of them NON_BLOCKING."""
    client = dial(server)
    assert client.setup(**SETUP) == {"setupComplete": {}}
    return client


def called(client):
    """Return the calls of the next message that has some."""
    return client.until("toolCall")[-1]["toolCall"]["functionCalls"]


def answer(client, call, **answer):
    """Answer a call."""
    whole = {"response": {"output": FOGGY}, **answer}
    given = {key: call[key] for key in ("id", "name") if key in call}
    client.send({"toolResponse": {"functionResponses": [{**given, **whole}]}})


def test_a_function_is_called_and_its_result_is_spoken_of(server, caller, wire):
    """Nothing is said before the answer, and one turn holds it all."""
    caller.say(ASK)
    (call,) = called(caller)
    with pytest.raises(TimeoutError):
        caller.receive(timeout=0.1)
    assert server.sessions[0].open_calls == (call["id"],)
    answer(caller, call)
    messages = caller.turn()

    assert call == {"id": call["id"], "name": "get_weather", "args": {"city": "London"}}
    assert call["id"].startswith("function-call-")
    assert wire.words(messages) == FOGGY
    assert wire.audio(messages)
    assert server.sessions[0].wait_answered() == [
        {"id": call["id"], "name": "get_weather", "response": {"output": FOGGY}}
    ]
    assert server.sessions[0].open_calls == ()


def test_several_calls_are_all_waited_for(caller, wire):
    """Their results are spoken of together, in the order in which they came."""
    caller.say('call get_weather with {"city": "A"} and call get_weather with {"city": "B"}')
    first, second = called(caller)
    answer(caller, second, response={"output": "B is dry."})
    with pytest.raises(TimeoutError):
        caller.receive(timeout=0.1)
    answer(caller, first, response={"error": "no A"})

    assert wire.words(caller.turn()) == "B is dry. That did not work: no A."


def test_parts_of_an_answer_keep_a_call_open(server, caller, wire):
    """Until one comes that says nothing of more."""
    caller.say(ASK)
    (call,) = called(caller)
    answer(caller, call, response={"output": "Half."}, willContinue=True)
    with pytest.raises(TimeoutError):
        caller.receive(timeout=0.1)
    answer(caller, call, response={"output": "Whole."})

    assert wire.words(caller.turn()) == "Half. Whole."
    assert len(server.sessions[0].wait_answered()) == 2


def test_a_function_that_is_not_waited_for_leaves_the_conversation_alone(server, caller, wire):
    """The model says that it is looking, ends its turn, answers other things, and tells the result when it has it."""
    caller.say("find flights")
    (call,) = called(caller)
    assert wire.words(caller.turn()) == "One moment, I am looking that up."
    assert wire.words(caller.ask("My name is Alice.")) == "Nice to meet you, Alice."
    assert server.sessions[0].open_calls == (call["id"],)
    answer(caller, call, response={"output": "Two flights."})

    assert wire.words(caller.turn()) == "Two flights."


def test_a_silent_result_is_only_remembered(caller, wire):
    """Nobody hears of it until somebody asks."""
    caller.say("find flights")
    (call,) = called(caller)
    caller.turn()
    answer(caller, call, response={"output": "The number is 47."}, scheduling="SILENT")

    assert wire.words(caller.ask("What number was it?")) == "The number is 47."


def test_an_empty_result_is_not_spoken_of(caller, wire):
    """With it a function ends that has told everything in parts."""
    caller.say("find flights")
    (call,) = called(caller)
    caller.turn()
    answer(caller, call, response={"output": "One."}, willContinue=True)
    assert wire.words(caller.turn()) == "One."
    answer(caller, call, response={}, scheduling="SILENT")

    assert wire.words(caller.ask("Say yes.")) == "Yes."


@pytest.mark.parametrize(("scheduling", "interrupts"), [("INTERRUPT", True), ("WHEN_IDLE", False), (None, False)])
def test_scheduling_says_when_a_result_is_told(slow_server, dial, scheduling, interrupts):
    """At once, cutting what is being said, or after it."""
    client = dial(slow_server)
    client.setup(**SETUP)
    client.say("find flights")
    (call,) = called(client)
    client.until("modelTurn")  # it is saying that it looks, for longer than any test
    answer(client, call, **({"scheduling": scheduling} if scheduling else {}))

    if interrupts:
        assert client.until("interrupted")
        client.until("turnComplete")
        client.until("modelTurn")
    else:
        slow_server.sessions[0].wait_answered()
        client.say("Say yes.")
        assert client.until("interrupted")


def test_barging_in_cancels_what_is_waited_for(server, caller, wire):
    """And what is not waited for goes on; an answer to what was cancelled is nobody's."""
    caller.say("find flights")
    (other,) = called(caller)
    caller.turn()
    caller.say(ASK)
    (call,) = called(caller)
    caller.say("Say yes.")
    messages = caller.until("interrupted")
    assert messages[-2] == {"toolCallCancellation": {"ids": [call["id"]]}}
    caller.turn()
    assert wire.words(caller.turn()) == "Yes."
    answer(caller, call)
    answer(caller, other, response={"output": "Two flights."})

    assert wire.words(caller.turn()) == "Two flights."
    record = server.sessions[0]
    assert [stray["id"] for stray in record.stray_answers] == [call["id"]]
    assert [good["id"] for good in record.tool_answers] == [other["id"]]


def test_without_interruption_nothing_is_cancelled(server, dial, wire):
    """What is said meanwhile is answered afterwards."""
    client = dial(server)
    client.setup(**SETUP, realtimeInputConfig={"activityHandling": "NO_INTERRUPTION"})
    client.say(ASK)
    (call,) = called(client)
    client.send({"realtimeInput": {"text": "Say yes."}})
    answer(client, call)

    assert wire.words(client.turn()) == FOGGY
    assert wire.words(client.turn()) == "Yes."


def test_a_result_that_waits_survives_an_interruption(server, dial, wire):
    """Who asks is answered first, and then the result is told."""
    client = dial(server)
    client.setup(**SETUP)
    client.say("find flights")
    (call,) = called(client)
    client.turn()
    client.say(ASK)
    (asked,) = called(client)
    answer(client, call, response={"output": "Two flights."})
    client.say("Say yes.")
    client.until("interrupted")
    client.turn()

    assert asked["name"] == "get_weather"
    assert wire.words(client.turn()) == "Yes."
    assert wire.words(client.turn()) == "Two flights."


def test_a_result_that_may_interrupt_waits_for_the_functions_that_are_waited_for(caller, wire):
    """The turn that waits for them is not cut by it."""
    caller.say("find flights")
    (other,) = called(caller)
    caller.turn()
    caller.say(ASK)
    (call,) = called(caller)
    answer(caller, other, response={"output": "Two flights."}, scheduling="INTERRUPT")
    answer(caller, call)

    assert wire.words(caller.turn()) == FOGGY
    assert wire.words(caller.turn()) == "Two flights."


def test_a_context_update_declares_other_functions(caller, wire):
    """In the middle of a session."""
    tools = {"tools": [{"functionDeclarations": [{"name": "add_numbers"}]}]}
    caller.send({"contextUpdate": {"tools": tools}})
    caller.say("add the numbers")
    (call,) = called(caller)
    answer(caller, call, response={"output": "5"})

    assert call["name"] == "add_numbers"
    assert wire.words(caller.turn()) == "5."
    assert "weather" in wire.words(caller.ask(ASK))


@pytest.mark.parametrize("again", ["again", "unknown"])
def test_an_answer_that_nobody_waits_for_is_kept_as_such(server, caller, wire, again):
    """A second one, or one to a call that never was."""
    caller.say(ASK)
    (call,) = called(caller)
    answer(caller, call)
    caller.turn()
    stray = call if again == "again" else {"id": "fc_0", "name": "f"}
    answer(caller, stray)

    assert wire.words(caller.ask("Say yes.")) == "Yes."
    assert [one["id"] for one in server.sessions[0].stray_answers] == [stray["id"]]


def test_models_make_names_up(caller, wire):
    """And wait for the answer all the same."""
    caller.say("call made_up_name with {}")
    (call,) = called(caller)
    answer(caller, call, response={"error": "there is no such function"})

    assert call["name"] == "made_up_name"
    assert wire.words(caller.turn()) == "That did not work: there is no such function."


def test_calls_can_be_had_whatever_is_said(server, caller, wire):
    """The next texts are answered by them, in their order; then by the rules again."""
    server.call_next({"name": "get_weather", "args": {"city": "X"}}, {"name": "other", "blocks": False})
    server.call_next({"name": "second"})
    caller.say("anything")
    calls = called(caller)
    answer(caller, calls[0])
    caller.turn()
    caller.say("anything else")
    (second,) = called(caller)
    answer(caller, second)

    assert [call["name"] for call in calls] == ["get_weather", "other"]
    assert second["name"] == "second"
    assert wire.words(caller.turn()) == FOGGY
    assert wire.words(caller.ask("Say yes.")) == "Yes."


@pytest.mark.parametrize("calls", [(), (5,), ({"args": {}},)])
def test_a_call_that_is_none_is_refused(server, calls):
    """Where it is said."""
    with pytest.raises(ConfigError):
        server.call_next(*calls)


def test_a_test_may_call_as_well(server, caller):
    """The model does not speak of that; the answer is none that nobody waits for."""
    server.send_all({"toolCall": {"functionCalls": [{"id": "c1", "name": "f"}]}})
    assert called(caller) == [{"id": "c1", "name": "f"}]
    answer(caller, {"id": "c1", "name": "f"})

    assert [one["id"] for one in server.sessions[0].wait_answered()] == ["c1"]
    assert server.sessions[0].stray_answers == []


def test_waiting_for_answers_ends(server, caller):
    """With the calls that are open."""
    with pytest.raises(TimeoutError, match="none"):
        server.sessions[0].wait_answered(timeout=0.05)
    caller.say(ASK)
    (call,) = called(caller)
    with pytest.raises(TimeoutError, match=call["id"]):
        server.sessions[0].wait_answered(timeout=0.05)


def test_another_connection_knows_nothing_of_the_calls_of_the_first(server, dial, wire):
    """No handle covers an open call."""
    client = dial(server)
    client.setup(**SETUP, sessionResumption={})
    handle = wire.handle([client.receive()])
    client.say(ASK)
    (call,) = called(client)
    client.websocket.close()
    server.sessions[0].wait_closed()

    second = dial(server)
    assert second.setup(**SETUP, sessionResumption={"handle": handle}) == {"setupComplete": {}}
    answer(second, call)
    second.ask("Say yes.")

    assert [one["id"] for one in server.sessions[1].stray_answers] == [call["id"]]


def test_there_is_no_handle_while_a_call_is_open(server, dial, wire):
    """One comes with the end of the turn that speaks of the result."""
    client = dial(server)
    client.setup(**SETUP, sessionResumption={})
    client.receive()
    client.say(ASK)
    (call,) = called(client)
    answer(client, call)
    client.turn()

    assert wire.handle([client.receive()])


def test_answers_may_be_spelled_in_snake_case(server, caller, wire):
    """As Google's own clients do."""
    caller.say(ASK)
    (call,) = called(caller)
    given = {"id": call["id"], "name": call["name"], "response": {"output": "Ok."}}
    caller.send({"tool_response": {"function_responses": [given]}})

    assert wire.words(caller.turn()) == "Ok."
    assert server.sessions[0].tool_answers[0]["id"] == call["id"]


def test_calls_may_have_no_ids(dial, wire):
    """As on some servers of Vertex AI; they are answered by name."""
    with Emulator("vertex-2.5", tls=False, output_speed=math.inf, call_ids=False) as server:
        client = dial(server, path=wire.vertex, headers={"Authorization": "Bearer t"}, key=None)
        client.setup(model=f"projects/p/locations/l/{wire.vertex_model}", **{**SETUP, "generationConfig": {}})
        client.say(ASK)
        (call,) = called(client)
        answer(client, call)
        client.turn()

        assert call == {"name": "get_weather", "args": {"city": "London"}}
        assert wire.words(client.turn()) == FOGGY


# The families' ways, as recorded

SPOKEN = {
    "gemini-2.5": ["outputTranscription", "modelTurn"],
    "gemini-3.1": ["modelTurn+outputTranscription", "modelTurn"],
    "vertex-2.5": ["outputTranscription.text", "outputTranscription.finished", "modelTurn"],
}
GOLDEN = {
    "gemini-2.5": ["toolCall", "SENT", *SPOKEN["gemini-2.5"], "generationComplete", "turnComplete usage"],
    "gemini-3.1": [
        "empty", "toolCall", "SENT", "sessionResumptionUpdate", "empty", *SPOKEN["gemini-3.1"],
        "generationComplete", "turnComplete usage",
    ],
    "vertex-2.5": [
        "outputTranscription.", "toolCall", "SENT", "outputTranscription.finished", "generationComplete",
        "groundingMetadata+turnComplete usage", "outputTranscription.", *SPOKEN["vertex-2.5"],
        "generationComplete", "groundingMetadata+turnComplete usage",
    ],
}  # fmt: skip
"""A tool round in each family's shape; how many pieces there are is not its matter."""
MODELS = {"gemini-3.1": "models/gemini-3.1-flash-live-preview"}


def tool_round(client, turns, *, whole):
    """Go through a tool round; return the shapes of what came."""
    client.say(ASK)
    messages = client.until("toolCall")
    shapes = [shape(message, whole=whole) for message in messages]
    answer(client, messages[-1]["toolCall"]["functionCalls"][0], response={"output": "It is foggy and 12 degrees."})
    shapes.append("SENT")
    for _ in range(turns):
        shapes += [shape(message, whole=whole) for message in client.turn()]
    return squeezed(shapes)


def open_profile(dial, wire, server, profile):
    """Connect in the way of a profile."""
    setup = dict(SETUP)
    if profile == "gemini-3.1":  # its models wait for every function
        setup["tools"] = [{"functionDeclarations": DECLARED[:1]}]
    if profile != "vertex-2.5":
        client = dial(server)
        assert client.setup(**{"model": MODELS.get(profile, wire.model), **setup}) == {"setupComplete": {}}
        return client
    client = dial(server, path=wire.vertex, headers={"Authorization": "Bearer t"}, key=None)
    ready = client.setup(model=f"projects/p/locations/l/{wire.vertex_model}", **setup)
    assert set(ready["setupComplete"]) == {"sessionId"}
    return client


@pytest.mark.parametrize("profile", GOLDEN)
def test_a_tool_round_has_the_familys_shape(dial, wire, profile):
    """Message for message, field for field."""
    with Emulator(profile, tls=False, output_speed=math.inf, chunk_ms=(100, 150)) as server:
        client = open_profile(dial, wire, server, profile)

        came = tool_round(client, GOLDEN[profile].count("groundingMetadata+turnComplete usage") or 1,
                          whole=profile == "vertex-2.5")  # fmt: skip

    assert came == GOLDEN[profile]
