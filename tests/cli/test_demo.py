"""The command line: what works, and that everything that does not is one line and a status."""

from __future__ import annotations

import array
import os
import re
import signal
import struct
import sys
import wave
from importlib.util import find_spec
from pathlib import Path

import pytest

import gemini_live
from gemini_live.audio import read_wav, rms, write_wav
from gemini_live.cli import demo, main
from gemini_live.cli.demo import EMULATED_MODEL, SPEECH
from gemini_live.emulator import Emulator

from .running import KEY, SECONDS, only_line, ran


@pytest.fixture(scope="module")
def question(tmp_path_factory):
    """A short spoken question, as samples and as a file."""
    wav = read_wav(SPEECH).at_rate(16_000)
    path = tmp_path_factory.mktemp("question") / "question.wav"
    write_wav(path, wav.pcm[: 2 * 16_000 // 2], rate=16_000)
    return path


@pytest.fixture
def server(monkeypatch):
    """An emulator that the environment points at, with a key for it."""
    with Emulator(tls=False, api_keys=[KEY], output_speed=float("inf")) as emulator:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", emulator.base_url)
        monkeypatch.setenv("GEMINI_API_KEY", KEY)
        yield emulator


# What works


def test_the_demo_needs_no_key(start, tmp_path, question):
    """Without a key an emulator answers; the answer is in a file and is no silence."""
    process = start("demo", "--wav", question)
    out, err = process.communicate(timeout=SECONDS)
    text = out.decode()

    answer = read_wav(tmp_path / "answer.wav")
    assert (process.returncode, err) == (0, b"")
    assert answer.rate == 24_000
    assert rms(answer.pcm) > 100
    assert re.search(rf"^Connected to (models/)?{EMULATED_MODEL} in \d+ ms\.$", text, re.MULTILINE)
    assert re.search(r"^First audio \d+\.\d\d s after", text, re.MULTILINE)
    assert "\r" not in text


@pytest.mark.skipif(not all(map(find_spec, demo.VOICE_MODULES)), reason="the extra offline-voice is not installed")
def test_with_a_voice_the_demo_is_a_spoken_conversation(start):
    """The question is heard, a function of the demo is called, and the answer names the city."""
    out, err = start("demo").communicate(timeout=SECONDS)
    text = out.decode()

    assert err == b""
    assert "You: What is the weather in London?" in text
    assert "(the model calls get_weather with {'city': 'London'})" in text
    assert "Model: It is foggy and 12 degrees in London." in text


def test_without_a_voice_the_demo_says_back_what_it_hears(capsys, monkeypatch, tmp_path, question):
    """And says so."""
    monkeypatch.setattr(demo, "find_spec", lambda name: None)

    status, out, _ = ran(capsys, "demo", "--wav", question, "--out", tmp_path / "a.wav")

    assert status == 0
    assert "it says back what it hears" in out
    assert "Model: I heard" in out


def test_the_demo_speaks_to_whom_the_environment_names(server, capsys, tmp_path, question):
    """With a key and an address the same conversation is held there; the key is shown nowhere."""
    target = tmp_path / "out.wav"

    status, out, err = ran(capsys, "demo", "--wav", question, "--out", target, "--model", EMULATED_MODEL)

    assert (status, err) == (0, "")
    assert "emulator on this machine" not in out
    assert KEY not in out
    assert re.search(r"^Tokens: \d+ in, \d+ out, \d+ in all\.$", out, re.MULTILINE)
    assert str(target) in out
    assert rms(read_wav(target).pcm) > 100


@pytest.mark.parametrize(
    ("rate", "width", "channels"), [(44_100, 2, 2), (8_000, 1, 1)], ids=["44.1 kHz stereo", "8-bit telephone"]
)
def test_a_question_may_be_of_any_kind_of_pcm(server, capsys, tmp_path, question, rate, width, channels):
    """Rate, channels and width are brought to what the service hears."""
    samples = array.array("h", read_wav(question).at_rate(rate).pcm)
    data = bytes((value >> 8) + 128 for value in samples) if width == 1 else samples.tobytes()
    frames = b"".join(data[at : at + width] * channels for at in range(0, len(data), width))
    path = tmp_path / "question.wav"
    with wave.open(str(path), "wb") as writer:
        writer.setparams((channels, width, rate, 0, "NONE", ""))
        writer.writeframes(frames)

    status, _, err = ran(capsys, "demo", "--wav", path, "--out", tmp_path / "a.wav", "--model", EMULATED_MODEL)

    assert (status, err) == (0, "")
    assert len(server.sessions[0].audio) > 0.45 * 32_000


# What was asked wrongly


def float_wav():
    """Return a WAV file of floating-point samples."""
    data = struct.pack("<100f", *[0.5] * 100)
    head = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 3, 1, 16_000, 64_000, 4, 32)
    body = head + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def empty_wav(path):
    """Write a WAV file without a sample."""
    write_wav(path, b"", rate=16_000)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "No such file"),
        (lambda path: path.mkdir(), "directory"),
        (lambda path: path.write_bytes(b""), "WAV"),
        (lambda path: path.write_bytes(b"ID3\x04" + bytes(2000)), "WAV"),
        (lambda path: path.write_bytes(float_wav()), "integer samples"),
        (lambda path: path.write_bytes(empty_wav(path)), "no sound"),
        (lambda path: path.write_bytes(SPEECH.read_bytes()[:1000]), "too early"),
    ],
    ids=["missing", "folder", "empty file", "no WAV", "float", "no sound", "cut off"],
)
def test_a_question_that_can_not_be_read_is_one_line(capsys, tmp_path, make, words):
    """The line names the file and what is wrong with it; nothing is dialled."""
    path = tmp_path / "question.wav"
    make(path)

    status, out, err = ran(capsys, "demo", "--wav", path)

    assert (status, out) == (2, "")
    assert str(path) in only_line(err)
    assert words in err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_question_without_permission_is_one_line(capsys, tmp_path):
    """The system's own words are shown."""
    path = tmp_path / "question.wav"
    path.write_bytes(SPEECH.read_bytes())
    path.chmod(0)

    status, _, err = ran(capsys, "demo", "--wav", path)

    assert status == 2
    assert "Permission denied" in only_line(err)


