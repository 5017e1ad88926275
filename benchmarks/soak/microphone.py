"""A microphone: it sends a piece of silence every so often, come what may."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from gemini_live import Session
from gemini_live.exceptions import GeminiLiveError

CHUNK_MS = 20
CHUNK = bytes(16 * 2 * CHUNK_MS)
"""16 kHz, 16 bits, mono."""


class Microphone:
    """Sends on a thread of its own, by absolute deadlines of real time, whatever clock the session has."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="soak:microphone", daemon=True)
        self.sent = 0
        self.error: GeminiLiveError | None = None

    def __enter__(self) -> Microphone:  # noqa: PYI034 - typing.Self is newer than the oldest Python served
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End; returns when it has."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        began = time.monotonic()
        while not self._stop.is_set():
            try:
                self._session.send_audio(CHUNK)
            except GeminiLiveError as error:
                self.error = error
                return
            self.sent += 1
            self._stop.wait(max(0.0, began + self.sent * CHUNK_MS / 1000 - time.monotonic()))
