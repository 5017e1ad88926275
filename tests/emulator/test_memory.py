"""What a session may cost a server: bounds on everything that a client, or a test, can make grow."""

from __future__ import annotations

import json
import os
import threading

import pytest

from gemini_live.emulator import Emulator
from gemini_live.emulator.context import MOST_CHARACTERS, Context, Entry
from gemini_live.emulator.journal import MOST_WAITING_BYTES, Journal, LogFile
from gemini_live.emulator.state import LONGEST_SPEECH_MS
from gemini_live.emulator.vad import FRAME_BYTES, FRAME_MS, Segmenter, SpeechEnded
from gemini_live.exceptions import ConfigError

MEGABYTE = 2**20


def size_of(messages):
    """Return how much some messages are."""
    return sum(len(json.dumps(message)) for message in messages)


def test_every_list_of_a_record_is_bounded_by_its_bytes(dial):
    """Control messages and answers to calls as well as everything that came."""
    with Emulator(tls=False, keep_bytes=MEGABYTE) as server:
        client = dial(server)
        client.setup()
        for number in range(8):
            answer = {"id": f"c{number}", "name": "f", "response": {"output": "x" * (MEGABYTE // 4)}}
            client.send({"toolResponse": {"functionResponses": [answer]}})
        record = server.sessions[0]
        record.wait_for(lambda message: "c7" in json.dumps(message)[:200])
        client.ask("Say yes.")

        for kept in (record.received, record.control, record.stray_answers):
            assert 0 < size_of(kept) <= MEGABYTE
        assert 0 < size_of([message for _, message in server.control_messages]) <= MEGABYTE


def test_a_conversation_is_forgotten_by_its_length():
    """The older half of it, and what came last is always known."""
    context = Context()
    for number in range(40):
        context.add(Entry(role="user", text=f"{number}:" + "x" * (MOST_CHARACTERS // 10)))

    assert sum(len(entry.text) for entry in context.entries) <= MOST_CHARACTERS
    assert context.entries[-1].text.startswith("39:")
    context.add(Entry(role="user", text="y" * 2 * MOST_CHARACTERS))
    context.add(Entry(role="user", text="z"))
    assert [entry.text[0] for entry in context.entries][-1] == "z"
    assert len(context.entries) <= 2


def test_speech_without_a_pause_ends_at_a_bound():
    """Nobody speaks for so long."""
    segmenter = Segmenter(lambda frame: True, start_ms=120, silence_ms=800)
    frames = LONGEST_SPEECH_MS // FRAME_MS

    events = [event for _ in range(frames // 100 + 1) for event in segmenter.feed(bytes(FRAME_BYTES) * 100)]

    assert [type(event) for event in events if isinstance(event, SpeechEnded)] == [SpeechEnded]


def test_of_many_turns_that_wait_the_newest_are_answered(slow_server, dial):
    """Where nothing interrupts."""
    client = dial(slow_server)
    client.setup(realtimeInputConfig={"activityHandling": "NO_INTERRUPTION"})
    for number in range(300):
        client.send({"realtimeInput": {"text": f"Say {number}."}})
    slow_server.sessions[0].wait_for(lambda message: "299" in json.dumps(message))

    assert client.receive()


def test_what_waits_for_the_log_is_bounded_by_its_bytes(tmp_path):
    """A pipe that somebody opens and does not read fills nothing but itself; what is lost is counted."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    journal = Journal(LogFile(path))
    lines, size = 60, MEGABYTE
    for _ in range(lines):
        journal.note("in", content="x" * size)
    journal.close()
    lost = journal.lost
    os.close(reader)

    assert lines - MOST_WAITING_BYTES // size - 3 <= lost <= lines
    for thread in threading.enumerate():
        if thread is journal._thread:
            thread.join(10)


def test_a_pipe_that_nobody_reads_is_no_log(tmp_path):
    """Said at the start, and at once."""
    path = tmp_path / "pipe"
    os.mkfifo(path)

    with pytest.raises(OSError, match="No such device"):
        Emulator(tls=False, log=path).start()


def test_lost_lines_can_be_read_after_the_end(tmp_path):
    """As everything that a server has seen."""
    server = Emulator(tls=False, log=tmp_path / "log")
    assert server.log_lines_lost == 0
    with server:
        pass

    assert server.log_lines_lost == 0


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (lambda server: server.fail_next(code=1011, times=10**8), "times"),
        (lambda server: server.fail_next(drop=True, on="open", at="generation", times=10**8), "times"),
        (lambda server: server.fail_next(status=500, headers={"a": "b\r\nc: d"}), "headers"),
        (lambda server: server.go_away(float("inf")), "seconds"),
        (lambda server: server.go_away(float("nan")), "seconds"),
        (lambda server: server.go_away(-5), "seconds"),
        (lambda server: server.go_away(None, close=True), "seconds"),
    ],
)
def test_verbs_refuse_what_cannot_be(server, wrong, path):
    """Before anything happens."""
    with pytest.raises(ConfigError) as caught:
        wrong(server)

    assert caught.value.path == path


def test_a_body_with_half_a_character_is_answered_all_the_same(server, call):
    """With the status that was asked for."""
    server.fail_next(status=503, body='{"a": "\ud800"}', on="rest")

    assert call(server, "GET", "/v1beta/models").status == 503


def test_protobufs_other_spellings_are_no_errors(client, server, dial, wire):
    """Numbers as text, and enums as their numbers; what is neither is refused."""
    config = {"temperature": "0.5", "topK": "40", "responseModalities": [3]}
    client = dial(server)
    assert client.setup(generationConfig=config) == {"setupComplete": {}}
    other = dial(server)
    other.send({"setup": {"model": wire.model, "generationConfig": {"temperature": "warm"}}})
    assert other.closed()[0] == 1007
