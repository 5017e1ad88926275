"""The music endpoint's messages, shape for shape.  Pure; any thread."""

from __future__ import annotations

import base64

from ..types import FilteredPrompt, MusicSourceMetadata, encode
from .music_band import CHANNELS
from .music_score import RATE
from .shapes import Message

MIME_TYPE = f"audio/l16;rate={RATE};channels={CHANNELS}"
"""What the service calls it; the bytes of a sample are in little-endian order all the same."""


def audio(pcm: bytes, source: Message) -> Message:
    """Give a piece of the music, with what it was made of."""
    chunk = {"data": base64.b64encode(pcm).decode(), "mimeType": MIME_TYPE, "sourceMetadata": source}
    return {"serverContent": {"audioChunks": [chunk]}}


def source(metadata: MusicSourceMetadata) -> Message:
    """Say what a piece of the music was made of."""
    return encode(metadata)


def filtered(prompt: FilteredPrompt) -> Message:
    """Say that a prompt is not played."""
    return {"filteredPrompt": encode(prompt)}
