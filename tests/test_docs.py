"""What the documents show works: every Python block of the README, and every example, runs against the emulator."""

from __future__ import annotations

import doctest
import os
import re
from pathlib import Path

import pytest

import gemini_live.models.models
import gemini_live.models.names
from gemini_live import audio, profiles
from gemini_live.cli import console, music_request
from gemini_live.emulator import Emulator
from gemini_live.stores import file, memory
from gemini_live.tokens import masks

from .conftest import silent
from .programs import Program, run_all

ROOT = Path(__file__).resolve().parents[1]
BLOCKS = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.py") if path.stem != "endpoint")
SPEAKING = ("barge_in", "push_to_talk", "stream_wav")
"""These take longest, because they speak at the pace of real time."""


def block(number, server):
    """Return a block of the README as a program that finds a key and an endpoint."""
    where = {
        "GEMINI_API_KEY": "a-good-key",
        "GOOGLE_GEMINI_BASE_URL": server.base_url,
        "SSL_CERT_FILE": str(server.ca_file),
    }
    return Program(BLOCKS[number], {**silent(os.environ), **where})


def example(name):
    """Return an example as a program that finds no key."""
    path = ROOT / "examples" / f"{name}.py"
    return Program(path.read_text("utf-8"), silent(os.environ), str(path))


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """What became of every block, by number, and of every example, by name; they run side by side, since they wait."""
    names = [*sorted(EXAMPLES, key=lambda name: name not in SPEAKING), *range(len(BLOCKS))]
    with Emulator(output_speed=float("inf")) as server:
        programs = [example(name) if isinstance(name, str) else block(name, server) for name in names]
        return dict(zip(names, run_all(programs, tmp_path_factory.mktemp("programs")), strict=True))


def assert_fine(ended):
    """Check that a program has said something and complained of nothing."""
    assert (ended.status, ended.err) == (0, ""), ended.err
    assert ended.out


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_a_block_of_the_readme_runs(ended, number):
    """A program copied from the README works as it stands, given a key and an endpoint in the environment."""
    assert_fine(ended[number])


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs_without_a_key(ended, name):
    """An example needs nothing: without a key it starts an emulator of its own."""
    assert_fine(ended[name])


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
