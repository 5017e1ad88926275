"""A session on a network in memory: callbacks, tools and reconnects in a test's hands."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gemini_live import ConnectError, ConnectionLost, HandshakeError, ReconnectPolicy, SetupError
from gemini_live._clock import Deadline
from gemini_live.testing import FakeTransport, ManualClock
from gemini_live.transport import Attempt, ConnectRequest

from ..session.conftest import eventually

AT_ONCE = ReconnectPolicy(base_delay=0)


def is_content(message):
    """Whether a message asks something."""
    return "clientContent" in message


def echo(connection, message):
    """Answer every content with its own words."""
    if is_content(message):
        connection.answer(message["clientContent"]["turns"][-1]["parts"][0]["text"])


def test_a_turn_in_memory(talk):
    """What the session sends is there as JSON, setup first, and what the test says is heard."""
    fake = FakeTransport(respond=echo)
    session = talk(fake, output_audio_transcription={})

    turn = session.ask("Hello", timeout=5)

    assert turn.output_transcript == "Hello"
    setup, content = fake.sent
    assert setup["setup"]["outputAudioTranscription"] == {}
    assert content == {
        "clientContent": {"turns": [{"parts": [{"text": "Hello"}], "role": "user"}], "turnComplete": True}
    }
    assert fake.connection.setup == setup["setup"]
    assert fake.connection.request.url.startswith("wss://")
    assert fake.connection.request.headers["x-goog-api-key"] == "a-good-key"


def test_it_opens_no_socket_and_starts_no_thread(talk, monkeypatch):
    """All there is is the session's own."""
    monkeypatch.setattr(socket, "create_connection", None)
    before = set(threading.enumerate())
    session = talk(FakeTransport(respond=echo), name="alone")
    session.ask("Hello", timeout=5)

    started = {thread.name for thread in set(threading.enumerate()) - before}
    assert {name for name in started if not name.startswith("gemini-live:alone")} == set()


def test_callbacks_have_run_when_it_has_settled(talk):
    """With inline callbacks a test is one straight line."""
    fake, said = FakeTransport(), []
    talk(fake, dispatch="inline", on_text=said.append, on_interrupted=lambda turn: said.append("interrupted"))

    for number in range(100):
        fake.say({"serverContent": {"modelTurn": {"parts": [{"text": str(number)}]}}})
        fake.settle()
        assert said == [str(number)]
        said.clear()
    fake.say({"serverContent": {"interrupted": True}})
    fake.settle()
    assert said == ["interrupted"]


def test_settling_has_a_bound(talk):
    """A callback that does not return is no reason to wait for ever."""
    fake, gate = FakeTransport(), threading.Event()
    talk(fake, dispatch="inline", on_text=lambda text: gate.wait(10))
    fake.answer(text="x")

    with pytest.raises(TimeoutError, match=r"within 0\.02 s"):
        fake.settle(0.02)
    gate.set()
    fake.settle()


def test_speech_and_its_transcript(talk):
    """A whole answer is one call."""
    fake = FakeTransport()
    session = talk(fake, output_audio_transcription={})

    with session.expect(timeout=5) as turn:
        session.send_text("Hello")
        fake.wait_for(is_content)
        fake.answer("Good day.", audio=b"\1\2\3\4", interrupted=False)
    assert (turn.output_transcript, turn.audio) == ("Good day.", b"\1\2\3\4")


def test_a_function_is_called_and_answers(talk):
    """The answer is among what the session has sent."""
    fake = FakeTransport()

    def double(number: int) -> int:
        """Double a number."""
        return 2 * number

    talk(fake, tools=[double])
    fake.call("double", {"number": 21}, call_id="c1")

    answer = fake.wait_for(lambda message: "toolResponse" in message)
    assert answer["toolResponse"]["functionResponses"][0]["response"] == {"output": 42}


