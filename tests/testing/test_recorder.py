"""Sessions written down: what is in the file, what is not, and that the session never notices."""

from __future__ import annotations

import gc
import json
import os
import threading

import pytest

from gemini_live import ConfigError, ConnectError, ReconnectPolicy
from gemini_live.emulator import Emulator
from gemini_live.testing import FakeTransport, ManualClock, Player, Recorder, writing

AT_ONCE = ReconnectPolicy(base_delay=0)


def lines_of(path):
    """Return a recording's lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def get_weather(city: str) -> str:
    """Look up the weather for a city."""
    return f"It is foggy in {city}."


def converse(session):
    """Have some turns, one of them spoken, one with a call."""
    session.ask("Hello there", timeout=10)
    session.ask("What is the weather in London?", timeout=10)
    session.ask(audio=bytes(9600), timeout=10)


def told(heard):
    """Return what the program heard, in a form that can be compared: values hold times."""
    plain = {"audio": lambda value: value.data, "text": str, "transcription": lambda value: (value.source, value.text),
             "raw_message": lambda value: {k: v for k, v in value.items() if k != "sessionResumptionUpdate"}}  # fmt: skip
    return [(event.name, plain.get(event.name, lambda value: None)(event.value)) for event in heard.events()]


def test_a_recorded_session_plays_with_the_same_callbacks(talk, heard, tmp_path):
    """Everything that the emulator said in it, tool call and sound included; and what was sent has the same shape."""
    path = tmp_path / "r.jsonl"
    options = {"owner": heard.queue, "tools": [get_weather], "output_audio_transcription": {},
               "realtime_input_config": {"automatic_activity_detection": {"disabled": True}}}  # fmt: skip
    with Emulator(tls=False, output_speed=float("inf")) as server, Recorder(path, "keep") as recorder:
        session = talk(recorder, base_url=server.base_url, **options)
        converse(session)
        session.close()
    recorded = told(heard)
    player = Player(path, check=True)
    session = talk(player, **options)
    converse(session)
    player.wait_played()
    session.close()

    assert told(heard) == recorded
    assert player.missing == []
    assert {name for name, _ in recorded} >= {"audio", "tool_call", "transcription", "turn_complete", "close"}


def test_the_file_is_private_and_in_the_recordings_form(talk, tmp_path):
    """One message a line, with its time, in the order of the wire."""
    clock = ManualClock()
    with Recorder(tmp_path / "r.jsonl", connector=FakeTransport(), clock=clock) as recorder:
        session = talk(recorder)
        clock.advance(1.5)
        session.send_text("Hello", wait=True, timeout=5)
        session.close()

    assert recorder.path.stat().st_mode & 0o777 == 0o600
    setup, ready, content = lines_of(recorder.path)
    assert (setup["direction"], list(setup["data"]), setup["at"]) == ("sent", ["setup"], 0.0)
    assert ready == {"direction": "received", "data": {"setupComplete": {}}, "at": 0.0}
    assert (content["direction"], list(content["data"]), content["at"]) == ("sent", ["clientContent"], 1.5)
    assert (recorder.written, recorder.dropped, recorder.failed) == (3, 0, False)


def test_no_secret_is_in_the_file(talk, tmp_path):
    """No key, header, proxy's password or handle, even if the server repeats them."""
    fake = FakeTransport()
    secrets = ["the-secret-key", "the-header-secret", "the-proxy-password", "the-first-handle"]
    with Recorder(tmp_path / "r.jsonl", connector=fake) as recorder:
        session = talk(
            recorder,
            api_key="the-secret-key",
            headers={"x-gateway": "the-header-secret"},
            proxy="http://user:the-proxy-password@localhost:3128",
            reconnect=AT_ONCE,
        )
        fake.offer("the-first-handle")
        fake.say({"serverContent": {"outputTranscription": {"text": " ".join(secrets)}}})
        fake.settle()
        fake.close(1011, "the-secret-key is overloaded")
        fake.wait_for_connections(2)
        fake.wait_for(lambda message: message.get("setup", {}).get("sessionResumption", {}).get("handle"))
        session.close()

    text = recorder.path.read_text("utf-8")
    assert [secret for secret in secrets if secret in text] == []
    assert text.count("redacted-handle-1") == 2


def test_how_a_connection_ended_is_in_the_file(talk, heard, tmp_path):
    """The server's doing is; the session's own close is not.  Later connections have their number."""
    fake = FakeTransport()
    with Recorder(tmp_path / "r.jsonl", connector=fake) as recorder:
        session = talk(recorder, reconnect=AT_ONCE, owner=heard.queue)
        fake.offer("a-handle")
        fake.settle()
        fake.drop(reset=True)
        heard.next("reconnected")
        session.close()

    ends = [line for line in lines_of(recorder.path) if "end" in line]
    assert [(line["direction"], line["data"], line["end"]) for line in ends] == [
        ("received", {}, {"code": 1006, "reason": "the connection was reset"})
    ]
    assert [line.get("connection") for line in lines_of(recorder.path)] == [None] * 4 + [2] * 2


