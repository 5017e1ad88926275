"""One message at a time: everything in it is told, in one order, and nothing that a server says breaks the core."""

from __future__ import annotations

import base64
import json

import pytest

from gemini_live.exceptions import ApiError, ProtocolError
from gemini_live.protocol import State, Trigger

PCM = bytes(range(48))
SPOKEN = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": base64.b64encode(PCM).decode()}}

EVERYTHING = {
    "goAway": {"timeLeft": "50s"},
    "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4, "totalTokenCount": 7},
    "toolCallCancellation": {"ids": ["c0"]},
    "toolCall": {"functionCalls": [{"id": "c1", "name": "f", "args": {"a_b": 1}}]},
    "voiceActivityDetectionSignal": {"vadSignalType": "VAD_SIGNAL_TYPE_EOS"},
    "voiceActivity": {"type": "ACTIVITY_START", "audioOffset": "1.500s"},
    "serverContent": {
        "turnComplete": True,
        "generationComplete": True,
        "outputTranscription": {"text": "hello"},
        "modelTurn": {"parts": [{"text": "hm", "thought": True}, {"text": "hello"}, SPOKEN, {"text": "!"}]},
        "inputTranscription": {"text": "hi", "finished": True, "languageCode": "en-US", "speakerLabel": "1"},
        "interimInputTranscription": {"text": "h"},
        "interrupted": True,
    },
    "sessionResumptionUpdate": {"newHandle": "h1", "resumable": True, "lastConsumedClientMessageIndex": "7"},
    "setupComplete": {"sessionId": "s-1"},
}
"""Every field of a message, in an order that is not the documented one."""

ORDER = [
    "raw_message", "message", "open", "session_resumption", "interrupted", "transcription", "transcription", "thought",
    "text", "audio", "text", "transcription", "transcription", "voice_activity", "voice_activity", "tool_call",
    "tool_call_cancellation", "generation_complete", "usage", "turn_complete", "go_away",
]  # fmt: skip


@pytest.mark.parametrize("encode", [str, str.encode], ids=["text frame", "binary frame"])
def test_all_fields_of_one_message_are_told_in_the_documented_order(pending, encode):
    """Whatever comes together, nothing is left out and the order is fixed."""
    events = pending.feed(encode(json.dumps(EVERYTHING)))

    assert [event.name for event in events] == ORDER
    assert pending.protocol.state is State.DRAINING


def test_all_fields_of_one_message_arrive_with_their_values(pending):
    """Each event carries what its field said."""
    events = pending.feed(EVERYTHING)

    values = {event.name: event.value for event in events}
    interim, user, model, final = (event.value for event in events if event.name == "transcription")
    signals = [event.value for event in events if event.name == "voice_activity"]
    assert values["raw_message"] == EVERYTHING == values["message"].raw
    assert (values["open"].session_id, values["open"].connection, values["open"].resumed) == ("s-1", 1, False)
    assert values["session_resumption"].last_consumed_client_message_index == 7
    assert (interim.text, interim.interim, interim.source) == ("h", True, "input")
    assert (user.text, user.finished, user.language_code, user.speaker_label) == ("hi", True, "en-US", "1")
    assert (user.source, user.interim, user.synthesized) == ("input", False, False)
    assert (model.text, model.source, model.finished) == ("hello", "output", False)
    assert (final.text, final.source, final.finished, final.synthesized) == ("", "output", True, True)
    assert [event.value for event in events if event.name == "text"] == ["hello", "!"]
    assert (values["thought"], values["thought"].turn) == ("hm", 1)
    assert (values["audio"].data, values["audio"].rate, values["audio"].turn) == (PCM, 24_000, 1)
    assert [(signal.type, signal.audio_offset_ms) for signal in signals] == [
        ("ACTIVITY_START", 1500),
        ("ACTIVITY_END", None),
    ]
    assert values["tool_call"].function_calls[0].args == {"a_b": 1}
    assert values["tool_call_cancellation"].ids == ("c0",)
    assert (values["usage"].response_token_count, values["usage"].candidates_token_count) == (4, 4)
    turn = values["turn_complete"]
    assert (turn.text, turn.thoughts, turn.audio, turn.interrupted) == ("hello!", "hm", PCM, True)
    assert (turn.input_transcript, turn.output_transcript, turn.usage.total_token_count) == ("hi", "hello", 7)
    assert (values["go_away"].time_left_ms, values["go_away"].handle) == (50_000, "h1")


