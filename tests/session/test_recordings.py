"""Recorded traffic of the real service, through a real socket, compared callback by callback."""

from __future__ import annotations

import base64
import json
import threading

import pytest

from .conftest import Peer

NAMES = ["gemini-2.5-text-in-audio-out", "gemini-2.5-audio-in-server-vad", "gemini-2.5-history-seeding"]
HOOKS = ("raw_message", "text", "thought", "audio", "transcription", "generation_complete", "usage", "turn_complete")

GOLDEN = [
    {"direction": "sent", "data": {"setup": {"model": "models/m"}}},
    {"direction": "received", "data": {"setupComplete": {}}},
    {"direction": "sent", "data": {"clientContent": {"turns": [{"parts": [{"text": "Greet me."}]}], "turnComplete": True}}},
    {"direction": "received", "data": {"serverContent": {"inputTranscription": {"text": " Greet"}}}},
    {"direction": "received", "data": {"serverContent": {"inputTranscription": {"text": " me"}}}},
    {"direction": "received", "data": {"serverContent": {"modelTurn": {"parts": [{"text": "**Thinking**", "thought": True}]}}}},
    {"direction": "received", "data": {"serverContent": {"outputTranscription": {"text": "Good"}}}},
    {
        "direction": "received",
        "data": {"serverContent": {"modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AQACAP//"}}]}}},
    },
    {"direction": "received", "data": {"serverContent": {"outputTranscription": {"text": " day."}}}},
    {"direction": "received", "data": {"serverContent": {"generationComplete": True}}},
    {
        "direction": "received",
        "data": {
            "serverContent": {"turnComplete": True},
            "usageMetadata": {
                "promptTokenCount": 11,
                "responseTokenCount": 2,
                "totalTokenCount": 13,
                "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 2}],
            },
        },
    },
]  # fmt: skip


def expected_events(received):
    """Work out from the JSON alone what callbacks must hear of it."""
    events = []
    for message in received:
        events.append(("raw_message", message))
        content = message.get("serverContent", {})
        if "inputTranscription" in content:
            events.append(("transcription", ("input", content["inputTranscription"].get("text", ""))))
        for part in content.get("modelTurn", {}).get("parts", []):
            if "text" in part:
                events.append(("thought" if part.get("thought") else "text", part["text"]))
            if "inlineData" in part:
                events.append(("audio", base64.b64decode(part["inlineData"]["data"])))
        if "outputTranscription" in content:
            events.append(("transcription", ("output", content["outputTranscription"].get("text", ""))))
        if content.get("generationComplete"):
            events.append(("generation_complete", None))
        if "usageMetadata" in message:
            events.append(("usage", message["usageMetadata"]["totalTokenCount"]))
        if content.get("turnComplete"):
            events.append(("turn_complete", None))
    return events


def told_events(events):
    """Bring what callbacks heard into the same form."""
    plain = {
        "transcription": lambda value: (value.source, value.text),
        "audio": lambda value: value.data,
        "usage": lambda value: value.total_token_count,
        "generation_complete": lambda value: None,
        "turn_complete": lambda value: None,
    }
    return [
        (name, plain.get(name, lambda value: value)(value))
        for name, value in events
        if not getattr(value, "synthesized", False)
    ]


def play(script, open_session, heard, recording, *, turns=None, sent=None, **options):
    """Play the server's half of a recording against a session that plays the client's; return the last turn.

    What the client has sent is added to ``sent``.
    """
    played = threading.Event()
    came = [] if sent is None else sent

    def handle(peer: Peer) -> None:
        for line in recording:
            if line["direction"] == "sent":
                came.append(peer.receive())
            else:
                peer.say(line["data"])
        played.set()
        peer.wait_closed()

    session = open_session(script(handle), **options, **heard.hooks(*HOOKS))
    for line in recording[1:]:
        if line["direction"] == "sent":
            send(session, line["data"])
    if turns is None:
        turns = sum(1 for line in recording if line["data"].get("serverContent", {}).get("turnComplete"))
    turn = heard.wait("turn_complete", turns)
    assert played.wait(10)
    return turn


def send(session, message):
    """Say with the session what the recorded client said; answers to calls are the library's."""
    if "tool_response" in message or "toolResponse" in message:
        return
    content = message.get("client_content") or message.get("clientContent")
    if content:
        session.send_client_content(content.get("turns"), turn_complete=content["turnComplete"])
        return
    realtime = message.get("realtime_input") or message.get("realtimeInput")
    if "audio" in realtime:
        blob = realtime["audio"]
        session.send_realtime_input(
            audio={"data": blob["data"], "mime_type": blob.get("mimeType") or blob["mime_type"]}
        )
    else:
        session.send_realtime_input(**realtime)


def compare(recording, heard, turn):
    """Hold what was heard against what the JSON says."""
    received = [line["data"] for line in recording if line["direction"] == "received"]
    expected = expected_events(received)
    assert told_events(heard.events) == expected
    assert turn.audio == b"".join(value for name, value in expected if name == "audio")
    words = "".join(value[1] for name, value in expected if name == "transcription" and value[0] == "output")
    assert turn.output_transcript == words.strip()


