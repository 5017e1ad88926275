"""A session outlives its connections: it resumes, and the program hears of it no more than it must."""

from __future__ import annotations

import threading

import pytest

from gemini_live import ConnectError, ReconnectPolicy, Session
from gemini_live.testing import FakeTransport, ManualClock

from .conftest import AT_ONCE, TIMEOUT, WATCHFUL, chain, eventually, handle_in, words_in
from .peers import busy, give_and_drop, hold

LOSSES = {
    "reset": lambda server: server.drop_all(),
    "1011": lambda server: server.close_all(1011, "Internal error encountered."),
    "1000": lambda server: server.close_all(1000),
    "1001": lambda server: server.close_all(1001),
    "1012": lambda server: server.close_all(1012),
    "black hole": lambda server: server.freeze_all(),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_conversation_goes_on_whatever_becomes_of_its_connection(server, open_session, heard, loss):
    """It is resumed with what it was; the program hears on_reconnecting and on_reconnected, and no error."""
    session = open_session(
        server,
        reconnect=WATCHFUL,
        output_audio_transcription={},
        **heard.hooks("open", "reconnecting", "reconnected", "error", "close"),
    )
    session.ask("Remember the number 42. Just say OK.", timeout=TIMEOUT)
    eventually(lambda: session.snapshot().handle_safe)

    LOSSES[loss](server)
    news = heard.wait("reconnected")
    answer = session.ask("What number did I ask you to remember?", timeout=TIMEOUT)

    assert "42" in answer.output_transcript
    assert (news.resumed, news.replayed, news.lost) == (True, 0, ())
    assert [value.attempt for value in heard.values("reconnecting")] == [1]
    assert heard.values("error") == heard.values("close") == []
    assert [(opened.resumed, opened.connection) for opened in heard.values("open")] == [(False, 1), (True, 2)]
    assert session.snapshot().reconnects == 1
    assert server.sessions[1].resumed


@pytest.mark.parametrize("leaves", ["lost", "goes away"])
def test_the_gap_is_told(heard, monkeypatch, leaves):
    """For how long there was no connection, whether it was lost or left."""
    monkeypatch.setattr("gemini_live.session.recovering.random.random", lambda: 1.0)
    clock, fake = ManualClock(), FakeTransport()
    policy = ReconnectPolicy(base_delay=3, max_delay=3, ping_after=None, dead_peer_after=None)
    options = {"model": "gemini-3.8-live", "api_key": "any", "transport": fake, "clock": clock, "reconnect": policy}
    with Session.open(**options, **heard.hooks("reconnecting", "reconnected")):
        if leaves == "lost":
            fake.drop()
            heard.wait("reconnecting")
            clock.advance(3)
        else:
            fake.say({"goAway": {"timeLeft": "10s"}})
        assert heard.wait("reconnected").gap_ms == (3000 if leaves == "lost" else 0)


def test_a_connection_that_ends_without_a_close_frame_is_resumed(script, make, heard):
    """1006: the server's end of TCP is gone."""
    server = script(chain(give_and_drop, hold))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("reconnecting", "reconnected", "error"))
    session.connect()

    assert heard.wait("reconnected").resumed
    assert heard.wait("reconnecting").cause.code == 1006
    assert heard.values("error") == []


def test_the_setup_is_sent_again_with_the_newest_handle(script, make, heard):
    """The same settings; the handle that came last."""

    def first(peer):
        setup = peer.accept()
        peer.offer("old")
        peer.offer("new")
        peer.drop()
        return setup

    server = script(chain(first, hold))
    session = make(server, reconnect=AT_ONCE, system_instruction="Be brief.", **heard.hooks("reconnected"))
    session.connect()
    heard.wait("reconnected")
    session.close()
    before, after = server.result(0), server.result(1)

    assert handle_in(after) == "new"
    assert handle_in(before) is None
    after["setup"]["sessionResumption"].pop("handle")
    assert before == after


def test_a_handle_that_is_unsafe_is_used_all_the_same(script, make, heard):
    """ "Not now" retracts nothing: after a drop the last handle is the best there is; the snapshot says it is unsafe."""
    marked = threading.Event()

    def first(peer):
        peer.accept()
        peer.offer("h1")
        peer.say({"sessionResumptionUpdate": {"resumable": False}})
        assert marked.wait(TIMEOUT)
        peer.drop()

    server = script(chain(first, hold))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("session_resumption", "reconnected"))
    session.connect()
    heard.wait("session_resumption", 2)
    assert session.snapshot().handle_safe is False
    assert session.get_session_handle() == "h1"
    marked.set()
    heard.wait("reconnected")
    session.close()

    assert handle_in(server.result(1)) == "h1"


def test_an_outage_is_one_state_with_one_event_for_each_attempt(script, make, heard):
    """Through refused setups and dropped sockets the status stays reconnecting; attempts are numbered."""
    seen = []

    def drop(peer):
        peer.receive()
        peer.drop()

    server = script(chain(give_and_drop, busy, drop, busy, hold))
    session = make(
        server,
        reconnect=AT_ONCE,
        on_reconnecting=lambda news: (seen.append(session.status), heard.hook("reconnecting")(news)),
        **heard.hooks("open", "reconnected", "error"),
    )
    session.connect()
    heard.wait("reconnected")

    assert [news.attempt for news in heard.values("reconnecting")] == [1, 2, 3, 4]
    assert [news.cause.code for news in heard.values("reconnecting")] == [1006, 1013, 1006, 1013]
    assert set(seen[1:-1]) == {"reconnecting"}
    assert heard.values("error") == []
    assert len(heard.values("open")) == 2


