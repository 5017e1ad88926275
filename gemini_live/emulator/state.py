"""What a resumption handle stands for: a session's conversation, and its input side, as they were at one moment.

Pure; owned by the server's event loop.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import attrs

from .context import Entry
from .shapes import Message
from .vad import Speech

Item = TypeVar("Item")


@attrs.frozen(eq=False, repr=False)
class Past(Generic[Item]):
    """How a list began that only grows: it costs next to nothing to keep, as nothing is copied until it is wanted."""

    _items: list[Item] = attrs.field(factory=list)
    _count: int = 0

    def copy(self) -> list[Item]:
        """Return a list that goes on by itself."""
        return self._items[: self._count]


LONGEST_SPEECH_MS = 10 * 60 * 1000
"""Nobody speaks for longer without a pause; of what does, the end is kept."""


@attrs.define
class Activity:
    """What was said between the client's own marks."""

    pcm: bytearray = attrs.field(factory=bytearray, repr=lambda pcm: f"<{len(pcm)} bytes>")
    texts: list[str] = attrs.field(factory=list)

    def copy(self) -> Activity:
        """Return one that goes on by itself."""
        return Activity(bytearray(self.pcm), list(self.texts))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class State:
    """A session at one moment.  What is being generated, and which calls are open, is no part of it.

    Attributes:
        said: the conversation.
        taken: the control messages that made it, where messages are kept.
        unanswered: the user's turns that no answer was asked for yet.
        seeding: whether announced history is still to come; ``None`` is as the setup says.
        activity: what the client marked the begin of, and not the end.
        speech: what was heard and has not ended.
    """

    said: Past[Entry] = attrs.field(factory=Past[Entry])
    taken: Past[Message] = attrs.field(factory=Past[Message])
    unanswered: tuple[str, ...] = ()
    seeding: bool | None = None
    activity: Activity | None = None
    speech: Speech | None = None
