"""Lists that grow only so far.  Pure; whoever has one guards it."""

from __future__ import annotations

from typing import Generic, TypeVar

import attrs

from ..exceptions import ConfigError

Item = TypeVar("Item")


@attrs.frozen
class Bounds:
    """How much is kept.

    Attributes:
        messages: how many items of each list.
        bytes: how many bytes of a connection's messages and, apart from these, of its sound.
    """

    messages: int = 20_000
    bytes: int = 32 * 2**20


def check_bounds(messages: int, size: int) -> Bounds:
    """Return the arguments of ``Emulator`` as bounds.

    Raises:
        ConfigError: one is wrong.
    """
    return Bounds(check_count(messages, "keep_messages"), check_count(size, "keep_bytes"))


def check_count(value: int, path: str) -> int:
    """Return a number from 1.

    Raises:
        ConfigError: it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigError(f"must be a number from 1, not {value!r}", path=path)
    return value


@attrs.define
class Kept(Generic[Item]):
    """The newest of what was added.

    When there is too much the older half goes at once, and another list takes the place of :attr:`items`: who holds the
    old one is not disturbed.

    Attributes:
        bounds: how much that is.
        items: what is kept, oldest first.
        cut: how many older ones are not kept any more.
    """

    bounds: Bounds
    items: list[Item] = attrs.field(factory=list)
    cut: int = 0
    _sizes: list[int] = attrs.field(factory=list)
    _bytes: int = 0

    def add(self, item: Item, size: int = 0) -> None:
        """Append something that is so many bytes large."""
        self.items.append(item)
        self._sizes.append(size)
        self._bytes += size
        if len(self.items) > self.bounds.messages or self._bytes > self.bounds.bytes:
            self._forget()

    def _forget(self) -> None:
        most, most_bytes, drop = self.bounds.messages // 2, self.bounds.bytes // 2, 0
        while drop < len(self.items) and (len(self.items) - drop > most or self._bytes > most_bytes):
            self._bytes -= self._sizes[drop]
            drop += 1
        self.items, self._sizes = self.items[drop:], self._sizes[drop:]
        self.cut += drop

    def since(self, place: int) -> list[Item]:
        """Return what was added after the first so many, as far as it is kept."""
        return self.items[max(0, place - self.cut) :]

    @property
    def count(self) -> int:
        """How many were added."""
        return self.cut + len(self.items)
