"""A terminal on which a progress bar and lines of text share the space."""

from __future__ import annotations

import threading
from typing import TextIO

_WIDTH = 30


def one_line(text: str) -> str:
    """Return text that others wrote as one line that can do a terminal no harm.

    >>> one_line("two\\nlines\\x1b[2J")
    'two lines?[2J'
    """
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))


class Console:
    """Writes lines, running text and a bar.  Any thread; one lock.

    Args:
        stream: where to. The bar moves only on a terminal; elsewhere it is written once, full.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._moves = stream.isatty()
        self._lock = threading.Lock()
        self._bar = ""
        self._label: str | None = None

    def line(self, text: str) -> None:
        """Write a line of its own."""
        with self._lock:
            self._end_text()
            self._clear_bar()
            self._write(text + "\n")
            self._draw_bar()

    def text(self, label: str, piece: str) -> None:
        """Write a piece of running text; a new label begins a new line."""
        with self._lock:
            self._clear_bar()
            self._bar = ""
            if label != self._label:
                self._end_text()
                self._write(f"{label}: ")
                self._label = label
                piece = piece.lstrip()
            self._write(piece)
            self._stream.flush()

    def progress(self, label: str, done: float, total: float) -> None:
        """Show how far something has come, in seconds."""
        full = done >= total
        with self._lock:
            if self._label is not None or not (self._moves or full):
                return  # running text has the line now
            filled = _WIDTH if full else int(_WIDTH * done / total)
            self._clear_bar()
            self._bar = f"{label} [{'#' * filled}{'.' * (_WIDTH - filled)}] {min(done, total):.1f} of {total:.1f} s"
            self._draw_bar()
            if full:
                self._write("\n")
                self._bar = ""

    def end_progress(self) -> None:
        """Leave the bar as it is and go on below it; without one nothing happens."""
        with self._lock:
            if self._bar:
                self._write("\n")
                self._stream.flush()
                self._bar = ""

    def end_text(self) -> None:
        """End the running text's line."""
        with self._lock:
            self._end_text()

    def _end_text(self) -> None:
        if self._label is not None:
            self._write("\n")
            self._label = None

    def _clear_bar(self) -> None:
        if self._bar and self._moves:
            self._write("\r" + " " * len(self._bar) + "\r")

    def _draw_bar(self) -> None:
        self._write(self._bar)
        self._stream.flush()

    def _write(self, text: str) -> None:
        """Write; what the stream's encoding has no form for becomes a question mark."""
        encoding = getattr(self._stream, "encoding", None)
        if encoding:
            text = text.encode(encoding, "replace").decode(encoding)
        self._stream.write(text)
