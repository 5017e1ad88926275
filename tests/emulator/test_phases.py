"""Failures in every phase of a connection, and messages that come late or that nothing has called for."""

from __future__ import annotations

import contextlib
import json
import math

import pytest
import websocket
from websockets.exceptions import ConnectionClosed, InvalidMessage

from gemini_live.emulator import Emulator

TOOLS = [{"functionDeclarations": [{"name": "get_weather", "description": "Weather", "parameters": {
    "type": "OBJECT", "properties": {"city": {"type": "STRING"}}}}]}]  # fmt: skip
SHORT = 0.05
BROKEN = (1011, "Internal error encountered.")
INTERRUPTED = {"serverContent": {"interrupted": True}}
TURN_COMPLETE = {"serverContent": {"turnComplete": True}}


def live(client, server):
    """Go through all phases, as far as the connection lets it."""
    with contextlib.suppress(ConnectionClosed):  # it may be lost already
        client.send({"setup": {"model": "models/gemini-2.5-flash-native-audio-preview-09-2025", "tools": TOOLS}})
        client.say("Say yes.")
    server.wait_for_sessions(1)
    return client


REACHED = [
    ("open", []),
    ("setup", []),
    ("ready", ["setupComplete"]),
    ("first_message", ["setupComplete"]),
    ("generation", ["setupComplete", "audio"]),
    ("generation_complete", ["setupComplete", "audio", "generationComplete"]),
    ("turn_complete", ["setupComplete", "audio", "generationComplete", "turnComplete"]),
]


def kinds(client, wire, count):
    """Return what so many messages are, thoughts and further pieces of sound left out."""
    found = []
    while len(found) < count:
        kind = wire.kind(client.receive())
        if kind != "thought" and found[-1:] != [kind]:
            found.append(kind)
    return found


@pytest.mark.parametrize(("at", "reached"), REACHED)
def test_every_phase_can_be_the_last(server, dial, wire, at, reached):
    """All that leads to it comes, then the close frame with its code and reason."""
    server.fail_next(code=BROKEN[0], reason=BROKEN[1], at=at)
    client = live(dial(server), server)
    assert kinds(client, wire, len(reached)) == reached
    assert client.closed() == BROKEN


@pytest.mark.parametrize("at", ["open", "ready"])
def test_a_close_waits_for_the_clients_own(server, wire, at):
    """The server reads on until then: hanging up on who still talks would take the close frame away from them."""
    server.fail_next(code=BROKEN[0], at=at)
    url = server.base_url.replace("http", "ws", 1) + wire.path
    client = websocket.create_connection(url, header={"x-goog-api-key": "good-key"}, timeout=10)
    try:
        client.send(json.dumps({"setup": {"model": wire.model}}))
        while client.recv_frame().opcode != websocket.ABNF.OPCODE_CLOSE:
            pass
        client.settimeout(0.1)
        with pytest.raises(websocket.WebSocketTimeoutException):
            client.recv_frame()
        client.settimeout(10)
        client.send_close(BROKEN[0])
        with pytest.raises((ConnectionError, websocket.WebSocketConnectionClosedException)):
            client.recv_frame()
    finally:
        client.shutdown()


@pytest.mark.parametrize(("at", "reached"), REACHED)
def test_a_reset_comes_in_every_phase_too(server, dial, at, reached):
    """Without a close frame; at the setup it is in place of the upgrade."""
    server.fail_next(drop=True, at=at)
    if at == "setup":
        with pytest.raises((OSError, EOFError, InvalidMessage)):
            dial(server)
        return
    client = live(dial(server), server)
    assert client.closed() == (1006, "")
    assert server.sessions[0].wait_closed() == 1006


@pytest.mark.parametrize("at", ["open", "setup", "ready", "generation", "turn_complete"])
def test_silence_is_no_black_hole(server, dial, wire, at):
    """Nothing comes any more, but pongs do, and what comes is taken in."""
    server.fail_next(mute=True, at=at)
    client = live(dial(server), server)
    reached = dict(REACHED)[at]
    assert kinds(client, wire, len(reached)) == reached
    server.sessions[0].wait_for(lambda message: "clientContent" in message)
    with pytest.raises(TimeoutError):
        client.receive(timeout=SHORT)
    assert client.websocket.ping().wait(5)
    server.close_all(1000)
    assert client.closed() == (1000, "")


@pytest.mark.parametrize("at", ["open", "setup", "ready"])
def test_a_black_hole_can_be_there_from_the_start(server, dial, at):
    """It answers no ping."""
    server.fail_next(freeze=True, at=at)
    client = live(dial(server), server)
    if at == "ready":
        client.receive()
    assert not client.websocket.ping().wait(SHORT)
    with pytest.raises(TimeoutError):
        client.receive(timeout=SHORT)
    server.drop_all()


