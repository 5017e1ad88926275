"""The actor half of a music session: what its program asks for, and what another connection is told of it."""

from __future__ import annotations

from typing import Any

from .._logging import get_logger
from ..actor import Replies, Reply, TimerRef
from ..protocol import Event, State
from ..protocol.crossfade import Crossfade
from ..protocol.music import MusicProtocol
from ..protocol.music_outgoing import MusicOutgoing, control, prompts, setup
from ..protocol.music_standing import Standing
from ..protocol.state import CONNECTED, OVER
from ..session.endpoint import EndpointServer
from ..session.outbox import Queued
from ..types import MusicServerMessage, PlaybackControl
from .board import MusicBoard
from .commands import Fade, FadeOn, Listen
from .options import MusicOptions

_log = get_logger("music")
_STEP_SECONDS = 0.25
"""How often prompts are sent on the way to others; the service makes its music in longer pieces."""


class MusicServer(EndpointServer):
    """Owns what was asked of the music.  Every method runs on the actor's thread."""

    _options: MusicOptions
    _protocol: MusicProtocol
    _board: MusicBoard

    def __init__(self, options: MusicOptions, **keywords: Any) -> None:
        super().__init__(options, MusicProtocol(options.underrun_after), **keywords)
        self._standing = Standing()
        self._fade: Fade | None = None
        self._crossfade: Crossfade | None = None
        self._step: Queued | None = None
        self._listening: TimerRef | None = None

    def _take_call(self, request: Any, reply: Reply) -> None:
        raise AssertionError(request)  # all that a music session is asked is asked of every session

    def _take_cast(self, message: Any) -> None:
        assert isinstance(message, Fade)
        self._begin_fade(message)

    def _take_info(self, message: Any) -> None:
        if isinstance(message, FadeOn):
            if message.fade is self._fade:
                self._fade_on()
            return
        assert isinstance(message, Listen)
        self._listening = None
        self._protocol.look(self._now())
        self._publish_news()
        self._note_protocol()
        self._listen()

    def left_over(self, message: Any) -> None:
        """Give back what was accepted when it was too late."""
        if isinstance(message, Fade):
            self._ending.give_back(self._released(message.last))
        else:
            super().left_over(message)

    def _setup_payload(self) -> bytes:
        return setup(self._options.model)

    def _say(self, queued: Queued) -> None:
        message = queued.message
        assert isinstance(message, MusicOutgoing)
        if message.prompts:
            self._end_fade()
        self._tell(queued, message)

    def _tell(self, queued: Queued, message: MusicOutgoing) -> None:
        """Send the program's word, and the reset that it needs."""
        if self._protocol.state in OVER:
            self._send(queued)  # which gives it back
            return
        self._standing.take(message)
        if message.control is not None:
            self._protocol.control(message.control, self._now())
        # Another connection begins another piece, so nothing is to be forgotten where there is none now.
        reset = self._protocol.state in CONNECTED and self._standing.wants_reset(message)
        reply = queued.reply
        if reset:
            queued.reply = None
        self._note_standing()
        self._send(queued)
        if reset:
            following = control(PlaybackControl.RESET_CONTEXT)
            self._meter.count_again(following)
            self._tell(Queued(following, reply), following)
        self._listen()

    def _begin_fade(self, fade: Fade) -> None:
        self._end_fade()
        now = self._now()
        self._fade = fade
        self._crossfade = Crossfade(before=self._standing.prompts, after=fade.target, began=now, seconds=fade.seconds)
        self._note_standing()
        if self._crossfade.before:
            self._fade_later()
        else:
            self._fade_on()

    def _fade_later(self) -> None:
        """Have the next step taken when it is time."""
        assert self._fade is not None
        assert self._crossfade is not None
        left = self._crossfade.began + self._crossfade.seconds - self._now()
        self.actor.send_after(min(_STEP_SECONDS, left), FadeOn(self._fade))

    def _fade_on(self) -> None:
        """Take the next step, or the last one."""
        fade, crossfade, now = self._fade, self._crossfade, self._now()
        assert fade is not None
        assert crossfade is not None
        if crossfade.is_over(now) or not crossfade.before:
            self._fade = self._crossfade = None
            assert isinstance(fade.last.message, MusicOutgoing)
            self._tell(fade.last, fade.last.message)
            return
        self._tell_step(prompts(crossfade.at(now)))
        self._note_standing()
        self._fade_later()

    def _tell_step(self, step: MusicOutgoing) -> None:
        """Send a step on the way, unless the last one has not gone out: it is no word of the program's."""
        if self._protocol.state not in CONNECTED:
            self._standing.take(step)
        elif self._step is None and step.prompts != self._standing.prompts:
            self._meter.count_again(step)
            self._step = Queued(step)
            self._tell(self._step, step)

    def _went_out(self, queued: Queued, now: float) -> None:
        if queued is self._step:
            self._step = None

    def _give_back(self, queued: Queued) -> None:
        if queued is not self._step:
            super()._give_back(queued)

    def _end_fade(self) -> None:
        """Leave the prompts where they are: others take the place of those that were on their way."""
        fade = self._drop_fade()
        if fade is not None:
            self._note_standing()

    def _drop_fade(self) -> Fade | None:
        """Forget a transition, and let out who waits for it; return it."""
        fade, self._fade, self._crossfade = self._fade, None, None
        if fade is not None:
            self._meter.release(fade.last.message)
            if fade.last.reply is not None:
                fade.last.reply.answer()
        return fade

    @property
    def _is_owed(self) -> bool:
        return self._protocol.playhead.wanted

    @property
    def _waits_since(self) -> float | None:
        return self._protocol.waits_since

    def _learned(self, message: MusicServerMessage, before: State, now: float) -> None:
        if message.server_content is not None:
            self._worked()
        if message.warning is not None:
            _log.warning("%s: the server warns: %s", self.actor.name, self._redact(message.warning))

    def _told(self, message: MusicServerMessage, before: State, now: float) -> None:
        self._listen()

    def _listen(self) -> None:
        """Wake when a player would have nothing left."""
        due = self._protocol.playhead.due_at
        if due is not None and self._listening is None:
            self._listening = self.actor.send_after(due - self._now(), Listen())

    def _resume_work(self, now: float) -> None:
        assert self._policy is not None
        waiting = self._outbox.take(lambda _: True)
        self._step = None
        if self._policy.fresh == "empty":
            self._begin_anew(waiting)
        else:
            self._tell_again(waiting)

    def _tell_again(self, waiting: list[Queued]) -> None:
        """Tell the server what was asked for last; what waits is a part of that, or others have taken its place."""
        replies: dict[str, list[Reply]] = {}
        for queued in waiting:
            self._meter.release(queued.message)
            if queued.reply is not None:
                replies.setdefault(queued.message.kind, []).append(queued.reply)
        standing = self._standing.again()
        for message in standing:
            self._meter.count_again(message)
        told = [Queued(message, Replies(replies.pop(message.kind, ()))) for message in standing]
        for reply in (reply for rest in replies.values() for reply in rest):  # resets of what has never played
            reply.answer()
        self._outbox.put_first(told)
        unsent = {id(queued.message) for queued in waiting}
        self._goes_on(again=sum(id(message) not in unsent for message in standing), lost=())

    def _begin_anew(self, waiting: list[Queued]) -> None:
        """Leave the server without prompts, in silence, but for what was asked for and has not gone out."""
        unsent = {id(queued.message) for queued in waiting}
        lost = [Queued(message) for message in self._standing.again() if id(message) not in unsent]
        fade = self._drop_fade()
        self._standing = Standing()
        self._protocol.control(PlaybackControl.STOP, self._now())
        for queued in waiting:
            assert isinstance(queued.message, MusicOutgoing)
            self._standing.take(queued.message)
            if queued.message.control is not None:
                self._protocol.control(queued.message.control, self._now())
        self._note_standing()
        self._outbox.put_first(waiting)
        if fade is not None:
            lost.append(fade.last)
        self._goes_on(again=0, lost=tuple(queued.as_unsent() for queued in lost))

    def _publish(self, event: Event) -> None:
        if event.name == "underrun":
            words = "for want of a connection" if event.value.reconnecting else "the music comes too slowly"
            _log.warning("%s: a player has nothing left: %s", self.actor.name, words)
        super()._publish(event)

    def _note_protocol(self) -> None:
        protocol, board = self._protocol, self._board
        board.chunks, board.audio_bytes = protocol.chunks, protocol.audio_bytes
        board.received_ms, board.empty_at = protocol.received_ms, protocol.playhead.empty_at
        board.underruns, board.gap_ms, board.filtered = protocol.underruns, protocol.gap_ms, protocol.filtered

    def _note_standing(self) -> None:
        standing, board = self._standing, self._board
        board.prompts, board.config = standing.prompts, standing.config
        board.playback = None if standing.playback is None else str(standing.playback)
        board.in_transition = self._fade is not None

    def _let_go(self, error: Exception) -> None:
        super()._let_go(error)
        fade, self._fade, self._crossfade = self._fade, None, None
        if fade is not None:
            self._ending.give_back(self._released(fade.last))
            self._note_standing()