def test_an_answer_without_a_place_is_refused_before_anything_is_said(capsys, tmp_path, question):
    """A missing folder is found out before the conversation, not after it."""
    for target in (tmp_path / "missing" / "answer.wav", tmp_path):
        status, out, err = ran(capsys, "demo", "--wav", question, "--out", target)

        assert (status, out) == (2, "")
        assert "folder" in only_line(err)


def test_a_model_that_is_no_name_is_one_line(server, capsys, question):
    """Options are checked before anything is dialled."""
    status, _, err = ran(capsys, "demo", "--wav", question, "--model", "../etc")

    assert status == 2
    assert "model" in only_line(err)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("GOOGLE_GEMINI_BASE_URL", "http://example.com"), ("GEMINI_API_KEY", "two words"), ("GEMINI_API_KEY", " ")],
)
def test_a_wrong_environment_is_one_line_that_names_the_variable(capsys, monkeypatch, question, variable, value):
    """Whoever set it finds it by its name; a key is not repeated."""
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv(variable, value)

    status, out, err = ran(capsys, "demo", "--wav", question)

    assert (status, out) == (2, "")
    assert variable in only_line(err)
    assert "two words" not in err


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["demo", "--nonsense"], ["demo", "--wav"], ["--nonsense"]])
def test_a_command_that_does_not_exist_exits_with_2(capsys, arguments):
    """Usage goes to standard error, as everywhere."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)

    written = capsys.readouterr()
    assert caught.value.code == 2
    assert written.out == ""
    assert "usage: gemini-live" in written.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--version"], f"gemini-live {gemini_live.__version__}\n"), (["--help"], "demo"), (["demo", "--help"], "--wav")],
)
def test_what_asks_about_the_command_succeeds(capsys, arguments, words):
    """Version and help go to standard output and exit with 0."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)

    assert caught.value.code == 0
    assert words in capsys.readouterr().out