@pytest.mark.parametrize("field", sorted(EVERYTHING))
def test_each_field_alone_is_told(ready, field):
    """A message with one field tells that field, and nothing but it."""
    together = {"serverContent": [*ORDER[4:13], "generation_complete", "turn_complete"]}
    names = {
        "setupComplete": [],  # a second one says nothing
        "voiceActivityDetectionSignal": ["voice_activity"],
        "goAway": ["go_away"],
        "usageMetadata": ["usage"],
        "toolCall": ["tool_call"],
        "toolCallCancellation": ["tool_call_cancellation"],
        "voiceActivity": ["voice_activity"],
        "sessionResumptionUpdate": ["session_resumption"],
        **together,
    }[field]

    assert [event.name for event in ready.told({field: EVERYTHING[field]})] == names


def test_snake_case_keys_are_read_as_well(ready):
    """The service accepts either spelling, and so does this side."""
    data = {"server_content": {"model_turn": {"parts": [{"text": "hi"}]}, "turn_complete": True}}

    assert [event.name for event in ready.told(data)] == ["text", "turn_complete"]


# What can't be understood


@pytest.mark.parametrize(
    "payload",
    [
        "",
        b"",
        "{",
        "nonsense",
        b"\xff\xfe{}",
        b'{"serverContent": "\xc3"}',
        b"\x00",
        "[1, 2]",
        "null",
        '"text"',
        "1",
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"usageMetadata": {"totalTokenCount": ' + "9" * 5000,
    ],
    ids=lambda payload: f"{type(payload).__name__}-{len(payload)}-{payload[:8]!r}",
)
def test_a_message_that_is_no_json_object_is_an_error_and_the_next_one_works(ready, payload):
    """One bad message costs one ``error`` event, nothing else."""
    events = ready.feed(payload)

    assert [event.name for event in events] == ["error"]
    assert isinstance(events[0].value, ProtocolError)
    assert ready.protocol.state is State.READY
    assert [event.name for event in ready.told({"serverContent": {"turnComplete": True}})] == ["turn_complete"]


def test_an_error_about_a_message_does_not_show_it(ready):
    """What can't be understood may be anything, also somebody's words."""
    for payload in ('{"secret words', b"\xffsecret words", '["secret words"]'):
        (event,) = ready.feed(payload)
        assert "secret" not in f"{event.value} {event!r}"


def test_deep_but_readable_nesting_is_kept(ready):
    """A value that JSON can hold reaches the program, however strange."""
    deep = []
    for _ in range(300):
        deep = [deep]

    events = ready.feed({"new": deep})

    assert events[1].value.raw == {"new": deep}


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "1" + "0" * 400, "1e308", "-0", "1.5"])
def test_numbers_out_of_every_range_are_kept_and_told(ready, number):
    """A number that does not fit its field stays in ``extra`` and is reported; the rest of the message counts."""
    events = ready.feed(f'{{"usageMetadata": {{"totalTokenCount": {number}, "promptTokenCount": 3}}}}')

    names = [event.name for event in events]
    assert names[:3] == ["raw_message", "message", "usage"]
    assert events[2].value.prompt_token_count == 3
    if "error" in names:
        assert "UsageMetadata.total_token_count" in str(events[-1].value)


MISFITS = [
    {"serverContent": []},
    {"serverContent": {"modelTurn": "text"}},
    {"serverContent": {"modelTurn": {"parts": {"text": "x"}}}},
    {"serverContent": {"modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm", "data": "?"}}]}}},
    {"serverContent": {"turnComplete": "yes"}},
    {"toolCall": {"functionCalls": [1]}},
    {"goAway": {"timeLeft": 50}},
    {"sessionResumptionUpdate": {"newHandle": 7}},
    {"usageMetadata": 0},
    {"setupComplete": True},
]


