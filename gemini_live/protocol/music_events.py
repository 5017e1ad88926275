"""What a music session tells its program, beside what every session does, and the list of all its callbacks."""

from __future__ import annotations

import attrs

from ..audio import duration_ms
from ..types import (
    FilteredPrompt,
    MusicGenerationConfig,
    MusicServerMessage,
    MusicSourceMetadata,
    WeightedPrompt,
)
from .events import Closed, Opened, Reconnected, Reconnecting

MUSIC_RATE = 48_000
MUSIC_CHANNELS = 2
MUSIC_MIME_TYPE = f"audio/l16;rate={MUSIC_RATE};channels={MUSIC_CHANNELS}"
"""What the service plays: 16-bit little-endian samples, left and right in turn."""


@attrs.frozen(kw_only=True)
class MusicChunk:
    """A piece of the music.

    Attributes:
        data: PCM, 16 bits, little-endian, the channels in turn.
        mime_type: as the server said it.
        rate: samples per second, of each channel.
        channels: how many there are.
        source_metadata: what the piece was made of, if the server said.
        gap_ms: milliseconds of silence that a player has had before it, because it came too late; 0 where it did not.
    """

    data: bytes = attrs.field(repr=lambda value: f"<{len(value)} bytes>")
    mime_type: str = MUSIC_MIME_TYPE
    rate: int = MUSIC_RATE
    channels: int = MUSIC_CHANNELS
    source_metadata: MusicSourceMetadata | None = None
    gap_ms: float = 0.0

    @property
    def duration_ms(self) -> float:
        """How long it lasts."""
        return duration_ms(self.data, rate=self.rate, channels=self.channels)

    @property
    def weighted_prompts(self) -> tuple[WeightedPrompt, ...]:
        """The prompts that it was made of; none where the server did not say."""
        content = self.source_metadata and self.source_metadata.client_content
        return (content and content.weighted_prompts) or ()

    @property
    def music_generation_config(self) -> MusicGenerationConfig | None:
        """The configuration that it was made of, if the server said."""
        return self.source_metadata.music_generation_config if self.source_metadata is not None else None


@attrs.frozen(kw_only=True)
class Underrun:
    """Music is wanted, and the player has nothing left; told once for each silence.

    The first piece after it says in ``gap_ms`` how long the silence was.

    Attributes:
        received_ms: how much music has come in the session, in milliseconds.
        reconnecting: whether it is for want of a connection.
    """

    received_ms: float
    reconnecting: bool


MUSIC_CALLBACKS: dict[str, type] = {
    "open": Opened,
    "raw_message": dict,
    "message": MusicServerMessage,
    "audio": MusicChunk,
    "filtered_prompt": FilteredPrompt,
    "underrun": Underrun,
    "reconnecting": Reconnecting,
    "reconnected": Reconnected,
    "error": Exception,
    "close": Closed,
}
"""Every callback's name and the type of its one argument; the fields of a message are told after the whole of it."""
