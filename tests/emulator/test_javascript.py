"""Google's JavaScript client, which nobody here wrote, against the emulator; ``make js`` installs it."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from pathlib import Path

import pytest

from gemini_live.emulator import Emulator

FOLDER = Path(__file__).parent / "js"
SECONDS = 40

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="there is no node"),
    pytest.mark.skipif(not (FOLDER / "node_modules").is_dir(), reason="@google/genai is not installed: make js"),
]


@pytest.fixture
def run(server):
    """Run a scenario of that client against an emulator; return what it has seen."""

    def run(scenario, **options):
        given = json.dumps({"baseUrl": server.base_url, **options})
        done = subprocess.run(
            ["node", "client.mjs", scenario, given],
            cwd=FOLDER,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


def test_it_has_text_turns(run):
    """With audio and transcription, and a memory."""
    seen = run("text")

    assert seen["audio"] > 10_000
    assert seen["second"] == "The number is 42."


def test_it_has_audio_turns(run, speech, tmp_path):
    """What it says is heard, and answered aloud."""
    pcm = tmp_path / "speech.pcm"
    pcm.write_bytes(speech)

    seen = run("audio", pcm=str(pcm))

    assert "seconds of speech" in seen["heard"]
    assert seen["audio"] > 10_000


@pytest.mark.parametrize(
    "model", ["gemini-2.5-flash-native-audio-preview-12-2025", "gemini-3.1-flash-live-preview", "gemini-3.8-live"]
)
def test_it_goes_through_a_function_call(run, model):
    """In every family's way; where functions do not block, the model says first that it is looking."""
    seen = run("tool", model=model)

    assert seen["calls"] == [["get_weather", {"city": "London"}]]
    assert seen["answer"] in ("It is foggy.", "One moment, I am looking that up.")


def test_it_resumes(run):
    """With the handle that it was given."""
    assert run("resumption")["answer"] == "Your name is Alice."


def test_it_makes_a_token_and_connects_with_it(run):
    """In the version of the API that has them."""
    assert run("token") == {"named": True, "answer": "Yes."}


def test_it_plays_music(run):
    """48 kHz, two channels."""
    seen = run("music")

    assert "rate=48000" in seen["mimeType"]
    assert seen["bytes"] > 100_000


def test_it_lists_models(run):
    """All pages."""
    with Emulator(tls=False, output_speed=math.inf, page_size=5) as server:
        names = run("models", baseUrl=server.base_url)["names"]

    assert "models/gemini-3.8-live" in names
    assert len(set(names)) == len(names) > 5
