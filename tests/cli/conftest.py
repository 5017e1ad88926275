"""The commands in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import gemini_live

ROOT = Path(gemini_live.__file__).parents[1]


@pytest.fixture
def start(tmp_path):
    """Start ``python -m gemini_live`` in a folder of its own; killed at the end if it still runs."""
    started = []

    def start(*arguments, **changes):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **changes.pop("env", {})}
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "gemini_live", *map(str, arguments)],
            **{"env": environment, "cwd": tmp_path, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **changes},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
