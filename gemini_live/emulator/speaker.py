"""Gives answers one after another, at their pace, and can be cut.  Owned by the server's event loop."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable

from . import shapes
from .brains import UserTurn
from .context import Context
from .delivery import Delivery
from .hub import Behaviour
from .resumption import Resumption
from .settings import Settings
from .shapes import Message

Send = Callable[[Message], Awaitable[None]]


class Speaker:
    """One session's output side."""

    def __init__(
        self,
        *,
        send: Send,
        fail: Callable[[], None],
        behaviour: Behaviour,
        settings: Settings,
        context: Context,
        resumption: Resumption,
        number: int,
        mute: bool,
    ) -> None:
        """Begin in silence.

        Args:
            send: sends one message.
            fail: called inside an ``except`` when an answer could not be made.
            behaviour: how the server behaves.
            settings: what the setup asked for.
            context: the conversation; answers are added to it.
            resumption: decides when the client is told how it can resume.
            number: which session of the server this is.
            mute: whether it hears everything and never answers.
        """
        self._send = send
        self._fail = fail
        self._behaviour = behaviour
        self._settings = settings
        self._context = context
        self._resumption = resumption
        self._number = number
        self._mute = mute
        self._turns = 0
        self._waiting: deque[UserTurn] = deque()
        self._delivery: Delivery | None = None
        self._task: asyncio.Task[None] | None = None

    async def respond(self, turn: UserTurn) -> None:
        """Answer a turn, after what is being said."""
        if self._mute:
            for cue in self._delivery_of(turn).heard():
                await self._send(cue.message)
            return
        self._waiting.append(turn)
        if self._task is None or self._task.done():
            self._delivery = self._begin()
            self._task = asyncio.get_running_loop().create_task(self._give_all())

    async def interrupt(self) -> None:
        """Cut the answer that is being given or played, if there is one, and forget those that wait."""
        self._waiting.clear()
        delivery = await self._halt()
        if delivery is not None:
            await self._send(shapes.interrupted())
            await self._finish(delivery)

    async def stop(self) -> None:
        """Say nothing more."""
        self._waiting.clear()
        await self._halt(at_once=True)

    async def _halt(self, *, at_once: bool = False) -> Delivery | None:
        """End the task and return the delivery that was cut; one that is just finishing is let finish."""
        task = self._task
        if task is None or task.done():
            return None
        if self._delivery is not None or at_once:
            task.cancel()
        await asyncio.wait({task})
        delivery, self._delivery = self._delivery, None
        return delivery

    def _begin(self) -> Delivery:
        """Make the answer of the turn that has waited longest.

        That is done before the task runs, so that a turn which is cut at once is still ended as a turn.
        """
        self._resumption.begin()
        return self._delivery_of(self._waiting.popleft())

    def _delivery_of(self, turn: UserTurn) -> Delivery:
        self._turns += 1
        answer = self._behaviour.brain.answer(turn, tuple(self._context.entries))
        return Delivery(
            answer=answer,
            settings=self._settings,
            profile=self._behaviour.profile,
            prompt=self._context.tokens(self._behaviour.profile.base_prompt_tokens),
            chunk_ms=self._behaviour.chunk_ms,
            chance=self._behaviour.chance(self._number, self._turns),
        )

    async def _give_all(self) -> None:
        try:
            while self._delivery is not None:
                await self._give(self._delivery)
                self._delivery = self._begin() if self._waiting else None
        except ConnectionError:
            pass  # the connection has ended; whoever reads from it sees to that
        except Exception:  # noqa: BLE001 - told to the client as the service would, and to the log
            self._fail()

    async def _give(self, delivery: Delivery) -> None:
        await self._tell(self._resumption.not_now())
        start = asyncio.get_running_loop().time()
        for cue in delivery.cues():
            await self._until(start, cue.at_ms)
            if cue.message:
                await self._send(cue.message)
        await self._until(start, delivery.audio_ms)
        self._delivery = None
        await self._finish(delivery)

    async def _until(self, start: float, at_ms: float) -> None:
        """Wait for a moment of the answer; without a limit on the speed only let others run."""
        speed = self._behaviour.output_speed
        at = start if math.isinf(speed) else start + at_ms / 1000 / speed
        await asyncio.sleep(max(0.0, at - asyncio.get_running_loop().time()))

    async def _finish(self, delivery: Delivery) -> None:
        await self._send(delivery.end(self._context))
        await self._tell(self._resumption.finished())

    async def _tell(self, update: Message | None) -> None:
        if update is not None:
            await self._send(update)
