"""Where PCM goes as it comes: into a WAV file, or as it is to standard output.  One thread."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from ..audio import SAMPLE_BYTES
from ..exceptions import GeminiLiveError

if TYPE_CHECKING:
    from typing_extensions import Self

_HEADER_BYTES = 44


class PcmTarget:
    """Takes pieces of 16-bit PCM, all of one rate and so many channels, in whole frames.

    Attributes:
        name: how people call it.
        written: bytes that are in it.
    """

    name: str
    written: int = 0

    def write(self, pcm: bytes, *, rate: int, channels: int) -> None:
        """Add a piece; when it returns, the system has it.

        Raises:
            GeminiLiveError: it could not be written.
            BrokenPipeError: whoever read it has gone.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Make the best of what has come; harmless a second time."""

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            raise GeminiLiveError(f"{self.name}: {error.strerror or error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: TracebackType | None) -> None:
        try:
            self.close()
        except GeminiLiveError:
            if kind is None:
                raise  # else what went wrong first is what is told


class WavFile(PcmTarget):
    """A WAV file.  An older one of its name is not touched before the first piece comes.

    Its header is right after every piece, and, whenever it is closed, what is in the file is whole: also when a write
    was interrupted in its middle.  Nothing is kept in memory.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        self._file: FileIO | None = None
        self._format = (0, 0)

    def write(self, pcm: bytes, *, rate: int, channels: int) -> None:
        """See :class:`PcmTarget`."""
        with self._named_errors():
            if self._file is None:
                self._format = (rate, channels)
                self._file = self._path.open("wb", buffering=0)
                self._write_header(self._file)
            self._file.seek(0, os.SEEK_END)
            write_whole(self._file, pcm)
            self.written += len(pcm)
            self._write_header(self._file)

    def close(self) -> None:
        """See :class:`PcmTarget`."""
        file, self._file = self._file, None
        if file is None:
            return
        with self._named_errors(), file:
            sound = file.seek(0, os.SEEK_END) - _HEADER_BYTES
            if sound >= 0:  # a device has no size
                frame = SAMPLE_BYTES * self._format[1]
                self.written = sound // frame * frame
                file.truncate(_HEADER_BYTES + self.written)
                self._write_header(file)

    def _write_header(self, file: FileIO) -> None:
        """Write how much sound there is."""
        rate, channels = self._format
        frame = SAMPLE_BYTES * channels
        file.seek(0)
        write_whole(
            file,
            b"RIFF" + struct.pack("<I", _HEADER_BYTES - 8 + self.written) + b"WAVE"
            b"fmt " + struct.pack("<IHHIIHH", 16, 1, channels, rate, rate * frame, frame, 8 * SAMPLE_BYTES) +
            b"data" + struct.pack("<I", self.written),
        )  # fmt: skip


class RawOutput(PcmTarget):
    """Standard output, which gets the PCM and nothing else."""

    name = "standard output"

    def write(self, pcm: bytes, *, rate: int, channels: int) -> None:
        """See :class:`PcmTarget`."""
        stream = sys.stdout.buffer
        with self._named_errors():
            # Past the buffer, which would be flushed at the program's end, too, when nobody reads any more.
            write_whole(getattr(stream, "raw", stream), pcm)
        self.written += len(pcm)


class Unbuffered(Protocol):
    """What writes as much as it can at once."""

    def write(self, data: memoryview, /) -> int | None:
        """Return how many bytes were taken; ``None`` for none."""


def write_whole(file: Unbuffered, data: bytes) -> None:
    """Write everything.

    Raises:
        OSError: the file is full or gone, or takes nothing at the moment and was made not to wait.
    """
    rest = memoryview(data)
    while rest:
        count = file.write(rest)
        if count is None:
            raise BlockingIOError("it takes nothing at the moment, and was made not to wait")
        rest = rest[count:]
