"""What sessions share that use the same credentials: the copy with scopes, the refresh, the token.

Nothing here keeps credentials alive that a program has let go of, but for those that were made of files.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from .._forking import mind_forks
from .refreshing import Refresher

MOST_FILES = 64
"""Credentials made of files that are kept; the ones used longest ago go first."""


class _Shared:
    """Everything that is shared.  Any thread; one lock, held for a moment only."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.scoped: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
        self.refreshers: weakref.WeakKeyDictionary[Any, Refresher] = weakref.WeakKeyDictionary()
        self.by_content: OrderedDict[str, Any] = OrderedDict()
        mind_forks(self)

    def after_fork(self) -> None:
        """In a forked child: no thread of the parent's holds the lock here."""
        self.lock = threading.Lock()


_shared = _Shared()


def scoped_copy(credentials: Any, make: Callable[[], Any]) -> Any:
    """Return the one copy of some credentials that has scopes; ``make``, a program's own code, makes it.

    If several threads are the first, each may make one, and all get the same.
    """
    try:
        with _shared.lock:
            found = _shared.scoped.get(credentials)
    except TypeError:  # not hashable, or nothing that can be referred to weakly
        return make()
    if found is not None:
        return found
    made = make()
    if made is credentials:  # kept, it would keep itself alive
        return made
    with _shared.lock:
        return _shared.scoped.setdefault(credentials, made)


def refresher_of(credentials: Any) -> Refresher:
    """Return what refreshes some credentials, the same one for the same credentials."""
    with _shared.lock:
        try:
            return _shared.refreshers.setdefault(credentials, Refresher())
        except TypeError:
            return Refresher()


def shared_by_content(key: str, make: Callable[[], Any]) -> Any:
    """Return the credentials of a file, the same ones while its content is the same."""
    with _shared.lock:
        found = _shared.by_content.get(key)
        if found is not None:
            _shared.by_content.move_to_end(key)
            return found
    made = make()
    with _shared.lock:
        found = _shared.by_content.setdefault(key, made)
        while len(_shared.by_content) > MOST_FILES:
            _shared.by_content.popitem(last=False)
        return found
