"""The voice, and the detection of speech."""

from __future__ import annotations

import pytest

from gemini_live.audio import chunks, duration_ms, resample, rms
from gemini_live.emulator import voice
from gemini_live.emulator.vad import FRAME_BYTES, Segmenter, SpeechEnded, SpeechStarted, webrtc_judge

VOICED, QUIET = b"\x01" * FRAME_BYTES, bytes(FRAME_BYTES)


def segmenter(**options):
    return Segmenter(lambda frame: frame == VOICED, **{"start_ms": 60, "silence_ms": 100, **options})


def test_the_voice_is_deterministic_and_as_long_as_it_says():
    """The same text sounds the same, 14 letters a second."""
    text = "What a pleasant day, isn't it? 42 owls."
    pcm = b"".join(voice.speak(text))
    assert pcm == b"".join(voice.speak(text))
    assert duration_ms(pcm) == pytest.approx(voice.duration_ms(text)) == pytest.approx(len(text) * 1000 / 14, rel=0.01)


def test_the_voice_is_heard_and_pauses_between_words():
    """Letters sound, blanks don't, and the detector takes it for speech."""
    assert rms(b"".join(voice.speak("hello"))) > 1000
    assert rms(b"".join(voice.speak(" "))) == 0
    detector = Segmenter(webrtc_judge(2), start_ms=120, silence_ms=800)
    spoken = resample(b"".join(voice.speak("Hello there, nice to meet you.")), 24_000, 16_000)
    assert [type(event) for event in detector.feed(spoken) + detector.flush()] == [SpeechStarted, SpeechEnded]


def test_pitch_falls_in_a_sentence_and_starts_again():
    """The same letter sounds lower late in a sentence."""
    first, *_, last, _, _, again = voice.speak("a" * 20 + ". a")
    assert first == again != last


def test_speech_is_cut_out_of_silence(speech, silence):
    """Real speech between silences is one utterance of about its length, however it is chunked."""
    for size in (20, 33, 100, 5000):
        detector = Segmenter(webrtc_judge(2), start_ms=120, silence_ms=800)
        events = [event for chunk in chunks(silence + speech + silence, size) for event in detector.feed(chunk)]
        assert [type(event) for event in events] == [SpeechStarted, SpeechEnded]
        assert 2800 < events[1].speech_ms < 3500
        assert 0 <= duration_ms(events[1].pcm, rate=16_000) - events[1].speech_ms < 700


def test_silence_and_clicks_are_no_speech():
    """Nothing starts on silence, nor on one loud click."""
    click = bytearray(64_000)
    click[20_000:20_020] = b"\x00\x7f" * 10
    for pcm in (bytes(64_000), bytes(click)):
        detector = Segmenter(webrtc_judge(2), start_ms=120, silence_ms=800)
        assert detector.feed(pcm) + detector.flush() == []


def test_a_start_needs_its_time():
    """Less than ``start_ms`` of speech is none; with it the start is told at once."""
    detector = segmenter(start_ms=60)
    assert detector.feed(VOICED * 2 + QUIET) == []
    assert detector.feed(VOICED * 2) == []
    assert detector.feed(VOICED) == [SpeechStarted()]
    assert detector.speaking


def test_an_end_needs_its_silence():
    """Pauses shorter than ``silence_ms`` don't end an utterance."""
    detector = segmenter(silence_ms=100)
    assert detector.feed(VOICED * 3 + QUIET * 4 + VOICED) == [SpeechStarted()]
    assert detector.feed(QUIET * 4) == []
    (end,) = detector.feed(QUIET)
    assert end.speech_ms == 160
    assert not detector.speaking


def test_a_flush_ends_the_utterance_at_once():
    """The end of the stream is the end of the speech; half a frame is forgotten."""
    detector = segmenter()
    detector.feed(QUIET * 20 + VOICED * 5 + b"\x01\x01")
    (end,) = detector.flush()
    assert end.speech_ms == 100
    assert end.pcm == QUIET * 10 + VOICED * 5
    assert detector.flush() == []
    assert detector.feed(VOICED * 3) == [SpeechStarted()]


def test_what_was_heard_is_not_in_the_repr():
    """Sound is shown by its size."""
    assert repr(SpeechEnded(b"1234", 20.0)) == "SpeechEnded(pcm=<4 bytes>, speech_ms=20.0)"
