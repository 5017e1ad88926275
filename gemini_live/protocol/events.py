"""What a session tells its program: one value for each callback, and the list of all callbacks."""

from __future__ import annotations

import json
from typing import Any

import attrs

from ..exceptions import GeminiLiveError
from ..types import (
    FunctionCall,
    GoAway,
    ServerMessage,
    SessionResumptionUpdate,
    ToolCall,
    ToolCallCancellation,
    TurnCompleteReason,
    UsageMetadata,
    VoiceActivity,
    WordInfo,
)


def _sized(value: bytes) -> str:
    return f"<{len(value)} bytes>"


def _secret(value: str | None) -> str:
    return "None" if value is None else "<handle>"


def _keys_of_raw(value: Any) -> str:
    return f"<{', '.join(value)}>" if type(value) is dict else repr(value)


@attrs.frozen(slots=False)  # without slots it is made in half the time
class Event:
    """One callback's worth of news, as ``owner`` queues and ``session.events()`` get it.

    Attributes:
        name: the callback without its ``on_``.
        value: the callback's argument.
    """

    name: str
    value: Any = attrs.field(repr=_keys_of_raw)


@attrs.frozen(kw_only=True)
class Opened:
    """The server completed the setup.

    Attributes:
        session_id: the server's name for the session, if it gave one.
        resumed: whether an earlier session goes on.
        connection: 1 for the session's first connection, 2 for the next, and so on.
    """

    session_id: str | None
    resumed: bool
    connection: int


class TextDelta(str):
    """A piece of the model's text; a ``str`` that knows its turn's number.

    Attributes:
        turn: the number of the turn.
    """

    __slots__ = ("turn",)
    turn: int

    def __new__(cls, text: str, turn: int = 0) -> TextDelta:  # noqa: PYI034 - Self needs Python 3.11
        """Make a piece of the text of a turn."""
        self = super().__new__(cls, text)
        self.turn = turn
        return self

    def __reduce__(self) -> tuple[type[TextDelta], tuple[str, int]]:
        return TextDelta, (str(self), self.turn)


@attrs.frozen(kw_only=True, slots=False)  # likewise
class AudioChunk:
    """A piece of the model's speech.

    Attributes:
        data: decoded PCM, 16 bits, little-endian, mono.
        mime_type: as the server said it.
        rate: samples per second.
        turn: the number of the turn.
    """

    data: bytes = attrs.field(repr=_sized)
    mime_type: str
    rate: int
    turn: int

    @property
    def duration_ms(self) -> float:
        """How long it lasts."""
        return len(self.data) // 2 * 1000 / self.rate


@attrs.frozen(kw_only=True)
class TranscriptionEvent:
    """A piece of what was said, as text.

    Attributes:
        source: ``"input"`` (the user) or ``"output"`` (the model).
        text: the piece; put the pieces together as they are, blanks included.
        finished: whether the utterance is over.
        synthesized: whether this library, not the server, concluded that it is, at the end of the turn.  Such an event
            has no text of its own.
        interim: whether it is a guess that the next event replaces.
        language_code: the language, if the server named one.
        speaker_label: the speaker, if the server told speakers apart.
        words: the words with their times, if they were asked for.
        start_offset_ms: where the piece begins in the audio, in milliseconds, if the server said.
        end_offset_ms: where it ends.
        turn: the number of the turn.
    """

    source: str
    text: str
    finished: bool = False
    synthesized: bool = False
    interim: bool = False
    language_code: str | None = None
    speaker_label: str | None = None
    words: tuple[WordInfo, ...] = ()
    start_offset_ms: float | None = None
    end_offset_ms: float | None = None
    turn: int = 0


@attrs.frozen(kw_only=True, slots=False)
class TurnTiming:
    """How long things took, in milliseconds from the end of the request; ``None`` for what did not happen.

    Attributes:
        first_audio_ms: to the first piece of speech.
        first_text_ms: to the first piece of text or output transcript.
        generation_ms: to the end of generation.
        total_ms: to the end of the turn.
    """

    first_audio_ms: float | None = None
    first_text_ms: float | None = None
    generation_ms: float | None = None
    total_ms: float | None = None


