"""One writer at a time, among all threads and processes of a machine."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from .._clock import Deadline
from .replacing import NO_FOLLOW, PRIVATE, make_private

_FIRST_PAUSE = 0.001
_LONGEST_PAUSE = 0.01
_turns: dict[Path, threading.Lock] = {}
"""By lock file: whose turn it is among this process's threads, so that not all of them poll.

Only ever added to, but for a forked child, which begins with none.
"""
_held: set[int] = set()
"""The descriptors of this process's locks.  Any thread adds and removes its own."""

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, 0, os.SEEK_SET)  # the lock is on the byte at which the file stands
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        # Said in words, as a forked child may have the descriptor too, and closing ours would leave it locked.
        fcntl.flock(descriptor, fcntl.LOCK_UN)


@contextlib.contextmanager
def locked(path: Path, seconds: float) -> Iterator[None]:
    """Hold the lock that a file stands for; a process that dies lets it go.

    Not reentrant.  The file stays, empty, because removing it would let two writers lock two files of one name.

    Args:
        path: the lock file; it is made where it is missing.
        seconds: how long to wait for others at most.

    Raises:
        TimeoutError: it was another's all the time.
        OSError: the file could not be opened or locked.

    Example::

        with locked(Path("handles.json.lock"), 5.0):
            ...
    """
    deadline = Deadline.after(seconds)
    turn = _turns.setdefault(path, threading.Lock())
    if not turn.acquire(timeout=seconds):
        raise TimeoutError(f"{path} was locked by other threads for {seconds:g} s")
    try:
        with _opened(path) as descriptor:
            _wait_for_lock(descriptor, path, deadline, seconds)
            try:
                yield
            finally:
                if descriptor in _held:
                    _unlock(descriptor)
    finally:
        turn.release()


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | NO_FOLLOW, PRIVATE)
    _held.add(descriptor)
    try:
        make_private(descriptor)
        yield descriptor
    finally:
        if descriptor in _held:  # else this is a forked child, which has given it up
            _held.discard(descriptor)
            os.close(descriptor)


def _wait_for_lock(descriptor: int, path: Path, deadline: Deadline, seconds: float) -> None:
    pause = _FIRST_PAUSE
    while not _try_lock(descriptor):
        if deadline.expired:
            raise TimeoutError(f"{path} was locked by another process for {seconds:g} s")
        # Polled because waiting for a lock has no timeout, and would stop everybody under gevent.
        time.sleep(min(pause, deadline.remaining() or 0.0))
        pause = min(2 * pause, _LONGEST_PAUSE)


def _give_up_after_fork() -> None:
    """In a forked child: let go of the parent's locks.

    Its threads are not here to end their turns, and copies of its descriptors would keep a file locked after the
    parent was killed.
    """
    _turns.clear()
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_give_up_after_fork)
