"""One session on one connection: from messages to answers and updates.  Owned by the server's event loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from itertools import zip_longest
from typing import Any

import attrs

from ..types import ClientMessage, ToolResponse
from . import shapes
from .brains import Act
from .calls import OpenCalls
from .conversation import Conversation, Interrupt, Respond
from .disturbance import Disturbance
from .handles import Stay
from .hub import Behaviour
from .paths import Target
from .records import EmulatedSession
from .resumption import Resumption, calls_in, cancelled_in, is_control
from .settings import Settings
from .shapes import Message
from .speaker import Send, Speaker
from .tool_rules import Wanted, functions_of
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
        act: Callable[[Act], Awaitable[None]],
        fail: Callable[[], None],
        behaviour: Behaviour,
        settings: Settings,
        target: Target,
        stay: Stay,
        record: EmulatedSession,
        script: deque[tuple[Wanted, ...]],
        disturbed: Callable[[], Disturbance],
    ) -> None:
        """Begin where the handle says, or anew.

        Args:
            send: sends one message.
            act: does something to the connection.
            fail: called inside an ``except`` when an answer could not be made.
            behaviour: how the server behaves.
            settings: what the setup asked for.
            target: what the upgrade's path names.
            stay: the connection's part in its session.
            record: where everything is written down.
            script: function calls that the next texts are answered by.
            disturbed: tells what is wrong with the connection now.
        """
        self._send = send
        self._profile = behaviour.profile
        self._stay = stay
        self._record = record
        self._conversation = Conversation(
            settings,
            behaviour.profile,
            stay.state,
            make_segmenter,
            needs_call_ids=target.backend == "gemini",
            lenient=behaviour.lenient,
        )
        self._resumption = Resumption(
            wanted=settings.wants_handles,
            transparent=settings.transparent,
            every=behaviour.limits.transparent_every,
            issue=self._issue,
        )
        self._calls = OpenCalls(
            behaviour.profile, with_ids=behaviour.call_ids, chance=behaviour.chance(record.number, 0)
        )
        self._speaker = Speaker(
            send=send,
            act=act,
            fail=fail,
            mind=behaviour.brain.join(stay.session, record.script),
            behaviour=behaviour,
            settings=settings,
            context=self._conversation.context,
            resumption=self._resumption,
            calls=self._calls,
            note_calls=record.note_calls,
            script=script,
            speaking=lambda: self._conversation.speaking,
            disturbed=disturbed,
            number=record.number,
            mute=stay.poison is not None,
        )

    def _issue(self) -> str:
        return self._stay.issue(attrs.evolve(self._conversation.state(), taken=self._record.past()))

    async def greet(self) -> None:
        """Say what follows ``setupComplete``, and what nobody has to ask for."""
        await self._tell(self._resumption.first())
        self._speaker.go_on()

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
        update = message.context_update
        if update is not None and update.tools is not None:
            self._speaker.declare(functions_of(update.tools.tools or (), self._profile))
        if message.tool_response is not None:
            await self._take_answers(data, message.tool_response)
        for effect in effects:
            if isinstance(effect, Interrupt) or effect.interrupts or self._input_cancels:
                await self._speaker.interrupt()
            if isinstance(effect, Respond):
                await self._tell(self._resumption.due())
                await self._speaker.respond(effect.turn)
        await self._tell(self._resumption.due())

    @property
    def _input_cancels(self) -> bool:
        """Whether new input cuts what is going on, whatever the setup says: a function is being waited for."""
        return self._profile.input_cancels and self._calls.waits

    async def _take_answers(self, data: dict[str, Any], response: ToolResponse) -> None:
        """Hand answers to function calls on to where they are waited for."""
        came = shapes.objects(shapes.at(data, *shapes.path_of(data, "toolResponse", "functionResponses")))
        for answer, raw in zip_longest(response.function_responses or (), came, fillvalue=None):
            if answer is None:
                continue
            call = self._calls.answered(answer)
            self._record.note_tool_answer(raw or {}, stray=call is None)
            self._record.note_calls(self._calls.keys)
            if call is not None and call.mine:
                await self._speaker.take_result(call, answer)

    async def sent(self, message: Message) -> None:
        """A test has had something sent: tool calls are open from now on, or are so no more.

        Raises:
            ConnectionError: the connection has ended.
        """
        self._calls.inject(calls_in(message))
        self._calls.close(cancelled_in(message))
        self._record.note_calls(self._calls.keys)
        await self._tell(self._resumption.calls_opened(calls_in(message)))
        self._resumption.calls_ended(cancelled_in(message))
        await self._tell(self._resumption.due())

    async def stop(self) -> None:
        """Say nothing more."""
        await self._speaker.stop()

    async def _tell(self, update: Message | None) -> None:
        if update is not None:
            await self._send(update)
