"""A listing in pages.  Pure; any thread."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from .http_errors import HttpError, Violation, bad_request

DEFAULT_SIZE = 50
MOST = 1000


@attrs.frozen
class Page:
    """A part of a listing.

    Attributes:
        entries: what is on it.
        next_token: asks for the one after it; ``None`` on the last.
    """

    entries: list[Any]
    next_token: str | None


def page_of(entries: Sequence[Any], query: Mapping[str, str], longest: int | None) -> Page:
    """Return the page that a query asks for.

    Args:
        entries: the whole listing.
        query: ``pageSize`` (more than 1000 counts as that, 0 as unsaid) and ``pageToken``, in either spelling.
        longest: no page is longer, whatever is asked for.

    Raises:
        HttpError: the size is no number, or nobody has given out this token.
    """
    size = _size(_parameter(query, "pageSize", "page_size"))
    start = _start(_parameter(query, "pageToken", "page_token"), len(entries))
    end = start + min(size, longest or MOST)
    return Page(list(entries[start:end]), _token(end) if end < len(entries) else None)


def _parameter(query: Mapping[str, str], name: str, snake: str) -> str:
    return query.get(name) or query.get(snake) or ""


def _size(text: str) -> int:
    if not text:
        return DEFAULT_SIZE
    if not (text.removeprefix("-").isascii() and text.removeprefix("-").isdigit() and len(text) <= 10):
        raise bad_request([Violation("page_size", f"Invalid value at 'page_size' (TYPE_INT32), \"{text[:60]}\"")])
    if text.startswith("-"):
        raise bad_request([Violation("page_size", "page_size must not be negative.")])
    return min(int(text), MOST) or DEFAULT_SIZE


def _start(token: str, count: int) -> int:
    """Return where a token's page begins."""
    if not token:
        return 0
    for start in range(1, count):
        if token == _token(start):
            return start
    raise HttpError(400, "Request contains an invalid argument.")


def _token(start: int) -> str:
    """Return what asks for the page that begins there; clients are not to read it."""
    return base64.urlsafe_b64encode(f"page from {start}".encode()).decode().rstrip("=")
