"""What closes a connection, and with which words."""

from __future__ import annotations

import http.client
import json

import pytest
from websockets.exceptions import InvalidStatus

from gemini_live.emulator import Emulator

INVALID = (1007, "Request contains an invalid argument.")
UNREGISTERED = (
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or "
)


@pytest.mark.parametrize(
    ("message", "code", "words"),
    [
        ({"clientContent": {}}, *INVALID),
        ({"setup": {}}, *INVALID),
        ("{", 1007, "Invalid JSON payload received."),
        (b"\xff", 1007, "Invalid JSON payload received."),
        ({"setup": {"model": "models/x-live", "foo": 1}}, 1007, "Unknown name \"foo\" at 'setup': Cannot find field."),
        (r'{"setup":{"\ud800":1}}', 1007, "Unknown name \"?\" at 'setup': Cannot find field."),
        ({"setup": {"model": "models/not-a-model"}}, 1008, "models/not-a-model is not found for API version v1beta"),
        (
            {"setup": {"model": "models/gemini-live", "generationConfig": {"responseModalities": ["TEXT"]}}},
            *INVALID,
        ),
        (
            {"setup": {"model": "models/gemini-live", "sessionResumption": {"handle": "unheard-of"}}},
            1008,
            "Requested entity was not found.",
        ),
    ],
)
def test_a_wrong_first_message_closes(server, dial, message, code, words):
    """What is wrong with the first message is said in the close frame, and recorded."""
    client = dial(server)
    client.send(message)
    closed = client.closed()
    assert closed[0] == code and words in closed[1]
    (session,) = server.sessions
    assert session.wait_closed() == code
    assert session.close_reason == closed[1] and not session.open


@pytest.mark.parametrize(
    "message",
    [
        {"setup": {"model": "models/gemini-live"}},
        {"realtimeInput": {"activityStart": {}}},
        {"clientContent": {}, "realtimeInput": {}},
        {"what": {}},
        "nonsense",
    ],
)
def test_a_wrong_later_message_closes(client, message):
    """After the setup too, everything wrong closes with 1007."""
    client.send(message)
    assert client.closed()[0] == 1007


def test_long_reasons_are_cut(client):
    """A reason has 123 bytes at most."""
    client.send({"ü" * 300: 1})
    reason = client.closed()[1]
    assert 120 < len(reason.encode()) <= 123


@pytest.mark.parametrize(
    ("key", "code", "words"),
    [
        ("bad-key", 1007, "API key not valid. Please pass a valid API key."),
        (None, 1008, UNREGISTERED),
        ("", 1008, UNREGISTERED),
        ("auth_tokens/x", 1008, UNREGISTERED),
    ],
)
def test_wrong_keys_are_told_after_the_setup(server, dial, key, code, words):
    """The upgrade succeeds; the setup is answered by a close frame."""
    client = dial(server, key=key)
    client.send({"setup": {"model": "models/gemini-live"}})
    closed = client.closed()
    assert closed[0] == code and closed[1].startswith(words)


def test_keys_may_come_in_the_query(server, dial, wire):
    """``?key=`` is as good as the header, and is not part of the recorded path."""
    client = dial(server, key=None, path=f"{wire.path}?key=secret-key")
    assert client.setup() == {"setupComplete": {}}
    assert server.sessions[0].path == wire.path
    assert server.sessions[0].query == {"key": "secret-key"}


def test_only_given_keys_are_accepted(dial):
    """With api_keys only those are good."""
    with Emulator(tls=False, api_keys=["bad-but-mine"]) as server:
        assert dial(server, key="bad-but-mine").setup() == {"setupComplete": {}}
        stranger = dial(server, key="another")
        stranger.send({"setup": {"model": "models/gemini-live"}})
        assert stranger.closed()[0] == 1007


def request(server, method, path):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_wrong_paths_are_not_found(server, dial, wire):
    """404 with an error document, for HTTP and for WebSocket."""
    status, body = request(server, "GET", "/nowhere")
    assert status == 404
    assert body["error"]["status"] == "NOT_FOUND"
    assert request(server, "POST", wire.path)[0] == 404
    with pytest.raises(InvalidStatus) as caught:
        dial(server, path="/ws/nonsense")
    assert caught.value.response.status_code == 404


def test_an_upgrade_to_a_wrong_path_is_an_attempt(server, dial):
    """It is counted, and is neither a session nor a request."""
    with pytest.raises(InvalidStatus):
        dial(server, path="/ws/nonsense")
    assert (server.attempts, server.sessions, server.requests) == (1, [], [])


def test_plain_http_on_the_live_path_is_a_bad_request(server, wire):
    """Without an upgrade there is nothing to serve."""
    status, body = request(server, "GET", wire.path)
    assert (status, body["error"]["status"]) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize("version", ["v1", "v1alpha", "v1beta"])
def test_any_version_and_doubled_slashes_are_served(server, dial, version):
    """Clients that double the slash are served; the path is recorded as it came."""
    path = f"//ws/google.ai.generativelanguage.{version}.GenerativeService.BidiGenerateContent"
    assert dial(server, path=path).setup() == {"setupComplete": {}}
    assert server.sessions[-1].path == path


def test_the_version_is_named_with_an_unknown_model(server, dial, wire):
    """The refusal says which version lacks the model."""
    client = dial(server, path=wire.path.replace("v1beta", "v1alpha"))
    client.send({"setup": {"model": "models/bert"}})
    assert "API version v1alpha" in client.closed()[1]


def test_a_broken_brain_is_an_internal_error(server, dial, monkeypatch, caplog):
    """What fails inside is told as the service tells it, at once and during a turn."""
    for where in ("answer", "audio"):
        client = dial(server)
        client.setup()

        def broken(*args, where=where, **kwargs):
            raise LookupError(where)

        with monkeypatch.context() as patch:
            if where == "answer":
                patch.setattr("gemini_live.emulator.brains.echo.EchoBrain.answer", broken)
            else:
                patch.setattr("gemini_live.emulator.voice.speak", broken)
            client.say("Hello.")
            assert client.closed() == (1011, "Internal error encountered.")
    assert caplog.text.count("\nLookupError: ") == 2
