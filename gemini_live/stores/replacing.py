"""A private file that is written as a whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from .._clock import Deadline

T = TypeVar("T")
PRIVATE = 0o600
NO_FOLLOW: int = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT: int = getattr(os, "O_NONBLOCK", 0)
_BINARY: int = getattr(os, "O_BINARY", 0)
_BUSY_SECONDS = 1.0 if sys.platform == "win32" else 0.0
"""How long Windows may refuse to open, replace or move a file because another process has it open at that moment."""


def read_file(path: Path) -> bytes | None:
    """Return a file's bytes, ``None`` if it does not exist.  A file that is being replaced is read old or new.

    Raises:
        OSError: it can't be read, or is no regular file.
    """
    try:
        # A pipe without a writer would be waited for.
        descriptor = _when_free(lambda: os.open(path, os.O_RDONLY | _NO_WAIT | _BINARY))
    except FileNotFoundError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "this is no regular file", str(path))
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            return stream.read()
    finally:
        os.close(descriptor)


def replace_file(path: Path, data: bytes, *, aside: Path | None = None) -> None:
    """Put a new file in the place of another; what goes wrong leaves the old one.

    One writer at a time: the temporary file beside it always has the same name, so one that a killed writer left
    behind, with secrets in it, is removed by the next.

    Args:
        path: the file.  If it is a symbolic link, the link is replaced and its target left alone.
        data: what it is to hold.
        aside: where the old file is kept instead of being replaced.

    Raises:
        OSError: it did not work.
    """
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        _write_new(temporary, data)
        if aside is not None:
            _move_aside(path, aside)
        _when_free(lambda: temporary.replace(path))
    except BaseException:
        with contextlib.suppress(OSError):  # the first error counts, and the next writer removes it
            temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _write_new(path: Path, data: bytes) -> None:
    """Write a file that nobody else can read, not even while it is written."""
    path.unlink(missing_ok=True)
    # O_EXCL: what somebody puts there now, a symbolic link above all, is refused.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_FOLLOW | _BINARY, PRIVATE)
    with os.fdopen(descriptor, "wb") as stream:
        make_private(descriptor)
        stream.write(data)
        stream.flush()
        os.fsync(descriptor)


def make_private(descriptor: int) -> None:
    """Let the owner of an open file read and write it, whatever the umask, and nobody else."""
    if hasattr(os, "fchmod"):
        os.fchmod(descriptor, PRIVATE)


def _move_aside(path: Path, aside: Path) -> None:
    _when_free(lambda: path.replace(aside))
    if not aside.is_symlink():
        with contextlib.suppress(OSError):  # another user's file, which was as open before
            aside.chmod(PRIVATE)


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut, where folders can be synced."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # Windows, or a folder that may be written but not listed
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # some network file systems; the file itself is there
    finally:
        os.close(descriptor)


def _when_free(do: Callable[[], T]) -> T:
    deadline = Deadline.after(_BUSY_SECONDS)
    while True:
        try:
            return do()
        except PermissionError:
            if deadline.expired:
                raise
        time.sleep(0.005)
