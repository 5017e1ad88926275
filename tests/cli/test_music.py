"""The command that has music made: what is asked for, what is written down, and how it ends."""

from __future__ import annotations

import base64
import math
import os
import re
import signal
import sys
import wave
from pathlib import Path

import pytest

from gemini_live.audio import rms
from gemini_live.cli import main, music
from gemini_live.cli.pcm_files import WavFile
from gemini_live.emulator import Emulator

from .running import KEY, SECONDS, only_line, ran

BYTES_A_SECOND = 192_000


@pytest.fixture
def serve(monkeypatch):
    """Start an emulator that the environment points at, with a key for it; it plays in tenths of a second."""
    started = []

    def start(**options):
        settings = {"output_speed": math.inf, "music_chunk_seconds": 0.1, **options}
        server = Emulator(tls=False, api_keys=[KEY], **settings).start()
        started.append(server)
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", server.base_url)
        monkeypatch.setenv("GEMINI_API_KEY", KEY)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def server(serve):
    """One that does not wait."""
    return serve()


def sound(path):
    """Return the sound of a WAV file, which is 48 kHz, stereo, and as long as its header says."""
    with wave.open(str(path), "rb") as reader:
        assert (reader.getframerate(), reader.getnchannels(), reader.getsampwidth()) == (48_000, 2, 2)
        pcm = reader.readframes(reader.getnframes())
        assert len(pcm) == reader.getnframes() * 4
        assert path.stat().st_size == 44 + len(pcm)
    return pcm


# What works


def test_music_needs_no_key(start, tmp_path):
    """Without a key an emulator plays, and the command says so; what it played is in a file."""
    process = start("music", "minimal techno:1.0", "piano:0.5", "--bpm", 120, "--seconds", 3, "--out", "techno.wav")
    out, err = process.communicate(timeout=SECONDS)

    lines = out.decode().splitlines()
    assert (process.returncode, err) == (0, b"")
    assert lines[0] == "No GEMINI_API_KEY is set, so an emulator on this machine plays, with simple sounds."
    assert lines[1].startswith("Connected to models/lyria-realtime-exp in ")
    assert lines[2:] == [
        "Asked for minimal techno (1), piano (0.5).",
        f"Playing [{'#' * 30}] 3.0 of 3.0 s",
        "3.0 s of music in 2 chunks, 576,000 bytes of 48000 Hz with 2 channels, are in techno.wav.",
    ]
    pcm = sound(tmp_path / "techno.wav")
    assert len(pcm) == 3 * BYTES_A_SECOND
    assert rms(pcm) > 100


def test_with_a_key_it_goes_where_the_environment_says(server, capsys, tmp_path):
    """What was asked for arrives as it was written; the key is shown nowhere."""
    out = tmp_path / "a.wav"

    status, words, err = ran(
        capsys, "music", "rain: a storm:2", "piano", "--bpm", 90, "--scale", "B minor", "--density", 0.2, "--brightness",
        0.3, "--temperature", 2, "--top-k", 7, "--guidance", 1, "--seed", 5, "--mute-drums", "--mode", "diversity",
        "--seconds", 0.5, "--out", out,
    )  # fmt: skip

    assert (status, err) == (0, "")
    assert "emulator" not in words and KEY not in words
    (session,) = server.sessions
    assert session.music.prompts == ({"text": "rain: a storm", "weight": 2.0}, {"text": "piano", "weight": 1.0})
    assert session.music.config == {
        "bpm": 90, "scale": "D_MAJOR_B_MINOR", "density": 0.2, "brightness": 0.3, "temperature": 2.0, "topK": 7,
        "guidance": 1.0, "seed": 5, "muteDrums": True, "musicGenerationMode": "DIVERSITY",
    }  # fmt: skip
    assert len(sound(out)) == 0.5 * BYTES_A_SECOND


def test_without_a_word_of_it_no_configuration_is_sent(server, capsys, tmp_path):
    """The service keeps its own defaults."""
    ran(capsys, "music", "piano", "--seconds", 0.1, "--out", tmp_path / "a.wav")

    assert [list(message) for message in server.sessions[0].received] == [
        ["setup"],
        ["clientContent"],
        ["playbackControl"],
    ]