def test_a_golden_turn_reaches_every_callback(script, open_session, heard):
    """A turn in the shape of the 2.5 models is told field by field, in order and decoded."""
    turn = play(script, open_session, heard, GOLDEN)

    compare(GOLDEN, heard, turn)
    assert (turn.output_transcript, turn.input_transcript, turn.thoughts) == ("Good day.", "Greet me", "**Thinking**")


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_reaches_every_callback(recordings, script, open_session, heard, name):
    """Every message of a recording is told field by field, in order and decoded, through a real socket."""
    lines = (recordings / f"{name}.jsonl").read_text("utf-8").splitlines()
    recording = [json.loads(line) for line in lines]

    turn = play(script, open_session, heard, recording)

    compare(recording, heard, turn)


ANSWER = "It is foggy and 12 degrees in London."
CALLS = {"functionCalls": [{"name": "get_weather", "args": {"city": "London"}, "id": "fc_1"}]}
ANSWERS = {"functionResponses": [{"id": "fc_1", "name": "get_weather", "response": {"output": ANSWER}}]}


def received(**data):
    """Return a line that the server has said."""
    return {"direction": "received", "data": data}


def spoken(words):
    """Return lines of an answer that is heard and written down."""
    audio = {"modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AQACAP//"}}]}}
    return [received(serverContent=audio), received(serverContent={"outputTranscription": {"text": words}})]


ASKED = [
    {"direction": "sent", "data": {"setup": {}}},
    received(setupComplete={}),
    {"direction": "sent",
     "data": {"clientContent": {"turns": [{"parts": [{"text": "The weather in London?"}]}], "turnComplete": True}}},
]  # fmt: skip
ENDED = [
    received(serverContent={"generationComplete": True}),
    received(serverContent={"turnComplete": True}, usageMetadata={"totalTokenCount": 5}),
]
GOLDEN_ROUNDS = {
    "gemini-2.5-native-audio": [
        *ASKED,
        received(toolCall=CALLS),
        {"direction": "sent", "data": {"toolResponse": ANSWERS}},
        *spoken(ANSWER),
        *ENDED,
    ],
    "gemini-3.1-flash-live-preview": [
        *ASKED,
        received(serverContent={}),
        received(toolCall=CALLS),
        {"direction": "sent", "data": {"toolResponse": ANSWERS}},
        received(sessionResumptionUpdate={"newHandle": "h1", "resumable": True}),
        *spoken(ANSWER),
        *ENDED,
    ],
    "gemini-live-2.5-flash": [
        *ASKED,
        received(serverContent={"outputTranscription": {}}),
        received(toolCall=CALLS),
        {"direction": "sent", "data": {"toolResponse": ANSWERS}},
        received(serverContent={"outputTranscription": {"finished": True}}),
        *ENDED,
        *spoken(ANSWER),
        received(serverContent={"outputTranscription": {"finished": True}}),
        *ENDED,
    ],
}
"""A tool round in each family's shape."""
RECORDED_ROUNDS = {
    "gemini-3.1-tool-round": "gemini-3.1-flash-live-preview",
    "vertex-2.5-tool-round": "gemini-live-2.5-flash",
}
VERTEX = {"api_key": None, "project_id": "p", "access_token": "t"}


def get_weather(city: str) -> str:
    """Look up the weather for a city."""
    assert city == "London"
    return ANSWER


def check_round(script, open_session, heard, recording, model):
    """Play a tool round with a Python function as the tool: one turn, and one answer, the recorded one."""
    sent = []
    options = {"model": model, **(VERTEX if model == "gemini-live-2.5-flash" else {})}

    turn = play(script, open_session, heard, recording, turns=1, sent=sent, tools=[get_weather], **options)

    (asked_for,) = [line["data"] for line in recording if "toolCall" in line["data"]]
    (wanted,) = asked_for["toolCall"]["functionCalls"]
    answers = [message["toolResponse"]["functionResponses"] for message in sent if "toolResponse" in message]
    assert answers == [[{"id": wanted["id"], "name": "get_weather", "response": {"output": ANSWER}}]]
    assert [call.id for call in turn.tool_calls] == [wanted["id"]]
    assert turn.output_transcript == ANSWER
    assert len(heard.values("turn_complete")) == 1
    assert turn.audio


@pytest.mark.parametrize("model", GOLDEN_ROUNDS)
def test_a_golden_tool_round_is_one_turn_with_a_function_as_the_tool(script, open_session, heard, model):
    """Whether the server says so in one turn or in two."""
    check_round(script, open_session, heard, GOLDEN_ROUNDS[model], model)


@pytest.mark.parametrize("name", RECORDED_ROUNDS)
def test_a_recorded_tool_round_is_one_turn_with_a_function_as_the_tool(recordings, script, open_session, heard, name):
    """What the real service did, with the same answer."""
    recording = [json.loads(line) for line in (recordings / f"{name}.jsonl").read_text("utf-8").splitlines()]

    check_round(script, open_session, heard, recording, RECORDED_ROUNDS[name])
