"""What a client's messages mean: who speaks, what is to be answered, what is against the rules.

It decides and does not act: every message gives a list of effects, which the connection carries out.  No sockets, no
clock; owned by one connection.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from ..audio import INPUT_RATE, Resampler, bytes_for_duration, duration_ms, rate_of
from ..types import Blob, ClientContent, ClientMessage, RealtimeInput, ToolResponse
from .brains import UserTurn
from .context import Context, Entry, entries_of
from .profiles import EmulatorProfile
from .refusals import INVALID_ARGUMENT, RefusedError, invalid_argument
from .settings import Settings
from .state import LONGEST_SPEECH_MS, Activity, Past, State
from .strictness import Check, check_history
from .vad import Event, Segmenter, SpeechStarted

_MOST_UNANSWERED = 100
"""How many turns of the user's are answered together; of more, the newest."""
_PCM_TYPES = ("audio/pcm", "audio/l16")


@attrs.frozen
class Interrupt:
    """Cut the answer that is being given, if there is one."""


@attrs.frozen
class Respond:
    """Answer a turn.

    Attributes:
        turn: what the user said.
        interrupts: whether an answer that is being given is cut for it; else it comes after that.
    """

    turn: UserTurn
    interrupts: bool


Effect = Interrupt | Respond


class Conversation:
    """One session's input side.

    Attributes:
        context: the conversation; what the user says is added to it here.
    """

    def __init__(
        self,
        settings: Settings,
        profile: EmulatorProfile,
        state: State,
        make_segmenter: Callable[[Settings], Segmenter],
        *,
        needs_call_ids: bool = True,
        lenient: frozenset[Check] = frozenset(),
    ) -> None:
        """Begin after the setup.

        Args:
            settings: what the setup asked for.
            profile: the family's ways.
            state: what was before, on a resumed session.
            make_segmenter: makes the detector of speech.
            needs_call_ids: whether answers to tool calls must name the call.
            lenient: what is let through although the service refuses it.
        """
        self.context = Context(state.said.copy())
        self._settings = settings
        self._profile = profile
        self._segmenter = make_segmenter(settings)
        self._resampler: Resampler | None = None
        self._rate = INPUT_RATE
        self._activity = None if state.activity is None or settings.automatic else state.activity.copy()
        self._unanswered = list(state.unanswered)
        self._seeding = settings.seeds_history and state.seeding is not False
        self._needs_call_ids = needs_call_ids and Check.RESPONSE_IDS not in lenient
        self._lenient = lenient
        if state.speech is not None and settings.automatic:
            self._segmenter.go_on(state.speech)

    def state(self) -> State:
        """Return what a handle for this moment stands for.

        Speech that has not ended is a part of it only where the client is told so, and need not say it again.
        """
        whole = self._settings.transparent
        return State(
            said=Past(self.context.entries, len(self.context.entries)),
            unanswered=tuple(self._unanswered),
            seeding=self._seeding,
            activity=self._activity.copy() if whole and self._activity is not None else None,
            speech=self._segmenter.speech() if whole else None,
        )

    @property
    def speaking(self) -> bool:
        """Whether the user is in the middle of saying something."""
        return self._activity is not None or self._segmenter.speaking

    def handle(self, message: ClientMessage) -> list[Effect]:
        """Take one message after the setup.

        Raises:
            RefusedError: it is against the rules, and the connection ends.
        """
        if message.setup is not None and Check.SECOND_SETUP not in self._lenient:
            raise invalid_argument()
        if message.client_content is not None:
            return self._on_content(message.client_content)
        if message.realtime_input is not None:
            return self._on_realtime(message.realtime_input)
        if message.tool_response is not None and self._needs_call_ids:
            _check_tool_response(message.tool_response)
        return []

    def _on_content(self, content: ClientContent) -> list[Effect]:
        if Check.HISTORY_PARTS not in self._lenient:
            check_history(content.turns or ())
        for entry in entries_of(content.turns or ()):
            self.context.add(entry)
            if entry.role == "model":
                self._unanswered.clear()
            else:
                self._unanswered = [*self._unanswered[-_MOST_UNANSWERED:], entry.text]
        if not content.turn_complete:
            return []
        if self._seeding:
            self._seeding = False
            self._take_unanswered()
            return []
        if not self.context.entries:
            raise invalid_argument()
        return [Respond(UserTurn(text=self._take_unanswered()), interrupts=True)]

    def _take_unanswered(self) -> str:
        """Return what the user wrote since the last answer; from now on it is answered."""
        text = " ".join(text for text in self._unanswered if text)
        self._unanswered.clear()
        return text

    def _on_realtime(self, realtime: RealtimeInput) -> list[Effect]:
        effects: list[Effect] = []
        if realtime.activity_start is not None:
            effects += self._on_activity_start()
        for blob in (*self._media_chunks(realtime), realtime.audio, realtime.video):
            if blob is not None:
                effects += self._on_blob(blob, audio=blob is not realtime.video, video=blob is not realtime.audio)
        if realtime.text is not None:
            effects += self._on_text(realtime.text)
        if realtime.activity_end is not None:
            effects += self._on_activity_end()
        if realtime.audio_stream_end:
            effects += self._on_stream_end()
        return effects

    def _media_chunks(self, realtime: RealtimeInput) -> tuple[Blob, ...]:
        refused = not self._profile.media_chunks and Check.MEDIA_CHUNKS not in self._lenient
        if realtime.media_chunks is not None and refused:
            raise RefusedError(
                INVALID_ARGUMENT, "realtime_input.media_chunks is deprecated. Use audio, video, or text instead."
            )
        return realtime.media_chunks or ()

    def _on_blob(self, blob: Blob, *, audio: bool, video: bool) -> list[Effect]:
        """Take sound or a picture; a media chunk may be either, and its type tells which."""
        mime_type = (blob.mime_type or "").lower()
        if audio and mime_type.partition(";")[0].strip() in _PCM_TYPES:
            return self._on_audio(blob.data or b"", rate_of(mime_type, INPUT_RATE))
        if video and mime_type.startswith("image/"):
            self.context.add(Entry(role="user", images=1))
            return []
        raise invalid_argument()

    def _on_audio(self, pcm: bytes, rate: int) -> list[Effect]:
        if rate != self._rate or self._resampler is None:
            self._rate, self._resampler = rate, Resampler(rate, INPUT_RATE)
        heard = self._resampler.process(pcm)
        if self._settings.automatic:
            return self._spoken(self._segmenter.feed(heard))
        if self._activity is not None:
            self._activity.pcm += heard
            del self._activity.pcm[: -bytes_for_duration(LONGEST_SPEECH_MS, rate=INPUT_RATE)]
        return []

    def _spoken(self, events: list[Event]) -> list[Effect]:
        effects: list[Effect] = []
        for event in events:
            if isinstance(event, SpeechStarted):
                effects += self._begin()
            else:
                self.context.add(Entry(role="user", audio_ms=event.speech_ms))
                self._take_unanswered()
                effects.append(self._respond(UserTurn(speech=event.pcm, speech_ms=event.speech_ms)))
        return effects

    def _begin(self) -> list[Effect]:
        return [Interrupt()] if self._settings.interrupts else []

    def _respond(self, turn: UserTurn) -> Respond:
        return Respond(turn, interrupts=self._settings.interrupts)

    def _on_text(self, text: str) -> list[Effect]:
        self.context.add(Entry(role="user", text=text))
        if self._activity is not None:
            self._activity.texts.append(text)
            return []
        return [self._respond(UserTurn(text=text))]

    def _on_activity_start(self) -> list[Effect]:
        if self._settings.automatic:
            raise invalid_argument()
        self._activity = self._activity or Activity()
        return self._begin()

    def _on_activity_end(self) -> list[Effect]:
        if self._settings.automatic or self._activity is None:
            raise invalid_argument()
        activity, self._activity = self._activity, None
        speech = bytes(activity.pcm)
        speech_ms = duration_ms(speech, rate=INPUT_RATE)
        if speech:
            self.context.add(Entry(role="user", audio_ms=speech_ms))
        return [self._respond(UserTurn(text=" ".join(activity.texts), speech=speech, speech_ms=speech_ms))]

    def _on_stream_end(self) -> list[Effect]:
        if not self._settings.automatic:
            raise invalid_argument()
        self._resampler = None
        return self._spoken(self._segmenter.flush()) if self._profile.stream_end_ends else []


def _check_tool_response(response: ToolResponse) -> None:
    """Refuse answers without an id, which this API can't assign to a call."""
    if not all(answer.id for answer in response.function_responses or ()):
        raise invalid_argument()
