"""What the documents show works: every Python block of the README, and every example, runs against the emulator."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gemini_live.models.models
import gemini_live.models.names
from gemini_live import audio, profiles
from gemini_live.cli import console, music_request
from gemini_live.emulator import Emulator
from gemini_live.stores import file, memory
from gemini_live.tokens import masks

ROOT = Path(__file__).resolve().parents[1]
BLOCKS = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.py") if path.stem != "endpoint")


@pytest.fixture(scope="module")
def environment():
    """Variables that point any program at an emulator over TLS."""
    with Emulator(output_speed=float("inf")) as server:
        yield {
            **os.environ,
            "GEMINI_API_KEY": "a-good-key",
            "GOOGLE_GEMINI_BASE_URL": server.base_url,
            "SSL_CERT_FILE": str(server.ca_file),
        }


def run(arguments, folder, environment=None):
    """Run a program with warnings as errors; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        capture_output=True,
        text=True,
        timeout=50,
        cwd=folder,
        env=environment,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_a_block_of_the_readme_runs(environment, tmp_path, number):
    """A program copied from the README works as it stands, given a key and an endpoint in the environment."""
    assert run(["-c", BLOCKS[number]], tmp_path, environment)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs_without_a_key(tmp_path, name):
    """An example needs nothing: without a key it starts an emulator of its own."""
    without = {key: value for key, value in os.environ.items() if key not in ("GEMINI_API_KEY", "GOOGLE_API_KEY")}

    assert run([ROOT / "examples" / f"{name}.py"], tmp_path, without)


@pytest.mark.parametrize(
    "module",
    [audio, profiles, gemini_live.models.models, gemini_live.models.names, file, memory, masks, music_request, console],
    ids=lambda module: module.__name__,
)
def test_the_examples_in_docstrings_are_true(module):
    """What a docstring shows after >>> is what comes out."""
    result = doctest.testmod(module)

    assert result.attempted > 0
    assert result.failed == 0
