"""Files that PCM goes into as it comes: whole at every moment, and touched late."""

from __future__ import annotations

import io
import os
import struct
import sys
import wave

import pytest

from gemini_live.cli.pcm_files import RawOutput, WavFile, write_whole
from gemini_live.exceptions import GeminiLiveError

FRAME = b"\x01\x00\x02\x00"


def contents(path):
    """Return format and sound of a WAV file."""
    with wave.open(str(path), "rb") as reader:
        assert reader.getsampwidth() == 2
        return reader.getframerate(), reader.getnchannels(), reader.readframes(reader.getnframes())


def test_the_file_is_whole_after_every_piece(tmp_path):
    """Whoever reads it meanwhile, or after the program was killed, has a WAV file of what has come."""
    path = tmp_path / "a.wav"

    with WavFile(path) as target:
        for count in (1, 2, 3):
            target.write(FRAME * 10, rate=48_000, channels=2)
            assert contents(path) == (48_000, 2, FRAME * 10 * count)
            assert path.stat().st_size == 44 + 40 * count
    target.close()

    assert (target.written, target.name) == (120, str(path))


def test_the_header_is_that_of_the_standard_library(tmp_path):
    """Byte for byte."""
    path, expected = tmp_path / "a.wav", io.BytesIO()
    with wave.open(expected, "wb") as writer:
        writer.setparams((1, 2, 24_000, 0, "NONE", ""))
        writer.writeframes(FRAME)

    with WavFile(path) as target:
        target.write(FRAME, rate=24_000, channels=1)

    assert path.read_bytes() == expected.getvalue()


def test_an_older_file_stays_until_the_first_piece(tmp_path):
    """Opening, and closing without any sound, change nothing and make nothing."""
    old, new = tmp_path / "old.wav", tmp_path / "new.wav"
    old.write_bytes(b"precious")

    for path in (old, new):
        with WavFile(path):
            pass

    assert old.read_bytes() == b"precious"
    assert not new.exists()


def test_a_write_that_was_interrupted_leaves_whole_frames(tmp_path):
    """Half a frame at the end is cut off, and the header counts what is there."""
    path = tmp_path / "a.wav"
    target = WavFile(path)
    target.write(FRAME * 5, rate=48_000, channels=2)
    with path.open("ab") as stranger:
        stranger.write(FRAME * 2 + b"\x01")

    target.close()

    assert contents(path) == (48_000, 2, FRAME * 7)
    assert path.stat().st_size == 44 + 28
    assert target.written == 28


def test_a_file_that_can_not_be_opened_is_named(tmp_path):
    """The system's words, and where."""
    path = tmp_path / "missing" / "a.wav"

    with pytest.raises(GeminiLiveError, match=r"missing/a\.wav: No such file"), WavFile(path) as target:
        target.write(FRAME, rate=48_000, channels=2)


def test_what_goes_wrong_first_is_told(tmp_path, monkeypatch):
    """A close that fails after something else has is silent; by itself it is not."""

    def fail(*_):
        raise OSError(5, "Input/output error")

    first, second = WavFile(tmp_path / "a.wav"), WavFile(tmp_path / "b.wav")
    for target in (first, second):
        target.write(FRAME, rate=48_000, channels=2)
        monkeypatch.setattr(target, "_write_header", fail)

    with pytest.raises(KeyboardInterrupt), first:
        raise KeyboardInterrupt
    with pytest.raises(GeminiLiveError, match=r"b\.wav: Input/output error"), second:
        pass


def test_the_largest_file_has_a_size_that_its_header_can_hold():
    """Six hours of stereo at 48 kHz."""
    struct.pack("<I", 36 + 21_600 * 192_000)


class Trickle(io.RawIOBase):
    """A file that takes three bytes at a time, or, once it is stuck, none."""

    def __init__(self, room):
        self.taken = b""
        self.room = room

    def write(self, data):
        """Take some."""
        if self.room <= 0:
            return None
        self.room -= 3
        self.taken += bytes(data[:3])
        return len(data[:3])


def test_what_takes_little_at_a_time_gets_everything():
    """Pipes do that."""
    file = Trickle(1000)

    write_whole(file, bytes(range(200)))

    assert file.taken == bytes(range(200))


def test_what_does_not_wait_is_an_error():
    """A pipe that somebody made so is not asked for ever."""
    with pytest.raises(BlockingIOError, match="made not to wait"):
        write_whole(Trickle(6), bytes(10))


def test_standard_output_gets_nothing_but_the_sound(capfdbinary):
    """No header, and nothing waits in a buffer."""
    with RawOutput() as target:
        target.write(FRAME, rate=48_000, channels=2)
        assert capfdbinary.readouterr().out == FRAME

    assert target.written == 4


def test_a_reader_that_has_gone_is_told_as_such(monkeypatch):
    """A command knows what that means, whatever the file is called."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe))

        with pytest.raises(BrokenPipeError), RawOutput() as target:
            target.write(FRAME, rate=48_000, channels=2)
