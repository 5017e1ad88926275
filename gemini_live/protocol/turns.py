"""Which turn a message belongs to, and when a turn is over.

Turns are numbered by this side: a number is an epoch, and what comes late from an earlier one can't be taken for the
end of a later one.
"""

from __future__ import annotations

from collections import deque

import attrs

from ..types import FunctionCall, InteractionStatus, ServerContent, TurnCompleteReason, UsageMetadata
from .events import Turn, TurnTiming

_REMEMBERED_MARKS = 32
MAX_KEPT_AUDIO = 32 * 2**20
"""Bytes of speech that are kept for a :class:`Turn`, more than ten minutes; ``on_audio`` is told of all of it."""
_STALE_SECONDS = 5.0
"""How long after an interruption its terminal may come; the two come together."""
_LOST_SECONDS = 20.0
"""A request that nothing was heard of for so long is taken for merged or dropped when another one is made."""


@attrs.define(eq=False)
class _Open:
    """The turn that is going on.  Owner: the tracker."""

    number: int
    asked: bool = False
    asked_at: float = 0.0
    requested_at: float | None = None
    text: list[str] = attrs.field(factory=list)
    thoughts: list[str] = attrs.field(factory=list)
    input_transcript: list[str] = attrs.field(factory=list)
    output_transcript: list[str] = attrs.field(factory=list)
    audio: list[bytes] = attrs.field(factory=list)
    audio_kept: int = 0
    audio_ms: float = 0.0
    audio_rate: int = 24_000
    tool_calls: list[FunctionCall] = attrs.field(factory=list)
    usage: UsageMetadata | None = None
    interrupted: bool = False
    cut: bool = False
    reason: TurnCompleteReason | None = None
    first_audio_at: float | None = None
    first_text_at: float | None = None
    generated_at: float | None = None
    ended_at: float | None = None
    has_output: bool = False
    goes_on: bool = False
    awaits_tool_answer: bool = False
    tool_answered: bool = False

    @property
    def begun(self) -> bool:
        """Whether the model has shown a sign of this turn; thinking is one, though not an answer yet."""
        return self.has_output or bool(self.thoughts) or self.generated_at is not None or self.goes_on

    def ask(self, now: float) -> None:
        """Note that this turn is to be an answer."""
        self.asked, self.asked_at, self.requested_at = True, now, now


