"""The Live API as a Sans-I/O core: text in, events out; no socket, no thread, no clock."""

from __future__ import annotations

from typing import Any

import attrs

from ..audio import OUTPUT_MIME_TYPE, rate_of
from ..types import (
    InteractionStatus,
    Part,
    ServerContent,
    ServerMessage,
    SessionResumptionUpdate,
    ToolCall,
    ToolCallCancellation,
    Transcription,
    UsageMetadata,
    VadSignalType,
    VoiceActivity,
    VoiceActivityType,
)
from ..types.server import is_audio
from .endpoint import EndpointProtocol
from .events import AudioChunk, Opened, TextDelta, TranscriptionEvent
from .plain import Form, is_exact, plain_parts, plain_piece
from .state import CONNECTED, Trigger
from .tool_calls import ToolCallLedger
from .turns import TurnTracker

_VAD_SIGNALS = {
    VadSignalType.SOS: VoiceActivityType.ACTIVITY_START,
    VadSignalType.EOS: VoiceActivityType.ACTIVITY_END,
}


@attrs.define(eq=False)
class Handle:
    """The newest resumption handle.  Owner: the protocol.

    Attributes:
        value: the handle.
        at: when it came.
        safe: whether resuming with it would lose nothing: no later update has said "not now".
    """

    value: str = attrs.field(repr=lambda _: "<handle>")
    at: float
    safe: bool = True


