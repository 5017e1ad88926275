"""The emulator by itself: ``python -m gemini_live.emulator``."""

from __future__ import annotations

import base64
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import gemini_live
from gemini_live.emulator import Emulator
from gemini_live.emulator.__main__ import greeting, main

ROOT = Path(gemini_live.__file__).parents[1]


@pytest.fixture
def start():
    """Start the command; killed at the end if it still runs."""
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-X", "dev", "-W", "error", "-m", "gemini_live.emulator", *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


class Remote:
    """What a client needs to know of a server in another process."""

    def __init__(self, line):
        self.base_url = re.search(r"https?://\S+?(?=[ ,])", line)[0]
        self.ssl_context = None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_a_signal(start, dial, number):
    """One line says where it is; a signal ends it with 0; the log shows no key."""
    process = start("--plain", "--output-speed", "inf", "--log")
    line = process.stdout.readline()
    client = dial(Remote(line))
    client.setup()
    client.ask("Say yes.")
    process.send_signal(number)
    out, err = process.communicate(timeout=15)
    assert (process.returncode, out) == (0, "")
    assert "connection 1: opened" in err and "connection 1: ended with 1001" in err
    assert "good-key" not in err and "Traceback" not in err


def test_with_tls_it_says_how_to_trust_it(start):
    """The line names the CA file and the variables for a client."""
    process = start()
    line = process.stdout.readline()
    process.terminate()
    process.communicate(timeout=15)
    url, ca_file = re.search(r"(https://127\.0\.0\.1:\d+), CA file (\S+) ", line).groups()
    assert line.endswith(f"SSL_CERT_FILE={ca_file} GOOGLE_GEMINI_BASE_URL={url}\n")
    assert not Path(ca_file).exists()


def test_main_returns_zero_after_a_signal(monkeypatch, capsys):
    """In this process: it prints its line, and puts the signal handlers back."""
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("gemini_live.emulator.__main__.greeting", lambda server: os.kill(os.getpid(), signal.SIGTERM))
    assert main(["--plain", "--log"]) == 0
    assert signal.getsignal(signal.SIGTERM) is before
    assert capsys.readouterr().out == "None\n"


@pytest.mark.parametrize("tls", [False, True])
def test_the_greeting_points_a_client_at_it(tls):
    """The line has what a client needs."""
    with Emulator(tls=tls) as server:
        line = greeting(server)
        assert f"GOOGLE_GEMINI_BASE_URL={server.base_url}" in line
        assert (f"SSL_CERT_FILE={server.ca_file} " in line) == tls


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "99999"],
        ["--port", "x"],
        ["--output-speed", "0"],
        ["--output-speed", "nan"],
        ["--music-chunk-seconds", "long"],
        ["--profile", "gemini-0"],
        ["--brain", "none"],
        ["--what"],
    ],
)
def test_wrong_arguments_exit_with_two(arguments, capsys):
    """argparse says what is wrong."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_it_can_be_told_by_others_and_log_to_a_file(monkeypatch, tmp_path, call):
    """--control serves the verbs and keeps records; --log FILE is the JSON log, with --log-content all of it."""
    shown = []

    def look(server):
        shown.append(call(server, "GET", "/emulator/state").json["profile"])
        call(server, "GET", "/v1beta/models")
        shown.append(len(call(server, "GET", "/emulator/requests").json))
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("gemini_live.emulator.__main__.greeting", look)
    assert main(["--plain", "--control", "--log", str(tmp_path / "log"), "--log-content"]) == 0
    assert shown == ["gemini-2.5", 1]
    assert (tmp_path / "log").read_text() == ""


def test_letting_other_machines_in_is_said(monkeypatch, capsys):
    """--allow-remote lets --host do it, with a warning."""
    monkeypatch.setattr("gemini_live.emulator.__main__.greeting", lambda server: os.kill(os.getpid(), signal.SIGTERM))
    assert main(["--plain", "--host", "0.0.0.0", "--allow-remote"]) == 0
    assert "warning: other machines reach it at 0.0.0.0" in capsys.readouterr().err


def test_models_can_be_named(monkeypatch, capsys, call):
    """--model may be repeated; a wrong name is one line and exit code 1."""
    seen = []

    def look(server):
        seen.extend(entry["name"] for entry in call(server, "GET", "/v1beta/models").json["models"])
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("gemini_live.emulator.__main__.greeting", look)
    assert main(["--plain", "--model", "one", "--model", "two"]) == 0
    assert seen == ["models/one", "models/two"]
    assert main(["--plain", "--model", "a/b"]) == 1
    assert "models[0]" in capsys.readouterr().err


def test_music_has_its_own_pace(monkeypatch, dial):
    """--music-chunk-seconds says how much of it comes at a time, --music-burst-seconds how much of it at once."""
    seen = []

    def listen(server):
        client = dial(server, path="/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateMusic")
        client.send({"setup": {"model": "models/lyria-realtime-exp"}})
        client.send({"playbackControl": "PLAY"})
        seen.extend(message["serverContent"]["audioChunks"][0] for message in [client.receive() for _ in range(4)][1:])
        with pytest.raises(TimeoutError):
            client.receive(timeout=0.1)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("gemini_live.emulator.__main__.greeting", listen)
    pace = ["--music-chunk-seconds", "3", "--music-burst-seconds", "6"]
    assert main(["--plain", "--output-speed", "0.1", *pace]) == 0
    assert [len(base64.b64decode(chunk["data"])) for chunk in seen] == [3 * 192_000] * 3


@pytest.mark.parametrize(("flag", "name"), [("chunk", "music_chunk_seconds"), ("burst", "music_burst_seconds")])
def test_a_pace_that_can_not_be_is_one_line_and_one(capsys, flag, name):
    """As every option that the emulator itself refuses."""
    assert main(["--plain", f"--music-{flag}-seconds", "-1"]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"{name}: must be") and error.count("\n") == 1


def test_a_taken_port_is_one_line_and_one(capsys):
    """It can't listen: one line, exit code 1."""
    with Emulator(tls=False) as server:
        assert main(["--plain", "--port", str(server.port)]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "address" in error


def test_a_missing_extra_is_one_line_and_one(monkeypatch, capsys):
    """The sentence that names the extra, exit code 1."""
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    assert main([]) == 1
    assert "gemini-live[emulator]" in capsys.readouterr().err
