"""Whole conversations, recorded and of our own in the recordings' shapes, against what their JSON says."""

from __future__ import annotations

import base64
import json

import pytest

PCM = "AAECAwQFBgc="


def rate_in(mime_type):
    """Return the rate a type names, 24 kHz if it names none."""
    return int(mime_type.partition("rate=")[2] or 24_000)


def expected(messages, *, splits):
    """Return what is to be told of these messages, worked out from their JSON alone."""
    told, answer_owed, opened = [], False, False
    for data in messages:
        told += [("raw_message", data), ("message", data)]
        content = data.get("serverContent", {})
        if "setupComplete" in data and not opened:
            opened = True
            told.append(("open", data["setupComplete"].get("sessionId")))
        if "sessionResumptionUpdate" in data:
            told.append(("session_resumption", data["sessionResumptionUpdate"].get("newHandle")))
        if content.get("interrupted"):
            told.append(("interrupted", None))
        if "inputTranscription" in content:
            told.append(("transcription", "input", content["inputTranscription"].get("text", ""), False))
        for part in content.get("modelTurn", {}).get("parts", []):
            if "text" in part:
                told.append(("thought" if part.get("thought") else "text", part["text"]))
            if "inlineData" in part:
                blob = part["inlineData"]
                told.append(("audio", base64.b64decode(blob["data"]), rate_in(blob["mimeType"])))
                answer_owed = False
        if "outputTranscription" in content:
            piece = content["outputTranscription"]
            told.append(("transcription", "output", piece.get("text", ""), piece.get("finished", False)))
            answer_owed = answer_owed and not piece.get("text")
        if "toolCall" in data:
            told.append(("tool_call", data["toolCall"]["functionCalls"]))
            answer_owed = True
        if "toolCallCancellation" in data:
            told.append(("tool_call_cancellation", data["toolCallCancellation"]["ids"]))
        if content.get("generationComplete"):
            told.append(("generation_complete", None))
        if "usageMetadata" in data:
            usage = data["usageMetadata"]
            output = usage.get("responseTokenCount", usage.get("candidatesTokenCount"))
            told.append(("usage", usage["promptTokenCount"], output, usage["totalTokenCount"]))
        if content.get("turnComplete"):
            if not (splits and answer_owed):
                told.append(("turn_complete", None))
            answer_owed = False
        if "goAway" in data:
            told.append(("go_away", data["goAway"].get("timeLeft")))
    return told


def reduced(event):
    """Return an event in the form of :func:`expected`."""
    name, value = event.name, event.value
    rest = {
        "raw_message": lambda: (value,),
        "message": lambda: (value.raw,),
        "open": lambda: (value.session_id,),
        "session_resumption": lambda: (value.new_handle,),
        "transcription": lambda: (value.source, value.text, value.finished),
        "thought": lambda: (str(value),),
        "text": lambda: (str(value),),
        "audio": lambda: (value.data, value.rate),
        "tool_call": lambda: ([{"name": c.name, "args": c.args, "id": c.id} for c in value.function_calls],),
        "tool_call_cancellation": lambda: (list(value.ids),),
        "usage": lambda: (value.prompt_token_count, value.response_token_count, value.total_token_count),
        "go_away": lambda: (None if value.time_left_ms is None else f"{value.time_left_ms / 1000:g}s",),
    }.get(name, lambda: (None,))()
    return (name, *rest)


def play(driver, messages):
    """Feed messages, as the server sends them; return all events."""
    return [event for data in messages for event in driver.feed(json.dumps(data).encode())]


def check(driver, messages, *, splits):
    """Compare every event of a conversation with its JSON, and the turns with their own pieces."""
    events = [event for event in play(driver, messages) if not getattr(event.value, "synthesized", False)]

    assert [reduced(event) for event in events] == expected(messages, splits=splits)
    turns = [event.value for event in events if event.name == "turn_complete"]
    assert [turn.number for turn in turns] == list(range(1, len(turns) + 1))
    for turn in turns:
        own = [event for event in events if getattr(event.value, "turn", None) == turn.number]
        assert turn.audio == b"".join(event.value.data for event in own if event.name == "audio")
        assert turn.text == "".join(event.value for event in own if event.name == "text")
        assert turn.thoughts == "".join(event.value for event in own if event.name == "thought")
        for source, transcript in (("input", turn.input_transcript), ("output", turn.output_transcript)):
            pieces = [e.value.text for e in own if e.name == "transcription" and e.value.source == source]
            assert transcript == "".join(pieces).strip()
    return events, turns


RECORDINGS = [
    ("gemini-2.5-audio-in-server-vad", "Hello, my name is Marcelo.", "Hello, Marcelo.", 0),
    ("gemini-2.5-history-seeding", "", "Your name is Alice, and your favorite color is teal.", 0),
    ("gemini-2.5-text-in-audio-out", "", "Hello there.", 0),
    ("gemini-3.1-history-seeding", "", "Your name is Alice and your favorite color is teal.", 0),
    ("gemini-3.1-tool-round", "", "It is foggy and 12 degrees in London.", 1),
    ("vertex-2.5-text-in-audio-out", "", "Hello there.", 0),
    ("vertex-2.5-tool-round", "", "It is foggy and 12 degrees in London.", 1),
]


