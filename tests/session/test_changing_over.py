"""A server that goes away is left in time, at a moment that cuts nothing."""

from __future__ import annotations

import threading

import pytest

from gemini_live import ReconnectPolicy

from .conftest import AT_ONCE, TIMEOUT, chain, eventually, handle_in
from .peers import go_away, hold, leaving

HEARD = ("go_away", "open", "reconnecting", "reconnected", "turn_complete", "interrupted", "error", "close")


@pytest.mark.parametrize("left", [3600, 5, None])
def test_an_idle_session_changes_over_and_nobody_notices(server, open_session, heard, left):
    """The conversation goes on, on a second connection; no on_reconnecting, no error."""
    session = open_session(server, reconnect=AT_ONCE, output_audio_transcription={}, **heard.hooks(*HEARD))
    session.ask("Remember the number 42. Just say OK.", timeout=TIMEOUT)
    eventually(lambda: session.snapshot().handle_safe)
    server.go_away(left)
    news = heard.wait("reconnected")
    answer = session.ask("What number did I ask you to remember?", timeout=TIMEOUT)

    assert "42" in answer.output_transcript
    assert (news.resumed, news.replayed, news.lost) == (True, 0, ())
    assert heard.values("reconnecting") == heard.values("error") == heard.values("interrupted") == []
    assert heard.values("go_away")[0].time_left_ms == (None if left is None else left * 1000)
    assert session.snapshot().time_left is None
    assert server.sessions[0].close_code == 1000


def test_the_second_connection_is_dialled_before_and_set_up_after_the_first_is_closed(server, open_session, heard):
    """A session that is open elsewhere can't be resumed, and this server refuses that with 1011."""
    session = open_session(server, reconnect=AT_ONCE, **heard.hooks(*HEARD))
    session.ask("hello", timeout=TIMEOUT)
    server.go_away(3600)
    heard.wait("reconnected")
    first, second = server.sessions

    assert second.opened_at < first.ended_at < second.ready_at
    assert handle_in({"setup": second.setup}) is not None
    assert heard.values("reconnecting") == []


def test_while_it_waits_the_session_is_draining_and_goes_on(script, make, heard):
    """A second connection is dialled while an answer goes on; sends are taken by the first; then it changes over."""
    second_open, go_on = threading.Event(), threading.Event()

    def first(peer):
        peer.accept()
        peer.offer("h1")
        peer.receive()
        peer.say({"serverContent": {"outputTranscription": {"text": "Once"}}})
        peer.say(go_away())
        message = peer.receive()
        assert go_on.wait(TIMEOUT)
        peer.answer(" upon a time.")
        peer.receive()  # nothing but the close
        return message

    def second(peer):
        second_open.set()
        return hold(peer)

    server = script(chain(first, second))
    session = make(server, reconnect=AT_ONCE, **heard.hooks(*HEARD))
    session.connect()
    session.send_text("a story")
    heard.wait("go_away")
    assert second_open.wait(TIMEOUT)
    assert session.status == "draining"
    session.send_audio(bytes(320))
    eventually(lambda: session.snapshot().outbox_messages == 0)
    assert len(heard.values("open")) == 1
    go_on.set()
    turn = heard.wait("turn_complete")
    heard.wait("reconnected")

    assert turn.output_transcript == "Once upon a time."
    assert heard.values("interrupted") == heard.values("reconnecting") == []
    assert [name for name, _ in heard.events].index("turn_complete") < [name for name, _ in heard.events].index(
        "reconnected"
    )


@pytest.mark.parametrize("why", ["a call is open", "the handle is unsafe", "the user speaks"])
def test_it_does_not_change_over_while_something_would_be_lost(script, make, heard, why):
    """Until the call is answered, a safe handle came, or the answer is over."""
    released = threading.Event()
    begin = {
        "a call is open": {"toolCall": {"functionCalls": [{"id": "c1", "name": "look"}]}},
        "the handle is unsafe": {"sessionResumptionUpdate": {"resumable": False}},
        "the user speaks": {"serverContent": {"inputTranscription": {"text": "So I"}}},
    }[why]

    def first(peer):
        peer.accept()
        peer.offer("h1")
        peer.say(begin, go_away())
        kept = "audio" in str(peer.receive())
        released.set()
        if why == "a call is open":
            assert "toolResponse" in peer.receive()
            peer.answer()
        elif why == "the handle is unsafe":
            peer.offer("h2")
        else:
            peer.answer()
        peer.wait_closed()
        return kept

    def second(peer):
        try:
            early = peer.connection.recv(timeout=0.3)  # the setup, if it comes too soon
        except TimeoutError:
            early = None
        ready.set()
        setup = early or peer.connection.recv(timeout=TIMEOUT)
        peer.say({"setupComplete": {}})
        peer.wait_closed()
        return early, setup

    ready = threading.Event()
    server = script(chain(first, second))
    session = make(server, reconnect=AT_ONCE, **heard.hooks(*HEARD))
    session.connect()
    heard.wait("go_away")
    assert ready.wait(TIMEOUT)
    session.send_audio(bytes(320))
    assert released.wait(TIMEOUT)
    if why == "a call is open":
        session.send_tool_response({"id": "c1", "name": "look", "response": {"output": 1}})
    heard.wait("reconnected")
    session.close()

    assert server.result(0) is True
    assert server.result(1)[0] is None
    assert heard.values("reconnecting") == []