@pytest.mark.parametrize("data", MISFITS, ids=json.dumps)
def test_a_value_of_the_wrong_type_is_kept_and_told(ready, data):
    """A known field with a value that does not fit is an ``error`` event beside everything that does fit."""
    events = ready.feed({**data, "voiceActivity": {"type": "ACTIVITY_END"}})

    names = [event.name for event in events]
    assert names[:2] == ["raw_message", "message"]
    assert "voice_activity" in names
    assert names[-1] == "error"
    assert ready.protocol.state in (State.READY, State.DRAINING)


def test_what_the_library_does_not_know_survives(ready):
    """Unknown keys at every level and unknown enum values reach the program as they came."""
    data = {
        "brandNew": {"a": [1]},
        "serverContent": {
            "newFlag": True,
            "turnComplete": True,
            "turnCompleteReason": "NEWER_REASON",
            "modelTurn": {"parts": [{"hologram": {"x": 1}}], "mood": "good"},
        },
        "voiceActivity": {"type": "ACTIVITY_PAUSE"},
    }

    _, message, activity, ended = ready.feed(data)

    assert message.value.raw == data
    assert message.value.extra == {"brandNew": {"a": [1]}}
    assert message.value.server_content.extra == {"newFlag": True}
    assert message.value.server_content.model_turn.parts[0].extra == {"hologram": {"x": 1}}
    assert activity.value.type == "ACTIVITY_PAUSE"
    assert ended.value.reason == "NEWER_REASON"


def test_an_unknown_voice_signal_is_no_activity(ready):
    """Only the two signals that mean something are translated; the message still holds the third."""
    assert ready.told({"voiceActivityDetectionSignal": {"vadSignalType": "VAD_SIGNAL_TYPE_NEW"}}) == []


def test_grounding_passes_through_complete(ready):
    """Metadata that nothing is derived from is in the message."""
    content = {"groundingMetadata": {"webSearchQueries": ["q"]}, "urlContextMetadata": {"urlMetadata": []}}

    _, message = ready.feed({"serverContent": content})

    assert message.value.server_content.grounding_metadata.web_search_queries == ("q",)
    assert message.value.server_content.url_context_metadata.url_metadata == ()


# Error documents

