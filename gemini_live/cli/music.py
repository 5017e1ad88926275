"""Have music made of prompts, and write it down as it comes.

With GEMINI_API_KEY (or GOOGLE_API_KEY) in the environment Google's model plays; without, an emulator that is started
here, with simple sounds that follow the prompts and the configuration.
"""

from __future__ import annotations

import argparse
import functools
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from ..audio import SAMPLE_BYTES
from ..exceptions import ConfigError, ConnectionLost, GeminiLiveError, NotReadyError, SessionClosed
from ..music import MusicSession
from ..music.options import DEFAULT_MUSIC_MODEL
from ..protocol import MusicChunk
from .console import Console, one_line
from .music_request import FEWEST_SECONDS, MOST_SECONDS, MusicRequest, read_request
from .pcm_files import PcmTarget, RawOutput, WavFile
from .places import check_target, emulated, has_key

_STDOUT = "-"
_SLICE = 0.5
"""Seconds; a wait in slices can be interrupted by Ctrl-C everywhere."""
_PATIENCE = 60.0
"""Seconds without music, on a connection that is well, after which none is expected any more."""
_MOST_BEHIND, _LEAST_BEHIND = 30 * 192_000, 10 * 192_000
"""Bytes that wait to be written: with so many the music is paused, and with so few it goes on."""
_NEWS = ("audio", "filtered_prompt", "underrun", "reconnecting", "reconnected", "error", "close")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "prompts", metavar="PROMPT", nargs="+", help="what it shall be like: TEXT, or TEXT:WEIGHT (a text alone: 1)"
    )
    parser.add_argument("--bpm", type=int, metavar="N", help="beats a minute, 60 to 200")
    parser.add_argument("--scale", metavar="KEY", help='such as "D major" or "F# minor"')
    parser.add_argument("--density", type=float, metavar="X", help="how many sounds there are, 0 to 1")
    parser.add_argument("--brightness", type=float, metavar="X", help="how bright they are, 0 to 1")
    parser.add_argument("--temperature", type=float, metavar="X", help="how much varies, 0 to 3 (1.1)")
    parser.add_argument("--top-k", type=int, metavar="N", help="from how many tokens each is chosen, 1 to 1000 (40)")
    parser.add_argument("--guidance", type=float, metavar="X", help="how closely prompts are followed, 0 to 6 (4)")
    parser.add_argument("--seed", type=int, metavar="N", help="decides what is left to chance, 0 to 2147483647")
    parser.add_argument("--mute-bass", action="store_true", default=None, help="let no bass be heard")
    parser.add_argument("--mute-drums", action="store_true", default=None, help="nor drums")
    parser.add_argument("--only-bass-and-drums", action="store_true", default=None, help="let nothing else be heard")
    parser.add_argument(
        "--mode",
        dest="music_generation_mode",
        type=str.lower,
        choices=("quality", "diversity", "vocalization"),
        help="what prompts are led to (quality)",
    )
    parser.add_argument(
        "--seconds", type=float, metavar="N", default=10.0,
        help=f"how much of it, {FEWEST_SECONDS:g} to {MOST_SECONDS:g} (10)",
    )  # fmt: skip
    parser.add_argument(
        "--out",
        metavar="FILE",
        default="music.wav",
        help="the WAV file that it goes to (music.wav); -: PCM without a header to standard output, for | aplay -f dat",
    )
    parser.add_argument("--model", metavar="NAME", default=DEFAULT_MUSIC_MODEL, help="the model (%(default)s)")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    request = read_request(arguments)
    target = _target(arguments.out)
    console = Console(sys.stderr if isinstance(target, RawOutput) else sys.stdout)
    with ExitStack() as stack:
        options = _where(stack, console)
        session = stack.enter_context(MusicSession.start_link(model=arguments.model, **options))
        console.line(f"Connected to {session.model} in {session.snapshot().connect_ms or 0:.0f} ms.")
        asked = ", ".join(f"{prompt.text} ({prompt.weight:g})" for prompt in request.prompts)
        console.line(one_line(f"Asked for {asked}."))
        performance = _Performance(session, target, request.seconds, console)
        with _told(performance, console), target:
            performance.play(request)
    return 0


def _target(out: str) -> PcmTarget:
    """Return where the music goes; nothing is opened yet.

    Raises:
        ConfigError: there is no place for it.
    """
    if out != _STDOUT:
        path = Path(out)
        check_target(path)
        if path.is_fifo() or path.is_socket():
            raise ConfigError(f"{path}: is a pipe, and a WAV file can't be written to one; --out - writes PCM")
        return WavFile(path)
    if sys.stdout.isatty():
        raise ConfigError("PCM is not for a terminal; put a pipe behind it, such as | aplay -f dat", path="--out -")
    return RawOutput()


def _where(stack: ExitStack, console: Console) -> dict[str, Any]:
    """Return the options that say where to connect: Google with a key, else an emulator of our own."""
    if has_key():
        return {"auth": "gemini"}  # which alone has music, whatever the environment says for conversations
    from ..emulator import Emulator  # noqa: PLC0415 - an extra, and only needed without a key

    console.line("No GEMINI_API_KEY is set, so an emulator on this machine plays, with simple sounds.")
    return emulated(stack.enter_context(Emulator()))


