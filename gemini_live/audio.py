"""PCM arithmetic and WAV files: what every program with sound needs, with nothing but the standard library.

All PCM here is what the Live API speaks: 16-bit signed little-endian samples, mono, at 16 kHz on the way in and at
24 kHz on the way out.  Every function is pure and may be called on any thread.
"""

from __future__ import annotations

import array
import functools
import io
import math
import operator
import os
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import attrs

from ._speed import read_base64
from .exceptions import ConfigError
from .types import Blob

INPUT_RATE = 16_000
"""Samples per second that the service hears natively."""
OUTPUT_RATE = 24_000
"""Samples per second that the service speaks."""
INPUT_MIME_TYPE = f"audio/pcm;rate={INPUT_RATE}"
OUTPUT_MIME_TYPE = f"audio/pcm;rate={OUTPUT_RATE}"
SAMPLE_BYTES = 2
MIN_RATE, MAX_RATE = 1_000, 384_000


def input_mime_type(rate: int = INPUT_RATE) -> str:
    """Return the mime type of input PCM at ``rate`` samples per second.

    >>> input_mime_type(8000)
    'audio/pcm;rate=8000'
    """
    return f"audio/pcm;rate={check_rate(rate)}"


def check_rate(rate: int, path: str = "rate") -> int:
    """Return ``rate`` if it is a sample rate between 1,000 and 384,000.

    Raises:
        ConfigError: it is not.
    """
    if isinstance(rate, bool) or not isinstance(rate, int) or not MIN_RATE <= rate <= MAX_RATE:
        raise ConfigError(f"must be samples per second, {MIN_RATE} to {MAX_RATE}, not {rate!r}", path=path)
    return rate


def rate_of(mime_type: str | None, default: int = OUTPUT_RATE) -> int:
    """Return the rate that a mime type names; some servers send a bare ``audio/pcm``, which means ``default``.

    >>> rate_of("audio/pcm;rate=16000"), rate_of("audio/pcm")
    (16000, 24000)
    """
    if mime_type is not None and len(mime_type) <= _USUAL_LENGTH:
        return _rate_of(mime_type, default)
    return _rate_of.__wrapped__(mime_type or "", default)


_USUAL_LENGTH = 64


@functools.lru_cache(maxsize=64)
def _rate_of(mime_type: str, default: int) -> int:
    for parameter in mime_type.split(";")[1:]:
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "rate" and value.isascii() and value.isdigit() and MIN_RATE <= int(value[:9]) <= MAX_RATE:
            return int(value[:9])
    return default


def input_blob(pcm: bytes, *, rate: int = INPUT_RATE) -> Blob:
    """Wrap input PCM for ``send_realtime_input(audio=…)``.  ``bytes`` are raw: they are never encoded twice."""
    return Blob(data=bytes(pcm), mime_type=input_mime_type(rate))


def decode_output(data: str | bytes) -> bytes:
    """Return the PCM of an answer, from base64 (a string, either alphabet) or as it is (bytes).

    Raises:
        ValueError: the string is not base64.
    """
    return read_base64(data) if isinstance(data, str) else bytes(data)