def test_a_connection_can_be_lost_with_a_tool_open(server, dial):
    """The call comes, and then the end."""
    server.fail_next(code=1008, reason="Operation is not implemented.", at="tool_call")
    client = dial(server)
    client.setup(tools=TOOLS)
    server.call_next({"name": "get_weather", "args": {"city": "London"}})
    client.say("Go.")
    client.until("toolCall")
    assert client.closed() == (1008, "Operation is not implemented.")


def test_a_connection_can_be_lost_after_its_goaway(server, dial):
    """At once."""
    server.fail_next(drop=True, at="go_away")
    client = dial(server)
    client.setup()
    server.go_away(50)
    client.until("goAway")
    assert client.closed() == (1006, "")


def test_a_connection_can_be_lost_when_it_is_interrupted(slow_server, dial):
    """Between interrupted and its turnComplete."""
    slow_server.fail_next(code=1011, at="interrupted")
    client = dial(slow_server)
    client.setup()
    client.say("Tell me a long story.")
    client.until("modelTurn")
    client.say("Stop.")
    assert client.until("interrupted")[-1] == INTERRUPTED
    assert client.closed() == (1011, "")


@pytest.mark.parametrize("at", ["generation", "turn_complete", "ready", "setup", "first_message"])
def test_an_interruption_can_be_spurious(server, dial, wire, at):
    """The pair comes in its phase, and everything else as if nothing was."""
    server.fail_next(send="interruption", at=at)
    client = live(dial(server), server)
    messages = []
    while sum("turnComplete" in wire.content(message) for message in messages) < 2:
        messages.append(client.receive())
    place = messages.index(INTERRUPTED)
    assert messages[place + 1] == TURN_COMPLETE
    assert any("usageMetadata" in message for message in messages)
    before = {
        "generation": "audio",
        "turn_complete": "turnComplete",
        "ready": "setupComplete",
        "first_message": "setupComplete",
    }
    assert place == 0 if at == "setup" else wire.kind(messages[place - 1]) == before[at]


def test_any_messages_can_be_sent_in_a_phase(server, dial):
    """One, or several in order."""
    server.fail_next(send=[{"goAway": {}}, {"serverContent": {"waitingForInput": True}}], at="ready")
    client = dial(server)
    client.setup()
    assert client.receive() == {"goAway": {}}
    assert client.receive() == {"serverContent": {"waitingForInput": True}}
    assert client.ask("Say yes.")


def test_a_turns_end_can_come_in_the_following_turn(server, dial, wire):
    """The first turn has none; it comes after the second one's first piece of sound, which has its own too."""
    server.fail_next(late="turn_complete", at="generation")
    client = dial(server)
    client.setup()
    client.say("Say yes.")
    first = client.until("generationComplete")
    with pytest.raises(TimeoutError):
        client.receive(timeout=SHORT)
    client.say("Say no no no.")
    second = client.turn()
    assert wire.kind(second[-2]) == "audio"
    assert second[-1]["usageMetadata"]["responseTokenCount"] == round(25 * len(wire.audio(first)) / 48_000 + 0.5)
    assert wire.kind(client.turn()[-1]) == "turnComplete"


def test_a_turns_end_can_be_lost(server, dial):
    """What it waits for does not come; the next turn is whole."""
    server.fail_next(late="turn_complete", at="go_away")
    client = dial(server)
    client.setup()
    client.say("Say yes.")
    client.until("generationComplete")
    assert client.ask("Say no.")
    server.go_away(9)
    assert len(client.until("goAway")) == 1
    assert "turnComplete" in client.receive()["serverContent"]


def test_what_is_open_already_can_fail(server, dial, wire):
    """Every open connection does when it reaches the phase next, as often as it was told; others don't."""
    clients = [dial(server) for _ in range(2)]
    for client in clients:
        client.setup()
        client.ask("Say yes.")
    server.fail_next(send="turn_complete", on="open", at="turn_complete", times=2)
    later = dial(server)
    later.setup()
    for client in clients:
        client.say("Say yes.")
        client.turn()
        assert [client.receive(), client.receive()] == [TURN_COMPLETE] * 2
    later.ask("Say yes.")
    with pytest.raises(TimeoutError):
        later.receive(timeout=SHORT)


def test_several_failures_can_be_planned_for_open_connections(server, dial):
    """Each waits for its phase."""
    client = dial(server)
    client.setup()
    server.fail_next(send=[{"goAway": {}}], on="open", at="first_message")
    server.fail_next(code=1011, on="open", at="turn_complete")
    client.say("Say yes.")
    assert client.receive() == {"goAway": {}}
    client.turn()
    assert client.closed() == (1011, "")


def test_failures_reach_a_tls_connection_as_well(dial):
    """The same ways over TLS."""
    with Emulator(output_speed=math.inf) as server:
        server.fail_next(send="interruption", at="generation")
        client = dial(server)
        client.setup()
        client.say("Say yes.")
        assert client.until("interrupted")[-1] == INTERRUPTED
        assert client.receive() == TURN_COMPLETE
