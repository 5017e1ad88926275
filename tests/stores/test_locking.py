"""One writer at a time."""

from __future__ import annotations

import importlib.util
import os
import sys
import types

import pytest

from gemini_live.stores import locking
from gemini_live.stores.locking import locked

from .conftest import finish, in_fork, in_threads, mode_of

HOLDING = """
    import sys
    from pathlib import Path
    from gemini_live.stores.locking import locked
    with locked(Path(sys.argv[1]), 5):
        print("held", flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def lock(tmp_path):
    """Where the lock file is."""
    return tmp_path / "lock"


def test_one_thread_at_a_time(lock):
    """The others wait for their turn."""
    inside, most = [], []

    def work(number):
        for _ in range(10):
            with locked(lock, 10):
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)

    assert in_threads(6, work) == []
    assert most == [1] * 60


def test_waiting_ends_in_time(lock):
    """Another thread's turn, too; the error names the file and says how long it was waited for."""
    with (
        locked(lock, 1),
        pytest.raises(TimeoutError, match=r"lock was locked by other threads for 0\.05 s"),
        locked(lock, 0.05),
    ):
        raise AssertionError("there were two")


def test_another_process_is_waited_for(lock, start_process):
    """The lock is the kernel's, and free when the other has let it go."""
    process = start_process(HOLDING, lock)
    assert process.stdout.readline() == "held\n"

    with pytest.raises(TimeoutError, match=r"lock was locked by another process for 0\.05 s"), locked(lock, 0.05):
        pass
    assert finish(process)[0] == 0
    with locked(lock, 5):
        pass


def test_a_killed_process_lets_go(lock, start_process):
    """Nobody waits for the dead."""
    process = start_process(HOLDING, lock)
    assert process.stdout.readline() == "held\n"

    process.kill()
    finish(process)

    with locked(lock, 5):
        pass


def test_an_error_inside_lets_go(lock):
    """It comes out as it is."""
    with pytest.raises(ZeroDivisionError), locked(lock, 1):
        1 / 0
    with locked(lock, 0.05):
        pass


def test_the_lock_file_is_private_and_stays(lock):
    """Removing it would let two writers lock two files of one name."""
    with locked(lock, 1):
        pass

    assert lock.read_bytes() == b""
    if os.name == "posix":
        assert mode_of(lock) == 0o600


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="needs O_NOFOLLOW")
def test_a_link_in_the_lock_s_place_is_refused(lock, tmp_path):
    """What it points at is not made."""
    lock.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match="symbolic links"), locked(lock, 1):
        pass
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_holds_nothing(lock):
    """It gives up its copy of the lock, which stays the parent's."""

    def child():
        try:
            with locked(lock, 0.05):
                return "two writers"
        except TimeoutError:
            return f"{len(locking._held)} held"

    with locked(lock, 1):
        assert in_fork(child) == "0 held"
        with pytest.raises(TimeoutError), locked(lock, 0.05):
            pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_forked_inside_leaves_the_block_unharmed(lock):
    """What it no longer has it neither unlocks nor closes."""

    def child():
        block.__exit__(None, None, None)
        return "left"

    block = locked(lock, 1)
    with block:
        assert in_fork(child) == "left"
        with pytest.raises(TimeoutError), locked(lock, 0.05):
            pass


def test_the_fork_s_hook_closes_what_is_held(lock):
    """It is called in the child, where no other thread is; here it lets the lock itself go."""
    with locked(lock, 1):
        locking._give_up_after_fork()
        with locked(lock, 0.05):
            assert len(locking._held) == 1

    assert locking._held == set()


class Msvcrt(types.ModuleType):
    """Windows's module, which notes what is asked of it and says no as often as told."""

    LK_NBLCK, LK_UNLCK = 2, 0

    def __init__(self, refusals):
        super().__init__("msvcrt")
        self.calls, self.refusals = [], refusals

    def locking(self, descriptor, mode, count):
        """Lock or unlock."""
        self.calls.append((mode, count, os.lseek(descriptor, 0, os.SEEK_CUR)))
        if mode == self.LK_NBLCK and self.refusals:
            self.refusals -= 1
            raise PermissionError(13, "Permission denied")


@pytest.mark.skipif(sys.platform == "win32", reason="there it is the real one")
def test_windows_locks_one_byte(lock, monkeypatch):
    """It is tried until it is had, and let go at the end."""
    msvcrt = Msvcrt(refusals=2)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "msvcrt", msvcrt)
    spec = importlib.util.spec_from_file_location("gemini_live.stores.locking_on_windows", locking.__file__)
    windows = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(windows)

    with windows.locked(lock, 5):
        assert msvcrt.calls == [(2, 1, 0)] * 3
    assert msvcrt.calls[3:] == [(0, 1, 0)]