@pytest.mark.parametrize(("seconds", "frames"), [(0.1, 4_800), (0.25, 12_000), (0.33333, 16_000), (1, 48_000)])
def test_it_ends_at_the_frame(server, capsys, tmp_path, seconds, frames):
    """Pieces have their own length; the last one is cut."""
    out = tmp_path / "a.wav"

    status, _, _ = ran(capsys, "music", "piano", "--seconds", seconds, "--out", out)

    assert status == 0
    assert len(sound(out)) == frames * 4


def test_the_same_seed_is_the_same_file(server, capsys, tmp_path):
    """What is written down is what was played, in its order."""
    files = [tmp_path / "a.wav", tmp_path / "b.wav"]

    for path in files:
        ran(capsys, "music", "techno", "--seed", 3, "--seconds", 2, "--out", path)

    assert sound(files[0]) == sound(files[1])


def test_an_older_file_gives_way_to_the_music(server, capsys, tmp_path):
    """Nothing of it is left, also where it was longer."""
    out = tmp_path / "a.wav"
    out.write_bytes(b"old" * 200_000)

    ran(capsys, "music", "piano", "--seconds", 0.2, "--out", out)

    assert len(sound(out)) == 0.2 * BYTES_A_SECOND


def test_a_dash_is_standard_output(server, capsysbinary):
    """PCM and nothing else goes there; all words go to standard error."""
    status = main(["music", "piano", "--seconds", "0.7", "--out", "-"])

    out, err = capsysbinary.readouterr()
    assert status == 0
    assert len(out) == 0.7 * BYTES_A_SECOND
    assert rms(out) > 100
    assert "Connected to" in err.decode()
    assert err.decode().splitlines()[-1].endswith("134,400 bytes of 48000 Hz with 2 channels, went to standard output.")


def test_prompts_that_are_not_played_are_shown(server, capsys, tmp_path):
    """With the service's reason; the others are played."""
    status, words, _ = ran(capsys, "music", "piano", "obscene:2", "--seconds", 0.2, "--out", tmp_path / "a.wav")

    assert status == 0
    assert "\nNot played: obscene (The prompt contains words that are not allowed.)\n" in words


def test_what_others_wrote_does_a_terminal_no_harm(server, capsys, tmp_path):
    """Control characters are none, and a line stays one."""
    status, words, _ = ran(capsys, "music", "obscene\n\x1b[2J", "--seconds", 0.1, "--out", tmp_path / "a.wav")

    assert status == 0
    assert "\nAsked for obscene ?[2J (1).\nNot played: obscene ?[2J (" in words


def test_a_lost_connection_is_shown_and_made_good(server, capsys, tmp_path):
    """The next one is told the same, and the file becomes as long as it was to be."""
    server.fail_next(at="generation", drop=True)
    out = tmp_path / "a.wav"

    status, words, err = ran(capsys, "music", "piano", "--bpm", 99, "--seconds", 1, "--out", out)

    assert (status, err) == (0, "")
    assert "\nConnecting again in " in words
    assert "; another piece begins with the same prompts.\n" in words
    assert len(sound(out)) == BYTES_A_SECOND
    assert server.sessions[1].music.prompts == server.sessions[0].music.prompts
    assert server.sessions[1].music.config == {"bpm": 99}


def test_music_that_comes_too_late_is_shown(serve, capsys, tmp_path):
    """Whoever listens to it as it comes has a silence there."""
    serve(music_burst_seconds=0, disturbance={"stalls": [(200, 0.5)]})

    status, words, _ = ran(capsys, "music", "piano", "--seconds", 0.4, "--out", tmp_path / "a.wav")

    assert status == 0
    assert "\nAfter 0.2 s a player has nothing left: the music comes too late.\n" in words


def test_an_error_of_the_session_is_shown(server, capsys, tmp_path, monkeypatch):
    """And the music goes on."""
    hear, failures = music._Performance._hear, [RuntimeError("no hand free")]

    def clumsy(self, name, value):
        if name == "audio" and failures:
            raise failures.pop()
        hear(self, name, value)

    monkeypatch.setattr(music._Performance, "_hear", clumsy)

    status, words, _ = ran(capsys, "music", "piano", "--seconds", 0.3, "--out", tmp_path / "a.wav")

    assert status == 0
    assert re.search("^Error: .*no hand free$", words, re.MULTILINE)


