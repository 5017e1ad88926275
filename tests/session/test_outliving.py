"""Handles in the program's hands: parking, going on elsewhere, other settings."""

from __future__ import annotations

import threading

import pytest

from gemini_live import (
    ConfigError,
    ConnectError,
    ConnectionLost,
    NotReadyError,
    ReconnectPolicy,
    SessionClosed,
    SetupError,
)

from .conftest import AT_ONCE, TIMEOUT, chain, eventually, handle_in
from .peers import give_and_drop, hold


def speaks(peer):
    """Give a handle and begin to speak, which makes it unsafe."""
    peer.offer("h1")
    peer.say({"sessionResumptionUpdate": {"resumable": False}})
    peer.say({"serverContent": {"outputTranscription": {"text": "Once upon a time"}}})


def speak_on(peer):
    """Complete the setup, and speak without an end."""
    peer.accept()
    speaks(peer)
    peer.wait_closed()


def test_a_parked_session_goes_on_elsewhere(server, open_session):
    """park() returns a handle that another session resumes with; the conversation is whole."""
    session = open_session(server)
    session.ask("Remember the number 42. Just say OK.", timeout=TIMEOUT)
    handle = session.park()
    assert session.status == "closed"
    other = open_session(server, resume_handle=handle, output_audio_transcription={})

    assert "42" in other.ask("What number did I ask you to remember?", timeout=TIMEOUT).output_transcript
    assert server.sessions[1].resumed


def test_park_waits_for_the_end_of_the_answer(script, make):
    """An answer that is going on is not cut; the handle that comes after it is returned."""
    parked, speaking = threading.Event(), threading.Event()

    def serve(peer):
        peer.accept()
        speaks(peer)
        assert parked.wait(TIMEOUT)
        peer.say({"serverContent": {"turnComplete": True}})
        peer.offer("h2")
        peer.wait_closed()

    session = make(script(serve), reconnect=AT_ONCE, on_transcription=lambda _: speaking.set())
    session.connect()
    assert speaking.wait(TIMEOUT)
    parked.set()

    assert session.park() == "h2"


def test_park_ends_at_its_timeout_with_the_newest_handle(script, make, heard):
    """A model that never stops is left, with the handle of before."""
    session = make(script(speak_on), reconnect=AT_ONCE, **heard.hooks("transcription", "close"))
    session.connect()
    heard.wait("transcription")

    assert session.park(timeout=0.1) == "h1"
    assert heard.wait("close").by == "user"


def test_park_without_a_handle_says_so(script, make):
    """A server that has given none leaves nothing to go on with."""
    session = make(script(hold), reconnect=AT_ONCE)
    session.connect()

    with pytest.raises(NotReadyError, match="handle"):
        session.park(timeout=0.1)


def test_park_before_connect_and_after_the_end(server, make, open_session):
    """Neither has anything to park."""
    with pytest.raises(NotReadyError):
        make(server).park()
    session = open_session(server)
    session.close()
    with pytest.raises(SessionClosed):
        session.park()


def test_park_in_an_outage_waits_for_the_next_connection(script, make, heard):
    """What is being reconnected is parked when it is there again."""
    gate = threading.Event()

    def second(peer):
        peer.accept(gate)
        peer.offer("h2")
        peer.wait_closed()

    server = script(chain(give_and_drop, second))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("reconnecting"))
    session.connect()
    heard.wait("reconnecting")
    got = []
    thread = threading.Thread(target=lambda: got.append(session.park()))
    thread.start()
    gate.set()
    thread.join(TIMEOUT)

    assert got in (["h1"], ["h2"])
    assert session.status == "closed"


def test_the_handle_is_the_newest_and_no_secret_is_shown(script, make, heard):
    """get_session_handle() gives it; no event's repr does."""

    def serve(peer):
        peer.accept()
        peer.offer("first-secret")
        peer.offer("second-secret")
        peer.wait_closed()

    session = make(script(serve), reconnect=AT_ONCE, **heard.hooks("session_resumption", "close"))
    session.connect()
    heard.wait("session_resumption", 2)

    assert session.get_session_handle() == "second-secret"
    session.close()
    closed = heard.wait("close")
    assert closed.handle == "second-secret"
    assert "secret" not in repr(heard.events) + repr(session.snapshot()) + str(session.flight_recorder())


def test_there_is_no_handle_before_the_server_gives_one(server, make):
    """None, at every time before."""
    assert make(server).get_session_handle() is None


def test_update_puts_another_setup_on_the_wire(server, open_session, heard):
    """The conversation goes on under other settings; what is not named stays; nothing is an outage."""
    session = open_session(
        server,
        reconnect=AT_ONCE,
        output_audio_transcription={},
        **heard.hooks("reconnecting", "reconnected", "error"),
    )
    session.ask("Remember the number 42. Just say OK.", timeout=TIMEOUT)
    session.update(system_instruction="Be brief.", generation_config={"speech_config": "Puck"})
    answer = session.ask("What number did I ask you to remember?", timeout=TIMEOUT)
    setup = server.sessions[1].setup

    assert "42" in answer.output_transcript
    assert "Be brief." in str(setup)
    assert "Puck" in str(setup)
    assert setup["outputAudioTranscription"] == {}
    assert setup["model"] == server.sessions[0].setup["model"]
    assert heard.values("reconnecting") == heard.values("error") == []
    assert heard.wait("reconnected").resumed