def test_the_emulator_that_is_not_installed_is_one_line(capsys, monkeypatch, question):
    """Without the extra, the line says what to install or what to set."""
    monkeypatch.setitem(sys.modules, "aiohttp", None)

    status, _, err = ran(capsys, "demo", "--wav", question)

    assert status == 2
    assert "gemini-live[emulator]" in only_line(err)


# What fails outside


def test_a_refused_connection_is_one_line(capsys, monkeypatch, question, nobody):
    """Nobody listens: one line, status 1, and no key in it."""
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", nobody)
    monkeypatch.setenv("GEMINI_API_KEY", KEY)

    status, _, err = ran(capsys, "demo", "--wav", question)

    assert status == 1
    assert KEY not in only_line(err)


def test_a_key_that_is_not_accepted_is_one_line(server, capsys, monkeypatch, question):
    """The server's words and the hint are shown, the key is not."""
    monkeypatch.setenv("GEMINI_API_KEY", "wrong-horse-battery")

    status, _, err = ran(capsys, "demo", "--wav", question, "--model", EMULATED_MODEL)

    assert status == 1
    assert "API key not valid" in only_line(err)
    assert "wrong-horse-battery" not in err


def test_an_answer_that_can_not_be_written_is_one_line(server, capsys, tmp_path, question):
    """A full disk is nobody's mistake: status 1 and the system's words."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")

    status, _, err = ran(capsys, "demo", "--wav", question, "--out", "/dev/full", "--model", EMULATED_MODEL)

    assert status == 1
    assert "/dev/full" in only_line(err)


def test_an_answer_without_speech_is_one_line(capsys, monkeypatch, tmp_path, question):
    """There is nothing to save, and the line says so and why."""
    turn = gemini_live.Turn(number=1, reason="RESPONSE_REJECTED", complete=True)
    monkeypatch.setattr(demo._Conversation, "hold", lambda self, session: turn)

    status, _, err = ran(capsys, "demo", "--wav", question, "--out", tmp_path / "a.wav")

    assert status == 1
    assert "RESPONSE_REJECTED" in only_line(err)
    assert not (tmp_path / "a.wav").exists()


# Signals and pipes


def test_ctrl_c_ends_it_quickly_with_one_line(start):
    """An interruption is status 130 and no traceback, also with a session open."""
    process = start("demo")
    lines = [process.stdout.readline() for _ in range(2)]
    assert b"Connected" in lines[1]

    process.send_signal(signal.SIGINT)

    out, err = process.communicate(timeout=8)
    assert process.returncode == 130
    assert only_line(err.decode()) == "interrupted"
    assert b"Traceback" not in out


def test_a_reader_that_goes_away_is_no_traceback(start, question):
    """``gemini-live demo | head -1`` ends with the pipe."""
    process = start("demo", "--wav", question)
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None

    _, err = process.communicate(timeout=SECONDS)

    assert (process.returncode, err) == (1, b"")


def test_the_module_is_the_command(start):
    """``python -m gemini_live`` runs the same program."""
    out, err = start("--version").communicate(timeout=SECONDS)

    assert (out.decode(), err) == (f"gemini-live {gemini_live.__version__}{os.linesep}", b"")


def test_an_interruption_before_anything_was_said_is_one_line(capsys, monkeypatch, question):
    """Ctrl-C has its own status wherever it comes."""

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "_read", interrupt)

    status, out, err = ran(capsys, "demo", "--wav", question)

    assert (status, out) == (130, "")
    assert only_line(err) == "interrupted"
