"""How connections end when a test wants it: announced, of age, in every phase, in a black hole."""

from __future__ import annotations

import math
import time

import pytest

from gemini_live.emulator import Emulator
from gemini_live.exceptions import ConfigError

DEADLINE = (1011, "Deadline expired before operation could complete.")
STORY = "Tell me a long story."


def test_an_announced_end_can_be_kept(server, dial):
    """With close=True the connection is closed after so many seconds, and not before."""
    client = dial(server)
    client.setup()
    start = time.monotonic()
    server.go_away(0.2, close=True)
    assert client.receive() == {"goAway": {"timeLeft": "0.200s"}}
    assert client.ask("Say yes.")
    assert client.closed() == DEADLINE
    assert 0.2 <= time.monotonic() - start < 5


def test_between_the_announcement_and_the_end_there_can_be_silence(server, dial):
    """Messages are taken in and not answered; pings are."""
    client = dial(server)
    client.setup()
    server.go_away(0.2, close=True, silence=True)
    client.say("Say yes.")
    assert client.websocket.ping().wait(5)
    assert client.receive() == {"goAway": {"timeLeft": "0.200s"}}
    assert client.closed() == DEADLINE
    assert len(server.sessions[0].control) == 1


def test_silence_falls_in_the_middle_of_an_answer(slow_server, dial):
    """Nothing of it comes any more."""
    client = dial(slow_server)
    client.setup()
    client.say(STORY)
    client.until("modelTurn")
    slow_server.go_away(None, silence=True)
    client.until("goAway")
    with pytest.raises(TimeoutError):
        client.receive(timeout=0.05)


@pytest.mark.parametrize("seconds", [None, -1, math.inf])
def test_an_end_without_a_time_can_not_be_kept(server, seconds):
    """close=True needs seconds."""
    with pytest.raises(ConfigError, match="seconds: must be"):
        server.go_away(seconds, close=True)


def test_an_announced_end_does_not_outlive_its_connection(server, dial):
    """A client that goes before its time is gone, and a stop does not wait for the time."""
    client = dial(server)
    client.setup()
    server.go_away(60, close=True)
    client.websocket.close()
    assert server.sessions[0].wait_closed() == 1000
    other = dial(server)
    other.setup()
    server.go_away(60, close=True)


def test_connections_die_of_age(dial):
    """goAway comes so long before the end, with the time that is left; then the end."""
    with Emulator(tls=False, output_speed=math.inf, connection_seconds=0.3, go_away_before=0.2) as server:
        client = dial(server)
        client.setup()
        message = client.receive()
        start = time.monotonic()
        assert message == {"goAway": {"timeLeft": "0.200s"}}
        assert client.closed() == DEADLINE
        session = server.sessions[0]
        assert time.monotonic() - start > 0.1
        assert 0.3 <= session.ended_at - session.opened_at < 5


def test_a_short_life_is_announced_at_once(dial):
    """A connection that lives shorter than the lead hears of its end after the setup."""
    with Emulator(tls=False, output_speed=math.inf, connection_seconds=0.3) as server:
        client = dial(server)
        client.setup()
        seconds = float(client.receive()["goAway"]["timeLeft"].rstrip("s"))
        assert 0 < seconds <= 0.3
        assert client.closed() == DEADLINE


def test_a_connection_without_a_setup_dies_unannounced(dial):
    """There is nobody yet to be told."""
    with Emulator(tls=False, connection_seconds=0.1, go_away_before=0.05) as server:
        assert dial(server).closed() == DEADLINE


AT = [("first_message", []), ("generation", ["audio"]), ("turn_complete", ["turnComplete"])]


def reach(client, wire, at):
    """Do what leads to a phase, and return the kind of the last message before the connection's end."""
    client.setup(sessionResumption={})
    client.receive()
    client.say("Say yes.")
    messages = []
    while at != "first_message" and (not messages or wire.kind(messages[-1]) not in ("audio", "turnComplete")):
        messages.append(client.receive())
        if at == "turn_complete" and wire.kind(messages[-1]) == "audio":
            messages.append(client.receive())
    return [wire.kind(message) for message in messages[-1:]]


@pytest.mark.parametrize(("at", "last"), AT)
def test_connections_can_be_closed_in_every_phase(server, dial, wire, at, last):
    """Once; nothing comes between the phase's message and the end, and the next connection is well."""
    server.fail_next(code=1011, reason="Internal error encountered.", at=at)
    client = dial(server)
    assert reach(client, wire, at) == last
    assert client.closed() == (1011, "Internal error encountered.")
    assert len(server.sessions[0].control) == (at != "first_message")
    healthy = dial(server)
    healthy.setup()
    assert healthy.ask("Say yes.")