def test_the_music_waits_for_who_writes_it_down(server, capsys, tmp_path, monkeypatch):
    """It is paused when too much of it waits, goes on when that is done, and nothing of it is missing."""
    monkeypatch.setattr(music, "_MOST_BEHIND", 40_000)
    monkeypatch.setattr(music, "_LEAST_BEHIND", 0)
    write, out = WavFile.write, tmp_path / "a.wav"

    def slow(self, pcm, **form):
        if not self.written:
            server.sessions[0].wait_for_music(lambda heard: heard.playback == "PAUSE", timeout=SECONDS)
        write(self, pcm, **form)

    monkeypatch.setattr(WavFile, "write", slow)

    status, _, err = ran(capsys, "music", "piano", "--seed", 1, "--seconds", 3, "--out", out)

    assert (status, err) == (0, "")
    monkeypatch.undo()
    again = tmp_path / "b.wav"
    ran(capsys, "music", "piano", "--seed", 1, "--seconds", 3, "--out", again)
    assert sound(out) == sound(again)


def test_no_proxy_leads_to_an_emulator_of_our_own(start, nobody):
    """Nor does a project of Vertex AI, which has no music."""
    process = start(
        "music", "piano", "--seconds", 0.1,
        env={"HTTPS_PROXY": nobody, "GOOGLE_GENAI_USE_VERTEXAI": "true", "GOOGLE_CLOUD_PROJECT": "p"},
    )  # fmt: skip
    _, err = process.communicate(timeout=SECONDS)

    assert (process.returncode, err) == (0, b"")


def test_a_key_means_the_api_that_has_music(server, capsys, monkeypatch, tmp_path):
    """Also where the environment has conversations go to Vertex AI."""
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")

    status, _, err = ran(capsys, "music", "piano", "--seconds", 0.1, "--out", tmp_path / "a.wav")

    assert (status, err) == (0, "")


# What was asked wrongly


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["piano:0"], "prompt 'piano:0'"),
        (["piano:"], "prompt 'piano:'"),
        (["piano", "--bpm", "300"], "--bpm: must be 60 to 200, not 300"),
        (["piano", "--scale", "loud"], "--scale: 'loud' is no key"),
        (["piano", "--seconds", "-1"], "--seconds: must be"),
        (["piano", "--model", "../x"], "model"),
        (["piano:nan", "--bpm", "1", "--top-k", "0"], "prompt 'piano:nan'"),
    ],
)
def test_what_is_asked_wrongly_is_one_line_and_dials_nobody(server, capsys, monkeypatch, tmp_path, arguments, words):
    """Status 2; the line names what is wrong as it was written, and an older file stays."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "music.wav").write_bytes(b"precious")

    status, out, err = ran(capsys, "music", *arguments)

    assert (status, out) == (2, "")
    assert words in only_line(err)
    assert server.sessions == []
    assert (tmp_path / "music.wav").read_bytes() == b"precious"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder, "is a folder"),
        (lambda folder: folder / "missing" / "a.wav", "there is no folder"),
        (lambda folder: os.mkfifo(folder / "pipe") or folder / "pipe", "is a pipe"),
        (lambda folder: "", "is a folder"),
    ],
    ids=["folder", "no folder", "pipe", "empty"],
)
def test_a_file_without_a_place_is_one_line_and_dials_nobody(server, capsys, tmp_path, make, words):
    """It is found out before the music, not after it."""
    status, out, err = ran(capsys, "music", "piano", "--out", make(tmp_path))

    assert (status, out) == (2, "")
    assert words in only_line(err)
    assert server.sessions == []


def test_a_file_that_may_not_be_written_is_one_line(server, capsys, tmp_path, monkeypatch):
    """Neither is one in such a folder; what is there stays."""
    (tmp_path / "a.wav").write_bytes(b"precious")
    monkeypatch.setattr(os, "access", lambda path, mode: False)

    for name in ("a.wav", "b.wav"):
        status, out, err = ran(capsys, "music", "piano", "--out", tmp_path / name)

        assert (status, out) == (2, "")
        assert only_line(err).endswith(f"{name}: may not be written")
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
    assert server.sessions == []


def test_a_terminal_gets_no_pcm(server, capsys, monkeypatch):
    """The line says what to do with it."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    status, out, err = ran(capsys, "music", "piano", "--out", "-")

    assert (status, out) == (2, "")
    assert "aplay" in only_line(err)
    assert server.sessions == []


