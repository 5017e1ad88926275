"""Lines on their way to the disk: bounded, in order, and never in anybody's way."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading

import pytest

from gemini_live.testing import writing
from gemini_live.testing.cleaning import Cleaner
from gemini_live.testing.lines import Line
from gemini_live.testing.writing import Passed, Writer, open_private

WAIT = 10.0


def passed(number=0, payload=None):
    """Return something that has passed."""
    return Passed(Line("sent", {}), json.dumps({"n": number}) if payload is None else payload)


class Disk:
    """Takes bytes as a test wants."""

    def __init__(self) -> None:
        self.data = b""
        self.gate = threading.Event()
        self.gate.set()
        self.reached = threading.Event()
        self.raises: Exception | None = None
        self.at_once = 1_000
        self.released = 0
        self.room = 10**9

    def write(self, data: bytes) -> int:
        """Take some."""
        self.reached.set()
        assert self.gate.wait(WAIT)
        if self.raises is not None:
            raise self.raises
        taken = min(len(data), self.at_once, self.room - len(self.data))
        if not taken:
            raise OSError(28, "No space left on device")
        self.data += data[:taken]
        return taken

    def truncate(self, size: int) -> None:
        """Cut."""
        self.data = self.data[:size]

    def release(self) -> None:
        """Count."""
        self.released += 1

    @property
    def numbers(self) -> list[int]:
        """What was written."""
        return [json.loads(line)["data"]["n"] for line in self.data.splitlines()]


@pytest.fixture
def disk():
    """A good one, to begin with."""
    disk = Disk()
    yield disk
    disk.gate.set()


def make(disk, max_bytes=2**20):
    """Return a writer on a disk."""
    return Writer(disk.write, disk.release, disk.truncate, Cleaner("cut"), name="r.jsonl", max_bytes=max_bytes)


def test_everything_is_written_in_order_before_the_end(disk):
    """However little the disk takes at a time."""
    disk.at_once = 7
    writer = make(disk)
    for number in range(500):
        writer.put(passed(number))
    writer.stop()

    assert writer.join(WAIT)
    assert disk.numbers == list(range(500))
    assert (writer.written, writer.dropped, writer.failed, disk.released) == (500, 0, False, 1)


def test_what_comes_after_the_end_is_ignored(disk):
    """A session may outlive its recording; twice is harmless."""
    writer = make(disk)
    writer.stop()
    writer.put(passed())
    writer.stop()

    assert writer.join(WAIT)
    assert (disk.data, disk.released) == (b"", 1)


def test_a_disk_that_hangs_costs_messages_and_no_time(disk, caplog):
    """What waits is bounded, the rest is counted, and the log says so once."""
    writer = make(disk, max_bytes=10_000)
    disk.gate.clear()
    with caplog.at_level(logging.WARNING, "gemini_live"):
        for number in range(1_000):
            writer.put(passed(number))
        assert disk.reached.wait(WAIT)
        assert not writer.join(0.01)
        disk.gate.set()
        writer.stop()
        assert writer.join(WAIT)

    assert writer.dropped > 900
    assert len(disk.numbers) + writer.dropped == 1_000
    assert [record.message for record in caplog.records if "not complete" in record.message] == [
        "the recording r.jsonl is not complete: messages came faster than they could be written, or were no JSON objects"
    ]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("something else")])
def test_a_disk_that_fails_ends_the_recording_and_says_so_once(disk, caplog, error):
    """The file is given back, and nothing more is taken."""
    writer = make(disk)
    disk.raises = error
    with caplog.at_level(logging.ERROR, "gemini_live"):
        for number in range(10):
            writer.put(passed(number))
        assert writer.join(WAIT)
        writer.put(passed())
        writer.stop()

    assert (writer.failed, disk.released, writer._waiting) == (True, 1, type(writer._waiting)())
    (record,) = caplog.records
    assert record.message.startswith("the recording r.jsonl ends here: ")
    assert "something else" not in record.message  # a stranger's words may hold anything


def test_a_disk_that_is_full_is_left_with_whole_lines(disk):
    """And no more of them are counted than are there."""
    disk.room = 100
    writer = make(disk)
    for number in range(10):
        writer.put(passed(number))

    assert writer.join(WAIT)
    assert disk.data.endswith(b"\n")
    assert disk.numbers == list(range(writer.written))
    assert (writer.written, writer.failed) == (2, True)


def test_a_disk_that_can_not_be_cut_either_is_let_go(disk, caplog):
    """The log says the first failure, once."""

    def refuse(size):
        raise OSError(5, "Input/output error")

    disk.room = 10
    writer = Writer(disk.write, disk.release, refuse, Cleaner("cut"), name="r", max_bytes=1_000)
    writer.put(passed())

    assert writer.join(WAIT)
    assert (writer.written, disk.released) == (0, 1)
    assert [record.message for record in caplog.records] == ["the recording r ends here: No space left on device"]


def test_a_program_that_ends_loses_nothing(tmp_path):
    """Without close(), too."""
    path = tmp_path / "r.jsonl"
    program = """
