"""Asking, expecting, receiving, and waiting for the end."""

from __future__ import annotations

import gc
import threading
import time
from concurrent.futures import Executor, Future
from pathlib import Path

import pytest

import gemini_live.cli
from gemini_live import ConfigError, ConnectionLost, GeminiLiveError, Session, SessionClosed, TurnTimeout
from gemini_live.audio import read_wav
from gemini_live.testing import FakeTransport

from .conftest import TIMEOUT, Peer

SPEECH = Path(gemini_live.cli.__file__).with_name("speech.wav")
TRANSCRIBED = {"input_audio_transcription": {}, "output_audio_transcription": {}}


def text(words):
    """Return a message with a piece of the output transcript."""
    return {"serverContent": {"outputTranscription": {"text": words}}}


DONE = {
    "serverContent": {"turnComplete": True},
    "usageMetadata": {"promptTokenCount": 5, "responseTokenCount": 2, "totalTokenCount": 7},
}


def answer(*groups):
    """Return a handler that answers each message with the next group of messages."""

    def handle(peer: Peer) -> None:
        peer.accept()
        for messages in groups:
            peer.receive()
            peer.say(*messages)
        peer.wait_closed()

    return handle


def test_ask_returns_the_whole_turn(emulator, open_session):
    """ask() sends text and gives back words, speech, usage and times of the answer."""
    session = open_session(emulator, **TRANSCRIBED)

    turn = session.ask("Hello there", timeout=TIMEOUT)

    assert (turn.number, turn.complete, turn.interrupted) == (1, True, False)
    assert "Hello there" in turn.output_transcript
    assert len(turn.audio) == round(turn.received_ms * 24) * 2
    assert any(turn.audio)
    assert turn.usage.total_token_count > 0
    timing = turn.timing
    assert 0 <= timing.first_audio_ms <= timing.generation_ms <= timing.total_ms
    assert timing.first_text_ms >= 0
    assert session.snapshot().usage.turns == 1
    assert session.snapshot().usage.total_tokens == turn.usage.total_token_count


def test_ask_takes_speech_as_well(emulator, open_session):
    """ask(audio=…) sends PCM and its end, and gives back the answer with both transcripts."""
    session = open_session(emulator, **TRANSCRIBED)

    turn = session.ask(audio=read_wav(SPEECH).pcm, timeout=TIMEOUT)

    assert "seconds of speech" in turn.input_transcript
    assert turn.received_ms > 1000


def test_ask_marks_the_activity_where_the_server_does_not_detect(emulator, open_session):
    """With automatic detection disabled ask(audio=…) brings its own activity marks."""
    session = open_session(
        emulator, realtime_input_config={"automatic_activity_detection": {"disabled": True}}, **TRANSCRIBED
    )

    assert session.ask(audio=read_wav(SPEECH).pcm, timeout=TIMEOUT).received_ms > 1000


@pytest.mark.parametrize(
    "arguments", [{}, {"text": "a", "audio": b""}, {"text": "x", "timeout": -1}, {"audio": "words"}]
)
def test_ask_refuses_what_makes_no_sense(emulator, open_session, arguments):
    """Neither or both of text and audio, a bad timeout, and words as audio are ConfigErrors."""
    with pytest.raises(ConfigError):
        open_session(emulator).ask(**arguments)


