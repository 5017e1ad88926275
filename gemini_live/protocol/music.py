"""Live Music as a Sans-I/O core: text in, events out; no socket, no thread, no clock.

https://ai.google.dev/api/live_music
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..audio import MAX_RATE, MIN_RATE, duration_ms
from ..types import MusicAudioChunk, MusicServerMessage, PlaybackControl, decode
from .endpoint import EndpointProtocol
from .events import Opened
from .music_events import MUSIC_CHANNELS, MUSIC_MIME_TYPE, MUSIC_RATE, MusicChunk, Underrun
from .playhead import Playhead
from .state import State, Trigger

_PARAMETER = re.compile(r";\s*(rate|channels)\s*=\s*(\d{1,6})\s*(?=;|$)")
_MOST_CHANNELS = 8


class MusicProtocol(EndpointProtocol[MusicServerMessage]):
    """Follows one music session: feed it what the server says, take the events.  Owner: the actor; one thread.

    Args:
        patience: see :class:`Playhead`.

    Attributes:
        playhead: what a player would have left.
        chunks: how many pieces of music have come.
        audio_bytes: how many bytes of PCM that was.
        received_ms: how long that sounds, in milliseconds.
        underruns: how often a player would have had nothing left.
        gap_ms: how long all those silences were.
        filtered: how many prompts were not played.
        waits_since: since when the next piece is waited for, ``None`` if no music is wanted.
    """

    def __init__(self, patience: float) -> None:
        super().__init__()
        self.playhead = Playhead(patience)
        self.chunks: int = 0
        self.audio_bytes: int = 0
        self.received_ms: float = 0.0
        self.underruns: int = 0
        self.gap_ms: float = 0.0
        self.filtered: int = 0
        self.waits_since: float | None = None

    def control(self, control: PlaybackControl, now: float) -> None:
        """Take the program's wish for music, or for silence."""
        if control == PlaybackControl.PLAY:
            self.playhead.play(now)
            self.waits_since = now
        elif control in (PlaybackControl.PAUSE, PlaybackControl.STOP):
            self.playhead.hold(now)
            self.waits_since = None

    def look(self, now: float) -> None:
        """Tell that a player has nothing left, if it is time for that."""
        if self.playhead.look(now):
            self.underruns += 1
            reconnecting = self.state is State.RECONNECTING
            self._emit("underrun", Underrun(received_ms=self.received_ms, reconnecting=reconnecting))

    def _read(self, data: dict[str, Any], misfits: list[str]) -> MusicServerMessage:
        return MusicServerMessage.from_json(data, misfits)

    def _dispatch(self, message: MusicServerMessage, now: float) -> None:
        if message.setup_complete is not None and self.setup_pending and self.trigger(Trigger.SETUP_COMPLETED):
            self._emit("open", Opened(session_id=None, resumed=False, connection=self.connection))
        content = message.server_content
        if content is not None:
            for chunk in content.audio_chunks or _whole_chunks(content.extra):
                self._receive_chunk(chunk, now)
        if message.filtered_prompt is not None:
            self.filtered += 1
            self._emit("filtered_prompt", message.filtered_prompt)

    def _receive_chunk(self, chunk: MusicAudioChunk, now: float) -> None:
        if chunk.data is None:
            return
        rate, channels = _format_of(chunk.mime_type)
        lasts = duration_ms(chunk.data, rate=rate, channels=channels)
        self.look(now)
        gap = self.playhead.came(lasts / 1000, now) * 1000 if lasts else 0.0
        self.chunks += 1
        self.audio_bytes += len(chunk.data)
        self.received_ms += lasts
        self.gap_ms += gap
        if self.waits_since is not None:
            self.waits_since = now
        self._emit(
            "audio",
            MusicChunk(
                data=chunk.data,
                mime_type=chunk.mime_type or MUSIC_MIME_TYPE,
                rate=rate,
                channels=channels,
                source_metadata=chunk.source_metadata,
                gap_ms=gap,
            ),
        )


def _whole_chunks(extra: Mapping[str, Any]) -> list[MusicAudioChunk]:
    """Return the pieces of a list that was kept as it came, because one of them is none."""
    pieces = extra.get("audioChunks")
    return [decode(MusicAudioChunk, piece) for piece in pieces if type(piece) is dict] if type(pieces) is list else []


def _format_of(mime_type: str | None) -> tuple[int, int]:
    """Return the rate and the number of channels that a mime type names; what it leaves out is as documented."""
    named = {name: int(value) for name, value in _PARAMETER.findall((mime_type or "").lower())}
    rate, channels = named.get("rate", MUSIC_RATE), named.get("channels", MUSIC_CHANNELS)
    return (
        rate if MIN_RATE <= rate <= MAX_RATE else MUSIC_RATE,
        channels if 1 <= channels <= _MOST_CHANNELS else MUSIC_CHANNELS,
    )