@contextmanager
def _told(performance: _Performance, console: Console) -> Iterator[None]:
    """Say at the end what was written down, also when it ends too early."""
    try:
        yield
    finally:
        console.end_progress()
        if performance.chunks:
            console.line(performance.summary)


class _Performance:
    """One piece of music on its way to a file.  Callbacks only put news into a queue; the main thread does the rest."""

    def __init__(self, session: MusicSession, target: PcmTarget, seconds: float, console: Console) -> None:
        self._session = session
        self._target = target
        self._seconds = seconds
        self._console = console
        self._format: tuple[int, int] | None = None
        self._backlog = _Backlog(session)
        self._news: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self.chunks = 0
        for name in _NEWS:
            session.on(name, functools.partial(self._hear, name))

    @property
    def seconds(self) -> float:
        """How much has been written down."""
        rate, channels = self._format or (1, 1)
        return self._target.written / (SAMPLE_BYTES * channels) / rate

    @property
    def summary(self) -> str:
        """What has been written down, in words."""
        pieces = "1 chunk" if self.chunks == 1 else f"{self.chunks} chunks"
        verb = "went to" if isinstance(self._target, RawOutput) else "are in"
        amount = f"{self.seconds:.1f} s of music in {pieces}, {self._target.written:,} bytes"
        return f"{amount} of {_described(self._format)}, {verb} {self._target.name}."

    def play(self, request: MusicRequest) -> None:
        """Have it played and write it down, until there is enough.

        Raises:
            GeminiLiveError: the session ended before, no music comes, or it can't be written.
        """
        self._session.set_weighted_prompts(request.prompts)
        if request.config is not None:
            self._session.set_music_generation_config(request.config)
        self._session.play()
        self._console.progress("Playing", 0.0, self._seconds)
        while not self._is_enough:
            name, value = self._next()
            if name == "audio":
                self._take(value)
            elif name == "close":
                raise value.error or SessionClosed(value.code, value.reason)
            elif not isinstance(value, ConnectionLost):  # which is told by the close that follows it
                self._console.line(one_line(_words(name, value)))

    def _hear(self, name: str, value: Any) -> None:
        if name == "audio":
            self._backlog.came(len(value.data))
        self._news.put((name, value))

    def _next(self) -> tuple[str, Any]:
        """Return the next news; a wait for another connection has its bounds in the session itself."""
        waited = 0.0
        while waited < _PATIENCE:
            with suppress(queue.Empty):
                return self._news.get(timeout=_SLICE)
            waited += _SLICE if self._session.status == "ready" else 0.0
        raise GeminiLiveError(f"no music came for {_PATIENCE:g} s")

    @property
    def _most_bytes(self) -> int:
        rate, channels = self._format or (1, 1)
        return round(self._seconds * rate) * channels * SAMPLE_BYTES

    @property
    def _is_enough(self) -> bool:
        return self._format is not None and self._target.written >= self._most_bytes

    def _take(self, chunk: MusicChunk) -> None:
        """Write down a piece, or the part of it that is still wanted."""
        form = (chunk.rate, chunk.channels)
        self._format = self._format or form
        if form != self._format:
            raise GeminiLiveError(f"the music changed from {_described(self._format)} to {_described(form)}")
        frame = SAMPLE_BYTES * chunk.channels
        wanted = min(len(chunk.data) // frame * frame, self._most_bytes - self._target.written)
        self._target.write(chunk.data[:wanted], rate=chunk.rate, channels=chunk.channels)
        self.chunks += 1
        self._console.progress("Playing", self.seconds, self._seconds)
        self._backlog.done(len(chunk.data))


class _Backlog:
    """Has the music wait when it is written more slowly than it comes, as by a player that its user has paused.

    Shared by callback thread and main thread; one lock.
    """

    def __init__(self, session: MusicSession) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._size = 0
        self._is_held = False

    def came(self, size: int) -> None:
        """Take so many bytes that wait from now on."""
        with self._lock:
            self._size += size
            if self._size >= _MOST_BEHIND and not self._is_held:
                self._is_held = True
                self._say(self._session.pause)

    def done(self, size: int) -> None:
        """Take so many that have been written."""
        with self._lock:
            self._size -= size
            if self._size <= _LEAST_BEHIND and self._is_held:
                self._is_held = False
                self._say(self._session.play)

    def _say(self, word: Callable[[], None]) -> None:
        with suppress(NotReadyError, SessionClosed):  # that it has ended is among the news
            word()


def _words(name: str, value: Any) -> str:
    """Return what a line says of an event that is no music."""
    match name:
        case "filtered_prompt":
            return f"Not played: {value.text} ({value.filtered_reason or 'no reason given'})"
        case "underrun":
            why = "there is no connection" if value.reconnecting else "the music comes too late"
            return f"After {value.received_ms / 1000:.1f} s a player has nothing left: {why}."
        case "reconnecting":
            return f"Connecting again in {value.delay:.1f} s (attempt {value.attempt}): {value.cause}"
        case "reconnected":
            return f"Connected again after {value.gap_ms / 1000:.1f} s; another piece begins with the same prompts."
        case _:
            return f"Error: {value}"


def _described(form: tuple[int, int] | None) -> str:
    rate, channels = form or (0, 0)
    return f"{rate} Hz with {channels} channel{'s' * (channels != 1)}"
