"""What of a message is written down, and what is not."""

from __future__ import annotations

import base64
import json

import pytest

from gemini_live.testing.cleaning import Cleaner

SOUND = base64.b64encode(bytes(range(30))).decode()


def test_a_message_without_secrets_stays_as_it_is():
    """Sound included, if it is kept."""
    message = {"serverContent": {"modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm", "data": SOUND}}]}}}

    assert Cleaner("keep")(message) == message


@pytest.mark.parametrize(
    "holder",
    [
        lambda data: {"realtimeInput": {"audio": {"mimeType": "audio/pcm;rate=16000", "data": data}}},
        lambda data: {"realtime_input": {"media_chunks": [{"mime_type": "AUDIO/pcm", "data": data}]}},
        lambda data: {"realtimeInput": {"video": {"data": data}}},
        lambda data: {"serverContent": {"modelTurn": {"parts": [{"inlineData": {"data": data}}]}}},
    ],
)
@pytest.mark.parametrize(("audio", "left"), [("keep", SOUND), ("cut", SOUND[:16]), ("drop", "")])
def test_sound_is_kept_cut_or_taken_out(holder, audio, left):
    """Wherever it is, in either spelling; what is left is base64."""
    assert Cleaner(audio)(holder(SOUND)) == holder(left)
    base64.b64decode(left, validate=True)


def test_data_that_is_no_sound_stays():
    """A tool's answer may have a field of that name."""
    message = {"toolResponse": {"functionResponses": [{"response": {"data": SOUND}}]}}

    assert Cleaner("drop")(message) == message


def test_handles_get_names_that_show_which_is_which():
    """The one that is resumed with is the one that was given, in either spelling; repeated elsewhere, it is hidden."""
    clean = Cleaner("cut")
    given = [{"sessionResumptionUpdate": {"newHandle": f"handle-number-{n}", "resumable": True}} for n in (1, 2)]
    setup = {"setup": {"session_resumption": {"handle": "handle-number-1"}}}
    echo = {"error": {"message": "handle-number-2 is not known"}}

    cleaned = [clean(message) for message in (*given, setup, echo)]

    assert "handle-number" not in json.dumps(cleaned)
    assert cleaned[0]["sessionResumptionUpdate"]["newHandle"] == "redacted-handle-1"
    assert cleaned[1]["sessionResumptionUpdate"]["newHandle"] == "redacted-handle-2"
    assert cleaned[2]["setup"]["session_resumption"]["handle"] == "redacted-handle-1"


def test_a_days_handles_take_no_memory():
    """Only the newest keep their names."""
    clean = Cleaner("cut")
    for number in range(1_000):
        clean({"sessionResumptionUpdate": {"newHandle": f"handle-number-{number}"}})

    assert clean({"sessionResumptionUpdate": {"newHandle": "handle-number-999"}}) == {
        "sessionResumptionUpdate": {"newHandle": "redacted-handle-1000"}
    }
    assert len(clean._handles) == 64


@pytest.mark.parametrize(
    "name",
    [
        "apiKey",
        "api_key",
        "apiKeyString",
        "accessToken",
        "id_token",
        "authToken",
        "Authorization",
        "password",
        "clientSecret",
    ],
)
def test_fields_that_hold_keys_are_hidden(name):
    """Deep in the setup, too; their neighbours are not."""
    message = {"setup": {"tools": [{"retrieval": {"auth": {name: "abc", "other": "x"}}}]}}

    assert Cleaner("cut")(message) == {
        "setup": {"tools": [{"retrieval": {"auth": {name: "[redacted]", "other": "x"}}}]}
    }


def test_numbers_of_tokens_are_no_tokens():
    """What is counted stays."""
    message = {"usageMetadata": {"totalTokenCount": 13, "promptTokenCount": 11}, "token": 3}

    assert Cleaner("cut")(message) == message


def test_known_secrets_are_hidden_wherever_they_are():
    """In values, in names, in reasons."""
    clean = Cleaner("cut")
    clean.add_secrets(["a-very-secret-key"])

    assert clean({"a": ["x a-very-secret-key y"], "a-very-secret-key": 1}) == {"a": ["x [redacted] y"], "[redacted]": 1}
    assert clean.words("bad key a-very-secret-key") == "bad key [redacted]"


def test_a_message_nested_deeper_than_any_is_cut():
    """It ends no recording."""
    message = {"a": 1}
    for _ in range(500):
        message = {"a": message}

    assert "[redacted]" in json.dumps(Cleaner("cut")(message))
