"""Sends music at its pace, for as long as it is wanted.  Owned by the server's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from . import music_shapes
from .disturbance import Disturbance, Sound
from .music_band import FRAME_BYTES, Band
from .music_desk import Desk
from .music_pace import Pace
from .music_score import RATE
from .shapes import Message
from .speaker import Send


class Player:
    """One session's music."""

    def __init__(
        self,
        desk: Desk,
        pace: Pace,
        *,
        send: Send,
        fail: Callable[[], None],
        speed: float,
        disturbed: Callable[[], Disturbance],
        quiet: Callable[[], bool],
        note: Callable[[Message, int], None],
    ) -> None:
        """Begin in silence.

        Args:
            desk: what is wanted.
            pace: how it is sent.
            send: sends one message.
            fail: called inside an ``except`` when music could not be made.
            speed: how many times faster than it sounds it is sent.
            disturbed: tells what is wrong with the connection now.
            quiet: returns whether nothing is sent any more.
            note: is told of every chunk that was sent, and its bytes.
        """
        self._desk = desk
        self._pace = pace
        self._send = send
        self._fail = fail
        self._speed = speed
        self._disturbed = disturbed
        self._quiet = quiet
        self._note = note
        self._chunk_bytes = round(pace.chunk_seconds * RATE) * FRAME_BYTES
        self._band = Band()
        self._context = 0
        self._made = bytearray()
        self._task: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()

    def follow(self) -> None:
        """Do as the desk says from now on; what was made and not sent when it was paused comes first after that."""
        if not self._desk.playing:
            self._woken.set()
        elif self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._play_safely())

    async def stop(self) -> None:
        """Send nothing more."""
        task = self._task
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait({task})

    async def _play_safely(self) -> None:
        try:
            await self._play()
        except ConnectionError:
            pass  # the connection has ended; whoever reads from it sees to that
        except Exception:  # noqa: BLE001 - told to the client as the service would, and to the log
            self._fail()

    async def _play(self) -> None:
        start, played_ms = asyncio.get_running_loop().time(), 0.0
        while self._desk.playing and not self._quiet():
            await self._until(start, max(0.0, played_ms - self._pace.burst_seconds * 1000))
            await self._make()
            if self._desk.playing and not self._quiet():
                played_ms += self._pace.chunk_seconds * 1000
                await self._give()

    async def _until(self, start: float, at_ms: float) -> None:
        """Wait for a moment of the music, or until it is held; without a limit on the speed only let others run."""
        loop = asyncio.get_running_loop()
        at = start + self._disturbed().seconds_at(at_ms, self._speed)
        await asyncio.sleep(0)
        while self._desk.playing and loop.time() < at:
            self._woken.clear()
            timer = loop.call_at(at, self._woken.set)
            try:
                await self._woken.wait()
            finally:
                timer.cancel()

    async def _make(self) -> None:
        """Make the next chunk step by step, letting others run between them; a new context begins with its own."""
        while self._desk.playing and (self._stale or len(self._made) < self._chunk_bytes):
            if self._stale:
                assert self._desk.context is not None
                self._context = self._desk.context.number
                self._band = Band()
                self._made.clear()
            self._made += self._band.play(self._desk.score())
            await asyncio.sleep(0)

    @property
    def _stale(self) -> bool:
        """Whether what was made belongs to a context that is over."""
        return self._desk.context is not None and self._desk.context.number != self._context

    async def _give(self) -> None:
        pcm = bytes(self._made[: self._chunk_bytes])
        del self._made[: self._chunk_bytes]
        source = music_shapes.source(self._desk.source())
        sound = self._disturbed().sound
        if sound is not Sound.NONE:
            await self._send(music_shapes.audio(bytes(len(pcm)) if sound is Sound.ZEROS else pcm, source))
            self._note(source, len(pcm))
