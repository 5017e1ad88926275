"""A log of one JSON object a line: connections, and messages by their kinds and sizes.

The event loop notes, a thread of the journal's writes: a disk that hangs or fails stops neither the server nor its end.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import threading
from collections import deque
from datetime import datetime, timezone
from typing import IO, Any

import attrs

from .._logging import get_logger
from .hiding import Hider, kind_of
from .running import THREAD_NAME

MOST_WAITING = 10_000
MOST_WAITING_BYTES = 16 * 2**20
"""How many lines, and characters of them, may wait for the disk; what comes beyond is lost, and counted."""
_STOP_SECONDS = 0.5
_log = get_logger("emulator")


@attrs.frozen
class LogFile:
    """Where a log goes, and how much of it.

    Attributes:
        path: the file; one that is there already is gone on with.
        content: whether what the messages say is written too.
    """

    path: str | os.PathLike[str]
    content: bool = attrs.field(default=False, kw_only=True)


class Journal:
    """A file that lines are appended to.  Any thread; the writer's owns the file."""

    def __init__(self, log_file: LogFile) -> None:
        """Open the file, for nobody else to read, and start the writer.

        Raises:
            OSError: it can't be opened.
        """
        self.content = log_file.content
        self._file = _opened(log_file.path)
        self._lines: deque[str] = deque()
        self._waiting_bytes = self._lost = 0
        self._failed = False
        self._torn = False
        self._ending = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._write_all, name=f"{THREAD_NAME}:log", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> int:
        """How many lines could not be written."""
        return self._lost

    def note(self, event: str, **fields: Any) -> None:
        """Append a line; it is written soon."""
        line = json.dumps({"at": datetime.now(timezone.utc).isoformat(), "event": event, **fields}, default=str)
        with self._changed:
            if len(self._lines) >= MOST_WAITING or self._waiting_bytes + len(line) > MOST_WAITING_BYTES:
                self._lost += 1
            else:
                self._lines.append(line)
                self._waiting_bytes += len(line)
                self._changed.notify_all()

    def close(self) -> None:
        """Write what waits, as far as the disk lets it within a moment.  A second call does nothing."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        self._thread.join(_STOP_SECONDS)
        with self._changed:
            self._lost += len(self._lines)
            self._lines.clear()

    def _write_all(self) -> None:
        ending = False
        while not ending:
            with self._changed:
                self._changed.wait_for(lambda: self._lines or self._ending)
                lines, ending = list(self._lines), self._ending
                self._lines.clear()
                self._waiting_bytes = 0
            self._write(lines)
        with contextlib.suppress(OSError):
            self._file.close()

    def _write(self, lines: list[str]) -> None:
        text = "".join(f"{line}\n" for line in lines).encode()
        try:
            if lines:
                self._put(b"\n" * self._torn + text)
            self._torn = False
        except OSError as error:
            self._torn = True  # perhaps in the middle of a line
            self._lost += len(lines)
            if not self._failed:
                self._failed = True
                _log.warning("the log can't be written: %s", error.strerror or error)

    def _put(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) or len(rest) :]


class Scribe:
    """Notes what happens on one connection; without a journal, nothing.  Owned by the server's event loop."""

    def __init__(self, journal: Journal | None, number: int, hide: Hider) -> None:
        self.hide = hide
        self._journal = journal
        self._number = number

    def opened(self, path: str) -> None:
        """Note the connection's begin."""
        self._note("opened", path=self.hide(path))

    def message(self, way: str, data: Any, size: int) -> None:
        """Note a message.

        Args:
            way: ``"in"`` or ``"out"``.
            data: what it says.
            size: its bytes.
        """
        if self._journal is None:
            return
        told = {"content": self.hide(data)} if self._journal.content else {}
        self._note(way, kind=self.hide(kind_of(data)), bytes=size, **told)

    def unreadable(self, size: int) -> None:
        """Note a message that is no JSON object."""
        self._note("in", kind="unreadable", bytes=size)

    def closed(self, code: int | None, reason: str | None) -> None:
        """Note the connection's end."""
        self._note("closed", code=code, reason=self.hide(reason))

    def _note(self, event: str, **fields: Any) -> None:
        if self._journal is not None:
            self._journal.note(event, connection=self._number, **fields)


def _opened(path: str | os.PathLike[str]) -> IO[bytes]:
    """Open a file to append to, unbuffered; if it is one, only its owner may read it."""
    nonblocking = getattr(os, "O_NONBLOCK", 0)  # a pipe that nobody reads would never open
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | nonblocking, 0o600)
    try:
        os.set_blocking(descriptor, True)
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and hasattr(os, "fchmod"):
            os.fchmod(descriptor, 0o600)
        return os.fdopen(descriptor, "ab", buffering=0)
    except BaseException:
        os.close(descriptor)
        raise
