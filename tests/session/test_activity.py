"""The user's activity over connections, where the program marks it itself."""

from __future__ import annotations

import pytest

from gemini_live import ReconnectPolicy

from .conftest import AT_ONCE, chain, eventually
from .peers import go_away, hold, take_and_drop

MARKED = {"realtime_input_config": {"automatic_activity_detection": {"disabled": True}}}


def marks_of(peer):
    """Return the activity marks that come, up to the first end."""
    marks = []
    while "activityEnd" not in marks:
        marks += [name for name in peer.receive().get("realtimeInput", {}) if name.startswith("activity")]
    return marks


def second(peer):
    """Complete the setup and return the marks."""
    peer.accept()
    return marks_of(peer)


def test_an_activity_that_a_drop_has_cut_begins_anew(script, make, heard):
    """A server that knows of no activity closes at its end; so it is told of its beginning."""
    server = script(chain(take_and_drop, second))
    session = make(server, reconnect=AT_ONCE, **MARKED, **heard.hooks("reconnected"))
    session.connect()
    session.send_activity_start()
    heard.wait("reconnected")
    session.send_activity_end()

    assert server.result(1) == ["activityStart", "activityEnd"]


def test_an_activity_that_ended_in_the_outage_begins_anew_as_well(script, make, heard):
    """Its end waits in the outbox, and goes to a server that has heard of its beginning."""

    def first(peer):
        peer.accept()
        peer.offer("h1")
        peer.receive()
        heard.wait("session_resumption")
        peer.drop()

    server = script(chain(first, second))
    hooks = heard.hooks("reconnecting", "reconnected", "session_resumption")
    session = make(server, reconnect=ReconnectPolicy(base_delay=0.05), **MARKED, **hooks)
    session.connect()
    session.send_activity_start()
    heard.wait("reconnecting")
    session.send_activity_end()
    heard.wait("reconnected")

    assert server.result(1) == ["activityStart", "activityEnd"]


def test_an_activity_that_has_ended_is_not_begun_again(script, make, heard):
    """The next connection is told of the next one only."""

    def first(peer):
        peer.accept()
        peer.offer("h1")
        marks_of(peer)
        peer.answer()
        heard.wait("turn_complete")
        peer.drop()

    server = script(chain(first, second))
    session = make(server, reconnect=AT_ONCE, **MARKED, **heard.hooks("reconnected", "turn_complete"))
    session.connect()
    session.send_activity_start()
    session.send_activity_end()
    heard.wait("reconnected")
    session.send_activity_start()
    session.send_activity_end()

    assert server.result(1) == ["activityStart", "activityEnd"]


@pytest.mark.parametrize("marked", [True, False])
def test_a_go_away_waits_for_the_end_of_the_users_activity(script, make, heard, marked):
    """Whether the program marks it or the server tells of it, nobody is cut short in the middle of a sentence."""

    def first(peer):
        peer.accept()
        peer.offer("h1")
        if marked:
            peer.receive()
        else:
            peer.say({"voiceActivity": {"type": "ACTIVITY_START"}})
        peer.say(go_away())
        eventually(lambda: len(server.requests) == 2)
        with pytest.raises(TimeoutError):
            peer.connection.recv(timeout=0.2)  # the second connection is there, and this one is kept
        if marked:
            session.send_activity_end()
            peer.receive()
        else:
            peer.say({"voiceActivity": {"type": "ACTIVITY_END"}})
        peer.answer()
        peer.wait_closed()

    server = script(chain(first, hold))
    session = make(server, reconnect=AT_ONCE, **(MARKED if marked else {}), **heard.hooks("reconnected"))
    session.connect()
    if marked:
        session.send_activity_start()
    heard.wait("reconnected")
    server.result(0)
