"""What goes out, in which form and order, and what happens when the network does not take it."""

from __future__ import annotations

import socket
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from gemini_live import (
    Blob,
    CallTimeout,
    ConfigError,
    Content,
    OutboxFullError,
    OutboxPolicy,
    Part,
    Session,
    SessionClosed,
    Turn,
)
from gemini_live.testing import FakeTransport
from gemini_live.testing.memory import MemoryTransport

from .conftest import TIMEOUT, Peer, eventually, park

PCM = b"\x01\x00\xff\xff" * 8
PCM_BASE64 = "AQD//wEA//8BAP//AQD//wEA//8BAP//AQD//wEA//8="


def collect(count):
    """Return a handler that accepts the setup and returns the next ``count`` messages."""

    def handle(peer: Peer):
        peer.accept()
        messages = [peer.receive() for _ in range(count)]
        peer.wait_closed()
        return messages

    return handle


SENDS = [
    (lambda s: s.send_text("hi"), {"clientContent": {"turns": [{"parts": [{"text": "hi"}], "role": "user"}], "turnComplete": True}}),
    (lambda s: s.send_text("hi", turn_complete=False), {"clientContent": {"turns": [{"parts": [{"text": "hi"}], "role": "user"}], "turnComplete": False}}),
    (lambda s: s.send_client_content(), {"clientContent": {"turnComplete": True}}),
    (lambda s: s.send_client_content([]), {"clientContent": {"turns": [], "turnComplete": True}}),
    (
        lambda s: s.send_client_content([{"role": "user", "parts": [{"text": "a"}]}, {"role": "model", "parts": [{"text": "b"}]}], turn_complete=False),
        {"clientContent": {"turns": [{"parts": [{"text": "a"}], "role": "user"}, {"parts": [{"text": "b"}], "role": "model"}], "turnComplete": False}},
    ),
    (lambda s: s.send_client_content(["a", "b"]), {"clientContent": {"turns": [{"parts": [{"text": "a"}], "role": "user"}, {"parts": [{"text": "b"}], "role": "user"}], "turnComplete": True}}),
    (
        lambda s: s.send_client_content([Part(text="look"), Blob(mime_type="image/png", data=b"\xff\xfe\xfb")]),
        {"clientContent": {"turns": [{"parts": [{"text": "look"}, {"inlineData": {"mimeType": "image/png", "data": "//77"}}], "role": "user"}], "turnComplete": True}},
    ),
    (lambda s: s.send_client_content(Content(parts=(Part(text="x"),))), {"clientContent": {"turns": [{"parts": [{"text": "x"}]}], "turnComplete": True}}),
    (lambda s: s.send_audio(PCM), {"realtimeInput": {"audio": {"mimeType": "audio/pcm;rate=16000", "data": PCM_BASE64}}}),
    (lambda s: s.send_audio(bytearray(PCM), rate=8000), {"realtimeInput": {"audio": {"mimeType": "audio/pcm;rate=8000", "data": PCM_BASE64}}}),
    (lambda s: s.send_realtime_input(audio={"data": PCM_BASE64, "mime_type": "audio/pcm"}), {"realtimeInput": {"audio": {"mimeType": "audio/pcm", "data": PCM_BASE64}}}),
    (lambda s: s.send_video(b"\xff\xd8"), {"realtimeInput": {"video": {"mimeType": "image/jpeg", "data": "/9g="}}}),
    (lambda s: s.send_realtime_text("now"), {"realtimeInput": {"text": "now"}}),
    (lambda s: s.send_audio_stream_end(), {"realtimeInput": {"audioStreamEnd": True}}),
]  # fmt: skip


def test_every_send_has_its_exact_form_on_the_wire(script, open_session):
    """Each sending method puts exactly one message on the wire, in camelCase, in the order of the calls."""
    server = script(collect(len(SENDS)))
    session = open_session(server)

    for send, _ in SENDS:
        send(session)

    session.close()
    assert server.result() == [expected for _, expected in SENDS]


