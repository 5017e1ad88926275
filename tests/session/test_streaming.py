"""Speech at the pace of real time, by a clock that only the test moves."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import pytest

import gemini_live.cli
from gemini_live import ConfigError, SessionClosed
from gemini_live.audio import Wav, duration_ms, read_wav, write_wav
from gemini_live.testing import ManualClock

from .conftest import TIMEOUT, Peer, eventually

SPEECH = Path(gemini_live.cli.__file__).with_name("speech.wav")
SECOND = bytes(32_000)


class Listening:
    """A server that counts the audio that has come."""

    def __init__(self, script) -> None:
        self.messages: list[dict] = []
        self.server = script(self._handle)
        self.base_url = self.server.base_url

    def _handle(self, peer: Peer) -> None:
        peer.accept()
        while True:
            try:
                self.messages.append(peer.receive()["realtimeInput"])
            except Exception:
                return

    @property
    def kinds(self) -> list[str]:
        """What came, in order."""
        return [next(iter(message)) for message in self.messages]


@pytest.fixture
def listening(script):
    """A server that counts the audio that has come."""
    return Listening(script)


def test_chunks_follow_the_clock(listening, open_session):
    """One chunk goes out at once and each next one when the one before has been spoken."""
    clock = ManualClock()
    session = open_session(listening, clock=clock)
    stream = session.stream_audio(SECOND, chunk_ms=250, background=True)
    eventually(lambda: len(listening.messages) == 1)

    clock.advance(0.249)
    clock.advance(0.001)
    eventually(lambda: len(listening.messages) == 2)
    clock.advance(0.5)
    eventually(lambda: len(listening.messages) == 4)
    assert not stream.done
    clock.advance(0.25)

    assert stream.wait(TIMEOUT)
    eventually(lambda: listening.kinds == ["audio"] * 4 + ["audioStreamEnd"])
    assert stream.sent_ms == 1000
    assert stream.error is None


def test_a_late_start_does_not_shift_the_rest(listening, open_session):
    """Deadlines are absolute: after a pause of the whole machine what is due goes out at once."""
    clock = ManualClock()
    session = open_session(listening, clock=clock)
    stream = session.stream_audio(SECOND, chunk_ms=100, background=True)
    eventually(lambda: len(listening.messages) == 1)

    clock.advance(0.55)

    eventually(lambda: len(listening.messages) == 6)
    stream.stop()
    assert stream.wait(TIMEOUT)


def test_pause_resume_and_stop(listening, open_session):
    """A paused stream sends nothing and loses nothing; a stopped one still says that it has ended."""
    clock = ManualClock()
    session = open_session(listening, clock=clock)
    stream = session.stream_audio(SECOND, chunk_ms=100, background=True)
    eventually(lambda: len(listening.messages) == 1)

    stream.pause()
    stream.pause()
    clock.advance(10)
    stream.resume()
    stream.resume()
    clock.advance(0.1)
    eventually(lambda: len(listening.messages) == 2)
    stream.stop()

    assert stream.wait(TIMEOUT)
    eventually(lambda: listening.kinds == ["audio", "audio", "audioStreamEnd"])
    assert stream.sent_ms == 200


def test_without_realtime_everything_goes_at_once(listening, open_session):
    """realtime=False does not look at the clock, and end=False leaves the stream open."""
    session = open_session(listening, clock=ManualClock())

    session.stream_audio(SECOND, realtime=False, end=False)

    eventually(lambda: listening.kinds == ["audio"] * 10)


@pytest.mark.parametrize("form", ["path", "str", "file", "bytes", "wav"])
def test_a_wav_file_in_any_form(listening, open_session, tmp_path, form):
    """Paths, open files, a file's bytes and Wav values are sent as 16 kHz mono, whatever their rate."""
    path = tmp_path / "tone.wav"
    write_wav(path, bytes(8_000 * 2), rate=8_000)
    source = {
        "path": path,
        "str": str(path),
        "file": io.BytesIO(path.read_bytes()),
        "bytes": path.read_bytes(),
        "wav": Wav(bytes(16_000), 8_000),
    }[form]
    session = open_session(listening)

    stream = session.stream_audio(source, realtime=False)

    assert stream.sent_ms == pytest.approx(1000, abs=1)
    eventually(lambda: listening.kinds[-1:] == ["audioStreamEnd"])
    assert listening.messages[0]["audio"]["mimeType"] == "audio/pcm;rate=16000"


