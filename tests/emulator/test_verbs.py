"""What a test can make a running server do."""

from __future__ import annotations

import json
import socket

import pytest
import websocket
from websockets.exceptions import InvalidMessage, InvalidStatus

from gemini_live.emulator import Emulator
from gemini_live.exceptions import ConfigError


def test_go_away_reaches_everyone(server, dial):
    """Every open connection hears of its end, and stays usable."""
    clients = [dial(server) for _ in range(2)]
    for client in clients:
        client.setup()
    server.go_away(10)
    assert [client.receive() for client in clients] == [{"goAway": {"timeLeft": "10s"}}] * 2
    assert clients[0].ask("Say yes.")


def test_send_all_reaches_who_is_ready(server, dial):
    """Any JSON goes to connections whose setup is complete."""
    ready, waiting = dial(server), dial(server)
    ready.setup()
    server.wait_for_sessions(2)
    server.send_all({"toolCall": {"functionCalls": []}})
    assert ready.receive() == {"toolCall": {"functionCalls": []}}
    assert waiting.setup() == {"setupComplete": {}}


@pytest.mark.parametrize(
    "message",
    [
        {"serverContent": None},
        {"serverContent": {"modelTurn": {"parts": [None]}, "turnComplete": None}},
        {"toolCall": {"functionCalls": [{}, None]}, "toolCallCancellation": {"ids": 5}},
        {"toolCall": [], "toolCallCancellation": {"ids": [{}]}},
    ],
)
def test_send_all_sends_anything(client, server, message):
    """Nulls and wrong types stand in nobody's way."""
    server.send_all(message)
    assert client.receive() == message
    assert client.ask("Say yes.")


def test_close_all_closes_with_the_given_words(server, dial):
    """Code and reason reach the client; the record keeps them."""
    client = dial(server)
    client.setup()
    server.close_all(1011, "Deadline expired before operation could complete.")
    assert client.closed() == (1011, "Deadline expired before operation could complete.")
    (session,) = server.sessions
    assert session.wait_closed() == 1011


def test_close_all_in_the_middle_of_an_answer(slow_server, dial):
    """The answer stops."""
    client = dial(slow_server)
    client.setup()
    client.say("Tell me a long story.")
    client.until("modelTurn")
    slow_server.close_all(1011, "Internal error encountered.")
    assert client.closed() == (1011, "Internal error encountered.")


def test_what_comes_after_a_close_is_not_answered(server, dial):
    """Closing twice is closing once; late messages are recorded at most."""
    client = dial(server)
    client.setup()
    server.close_all(1000)
    server.close_all(1011)
    assert client.closed() == (1000, "")


@pytest.mark.parametrize("code", [999, 1005, 1006, 1015, 5000])
def test_codes_that_no_frame_carries_are_refused(server, code):
    """A reserved code is a ConfigError."""
    with pytest.raises(ConfigError, match=f"no close frame carries {code}"):
        server.close_all(code)


@pytest.mark.parametrize("tls", [False, True])
def test_drop_all_resets(dial, tls):
    """The connection is lost without a close frame."""
    with Emulator(tls=tls) as server:
        client = dial(server)
        client.setup()
        server.drop_all()
        assert client.closed() == (1006, "")
        assert server.sessions[0].wait_closed() == 1006
        assert server.sessions[0].close_reason == ""


