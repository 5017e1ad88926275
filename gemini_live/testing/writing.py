"""A file that is written line by line on a thread of its own, so that nobody else ever waits for the disk."""

from __future__ import annotations

import atexit
import errno
import json
import os
import stat
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from .._logging import get_logger
from .cleaning import Cleaner
from .lines import Line

_log = get_logger("testing")
PRIVATE = 0o600
_NO_FOLLOW: int = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT: int = getattr(os, "O_NONBLOCK", 0)
_BINARY: int = getattr(os, "O_BINARY", 0)
_EXIT_SECONDS = 2.0
"""How long the program's end waits for the disk."""
_OVERHEAD = 200
"""Bytes that count for a line beside its payload: what waits is small, not only short."""


@attrs.frozen
class Passed:
    """Something that passed on a connection, as it came; ``line`` has everything but the payload's JSON."""

    line: Line
    payload: str | bytes = attrs.field(repr=False)

    @property
    def size(self) -> int:
        """What it counts for in the buffer."""
        return len(self.payload) + _OVERHEAD


def open_private(path: Path) -> int:
    """Return the descriptor of a new, empty file that nobody else may read; an old one is emptied.

    Raises:
        OSError: it can't be made: there is no such folder, or a link or a pipe stands there.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | _NO_FOLLOW | _NO_WAIT | _BINARY, PRIVATE)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "this is no regular file", str(path))
    try:
        if hasattr(os, "fchmod"):
            os.fchmod(descriptor, PRIVATE)  # before it holds anything; one that was there may have been open to all
        os.ftruncate(descriptor, 0)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


class Writer:
    """Writes what passes.  :meth:`put` is for any thread and never waits; the rest happens on the writer's thread.

    A program that ends without :meth:`stop` waits for it for two seconds.  A write that fails leaves whole lines.

    Args:
        write: takes bytes, as ``os.write`` does with a descriptor; it may block and may raise ``OSError``.
        release: gives the file back; called once, by the thread, or by :meth:`stop` if there is none.
        truncate: cuts what was written to so many bytes; may raise ``OSError``.
        cleaner: what cleans.
        name: what the log calls the file.
        max_bytes: how much may wait.
    """

    def __init__(
        self,
        write: Callable[[bytes], int],
        release: Callable[[], object],
        truncate: Callable[[int], object],
        cleaner: Cleaner,
        *,
        name: str,
        max_bytes: int,
    ) -> None:
        self._write = write
        self._release = release
        self._truncate = truncate
        self._clean = cleaner
        self._name = name
        self._max = max_bytes
        self._changed = threading.Condition()
        self._waiting: deque[Passed] = deque()
        self._bytes = 0
        self._whole = 0
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._told_of_loss = False
        self.dropped = 0
        self.written = 0
        self.failed = False
        self._process = os.getpid()
        atexit.register(self._at_exit)

    def put(self, passed: Passed) -> None:
        """Have something written; what does not fit is dropped and counted, what comes after the end is ignored."""
        with self._changed:
            if self._stopping or self.failed:
                return
            if self._bytes + passed.size > self._max:
                self.dropped += 1
                return
            self._waiting.append(passed)
            self._bytes += passed.size
            if self._thread is None:
                self._start()
            self._changed.notify_all()

    def _start(self) -> None:
        # A daemon: a disk that never answers must not keep the program from ending.
        thread = threading.Thread(target=self._run, name="gemini-live:recorder", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system has no thread to give: there is no recording, and the session goes on
            self.failed = True
            self._waiting.clear()
            return
        self._thread = thread

    def stop(self) -> None:
        """Have the thread write what waits, and end.  Any thread, finalizers included; returns at once."""
        with self._changed:
            if self._stopping:
                return
            self._stopping = True
            self._changed.notify_all()
            if self._thread is None:
                self._let_go()

    def _at_exit(self) -> None:
        """Have the program wait for what waits, within a bound."""
        if os.getpid() != self._process:
            return  # the thread is the parent's, and so is what waits
        self.stop()
        if not self.join(_EXIT_SECONDS):
            _log.warning("the program ends before the recording %s is complete: its disk is too slow", self._name)

    def join(self, timeout: float) -> bool:
        """Wait for the thread's end; return whether everything is written that will be."""
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(timeout)
        return not thread.is_alive()

    def _run(self) -> None:
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting or self._stopping)
                    batch, self._waiting = self._waiting, deque()
                if not batch:
                    return
                self._write_all(batch)
                self._tell_of_loss()
        except OSError as error:
            self._fail()
            _log.error("the recording %s ends here: %s", self._name, error.strerror or error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the session must not notice
            self._fail()
            _log.error("the recording %s ends here: %s", self._name, type(error).__name__)
        finally:
            self._tell_of_loss()
            try:
                self._let_go()
            except OSError:
                pass  # the failure before it was told, and nothing more can be done

    def _let_go(self) -> None:
        atexit.unregister(self._at_exit)
        self._release()

    def _fail(self) -> None:
        """Take nothing more, and leave no half of a line."""
        with self._changed:
            self.failed = True
            self._waiting.clear()
        try:
            self._truncate(self._whole)
        except OSError:
            pass  # the failure before it is told, and Player passes over half a line

    def _write_all(self, batch: deque[Passed]) -> None:
        for passed in batch:
            line = data = self._encoded(passed)
            while data:
                data = data[self._write(data) :]
            self._whole += len(line)
            self.written += bool(line)
            with self._changed:
                self._bytes -= passed.size

    def _encoded(self, passed: Passed) -> bytes:
        """Return a line; nothing for what is no message."""
        line = passed.line
        if line.end is not None:
            cleaned = attrs.evolve(line, end=(line.end[0], self._clean.words(line.end[1])))
        else:
            data = _object(passed.payload)
            if data is None:
                with self._changed:
                    self.dropped += 1
                return b""
            cleaned = attrs.evolve(line, data=self._clean(data))
        return cleaned.to_json().encode("utf-8", "replace") + b"\n"

    def _tell_of_loss(self) -> None:
        if self.dropped and not self._told_of_loss:
            self._told_of_loss = True
            _log.warning(
                "the recording %s is not complete: messages came faster than they could be written, "
                "or were no JSON objects",
                self._name,
            )


def _object(payload: str | bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