def test_an_update_that_is_refused_leaves_the_old_settings(script, make, heard):
    """SetupError with the server's words; the session goes on as it was."""

    def refuse(peer):
        peer.receive()
        peer.connection.close(1007, "Request contains an invalid argument.")

    def third(peer):
        setup = peer.accept()
        peer.receive()
        peer.answer("Still here.")
        peer.wait_closed()
        return setup

    server = script(chain(lambda peer: (peer.accept(), peer.offer("h1"), peer.wait_closed()), refuse, third))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("session_resumption", "error"))
    session.connect()
    heard.wait("session_resumption")

    with pytest.raises(SetupError) as caught:
        session.update(system_instruction="Be brief.")
    assert caught.value.code == 1007
    assert session.ask("hello", timeout=TIMEOUT).output_transcript == "Still here."
    session.close()
    assert "Be brief." not in str(server.result(2))
    assert handle_in(server.result(2)) == "h1"
    assert heard.values("error") == []


def test_one_update_at_a_time(script, make, heard):
    """A second one is refused at once while the first waits for its moment."""
    second_open = threading.Event()

    server = script(chain(speak_on, lambda peer: (second_open.set(), peer.wait_closed())))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("transcription"))
    session.connect()
    heard.wait("transcription")
    failed = []

    def update():
        try:
            session.update(system_instruction="one")
        except SessionClosed as error:
            failed.append(error)

    thread = threading.Thread(target=update)
    thread.start()
    assert second_open.wait(TIMEOUT)
    with pytest.raises(ConnectError, match="one change at a time"):
        session.update(system_instruction="two")
    session.close()
    thread.join(TIMEOUT)

    assert len(failed) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "at least one"),
        ({"model": "other"}, "model"),
        ({"api_key": "other"}, "api_key"),
        ({"resume_handle": "h"}, "resume_handle"),
        ({"system_instructions": "x"}, "system_instruction"),
        ({"generation_config": {"temperature": "hot"}}, "temperature"),
    ],
)
def test_an_update_with_wrong_options_is_refused_before_anything_happens(server, open_session, options, words):
    """The model, where and as whom can't be changed; the rest is checked as at the start."""
    session = open_session(server)

    with pytest.raises(ConfigError, match=words):
        session.update(**options)
    assert server.attempts == 1


def test_an_update_needs_a_session_that_is_connected_and_reconnects(server, make, open_session):
    """Else it is refused."""
    with pytest.raises((ConnectError, NotReadyError)):
        make(server).update(system_instruction="x")
    with pytest.raises(ConnectError):
        open_session(server, reconnect=False).update(system_instruction="x")


def test_an_update_waits_for_the_end_of_the_answer(server, open_session, heard):
    """It cuts nothing."""
    session = open_session(server, reconnect=AT_ONCE, **heard.hooks("turn_complete", "interrupted", "reconnected"))
    session.send_text("Please tell me a long story.")
    session.update(system_instruction="Be brief.")

    heard.wait(
        "reconnected"
    )  # callbacks run on a thread of their own: what update() has waited for may not be told yet
    assert [name for name, _ in heard.events] == ["turn_complete", "reconnected"]
    eventually(lambda: len(server.sessions) == 2)


def test_an_update_that_is_forbidden_is_refused_at_its_time(server, open_session):
    """Without a handle and with fresh="fail" there is no other connection; the settings stay, another try is free."""
    session = open_session(server, session_resumption=False, reconnect=ReconnectPolicy(fresh="fail"))
    session.ask("hello", timeout=TIMEOUT)
    for _ in range(2):
        with pytest.raises(ConnectError, match="forbids"):
            session.update(timeout=0.05, system_instruction="Be brief.")

    assert session.ask("hello again", timeout=TIMEOUT).complete


def test_a_session_that_asks_for_no_handles_is_not_ended_by_park(server, open_session):
    """It is refused at once, and the conversation goes on."""
    session = open_session(server, session_resumption=False)
    with pytest.raises(NotReadyError, match="asks for no handles"):
        session.park()

    assert session.ask("hello", timeout=TIMEOUT).complete


def test_a_session_without_a_handle_is_not_ended_by_park(script, make):
    """When its time is up and no handle has come, the conversation goes on."""

    def serve(peer):
        peer.accept()
        peer.receive()
        peer.answer()
        peer.wait_closed()

    session = make(script(serve))
    session.connect()
    with pytest.raises(NotReadyError, match="no handle"):
        session.park(timeout=0.05)

    assert session.ask("hello", timeout=TIMEOUT).complete


def test_park_tells_how_the_session_died_while_it_waited(script, make, heard):
    """What was lost is in the error; the handle is in closed."""

    def serve(peer):
        peer.accept()
        speaks(peer)
        heard.wait("transcription")
        parking.wait(TIMEOUT)
        peer.connection.close(1008, "Your API key was reported as leaked.")

    parking = threading.Event()
    session = make(script(serve), reconnect=False, session_resumption={}, **heard.hooks("transcription"))
    session.connect()
    heard.wait("transcription")
    threading.Timer(0.05, parking.set).start()
    with pytest.raises(ConnectionLost):
        session.park()

    assert session.closed.handle == "h1"