def test_ask_gives_up_after_its_timeout(script, open_session):
    """Without an answer ask() raises TurnTimeout, and the next ask() is not confused by the late one."""

    def handle(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.receive()
        peer.say(text("late"), DONE, text("right"), DONE)
        peer.wait_closed()

    session = open_session(script(handle))
    with pytest.raises(TurnTimeout) as caught:
        session.ask("one", timeout=0.2)

    turn = session.ask("two", timeout=TIMEOUT)

    assert caught.value.seconds == 0.2
    assert (turn.number, turn.output_transcript) == (2, "right")


def test_a_second_ask_waits_for_the_first(script, open_session):
    """Two threads that ask get each its own answer, and one that may not wait so long is told."""
    asked = threading.Event()
    go = threading.Event()

    def handle(peer: Peer) -> None:
        peer.accept()
        for number in range(2):
            words = peer.receive()["clientContent"]["turns"][0]["parts"][0]["text"]
            if number == 0:
                asked.set()
                assert go.wait(TIMEOUT)
            peer.say(text(f"to {words}"), DONE)
        peer.wait_closed()

    session = open_session(script(handle))
    answers = {}
    first = threading.Thread(target=lambda: answers.update(one=session.ask("one", timeout=TIMEOUT).output_transcript))
    first.start()
    assert asked.wait(TIMEOUT)
    with pytest.raises(TurnTimeout):
        session.ask("impatient", timeout=0.1)
    second = threading.Thread(target=lambda: answers.update(two=session.ask("two", timeout=TIMEOUT).output_transcript))
    second.start()
    go.set()
    first.join(TIMEOUT)
    second.join(TIMEOUT)

    assert answers == {"one": "to one", "two": "to two"}


def test_a_turn_without_content_resolves_the_wait(script, open_session):
    """A turnComplete with nothing before it, as after a refusal, ends ask() with an empty turn and the reason."""
    server = script(answer([{"serverContent": {"turnComplete": True, "turnCompleteReason": "RESPONSE_REJECTED"}}]))

    turn = open_session(server).ask("something", timeout=TIMEOUT)

    assert (turn.text, turn.audio, turn.reason) == ("", b"", "RESPONSE_REJECTED")


def test_a_lost_connection_raises_in_ask_with_its_code(script, open_session, heard):
    """A close in the middle of an answer ends ask() with ConnectionLost: code, words, verdict and history."""

    def handle(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.say(text("I was about"))
        peer.connection.close(1011, "Deadline expired before operation could complete.")

    session = open_session(script(handle), reconnect=False, **heard.hooks("error", "close"))

    with pytest.raises(ConnectionLost) as caught:
        session.ask("go", timeout=TIMEOUT)

    error = caught.value
    assert (error.code, error.reason) == (1011, "Deadline expired before operation could complete.")
    assert (error.phase, error.retryable) == ("session", True)
    assert error.history[-1].detail.endswith("closed") or any(entry.code == 1011 for entry in error.history)
    closed = heard.wait("close")
    assert (closed.by, closed.code, closed.clean) == ("server", 1011, True)
    assert isinstance(closed.error, ConnectionLost)
    assert heard.events[-1][0] == "close"
    assert len(heard.values("close")) == 1
    with pytest.raises(SessionClosed) as after:
        session.send_text("more")
    assert isinstance(after.value.__cause__, ConnectionLost)


def test_a_reset_connection_is_an_error_of_code_1006(emulator, open_session, heard):
    """A TCP reset ends the session by error, with 1006 and what happened."""
    session = open_session(emulator, reconnect=False, **heard.hooks("close"))

    emulator.drop_all()
    closed = session.wait(TIMEOUT)

    assert (closed.by, closed.code, closed.clean) == ("error", 1006, False)
    assert isinstance(closed.error, ConnectionLost)
    assert closed.error.retryable
    assert heard.wait("close") == closed
    with pytest.raises(SessionClosed):
        session.ask("go", timeout=TIMEOUT)


def test_a_server_that_ends_well_is_no_error(script, open_session, heard):
    """A close with 1000 ends the session by the server, cleanly and without an error."""

    def handle(peer: Peer) -> None:
        peer.accept()
        peer.connection.close(1000, "bye")

    session = open_session(script(handle), reconnect=False, **heard.hooks("close", "error"))

    closed = session.wait(TIMEOUT)

    assert (closed.by, closed.code, closed.reason, closed.error) == ("server", 1000, "bye", None)
    assert heard.wait("close") == closed
    assert not heard.values("error")


def test_expect_arms_before_the_send(emulator, open_session):
    """The turn that answers what the block sends is there after the block, however fast it came."""
    session = open_session(emulator, output_audio_transcription={})

    with session.expect(timeout=TIMEOUT) as turn:
        with pytest.raises(GeminiLiveError, match="with block"):
            turn.value
        session.send_text("Hello")

    assert "Hello" in turn.output_transcript
    assert turn.value.complete
    assert "Hello" in repr(turn)
    with pytest.raises(AttributeError):
        turn.no_such_thing


def test_expect_takes_an_answer_that_came_before_the_block_ended(script, open_session, heard):
    """An answer that was over before the block was is not waited for again."""
    session = open_session(script(answer([text("quick"), DONE])), **heard.hooks("turn_complete"))

    with session.expect(timeout=1) as turn:
        session.send_text("go")
        heard.wait("turn_complete")

    assert turn.output_transcript == "quick"


def test_expect_takes_an_answer_that_the_end_of_the_session_follows(script, open_session, heard):
    """When the server answers and closes at once, the answer is there."""

    def handle(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.say(text("last words"), DONE)
        peer.connection.close(1000)

    session = open_session(script(handle), reconnect=False, **heard.hooks("close"))

    with session.expect(timeout=TIMEOUT) as turn:
        session.send_text("go")
        heard.wait("close")

    assert turn.output_transcript == "last words"


def test_expect_takes_the_answer_to_its_own_thread_s_request(emulator, open_session, heard):
    """Another thread's request inside the block is not what is waited for."""
    session = open_session(emulator, output_audio_transcription={}, **heard.hooks("turn_complete"))

    with session.expect(timeout=TIMEOUT) as turn:
        session.send_text("alpha")
        heard.wait("turn_complete")
        other = threading.Thread(target=lambda: session.ask("beta", timeout=TIMEOUT))
        other.start()
        other.join(TIMEOUT)

    assert "alpha" in turn.output_transcript


def test_ask_with_a_pause_in_the_speech_takes_the_whole_answer(emulator, open_session):
    """Speech that the server hears as two turns is answered by the last; the first was cut by the rest of it."""
    session = open_session(emulator, output_audio_transcription={})
    speech = read_wav(SPEECH).pcm

    turn = session.ask(audio=speech + bytes(32_000 * 2) + speech, timeout=TIMEOUT)

    assert not turn.interrupted
    assert "Here it is again" in turn.output_transcript


def test_iterators_that_are_dropped_are_forgotten(script, open_session):
    """events() and receive() that nobody iterates over cost nothing once they are gone."""
    session = open_session(script(answer([text("a"), DONE])))

    iterators = [session.events() for _ in range(3)] + [session.receive() for _ in range(3)]
    kept = session.events()
    del iterators
    gc.collect()

    session.send_text("go")
    assert next(kept).name == "raw_message"
    assert session.snapshot().listeners == 1


def test_expect_lets_exceptions_through(emulator, open_session):
    """A block that raises is not waited for."""
    session = open_session(emulator)

    with pytest.raises(KeyError), session.expect(timeout=60):
        raise KeyError


def test_expect_gives_up_after_its_timeout(script, open_session):
    """At the end of the block a turn that does not end in time is a TurnTimeout."""
    session = open_session(script(answer([])))

    with pytest.raises(TurnTimeout), session.expect(timeout=0.2):
        session.send_text("go")


def test_wait_for_turn_takes_the_next_that_ends(script, open_session):
    """wait_for_turn returns the next turn after the call, or times out, or tells of the end."""
    go = threading.Event()

    def handle(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        assert go.wait(TIMEOUT)
        peer.say(text("unasked"), DONE)
        peer.wait_closed()

    session = open_session(script(handle))
    with pytest.raises(TurnTimeout):
        session.wait_for_turn(0.1)
    session.send_text("go", turn_complete=False)
    threading.Timer(0.05, go.set).start()

    assert session.wait_for_turn(TIMEOUT).output_transcript == "unasked"
    session.close()
    with pytest.raises(SessionClosed):
        session.wait_for_turn(TIMEOUT)


def test_receive_yields_the_messages_of_one_exchange(script, open_session, heard):
    """receive() ends with the turn, begins with what came since the request, and works again for the next."""
    session = open_session(
        script(answer([text("a"), text("b"), DONE], [text("c"), DONE])), **heard.hooks("turn_complete")
    )

    session.send_text("one")
    heard.wait("turn_complete", 1)  # all of it has come before receive() is called
    first = [message.raw for message in session.receive()]
    session.send_text("two")
    second = [message.raw for message in session.receive()]

    assert first == [text("a"), text("b"), DONE]
    assert second == [text("c"), DONE]


@pytest.mark.parametrize("when", ["before", "after"])
def test_receive_yields_speech_as_it_came(script, open_session, heard, when):
    """However its base64 is written, and what is no speech behind it; also where only a callback heard it at first."""
    gate = threading.Event()

    def spoken(data):
        return {"serverContent": {"modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm", "data": data}}]}}}

    said = [spoken("AAECAwQF"), spoken("AAECAwR="), spoken("AAECAw"), spoken("AA-_"), spoken(""), text("words"), DONE]

    def handle(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        assert gate.wait(TIMEOUT)
        peer.say(*said)
        peer.wait_closed()

    session = open_session(script(handle), **heard.hooks("audio", "turn_complete"))
    session.send_text("Speak.")
    iterator = session.receive() if when == "before" else None
    gate.set()
    heard.wait("turn_complete")
    messages = list(iterator or session.receive())

    assert [message.raw for message in messages] == said
    assert [chunk.data for chunk in heard.values("audio")] == [
        b"\0\1\2\3\4\5",
        b"\0\1\2\3\4",
        b"\0\1\2\3",
        b"\0\x0f\xbf",
        b"",
    ]


def word(words):
    """Return a message that is nothing but a piece of the model's text."""
    return {"serverContent": {"modelTurn": {"parts": [{"text": words}]}}}


class AtOnce(Executor):
    """Runs what it is given while it is given, on another thread."""

    def submit(self, function, /, *arguments, **keywords):
        future = Future()
        thread = threading.Thread(target=lambda: future.set_result(function(*arguments, **keywords)))
        thread.start()
        thread.join(TIMEOUT)
        return future


def test_receive_begun_in_a_callback_begins_with_what_that_heard():
    """Not with the turn before, which nobody has asked for: a voice conversation has no requests."""
    fake, begun = FakeTransport(), []

    def on_text(words):
        if words == "second":
            begun.append(session.receive())

    options = {"model": "gemini-3.8-live", "api_key": "any", "transport": fake, "dispatch": AtOnce()}
    with Session.open(**options, on_text=on_text) as session:
        fake.say(word("first"), DONE)
        fake.settle()
        fake.say(word("second"), word("more"), DONE)
        fake.settle()
        assert [message.raw for message in begun[0]] == [word("second"), word("more"), DONE]


def test_what_a_callback_heard_before_it_asked_belongs_to_the_turn_before():
    """The messages of the exchange that it begins are those that come afterwards."""
    fake, asked = FakeTransport(), []

    def on_text(words):
        if words == "first":
            asked.append(session.send_client_content("And then?"))

    options = {"model": "gemini-3.8-live", "api_key": "any", "transport": fake, "dispatch": "inline"}
    with Session.open(**options, on_text=on_text) as session:
        session.send_client_content("Begin.")
        fake.wait_for(lambda message: "Begin" in str(message))
        fake.say(word("first"))
        fake.wait_for(lambda message: "And then" in str(message))
        fake.say({"serverContent": {"interrupted": True}}, DONE)
        fake.say(word("second"), DONE)
        fake.settle()
        assert word("first") not in [message.raw for message in session.receive()]


def test_receive_is_not_ended_by_the_turn_before(script, open_session):
    """A late end of an earlier answer does not end the messages of the present request."""

    def handle(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.say(text("old"))
        peer.receive()
        peer.say({"serverContent": {"interrupted": True}}, DONE, text("new"), DONE)
        peer.wait_closed()

    session = open_session(script(handle))
    session.send_text("one")
    iterator = session.receive()
    assert next(iterator).raw == text("old")
    session.send_text("two")

    words = [
        m.server_content.output_transcription.text for m in session.receive() if m.server_content.output_transcription
    ]

    assert words[-1] == "new"
    iterator.close()


def test_expect_takes_the_answer_and_not_the_turn_that_speech_cuts(emulator, open_session, heard):
    """Speech sent inside expect() while the model speaks is answered by the turn after the one it cuts."""
    session = open_session(emulator, output_audio_transcription={}, **heard.hooks("audio"))
    session.send_text("Please tell me a long story.")
    heard.wait("audio")

    with session.expect(timeout=TIMEOUT) as turn:
        session.stream_audio(SPEECH, realtime=False)

    assert (turn.number, turn.interrupted) == (2, False)
    assert "speech" in turn.output_transcript


def test_receive_raises_what_ended_the_connection(script, open_session):
    """A connection lost in the middle of an exchange is raised by the iterator."""

    def handle(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.say(text("half"))
        peer.connection.close(1011, "Internal error encountered.")

    session = open_session(script(handle), reconnect=False)
    session.send_text("go")

    with pytest.raises(ConnectionLost):
        list(session.receive())
    with pytest.raises(ConnectionLost):
        list(session.receive())


def test_events_span_the_session(script, open_session):
    """events() yields everything callbacks could hear and ends with the session."""
    session = open_session(script(answer([text("a"), DONE])))
    events = session.events()

    session.send_text("go")
    seen = []
    for event in events:
        seen.append(event.name)
        if event.name == "turn_complete":
            session.close()

    assert seen == [
        *("raw_message", "message", "transcription"),
        *("raw_message", "message", "transcription", "usage", "turn_complete", "close"),
    ]
    assert list(session.events()) == []


def test_events_raise_what_ended_the_session(script, open_session):
    """An abnormal end is raised at the end of events()."""

    def handle(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.connection.close(1011, "Internal error encountered.")

    session = open_session(script(handle), reconnect=False)
    events = session.events()
    session.send_text("go")
    seen = []

    with pytest.raises(ConnectionLost):
        for event in events:
            seen.append(event.name)

    assert seen == ["error", "close"]


def test_wait_returns_none_while_the_session_goes_on(emulator, open_session):
    """wait(timeout) is None before the end and the Closed value after it."""
    session = open_session(emulator)

    assert session.wait(0.05) is None
    session.close()
    assert session.wait(0.05) == session.closed
    assert session.closed.by == "user"


def test_run_connects_waits_and_returns_how_it_ended(script, make):
    """run() is connect and wait in one."""

    def handle(peer: Peer) -> None:
        peer.accept()
        peer.connection.close(1000)

    assert make(script(handle), reconnect=False).run().by == "server"


def test_run_closes_cleanly_on_ctrl_c(emulator, make, monkeypatch):
    """A KeyboardInterrupt while run() waits closes the session and returns how it ended."""
    session = make(emulator)
    real = session.wait
    calls = []

    def interrupted(timeout=None):
        if not calls:
            calls.append(timeout)
            raise KeyboardInterrupt
        return real(timeout)

    monkeypatch.setattr(session, "wait", interrupted)

    closed = session.run()

    assert (closed.by, closed.clean) == ("user", True)


def test_an_answer_is_interrupted_by_the_next_request(emulator, open_session, heard):
    """A new request cuts a long answer short: the first turn says so and the second has its own answer."""
    session = open_session(
        emulator, output_audio_transcription={}, **heard.hooks("interrupted", "turn_complete", "audio")
    )
    session.send_text("Tell me a long story, please.")
    heard.wait("audio")

    turn = session.ask("Hello", timeout=TIMEOUT)

    assert "Hello" in turn.output_transcript
    assert turn.number == 2
    assert heard.wait("turn_complete", 1).number == 1


def test_a_fast_server_cannot_outrun_a_waiter(script, open_session):
    """Hundreds of immediate answers are each matched with their question."""
    count = 300

    def handle(peer: Peer) -> None:
        peer.accept()
        for _ in range(count):
            words = peer.receive()["clientContent"]["turns"][0]["parts"][0]["text"]
            peer.say(text(words), DONE)
        peer.wait_closed()

    session = open_session(script(handle))
    began = time.monotonic()

    for index in range(count):
        assert session.ask(str(index), timeout=TIMEOUT).output_transcript == str(index)

    assert session.snapshot().usage.turns == count
    assert time.monotonic() - began < 30


def test_messages_that_come_while_one_iterates_are_whole():
    """Words and sound as well, whether or not anything else in the program hears of messages."""
    fake = FakeTransport()
    words = {"serverContent": {"modelTurn": {"parts": [{"text": "words"}]}}}
    with Session.open(model="gemini-3.8-live", api_key="any", transport=fake) as session:
        session.send_text("Hello", wait=True, timeout=TIMEOUT)
        messages = session.receive()
        fake.say(words)
        first = next(messages)
        fake.say(words, {"serverContent": {"turnComplete": True}})
        assert [first.text, *(message.text for message in messages)] == ["words", "words", None]
