"""Handles in one small JSON file that processes share."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from .._clock import check_seconds
from .._logging import get_logger
from ..exceptions import ConfigError
from .document import decode, encode
from .entries import GEMINI_MAX_AGE, Entries, Entry, check_entry, fresh_handle, with_entry, without_entry
from .locking import locked
from .replacing import read_file, replace_file

LOCK_SECONDS = 5.0
"""How long a writer waits for the others."""
_log = get_logger("stores")


class FileHandleStore:
    """Keeps handles in a file, so that a process that starts later goes on with the conversation.

    Any number of threads and processes of one machine and one user may share the file; all of them should have the
    same ``max_age``.  Nobody else may read it (mode 0600, whatever the umask).  It is replaced as a whole: a reader
    never sees half of it and never waits, a writer waits for other writers, and one that is killed leaves the old
    content.  At most 10,000 names are kept; the one that was saved longest ago is dropped.

    Beside ``path`` there are ``path.lock``, which stays, ``path.tmp`` while something is written, and
    ``path.damaged``: a file that is damaged, somebody else's, or of a newer version.  Such a file costs no session:
    :meth:`load` finds nothing in it, and the next :meth:`save` moves it aside; both log a warning.

    The lock is the kernel's own (``flock``): it holds among processes of one machine, and on network file systems
    only as far as these have it.

    Args:
        path: the file.  Its folder must exist.  What a symbolic link points at is read, but never written: the first
            save replaces the link.
        max_age: seconds for which a handle is good: 7,200 is the Gemini API's validity, 86,400 Vertex AI's.  Older
            ones are not returned, and the next save drops them.
        clock: returns seconds since 1970.

    Raises:
        ConfigError: ``path`` is no path or a folder, or ``max_age`` is not above 0 and at most a day.

    Example::

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     FileHandleStore(f"{folder}/handles.json").save("line-17", "CihhYmM")
        ...     FileHandleStore(f"{folder}/handles.json").load("line-17")
        'CihhYmM'
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        max_age: float = GEMINI_MAX_AGE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = _check_path(path)
        self._max_age = check_seconds(max_age, "max_age")
        self._clock = clock

    def load(self, name: str) -> str | None:
        """Return the handle that was saved last, ``None`` if there is none or if it is too old.  Waits for nobody.

        Args:
            name: the session's.

        Raises:
            OSError: the file is there and can't be read.
        """
        entries = self._read()
        if entries is None:
            self._warn_of_damage()
            return None
        return fresh_handle(entries, name, self._clock(), self._max_age)

    def save(self, name: str, handle: str) -> None:
        """Keep a handle in place of the one before; those that are too old are dropped.

        Args:
            name: the session's.
            handle: what the server gave.

        Raises:
            ConfigError: one of them is not text.
            FileNotFoundError: there is no such folder.
            TimeoutError: other writers kept the file locked for five seconds.
            OSError: the file could not be read or written; the old one is still there.
        """
        check_entry(name, handle)
        with self._locked():
            entries = self._read()
            aside = self._beside("damaged") if entries is None else None
            updated = with_entry(entries or {}, name, Entry(handle, self._clock()), self._max_age)
            replace_file(self._path, encode(updated), aside=aside)
        if aside is not None:
            _log.warning(
                "%s was damaged, somebody else's or of a newer version; it is kept as %s, and a new file has begun",
                self._path,
                aside,
            )

    def discard(self, name: str) -> None:
        """Forget a session's handle, if there is one.

        Args:
            name: the session's.

        Raises:
            TimeoutError: other writers kept the file locked for five seconds.
            OSError: the file could not be read or written; the handle is still there.
        """
        entries = self._read()
        if entries is None:
            self._warn_of_damage()
        if not entries or name not in entries:
            return  # and nothing is written because of it, not even a lock file
        with self._locked():
            entries = self._read()
            if entries and name in entries:
                replace_file(self._path, encode(without_entry(entries, name)))

    def __repr__(self) -> str:
        return f"<FileHandleStore {str(self._path)!r}>"

    def _read(self) -> Entries | None:
        data = read_file(self._path)
        return {} if data is None else decode(data)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked(self._beside("lock"), LOCK_SECONDS))
            except (FileNotFoundError, NotADirectoryError):
                folder = str(self._path.parent)
                sentence = "the folder of the file of handles does not exist; make it first"
                raise FileNotFoundError(errno.ENOENT, sentence, folder) from None
            yield

    def _beside(self, suffix: str) -> Path:
        return self._path.with_name(f"{self._path.name}.{suffix}")

    def _warn_of_damage(self) -> None:
        _log.warning(
            "%s is damaged, somebody else's or of a newer version: no handle comes from it, and the next save moves it",
            self._path,
        )


def _check_path(path: str | os.PathLike[str]) -> Path:
    text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else None
    if not isinstance(text, str) or not text or "\0" in text:
        raise ConfigError(f"must be the path of a file, not {path!r}", path="path")
    if os.path.isdir(text):  # noqa: PTH112 - Path.is_dir raises where it may not look
        raise ConfigError(f"{text!r} is a folder; name a file in it", path="path")
    return Path(text).absolute()  # so that it stays the same file when the program changes its folder
