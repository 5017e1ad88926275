"""PCM arithmetic, WAV files, and the resampler."""

from __future__ import annotations

import array
import contextlib
import doctest
import io
import itertools
import math
import struct
import sys
import wave
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemini_live import audio
from gemini_live.audio import (
    Resampler,
    Wav,
    bytes_for_duration,
    chunks,
    decode_output,
    duration_ms,
    input_blob,
    input_mime_type,
    mono,
    rate_of,
    read_wav,
    resample,
    rms,
    write_wav,
)
from gemini_live.exceptions import ConfigError
from gemini_live.types import encode


def pcm_of(samples: list[int]) -> bytes:
    """Return samples as 16-bit little-endian PCM."""
    return struct.pack(f"<{len(samples)}h", *samples)


def samples_of(pcm: bytes) -> list[int]:
    """Return the samples of PCM."""
    return list(struct.unpack(f"<{len(pcm) // 2}h", pcm))


def tone(frequency: float, rate: int, seconds: float = 0.5, amplitude: float = 20_000) -> bytes:
    """Return a sine."""
    return pcm_of(
        [round(amplitude * math.sin(2 * math.pi * frequency * n / rate)) for n in range(round(seconds * rate))]
    )


def wav_file(data: bytes, *, width: int, channels: int, rate: int = 16_000) -> bytes:
    """Return a WAV file with these bytes of sound."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(width)
        writer.setframerate(rate)
        writer.writeframes(data)
    return buffer.getvalue()


def test_the_examples_in_the_docstrings() -> None:
    """They are true."""
    result = doctest.testmod(audio, optionflags=doctest.ELLIPSIS)
    assert result.attempted > 3
    assert result.failed == 0


def test_mime_types_name_their_rate() -> None:
    """Out by rate, in with a default for servers that name none."""
    assert input_mime_type() == audio.INPUT_MIME_TYPE == "audio/pcm;rate=16000"
    assert audio.OUTPUT_MIME_TYPE == "audio/pcm;rate=24000"
    assert rate_of(input_mime_type(8_000)) == 8_000


@pytest.mark.parametrize(
    "mime_type",
    [None, "", "audio/pcm", "audio/pcm;rate=", "audio/pcm;rate=abc", "audio/pcm;rate=0", "audio/pcm;rate=-8000",
     "audio/pcm;rate=²", "audio/pcm;rate=999999999999", "audio/pcm;rate=1.5", "rate=16000", "audio/pcm;bitrate=16000"],
)  # fmt: skip
def test_mime_types_without_a_usable_rate_mean_the_default(mime_type: str | None) -> None:
    """Whatever a server writes there, decoding goes on."""
    assert rate_of(mime_type) == 24_000
    assert rate_of(mime_type, 8_000) == 8_000


@pytest.mark.parametrize(
    "mime_type", ["audio/pcm;rate=16000", "audio/pcm; Rate=16000", "audio/pcm;channels=1;rate=16000 "]
)
def test_mime_types_are_read_as_mime_types(mime_type: str) -> None:
    """Blanks, case and other parameters do not matter."""
    assert rate_of(mime_type) == 16_000


@pytest.mark.parametrize("rate", [0, -1, 999, 384_001, True, 16_000.0, "16000", None])
def test_rates_are_checked(rate: Any) -> None:
    """Everything that takes a rate refuses what is none."""
    for use in (
        lambda: input_mime_type(rate),
        lambda: input_blob(b"", rate=rate),
        lambda: duration_ms(b"", rate=rate),
        lambda: bytes_for_duration(1, rate=rate),
        lambda: list(chunks(b"ab", rate=rate)),
        lambda: write_wav(io.BytesIO(), b"", rate=rate),
        lambda: Resampler(rate, 16_000),
        lambda: Resampler(16_000, rate),
    ):
        with pytest.raises(ConfigError, match="rate: must be samples per second"):
            use()


def test_input_is_raw_and_encoded_once() -> None:
    """bytes, bytearray or memoryview in; base64 only on the wire."""
    for pcm in (b"\0\1", bytearray(b"\0\1"), memoryview(b"\0\1")):
        assert encode(input_blob(pcm)) == {"mimeType": "audio/pcm;rate=16000", "data": "AAE="}  # type: ignore[arg-type]


def test_output_is_decoded_from_any_form() -> None:
    """Base64 of either alphabet, or bytes."""
    assert decode_output("-_8") == decode_output("+/8=") == decode_output(b"\xfb\xff") == b"\xfb\xff"
    with pytest.raises(ValueError, match="base64"):
        decode_output("*")


def test_durations() -> None:
    """Whole samples, both ways."""
    assert duration_ms(b"\0" * 32_000, rate=16_000) == 1_000
    assert duration_ms(48_001) == 1_000
    assert duration_ms(192_000, rate=48_000, channels=2) == 1_000
    assert bytes_for_duration(20, rate=8_000) == 320
    assert bytes_for_duration(0) == 0
    assert bytes_for_duration(10, rate=44_100, channels=2) == 441 * 4
    for wrong in (-1, math.nan, math.inf):
        with pytest.raises(ConfigError, match="milliseconds: must be a duration"):
            bytes_for_duration(wrong)


@given(st.binary(max_size=5_000), st.floats(0, 300), st.sampled_from([8_000, 16_000, 22_050, 44_100]))
def test_chunks_lose_nothing(pcm: bytes, milliseconds: float, rate: int) -> None:
    """Joined they are the whole; all but the last have the same length, of whole samples."""
    pieces = list(chunks(pcm, milliseconds, rate=rate))
    assert b"".join(pieces) == pcm
    assert len({len(piece) for piece in pieces[:-1]}) <= 1
    assert all(len(piece) % 2 == 0 and piece for piece in pieces[:-1])


def test_rms() -> None:
    """Silence is 0, a square wave its height; half a sample does not count."""
    assert rms(b"") == rms(b"x") == rms(bytes(100)) == 0
    assert rms(pcm_of([1_000, -1_000] * 50) + b"x") == 1_000
    assert rms(pcm_of([-32_768] * 10)) == 32_768
    assert rms(tone(440, 16_000)) == pytest.approx(20_000 / math.sqrt(2), rel=0.01)


def test_mono_is_the_mean_of_the_channels() -> None:
    """Also of loud ones; one channel is left alone."""
    assert mono(b"abc", 1) == b"abc"
    assert samples_of(mono(pcm_of([100, 200, -32_768, -32_768, 32_767, 32_767]), 2)) == [150, -32_768, 32_767]
    assert samples_of(mono(pcm_of([1, 2, 3, 4, 5, 6, 7]), 3)) == [2, 5]


SAMPLES = [0, 1, -1, 255, 256, -256, 12_345, -12_345, 32_767, -32_768]


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_wav_files_of_every_width(width: int, channels: int) -> None:
    """8, 16, 24 and 32 bits come out as 16; both channels hold the same here, so their mean is it."""
    if width == 1:
        expected = [(sample >> 8) << 8 for sample in SAMPLES]
        encoded = [bytes([(sample >> 8) + 128]) for sample in SAMPLES]
    else:
        expected = SAMPLES
        encoded = [(sample << 8 * (width - 2)).to_bytes(width, "little", signed=True) for sample in SAMPLES]
    found = read_wav(wav_file(b"".join(sample * channels for sample in encoded), width=width, channels=channels))

    assert samples_of(found.pcm) == expected
    assert found.rate == 16_000
    assert found.duration_ms == len(SAMPLES) / 16


@given(st.lists(st.integers(-32_768, 32_767), max_size=200), st.sampled_from([8_000, 16_000, 24_000, 48_000]))
def test_wav_round_trip(samples: list[int], rate: int) -> None:
    """What is written is read again."""
    buffer = io.BytesIO()
    write_wav(buffer, pcm_of(samples), rate=rate)
    for source in (buffer.getvalue(), io.BytesIO(buffer.getvalue())):
        assert read_wav(source) == Wav(pcm_of(samples), rate)


def test_wav_by_path(tmp_path: Path) -> None:
    """A string, a path or an open file, on both ways; half a sample at the end is left out."""
    path = tmp_path / "a.wav"
    for target in (path, str(path)):
        write_wav(target, pcm_of([1, 2, 3]) + b"x", rate=8_000)
        assert read_wav(path) == read_wav(str(path)) == Wav(pcm_of([1, 2, 3]), 8_000)
    with path.open("wb") as file:
        write_wav(file, pcm_of([1, 3, 5, 7]), channels=2)
    with path.open("rb") as file:
        assert read_wav(file) == Wav(pcm_of([2, 6]), 24_000)
    with pytest.raises(FileNotFoundError):
        read_wav(tmp_path / "missing.wav")
    with pytest.raises(OSError, match="directory"):
        write_wav(tmp_path, b"")
    assert "<6 bytes>" in repr(Wav(pcm_of([1, 2, 3]), 8_000))


WHOLE = wav_file(pcm_of(SAMPLES), width=2, channels=1)


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_a_cut_file_is_no_wav_file(length: int) -> None:
    """Wherever it is cut: a part of the sound is not taken for the whole."""
    with pytest.raises(ConfigError):
        read_wav(WHOLE[:length])


@pytest.mark.parametrize("size", [0xFFFF_FFFF, 0x7FFF_FFFF - 36])
def test_a_file_of_unknown_length_is_read_to_its_end(size: int) -> None:
    """Programs that write into a pipe put the largest number where the size belongs; half a sample is left out."""
    head = WHOLE[:40] + struct.pack("<I", size)
    assert read_wav(head + pcm_of([1, 2, 3]) + b"x").pcm == pcm_of([1, 2, 3])


@given(st.binary(max_size=200), st.integers(0, len(WHOLE)), st.integers(0, 40))
@settings(max_examples=400)
def test_garbage_is_a_config_error(garbage: bytes, keep: int, cut: int) -> None:
    """Any bytes at all, also behind and inside a good beginning."""
    for data in (garbage, WHOLE[:keep] + garbage, WHOLE[:keep] + garbage + WHOLE[keep + cut :]):
        with contextlib.suppress(ConfigError):
            read_wav(data)


def test_wav_files_that_are_no_sound_for_us() -> None:
    """Floating point, no channels, an odd rate."""
    for offset, packed in ((20, b"\x03\x00"), (22, b"\x00\x00"), (24, b"\x01\x00\x00\x00"), (34, b"\x00\x00")):
        data = WHOLE[:offset] + packed + WHOLE[offset + len(packed) :]
        with pytest.raises(ConfigError):
            read_wav(data)


RATES = [(8_000, 16_000), (16_000, 24_000), (24_000, 16_000), (48_000, 16_000), (44_100, 16_000), (24_000, 8_000)]


@given(
    st.binary(max_size=1_500),
    st.lists(st.integers(0, 1_500), max_size=8),
    st.sampled_from([*RATES, (16_000, 16_000)]),
)
def test_a_stream_gives_what_the_whole_gives(pcm: bytes, cuts: list[int], rates: tuple[int, int]) -> None:
    """However it is cut, in the middle of samples too: no click, no sample more or less, and a second use is fresh."""
    expected = resample(pcm, *rates)
    edges = [0, *sorted(min(cut, len(pcm)) for cut in cuts), len(pcm)]
    resampler = Resampler(*rates)
    for _ in range(2):
        pieces = [resampler.process(pcm[start:end]) for start, end in itertools.pairwise(edges)]
        assert all(len(piece) % 2 == 0 for piece in pieces)
        assert b"".join(pieces) + resampler.flush() == expected
    assert len(expected) // 2 == math.ceil(len(pcm) // 2 * rates[1] / rates[0])


def test_a_long_input_is_worked_on_in_parts() -> None:
    """At once or in small pieces, what comes out is the same."""
    pcm = tone(440, 16_000, 2.1)
    for rates in ((24_000, 8_000), (44_100, 16_000)):
        resampler = Resampler(*rates)
        pieces = [resampler.process(pcm[start : start + 4_096]) for start in range(0, len(pcm), 4_096)]
        assert resample(pcm, *rates) == b"".join(pieces) + resampler.flush()


def level_db(pcm: bytes, frequency: float, rate: int) -> tuple[float, float]:
    """Return the level of one frequency and of everything else, in dB of full scale, edges left out."""
    samples = samples_of(pcm)
    period = round(rate / math.gcd(round(frequency), rate))
    margin = 200
    count = (len(samples) - 2 * margin) // period * period
    middle = samples[margin : margin + count]
    cosine = sum(s * math.cos(2 * math.pi * frequency * n / rate) for n, s in enumerate(middle)) * 2 / count
    sine = sum(s * math.sin(2 * math.pi * frequency * n / rate) for n, s in enumerate(middle)) * 2 / count
    rest = [
        s - cosine * math.cos(2 * math.pi * frequency * n / rate) - sine * math.sin(2 * math.pi * frequency * n / rate)
        for n, s in enumerate(middle)
    ]
    amplitude = math.hypot(cosine, sine) / 32_768
    noise = math.sqrt(2 * sum(value * value for value in rest) / count) / 32_768
    return 20 * math.log10(max(amplitude, 1e-9)), 20 * math.log10(max(noise, 1e-9))


@pytest.mark.parametrize("rates", RATES)
def test_a_tone_stays_a_tone(rates: tuple[int, int]) -> None:
    """440 Hz keeps its level, with more than 70 dB to everything that was not there."""
    wanted, rest = level_db(resample(tone(440, rates[0]), *rates), 440, rates[1])
    assert wanted == pytest.approx(20 * math.log10(20_000 / 32_768), abs=0.1)
    assert wanted - rest > 70


@pytest.mark.parametrize(
    ("source", "target", "frequency", "folded"),
    [(48_000, 16_000, 11_000, 5_000), (24_000, 16_000, 11_000, 5_000), (24_000, 8_000, 6_000, 2_000)],
)
def test_what_does_not_fit_does_not_fold_back(source: int, target: int, frequency: int, folded: int) -> None:
    """A tone that the lower rate can't hold is gone, not somewhere else."""
    wanted, _ = level_db(resample(tone(frequency, source), source, target), folded, target)
    assert wanted < -70