def test_raw_pcm_keeps_its_rate_and_iterables_their_pieces(listening, open_session):
    """Raw PCM goes out at the rate it was said to have; an iterable's pieces stay as they are."""
    session = open_session(listening)

    session.stream_audio(bytes(1600), rate=8_000, realtime=False, end=False)
    session.stream_audio((bytes(size) for size in (2, 40, 6)), realtime=False, end=False)

    eventually(lambda: len(listening.messages) == 4)
    assert listening.messages[0]["audio"]["mimeType"] == "audio/pcm;rate=8000"


def test_a_file_that_cannot_be_read_sends_nothing(listening, open_session, tmp_path):
    """A missing file and a file that is no WAV file raise before the first message."""
    session = open_session(listening)
    (tmp_path / "no.wav").write_bytes(b"RIFFnothing")

    with pytest.raises(OSError, match="missing.wav"):
        session.stream_audio(tmp_path / "missing.wav")
    with pytest.raises(ConfigError, match="WAV"):
        session.stream_audio(tmp_path / "no.wav")

    assert listening.messages == []


def test_the_end_of_the_session_ends_a_background_stream(listening, open_session):
    """A stream whose session is closed ends by itself and keeps the error."""
    clock = ManualClock()
    session = open_session(listening, clock=clock)
    stream = session.stream_audio(SECOND, background=True)
    eventually(lambda: len(listening.messages) == 1)

    session.close()
    clock.advance(0.1)

    assert stream.wait(TIMEOUT)
    assert isinstance(stream.error, SessionClosed)


def test_a_source_that_raises_ends_the_stream(listening, open_session):
    """What an iterable raises comes out of a blocking stream and is kept by one in the background."""

    def source():
        yield bytes(320)
        raise KeyError("a broken microphone")

    session = open_session(listening)

    with pytest.raises(KeyError):
        session.stream_audio(source(), realtime=False)
    stream = session.stream_audio(source(), realtime=False, background=True)

    assert stream.wait(TIMEOUT)
    assert isinstance(stream.error, KeyError)


def test_speech_in_real_time_is_heard_and_answered(emulator, open_session):
    """A spoken file through the emulator's own voice detection comes back as a spoken answer."""
    session = open_session(emulator, input_audio_transcription={}, output_audio_transcription={})

    with session.expect(timeout=TIMEOUT) as turn:
        session.stream_audio(SPEECH, realtime=False)

    assert "seconds of speech" in turn.input_transcript
    assert duration_ms(turn.audio, rate=turn.audio_rate) > 1000
    assert any(turn.audio)


def test_speech_during_an_answer_interrupts_it(emulator, open_session, heard):
    """Speaking while the model speaks cuts it short, and the new speech is answered."""
    session = open_session(
        emulator,
        input_audio_transcription={},
        output_audio_transcription={},
        **heard.hooks("audio", "interrupted", "turn_complete"),
    )
    parked = threading.Event()
    session.once("audio", lambda _: parked.set())
    session.send_text("Please tell me a long story.")
    assert parked.wait(TIMEOUT)

    session.stream_audio(SPEECH, realtime=False)

    last = heard.wait("turn_complete", 2)
    assert heard.wait("interrupted").number == 1
    assert heard.values("turn_complete")[0].interrupted
    assert (last.number, last.interrupted) == (2, False)
    assert "speech" in last.output_transcript


THREE_EIGHT = "gemini-3.8-live"


def test_speech_ends_in_silence_where_nothing_else_ends_a_turn(open_session, server):
    """The end of the stream does not on the newest models; it takes as long as the setup says."""
    detection = {"silence_duration_ms": 300}
    session = open_session(
        server,
        model=THREE_EIGHT,
        output_audio_transcription={},
        realtime_input_config={"automatic_activity_detection": detection},
    )
    pcm = read_wav(SPEECH).pcm

    first = session.ask(audio=pcm, timeout=TIMEOUT)
    with session.expect(timeout=TIMEOUT) as second:
        session.stream_audio(SPEECH, realtime=False)

    assert "seconds of speech" in first.output_transcript
    assert "seconds of speech" in second.output_transcript
    sent = sum(len(one) for one in (pcm, pcm, bytes(2 * 32 * 700)))
    assert server.sessions[-1].audio_bytes == pytest.approx(sent, abs=200)


def test_speech_ends_at_its_end_where_the_end_of_the_stream_ends_a_turn(open_session, server):
    """No silence is added there."""
    session = open_session(server, output_audio_transcription={})
    pcm = read_wav(SPEECH).pcm

    session.ask(audio=pcm, timeout=TIMEOUT)

    assert server.sessions[-1].audio_bytes == len(pcm)
