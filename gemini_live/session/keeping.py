"""Writes resumption handles to a store, on a thread that may wait."""

from __future__ import annotations

import threading

from .._logging import get_logger
from ..stores import HandleStore

_log = get_logger("session")
_CLOSE_SECONDS = 2.0
"""How long the end of a session waits for the last write."""


class HandleKeeper:
    """Keeps the newest handle in a store.  The actor calls it and never waits; one thread of its own does the writing.

    Args:
        store: where to; ``None`` for nowhere.
        name: the session's name, under which it is kept.
    """

    def __init__(self, store: HandleStore | None, name: str) -> None:
        self._store = store
        self._name = name
        self._changed = threading.Condition()
        self._wanted: tuple[str | None] | None = None
        self._closing = False
        self._thread: threading.Thread | None = None

    def save(self, handle: str) -> None:
        """Have a handle written; one that was not written yet is passed over."""
        self._want((handle,))

    def discard(self) -> None:
        """Have the handle forgotten."""
        self._want((None,))

    def _want(self, wanted: tuple[str | None]) -> None:
        if self._store is None:
            return
        with self._changed:
            self._wanted = wanted
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=f"gemini-live:{self._name}:store", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Let the thread end when it has written what is wanted; does not wait."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def join(self, timeout: float | None = _CLOSE_SECONDS) -> None:
        """Wait for that.  Any thread but the actor's."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            with self._changed:
                while self._wanted is None and not self._closing:
                    self._changed.wait()
                wanted, self._wanted = self._wanted, None
            if wanted is None:
                return
            self._write(wanted[0])

    def _write(self, handle: str | None) -> None:
        assert self._store is not None
        try:
            if handle is None:
                self._store.discard(self._name)
            else:
                self._store.save(self._name, handle)
        except Exception as error:  # noqa: BLE001 - a stranger's code, or a full disk: the session goes on
            _log.warning("%s: the store did not take a handle: %s", self._name, type(error).__name__)
