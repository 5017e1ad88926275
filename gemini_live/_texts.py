"""What exceptions say, also those of programs whose own text can't be had."""

from __future__ import annotations

LONGEST = 2000
"""Characters of an exception that anybody is told; more explains nothing."""


def text_of(error: BaseException) -> str:
    """Return an exception's text; one that can't say what it is gives none."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a stranger's class may raise anything here
        return ""


def told(error: BaseException) -> str:
    """Return an exception's class and text, as much of it as anybody reads.

    >>> told(KeyError("city")), told(ValueError())
    ("KeyError: 'city'", 'ValueError')
    """
    return f"{type(error).__name__}: {text_of(error)}"[:LONGEST].removesuffix(": ")