def test_a_change_of_connections_plays_as_it_was_recorded(talk, heard, tmp_path):
    """The second connection begins while the first one is open, which no order of the lines alone could say."""

    def answer(connection, message):
        if "clientContent" in message:
            connection.answer(f"This is connection {connection.number}.")

    def change(transport, go_away):
        session = talk(transport, owner=heard.queue, reconnect=AT_ONCE, output_audio_transcription={})
        words = [session.ask("Where are you?", timeout=5).output_transcript]
        go_away()
        assert heard.next("reconnected").resumed
        words.append(session.ask("And now?", timeout=5).output_transcript)
        session.close()
        return words

    def leave():
        fake.offer("a-handle")
        fake.say({"goAway": {"timeLeft": "3600s"}})

    fake = FakeTransport(respond=answer)
    with Recorder(tmp_path / "r.jsonl", connector=fake) as recorder:
        recorded = change(recorder, leave)
    player = Player(recorder.path, check=True)

    assert change(player, lambda: None) == recorded == ["This is connection 1.", "This is connection 2."]
    player.wait_played()


def test_what_was_never_sent_is_not_in_it(talk, tmp_path):
    """A message that the server did not take."""
    fake = FakeTransport()
    with Recorder(tmp_path / "r.jsonl", connector=fake) as recorder:
        session = talk(recorder, reconnect=False)
        fake.stall()
        session.send_text("lost")
        fake.drop()
        closed = session.wait(timeout=5)

    assert len(closed.unsent) == 1
    assert "lost" not in recorder.path.read_text("utf-8")


def test_a_disk_that_fails_is_not_the_sessions_trouble(talk, tmp_path, monkeypatch, caplog):
    """It goes on, and the log has one sentence."""

    def full(descriptor, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.os, "write", full)
    fake = FakeTransport(respond=lambda connection, message: "clientContent" in message and connection.answer("Yes."))
    with Recorder(tmp_path / "r.jsonl", connector=fake) as recorder:
        session = talk(recorder, output_audio_transcription={})
        assert session.ask("Hello", timeout=5).output_transcript == "Yes."
        assert session.ask("Hello", timeout=5).output_transcript == "Yes."
        session.close()
        assert not recorder.close()

    assert recorder.failed
    assert len([record for record in caplog.records if "No space left" in record.getMessage()]) == 1


def test_a_session_outlives_its_recording(talk, tmp_path):
    """What comes after the end is not in it."""
    fake = FakeTransport()
    recorder = Recorder(tmp_path / "r.jsonl", connector=fake)
    session = talk(recorder)
    assert recorder.close()
    before = len(lines_of(recorder.path))

    session.send_text("Hello", wait=True, timeout=5)
    assert recorder.close()
    assert len(lines_of(recorder.path)) == before
    assert repr(recorder) == f"<Recorder {str(recorder.path)!r}, {before} lines>"


def test_a_recorder_that_is_forgotten_leaves_no_thread(tmp_path):
    """The end of its life is the end of its thread, and what it had is written."""
    path = tmp_path / "r.jsonl"
    recorder = Recorder(path, connector=FakeTransport())
    recorder._note(1, "sent", b'{"setup": {}}', None)
    (thread,) = [one for one in threading.enumerate() if one.name == "gemini-live:recorder"]
    del recorder
    gc.collect()

    thread.join(5)
    assert not thread.is_alive()
    assert len(lines_of(path)) == 1


def test_what_the_connector_raises_is_raised(start, tmp_path):
    """By the session's connect()."""
    fake = FakeTransport()
    fake.refuse_next()
    with Recorder(tmp_path / "r.jsonl", connector=fake) as recorder, pytest.raises(ConnectError):
        start(recorder).connect()

    assert lines_of(recorder.path) == []


def test_the_network_is_what_it_records_by_default(start, nobody, tmp_path):
    """In production nothing else need be said."""
    with Recorder(tmp_path / "r.jsonl") as recorder, pytest.raises(ConnectError, match="refused"):
        start(recorder, base_url=nobody).connect()


def test_wrong_arguments_are_refused(tmp_path):
    """And a folder that does not exist is told when it is made, not in the middle of the night."""
    with pytest.raises(ConfigError, match="audio"):
        Recorder(tmp_path / "r.jsonl", "some")
    with pytest.raises(FileNotFoundError):
        Recorder(tmp_path / "nowhere" / "r.jsonl")
    assert os.listdir(tmp_path) == []
