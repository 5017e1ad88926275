"""Both sides of the music endpoint: what a client says of the music it wants, and the music.

Fields: https://ai.google.dev/api/live_music
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from ..exceptions import ConfigError
from . import kinds
from ._wire import WireValue, sized, wire
from .codec import decode
from .music_enums import MusicGenerationMode, PlaybackControl, Scale

LEAST_WEIGHT, MOST_WEIGHT = 1e-37, 1e37
"""What a float of 32 bits holds without loss, either side of 0."""


@attrs.frozen(kw_only=True, slots=False)
class MusicSetup(WireValue):
    """The first message: which model plays."""

    model: str | None = wire("model")


@attrs.frozen(kw_only=True, slots=False)
class WeightedPrompt(WireValue):
    """A piece of what the music shall be like, and how much of it.

    Attributes:
        weight: any number but 0, of a size that a float of 32 bits has; the weights of one message are set in relation
            to one another.
    """

    text: str | None = wire("text", required=True)
    weight: float | None = wire("weight", required=True)

    def check(self, path: str) -> Iterator[ConfigError]:
        """A prompt of no weight is none, nor is one whose weight the service can't hold."""
        if self.weight == 0:
            yield ConfigError("must be any number but 0; leave the prompt out", path=kinds.join(path, "weight"))
        elif self.weight is not None and not LEAST_WEIGHT <= abs(self.weight) <= MOST_WEIGHT:
            words = f"must be {LEAST_WEIGHT:g} to {MOST_WEIGHT:g}, or the same below 0, not {self.weight!r}"
            yield ConfigError(words, path=kinds.join(path, "weight"))


@attrs.frozen(kw_only=True, slots=False)
class MusicClientContent(WireValue):
    """All prompts from now on."""

    weighted_prompts: tuple[WeightedPrompt, ...] | None = wire("weightedPrompts", required=True)

    def check(self, path: str) -> Iterator[ConfigError]:
        """There is no music of nothing."""
        if self.weighted_prompts == ():
            yield ConfigError("must hold at least one prompt", path=kinds.join(path, "weighted_prompts"))


@attrs.frozen(kw_only=True, slots=False)
class MusicGenerationConfig(WireValue):
    """The whole configuration from now on: what is not in it goes back to its default.

    Attributes:
        temperature: how much varies; 1.1 unless said.
        top_k: from how many tokens each is chosen; 40 unless said.
        seed: decides what is left to chance; another one each time unless said.
        guidance: how closely the prompts are followed, and how abruptly; 4 unless said.
        bpm: beats a minute, from the next reset of the context on; the model's choice unless said.
        density: how many sounds there are; likewise the model's choice.
        brightness: how bright they are; likewise.
        scale: the key, from the next reset of the context on; likewise.
        mute_bass: no bass is heard.
        mute_drums: no drums are.
        only_bass_and_drums: nothing else is.
        music_generation_mode: quality unless said.
    """

    temperature: float | None = wire("temperature", range=(0, 3))
    top_k: int | None = wire("topK", range=(1, 1000))
    seed: int | None = wire("seed", range=(0, 2**31 - 1))
    guidance: float | None = wire("guidance", range=(0, 6))
    bpm: int | None = wire("bpm", range=(60, 200))
    density: float | None = wire("density", range=(0, 1))
    brightness: float | None = wire("brightness", range=(0, 1))
    scale: Scale | None = wire("scale")
    mute_bass: bool | None = wire("muteBass")
    mute_drums: bool | None = wire("muteDrums")
    only_bass_and_drums: bool | None = wire("onlyBassAndDrums")
    music_generation_mode: MusicGenerationMode | None = wire("musicGenerationMode")


@attrs.frozen(kw_only=True, slots=False)
class MusicClientMessage(WireValue):
    """One message to the server; exactly one field is set."""

    setup: MusicSetup | None = wire("setup")
    client_content: MusicClientContent | None = wire("clientContent")
    music_generation_config: MusicGenerationConfig | None = wire("musicGenerationConfig")
    playback_control: PlaybackControl | None = wire("playbackControl")


@attrs.frozen(kw_only=True, slots=False)
class MusicSetupComplete(WireValue):
    """The setup was accepted; there is nothing to be said of it."""


@attrs.frozen(kw_only=True, slots=False)
class MusicSourceMetadata(WireValue):
    """The prompts and the configuration that a piece of music was made of."""

    client_content: MusicClientContent | None = wire("clientContent")
    music_generation_config: MusicGenerationConfig | None = wire("musicGenerationConfig")


@attrs.frozen(kw_only=True, slots=False)
class MusicAudioChunk(WireValue):
    """A piece of the music.

    Attributes:
        data: 16-bit little-endian PCM, left and right in turn, at 48 kHz (``audio/l16;rate=48000;channels=2``).
    """

    data: bytes | None = wire("data", repr=sized)
    mime_type: str | None = wire("mimeType")
    source_metadata: MusicSourceMetadata | None = wire("sourceMetadata")


@attrs.frozen(kw_only=True, slots=False)
class MusicServerContent(WireValue):
    """The next pieces of the music."""

    audio_chunks: tuple[MusicAudioChunk, ...] | None = wire("audioChunks")


@attrs.frozen(kw_only=True, slots=False)
class FilteredPrompt(WireValue):
    """A prompt that is not played, and why."""

    text: str | None = wire("text")
    filtered_reason: str | None = wire("filteredReason")


@attrs.frozen(kw_only=True, slots=False)
class MusicServerMessage(WireValue):
    """One message from the server.

    Attributes:
        warning: words about what may be wrong; the music goes on.
        raw: the JSON as it came, unknown fields included.
    """

    setup_complete: MusicSetupComplete | None = wire("setupComplete")
    server_content: MusicServerContent | None = wire("serverContent")
    filtered_prompt: FilteredPrompt | None = wire("filteredPrompt")
    warning: str | None = wire("warning")
    raw: Mapping[str, Any] = attrs.field(factory=dict, repr=False, eq=False)

    @classmethod
    def from_json(cls, data: dict[str, Any], report: kinds.Report | None = None) -> MusicServerMessage:
        """Read a server's JSON object; total, see :func:`gemini_live.types.codec.decode`."""
        message = decode(cls, data, report)
        object.__setattr__(message, "raw", data)  # the one moment of a frozen value's life where it is not finished
        return message

    @property
    def audio(self) -> bytes | None:
        """The music as PCM, all pieces joined; ``None`` if there is none."""
        chunks = (self.server_content and self.server_content.audio_chunks) or ()
        pieces = [chunk.data for chunk in chunks if chunk.data is not None]
        return b"".join(pieces) if pieces else None