def duration_ms(pcm: bytes | int, *, rate: int = OUTPUT_RATE, channels: int = 1) -> float:
    """Return how many milliseconds some PCM, or a number of bytes, lasts.

    >>> duration_ms(48_000)
    1000.0
    """
    check_rate(rate)
    size = pcm if isinstance(pcm, int) else len(pcm)
    return (size // (SAMPLE_BYTES * channels)) * 1000 / rate


def bytes_for_duration(milliseconds: float, *, rate: int = INPUT_RATE, channels: int = 1) -> int:
    """Return the bytes of so many milliseconds, whole samples.

    >>> bytes_for_duration(100)
    3200
    """
    if not (math.isfinite(milliseconds) and milliseconds >= 0):
        raise ConfigError(f"must be a duration, not {milliseconds!r}", path="milliseconds")
    return round(milliseconds * check_rate(rate) / 1000) * SAMPLE_BYTES * channels


def chunks(pcm: bytes, milliseconds: float = 100, *, rate: int = INPUT_RATE) -> Iterator[bytes]:
    """Cut PCM into pieces of so many milliseconds; the last one may be shorter.

    >>> [len(chunk) for chunk in chunks(bytes(7000), 100)]
    [3200, 3200, 600]
    """
    size = max(SAMPLE_BYTES, bytes_for_duration(milliseconds, rate=rate))
    for start in range(0, len(pcm), size):
        yield pcm[start : start + size]


def _samples(pcm: bytes) -> array.array[int]:
    samples = array.array("h")
    samples.frombytes(pcm[: len(pcm) // SAMPLE_BYTES * SAMPLE_BYTES])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _pcm(samples: array.array[int]) -> bytes:
    if sys.byteorder == "big":
        samples = samples[:]
        samples.byteswap()
    return samples.tobytes()


def rms(pcm: bytes) -> float:
    """Return the root mean square of the samples, 0 (silence) to 32,768."""
    samples = _samples(pcm)
    return math.sqrt(sum(map(operator.mul, samples, samples)) / len(samples)) if samples else 0.0


def mono(pcm: bytes, channels: int) -> bytes:
    """Mix interleaved channels into one by their mean."""
    if channels == 1:
        return pcm
    samples = _samples(pcm)
    frames = len(samples) // channels
    return _pcm(array.array("h", [sum(samples[i * channels : (i + 1) * channels]) // channels for i in range(frames)]))


@attrs.frozen
class Wav:
    """A WAV file's contents.

    Attributes:
        pcm: mono, 16 bits.
        rate: samples per second.
    """

    pcm: bytes = attrs.field(repr=lambda pcm: f"<{len(pcm)} bytes>")
    rate: int

    @property
    def duration_ms(self) -> float:
        """How long it lasts."""
        return duration_ms(self.pcm, rate=self.rate)

    def at_rate(self, rate: int) -> Wav:
        """Return the same sound at another rate."""
        return self if rate == self.rate else Wav(resample(self.pcm, self.rate, rate), rate)


_UNKNOWN_SIZE = 0x7FFF_0000
"""Programs that write a WAV file into a pipe can't know its size, and put the largest number there."""


def read_wav(source: str | os.PathLike[str] | IO[bytes] | bytes) -> Wav:
    """Read a WAV file of 8, 16, 24 or 32 bits and any number of channels as mono 16-bit PCM.

    Args:
        source: a path, an open binary file, or the file's bytes.

    Raises:
        OSError: the file can't be read.
        ConfigError: it is no WAV file, its samples are not integers, or a part of it is missing.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with wave.open(os.fspath(stream) if isinstance(stream, os.PathLike) else stream, "rb") as reader:
            width, channels, rate = reader.getsampwidth(), reader.getnchannels(), reader.getframerate()
            promised = reader.getnframes() * width * channels
            data = reader.readframes(reader.getnframes())
    except (wave.Error, EOFError, RuntimeError) as error:  # the last is what a chunk raises that leads nowhere
        raise ConfigError(f"not a WAV file with integer samples: {str(error) or 'it ends too early'}") from error
    check_rate(rate, "the WAV file's rate")
    if len(data) < promised < _UNKNOWN_SIZE:
        raise ConfigError(f"the WAV file ends too early: {len(data)} of {promised} bytes of sound are there")
    data = data[: len(data) // (width * channels) * width * channels]
    return Wav(mono(_to_16_bits(data, width), channels), rate)


def _to_16_bits(data: bytes, width: int) -> bytes:
    """Bring samples of ``width`` bytes to two; WAV keeps 8-bit ones unsigned."""
    if width == SAMPLE_BYTES:
        return data
    if width == 1:
        return _pcm(array.array("h", [(sample - 128) << 8 for sample in data]))
    whole = data[: len(data) // width * width]
    result = bytearray(len(whole) // width * 2)
    result[0::2], result[1::2] = whole[width - 2 :: width], whole[width - 1 :: width]
    return bytes(result)


def write_wav(
    target: str | os.PathLike[str] | IO[bytes], pcm: bytes, *, rate: int = OUTPUT_RATE, channels: int = 1
) -> None:
    """Write 16-bit PCM as a WAV file.

    Half a frame at the end is left out.

    Raises:
        OSError: the file can't be written.
    """
    check_rate(rate)
    path = Path(target) if isinstance(target, (str, os.PathLike)) else None
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(SAMPLE_BYTES)
        writer.setframerate(rate)
        writer.writeframes(pcm[: len(pcm) // (SAMPLE_BYTES * channels) * SAMPLE_BYTES * channels])
    if path is not None:
        path.write_bytes(buffer.getvalue())
    else:
        target.write(buffer.getvalue())  # type: ignore[union-attr]


_TAPS_PER_PHASE = 24
_BLOCK_BYTES = 1 << 16
"""Of one input, so much is worked on at a time: numbers take many times the memory of samples."""


class Resampler:
    """Changes the rate of a stream of PCM, chunk by chunk, without a click at the seams.

    A windowed-sinc low-pass in polyphase form: for each output sample, 24 input samples (more when the rate goes down)
    and the phase's own coefficients.  More than 70 dB between the wanted signal and what folds back.

    Thread affinity: one thread at a time; it keeps the end of the last chunk.

    Example::

        resampler = Resampler(8_000, 16_000)
        for chunk in phone:
            session.send_audio(resampler.process(chunk))
        session.send_audio(resampler.flush())
    """

    def __init__(self, source_rate: int, target_rate: int) -> None:
        check_rate(source_rate, "source_rate")
        check_rate(target_rate, "target_rate")
        divisor = math.gcd(source_rate, target_rate)
        self._up, self._down = target_rate // divisor, source_rate // divisor
        self._stretch = max(1.0, source_rate / target_rate)
        self._taps = math.ceil(_TAPS_PER_PHASE * self._stretch / 2) * 2
        self._phases: dict[int, list[float]] = {}
        self._odd = b""
        self._samples = array.array("h", bytes(SAMPLE_BYTES * (self._taps // 2 - 1)))
        self._position = 0  # of the next output sample, in input samples times up, from the start of _samples

    def _coefficients(self, phase: int) -> list[float]:
        """Return the filter for an output sample ``phase / up`` of a sample after an input sample."""
        known = self._phases.get(phase)
        if known is None:
            half, fraction = self._taps // 2, phase / self._up
            cutoff = 0.92 / self._stretch
            raw = []
            for tap in range(self._taps):
                distance = tap - (half - 1) - fraction
                x = math.pi * distance * cutoff
                window = (
                    0.42 + 0.5 * math.cos(math.pi * distance / half) + 0.08 * math.cos(2 * math.pi * distance / half)
                )
                raw.append((math.sin(x) / x if x else 1.0) * window)
            total = sum(raw)
            known = self._phases[phase] = [value / total for value in raw]
        return known

    def process(self, pcm: bytes) -> bytes:
        """Return the output that the input so far allows; a half sample at the end is kept for the next call."""
        data = self._odd + pcm
        whole = len(data) // SAMPLE_BYTES * SAMPLE_BYTES
        self._odd = data[whole:]
        if self._up == self._down:
            return data[:whole]
        output = b""
        for start in range(0, whole, _BLOCK_BYTES):
            self._samples.extend(_samples(data[start : min(start + _BLOCK_BYTES, whole)]))
            output += self._run()
        return output

    def flush(self) -> bytes:
        """Return what the filter still holds and start afresh."""
        if self._up == self._down:
            self._odd = b""
            return b""
        self._samples.extend(array.array("h", bytes(SAMPLE_BYTES * (self._taps // 2))))
        tail = self._run()
        self._samples = array.array("h", bytes(SAMPLE_BYTES * (self._taps // 2 - 1)))
        self._position, self._odd = 0, b""
        return tail

    def _run(self) -> bytes:
        taps, up, down, position = self._taps, self._up, self._down, self._position
        samples = list(map(float, self._samples))  # once, not for each output sample that one goes into
        last = len(samples) - taps
        count = max(0, ((last + 1) * up - 1 - position) // down + 1)
        output = array.array("h", bytes(SAMPLE_BYTES * count))
        for first in range(min(up, count)):  # every up-th output sample has the same phase, down input samples further
            start, phase = divmod(position + first * down, up)
            wanted = self._coefficients(phase)
            starts = range(start, last + 1, down)
            output[first::up] = _clipped([sum(map(operator.mul, samples[at : at + taps], wanted)) for at in starts])
        position += count * down
        drop = min(position // up, len(samples))
        del self._samples[:drop]
        self._position = position - drop * up
        return _pcm(output)


def _clipped(values: list[float]) -> array.array[int]:
    """Round values to samples; what is too loud is as loud as can be."""
    rounded = list(map(round, values))
    try:
        return array.array("h", rounded)
    except OverflowError:
        return array.array("h", [max(-32_768, min(32_767, value)) for value in rounded])


def resample(pcm: bytes, source_rate: int, target_rate: int) -> bytes:
    """Return PCM at another rate, all at once; for a stream use :class:`Resampler`."""
    resampler = Resampler(source_rate, target_rate)
    return resampler.process(pcm) + resampler.flush()