class TurnTracker:
    """Follows the turns of one session.  Owner: the protocol; one thread.

    Args:
        splits_tool_rounds: whether a tool call has a ``turnComplete`` of its own before the spoken answer (Vertex AI).
    """

    def __init__(self, *, splits_tool_rounds: bool = False) -> None:
        self._splits_tool_rounds = splits_tool_rounds
        self._open = _Open(1)
        self._last: _Open | None = None
        self._queued: deque[float] = deque()
        self._stale_until: float | None = None
        self._played: dict[int, float] = {}
        self._offline = False

    @property
    def number(self) -> int:
        """The number of the turn that is going on."""
        return self._open.number

    @property
    def generating(self) -> bool:
        """Whether the model has begun an answer that is not over."""
        return self._open.begun

    @property
    def awaiting(self) -> bool:
        """Whether an answer was asked for and no sign of it has come."""
        return bool(self._queued) or (self._open.asked and not self._open.begun)

    @property
    def waits_since(self) -> float | None:
        """Since when an answer is awaited; ``None`` if none is."""
        return self._open.asked_at if self._open.asked and not self._open.begun else None

    @property
    def hears(self) -> bool:
        """Whether the user has begun to speak and the model has not answered yet, as far as transcripts tell."""
        return any(self._open.input_transcript) and not self._open.has_output

    @property
    def next_number(self) -> int:
        """The number of the turn that will answer what the user says from now on."""
        return self._open.number + (1 if self._open.begun else 0)

    def request_sent(self, now: float) -> int:
        """Note that the program asked for an answer; return the number of the turn that will be the answer.

        A request made while an answer is going on, or expected, interrupts it: its own answer is the turn after.
        A server may answer two requests together, or none.  So that this does not shift every later answer by one, a
        request after a long silence takes the place of those before it.  A server that is out of reach is not silent.
        """
        turn = self._open
        if turn.asked and not turn.begun and not self._offline and now - turn.asked_at >= _LOST_SECONDS:
            self._queued.clear()
            turn.asked = False
        if not turn.asked and not turn.begun:
            turn.ask(now)
            return turn.number
        self._queued.append(now)
        return turn.number + len(self._queued)

    def input_ended(self, now: float) -> None:
        """Note that the user's speech is over, as far as this side knows."""
        if not self._open.has_output:
            self._open.requested_at = now

    def input_text(self, text: str, now: float) -> int:
        """Add to what the user said; return the turn's number."""
        self._open.input_transcript.append(text)
        if not self._open.asked and not self._open.has_output:
            self._open.requested_at = now
        return self._open.number

    def output_text(self, text: str, now: float) -> int:
        """Add to the transcript of what the model said."""
        self._open.output_transcript.append(text)
        if text:
            self._output_in_words(now)
        return self._open.number

    def text(self, text: str, now: float) -> int:
        """Add to the model's text."""
        self._open.text.append(text)
        self._output_in_words(now)
        return self._open.number

    def thought(self, text: str) -> int:
        """Add to the model's thoughts; thinking is an activity, but not an answer yet."""
        self._open.thoughts.append(text)
        self._stale_until = None
        return self._open.number

    def audio(self, data: bytes, rate: int, now: float) -> int:
        """Add to the model's speech."""
        turn, size = self._open, len(data)
        if turn.audio_kept + size <= MAX_KEPT_AUDIO:
            turn.audio.append(data)
            turn.audio_kept += size
        turn.audio_rate = rate
        turn.audio_ms += size // 2 * 1000 / rate
        if turn.first_audio_at is None:
            turn.first_audio_at = now
        if not turn.has_output or turn.tool_answered:  # else it was said already
            self._output()
        return turn.number

    def _output(self) -> None:
        turn = self._open
        turn.has_output = True
        if turn.tool_answered:  # sound that was on its way when the model called is no answer to the call's result
            turn.awaits_tool_answer = False
        self._stale_until = None

    def _output_in_words(self, now: float) -> None:
        self._output()
        if self._open.first_text_at is None:
            self._open.first_text_at = now

    def tool_calls(self, calls: tuple[FunctionCall, ...]) -> int:
        """Add calls."""
        self._open.tool_calls.extend(calls)
        self._open.has_output = True
        self._open.awaits_tool_answer = True
        self._open.tool_answered = False
        self._stale_until = None
        return self._open.number

    def tool_answered(self) -> None:
        """Note that the program has sent the results of its tool calls."""
        self._open.tool_answered = True

    def tool_calls_cancelled(self, ids: tuple[str, ...]) -> None:
        """Note that calls are void; if all of the turn's are, no answer to them follows."""
        if {call.id for call in self._open.tool_calls} <= set(ids):
            self._open.awaits_tool_answer = False

    def usage(self, usage: UsageMetadata) -> None:
        """Note what it cost; the last word counts."""
        self._open.usage = usage

    def interrupted(self, now: float) -> Turn:
        """Note that the user cut the model short; return the turn that was cut.

        Before any sign of the present turn it is the turn before that was cut, which the server believes to be still
        playing; the terminal that goes with it must not end the present one.
        """
        turn = self._open
        if not turn.begun and self._last is not None and not self._queued:
            self._stale_until = now + _STALE_SECONDS
            turn = self._last
        turn.interrupted = True
        turn.awaits_tool_answer = False
        return self._snapshot(turn)

    def generation_complete(self, now: float) -> Turn:
        """Note that all content has been sent."""
        self._open.generated_at = now
        self._stale_until = None  # what was interrupted generates no more
        return self._snapshot(self._open)

    def turn_complete(self, content: ServerContent, now: float) -> Turn | None:
        """Take the server's sign that a turn may be over; return the turn if it is.

        It is over with ``interactionStatus`` IDLE, or with ``turnComplete`` and no status.  A late terminal of the turn
        before ends nothing; one that says why it ended, or that more input is wanted, is never such.
        """
        turn = self._open
        status = content.interaction_status or InteractionStatus.UNSPECIFIED
        over = status == InteractionStatus.IDLE or (
            bool(content.turn_complete) and status == InteractionStatus.UNSPECIFIED
        )
        if not over:
            turn.goes_on = turn.goes_on or bool(content.turn_complete)
            return None
        if not content.turn_complete and not turn.begun:
            return None
        reason = content.turn_complete_reason or TurnCompleteReason.UNSPECIFIED
        explained = reason != TurnCompleteReason.UNSPECIFIED or bool(content.waiting_for_input)
        stale_until, self._stale_until = self._stale_until, None
        if stale_until is not None and now <= stale_until and not explained:
            return None
        if self._splits_tool_rounds and turn.awaits_tool_answer and not explained:
            turn.awaits_tool_answer = False
            return None
        turn.reason = content.turn_complete_reason
        turn.ended_at = now
        return self._close(turn, now)

    def _close(self, turn: _Open, now: float) -> Turn:
        snapshot = self._snapshot(turn)
        turn.audio = []  # whoever wants it has it now; the tracker has no use for it
        self._last = turn
        self._open = _Open(turn.number + 1)
        if self._queued:  # what was asked meanwhile is answered next
            self._open.ask(now)
            self._open.requested_at = self._queued.popleft()
        return snapshot

    def went_offline(self) -> None:
        """Note that the connection is gone: until it is known what that has cut, nothing can be heard."""
        self._offline = True

    def cut(self, now: float, *, repeated: int) -> tuple[list[Turn], Turn | None]:
        """Take the loss of the connection: a generation that was cut is never continued.

        Args:
            now: when.
            repeated: how many requests will be made again; of those that are not answered the oldest are not.

        Returns:
            The turns that are over because of it, interrupted; and what there was of one that begins again.
        """
        outstanding = int(self._open.asked) + len(self._queued)
        gone, ended, again = max(0, outstanding - repeated), [], None
        self._stale_until, self._offline = None, False
        if self._open.begun and not self._open.asked:
            ended.append(self._conclude(now))
        while gone and (self._open.asked or self._queued):
            ended.append(self._conclude(now))
            gone -= 1
        if self._open.begun:
            old, self._open = self._open, _Open(self._open.number)
            self._open.ask(now)
            self._open.requested_at = old.requested_at
            old.interrupted = old.cut = True
            again = self._snapshot(old)
        self._open.asked_at = now  # the answer is awaited from here
        if not outstanding:  # they were answered before, and are answered again before any other
            for _ in range(repeated):
                self.request_sent(now)
        return ended, again

    def _conclude(self, now: float) -> Turn:
        """End the open turn as one that was cut, and open the next."""
        turn = self._open
        turn.interrupted, turn.cut, turn.ended_at = True, True, now
        return self._close(turn, now)

    def mark_played(self, number: int, milliseconds: float) -> None:
        """Note how much of a turn's speech was heard."""
        self._played.pop(number, None)
        self._played[number] = max(0.0, milliseconds)
        while len(self._played) > _REMEMBERED_MARKS:
            del self._played[next(iter(self._played))]

    def _snapshot(self, turn: _Open) -> Turn:
        return Turn(
            number=turn.number,
            text="".join(turn.text),
            thoughts="".join(turn.thoughts),
            input_transcript="".join(turn.input_transcript).strip(),
            output_transcript="".join(turn.output_transcript).strip(),
            audio_chunks=tuple(turn.audio),
            audio_rate=turn.audio_rate,
            tool_calls=tuple(turn.tool_calls),
            usage=turn.usage,
            interrupted=turn.interrupted,
            cut=turn.cut,
            reason=turn.reason,
            complete=turn.ended_at is not None,
            timing=TurnTiming(
                first_audio_ms=_since(turn, turn.first_audio_at),
                first_text_ms=_since(turn, turn.first_text_at),
                generation_ms=_since(turn, turn.generated_at),
                total_ms=_since(turn, turn.ended_at),
            ),
            received_ms=turn.audio_ms,
            played_ms=self._played.get(turn.number),
        )


def _since(turn: _Open, at: float | None) -> float | None:
    return None if at is None or turn.requested_at is None else (at - turn.requested_at) * 1000
