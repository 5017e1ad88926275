"""What a forked child does first: the threads of its parent are not in it, but the locks that they held are."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Forked(Protocol):
    """What has to be put in order in a child."""

    def after_fork(self) -> None:
        """Free the locks, and forget what a thread of the parent's was doing.  The child has one thread so far."""


_minded: weakref.WeakSet[Forked] = weakref.WeakSet()


def mind_forks(value: Forked) -> None:
    """Have ``value.after_fork()`` called in every forked child; this does not keep it alive."""
    _minded.add(value)


def _in_child() -> None:
    for value in list(_minded):
        value.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