def test_nothing_follows_the_failure(server, dial, wire):
    """No handle comes after a turn whose end was the connection's."""
    server.fail_next(code=1011, at="turn_complete")
    client = dial(server)
    reach(client, wire, "turn_complete")
    with pytest.raises(Exception, match="1011"):
        client.receive()


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize(("at", "last"), AT)
def test_connections_can_be_lost_in_every_phase(dial, wire, tls, at, last):
    """A reset, without a close frame."""
    with Emulator(tls=tls, output_speed=math.inf) as server:
        server.fail_next(drop=True, at=at)
        client = dial(server)
        client.setup()
        client.say("Say yes.")
        assert client.closed() == (1006, "")
        assert server.sessions[0].wait_closed() == 1006


@pytest.mark.parametrize(("at", "last"), AT)
def test_connections_can_fall_silent_in_every_phase(server, dial, wire, at, last):
    """The TCP connection stays; nothing comes any more, no pong either."""
    server.fail_next(silent=True, at=at)
    client = dial(server, patience=0.05)
    assert reach(client, wire, at) == last
    with pytest.raises(TimeoutError):
        client.receive(timeout=0.05)
    assert not client.websocket.ping().wait(0.05)
    assert server.sessions[0].open


def test_failures_of_several_phases_wait_in_line(server, dial, wire):
    """One for each connection, in the order in which they were asked for."""
    server.fail_next(code=1011, at="turn_complete")
    server.fail_next(code=1008, at="first_message")
    server.fail_next(code=1007)
    codes = []
    for _ in range(3):
        client = dial(server)
        client.send({"setup": {"model": wire.model}})
        client.say("Say yes.")
        codes.append(client.closed()[0])
    assert codes == [1011, 1008, 1007]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"code": 1011, "at": "tea"}, "at: must be one of open, setup, ready, first_message, tool_call, generation, "),
        ({"late": "turn_complete"}, "at: says when the held message comes; it must be a later phase"),
        ({"late": "tea", "at": "generation"}, "late: must be one of open, setup"),
        ({"code": 1011, "on": "open"}, "at: of open connections must be a later phase"),
        ({"status": 503, "on": "open", "at": "generation"}, "at: is for connections that have begun"),
        ({"mute": True, "on": "rest"}, "mute: is for connections; a request fails by status, drop or silent"),
        ({"send": "tea"}, "send: must be messages, or one of interruption, turn_complete"),
        ({"send": []}, "send: must be JSON objects, at least one"),
        ({"send": [5]}, "send: must be JSON objects"),
        ({"disturb": {"tea": 1}}, "tea: is not known; known are pong_seconds, "),
        ({"drop": True, "times": 0}, "times: must be a number from 1"),
        ({"status": 503, "at": "generation"}, "at: is for connections that have begun"),
        ({"drop": True, "on": "rest", "at": "generation"}, "at: is for connections that have begun"),
    ],
)
def test_failures_in_phases_that_there_are_not_are_refused(server, arguments, words):
    """HTTP has no phases."""
    with pytest.raises(ConfigError, match=words):
        server.fail_next(**arguments)


@pytest.mark.parametrize("tls", [False, True])
def test_freeze_all_makes_black_holes(dial, tls):
    """Nothing is read, answered or sent any more; new connections are well, and a stop is not held up."""
    with Emulator(tls=tls, output_speed=math.inf) as server:
        client = dial(server)
        client.setup()
        server.freeze_all()
        client.say("Say yes.")
        server.go_away(1, close=True)
        server.close_all(1000)
        with pytest.raises(Exception, match="(?i)time"):
            client.receive(timeout=0.05)
        session = server.sessions[0]
        assert session.open and len(session.received) == 1
        other = dial(server)
        other.setup()
        assert other.ask("Say yes.")
        start = time.monotonic()
    assert time.monotonic() - start < 5
    assert session.close_code == 1006
    assert client.closed() == (1006, "")


def test_a_black_hole_can_be_dropped(server, dial):
    """drop_all resets it."""
    client = dial(server)
    server.wait_for_sessions(1)
    server.freeze_all()
    server.drop_all()
    assert server.sessions[0].wait_closed() == 1006
    assert client.closed() == (1006, "")


def test_a_black_hole_takes_an_answer_with_it(slow_server, dial):
    """What was being said is not heard of any more."""
    client = dial(slow_server, patience=0.05)
    client.setup()
    client.say(STORY)
    client.until("modelTurn")
    slow_server.freeze_all()
    with pytest.raises(TimeoutError):
        while True:
            client.receive(timeout=0.3)
