"""Silence: a server that is there no more, one that is slow, and one that takes everything and answers nothing."""

from __future__ import annotations

import threading

from gemini_live import ReconnectPolicy
from gemini_live.testing import ManualClock

from .conftest import TIMEOUT, WATCHFUL, chain, eventually


def test_a_black_hole_is_found_by_a_ping(server, open_session, heard):
    """Nothing is owed but the pong; the cause says that nothing was heard."""
    session = open_session(server, reconnect=WATCHFUL, **heard.hooks("reconnecting", "reconnected"))
    eventually(session.get_session_handle)
    server.freeze_all()
    heard.wait("reconnected")
    cause = heard.wait("reconnecting").cause

    assert cause.code == 1006
    assert "nothing was heard" in str(cause)


def test_pongs_keep_a_quiet_connection(server, open_session):
    """A server that says nothing but answers pings is alive, for several times the limit."""
    lost = threading.Event()
    open_session(server, reconnect=WATCHFUL, on_reconnecting=lambda _: lost.set())

    assert not lost.wait(0.6)
    assert server.attempts == 1


def test_without_watchdogs_silence_is_suffered(server, open_session, heard):
    """None switches each of them off."""
    clock = ManualClock()
    policy = ReconnectPolicy(ping_after=None, dead_peer_after=None)
    session = open_session(server, reconnect=policy, clock=clock, **heard.hooks("reconnecting"))
    server.freeze_all()
    for _ in range(10):
        clock.advance(1000)

    assert session.status == "ready"
    assert heard.values("reconnecting") == []
    server.drop_all()  # or its end would wait for the server's goodbye


def test_a_model_that_shows_no_sign_is_tried_elsewhere(script, make, heard):
    """stall_after: pings are answered, the question is not; another connection answers it."""

    def dumb(peer):
        peer.accept()
        peer.offer("h1")
        peer.wait_closed()

    def clever(peer):
        peer.accept()
        peer.receive()
        peer.answer("Here.")
        peer.wait_closed()

    policy = ReconnectPolicy(base_delay=0, stall_after=0.2)
    session = make(script(chain(dumb, clever)), reconnect=policy, **heard.hooks("reconnecting", "error"))
    session.connect()

    assert session.ask("anybody there?", timeout=TIMEOUT).output_transcript == "Here."
    assert "no sign" in str(heard.wait("reconnecting").cause)
    assert heard.values("error") == []


def test_a_model_that_thinks_is_no_stall(script, make, heard):
    """A thought is a sign, however long the answer takes."""
    clock = ManualClock()

    def think(peer):
        peer.accept()
        peer.offer("h1")
        peer.receive()
        peer.say({"serverContent": {"modelTurn": {"parts": [{"text": "Hmm", "thought": True}]}}})
        heard.wait("thought")
        for _ in range(5):
            clock.advance(60)
        peer.answer("42.")
        peer.wait_closed()

    policy = ReconnectPolicy(base_delay=0, ping_after=None, dead_peer_after=None, stall_after=30)
    session = make(script(think), reconnect=policy, clock=clock, **heard.hooks("thought", "reconnecting"))
    session.connect()

    assert session.ask("the answer?", timeout=TIMEOUT).output_transcript == "42."
    assert heard.values("reconnecting") == []


def test_silence_after_a_question_is_a_dead_peer_without_any_ping(server, open_session, heard):
    """An answer is owed, so its absence counts."""
    policy = ReconnectPolicy(base_delay=0, ping_after=None, dead_peer_after=0.2)
    server.fail_next(silent=True, at="first_message")
    session = open_session(server, reconnect=policy, **heard.hooks("reconnecting"))

    session.ask("hello", timeout=TIMEOUT)

    assert len(heard.values("reconnecting")) == 1
