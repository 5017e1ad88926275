"""The text of a file of handles.

::

    {"version": 1, "handles": {"line-17": {"handle": "…", "saved_at": 1767225600.0}}}

Pure; any thread.
"""

from __future__ import annotations

import json
from typing import Any

from .entries import Entries, Entry

VERSION = 1
_MAX_SECONDS = 1e15
"""No time is further from 1970; it keeps infinities out, and integers that no float can hold."""


def encode(entries: Entries) -> bytes:
    """Return the file's bytes."""
    handles = {name: {"handle": entry.handle, "saved_at": entry.saved_at} for name, entry in entries.items()}
    text = json.dumps({"version": VERSION, "handles": handles}, ensure_ascii=False, allow_nan=False)
    # A str may hold halves of surrogate pairs.  As escapes, two that meet would be read as one character.
    return text.encode("utf-8", "surrogatepass")


def decode(data: bytes) -> Entries | None:
    """Return what a file holds, ``None`` if it is damaged, somebody else's, or of a version that is not known.

    It raises nothing, because Python's errors of parsing carry the text, and this text is full of secrets.  A file
    of no bytes, such as ``mkstemp`` makes, holds no handles and is in order.
    """
    if not data:
        return {}
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    handles = document.get("handles") if isinstance(document, dict) and document.get("version") == VERSION else None
    if not isinstance(handles, dict):
        return None
    entries = {name: entry for name, value in handles.items() if (entry := _entry(value)) is not None}
    return entries if len(entries) == len(handles) else None


def _entry(value: Any) -> Entry | None:
    if not isinstance(value, dict):
        return None
    handle, saved_at = value.get("handle"), value.get("saved_at")
    if not isinstance(handle, str) or isinstance(saved_at, bool) or not isinstance(saved_at, (int, float)):
        return None
    return Entry(handle, float(saved_at)) if -_MAX_SECONDS < saved_at < _MAX_SECONDS else None