DOCUMENTS = [
    ({"error": {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED"}}, 429, "slow down"),
    ({"code": 400, "message": "bad field"}, 400, "bad field"),
    ({"error": "words only"}, None, "words only"),
    ({"error": {}}, None, "no message"),
    ({"error": {"code": "x", "message": 7}}, None, "7"),
    ({"error": {"code": True, "message": "odd"}}, None, "odd"),
]


@pytest.mark.parametrize(("document", "status", "words"), DOCUMENTS, ids=[json.dumps(row[0]) for row in DOCUMENTS])
def test_an_error_document_in_a_session_is_an_error_event(ready, document, status, words):
    """Nested or flat, it is told with its code and words, and the session goes on."""
    (event,) = ready.told(document)

    assert event.name == "error"
    assert isinstance(event.value, ApiError)
    assert (event.value.status, event.value.message) == (status, words)
    assert ready.protocol.state is State.READY


@pytest.mark.parametrize(("document", "status", "words"), DOCUMENTS, ids=[json.dumps(row[0]) for row in DOCUMENTS])
def test_an_error_document_in_the_setup_refuses_it(pending, document, status, words):
    """Before the setup is complete the same document is the server's refusal."""
    assert pending.told(document) == []

    refusal = pending.protocol.refusal
    assert (refusal.status, refusal.message) == (status, words)


@pytest.mark.parametrize(
    "data", [{"error": None}, {"code": 1}, {"message": "hi"}, {"error": None, "serverContent": {}}]
)
def test_what_only_resembles_an_error_document_is_none(ready, data):
    """``null`` is absence, and half a document is an unknown key."""
    assert ready.told(data) == []


def test_an_error_beside_content_comes_after_it(ready):
    """The rest of the message is told first."""
    told = ready.told({"error": {"code": 500, "message": "x"}, "serverContent": {"turnComplete": True}})

    assert [event.name for event in told] == ["turn_complete", "error"]


def test_a_new_connection_forgets_the_refusal_of_the_last_one(pending):
    """A second connect begins clean."""
    pending.feed({"code": 400, "message": "bad field"})
    pending.protocol.trigger(Trigger.CONNECT_FAILED)

    pending.protocol.trigger(Trigger.CONNECT_ASKED)
    pending.protocol.trigger(Trigger.SOCKET_OPENED)

    assert pending.protocol.refusal is None
    assert pending.protocol.connection == 2


# Setup complete


def test_setup_complete_opens_the_session_once(pending):
    """``open`` is told when, and only when, the session becomes ready."""
    first = pending.told({"setupComplete": {"sessionId": "s"}})
    second = pending.told({"setupComplete": {"sessionId": "t"}})

    assert [event.name for event in first] == ["open"]
    assert second == []
    assert pending.protocol.session_id == "s"


def test_other_messages_may_come_before_setup_complete(pending):
    """Whatever comes first is told; only setupComplete opens the session."""
    assert [event.name for event in pending.told({"usageMetadata": {}})] == ["usage"]
    assert pending.protocol.state is State.SETUP_PENDING
    assert [event.name for event in pending.told({"setupComplete": {}})] == ["open"]
    assert pending.protocol.state is State.READY


def test_a_setup_complete_that_nobody_waits_for_opens_nothing(make_driver):
    """After close() the server's late answer changes nothing."""
    driver = make_driver()
    driver.protocol.trigger(Trigger.CLOSE_ASKED)

    assert driver.told({"setupComplete": {}}) == []
    assert driver.protocol.state is State.CLOSING


# Turns


@pytest.mark.parametrize(
    "content",
    [{}, {"outputTranscription": {}}, {"inputTranscription": {}}, {"modelTurn": {}}, {"modelTurn": {"parts": []}},
     {"turnComplete": False}, {"interrupted": False}, {"generationComplete": False}],
    ids=json.dumps,
)  # fmt: skip
def test_an_empty_content_neither_opens_nor_closes_a_turn(ready, content):
    """Servers begin answers with empty contents; they mean nothing."""
    ready.protocol.turns.request_sent(0.0)
    told = ready.told({"serverContent": content})

    assert [event.name for event in told if event.name != "transcription"] == []
    assert ready.protocol.turns.generating is False
    assert ready.protocol.turns.number == 1


def test_a_function_call_inside_the_models_turn_is_a_tool_call(ready):
    """Some models call there; the program hears of it as of any other call."""
    parts = [{"text": "a"}, {"functionCall": {"name": "f", "args": {}}}, {"text": "b"}]

    told = ready.told({"serverContent": {"modelTurn": {"parts": parts}}})

    assert [event.name for event in told] == ["text", "tool_call", "text"]
    assert told[1].value.function_calls[0].name == "f"


def test_inline_data_that_is_no_audio_is_not_played(ready):
    """An image in an answer stays in the message."""
    part = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}

    assert ready.told({"serverContent": {"modelTurn": {"parts": [part]}}}) == []


@pytest.mark.parametrize(
    ("mime_type", "rate", "shown"),
    [("audio/pcm;rate=16000", 16_000, "audio/pcm;rate=16000"), ("audio/pcm", 24_000, "audio/pcm"),
     ("audio/pcm;rate=0", 24_000, "audio/pcm;rate=0"), ("AUDIO/PCM; Rate=8000", 8_000, "AUDIO/PCM; Rate=8000"),
     (None, 24_000, "audio/pcm;rate=24000")],
)  # fmt: skip
def test_the_rate_of_audio_comes_from_its_type(ready, mime_type, rate, shown):
    """A bare type means 24 kHz, and so does none."""
    blob = {"data": "AAAA"} if mime_type is None else {"data": "AAAA", "mimeType": mime_type}

    (event,) = ready.told({"serverContent": {"modelTurn": {"parts": [{"inlineData": blob}]}}})

    assert (event.value.rate, event.value.mime_type, event.value.data) == (rate, shown, bytes(3))


def test_audio_in_the_url_safe_alphabet_is_audio(ready):
    """Both base64 alphabets are read."""
    blob = {"mimeType": "audio/pcm", "data": "__77-A"}

    (event,) = ready.told({"serverContent": {"modelTurn": {"parts": [{"inlineData": blob}]}}})

    assert event.value.data == b"\xff\xfe\xfb\xf8"


# Go-away and handles


@pytest.mark.parametrize(
    ("go_away", "left", "at"),
    [({"timeLeft": "50s"}, 50_000, 150.0), ({"timeLeft": "9.5s"}, 9_500, 109.5), ({"timeLeft": "9.500s"}, 9_500, 109.5),
     ({}, None, None), ({"timeLeft": None}, None, None), ({"timeLeft": "0s"}, 0, 100.0)],
)  # fmt: skip
def test_a_go_away_says_how_soon(ready, go_away, left, at):
    """The time may be fractional or absent; sending goes on either way."""
    (event,) = ready.told({"goAway": go_away})

    assert (event.value.time_left_ms, event.value.handle) == (left, None)
    assert ready.protocol.go_away_at == at
    assert ready.protocol.state is State.DRAINING


def test_a_second_go_away_moves_the_deadline(ready):
    """The last word on the time counts."""
    ready.feed({"goAway": {"timeLeft": "50s"}})
    told = ready.told({"goAway": {"timeLeft": "5s"}})

    assert [event.name for event in told] == ["go_away"]
    assert ready.protocol.go_away_at == 105.0


def test_a_go_away_carries_the_newest_handle(ready):
    """Also a handle that came in the same message."""
    ready.feed({"sessionResumptionUpdate": {"newHandle": "old", "resumable": True}})

    told = ready.told({"goAway": {}, "sessionResumptionUpdate": {"newHandle": "new", "resumable": True}})

    assert told[-1].value.handle == "new"


@pytest.mark.parametrize(
    "update",
    [{}, {"resumable": False}, {"resumable": False, "newHandle": ""}, {"newHandle": "", "resumable": True},
     {"newHandle": "h2"}, {"resumable": False, "newHandle": "h2"}],
    ids=json.dumps,
)  # fmt: skip
def test_not_resumable_now_keeps_the_handle_and_marks_it(ready, update):
    """The old handle is still the best there is, but resuming with it would lose something."""
    ready.feed({"sessionResumptionUpdate": {"newHandle": "h1", "resumable": True}})

    (event,) = ready.told({"sessionResumptionUpdate": update})

    assert event.name == "session_resumption"
    assert (ready.protocol.handle.value, ready.protocol.handle.safe) == ("h1", False)


def test_the_next_good_handle_is_safe_again(ready):
    """A new handle replaces the old one and its mark, with the time at which it came."""
    ready.feed({"sessionResumptionUpdate": {"newHandle": "h1", "resumable": True}})
    ready.feed({"sessionResumptionUpdate": {}})
    ready.now = 130.0
    ready.feed({"sessionResumptionUpdate": {"newHandle": "h2", "resumable": "true"}})

    handle = ready.protocol.handle
    assert (handle.value, handle.safe, handle.at) == ("h2", True, 130.0)


def test_there_is_no_handle_before_the_first(ready):
    """An update without one makes none."""
    ready.feed({"sessionResumptionUpdate": {"resumable": False}})

    assert ready.protocol.handle is None


def test_no_repr_of_an_event_shows_a_handle_or_audio(pending):
    """Events may be logged whole."""
    data = {**EVERYTHING, "sessionResumptionUpdate": {"newHandle": "secret-handle", "resumable": True}}

    shown = " ".join(repr(event) for event in pending.feed(data))

    assert "secret-handle" not in shown
    assert repr(PCM)[2:20] not in shown
    assert "secret-handle" not in repr(pending.protocol.handle)
