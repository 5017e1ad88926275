"""What an import costs: nothing heavy is loaded before it is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import gemini_live

ROOT = Path(gemini_live.__file__).parents[1]


def modules_after(program):
    """Return the names of the modules that a fresh interpreter has after a program."""
    out = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys, json; print(json.dumps(sorted(sys.modules)))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return set(json.loads(out.stdout))


@pytest.mark.parametrize(
    ("program", "unwanted"),
    [
        ("import gemini_live",
         {"requests", "google.auth", "websocket", "aiohttp", "cryptography", "ssl", "socket", "attrs", "asyncio",
          "gemini_live.session", "gemini_live.types"}),
        ("import gemini_live.exceptions", {"websocket", "ssl", "socket", "attrs", "gemini_live.types"}),
        ("from gemini_live import Session",
         {"requests", "google.auth", "aiohttp", "cryptography", "asyncio", "trustme", "gemini_live.emulator"}),
        ("from gemini_live import AuthTokens, Models",
         {"requests", "google.auth", "aiohttp", "cryptography", "asyncio", "websocket"}),
        ("from gemini_live import Session; Session.start_link(model='m', project_id='p', access_token='t').close()",
         {"requests", "google.auth", "aiohttp", "cryptography", "asyncio", "websocket", "urllib3"}),
        ("import gemini_live.protocol, gemini_live.types",
         {"requests", "google.auth", "websocket", "aiohttp", "cryptography", "ssl", "socket", "asyncio"}),
        ("import gemini_live.cli", {"requests", "google.auth", "aiohttp", "cryptography", "asyncio", "trustme"}),
        ("import gemini_live.emulator", {"aiohttp", "cryptography", "trustme", "webrtcvad"}),
        ("import gemini_live.testing", {"requests", "google.auth", "aiohttp", "websocket", "pytest", "socket"}),
        ("import gemini_live.testing.plugin",
         {"requests", "google.auth", "aiohttp", "websocket", "trustme", "gemini_live.session", "gemini_live.emulator",
          "gemini_live.transport", "gemini_live.types"}),
        ("from gemini_live.testing import *", {"requests", "google.auth", "aiohttp", "websocket", "pytest"}),
    ],
)  # fmt: skip
def test_an_import_loads_nothing_heavy(program, unwanted):
    """Packages that only some programs need are imported where they are needed."""
    assert modules_after(program) & unwanted == set()


def test_an_import_starts_nothing():
    """No thread, no log handler but the silent one, no output."""
    program = (
        "import threading, logging\nfrom gemini_live import *\n"
        "assert threading.active_count() == 1\n"
        "assert [type(h).__name__ for h in logging.getLogger('gemini_live').handlers] == ['NullHandler']\n"
        "assert not logging.getLogger().handlers"
    )

    assert "gemini_live.session" in modules_after(program)
