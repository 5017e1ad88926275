"""The terminal: lines, running text and a bar that share it."""

from __future__ import annotations

import io
import threading

import pytest

from gemini_live.cli.console import Console


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        """It is."""
        return True

    def shown(self):
        """Return the lines as a terminal would show them: a carriage return goes back over the line."""
        lines = []
        for raw in self.getvalue().split("\n"):
            line = ""
            for piece in raw.split("\r"):
                line = piece + line[len(piece) :]
            lines.append(line.rstrip())
        return lines


def test_a_line_is_a_line():
    """Elsewhere than on a terminal only lines are written, without a single control character."""
    stream = io.StringIO()
    console = Console(stream)

    console.line("one")
    console.line("two")

    assert stream.getvalue() == "one\ntwo\n"


def test_running_text_goes_on_until_its_label_changes():
    """Pieces are put together; a new speaker begins a new line."""
    stream = io.StringIO()
    console = Console(stream)

    for label, piece in [("You", " Hello"), ("You", ","), ("You", " you"), ("Model", " Yes"), ("Model", "?")]:
        console.text(label, piece)
    console.end_text()
    console.end_text()

    assert stream.getvalue() == "You: Hello, you\nModel: Yes?\n"


def test_a_line_ends_running_text():
    """A line never continues what somebody was saying."""
    stream = io.StringIO()
    console = Console(stream)

    console.text("You", "hi")
    console.line("done")
    console.text("You", "again")
    console.end_text()

    assert stream.getvalue() == "You: hi\ndone\nYou: again\n"


def test_elsewhere_than_on_a_terminal_the_bar_is_written_once_and_full():
    """A log gets one line, not a hundred."""
    stream = io.StringIO()
    console = Console(stream)

    for done in (0.0, 0.5, 1.0):
        console.progress("Speaking", done, 1.0)
    console.line("next")

    assert stream.getvalue() == "Speaking [" + "#" * 30 + "] 1.0 of 1.0 s\nnext\n"


def test_on_a_terminal_the_bar_moves_in_its_place():
    """Each step is written over the last, and the full bar stays."""
    stream = Terminal()
    console = Console(stream)

    for done in (0.0, 0.5, 1.0):
        console.progress("Speaking", done, 1.0)
    console.line("next")

    assert "[" + "#" * 15 + "." * 15 + "] 0.5 of 1.0 s" in stream.getvalue()
    assert stream.shown() == ["Speaking [" + "#" * 30 + "] 1.0 of 1.0 s", "next", ""]


def test_a_line_goes_above_a_moving_bar():
    """The bar stays at the bottom."""
    stream = Terminal()
    console = Console(stream)

    console.progress("Speaking", 0.5, 1.0)
    console.line("connected")

    assert stream.shown() == ["connected", "Speaking [" + "#" * 15 + "." * 15 + "] 0.5 of 1.0 s"]


def test_running_text_takes_the_bars_place_for_good():
    """A bar that text has replaced does not come back with the next line."""
    stream = Terminal()
    console = Console(stream)

    console.progress("Speaking", 0.5, 1.0)
    console.text("You", "hello")
    console.progress("Speaking", 0.7, 1.0)
    console.end_text()
    console.line("one")
    console.line("two")

    assert stream.shown() == ["You: hello", "one", "two", ""]


def test_a_bar_that_will_not_be_full_is_left_where_it_is():
    """What follows goes below it, also what others write; without a bar nothing is written."""
    stream = Terminal()
    console = Console(stream)

    console.end_progress()
    console.progress("Playing", 0.5, 1.0)
    console.end_progress()
    console.end_progress()
    console.line("interrupted")

    assert stream.shown() == ["Playing [" + "#" * 15 + "." * 15 + "] 0.5 of 1.0 s", "interrupted", ""]


@pytest.mark.parametrize(("done", "total"), [(2.0, 1.0), (0.0, 0.0)])
def test_a_bar_is_never_more_than_full(done, total):
    """More than everything, and all of nothing, are full."""
    stream = io.StringIO()

    Console(stream).progress("x", done, total)

    assert stream.getvalue() == f"x [{'#' * 30}] {total:.1f} of {total:.1f} s\n"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_words_that_the_terminal_can_not_show_do_not_stop_it(encoding):
    """A transcript may be in any language; what can't be written is replaced."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    console = Console(stream)

    console.text("Model", "Привет 😀 ok")
    console.line("saved in ü\u2028.wav")
    console.progress("進む", 1.0, 1.0)

    written = raw.getvalue().decode(encoding)
    assert "Model: ?????? ? ok\n" in written
    assert ".wav" in written


def test_threads_do_not_write_into_each_others_lines():
    """Callbacks and the main thread write at once; every line stays whole."""
    stream = io.StringIO()
    console = Console(stream)

    def write(word):
        for _ in range(200):
            console.line(word * 20)

    threads = [threading.Thread(target=write, args=(word,), daemon=True) for word in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    lines = stream.getvalue().splitlines()
    assert len(lines) == 800
    assert set(lines) == {word * 20 for word in "abcd"}