def test_activity_marks_where_the_server_does_not_detect(script, open_session):
    """With automatic detection disabled activity() pairs start and end, also when its body raises."""
    server = script(collect(5))
    session = open_session(server, realtime_input_config={"automatic_activity_detection": {"disabled": True}})

    with pytest.raises(KeyError), session.activity():
        session.send_audio(PCM)
        raise KeyError
    session.send_activity_start()
    session.send_activity_end()

    session.close()
    assert [next(iter(message["realtimeInput"])) for message in server.result()] == [
        "activityStart",
        "audio",
        "activityEnd",
        "activityStart",
        "activityEnd",
    ]
    assert server.result()[0] == {"realtimeInput": {"activityStart": {}}}


def test_the_functional_form_works(script, open_session):
    """Methods may be called on the class with the session in front, as in the seeds."""
    server = script(collect(1))
    session = open_session(server)

    type(session).send_text(session, "hi")

    session.close()
    assert server.result()[0]["clientContent"]["turnComplete"] is True


def test_a_realtime_model_gets_its_text_as_realtime_input(script, open_session):
    """send_text chooses the transport that the model's family wants."""
    server = script(collect(1))
    session = open_session(server, model="gemini-3.1-flash-live-preview")

    session.send_text("hi")

    session.close()
    assert server.result() == [{"realtimeInput": {"text": "hi"}}]


@pytest.mark.parametrize(
    ("send", "match"),
    [
        (lambda s: s.send_text(5), "text"),
        (lambda s: s.send_text("half \ud800"), "surrogate"),
        (lambda s: s.send_text("x", turn_complete="yes"), "turn_complete"),
        (lambda s: s.send_client_content({"rolle": "user", "parts": []}), "rolle"),
        (lambda s: s.send_client_content(7), r"turns\[0\]"),
        (lambda s: s.send_realtime_input(), "exactly one"),
        (lambda s: s.send_realtime_input(text="a", activity_start=True), "exactly one"),
        (lambda s: s.send_realtime_input(audio={"data": b"", "mime_type": "image/png"}), "audio/"),
        (lambda s: s.send_realtime_input(audio={"mime_type": "audio/pcm"}), "data"),
        (lambda s: s.send_realtime_input(audio={"data": "no base64!", "mime_type": "audio/pcm"}), "base64"),
        (lambda s: s.send_video(b"x", mime_type="audio/pcm"), "image/"),
        (lambda s: s.send_audio("text"), "pcm"),
        (lambda s: s.send_audio(b"odd"), "whole 16-bit"),
        (lambda s: s.send_audio(b"", rate=-1), "rate"),
        (lambda s: s.send_activity_start(), "automatic"),
        (lambda s: s.send_activity_end(), "automatic"),
        (lambda s: s.stream_audio(b"odd"), "whole"),
        (lambda s: s.stream_audio(5), "source"),
        (lambda s: s.stream_audio(b"", chunk_ms=5), "chunk_ms"),
        (lambda s: s.mark_played(1, -1), "milliseconds"),
    ],
)
def test_what_the_server_would_refuse_is_refused_here(emulator, open_session, send, match):
    """A wrong argument is a ConfigError; nothing is sent and the session goes on."""
    session = open_session(emulator)

    with pytest.raises(ConfigError, match=match):
        send(session)

    assert session.ask("Still there?", timeout=TIMEOUT).complete


def test_the_end_of_the_stream_is_refused_where_activity_is_marked_by_hand(emulator, open_session):
    """audio_stream_end belongs to automatic detection; without it the error says what to send instead."""
    session = open_session(emulator, realtime_input_config={"automatic_activity_detection": {"disabled": True}})

    with pytest.raises(ConfigError, match="activity_end"):
        session.send_audio_stream_end()


def test_wait_returns_when_the_bytes_are_with_the_kernel(script, open_session):
    """wait=True comes back when the message was written, and the snapshot shows nothing waiting."""
    server = script(collect(1))
    session = open_session(server)

    session.send_text("hi", wait=True, timeout=TIMEOUT)

    shot = session.snapshot()
    assert (shot.outbox_messages, shot.outbox_bytes, shot.messages_sent) == (0, 0, 1)
    session.close()
    server.result()