import sys
from gemini_live.testing import Recorder
recorder = Recorder(sys.argv[1])
for number in range(5_000):
    recorder._note(1, "sent", b'{"n": 1}', None)
"""
    subprocess.run([sys.executable, "-c", program, str(path)], check=True, timeout=60)

    assert path.read_bytes().count(b"\n") == 5_000


def test_a_disk_that_hangs_does_not_keep_the_program_from_ending(disk, monkeypatch, caplog):
    """For longer than a moment; the log says what is lost."""
    monkeypatch.setattr(writing, "_EXIT_SECONDS", 0.01)
    disk.gate.clear()
    writer = make(disk)
    writer.put(passed())
    writer._at_exit()

    assert [record.message for record in caplog.records] == [
        "the program ends before the recording r.jsonl is complete: its disk is too slow"
    ]
    disk.gate.set()
    assert writer.join(WAIT)


def test_a_forked_child_leaves_the_recording_to_its_parent(disk, monkeypatch):
    """Which has the thread."""
    writer = make(disk)
    with monkeypatch.context() as context:
        context.setattr(writing.os, "getpid", lambda: -1)
        writer._at_exit()
    writer.put(passed(1))
    writer.stop()

    assert writer.join(WAIT)
    assert disk.numbers == [1]


def test_a_writer_that_has_ended_is_not_kept(disk, monkeypatch):
    """The program's end has nothing to do with it any more."""
    forgotten = []
    monkeypatch.setattr(writing.atexit, "unregister", forgotten.append)
    first, second = make(disk), make(disk)
    first.put(passed())
    for writer in (first, second):
        writer.stop()
        assert writer.join(WAIT)

    assert forgotten == [second._at_exit, first._at_exit] or forgotten == [first._at_exit, second._at_exit]


def test_a_file_that_can_not_be_closed_is_let_go(disk):
    """There is nothing more to do."""
    writer = Writer(disk.write, lambda: os.close(-1), disk.truncate, Cleaner("cut"), name="r", max_bytes=1_000)
    writer.put(passed(1))
    writer.stop()

    assert writer.join(WAIT)
    assert disk.numbers == [1]


@pytest.mark.parametrize("payload", ["no JSON", b"\xff", "[1]", "[" * 100_000])
def test_what_is_no_object_is_left_out_and_counted(disk, payload):
    """The others are written."""
    writer = make(disk, max_bytes=2**20)
    writer.put(passed(payload=payload))
    writer.put(passed(2))
    writer.stop()

    assert writer.join(WAIT)
    assert (disk.numbers, writer.dropped) == ([2], 1)


def test_a_system_without_threads_has_no_recording(disk, monkeypatch):
    """And the session goes on."""

    def refuse(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    writer = make(disk)
    writer.put(passed())
    writer.put(passed())
    writer.stop()

    assert writer.failed
    assert writer.join(WAIT)
    assert disk.released == 1


def test_a_new_file_is_private_and_empty(tmp_path):
    """Whatever was there, and whatever the umask."""
    path = tmp_path / "r.jsonl"
    path.write_text("old")
    path.chmod(0o644)
    os.close(open_private(path))

    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"", 0o600)


def test_links_and_pipes_are_no_place_for_it(tmp_path):
    """Somebody else may have put them there; and a pipe without a reader would be waited for."""
    target, link, pipe = tmp_path / "target", tmp_path / "link", tmp_path / "pipe"
    target.write_text("precious")
    link.symlink_to(target)
    os.mkfifo(pipe)

    for path in (link, pipe):
        with pytest.raises(OSError):
            open_private(path)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(OSError, match="no regular file"):
        open_private(pipe)
    os.close(reader)
    assert target.read_text() == "precious"
