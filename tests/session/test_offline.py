"""Sends while there is no connection: queued, bounded, in order, and told."""

from __future__ import annotations

import base64
import threading
import tracemalloc

import pytest

from gemini_live import OutboxFullError, OutboxPolicy, SessionClosed

from .conftest import AT_ONCE, TIMEOUT, chain, eventually, park, words_in
from .peers import give_and_drop, take_and_drop

SECOND = 32_000  # bytes of 16 kHz PCM


class Outage:
    """A server whose first connection is dropped, and whose second completes its setup when the test says so."""

    def __init__(self, script, heard, until="end"):
        self._gate = threading.Event()
        self._until = until
        self._heard = heard
        self.messages = []
        self.server = script(chain(give_and_drop, self._second))

    def _second(self, peer):
        peer.accept(self._gate)
        while True:
            message = peer.receive()
            if "clientContent" in message and words_in(message) == [self._until]:
                break
            self.messages.append(message)
        peer.wait_closed()

    def begin(self, make, **options):
        """Return a session that is being reconnected."""
        hooks = self._heard.hooks("reconnecting", "reconnected", "overflow", "error")
        session = make(self.server, reconnect=AT_ONCE, **hooks, **options)
        session.connect()
        self._heard.wait("reconnecting")
        eventually(lambda: session.status == "reconnecting" and len(self.server.requests) == 2)
        return session

    def release(self):
        """Let the server's side end."""
        self._gate.set()

    def mend(self, session):
        """Let it reconnect, and send what waits."""
        eventually(lambda: session.snapshot().mailbox == 0)  # what comes later is not sent offline
        self._gate.set()
        self._heard.wait("reconnected")
        eventually(lambda: session.snapshot().outbox_messages == 0)

    def end(self, session):
        """Do that, and return what came."""
        self.mend(session)
        session.send_text(self._until)
        session.close()
        self.server.result(1)
        return self.messages


@pytest.fixture
def outage(script, heard):
    """See :class:`Outage`."""
    return Outage(script, heard)


def audio_in(messages):
    """Return the PCM in some messages."""
    return b"".join(
        base64.b64decode(message["realtimeInput"]["audio"]["data"])
        for message in messages
        if "audio" in message.get("realtimeInput", {})
    )


def test_what_is_sent_offline_goes_out_in_order(outage, make):
    """Content, text, context: everything that is control."""
    session = outage.begin(make)
    session.send_client_content("one", turn_complete=False)
    session.send_text("two")
    session.send_context_update(system_instruction="three")
    session.send_text("four")
    assert session.snapshot().outbox_messages == 4
    messages = outage.end(session)

    assert [next(iter(message)) for message in messages] == [
        "clientContent", "clientContent", "contextUpdate", "clientContent",
    ]  # fmt: skip
    assert [words_in(message) for message in messages if "clientContent" in message] == [["one"], ["two"], ["four"]]


def test_wait_waits_for_the_next_connection(outage, make):
    """wait=True returns when the bytes are with the kernel of the connection that is yet to come."""
    session = outage.begin(make)
    done = threading.Event()
    thread = threading.Thread(target=lambda: (session.send_text("one", wait=True, timeout=TIMEOUT), done.set()))
    thread.start()
    eventually(lambda: session.snapshot().outbox_messages == 1)
    assert not done.is_set()
    outage.end(session)
    thread.join(TIMEOUT)

    assert done.is_set()