def test_loud_edges_are_clipped() -> None:
    """A square wave at full level overshoots in the filter; it must not wrap around."""
    square = pcm_of(([32_767] * 20 + [-32_768] * 20) * 20)
    found = samples_of(resample(square, 16_000, 24_000))
    assert max(found) == 32_767
    assert min(found) == -32_768
    assert found[15] > 0


def test_nothing_is_nothing() -> None:
    """No input, no output, at any rates."""
    for rates in [*RATES, (16_000, 16_000)]:
        assert resample(b"", *rates) == b""
        assert resample(b"x", *rates) == b""


def test_a_wav_at_another_rate() -> None:
    """The same one where nothing is to be done."""
    wav = Wav(tone(440, 24_000, 0.1), 24_000)
    assert wav.at_rate(24_000) is wav
    assert wav.at_rate(16_000).rate == 16_000
    assert wav.at_rate(16_000).duration_ms == pytest.approx(wav.duration_ms, abs=1)


def test_other_byte_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a big-endian machine samples are swapped on the way in and out: PCM is little-endian everywhere."""
    stereo = pcm_of([256, 512])
    swapped = array.array("h", stereo)
    swapped.byteswap()
    monkeypatch.setattr(sys, "byteorder", "big" if sys.byteorder == "little" else "little")
    assert rms(stereo) == pytest.approx(math.sqrt(sum(value * value for value in swapped) / 2))
    assert mono(pcm_of([256, 256]), 2) == pcm_of([256])
