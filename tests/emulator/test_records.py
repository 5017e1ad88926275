"""What the server writes down, and how it is waited for."""

from __future__ import annotations

import threading

import pytest

from gemini_live.emulator.ledger import Ledger
from gemini_live.emulator.records import EmulatedSession
from gemini_live.types import ClientMessage, decode


def record(**options):
    return EmulatedSession("/", {}, {"x-goog-api-key": "secret-key"}, **options)


def note(session, data):
    session.note_message(data, decode(ClientMessage, data))


def test_messages_are_kept_as_they_came():
    """The setup stands by itself too; the list is a copy."""
    session = record()
    assert session.setup is None and session.received == []
    note(session, {"setup": {"model": "m"}})
    note(session, {"realtime_input": {"text": "x"}})
    assert session.setup == {"model": "m"}
    session.received.clear()
    assert session.received == [{"setup": {"model": "m"}}, {"realtime_input": {"text": "x"}}]


def test_sound_is_counted():
    """Audio and media chunks count, pictures don't; what could not be read counts nothing."""
    session = record()
    note(session, {"realtimeInput": {"audio": {"mimeType": "audio/pcm", "data": "AAAA"}}})
    chunks = [{"mimeType": "audio/pcm", "data": "AQE="}, {"mimeType": "image/png", "data": "AAAA"}]
    note(session, {"realtimeInput": {"mediaChunks": chunks}})
    session.note_message({"realtimeInput": 5}, None)
    assert (session.audio_bytes, session.audio) == (5, b"\0\0\0\1\1")


def test_a_message_that_has_come_is_found():
    """wait_for looks at everything so far first, and returns the first fit."""
    session = record()
    note(session, {"a": 1})
    note(session, {"a": 2})
    assert session.wait_for(lambda message: "a" in message, timeout=0) == {"a": 1}


def test_a_message_that_comes_later_is_waited_for():
    """wait_for blocks until another thread notes it."""
    session = record()
    writer = threading.Timer(0.02, note, (session, {"a": 1}))
    writer.start()
    assert session.wait_for(lambda message: "a" in message, timeout=5) == {"a": 1}
    writer.join()


def test_waiting_has_an_end():
    """What does not come is a TimeoutError."""
    session = record()
    with pytest.raises(TimeoutError, match=r"no such message within 0\.01 s; 0 others came"):
        session.wait_for(lambda message: True, timeout=0.01)
    with pytest.raises(TimeoutError, match="still open"):
        session.wait_closed(0.01)
    with pytest.raises(TimeoutError, match=r"0 connection\(s\) after 0.01 s, not 1"):
        Ledger(keep=True).wait_for_sessions(1, 0.01)


def test_the_first_word_about_the_end_counts():
    """Whoever closes first says why."""
    session = record()
    assert (session.open, session.close_code, session.close_reason) == (True, None, None)
    session.note_end(1008, "first")
    session.note_end(1000, "second")
    assert (session.open, session.close_code, session.close_reason) == (False, 1008, "first")


def test_nothing_is_kept_on_request():
    """Without keeping, messages and ended sessions are forgotten; the count of bytes stays."""
    ledger = Ledger(keep=False)
    first = ledger.open("/", {}, {})
    note(first, {"realtimeInput": {"audio": {"mimeType": "audio/pcm", "data": "AAAA"}}})
    assert (first.received, first.audio, first.audio_bytes) == ([], b"", 3)
    first.note_end(1000, "")
    second = ledger.open("/", {}, {})
    assert ledger.sessions() == [second]


def test_a_repr_shows_no_key():
    """Headers hold the key, so a repr does not show them."""
    session = record()
    assert repr(session) == "<EmulatedSession open, 0 messages>"
    session.note_end(1000, "")
    assert "closed 1000" in repr(session)
