"""How the tests run commands, and what they expect of errors."""

from __future__ import annotations

from gemini_live.cli import main

KEY = "correct-horse-battery"
SECONDS = 30
"""How long a command in another process may take."""


def ran(capsys, *arguments):
    """Run a command here; return its status and what it wrote."""
    status = main([str(argument) for argument in arguments])
    written = capsys.readouterr()
    return status, written.out, written.err


def only_line(err):
    """Return what the one line on standard error says."""
    assert err.startswith("gemini-live: "), err
    assert err.count("\n") == 1, err
    assert "Traceback" not in err
    return err.removeprefix("gemini-live: ").rstrip("\n")