@pytest.mark.parametrize(("name", "user", "model", "calls"), RECORDINGS, ids=[row[0] for row in RECORDINGS])
def test_every_callback_of_a_recording_is_what_its_json_says(recordings, make_driver, name, user, model, calls):
    """Real traffic, message by message: every event in order, and one whole turn at the end."""
    lines = (recordings / f"{name}.jsonl").read_text("utf-8").splitlines()
    messages = [line["data"] for line in map(json.loads, lines) if line["direction"] == "received"]
    splits = name.startswith("vertex")

    events, turns = check(make_driver(splits_tool_rounds=splits), messages, splits=splits)

    assert "error" not in {event.name for event in events}
    (turn,) = turns
    assert turn.output_transcript == model
    assert (turn.input_transcript, len(turn.tool_calls)) == (user, calls)
    assert turn.usage is not None


def said(*parts, **content):
    """Return a message of the model's."""
    if parts:
        content["modelTurn"] = {"parts": list(parts)}
    return {"serverContent": content}


SOUND = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": PCM}}
BARE_SOUND = {"inlineData": {"mimeType": "audio/pcm", "data": PCM}}
USAGE = {"promptTokenCount": 5, "responseTokenCount": 3, "totalTokenCount": 8}
VERTEX_USAGE = {"promptTokenCount": 5, "candidatesTokenCount": 3, "totalTokenCount": 8}
OPEN = {"setupComplete": {}}
CALL = {"toolCall": {"functionCalls": [{"name": "clock", "args": {"zone": "UTC"}, "id": "c-1"}]}}
GENERATED = {"serverContent": {"generationComplete": True}}
ENDED = {"serverContent": {"turnComplete": True}, "usageMetadata": USAGE}
VERTEX_ENDED = {"serverContent": {"turnComplete": True, "groundingMetadata": {}}, "usageMetadata": VERTEX_USAGE}

GOLDEN = {
    "2.5: thought, words and sound apart": (
        False,
        1,
        [OPEN, said({"text": "**Plan**", "thought": True}), said(outputTranscription={"text": "Good"}), said(SOUND),
         said(outputTranscription={"text": " day."}), said(SOUND), GENERATED, ENDED],
    ),
    "2.5: spoken question": (
        False,
        1,
        [OPEN, said(inputTranscription={"text": " What"}), said(inputTranscription={"text": " now?"}), said(SOUND),
         said(outputTranscription={"text": "Noon."}), GENERATED, ENDED],
    ),
    "3.1: empty first, sound and words together": (
        False,
        1,
        [OPEN, said(), said(SOUND, outputTranscription={"text": "Noon"}), said(SOUND),
         said(SOUND, outputTranscription={"text": "."}), GENERATED, ENDED],
    ),
    "3.1: words without sound": (False, 1, [OPEN, said(), said(outputTranscription={"text": "Noon."}), GENERATED, ENDED]),
    "3.1: tool round with a handle in between": (
        False,
        1,
        [OPEN, said(), CALL, {"sessionResumptionUpdate": {"newHandle": "h-1", "resumable": True}}, said(),
         said(SOUND, outputTranscription={"text": "Noon."}), GENERATED, ENDED],
    ),
    "3.x: everything of the end in one message": (
        False,
        2,
        [OPEN, {**said(SOUND, outputTranscription={"text": "Noon."}, generationComplete=True, turnComplete=True),
                "usageMetadata": USAGE},
         {**said({"text": "Again."}, turnComplete=True), "goAway": {"timeLeft": "50s"}}],
    ),
    "vertex: words far ahead of the sound": (
        True,
        1,
        [{"setupComplete": {"sessionId": "s-1"}}, said(outputTranscription={}), said(outputTranscription={"text": "No"}),
         said(outputTranscription={"text": "on."}), said(outputTranscription={"finished": True}), said(BARE_SOUND),
         said(BARE_SOUND), GENERATED, VERTEX_ENDED],
    ),
    "vertex: tool round with two ends": (
        True,
        1,
        [{"setupComplete": {"sessionId": "s-1"}}, said(outputTranscription={}), CALL,
         said(outputTranscription={"finished": True}), GENERATED, VERTEX_ENDED, said(outputTranscription={}),
         said(outputTranscription={"text": "Noon."}), said(outputTranscription={"finished": True}), said(BARE_SOUND),
         GENERATED, VERTEX_ENDED],
    ),
    "barge-in": (
        False,
        2,
        [OPEN, said(SOUND, outputTranscription={"text": "Once upon"}), said(interrupted=True), ENDED,
         said(SOUND, outputTranscription={"text": "Yes?"}), GENERATED, ENDED],
    ),
    "barge-in on a tool call": (
        True,
        0,
        [OPEN, CALL, {"toolCallCancellation": {"ids": ["c-1"]}}, said(interrupted=True)],
    ),
    "no answer at all": (False, 1, [OPEN, said(turnComplete=True, turnCompleteReason="NEED_MORE_INPUT")]),
}  # fmt: skip


@pytest.mark.parametrize(("splits", "turns", "messages"), GOLDEN.values(), ids=GOLDEN)
def test_every_callback_of_a_golden_conversation_is_what_its_json_says(make_driver, splits, turns, messages):
    """The recordings' shapes and those nobody recorded: every event in order, with its own turn."""
    _, ended = check(make_driver(splits_tool_rounds=splits), messages, splits=splits)

    assert len(ended) == turns