def test_the_emulator_that_is_not_installed_is_one_line(capsys, monkeypatch, tmp_path):
    """Without the extra, the line says what to install."""
    monkeypatch.setitem(sys.modules, "aiohttp", None)

    status, _, err = ran(capsys, "music", "piano", "--out", tmp_path / "a.wav")

    assert status == 2
    assert "gemini-live[emulator]" in only_line(err)


# What fails outside


def failed(capsys, tmp_path, *arguments):
    """Run the command over an older file; return the line it ends with, once it has left the file alone."""
    out = tmp_path / "music.wav"
    out.write_bytes(b"precious")
    status, _, err = ran(capsys, "music", "piano", "--out", out, *arguments)
    assert status == 1
    assert KEY not in err
    assert out.read_bytes() == b"precious"
    return only_line(err)


def test_a_refused_connection_is_one_line(capsys, monkeypatch, tmp_path, nobody):
    """Nobody listens: status 1, and the older file stays."""
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", nobody)
    monkeypatch.setenv("GEMINI_API_KEY", KEY)

    assert "refused" in failed(capsys, tmp_path)


def test_a_key_that_is_not_accepted_is_one_line(server, capsys, monkeypatch, tmp_path):
    """The server's words are shown, the key is not."""
    monkeypatch.setenv("GEMINI_API_KEY", "wrong-horse-battery")

    line = failed(capsys, tmp_path)

    assert "API key not valid" in line
    assert "wrong-horse" not in line


def test_a_model_that_does_not_exist_is_one_line(server, capsys, tmp_path):
    """The server says which."""
    assert "models/foo is not found" in failed(capsys, tmp_path, "--model", "foo")


def test_the_words_of_a_server_do_a_terminal_no_harm(server, capsys, tmp_path):
    """They are shown without what would clear it."""
    server.fail_next(code=1008, reason="\x1b[2JGo\naway.")

    assert "1008 ?[2JGo away." in failed(capsys, tmp_path)


def test_music_that_never_comes_is_given_up(serve, capsys, monkeypatch, tmp_path):
    """A server that is there and plays nothing is not waited for without end."""
    monkeypatch.setattr(music, "_PATIENCE", 0.1)
    monkeypatch.setattr(music, "_SLICE", 0.02)
    serve().fail_next(at="first_message", mute=True)

    assert failed(capsys, tmp_path) == "no music came for 0.1 s"


def test_a_server_that_ends_the_music_leaves_what_has_come(server, capsys, tmp_path):
    """The file is whole, the words say how much is in it, and the line says why there is no more."""
    server.fail_next(at="generation", code=1008, reason="Enough.")
    out = tmp_path / "a.wav"

    status, words, err = ran(capsys, "music", "piano", "--seconds", 5, "--out", out)

    assert status == 1
    assert "Enough." in only_line(err)
    assert "Enough." not in words
    assert "0.1 s of music in 1 chunk, 19,200 bytes of 48000 Hz with 2 channels, are in" in words
    assert len(sound(out)) == 19_200