def test_a_reconnect_resumes(talk, heard):
    """Each connection is there, and the second one's setup has the handle."""
    fake = FakeTransport()
    talk(fake, reconnect=AT_ONCE, owner=heard.queue)
    fake.offer("a-handle")
    fake.settle()
    fake.drop()

    assert heard.next("reconnected").resumed
    first, second = fake.wait_for_connections(2)
    assert (first.open, first.close_code, second.open) == (False, 1006, True)
    assert second.setup["sessionResumption"] == {"handle": "a-handle"}
    assert [one.number for one in fake.connections] == [1, 2]


def test_a_back_off_follows_the_clock(talk, heard):
    """Half a minute of it takes no time."""
    fake, clock = FakeTransport(), ManualClock()
    policy = ReconnectPolicy(base_delay=30, max_delay=30)
    talk(fake, reconnect=policy, clock=clock, owner=heard.queue)
    fake.refuse_next(times=2)
    fake.drop()

    began = time.monotonic()
    for _ in range(3):
        heard.next("reconnecting")
        clock.advance(31)
    heard.next("reconnected")
    assert time.monotonic() - began < 5
    assert len(fake.connections) == 2


def test_a_server_that_takes_nothing_is_found_dead(talk, heard):
    """A stalled one gives no pong; what was not taken is sent on the next connection."""
    fake, clock = FakeTransport(), ManualClock()
    policy = ReconnectPolicy(base_delay=0, ping_after=10, dead_peer_after=30)
    session = talk(fake, reconnect=policy, clock=clock, owner=heard.queue)
    fake.stall()
    session.send_text("Are you there?")
    eventually(lambda: session.snapshot().mailbox == 0)  # nothing is owed before the session knows of it

    for _ in range(40):
        clock.advance(1)
        if len(fake.connections) > 1:
            break
        fake.settle()
    heard.next("reconnected")
    assert is_content(fake.wait_for(is_content))
    assert not any(is_content(message) for message in fake.connections[0].sent)


def test_what_piles_up_is_taken_after_a_stall(talk):
    """It was not lost."""
    fake = FakeTransport()
    session = talk(fake)
    fake.stall()
    session.send_text("waits")
    with pytest.raises(TimeoutError, match="no such message"):
        fake.wait_for(is_content, timeout=0.02)
    fake.unstall()

    fake.wait_for(is_content)


def test_a_close_code_reaches_the_program(talk):
    """With its reason."""
    fake = FakeTransport()
    session = talk(fake, reconnect=False)
    fake.close(1011, "Internal error encountered.")

    closed = session.wait(timeout=5)
    assert (closed.code, closed.reason) == (1011, "Internal error encountered.")
    assert isinstance(closed.error, ConnectionLost)
    assert fake.connection.close_reason == "Internal error encountered."


def test_a_reset_says_so(talk):
    """As on a socket."""
    fake = FakeTransport()
    session = talk(fake, reconnect=False)
    fake.drop(reset=True)

    assert "reset" in session.wait(timeout=5).reason


def test_the_sessions_own_close_is_seen(talk):
    """With its code and words."""
    fake = FakeTransport()
    talk(fake).close(code=3001, reason="done")

    assert (fake.connection.close_code, fake.connection.close_reason) == (3001, "done")


def test_a_setup_is_accepted_by_hand(start):
    """From another thread than the one that connects; what setupComplete says is the test's."""
    fake = FakeTransport(accept=False)
    opened = []
    session = start(fake, on_open=opened.append)
    with ThreadPoolExecutor(1) as pool:
        connecting = pool.submit(session.connect)
        setup = fake.accept(sessionId="s-1")
        connecting.result(5)

    assert setup["model"].endswith("12-2025")
    session.close()
    assert opened[0].session_id == "s-1"


def test_a_setup_is_refused_by_hand(start):
    """As the service does, with a close."""
    fake = FakeTransport(accept=False, respond=lambda connection, message: connection.close(1007, "no such model"))

    with pytest.raises(SetupError, match="no such model"):
        start(fake).connect()


