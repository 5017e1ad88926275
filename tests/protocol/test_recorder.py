"""The flight recorder keeps the last entries and can be read while it is written."""

from __future__ import annotations

import threading

from gemini_live.protocol import FlightEntry, FlightRecorder
from gemini_live.protocol.recorder import LIMIT


def test_entries_come_back_oldest_first_with_times_since_the_start():
    """Times are counted from the session's start."""
    recorder = FlightRecorder(100.0)

    recorder.note(100.5, "sent", "setup", 42)
    recorder.note(101.0, "ended", "by the server", code=1011)

    assert recorder.entries() == (
        FlightEntry(0.5, "sent", "setup", 42, None),
        FlightEntry(1.0, "ended", "by the server", 0, 1011),
    )


def test_only_the_last_entries_are_kept():
    """The oldest goes when there are too many."""
    recorder = FlightRecorder(0.0)

    for number in range(LIMIT + 50):
        recorder.note(float(number), "sent", str(number))

    details = [entry.detail for entry in recorder.entries()]
    assert details == [str(number) for number in range(50, LIMIT + 50)]


def test_an_entry_reads_as_one_line():
    """A person can read an entry; what is absent is not written."""
    assert str(FlightEntry(1.25, "received", "goAway", 31)) == "     1.250 s  received   goAway 31 bytes"
    assert (
        str(FlightEntry(2.0, "ended", "by the server", code=1006)) == "     2.000 s  ended      by the server code 1006"
    )


def test_reading_while_another_thread_writes_is_safe():
    """A reader on any thread gets whole entries in order, however fast the actor writes."""
    recorder, done, faults = FlightRecorder(0.0), threading.Event(), []

    def read():
        while not done.is_set():
            times = [entry.at for entry in recorder.entries()]
            if times != sorted(times) or len(times) > LIMIT:
                faults.append(times)

    readers = [threading.Thread(target=read, daemon=True) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(20_000):
        recorder.note(float(number), "received", "serverContent", 10)
    done.set()
    for reader in readers:
        reader.join(10)

    assert not faults
    assert not any(reader.is_alive() for reader in readers)
