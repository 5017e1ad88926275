"""Sends recorded or generated speech at the pace of real time."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Union, cast

from .._clock import Clock
from ..audio import INPUT_RATE, Resampler, Wav, bytes_for_duration, check_rate, duration_ms, read_wav
from ..audio import chunks as cut
from ..exceptions import ConfigError

if TYPE_CHECKING:
    from .sending import Sending

Source = Union[bytes, str, "os.PathLike[str]", IO[bytes], Wav, Iterable[bytes]]
"""What :meth:`Session.stream_audio` takes."""


class AudioStream:
    """One run of :meth:`Session.stream_audio`.  The methods may be called by any thread.

    Owner of the pace: one condition; the thread that sends waits in it.

    Attributes:
        error: what ended a background stream early, ``None`` if nothing did.
    """

    def __init__(
        self, session: Sending, source: Source, *, chunk_ms: float, realtime: bool, rate: int, end: bool
    ) -> None:
        if isinstance(chunk_ms, bool) or not isinstance(chunk_ms, (int, float)) or not 10 <= chunk_ms <= 1000:
            raise ConfigError(f"must be milliseconds, 10 to 1000, not {chunk_ms!r}", path="chunk_ms")
        self._session = session
        self._pieces, self._rate = _open(source, chunk_ms, check_rate(rate))
        self._realtime = realtime
        self._end = end
        self._silence = _silence(session._options.trailing_ms if end else 0.0, chunk_ms, self._rate)  # noqa: SLF001
        self._clock: Clock = session._options.clock  # noqa: SLF001 - one object in two files
        self._changed = threading.Condition()
        self._stopped = False
        self._paused_at: float | None = None
        self._began = 0.0
        self._sent_ms = 0.0
        self._done = threading.Event()
        self._thread: threading.Thread | None = None
        self.error: BaseException | None = None

    @property
    def sent_ms(self) -> float:
        """How much has been sent, in milliseconds of speech."""
        return self._sent_ms

    @property
    def done(self) -> bool:
        """Whether it is over: everything sent, stopped, or failed."""
        return self._done.is_set()

    def pause(self) -> None:
        """Send nothing until :meth:`resume`; time stands still meanwhile."""
        with self._changed:
            if self._paused_at is None:
                self._paused_at = self._clock.monotonic()

    def resume(self) -> None:
        """Go on after :meth:`pause`."""
        with self._changed:
            if self._paused_at is not None:
                self._began += self._clock.monotonic() - self._paused_at
                self._paused_at = None
                self._changed.notify_all()

    def stop(self) -> None:
        """End now; the end of the stream is sent as usual.  Does not wait."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is over; return whether it is."""
        return self._done.wait(timeout)

    def start(self, name: str) -> None:
        """Run on a thread of its own."""
        # A daemon: a source that never ends must not keep the program from ending.
        self._thread = threading.Thread(target=self._run_quietly, name=name, daemon=True)
        self._thread.start()

    def _run_quietly(self) -> None:
        try:
            self.run()
        except BaseException as error:  # noqa: BLE001 - kept for whoever asks the handle
            self.error = error

    def run(self) -> None:
        """Send everything; runs on the thread that called ``stream_audio``, or on its own."""
        self._clock.watch(self._look_again)
        try:
            self._began = self._clock.monotonic()
            for piece in self._pieces:
                if not self._wait_for_turn():
                    break
                self._session.send_audio(piece, rate=self._rate)
                self._sent_ms += duration_ms(piece, rate=self._rate)
            for piece in self._silence:  # also when it was stopped: the user's turn has to end
                self._wait_for_turn()
                self._session.send_audio(piece, rate=self._rate)
                self._sent_ms += duration_ms(piece, rate=self._rate)
            self._wait_for_turn()
            if self._end:
                self._session.send_audio_stream_end()
        finally:
            self._clock.unwatch(self._look_again)
            self._done.set()

    def _look_again(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _wait_for_turn(self) -> bool:
        """Wait until what was sent before has been spoken; return ``False`` when stopped."""
        with self._changed:
            while not self._stopped:
                if self._paused_at is not None:
                    self._changed.wait(1.0)
                    continue
                at = self._began + self._sent_ms / 1000
                if not self._realtime or self._clock.monotonic() >= at:
                    return True
                self._changed.wait(self._clock.wait_time(at))
            return False


def _at_input_rate(wav: Wav, chunk_ms: float) -> Iterator[bytes]:
    """Yield a file's sound at 16 kHz, converted piece by piece while it is being sent."""
    resampler, size, waiting = Resampler(wav.rate, INPUT_RATE), bytes_for_duration(chunk_ms, rate=INPUT_RATE), b""
    for second in cut(wav.pcm, 1000, rate=wav.rate):
        waiting += resampler.process(second)
        whole = len(waiting) // size * size
        yield from cut(waiting[:whole], chunk_ms)
        waiting = waiting[whole:]
    yield from cut(waiting + resampler.flush(), chunk_ms)


def _silence(milliseconds: float, chunk_ms: float, rate: int) -> list[bytes]:
    """Return silence in pieces."""
    return list(cut(bytes(bytes_for_duration(milliseconds, rate=rate)), chunk_ms, rate=rate))


def _is_wav_file(source: Source) -> bool:
    if isinstance(source, bytes):
        return source.startswith(b"RIFF")
    return isinstance(source, (str, os.PathLike)) or hasattr(source, "read")


def _open(source: Source, chunk_ms: float, rate: int) -> tuple[Iterator[bytes], int]:
    """Return the pieces of a source and their rate."""
    if _is_wav_file(source):
        source = read_wav(cast("str", source))  # a path, a file or bytes: all the same to it
    if isinstance(source, Wav):
        return _at_input_rate(source, chunk_ms), INPUT_RATE
    if isinstance(source, (bytes, bytearray, memoryview)):
        if len(source) % 2:
            raise ConfigError(f"must be whole 16-bit samples, not {len(source)} bytes", path="source")
        return cut(bytes(source), chunk_ms, rate=rate), rate
    if not isinstance(source, Iterable):
        raise ConfigError(
            f"must be PCM bytes, a WAV file or an iterable of PCM, not {type(source).__name__}", path="source"
        )
    return iter(cast("Iterable[bytes]", source)), rate