def test_many_threads_may_send_and_each_keeps_its_order(script, open_session):
    """Messages of one thread arrive whole and in its order, whatever the others do."""
    threads, each = 8, 50
    server = script(collect(threads * each))
    session = open_session(server)
    barrier = threading.Barrier(threads)

    def send(number: int) -> None:
        barrier.wait(TIMEOUT)
        for index in range(each):
            session.send_text(f"{number}:{index}", turn_complete=False)

    workers = [threading.Thread(target=send, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(TIMEOUT)

    session.close()
    texts = [message["clientContent"]["turns"][0]["parts"][0]["text"].split(":") for message in server.result()]
    for number in range(threads):
        assert [int(index) for owner, index in texts if owner == str(number)] == list(range(each))


class Stalled:
    """A peer that completes the setup, then reads nothing more until it is let go."""

    def __init__(self, script) -> None:
        self.stalled, self.go = threading.Event(), threading.Event()
        self.server = script(self._handle, max_size=None)
        self.base_url = self.server.base_url

    def _handle(self, peer: Peer) -> None:
        peer.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        peer.accept()
        peer.connection.recv_messages.high = 0  # its reader thread stops at the next message
        peer.connection.recv_messages.low = 0
        self.stalled.set()
        self.go.wait(TIMEOUT * 3)
        peer.wait_closed()


def fill(session):
    """Send text until the kernel takes no more and the outbox is full for good; return the error that says so."""
    for _ in range(1000):
        try:
            session.send_text("x" * 2**17, turn_complete=False, timeout=0.2)
        except (OutboxFullError, CallTimeout) as error:
            eventually(lambda: session.snapshot().mailbox == 0)
            if session.snapshot().outbox_bytes > 2**19:
                return error
    raise AssertionError("the peer is not stalled")


def fill_with_audio(session):
    """Send sound until the kernel takes no more and the outbox is full of it for good."""
    for _ in range(100):
        for _ in range(100):
            session.send_audio(bytes(3200))
        eventually(lambda: session.snapshot().mailbox == 0)
        if session.snapshot().outbox_bytes > 2**19 and session.snapshot().dropped_messages:
            return
    raise AssertionError("the peer is not stalled")


@pytest.fixture
def stalled(script):
    """A peer that reads nothing."""
    peer = Stalled(script)
    yield peer
    peer.go.set()


def test_with_20_mb_queued_on_a_stalled_peer_nothing_freezes(stalled, open_session):
    """snapshot() answers at once and close(timeout=1) returns in time; what was not sent is given back."""
    closed = []
    session = open_session(stalled, outbox=OutboxPolicy(max_bytes=64 * 2**20), on_close=closed.append)
    assert stalled.stalled.wait(TIMEOUT)
    for _ in range(20):
        session.send_text("x" * 2**20, turn_complete=False)

    began = time.monotonic()
    shot = session.snapshot()
    snapped = time.monotonic() - began
    session.close(timeout=1)
    took = time.monotonic() - began

    assert snapped < 0.1
    assert shot.outbox_bytes > 10 * 2**20
    assert took < 1.9
    eventually(lambda: closed)  # the time was used up: on_close may run after close() has returned
    unsent = closed[0].unsent
    assert sum(message.size for message in unsent) > 10 * 2**20
    assert unsent[0].kind == "client_content"
    assert unsent[0].content["clientContent"]["turnComplete"] is False
    assert "xxxx" not in repr(unsent)


def test_beyond_the_bound_control_messages_are_refused(stalled, open_session):
    """Text past max_bytes raises OutboxFullError with the numbers, and what was accepted stays queued."""
    session = open_session(stalled, outbox=OutboxPolicy(max_bytes=2**20), close_timeout=0.2)
    assert stalled.stalled.wait(TIMEOUT)

    error = fill(session)

    assert error.max_bytes == 2**20 < error.queued_bytes
    assert 0 < session.snapshot().outbox_bytes <= 2**20
    stalled.go.set()  # or the end would wait for it


def test_a_message_larger_than_the_bound_is_refused_at_once(emulator, open_session):
    """What could never fit is refused even by a policy that blocks."""
    session = open_session(emulator, outbox=OutboxPolicy(max_bytes=1000, block=True))

    with pytest.raises(OutboxFullError):
        session.send_text("x" * 2000)


def test_a_blocking_outbox_waits_for_room(stalled, open_session):
    """With block=True a send waits until the peer reads again; with a timeout it gives up."""
    session = open_session(stalled, outbox=OutboxPolicy(max_bytes=2**20, block=True), close_timeout=1)
    assert stalled.stalled.wait(TIMEOUT)
    assert isinstance(fill(session), CallTimeout)
    done = threading.Event()

    def send() -> None:
        session.send_text("x" * 2**19, turn_complete=False)
        done.set()

    thread = threading.Thread(target=send)
    thread.start()
    stalled.go.set()

    assert done.wait(TIMEOUT)
    thread.join(TIMEOUT)


def test_the_end_lets_a_blocked_sender_out(stalled, open_session):
    """A sender that waits for room hears of the session's end instead of waiting for ever."""
    session = open_session(stalled, outbox=OutboxPolicy(max_bytes=2**20, block=True))
    assert stalled.stalled.wait(TIMEOUT)
    assert isinstance(fill(session), CallTimeout)
    errors = []

    def send() -> None:
        try:
            session.send_text("x" * 2**19, turn_complete=False)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    eventually(lambda: session.snapshot().waiting_senders == 1)
    session.close(timeout=0.3)
    thread.join(TIMEOUT)

    assert isinstance(errors[0], SessionClosed)


def test_audio_that_is_larger_than_the_bound_is_dropped_whether_or_not_anything_waits(heard):
    """And told; a text of that size is refused."""
    fake = FakeTransport()
    with Session.open(
        model="gemini-3.1-flash-live-preview",
        api_key="k",
        transport=fake,
        outbox=OutboxPolicy(max_bytes=1000),
        **heard.hooks("overflow"),
    ) as session:
        session.send_audio(bytes(3200))
        assert heard.wait("overflow").dropped_messages == 1
        with pytest.raises(OutboxFullError):
            session.send_text("x" * 1000)
        session.send_text("small", wait=True, timeout=TIMEOUT)
        assert ["small" in str(message) for message in fake.connection.sent[1:]] == [True]


def test_nothing_overtakes_what_waits(monkeypatch):
    """Not even when the network takes messages again, and nobody has looked at those that wait."""
    held = {"bytes": 0}
    fake = FakeTransport()
    with Session.open(model="gemini-3.1-flash-live-preview", api_key="k", transport=fake) as session:
        monkeypatch.setattr(MemoryTransport, "buffered", property(lambda self: held["bytes"] or self._buffered))
        held["bytes"] = 100_000
        session.send_text("first", turn_complete=False)
        eventually(lambda: session.snapshot().mailbox == 0 and session.snapshot().outbox_messages == 1)
        held["bytes"] = 0
        session.send_text("second", turn_complete=False, wait=True, timeout=TIMEOUT)
        said = [str(message) for message in fake.connection.sent[1:]]
    assert ["first" in said[0], "second" in said[1]] == [True, True]


def test_realtime_audio_drops_its_oldest_and_says_so_once(stalled, open_session, heard):
    """Audio past the bound goes oldest first, text stays, and on_overflow tells once what was dropped."""
    session = open_session(
        stalled, outbox=OutboxPolicy(max_bytes=2**20), close_timeout=0.3, **heard.hooks("overflow", "close")
    )
    assert stalled.stalled.wait(TIMEOUT)
    session.send_text("keep me", turn_complete=False)
    for _ in range(3000):
        session.send_audio(bytes(3200))

    session.close()

    overflow = heard.wait("overflow")
    shot = session.snapshot()
    assert (overflow.kind, len(heard.values("overflow"))) == ("audio", 1)
    assert overflow.dropped_messages == shot.dropped_messages > 100
    assert overflow.dropped_bytes == shot.dropped_bytes


def test_sends_that_wait_are_told_when_the_session_ends_first(stalled, open_session):
    """wait=True raises SessionClosed, with the message in unsent, if the bytes never went out."""
    session = open_session(stalled, outbox=OutboxPolicy(max_bytes=64 * 2**20))
    assert stalled.stalled.wait(TIMEOUT)
    for _ in range(30):
        session.send_text("x" * 2**20, turn_complete=False)
    errors = []

    def send() -> None:
        try:
            session.send_text("last", wait=True)
        except BaseException as error:
            errors.append(error)

    eventually(lambda: session.snapshot().mailbox == 0)
    before = session.snapshot().outbox_messages
    thread = threading.Thread(target=send)
    thread.start()
    eventually(lambda: session.snapshot().outbox_messages > before)

    session.close(timeout=0.3)
    thread.join(TIMEOUT)

    assert isinstance(errors[0], SessionClosed)


def test_close_sends_what_is_queued_first(script, open_session):
    """What was accepted before close() is on the wire before the close frame."""
    server = script(collect(100))
    session = open_session(server)

    for index in range(100):
        session.send_text(str(index), turn_complete=False)
    session.close()

    assert len(server.result()) == 100


def test_marking_what_was_played_reaches_the_turn(emulator, open_session):
    """mark_played gives back the turn with the mark; what was probably heard follows from it."""
    session = open_session(emulator, output_audio_transcription={})
    turn = session.ask("one two three four five six seven eight nine ten", timeout=TIMEOUT)

    marked = session.mark_played(turn, turn.received_ms / 2)

    assert isinstance(marked, Turn)
    assert marked.played_ms == turn.received_ms / 2
    assert 0 < len(marked.heard_text) < len(turn.output_transcript)
    assert turn.output_transcript.startswith(marked.heard_text)
    assert session.mark_played(turn.number, 0) is None


def test_a_dropped_message_that_is_waited_for_says_so():
    """send_audio(wait=True) whose audio had to go raises OutboxFullError instead of waiting for ever."""
    fake = FakeTransport()
    options = {"model": "gemini-3.8-live", "api_key": "any", "transport": fake, "close_timeout": 0.3}
    with Session.open(**options, outbox=OutboxPolicy(max_bytes=2**20)) as session:
        fake.stall()  # a kernel may take some more at any moment, and what it is being given is not dropped any more
        fill_with_audio(session)
        errors = []

        def send() -> None:
            try:
                session.send_audio(bytes(3200), wait=True)
            except BaseException as error:
                errors.append(error)

        thread = park(send)
        for _ in range(500):
            session.send_audio(bytes(3200))

        thread.join(TIMEOUT)
        assert isinstance(errors[0], OutboxFullError)
        fake.unstall()


def test_realtime_audio_takes_no_room_from_text(stalled, open_session):
    """With the outbox full of audio a text is accepted, and audio goes for it."""
    session = open_session(stalled, outbox=OutboxPolicy(max_bytes=2**20), close_timeout=0.3)
    assert stalled.stalled.wait(TIMEOUT)
    fill_with_audio(session)

    for _ in range(100):
        session.send_text("x" * 5000, turn_complete=False)

    eventually(lambda: session.snapshot().mailbox == 0)
    session.close()
    kinds = [message.kind for message in session.closed.unsent]
    assert kinds.count("client_content") == 100


@pytest.mark.parametrize(
    ("call", "path"),
    [
        (lambda s: s.mark_played([1], 5.0), "turn"),
        (lambda s: s.close(reason=5), "reason"),
        (lambda s: s.close(reason="x" * 124), "reason"),
        (lambda s: s.close(code=1000.0), "code"),
        (lambda s: s.close(code="1000"), "code"),
        (lambda s: s.close(timeout="soon"), "timeout"),
        (lambda s: s.wait("x"), "timeout"),
        (lambda s: s.wait_for_turn(-1), "timeout"),
        (lambda s: s.send_text("x", wait=True, timeout="y"), "timeout"),
        (lambda s: s.ask("x", timeout=0), "timeout"),
        (lambda s: s.expect(timeout=None), "timeout"),
    ],
)
def test_a_wrong_argument_never_reaches_the_session_s_thread(emulator, open_session, call, path):
    """Arguments of the wrong kind are ConfigErrors of the caller; the session goes on."""
    session = open_session(emulator)

    with pytest.raises(ConfigError) as caught:
        call(session)

    assert caught.value.path == path
    assert session.ask("Still there?", timeout=TIMEOUT).complete


@contextmanager
def busy(fake, **options):
    """Open a session whose own thread is held in a callback, and yield it with a function that lets it go."""
    held, go = threading.Event(), threading.Event()

    def hold(message):
        if message.server_content:
            held.set()
            assert go.wait(TIMEOUT)

    options = {"model": "gemini-3.8-live", "api_key": "any", "transport": fake, "dispatch": "inline", **options}
    with Session.open(**options, on_message=hold) as session:
        fake.say({"serverContent": {"turnComplete": True}})
        assert held.wait(TIMEOUT)
        try:
            yield session, go.set
        finally:
            go.set()


def test_who_is_far_ahead_of_the_session_lets_it_have_its_turn(monkeypatch):
    """Now and then, and never while the session keeps up: else it would have to wait for the interpreter."""
    turns = []
    monkeypatch.setattr(
        "gemini_live.session.core.let_others_run", lambda: turns.append(session.snapshot().outbox_messages)
    )

    with busy(FakeTransport()) as (session, go):
        for _ in range(200):
            session.send_audio(bytes(640))
        assert turns == [60, 120, 180]
        go()
        eventually(lambda: not session.snapshot().outbox_messages)
        for _ in range(200):
            session.send_audio(bytes(640), wait=True, timeout=TIMEOUT)
    assert len(turns) == 3


def test_questions_that_come_at_once_go_out_together(monkeypatch):
    """Only one that comes alone is hurried: several are written in fewer pieces."""
    written, service = [], MemoryTransport.service

    def noted(self, ready=None):
        if self.buffered:
            written.append(self.buffered)
        return service(self, ready)

    with busy(FakeTransport()) as (session, go):
        for _ in range(5):
            session.send_client_content("Hello?")
        waiting = session.snapshot().outbox_bytes
        monkeypatch.setattr(MemoryTransport, "service", noted)
        go()
        session.send_audio(bytes(640), wait=True, timeout=TIMEOUT)
    assert written[0] >= waiting


def test_what_was_dropped_is_told_when_a_question_ends_the_congestion(heard):
    """And not only with the next thing that the server says, however late that comes."""
    taking, held, go = threading.Event(), threading.Event(), threading.Event()

    def respond(connection, message):
        if taking.is_set() and not held.is_set():  # the first piece that the network takes again
            held.set()
            assert go.wait(TIMEOUT)

    fake = FakeTransport(respond=respond)
    options = {"model": "gemini-3.8-live", "api_key": "any", "transport": fake}
    with Session.open(**options, outbox=OutboxPolicy(max_bytes=20_000), **heard.hooks("overflow")) as session:
        fake.stall()
        for _ in range(14):
            session.send_audio(bytes(6_000))
        eventually(lambda: session.snapshot().dropped_messages and not session.snapshot().mailbox)
        taking.set()
        fake.unstall()
        assert held.wait(TIMEOUT)
        session.send_client_content("x" * 12_000)
        go.set()
        assert heard.wait("overflow").dropped_messages


def test_sound_that_comes_at_once_is_not_dropped_while_the_network_takes_it():
    """Much more than the bound, faster than the session's thread looks: what fits goes out first."""
    fake = FakeTransport()
    with busy(fake, outbox=OutboxPolicy(max_bytes=10_000)) as (session, go):
        for _ in range(5):
            session.send_audio(bytes(3_000))
        go()
        session.send_text("done", wait=True, timeout=TIMEOUT)
        assert session.snapshot().dropped_messages == 0
    assert sum("realtimeInput" in message and "audio" in message["realtimeInput"] for message in fake.sent) == 5


SIGNALLED = {
    "text": lambda session: session.send_text("outer"),
    "audio": lambda session: session.send_audio(bytes(640)),
    "a tool's answer": lambda session: session.send_tool_response({"id": "1", "name": "f", "response": {}}),
}


@pytest.mark.parametrize("send", SIGNALLED.values(), ids=SIGNALLED)
def test_a_signal_in_the_middle_of_a_send_may_wait_for_the_session(emulator, open_session, send):
    """Handlers run where a function begins; one that waits, as one that closes the session does, is not waited for."""
    session = open_session(emulator)
    fired, at = True, 0
    while fired:
        left, fired = at, False

        def handle(frame, event, argument):
            nonlocal left, fired
            if not fired and "gemini_live" in frame.f_code.co_filename:
                fired = not left
                left -= 1
                if fired:
                    session.send_audio(bytes(320), wait=True, timeout=TIMEOUT)

        before = sys.gettrace()
        sys.settrace(handle)
        try:
            send(session)
        finally:
            sys.settrace(before)
        at += 1
    assert at > 10, "the signals did not come"
