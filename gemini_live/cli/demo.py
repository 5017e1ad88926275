"""Speak a recorded question to the model, hear the answer and save it.

With GEMINI_API_KEY (or GOOGLE_API_KEY) in the environment the model is Google's; without, an emulator that is started
here answers.  With the extra ``offline-voice`` that one understands the question, calls a function of this program for
it, and speaks.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..audio import INPUT_RATE, Wav, chunks, duration_ms, read_wav, write_wav
from ..exceptions import ConfigError, GeminiLiveError
from ..profiles import DEFAULT_MODEL
from ..protocol import AudioChunk, TranscriptionEvent, Turn
from ..session import Session
from ..types import ToolCall
from .console import Console
from .places import check_target, emulated, has_key

SPEECH = Path(__file__).with_name("speech.wav")
QUESTION = "What is the weather in London?"
"""What is asked of an emulator that understands it."""
VOICE_MODULES = ("pocketsphinx", "espeakng_loader")
EMULATED_MODEL = "gemini-2.5-flash-native-audio-preview-12-2025"
_CHUNK_MS = 100
_SILENCE_SECONDS = 8.0
"""The server notices the end of speech by the silence after it, so silence is sent until it answers."""
_ANSWER_SECONDS = 120.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--wav", metavar="FILE", type=Path, help="the question (default: one that ships, or is synthesised)"
    )
    parser.add_argument("--out", metavar="FILE", type=Path, default=Path("answer.wav"), help="where the answer goes")
    parser.add_argument("--model", metavar="NAME", help="the model (default: one that fits)")


def run(arguments: argparse.Namespace) -> int:
    """Run the demo and return its exit status."""
    question = None if arguments.wav is None else _read(arguments.wav)
    check_target(arguments.out)
    console = Console(sys.stdout)
    with ExitStack() as stack:
        options = _where(stack, console)
        question = question or options.pop("question", None) or _read(SPEECH)
        conversation = _Conversation(console, question)
        session = stack.enter_context(
            Session.start_link(
                model=arguments.model or options.pop("model"),
                generation_config={"response_modalities": ["AUDIO"]},
                input_audio_transcription={},
                output_audio_transcription={},
                on_transcription=conversation.show,
                on_audio=conversation.hear,
                **{name: value for name, value in options.items() if name not in ("model", "question")},
            )
        )
        console.line(f"Connected to {session.model} in {session.snapshot().connect_ms or 0:.0f} ms.")
        turn = conversation.hold(session)
    return _report(console, conversation, turn, arguments.out)


def _read(path: Path) -> Wav:
    """Read the question.

    Raises:
        ConfigError: the file is missing, unreadable, no WAV file, or empty.
    """
    try:
        wav = read_wav(path).at_rate(INPUT_RATE)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    if not wav.pcm:
        raise ConfigError(f"{path}: holds no sound")
    return wav


def _where(stack: ExitStack, console: Console) -> dict[str, Any]:
    """Return the options that say where to connect: Google with a key, else an emulator of our own."""
    if has_key():
        return {"model": DEFAULT_MODEL}
    from ..emulator import Emulator  # noqa: PLC0415 - an extra, and only needed without a key

    voice = all(find_spec(name) for name in VOICE_MODULES)
    console.line(
        "No GEMINI_API_KEY is set, so an emulator on this machine plays the model: it "
        + ("hears words and answers them." if voice else "says back what it hears.")
    )
    server = stack.enter_context(Emulator(brain="voice" if voice else "echo"))
    return {"model": EMULATED_MODEL, **emulated(server), **(_spoken(console) if voice else {})}


def get_weather(city: str) -> str:
    """Look up the weather of a city."""
    return f"It is foggy and 12 degrees in {city}."


def _spoken(console: Console) -> dict[str, Any]:
    """Return a synthesised question, and the function that it needs."""
    from ..emulator.brains.espeak import spoken_wav  # noqa: PLC0415 - an extra

    def called(calls: ToolCall) -> None:
        """Show what is called, after what was heard."""
        for call in calls.function_calls or ():
            console.line(f"(the model calls {call.name} with {dict(call.args or {})})")

    return {"question": spoken_wav(QUESTION), "tools": [get_weather], "on_tool_call": called}


class _Conversation:
    """One question and its answer.  The callbacks run on the session's callback thread, the rest on the main one."""

    def __init__(self, console: Console, question: Wav) -> None:
        self._console = console
        self._question = question
        self._answering = threading.Event()
        self._spoken_at: float | None = None
        self._heard_at: float | None = None
        self.pieces = 0

    @property
    def first_audio_seconds(self) -> float | None:
        """Seconds from the end of the question to the first audio of the answer."""
        if self._spoken_at is None or self._heard_at is None:
            return None
        return max(0.0, self._heard_at - self._spoken_at)

    def show(self, event: TranscriptionEvent) -> None:
        """Print what was said, as it arrives."""
        if event.text and not event.interim:
            self._console.text("You" if event.source == "input" else "Model", event.text)

    def hear(self, chunk: AudioChunk) -> None:
        """Note the first piece of the answer."""
        if self._heard_at is None and chunk.data:
            self._heard_at = time.monotonic()
            self._answering.set()
        self.pieces += 1

    def hold(self, session: Session) -> Turn:
        """Speak, and return the answer."""
        with session.expect(timeout=_ANSWER_SECONDS) as answer:
            session.stream_audio(self._speech())
        self._console.end_text()
        return answer.value

    def _speech(self) -> Iterator[bytes]:
        """Yield the question and then silence, until the answer begins."""
        total, done = self._question.duration_ms / 1000, 0.0
        for piece in chunks(self._question.pcm, _CHUNK_MS):
            self._console.progress("Speaking", done, total)
            yield piece
            done += duration_ms(piece, rate=INPUT_RATE) / 1000
        self._console.progress("Speaking", total, total)
        self._spoken_at = time.monotonic()
        silence = bytes(INPUT_RATE * 2 * _CHUNK_MS // 1000)
        for _ in range(int(_SILENCE_SECONDS * 1000 / _CHUNK_MS)):
            if self._answering.is_set():
                return
            yield silence


def _report(console: Console, conversation: _Conversation, turn: Turn, out: Path) -> int:
    """Say what it took, save the answer and return the exit status."""
    pcm = turn.audio
    if not pcm:
        raise GeminiLiveError("the model answered without any speech" + (f" ({turn.reason})" if turn.reason else ""))
    latency = conversation.first_audio_seconds
    if latency is not None:
        console.line(f"First audio {latency:.2f} s after the end of the question.")
    usage = turn.usage
    if usage is not None:
        total = usage.total_token_count or 0
        console.line(f"Tokens: {usage.prompt_token_count or 0} in, {usage.output_tokens} out, {total} in all.")
    try:
        write_wav(out, pcm, rate=turn.audio_rate)
    except OSError as error:
        raise GeminiLiveError(f"{out}: {error.strerror or error}") from error
    console.line(f"The answer, {turn.received_ms / 1000:.1f} s of speech in {conversation.pieces} pieces, is in {out}.")
    return 0