def test_only_the_newest_audio_is_kept(outage, make, heard):
    """offline_audio_ms of it; the rest is counted, and told once when the outage is over."""
    session = outage.begin(make, outbox=OutboxPolicy(offline_audio_ms=500))
    for number in range(50):
        session.send_audio(bytes([number, 0]) * (SECOND // 20))  # 100 ms each
    eventually(lambda: session.snapshot().dropped_messages == 45)
    assert heard.values("overflow") == []
    messages = outage.end(session)
    overflow = heard.wait("overflow")

    assert list(audio_in(messages)[:: SECOND // 10]) == [45, 46, 47, 48, 49]
    assert (overflow.kind, overflow.dropped_messages) == ("audio", 45)
    assert len(heard.values("overflow")) == 1
    assert heard.values("error") == []
    assert session.snapshot().outbox_bytes == 0


def test_no_audio_is_kept_if_that_is_wished(outage, make, heard):
    """offline_audio_ms=0."""
    session = outage.begin(make, outbox=OutboxPolicy(offline_audio_ms=0))
    session.send_audio(bytes(320))
    session.send_audio(bytes(320))
    messages = outage.end(session)

    assert audio_in(messages) == b""
    assert heard.wait("overflow").dropped_messages == 2


def test_of_video_the_last_frame_is_kept(outage, make, heard):
    """Audio does not count against it."""
    session = outage.begin(make)
    for number in range(5):
        session.send_video(bytes([number]))
        session.send_audio(bytes(320))
    messages = outage.end(session)
    frames = [m["realtimeInput"]["video"]["data"] for m in messages if "video" in m.get("realtimeInput", {})]

    assert [base64.b64decode(frame) for frame in frames] == [b"\x04"]
    assert len(audio_in(messages)) == 5 * 320
    assert (heard.wait("overflow").kind, heard.wait("overflow").dropped_messages) == ("video", 4)


def test_dropped_audio_takes_no_text_with_it(outage, make):
    """What is between the pieces stays where it is."""
    session = outage.begin(make, outbox=OutboxPolicy(offline_audio_ms=100))
    session.send_audio(bytes(SECOND))
    session.send_text("one")
    session.send_audio(bytes(SECOND // 10))
    messages = outage.end(session)

    assert [next(iter(message)) for message in messages] == ["clientContent", "realtimeInput"]


def test_a_sender_that_waits_for_dropped_audio_is_told(outage, make):
    """wait=True on a piece that is dropped raises, at once."""
    session = outage.begin(make, outbox=OutboxPolicy(offline_audio_ms=100))
    failed = []

    def send():
        try:
            session.send_audio(bytes(SECOND // 10), wait=True)
        except OutboxFullError as error:
            failed.append(error)

    thread = park(send)
    session.send_audio(bytes(SECOND // 10))
    thread.join(TIMEOUT)

    assert len(failed) == 1
    outage.end(session)


def test_the_bound_holds_offline(outage, make):
    """Beyond max_bytes the caller is refused, and what was accepted is sent."""
    session = outage.begin(make, outbox=OutboxPolicy(max_bytes=2000))
    accepted = 0
    with pytest.raises(OutboxFullError):
        while accepted < 100:
            session.send_text("x" * 300)
            accepted += 1
    messages = outage.end(session)

    assert 3 <= accepted == len(messages)


def test_a_sender_that_may_block_waits_for_the_next_connection(outage, make):
    """block=True: the message that did not fit goes out when there is room again."""
    session = outage.begin(make, outbox=OutboxPolicy(max_bytes=1000, block=True))
    session.send_text("x" * 700)
    thread = threading.Thread(target=session.send_text, args=("y" * 700,))
    thread.start()
    eventually(lambda: session.snapshot().waiting_senders == 1)
    outage.mend(session)
    thread.join(TIMEOUT)
    messages = outage.end(session)

    assert [words_in(message)[0][0] for message in messages] == ["x", "y"]


def test_a_sender_that_blocks_is_let_out_by_the_end(outage, make):
    """close() in the outage: SessionClosed, not a wait for ever."""
    session = outage.begin(make, outbox=OutboxPolicy(max_bytes=1000, block=True))
    session.send_text("x" * 700)
    failed = []

    def send():
        try:
            session.send_text("y" * 700)
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    eventually(lambda: session.snapshot().waiting_senders == 1)
    session.close(timeout=2)
    thread.join(TIMEOUT)

    assert not thread.is_alive()
    assert isinstance(failed[0], SessionClosed)
    outage.release()


def test_audio_streams_on_through_an_outage(script, make, heard):
    """stream_audio() in the background neither raises nor stops when the connection goes."""
    got = threading.Event()

    def second(peer):
        peer.accept()
        while "audioStreamEnd" not in peer.receive().get("realtimeInput", {}):
            pass
        got.set()
        peer.wait_closed()

    session = make(script(chain(take_and_drop, second)), reconnect=AT_ONCE, **heard.hooks("reconnected", "error"))
    session.connect()
    stream = session.stream_audio(bytes(SECOND // 2), chunk_ms=20, background=True)
    heard.wait("reconnected")
    stream.wait(TIMEOUT)

    assert got.wait(TIMEOUT)
    assert heard.values("error") == []


def test_what_was_dropped_takes_no_room(outage, make):
    """Through an hour of sound in an outage, no more than what is counted is held."""
    session = outage.begin(make, outbox=OutboxPolicy(offline_audio_ms=500))
    tracemalloc.start()
    try:
        for _ in range(2000):
            session.send_audio(bytes(SECOND // 50))
        eventually(lambda: session.snapshot().mailbox == 0)
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    outage.end(session)

    assert held < 500_000  # 2000 messages are 1.8 MB
