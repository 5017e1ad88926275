"""Which handles are kept, for how long, and how many: the rules that all stores share.

Pure; any thread.  Nothing is changed in place, so a reader needs no lock.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from ..exceptions import ConfigError

GEMINI_MAX_AGE = 7200.0
"""Seconds for which the Gemini API takes a handle; Vertex AI takes it for 86,400."""
MAX_NAMES = 10_000
CLOCK_SLACK = 60.0
"""Seconds by which the clocks of two machines may differ."""


@attrs.frozen
class Entry:
    """A handle and when it was saved.

    Attributes:
        handle: the secret.
        saved_at: seconds since 1970.
    """

    handle: str = attrs.field(repr=False)
    saved_at: float


Entries = Mapping[str, Entry]
"""By the sessions' names, in the order in which they were saved."""


def check_entry(name: str, handle: str) -> None:
    """Refuse what is no text: written to a file, it would make the whole file unreadable.

    Raises:
        ConfigError: with the type, never with the value.
    """
    for path, value in (("name", name), ("handle", handle)):
        if not isinstance(value, str):
            raise ConfigError(f"must be a str, not {type(value).__name__}", path=path)


def is_fresh(entry: Entry, now: float, max_age: float) -> bool:
    """Tell whether the server may still take a handle.

    Args:
        entry: the handle.
        now: seconds since 1970.
        max_age: seconds for which a handle is good.
    """
    # A clock that went back makes ages negative: after a small step the handle is as good as new, after a large one
    # nobody knows how old it is.
    return -CLOCK_SLACK < now - entry.saved_at <= max_age


def fresh_handle(entries: Entries, name: str, now: float, max_age: float) -> str | None:
    """Return a session's handle, ``None`` if there is none or if it is not fresh."""
    entry = entries.get(name)
    return entry.handle if entry is not None and is_fresh(entry, now, max_age) else None


def with_entry(entries: Entries, name: str, entry: Entry, max_age: float) -> Entries:
    """Return the entries with one more: without those that are not fresh, and the oldest out if they are too many.

    Args:
        entries: those before.
        name: whose handle is new.
        entry: the handle; its time is now.
        max_age: seconds for which a handle is good.
    """
    kept = {other: old for other, old in entries.items() if other != name and is_fresh(old, entry.saved_at, max_age)}
    for oldest in list(kept)[: max(0, len(kept) - MAX_NAMES + 1)]:
        del kept[oldest]
    kept[name] = entry
    return kept


def without_entry(entries: Entries, name: str) -> Entries:
    """Return the entries without one; those that are not fresh stay."""
    return {other: entry for other, entry in entries.items() if other != name}