def test_the_next_upgrade_can_be_refused(server, dial):
    """fail_next(status=…) answers with HTTP; its body and headers are what was given, or the service's."""
    server.fail_next(status=503, body={"error": {"code": 503}}, headers={"Retry-After": "7"})
    server.fail_next(status=429)
    server.fail_next(status=500, body=b"raw")
    server.fail_next(status=500, body="text")
    answers = []
    for _ in range(4):
        with pytest.raises(InvalidStatus) as caught:
            dial(server)
        answers.append(caught.value.response)
    assert [answer.status_code for answer in answers] == [503, 429, 500, 500]
    assert answers[0].headers["Retry-After"] == "7"
    assert json.loads(answers[0].body) == {"error": {"code": 503}}
    assert json.loads(answers[1].body)["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert (answers[2].body, answers[3].body) == (b"raw", b"text")
    assert dial(server).setup() == {"setupComplete": {}}
    assert (server.attempts, len(server.sessions)) == (5, 1)


def test_a_refused_upgrade_has_one_content_type(server, dial):
    """The given one is in place of the service's."""
    server.fail_next(status=503, body="<p>", headers={"Content-Type": "text/html"})
    with pytest.raises(InvalidStatus) as caught:
        dial(server)
    assert caught.value.response.headers.get_all("content-type") == ["text/html"]


def test_the_next_setup_can_be_answered_by_a_close(server, dial):
    """fail_next(code=…) closes in place of setupComplete, as often as it was told."""
    server.fail_next(code=1011, reason="The service is currently unavailable.", times=2)
    for _ in range(2):
        client = dial(server)
        client.send({"setup": {"model": "models/gemini-live"}})
        assert client.closed() == (1011, "The service is currently unavailable.")
    assert dial(server).setup() == {"setupComplete": {}}


@pytest.mark.parametrize("tls", [False, True])
def test_the_next_upgrade_can_be_reset(dial, tls):
    """fail_next(drop=True) resets the TCP connection."""
    with Emulator(tls=tls) as server:
        server.fail_next(drop=True)
        with pytest.raises((InvalidMessage, OSError, EOFError, websocket.WebSocketException)):
            dial(server)
        assert dial(server).setup() == {"setupComplete": {}}


def test_the_next_setup_can_be_met_by_silence(server, dial):
    """fail_next(silent=True) accepts the connection and answers nothing."""
    server.fail_next(silent=True)
    client = dial(server)
    client.send({"setup": {"model": "models/gemini-live"}})
    (session,) = server.sessions
    session.wait_for(lambda message: "setup" in message)
    with pytest.raises(TimeoutError):
        client.receive(timeout=0.05)
    server.go_away(None)
    assert client.receive() == {"goAway": {}}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "exactly one of"),
        ({"status": 503, "drop": True}, "exactly one of"),
        ({"status": 101}, "300 to 599"),
        ({"code": 1006}, "no close frame carries 1006"),
    ],
)
def test_failures_that_can_not_be_are_refused(server, arguments, words):
    """One kind of failure at a time, and one that can be sent."""
    with pytest.raises(ConfigError, match=words):
        server.fail_next(**arguments)


def test_sessions_show_what_came(server, dial, wire):
    """Path, headers in any case, setup, messages and sound of every connection are recorded."""
    client = dial(server, headers={"X-Extra": "1"})
    client.setup(systemInstruction={"parts": [{"text": "x"}]})
    client.speak(bytes(640))
    (session,) = server.wait_for_sessions(1)
    message = session.wait_for(lambda message: "realtimeInput" in message)
    assert message["realtimeInput"]["audio"]["mimeType"] == "audio/pcm;rate=16000"
    assert session.path == wire.path
    assert session.headers["x-goog-api-key"] == session.headers["X-Goog-Api-Key"] == "good-key"
    assert session.headers["x-extra"] == "1"
    assert session.setup == {"model": wire.model, "systemInstruction": {"parts": [{"text": "x"}]}}
    assert session.audio_bytes == 640
    assert session.open
    client.websocket.close(4000, "bye")
    assert (session.wait_closed(), session.close_reason) == (4000, "bye")


def test_a_close_without_a_code_is_1005(server, dial):
    """An empty close frame has no code; the record says so."""
    client = dial(server)
    client.websocket.close(None)
    assert server.wait_for_sessions(1)[0].wait_closed() == 1005


def test_a_message_that_is_too_large_closes_with_1009(dial):
    """Past the bound the frame is refused."""
    with Emulator(tls=False, max_message_bytes=1000) as server:
        client = dial(server)
        client.send("x" * 2000)
        assert client.closed()[0] == 1009
        assert server.sessions[0].wait_closed() == 1009


def test_a_client_that_vanishes_is_noted(server, dial):
    """A TCP connection that ends without a close frame is 1006, also in the middle of an answer."""
    client = dial(server)
    client.setup()
    client.say("Tell me a long story.")
    client.websocket.socket.shutdown(socket.SHUT_RDWR)
    assert server.sessions[0].wait_closed() == 1006