def test_shortly_before_the_deadline_it_changes_over_in_any_case(script, make, heard):
    """An answer that does not end is cut, told as interrupted; its question is asked again."""

    def first(peer):
        peer.accept()
        peer.offer("h1")
        peer.receive()
        peer.say({"serverContent": {"outputTranscription": {"text": "A very long"}}})
        peer.say(go_away("1s"))
        peer.wait_closed()

    def second(peer):
        peer.accept()
        peer.receive()
        peer.answer("A short story.")
        peer.wait_closed()

    session = make(script(chain(first, second)), reconnect=AT_ONCE, **heard.hooks(*HEARD))
    session.connect()
    turn = session.ask("a story", timeout=TIMEOUT)

    assert (turn.number, turn.output_transcript, turn.interrupted) == (1, "A short story.", False)
    assert heard.values("reconnecting") == []
    assert heard.wait("reconnected").replayed == 1


def test_a_server_that_leaves_before_its_time_is_replaced_by_the_spare(script, make, heard):
    """It said an hour and closed at once: the connection that was held ready is taken without a pause."""
    spare_open = threading.Event()

    def first(peer):
        peer.accept()
        peer.offer("h1")
        peer.say({"serverContent": {"outputTranscription": {"text": "Once"}}}, go_away())
        assert spare_open.wait(TIMEOUT)
        heard.wait("go_away")
        peer.drop()

    def spare(peer):
        spare_open.set()
        return hold(peer)

    policy = ReconnectPolicy(base_delay=0.001, max_delay=0.001)
    server = script(chain(first, spare))
    session = make(server, reconnect=policy, **heard.hooks(*HEARD))
    session.connect()
    heard.wait("reconnected")

    assert len(server.requests) <= 3
    assert heard.values("error") == []


def test_a_spare_that_dies_is_no_loss(script, make, heard):
    """The second connection is closed by the server before it is wanted: another is dialled when it is."""
    spare_closed, finish = threading.Event(), threading.Event()

    def first(peer):
        peer.accept()
        peer.offer("h1")
        peer.say({"serverContent": {"outputTranscription": {"text": "Once"}}}, go_away())
        assert finish.wait(TIMEOUT)
        peer.answer(".")
        peer.wait_closed()

    def spare(peer):
        peer.connection.close(1001)
        spare_closed.set()

    session = make(script(chain(first, spare, hold)), reconnect=AT_ONCE, **heard.hooks(*HEARD))
    session.connect()
    assert spare_closed.wait(TIMEOUT)
    finish.set()
    heard.wait("reconnected")

    assert session.status in ("ready", "draining")
    assert heard.values("error") == []


def test_a_server_that_always_goes_away_is_not_stormed(make, heard, script):
    """Every connection says go-away at once: the second is not left before it has lived some seconds."""
    server = script(leaving())
    session = make(server, reconnect=AT_ONCE, **heard.hooks(*HEARD))
    session.connect()
    heard.wait("reconnected")
    heard.wait("go_away", 2)
    connections = len(server.requests)
    session.send_text("still here", wait=True, timeout=TIMEOUT)

    assert connections <= 3
    assert len(heard.values("reconnected")) <= 2


def test_without_reconnect_a_go_away_is_only_told(server, open_session, heard):
    """The session drains, and nothing is dialled."""
    session = open_session(server, reconnect=False, **heard.hooks(*HEARD))
    server.go_away(3600)
    heard.wait("go_away")

    assert session.status == "draining"
    assert session.snapshot().time_left > 3000
    session.ask("hello", timeout=TIMEOUT)
    assert server.attempts == 1


def test_a_server_that_falls_silent_after_its_go_away_is_left(server, open_session, heard):
    """As the real one does at times: silence, then 1011."""
    session = open_session(server, reconnect=AT_ONCE, **heard.hooks(*HEARD))
    session.ask("hello", timeout=TIMEOUT)
    eventually(lambda: session.snapshot().handle_safe)
    server.go_away(2, close=True, silence=True)
    session.ask("hello again", timeout=TIMEOUT)

    assert heard.values("error") == []


def test_many_go_aways_in_a_conversation_lose_nothing(server, open_session, heard):
    """Ten of them, each between two questions: each question is taken in once, in order."""
    session = open_session(server, reconnect=AT_ONCE, **heard.hooks(*HEARD))
    for number in range(10):
        session.ask(f"question {number}", timeout=TIMEOUT)
        server.go_away(1)

    asked = [message["clientContent"]["turns"][0]["parts"][0]["text"] for _, message in server.control_messages]
    assert list(dict.fromkeys(asked)) == [f"question {number}" for number in range(10)]
    assert heard.values("reconnecting") == heard.values("error") == []