class LiveProtocol(EndpointProtocol[ServerMessage]):
    """Follows one session: feed it what the server says, take the events.  Owner: the actor; one thread.

    Args:
        splits_tool_rounds: see :class:`TurnTracker`.
    """

    plain = ServerMessage.from_json({"serverContent": {}})

    def __init__(self, *, splits_tool_rounds: bool = False) -> None:
        super().__init__()
        self.turns: TurnTracker = TurnTracker(splits_tool_rounds=splits_tool_rounds)
        self.tool_calls: ToolCallLedger = ToolCallLedger()
        self.session_id: str | None = None
        self.handle: Handle | None = None
        self.go_away_at: float | None = None
        self.activity_open: bool = False
        self._voice_heard = False
        self._answer_due = False
        self._going_away = False
        self._resumed_from: float | None = None
        self._form: Form | None = None
        """How the last piece was written."""
        self._unfinished: dict[str, int] = {}
        self._concluded: set[str] = set()

    def _take_piece(self, payload: str | bytes, now: float) -> bool:
        found = plain_piece(payload, self._form) if self.state in CONNECTED else None
        if found is None:
            return False
        form, value = found
        self._form = form
        if isinstance(value, str):
            self._receive_text(value, now)
        else:
            self._receive_sound(value, form.mime_type, form.rate, now)
            self.sound = (form, value) if is_exact(value) else None
        self._answer_due = False
        return True

    def _take_plain(self, data: dict[str, Any], now: float) -> bool:
        parts = plain_parts(data) if self.state in CONNECTED else None
        if parts is None:
            return False
        for text, sound, mime_type in parts:
            if text is not None:
                self._receive_text(text, now)
            elif sound is not None:
                self._receive_sound(sound, mime_type, rate_of(mime_type), now)
        self._answer_due = self._answer_due and not self.turns.generating
        return True

    def trigger(self, trigger: Trigger) -> bool:
        """Apply a trigger; return whether it meant anything in this state."""
        if not super().trigger(trigger):
            return False
        if trigger in (Trigger.CHANGE_OVER, Trigger.CONNECTION_LOST):
            self.turns.went_offline()
        elif trigger is Trigger.SOCKET_OPENED:
            self._resumed_from = self.handle.at if self.handle is not None else None
            self.go_away_at = None
            self._going_away = False
        elif trigger is Trigger.SETUP_COMPLETED and self._going_away:  # it was said before there was a session
            self.trigger(Trigger.GO_AWAY_RECEIVED)
        return True

    def _read(self, data: dict[str, Any], misfits: list[str]) -> ServerMessage:
        return ServerMessage.from_json(data, misfits)

    def _dispatch(self, message: ServerMessage, now: float) -> None:
        content = message.server_content
        if message.setup_complete is not None and self.setup_pending and self.trigger(Trigger.SETUP_COMPLETED):
            self.session_id = message.setup_complete.session_id
            opened = Opened(session_id=self.session_id, resumed=self.resuming, connection=self.connection)
            self._emit("open", opened)
        if message.session_resumption_update is not None:
            self._receive_handle(message.session_resumption_update, now)
        if content is not None:
            self._receive_content(content, now)
        self._receive_voice_activity(message)
        self._receive_tool_calls(message, now)
        if content is not None and content.generation_complete:
            self._emit("generation_complete", self.turns.generation_complete(now))
        if message.usage_metadata is not None:
            self._receive_usage(message.usage_metadata)
        if content is not None and (content.turn_complete or content.interaction_status is not None):
            turn = self.turns.turn_complete(content, now)
            if turn is not None:
                self._emit("turn_complete", turn)
        if message.go_away is not None:
            self._going_away = True
            self.trigger(Trigger.GO_AWAY_RECEIVED)
            left = message.go_away.time_left_ms
            self.go_away_at = None if left is None else now + left / 1000
            handle = self.handle.value if self.handle is not None else None
            self._emit("go_away", attrs.evolve(message.go_away, handle=handle))

    def void_calls(self) -> None:
        """Take the loss of a connection whose open calls nobody will ask about again; they are told as cancelled."""
        void = self.tool_calls.void()
        if void:
            self._emit("tool_call_cancellation", ToolCallCancellation(ids=void))

    @property
    def idle(self) -> bool:
        """Whether a change of the connection would cut nothing: no answer, no open call, nobody who speaks."""
        turns = self.turns
        speaking = turns.hears or self.activity_open or self._voice_heard
        answering = turns.generating or turns.awaiting or self._answer_due
        return not (answering or speaking or self.tool_calls.pending)

    def marked(self, *, active: bool) -> None:
        """Note that the program has marked the beginning, or the end, of the user's activity."""
        self.activity_open, self._answer_due = active, not active

    def cut(self, now: float, *, repeated: int, keep_calls: bool = False) -> UsageMetadata | None:
        """Take the loss of the connection; what it ends is told in events.

        Args:
            now: when.
            repeated: see :meth:`TurnTracker.cut`.
            keep_calls: whether open calls survive that the handle covers, as they do where the server resumes exactly.

        Returns:
            What was spent on an answer that begins again.
        """
        self._voice_heard = self._answer_due = False
        void = self.tool_calls.void(since=self._resumed_from if keep_calls else None)
        if void:
            self._emit("tool_call_cancellation", ToolCallCancellation(ids=void))
        for source in ("input", "output"):
            self._finish_transcription(source)
        ended, again = self.turns.cut(now, repeated=repeated)
        for turn in ended:
            self._emit("interrupted", turn)
            self._emit("turn_complete", turn)
        if again is None:
            return None
        self._emit("interrupted", again)  # what is left of its speech is not to be heard: it is said again
        return again.usage

    def tool_answered(self, ids: tuple[str, ...], nameless: tuple[str, ...] = ()) -> None:
        """Note that the program has answered calls; what the model says from now on is its answer to them."""
        self.tool_calls.settled(ids, nameless)
        self.turns.tool_answered()

    def _receive_handle(self, update: SessionResumptionUpdate, now: float) -> None:
        """Keep the newest good handle; "not resumable now" retracts nothing, it makes the handle unsafe."""
        if update.resumable and update.new_handle:
            self.handle = Handle(update.new_handle, now)
        elif self.handle is not None:
            self.handle.safe = False
        self._emit("session_resumption", update)

    def _receive_content(self, content: ServerContent, now: float) -> None:
        if content.interrupted:
            self._emit("interrupted", self.turns.interrupted(now))
        if content.interim_input_transcription is not None:
            self._emit_transcription("input", content.interim_input_transcription, now, interim=True)
        if content.input_transcription is not None:
            self._emit_transcription("input", content.input_transcription, now)
        if content.model_turn is not None:
            for part in content.model_turn.parts or ():
                self._receive_part(part, now)
        if content.output_transcription is not None:
            self._emit_transcription("output", content.output_transcription, now)
        self._answer_due = self._answer_due and not self.turns.generating
        if content.turn_complete or content.interaction_status == InteractionStatus.IDLE:
            self._answer_due = False
            self._finish_transcription("input")
            self._finish_transcription("output")

    def _receive_part(self, part: Part, now: float) -> None:
        if part.text is not None:
            if part.thought:
                self._emit("thought", TextDelta(part.text, self.turns.thought(part.text)))
            else:
                self._receive_text(part.text, now)
        blob = part.inline_data
        if blob is not None and blob.data is not None and is_audio(blob.mime_type):
            self._receive_sound(blob.data, blob.mime_type, rate_of(blob.mime_type), now)
        if part.function_call is not None:  # some models call inside their turn
            self._emit_tool_call(ToolCall(function_calls=(part.function_call,)), now)

    def _receive_text(self, text: str, now: float) -> None:
        self._emit("text", TextDelta(text, self.turns.text(text, now)))

    def _receive_sound(self, data: bytes, mime_type: str | None, rate: int, now: float) -> None:
        turn = self.turns.audio(data, rate, now)
        chunk = AudioChunk(data=data, mime_type=mime_type or OUTPUT_MIME_TYPE, rate=rate, turn=turn)
        self._emit("audio", chunk)

    def _emit_transcription(self, source: str, piece: Transcription, now: float, *, interim: bool = False) -> None:
        text = piece.text or ""
        if not interim and not text and piece.finished and source in self._concluded:
            self._concluded.discard(source)
            return  # the end that this side has concluded already
        if interim:
            turn = self.turns.number
        else:
            add = self.turns.input_text if source == "input" else self.turns.output_text
            turn = add(text, now)
            self._concluded.discard(source)
            if piece.finished:
                self._unfinished.pop(source, None)
            elif text:
                self._unfinished[source] = turn
        self._emit(
            "transcription",
            TranscriptionEvent(
                source=source,
                text=text,
                finished=bool(piece.finished),
                interim=interim,
                language_code=piece.language_code,
                speaker_label=piece.speaker_label,
                words=piece.words or (),
                start_offset_ms=piece.start_offset_ms,
                end_offset_ms=piece.end_offset_ms,
                turn=turn,
            ),
        )

    def _finish_transcription(self, source: str) -> None:
        """Say that an utterance is over where the server never does: most models end a turn without saying so."""
        turn = self._unfinished.pop(source, None)
        if turn is not None:
            self._concluded.add(source)
            final = TranscriptionEvent(source=source, text="", finished=True, synthesized=True, turn=turn)
            self._emit("transcription", final)

    def _receive_voice_activity(self, message: ServerMessage) -> None:
        if message.voice_activity is not None:
            self._note_voice(message.voice_activity)
        signal = message.voice_activity_detection_signal
        if signal is not None and signal.vad_signal_type in _VAD_SIGNALS:
            self._note_voice(VoiceActivity(type=_VAD_SIGNALS[signal.vad_signal_type]))

    def _note_voice(self, activity: VoiceActivity) -> None:
        if activity.type == VoiceActivityType.ACTIVITY_START:
            self._voice_heard, self._answer_due = True, False
        elif activity.type == VoiceActivityType.ACTIVITY_END:
            self._voice_heard, self._answer_due = False, True
        self._emit("voice_activity", activity)

    def _receive_tool_calls(self, message: ServerMessage, now: float) -> None:
        if message.tool_call is not None:
            self._emit_tool_call(message.tool_call, now)
        if message.tool_call_cancellation is not None:
            ids = message.tool_call_cancellation.ids or ()
            self.turns.tool_calls_cancelled(ids)
            self.tool_calls.settled(ids)
            self._emit("tool_call_cancellation", message.tool_call_cancellation)

    def _emit_tool_call(self, call: ToolCall, now: float) -> None:
        self.turns.tool_calls(call.function_calls or ())
        self.tool_calls.called(call.function_calls or (), now)
        self._emit("tool_call", call)

    def _receive_usage(self, usage: UsageMetadata) -> None:
        usage = usage.with_both_names()
        self.turns.usage(usage)
        self._emit("usage", usage)
