"""What the server saw and sent of one session's music, as one value at a time.  Any thread."""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class EmulatedMusic:
    """A music session at one moment, in the spelling of the wire.

    Attributes:
        prompts: those that count.
        config: the configuration as it came last; what is not in it has its default.
        playback: the last control.
        playing: whether music is wanted.
        filtered: the prompts that were not played, in order, the newest.
        source: the ``sourceMetadata`` of the last chunk: the prompts and the whole configuration that it was made of.
        chunks: how many were sent.
        audio_bytes: how many bytes of PCM that was.
    """

    prompts: tuple[dict[str, Any], ...] = ()
    config: dict[str, Any] = attrs.field(factory=dict)
    playback: str | None = None
    playing: bool = False
    filtered: tuple[str, ...] = ()
    source: dict[str, Any] = attrs.field(factory=dict)
    chunks: int = 0
    audio_bytes: int = 0
