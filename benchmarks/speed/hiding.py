"""Packages that a process is not to find, although they are installed."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class Hidden(MetaPathFinder):
    """Stands before all other finders and says that some packages are not installed."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Refuse a hidden package and what is in it; leave everything else to the others.

        Raises:
            ModuleNotFoundError: as for a package that is not installed.
        """
        del path, target
        if fullname.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return None


def hide(names: Iterable[str]) -> None:
    """Hide packages from this process for good.

    Raises:
        RuntimeError: one of them has been imported already.
    """
    names = tuple(names)
    loaded = [name for name in names if name in sys.modules]
    if loaded:
        raise RuntimeError(f"too late to hide {', '.join(loaded)}")
    sys.meta_path.insert(0, Hidden(names))
