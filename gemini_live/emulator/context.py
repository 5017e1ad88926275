"""What was said on a session so far, and what it costs.  Pure; owned by one connection."""

from __future__ import annotations

import math
from collections.abc import Iterable

import attrs

from ..types import Content, Modality

AUDIO_TOKENS_PER_SECOND = 25
IMAGE_TOKENS = 258
_CHARACTERS_PER_TOKEN = 4
MOST_ENTRIES = 4_000
MOST_CHARACTERS = 4 * 2**20
"""When a conversation has grown to either of these, the older half of it is forgotten."""


@attrs.frozen(kw_only=True)
class Entry:
    """One thing said or shown.

    Attributes:
        role: ``"user"`` or ``"model"``.
        text: its words, as far as they are known.
        audio_ms: how long it sounded.
        images: how many pictures came with it.
    """

    role: str
    text: str = ""
    audio_ms: float = 0.0
    images: int = 0


def text_tokens(text: str) -> int:
    """Estimate the tokens of some text."""
    return math.ceil(len(text) / _CHARACTERS_PER_TOKEN)


def audio_tokens(milliseconds: float) -> int:
    """Return the tokens of so much sound."""
    return math.ceil(milliseconds * AUDIO_TOKENS_PER_SECOND / 1000)


@attrs.define
class Context:
    """The conversation, oldest first.

    Attributes:
        entries: what was said; another list takes its place when the oldest are forgotten, and else it only grows;
            the words of speech may come late.
    """

    entries: list[Entry] = attrs.field(factory=list)
    _characters: int = attrs.field(
        default=attrs.Factory(lambda self: sum(len(entry.text) for entry in self.entries), takes_self=True), init=False
    )

    def add(self, entry: Entry) -> None:
        """Append what was just said."""
        self._characters += len(entry.text)
        if len(self.entries) >= MOST_ENTRIES or self._characters >= MOST_CHARACTERS:
            self._forget(len(entry.text))
        self.entries.append(entry)

    def _forget(self, coming: int) -> None:
        kept, characters = self.entries[-MOST_ENTRIES // 2 :], coming
        for index in range(len(kept) - 1, -1, -1):
            characters += len(kept[index].text)
            if characters >= MOST_CHARACTERS // 2:
                kept = kept[index + 1 :]
                break
        self.entries = kept
        self._characters = coming + sum(len(entry.text) for entry in kept)

    def put_words(self, audio_ms: float, text: str) -> None:
        """Note what was understood of the user's newest speech of this length."""
        for place in reversed(range(len(self.entries))):
            entry = self.entries[place]
            if entry.role == "user" and entry.audio_ms == audio_ms and not entry.text:
                self.entries[place] = attrs.evolve(entry, text=text)
                return

    def tokens(self, base: int) -> dict[Modality, int]:
        """Count the context by modality, ``base`` further text tokens included; modalities without any are left out."""
        counts = {
            Modality.TEXT: base + sum(text_tokens(entry.text) for entry in self.entries if not entry.audio_ms),
            Modality.AUDIO: audio_tokens(sum(entry.audio_ms for entry in self.entries)),
            Modality.VIDEO: IMAGE_TOKENS * sum(entry.images for entry in self.entries),
        }
        return {modality: count for modality, count in counts.items() if count}


def entries_of(turns: Iterable[Content]) -> list[Entry]:
    """Read contents as entries; whoever is not the model is the user."""
    entries = []
    for content in turns:
        parts = content.parts or ()
        words = [part.text for part in parts if part.text and not part.thought]
        images = sum(
            1 for part in parts if part.inline_data and (part.inline_data.mime_type or "").startswith("image/")
        )
        role = "model" if content.role == "model" else "user"
        entries.append(Entry(role=role, text=" ".join(words), images=images))
    return entries