@pytest.mark.parametrize("phase", ["dialled", "in setup"])
def test_the_status_is_reconnecting_whatever_is_being_tried(script, make, heard, phase):
    """Neither connecting nor setup_pending shows in an outage."""
    reached, gate = threading.Event(), threading.Event()

    def second(peer):
        if phase == "in setup":
            peer.receive()
        reached.set()
        assert gate.wait(TIMEOUT)
        peer.say({"setupComplete": {}})
        peer.wait_closed()

    session = make(script(chain(give_and_drop, second)), reconnect=AT_ONCE, **heard.hooks("reconnected"))
    session.connect()
    assert reached.wait(TIMEOUT)
    status = session.status
    with pytest.raises(ConnectError, match="already"):
        session.connect()
    gate.set()
    heard.wait("reconnected")

    assert status == "reconnecting"
    assert session.status == "ready"


@pytest.mark.parametrize("at", ["first_message", "generation", "turn_complete"])
@pytest.mark.parametrize("how", [{"drop": True}, {"code": 1011, "reason": "Internal error encountered."}])
def test_ask_gets_its_answer_from_another_connection(server, open_session, heard, at, how):
    """Whether the question was not taken in, or its answer was cut: one question, one whole answer."""
    server.fail_next(at=at, **how)
    session = open_session(
        server, reconnect=AT_ONCE, output_audio_transcription={}, **heard.hooks("turn_complete", "error")
    )

    turn = session.ask("Hello", timeout=TIMEOUT)
    heard.wait("turn_complete")

    assert turn.output_transcript.strip() == "You said: Hello"
    assert not turn.interrupted
    assert turn.number == 1
    assert [value.number for value in heard.values("turn_complete")] == [1]
    assert heard.values("error") == []


def test_ask_is_answered_after_a_black_hole(server, open_session):
    """A silent connection is given up, and what was asked on it is asked again."""
    server.fail_next(silent=True, at="first_message")
    session = open_session(server, reconnect=WATCHFUL, output_audio_transcription={})

    assert session.ask("Hello", timeout=TIMEOUT).output_transcript


def test_a_message_that_was_answered_is_not_sent_again(server, open_session, heard):
    """What an answer and a later handle cover is known to have arrived."""
    session = open_session(server, reconnect=AT_ONCE, **heard.hooks("reconnected"))
    session.ask("one", timeout=TIMEOUT)
    eventually(lambda: session.snapshot().handle_safe)
    server.drop_all()
    assert heard.wait("reconnected").replayed == 0
    session.ask("two", timeout=TIMEOUT)

    assert [words_in(message) for _, message in server.control_messages] == [["one"], ["two"]]


def test_what_was_sent_again_comes_before_what_was_sent_offline(script, make, heard):
    """The order of the program's sends is the order on the wire, over connections."""
    gate = threading.Event()

    def first(peer):
        peer.accept()
        peer.offer("h1")
        peer.receive()
        peer.receive()
        peer.drop()

    def second(peer):
        peer.accept(gate)
        return [words_in(peer.receive()) for _ in range(4)]

    server = script(chain(first, second))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("reconnecting", "reconnected"))
    session.connect()
    session.send_text("1")
    session.send_text("2")
    heard.wait("reconnecting")
    session.send_text("3")
    session.send_text("4")
    gate.set()

    assert heard.wait("reconnected").replayed == 2
    assert server.result(1) == [["1"], ["2"], ["3"], ["4"]]


@pytest.mark.parametrize("replay", ["auto", "all", "none"])
def test_the_policy_says_what_is_sent_again(script, make, heard, replay):
    """ "none" sends nothing again and names what is lost; "all" also sends what was answered."""

    def first(peer):
        peer.accept()
        peer.offer("h1")
        peer.receive()
        peer.answer("One.")
        peer.receive()
        heard.wait("turn_complete")
        peer.drop()

    def second(peer):
        peer.accept()
        found = []
        while found[-1:] != [["end"]]:
            found.append(words_in(peer.receive()))
        return found

    policy = ReconnectPolicy(base_delay=0, replay=replay)
    server = script(chain(first, second))
    session = make(server, reconnect=policy, **heard.hooks("turn_complete", "reconnected"))
    session.connect()
    session.send_text("answered")
    heard.wait("turn_complete")
    session.send_text("not answered")
    news = heard.wait("reconnected")
    session.send_text("end")
    wanted = {"auto": [["not answered"]], "all": [["answered"], ["not answered"]], "none": []}[replay]

    assert server.result(1) == [*wanted, ["end"]]
    assert news.replayed == len(wanted)
    assert [lost.kind for lost in news.lost] == ["client_content"] * (2 - len(wanted))


def test_without_reconnect_a_loss_is_the_end(server, open_session, heard):
    """reconnect=False is as before: no handle is asked for, and the end is told once."""
    open_session(server, reconnect=False, **heard.hooks("reconnecting", "error", "close"))
    server.drop_all()
    closed = heard.wait("close")

    assert "sessionResumption" not in server.sessions[0].setup
    assert (closed.by, closed.code, closed.clean) == ("error", 1006, False)
    assert heard.values("reconnecting") == []
    assert server.attempts == 1
