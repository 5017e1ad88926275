"""One session on one connection: from messages to answers and updates.  Owned by the server's event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from ..types import ClientMessage
from .conversation import Conversation, Interrupt, Respond
from .handles import Stay
from .hub import Behaviour
from .paths import Target
from .records import EmulatedSession
from .resumption import Resumption, calls_in, cancelled_in, is_control
from .settings import Settings
from .shapes import Message
from .speaker import Send, Speaker
from .vad import Segmenter, webrtc_judge


def make_segmenter(settings: Settings) -> Segmenter:
    """Return the detector of speech that a setup asks for."""
    return Segmenter(webrtc_judge(settings.strictness), start_ms=settings.start_ms, silence_ms=settings.silence_ms)


class Live:
    """A connection after its setup."""

    def __init__(
        self,
        *,
        send: Send,
        fail: Callable[[], None],
        behaviour: Behaviour,
        settings: Settings,
        target: Target,
        stay: Stay,
        record: EmulatedSession,
    ) -> None:
        """Begin where the handle says, or anew.

        Args:
            send: sends one message.
            fail: called inside an ``except`` when an answer could not be made.
            behaviour: how the server behaves.
            settings: what the setup asked for.
            target: what the upgrade's path names.
            stay: the connection's part in its session.
            record: where everything is written down.
        """
        self._send = send
        self._stay = stay
        self._record = record
        self._conversation = Conversation(
            settings, behaviour.profile, stay.state, make_segmenter, needs_call_ids=target.backend == "gemini"
        )
        self._resumption = Resumption(
            wanted=settings.wants_handles,
            transparent=settings.transparent,
            every=behaviour.limits.transparent_every,
            issue=self._issue,
        )
        self._speaker = Speaker(
            send=send,
            fail=fail,
            behaviour=behaviour,
            settings=settings,
            context=self._conversation.context,
            resumption=self._resumption,
            number=record.number,
            mute=stay.poison is not None,
        )

    def _issue(self) -> str:
        return self._stay.issue(attrs.evolve(self._conversation.state(), taken=self._record.past()))

    async def greet(self) -> None:
        """Say what follows ``setupComplete``."""
        await self._tell(self._resumption.first())

    async def take(self, data: dict[str, Any], message: ClientMessage) -> None:
        """Take one message after the setup.

        Args:
            data: the message as it came.
            message: the same as it was read.

        Raises:
            RefusedError: it is against the rules, and the connection ends.
            ConnectionError: the connection has ended.
        """
        effects = self._conversation.handle(message)
        if is_control(message):
            self._record.note_control(data)
        self._resumption.consume(message)
        for effect in effects:
            if isinstance(effect, Interrupt) or effect.interrupts:
                await self._speaker.interrupt()
            if isinstance(effect, Respond):
                await self._tell(self._resumption.due())
                await self._speaker.respond(effect.turn)
        await self._tell(self._resumption.due())

    async def sent(self, message: Message) -> None:
        """A test has had something sent: tool calls are open from now on, or are so no more.

        Raises:
            ConnectionError: the connection has ended.
        """
        await self._tell(self._resumption.calls_opened(calls_in(message)))
        self._resumption.calls_ended(cancelled_in(message))
        await self._tell(self._resumption.due())

    async def stop(self) -> None:
        """Say nothing more."""
        await self._speaker.stop()

    async def _tell(self, update: Message | None) -> None:
        if update is not None:
            await self._send(update)