def test_a_full_disk_is_one_line(server, capsys):
    """The system's words, and the file."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")

    status, _, err = ran(capsys, "music", "piano", "--out", "/dev/full")

    assert status == 1
    assert only_line(err).startswith("/dev/full: No space left")


def test_a_device_is_as_good_as_a_file(server, capsys):
    """What has no size is not cut at the end."""
    status, words, err = ran(capsys, "music", "piano", "--seconds", 0.1, "--out", "/dev/null")

    assert (status, err) == (0, "")
    assert "19,200 bytes" in words


def test_music_of_another_format_is_not_mixed_in(server, capsys, tmp_path):
    """A file has one; what came before is kept."""
    piece = {"data": base64.b64encode(bytes(400)).decode(), "mimeType": "audio/l16;rate=24000;channels=1"}
    server.fail_next(at="generation", send=[{"serverContent": {"audioChunks": [piece]}}])
    out = tmp_path / "a.wav"

    status, _, err = ran(capsys, "music", "piano", "--seconds", 5, "--out", out)

    assert status == 1
    assert only_line(err) == "the music changed from 48000 Hz with 2 channels to 24000 Hz with 1 channel"
    assert len(sound(out)) == 19_200


# Signals and pipes


@pytest.fixture
def interlude(serve, start):
    """Start the command with a server that falls silent after 0.2 s of music, and return it when those are written."""

    def start_and_wait(*arguments):
        serve(music_burst_seconds=0, disturbance={"stalls": [(200, math.inf)]})
        process = start("music", "piano", "--seconds", 600, *arguments)
        for line in process.stdout:
            if line.startswith(b"After 0.2 s"):
                return process
        raise AssertionError(process.stderr.read())

    return start_and_wait


def test_ctrl_c_keeps_what_has_come(interlude, tmp_path):
    """Status 130, one line, a whole file, and how much is in it."""
    process = interlude("--out", "a.wav")

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=SECONDS)

    assert process.returncode == 130
    assert only_line(err.decode()) == "interrupted"
    assert len(sound(tmp_path / "a.wav")) == 38_400
    assert out.decode() == (
        f"0.2 s of music in 2 chunks, 38,400 bytes of 48000 Hz with 2 channels, are in a.wav.{os.linesep}"
    )


def test_ctrl_c_before_any_music_leaves_an_older_file(serve, start, tmp_path):
    """There is nothing to put in its place."""
    server = serve()
    server.fail_next(at="first_message", mute=True)
    (tmp_path / "music.wav").write_bytes(b"precious")
    process = start("music", "piano")
    (session,) = server.wait_for_sessions(1, timeout=SECONDS)
    session.wait_for(lambda message: "playbackControl" in message, timeout=SECONDS)

    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=SECONDS)

    assert process.returncode == 130
    assert only_line(err.decode()) == "interrupted"
    assert (tmp_path / "music.wav").read_bytes() == b"precious"


def test_a_command_that_is_killed_leaves_a_file_that_can_be_played(interlude, tmp_path):
    """Its header is right at every moment, not only at the end."""
    process = interlude("--out", "a.wav")

    process.kill()
    process.communicate(timeout=SECONDS)

    assert len(sound(tmp_path / "a.wav")) == 38_400


def test_the_music_waits_for_a_reader_that_has_paused(serve, start):
    """A player that its user has paused holds the music up, not the memory, and gets all of it later."""
    server = serve(music_chunk_seconds=2)
    process = start("music", "piano", "--seconds", 36, "--out", "-")
    (session,) = server.wait_for_sessions(1, timeout=SECONDS)
    session.wait_for_music(lambda heard: heard.playback == "PAUSE", timeout=SECONDS)

    out, err = process.communicate(timeout=SECONDS)

    assert process.returncode == 0, err
    assert len(out) == 36 * BYTES_A_SECOND


def test_ctrl_c_is_not_kept_up_by_a_reader_that_reads_nothing(serve, start):
    """What waits for the reader is given up."""
    server = serve(music_chunk_seconds=2)
    process = start("music", "piano", "--seconds", 600, "--out", "-")
    (session,) = server.wait_for_sessions(1, timeout=SECONDS)
    session.wait_for_music(lambda heard: heard.playback == "PAUSE", timeout=SECONDS)

    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=SECONDS) == 130
    assert process.stderr.read().endswith(b"gemini-live: interrupted\n")


def test_a_reader_of_pcm_that_goes_away_is_no_traceback(server, start):
    """``gemini-live music … --out - | head -c 100`` ends with the pipe."""
    process = start("music", "piano", "--seconds", 60, "--out", "-")
    assert len(process.stdout.read(100)) == 100
    process.stdout.close()
    process.stdout = None

    _, err = process.communicate(timeout=SECONDS)

    assert process.returncode == 1
    assert b"gemini-live:" not in err and b"Traceback" not in err and b"Exception" not in err


def test_a_reader_of_words_that_goes_away_costs_no_music(serve, start, tmp_path):
    """What was written down until it was noticed is whole."""
    serve(output_speed=1, music_burst_seconds=0)
    process = start("music", "piano", "--seconds", 0.5, "--out", "a.wav")
    for line in process.stdout:
        if line.startswith(b"Asked for"):
            break
    process.stdout.close()
    process.stdout = None

    _, err = process.communicate(timeout=SECONDS)

    assert (process.returncode, err) == (1, b"")
    assert len(sound(tmp_path / "a.wav")) == 0.5 * BYTES_A_SECOND
