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


@pytest.mark.parametrize(
    "name",
    ["token", "session_token", "cookie", "Set-Cookie", "passwd", "secret_key", "apiKeys", "headers", "credential",
     "x-goog-api-key", "accessKeyId", "client_secrets", "Proxy-Authorization"],
)  # fmt: skip
@pytest.mark.parametrize("hold", [lambda value: value, lambda value: [value, 1], lambda value: {"v": [{"w": value}]}])
def test_everything_below_such_a_name_is_hidden(name, hold):
    """Texts in lists and objects, too; what is no text stays."""

    def call(value):
        return {"toolCall": {"functionCalls": [{"name": "f", "args": {name: hold(value), "city": "London"}}]}}

    assert Cleaner("cut")(call("abc")) == call("[redacted]")


def test_a_parameters_declaration_is_not_hidden():
    """Its name is no secret, and neither is its type."""
    schema = {"type": "OBJECT", "properties": {"password": {"type": "STRING", "description": "Which one."}}}
    message = {"setup": {"tools": [{"functionDeclarations": [{"name": "f", "parameters": schema}]}]}}

    assert Cleaner("cut")(message) == message
    assert Cleaner("cut")({"properties": {"password": "abc"}}) == {"properties": {"password": "[redacted]"}}


def test_credentials_in_urls_are_hidden():
    """In whatever text the URL stands; its other parameters are not."""
    clean = Cleaner("cut")
    transport = {"url": "https://me:pw@host/mcp?a=1&token=abc&key=def#access_token=ghi", "headers": {"X-Tenant": "t"}}

    assert clean({"setup": {"tools": [{"mcpServers": [{"streamableHttpTransport": transport}]}]}}) == {
        "setup": {
            "tools": [
                {
                    "mcpServers": [
                        {
                            "streamableHttpTransport": {
                                "url": "https://[redacted]@host/mcp?a=1&token=[redacted]&key=[redacted]"
                                "#access_token=[redacted]",
                                "headers": {"X-Tenant": "[redacted]"},
                            }
                        }
                    ]
                }
            ]
        }
    }
    assert clean.words('see "https://h/?api%5Fkey=abc", x=1') == 'see "https://h/?api%5Fkey=[redacted]", x=1'
    assert clean.words("2+2=4? a=b&c=d") == "2+2=4? a=b&c=d"


def test_every_handle_that_has_a_name_is_hidden_where_it_is_repeated():
    """The oldest of them, too, and one that is too short to be looked for within texts."""
    clean = Cleaner("cut")
    for handle in ("h123", *(f"handle-number-{n:02}" for n in range(63))):
        clean({"sessionResumptionUpdate": {"newHandle": handle}})

    assert clean({"a": ["h123", "it is handle-number-00."]}) == {"a": ["redacted-handle-1", "it is [redacted]."]}
    assert clean.words("h123") == "redacted-handle-1"


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