def test_a_setup_that_does_not_come_is_waited_for_within_a_bound(start):
    """Both for the connection and for its setup."""
    fake = FakeTransport(accept=False)
    with pytest.raises(TimeoutError, match="1 connections"):
        fake.wait_for_connections(1, timeout=0.01)
    session = start(fake, connect_timeout=5)
    with ThreadPoolExecutor(1) as pool:
        connecting = pool.submit(session.connect)
        connection = fake.connection
        fake.wait_for(lambda message: "setup" in message)
        fake.close(1000)
        with pytest.raises(SetupError):
            connecting.result(5)
    assert "closed 1000" in repr(connection)


def test_accept_has_one_deadline_for_the_connection_and_its_setup():
    """Without a connection it says so after the seconds that it was given."""
    with pytest.raises(TimeoutError, match=r"no 1 connections within 0\.01 s"):
        FakeTransport(accept=False).accept(timeout=0.01)


def test_a_setup_that_was_never_sent_is_not_accepted():
    """The connection is there, and nothing comes on it."""
    fake = FakeTransport(accept=False)
    fake(ConnectRequest(url="wss://nowhere"), Attempt(Deadline.after(5), 5))

    with pytest.raises(TimeoutError, match="no setup"):
        fake.accept(0.01)
    assert fake.connection.setup is None


def test_an_upgrade_is_refused(start):
    """The error is the test's own, and the next attempt works."""
    fake = FakeTransport()
    fake.refuse_next(HandshakeError("busy", status=503))
    session = start(fake)

    with pytest.raises(HandshakeError, match="busy"):
        session.connect()
    session.connect()
    assert len(fake.connections) == 1


def test_an_attempt_fails_in_a_way_that_may_be_tried_again(start):
    """Unless the test says how."""
    fake = FakeTransport()
    fake.refuse_next()

    with pytest.raises(ConnectError) as caught:
        start(fake).connect()
    assert caught.value.retryable


def test_saying_something_on_a_connection_that_is_gone_is_an_error(talk):
    """A test that believes it was heard would wait in vain."""
    fake = FakeTransport()
    talk(fake).close()

    with pytest.raises(RuntimeError, match="connection 1 has ended"):
        fake.say({"serverContent": {}})
    fake.close()
    fake.drop()  # both harmless


def test_what_respond_raises_is_raised_by_the_test_that_waits(talk):
    """The session only sees its connection break."""

    def respond(connection, message):
        assert not is_content(message), "this was not to be asked"

    fake = FakeTransport(respond=respond)
    session = talk(fake, reconnect=False)
    session.send_text("Hello")

    assert "respond() raised AssertionError" in session.wait(timeout=5).reason
    with pytest.raises(AssertionError, match="not to be asked"):
        fake.wait_for(is_content)


def test_respond_may_answer_a_connection_that_has_just_ended(talk):
    """That nobody hears it is no fault of its own."""

    def respond(connection, message):
        if is_content(message):
            connection.drop()
            connection.answer("too late")

    fake = FakeTransport(respond=respond)
    session = talk(fake, reconnect=False)
    session.send_text("Hello")
    session.wait(timeout=5)

    assert fake.wait_for(is_content)


def test_text_and_bytes_are_said_as_they_are(talk, heard):
    """A test can say what no server should."""
    fake = FakeTransport()
    talk(fake, owner=heard.queue)
    fake.say("this is no JSON", b'{"serverContent": {"turnComplete": true}}')

    assert "JSON" in str(heard.next("error"))
    heard.next("turn_complete")


def test_a_repr_says_how_far_it_has_come(talk):
    """And shows no content."""
    fake = FakeTransport()
    talk(fake)

    assert repr(fake) == "<FakeTransport, 1 connections, 1 messages>"
    assert repr(fake.connection) == "<FakeConnection 1, open, 1 messages>"