@attrs.frozen(kw_only=True, slots=False)
class Turn:
    """One exchange: what the user said and the model's whole answer, or the part of it that has come so far.

    Attributes:
        number: 1 for the session's first.
        text: the model's text, thoughts left out.
        thoughts: its thoughts.
        input_transcript: what the user said, as the server heard it.
        output_transcript: what the model said.
        audio_chunks: the model's speech, in pieces as they came, at most 32 MiB of them, and none in an
            interruption that is told after the turn's end; :attr:`audio` joins them.
        audio_rate: samples per second of that.
        tool_calls: functions the model called.
        usage: what it cost, if the server said.
        interrupted: whether it was cut short, by the user's speech or by the loss of the connection.
        cut: whether it was the loss of the connection.
        reason: why the turn ended, if not by being answered.
        complete: whether it is over.
        timing: how long things took.
        received_ms: how much speech came, in milliseconds.
        played_ms: how much of that was heard, as far as :meth:`Session.mark_played` or a player told; else ``None``.
    """

    number: int
    text: str = ""
    thoughts: str = ""
    input_transcript: str = ""
    output_transcript: str = ""
    audio_chunks: tuple[bytes, ...] = attrs.field(default=(), repr=lambda chunks: f"<{sum(map(len, chunks))} bytes>")
    audio_rate: int = 24_000
    tool_calls: tuple[FunctionCall, ...] = ()
    usage: UsageMetadata | None = None
    interrupted: bool = False
    cut: bool = False
    reason: TurnCompleteReason | None = None
    complete: bool = False
    timing: TurnTiming = TurnTiming()
    received_ms: float = 0.0
    played_ms: float | None = None

    @property
    def audio(self) -> bytes:
        """The model's speech as one piece of PCM; joined at every access."""
        return b"".join(self.audio_chunks)

    @property
    def heard_text(self) -> str:
        """What the user has probably heard: the output transcript up to the played share, cut at a blank.

        Approximate, as transcripts carry no times.  Everything if nobody told how much was played.  Languages that are
        written without blanks are cut between two characters.
        """
        whole = self.output_transcript
        if self.played_ms is None or self.played_ms >= self.received_ms:
            return whole
        heard = whole[: round(len(whole) * self.played_ms / self.received_ms)]
        if " " not in whole and not whole.isascii():
            return heard
        return heard[: heard.rfind(" ") + 1].rstrip()


@attrs.frozen(kw_only=True)
class Unsent:
    """A message that was accepted and did not reach the kernel.

    Attributes:
        kind: what it was (``"client_content"``, ``"realtime_input.audio"``, …).
        size: bytes of its JSON.
        payload: that JSON, kept out of the repr.
    """

    kind: str
    size: int
    payload: bytes = attrs.field(repr=False)

    @property
    def content(self) -> dict[str, Any]:
        """The message itself."""
        content: dict[str, Any] = json.loads(self.payload)
        return content


@attrs.frozen(kw_only=True)
class Reconnecting:
    """The connection is gone and the session is trying to get another.

    Attributes:
        attempt: 1 for the first.
        delay: seconds until it is made.
        cause: why the last connection ended.
    """

    attempt: int
    delay: float
    cause: BaseException | None


@attrs.frozen(kw_only=True)
class Reconnected:
    """The session goes on, on another connection.

    Attributes:
        resumed: whether the server remembers what was said before.
        replayed: messages that were sent again.
        lost: messages that were not.
        gap_ms: milliseconds without a connection.
    """

    resumed: bool
    replayed: int
    lost: tuple[Unsent, ...] = ()
    gap_ms: float = 0.0


@attrs.frozen(kw_only=True)
class Overflow:
    """Realtime input was dropped because the network could not take it as fast as it came; told once an episode.

    Attributes:
        kind: ``"audio"`` or ``"video"``.
        dropped_messages: how many, in the episode.
        dropped_bytes: of JSON.
    """

    kind: str
    dropped_messages: int
    dropped_bytes: int


@attrs.frozen(kw_only=True)
class Closed:
    """The session is over.

    Attributes:
        by: ``"user"``, ``"server"`` or ``"error"``.
        code: the close code, ``None`` if there never was a connection.
        reason: the close reason.
        clean: whether the closing handshake was completed.
        error: what it ended of, ``None`` if it ended well.
        unsent: what was accepted and did not reach the kernel; before it, after an outage that was not made good, what
            had gone out and was neither answered nor covered by a handle.
        handle: the newest resumption handle, kept out of the repr.
    """

    by: str
    code: int | None
    reason: str
    clean: bool
    error: GeminiLiveError | None = None
    unsent: tuple[Unsent, ...] = ()
    handle: str | None = attrs.field(default=None, repr=_secret)


CALLBACKS: dict[str, type] = {
    "open": Opened,
    "raw_message": dict,
    "message": ServerMessage,
    "session_resumption": SessionResumptionUpdate,
    "interrupted": Turn,
    "transcription": TranscriptionEvent,
    "thought": TextDelta,
    "text": TextDelta,
    "audio": AudioChunk,
    "voice_activity": VoiceActivity,
    "tool_call": ToolCall,
    "tool_call_cancellation": ToolCallCancellation,
    "generation_complete": Turn,
    "usage": UsageMetadata,
    "turn_complete": Turn,
    "go_away": GoAway,
    "reconnecting": Reconnecting,
    "reconnected": Reconnected,
    "overflow": Overflow,
    "error": Exception,
    "close": Closed,
}
"""Every callback's name and the type of its one argument, in the order in which one message's news is told."""
