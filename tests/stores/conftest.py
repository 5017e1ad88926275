"""What the tests of stores share: both stores, a wall clock to set, and other processes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import gemini_live
from gemini_live.stores import FileHandleStore, HandleStore, MemoryHandleStore

ROOT = Path(gemini_live.__file__).parents[1]
SECONDS = 20.0
HANDLE = "CihzZWNyZXQtaGFuZGxl"
NOW = 1_767_225_600.0


class WallClock:
    """Seconds since 1970 that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def wall() -> WallClock:
    """A clock that only the test moves."""
    return WallClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file of handles is."""
    return tmp_path / "handles.json"


@pytest.fixture(params=["memory", "file"])
def make_store(request: pytest.FixtureRequest, path: Path, wall: WallClock) -> Callable[..., HandleStore]:
    """Make a store of either kind, whose time the test moves."""
    if request.param == "memory":
        return lambda **options: MemoryHandleStore(**{"clock": wall, **options})
    return lambda **options: FileHandleStore(path, **{"clock": wall, **options})


@pytest.fixture
def store(make_store: Callable[..., HandleStore]) -> HandleStore:
    """A store of either kind with its defaults."""
    return make_store()


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    """Set the umask for this test."""
    before = os.umask(0)
    yield os.umask
    os.umask(before)


@pytest.fixture
def start_process() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start programs in fresh interpreters, with arguments in ``sys.argv``; none of them outlives the test."""
    processes: list[subprocess.Popen[str]] = []

    def start(program: str, *arguments: Any) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", textwrap.dedent(program), *map(str, arguments)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.returncode is None:
            process.kill()
            process.communicate()


def mode_of(path: Path) -> int:
    """Return a file's permissions."""
    return path.stat().st_mode & 0o777


def in_threads(count: int, function: Callable[[int], None]) -> list[BaseException]:
    """Run a function on so many threads at once, each with its number; return what they raised, when all are done."""
    barrier, errors = threading.Barrier(count), []

    def run(number: int) -> None:
        try:
            barrier.wait(SECONDS)
            function(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    return errors


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait until a process has ended; return its status and what it wrote."""
    out, err = process.communicate(timeout=SECONDS)
    return process.returncode, out, err


def in_fork(function: Callable[[], str]) -> str:
    """Return what a function says in a forked child, or what it raised there."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:  # pragma: no cover - another process
        try:
            said = function()
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    return said
