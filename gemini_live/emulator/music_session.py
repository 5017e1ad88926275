"""One music session on one connection: from messages to music.  Owned by the server's event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from ..types import MusicClientMessage, encode
from . import music_shapes
from .disturbance import Disturbance
from .hub import Behaviour
from .music_desk import Desk
from .music_player import Player
from .music_records import EmulatedMusic
from .records import EmulatedSession
from .shapes import Message
from .speaker import Send

_MOST_FILTERED = 100


class Music:
    """A connection to the music endpoint after its setup."""

    def __init__(
        self,
        *,
        send: Send,
        fail: Callable[[], None],
        behaviour: Behaviour,
        record: EmulatedSession,
        disturbed: Callable[[], Disturbance],
        quiet: Callable[[], bool],
    ) -> None:
        """Begin without prompts, in silence.

        Args:
            send: sends one message.
            fail: called inside an ``except`` when music could not be made.
            behaviour: how the server behaves.
            record: where everything is written down.
            disturbed: tells what is wrong with the connection now.
            quiet: returns whether nothing is sent any more.
        """
        self._send = send
        self._record = record
        self._shown = EmulatedMusic()
        self._desk = Desk(
            lambda number: behaviour.chance(record.number, number).randrange(2**31), lenient=behaviour.lenient
        )
        self._player = Player(
            self._desk,
            behaviour.music,
            send=send,
            fail=fail,
            speed=behaviour.output_speed,
            disturbed=disturbed,
            quiet=quiet,
            note=self._note_chunk,
        )
        record.note_music(self._shown)

    async def take(self, data: dict[str, Any], message: MusicClientMessage) -> None:
        """Take one message after the setup.

        Args:
            data: the message as it came.
            message: the same as it was read.

        Raises:
            RefusedError: it is against the rules, and the connection ends.
            ConnectionError: the connection has ended.
        """
        filtered = self._desk.take(message)
        self._record.note_control(data)
        self._show(
            prompts=tuple(encode(prompt) for prompt in self._desk.prompts),
            config=encode(self._desk.config),
            playback=self._shown.playback if message.playback_control is None else str(message.playback_control),
            playing=self._desk.playing,
            filtered=(*self._shown.filtered, *(prompt.text or "" for prompt in filtered))[-_MOST_FILTERED:],
        )
        self._player.follow()
        for prompt in filtered:
            await self._send(music_shapes.filtered(prompt))

    async def sent(self, message: Message) -> None:
        """A test has had something sent; it changes nothing."""

    async def stop(self) -> None:
        """Play nothing more."""
        await self._player.stop()

    def _note_chunk(self, source: Message, size: int) -> None:
        self._show(source=source, chunks=self._shown.chunks + 1, audio_bytes=self._shown.audio_bytes + size)

    def _show(self, **changes: Any) -> None:
        self._shown = attrs.evolve(self._shown, **changes)
        self._record.note_music(self._shown)
