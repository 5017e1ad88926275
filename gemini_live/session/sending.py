"""The half of the facade that sends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from .._clock import NEVER, Deadline
from ..audio import INPUT_RATE
from ..exceptions import CallingSelfError, ConfigError
from ..protocol import Turn, answers, histories, outgoing
from ..tools.toolbox import Toolbox, declared_names, read_tools
from ..types import Blob
from ..types.codec import collect
from . import commands
from .board import LiveBoard
from .current import current_tool
from .keeping import HandleKeeper
from .living import Living
from .options import Options
from .outbox import Queued
from .running import check_timeout
from .streaming import AudioStream, Source
from .tool_context import ToolContext
from .turn_hub import TurnHub, TurnWatch


class Sending(Living):
    """Everything that puts messages on their way.

    All of these check and encode on the caller's thread, put the message into the mailbox and return.  With
    ``wait=True`` they return when the bytes are with the kernel, at the latest after ``timeout`` seconds.  Any thread
    may call them, callbacks included; one thread's messages keep their order.

    They raise :class:`~gemini_live.exceptions.ConfigError` for what the server would refuse,
    :class:`~gemini_live.exceptions.NotReadyError` before the session is ready,
    :class:`~gemini_live.exceptions.SessionClosed` after its end,
    :class:`~gemini_live.exceptions.OutboxFullError` when too much is waiting, and with ``wait`` also
    :class:`~gemini_live.exceptions.CallTimeout` and, from a callback with ``dispatch="inline"``,
    :class:`~gemini_live.exceptions.CallingSelfError`.
    """

    _options: Options
    _board: LiveBoard
    _hub: TurnHub
    _keeper: HandleKeeper
    _expecting: threading.local
    _options_lock: threading.Lock

    def _forbid_own_tool(self, what: str, *, if_waited_for: bool = False) -> None:
        """Refuse, in a tool of this very session, a wait that only the tool's own end could end."""
        running = current_tool()
        if running is not None and running[0] is self and (running[1] or not if_waited_for):
            raise CallingSelfError(f"{what} would wait for the call that this tool answers; do it in another thread")

    def _send(
        self,
        message: outgoing.Outgoing,
        *,
        wait: bool = False,
        timeout: float | None = None,
        watch: TurnWatch | None = None,
        toolbox: Toolbox | None = None,
    ) -> None:
        """Accept a message: count it in, put it into the mailbox, and with ``wait`` see it to the kernel."""
        self._enter()
        deadline = NEVER if timeout is None else Deadline.after(check_timeout(timeout))
        reply = self._admit(message, wait=wait, timeout=timeout)
        if message.asks:
            self._hub.exchange_begun()
            watch = watch or getattr(self._expecting, "watch", None)
        self._post(Queued(message, reply, watch, toolbox), message, reply, deadline)

    def send_text(
        self, text: str, *, turn_complete: bool = True, wait: bool = False, timeout: float | None = None
    ) -> None:
        """Say something in text, in the way that the model's family wants it.

        Args:
            text: the words.
            turn_complete: whether the model is to answer now; ``False`` only adds to the context.
            wait: return when the bytes are with the kernel.
            timeout: seconds for that.

        Example::

            session.send_text("What is the capital of France?")
        """
        self._check_hears_only("text")
        self._send(outgoing.text(text, self._options.profile, turn_complete=turn_complete), wait=wait, timeout=timeout)

    def send_client_content(
        self, turns: Any = None, *, turn_complete: bool = True, wait: bool = False, timeout: float | None = None
    ) -> None:
        """Add turns to the conversation, and with ``turn_complete`` have the model answer.

        It interrupts an answer that is going on.  https://ai.google.dev/api/live#BidiGenerateContentClientContent

        Args:
            turns: a string, one content, or a list of either; ``None`` only ends the turn.
            turn_complete: whether the model is to answer now.
            wait: return when the bytes are with the kernel.
            timeout: seconds for that.

        Example::

            session.send_client_content([
                {"role": "user", "parts": [{"text": "My name is Alice."}]},
                {"role": "model", "parts": [{"text": "Hello Alice."}]},
            ], turn_complete=False)
        """
        self._check_hears_only("turns")
        backend = self._options.backend.name
        message = outgoing.client_content(turns, turn_complete=turn_complete, backend=backend)
        self._send(message, wait=wait, timeout=timeout)

    def send_realtime_input(
        self,
        *,
        audio: Any = None,
        video: Any = None,
        text: str | None = None,
        activity_start: Any = None,
        activity_end: Any = None,
        audio_stream_end: bool | None = None,
        wait: bool = False,
        timeout: float | None = None,
    ) -> None:
        """Send input as it happens; exactly one of the six.

        https://ai.google.dev/api/live#BidiGenerateContentRealtimeInput

        Args:
            audio: a :class:`~gemini_live.types.Blob` or ``{"data": bytes, "mime_type": "audio/pcm;rate=16000"}``.
            video: the same with an image, such as ``image/jpeg``; at most one a second is of use.
            text: words that count as the user's activity.
            activity_start: ``True`` or ``{}``: the user begins, where automatic detection is disabled.
            activity_end: ``True`` or ``{}``: the user has finished.
            audio_stream_end: ``True``: the microphone is off; where automatic detection is on.
            wait: return when the bytes are with the kernel.
            timeout: seconds for that.
        """
        message = outgoing.realtime_input(
            audio=audio,
            video=video,
            text=text,
            activity_start=activity_start,
            activity_end=activity_end,
            audio_stream_end=audio_stream_end,
        )
        self._check_activity(message.kind)
        if message.kind in ("realtime_input.text", "realtime_input.video"):
            self._check_hears_only(message.kind.partition(".")[2])
        self._send(message, wait=wait, timeout=timeout)

    def _check_hears_only(self, what: str) -> None:
        """Refuse what a family that hears audio and nothing else is known not to take."""
        options = self._options
        if options.strict and not options.profile.takes_text:
            raise ConfigError(f"models of the family {options.profile.name} hear audio and nothing else", path=what)

    def _check_activity(self, kind: str) -> None:
        """Refuse what the server closes the connection for: activity marks while it detects activity itself."""
        if not self._options.strict:
            return
        if (
            kind in ("realtime_input.activity_start", "realtime_input.activity_end")
            and self._options.automatic_activity
        ):
            raise ConfigError(
                "is for sessions that detect activity themselves: start with realtime_input_config="
                '{"automatic_activity_detection": {"disabled": True}}',
                path=kind.partition(".")[2],
            )
        if kind == "realtime_input.audio_stream_end" and not self._options.automatic_activity:
            raise ConfigError(
                "is for automatic activity detection, which this session has disabled; send activity_end",
                path="audio_stream_end",
            )

    def send_audio(
        self, pcm: bytes, *, rate: int = INPUT_RATE, wait: bool = False, timeout: float | None = None
    ) -> None:
        """Send a piece of the user's speech: 16-bit little-endian mono PCM.

        Args:
            pcm: whole samples; 20 to 100 ms at a time are usual.
            rate: samples per second; the service hears 16,000 natively and converts others.
            wait: return when the bytes are with the kernel.
            timeout: seconds for that.
        """
        self._send(outgoing.audio(pcm, rate=rate), wait=wait, timeout=timeout)

    def send_video(
        self, frame: Any, *, mime_type: str = "image/jpeg", wait: bool = False, timeout: float | None = None
    ) -> None:
        """Send an image that the model is to see now.

        Args:
            frame: the image file's bytes, or a Pillow image, which is sent as a JPEG.
            mime_type: the type of bytes.
            wait: return when the bytes are with the kernel.
            timeout: seconds for that.
        """
        blob = outgoing.as_jpeg(frame)
        if not isinstance(blob, Blob):
            blob = {"data": blob, "mime_type": mime_type}
        self.send_realtime_input(video=blob, wait=wait, timeout=timeout)

    def send_realtime_text(self, text: str, *, wait: bool = False, timeout: float | None = None) -> None:
        """Send words as realtime input.

        Args:
            text: the words.
            wait: return when the bytes are with the kernel.
            timeout: seconds for that.
        """
        self.send_realtime_input(text=text, wait=wait, timeout=timeout)

    def send_activity_start(self, *, wait: bool = False, timeout: float | None = None) -> None:
        """Say that the user begins to speak; only where automatic detection is disabled."""
        self.send_realtime_input(activity_start=True, wait=wait, timeout=timeout)

    def send_activity_end(self, *, wait: bool = False, timeout: float | None = None) -> None:
        """Say that the user has finished; only where automatic detection is disabled."""
        self.send_realtime_input(activity_end=True, wait=wait, timeout=timeout)

    def send_audio_stream_end(self, *, wait: bool = False, timeout: float | None = None) -> None:
        """Say that no more audio comes for now, so that the server need not wait for silence."""
        self.send_realtime_input(audio_stream_end=True, wait=wait, timeout=timeout)

    @contextmanager
    def activity(self) -> Iterator[None]:
        """Mark what is sent inside the ``with`` as the user speaking; it is ended whatever happens inside.

        Example::

            with session.activity():
                session.stream_audio("question.wav", end=False)
        """
        self.send_activity_start()
        try:
            yield
        finally:
            self.send_activity_end()

    def send_tool_response(self, responses: Any, *, wait: bool = False, timeout: float | None = None) -> None:
        """Answer function calls.

        https://ai.google.dev/api/live#BidiGenerateContentToolResponse

        Args:
            responses: one answer or a list of them, each a mapping (or a
                :class:`~gemini_live.types.FunctionResponse`) of ``id`` (of the call; Vertex AI may give none), ``name``
                (of the function), ``response`` (a mapping: ``{"output": …}``, ``{"error": …}`` or your own, whose keys
                are not touched), and where the function is NON_BLOCKING ``scheduling`` (``"INTERRUPT"``,
                ``"WHEN_IDLE"``, ``"SILENT"``) and ``will_continue``; ``parts`` hold images and other media.
            wait: return when the bytes are with the kernel.
            timeout: seconds for that.

        Example::

            def on_tool_call(call):
                for wanted in call.function_calls:
                    session.send_tool_response(
                        {"id": wanted.id, "name": wanted.name, "response": {"output": look_up(**wanted.args)}}
                    )
        """
        options = self._options
        message = answers.tool_response(
            responses, backend=options.backend.name, profile=options.profile, strict=options.strict
        )
        self._send(message, wait=wait, timeout=timeout)

    def send_context_update(
        self, *, system_instruction: Any = None, tools: Any = None, wait: bool = False, timeout: float | None = None
    ) -> None:
        """Replace the system instruction or the tools in the middle of a session, where the model allows it.

        Args:
            system_instruction: the new one, in any form that ``start_link`` takes.
            tools: the new ones, as ``start_link`` takes them; ``[]`` takes all tools away.
            wait: return when the bytes are with the kernel.
            timeout: seconds for that.
        """
        options, problems = self._options, list[ConfigError]()
        backend, toolbox = options.backend.name, None
        if tools is not None:
            tools, functions = read_tools(tools, problems, context_type=ToolContext)
            toolbox = Toolbox(functions=functions)
        if options.strict and toolbox is not None:
            problems += toolbox.problems(profile=options.profile, backend=backend)
        collect(problems)
        message, declared = answers.context_update(system_instruction=system_instruction, tools=tools, backend=backend)
        if toolbox is not None:
            toolbox = attrs.evolve(toolbox, declared=declared_names(declared))
        self._send(message, wait=wait, timeout=timeout, toolbox=toolbox)

    def seed_history(self, turns: Any, *, wait: bool = False, timeout: float | None = None) -> None:
        """Tell the model what was said before, in the way that its family wants it; it does not answer.

        Call it first, before anything else is sent.  Parts of tool rounds become text: the Live API takes no function
        calls in a history.

        Args:
            turns: contents, oldest first: ``{"role": "user" or "model", "parts": [{"text": …}]}``.
            wait: return when the bytes are with the kernel.
            timeout: seconds for that.

        Raises:
            ConfigError: not a list of contents, or the model hears audio and nothing else.

        Example::

            session.seed_history([
                {"role": "user", "parts": [{"text": "My name is Alice."}]},
                {"role": "model", "parts": [{"text": "Nice to meet you, Alice."}]},
            ])
        """
        options = self._options
        announced = options.setup.history_config
        message = histories.seed(
            turns,
            backend=options.backend.name,
            profile=options.profile,
            announced=bool(announced and announced.initial_history_in_client_content),
            strict=options.strict,
        )
        self._send(message, wait=wait, timeout=timeout)

    def stream_audio(
        self,
        source: Source,
        *,
        chunk_ms: float = 100,
        realtime: bool = True,
        rate: int = INPUT_RATE,
        end: bool = True,
        background: bool = False,
    ) -> AudioStream:
        """Send speech from a file or another source, at the pace at which it was spoken.

        The pace follows absolute deadlines, so it does not drift.  Blocks until all is sent, unless in the background.

        Args:
            source: 16-bit mono PCM as ``bytes``, an iterable of such pieces, or a WAV file (a path, an open binary
                file, its bytes, a :class:`~gemini_live.audio.Wav`) of any rate and number of channels.
            chunk_ms: milliseconds in one message, 10 to 1,000.
            realtime: ``False`` sends as fast as the network takes it.
            rate: samples per second of raw PCM; a WAV file knows its own.
            end: send ``audio_stream_end`` at the end, if the session detects activity automatically; before it silence,
                where the model's family ends a turn by nothing else.
            background: return at once; the handle has ``pause``, ``resume``, ``stop`` and ``wait``.

        Raises:
            OSError: the file can't be read.
            ConfigError: it is no WAV file, or an argument is wrong.
            SessionClosed: the session ended meanwhile.

        Example::

            session.stream_audio("question.wav")
        """
        self._enter()
        self._check_ready()
        if not background:
            self._forbid_self("stream_audio")
        stream = AudioStream(
            self, source, chunk_ms=chunk_ms, realtime=realtime, rate=rate, end=end and self._options.automatic_activity
        )
        if background:
            stream.start(f"{self._ref.name}:stream")
        else:
            stream.run()
        return stream

    def mark_played(self, turn: Turn | int, milliseconds: float) -> Turn | None:
        """Tell how much of a turn's speech was heard, for players on the other side of a network.

        Args:
            turn: the turn, or its number.
            milliseconds: from the turn's beginning.

        Returns:
            The turn with that mark, if a turn was given; later events of the same turn carry it, too.
        """
        self._enter()
        if isinstance(milliseconds, bool) or not isinstance(milliseconds, (int, float)) or not milliseconds >= 0:
            raise ConfigError(f"must be milliseconds, 0 or more, not {milliseconds!r}", path="milliseconds")
        number = turn.number if isinstance(turn, Turn) else turn
        if type(number) is not int:
            raise ConfigError(f"must be a Turn or its number, not {type(turn).__name__}", path="turn")
        self._ref.cast(commands.MarkPlayed(number, float(milliseconds)))
        return attrs.evolve(turn, played_ms=float(milliseconds)) if isinstance(turn, Turn) else None
