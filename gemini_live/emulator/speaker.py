"""Gives answers one after another, at their pace, and can be cut.  Owned by the server's event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

import attrs

from ..types import FunctionResponse, FunctionResponseScheduling
from . import shapes
from .brains import Act, Answer, GoAway, Mind, UserTurn, calling
from .calls import OpenCall, OpenCalls
from .context import Context, Entry
from .delivery import Cue, Delivery
from .disturbance import Disturbance
from .hub import Behaviour
from .resumption import Resumption
from .settings import Settings
from .shapes import Message
from .tool_rules import Function, Wanted, spoken
from .wire_check import canonical

Send = Callable[[Message], Awaitable[None]]


@attrs.frozen
class _News:
    """What a function that was not waited for has answered, to be told."""

    text: str
    name: str


_THINKING = Answer(text="", thought="", audio_ms=0.0, audio=lambda: iter(()))
"""What a slow mind says as long as it has not found its answer."""


_MOST_WAITING = 100
"""How many turns wait for an answer, where they don't interrupt; of more, the newest."""


class Speaker:
    """One session's output side."""

    def __init__(
        self,
        *,
        send: Send,
        act: Callable[[Act], Awaitable[None]],
        fail: Callable[[], None],
        mind: Mind,
        behaviour: Behaviour,
        settings: Settings,
        context: Context,
        resumption: Resumption,
        calls: OpenCalls,
        note_calls: Callable[[tuple[str, ...]], None],
        script: deque[tuple[Wanted, ...]],
        speaking: Callable[[], bool],
        disturbed: Callable[[], Disturbance],
        number: int,
        mute: bool,
    ) -> None:
        """Begin in silence.

        Args:
            send: sends one message.
            act: does something to the connection.
            fail: called inside an ``except`` when an answer could not be made.
            mind: what answers.
            behaviour: how the server behaves.
            settings: what the setup asked for.
            context: the conversation; answers are added to it.
            resumption: decides when the client is told how it can resume.
            calls: the function calls that are open.
            note_calls: is told which those are when they change.
            script: calls that the next texts are answered by, before the rules are asked.
            speaking: returns whether the user is speaking.
            disturbed: tells what is wrong with the connection now: its clock, and how it sounds.
            number: which session of the server this is.
            mute: whether it hears everything and never answers.
        """
        self._send = send
        self._act = act
        self._mind = mind
        self._fail = fail
        self._behaviour = behaviour
        self._settings = settings
        self._functions = settings.functions
        self._context = context
        self._resumption = resumption
        self._calls = calls
        self._note_calls = note_calls
        self._script = script
        self._speaking = speaking
        self._disturbed = disturbed
        self._number = number
        self._mute = mute
        self._turns = 0
        self._waiting: deque[UserTurn | _News] = deque()
        self._delivery: Delivery | None = None
        self._task: asyncio.Task[None] | None = None
        self._results: list[FunctionResponse] = []
        self._names: list[str] = []
        self._happening: list[asyncio.Task[None]] = []
        self._question: UserTurn | _News | None = None
        self._answered = asyncio.Event()

    async def respond(self, turn: UserTurn | _News) -> None:
        """Answer a turn, after what is being said."""
        if self._mute:
            for cue in self._delivery_of(turn).heard():
                await self._send(cue.message)
            return
        told_later = sum(isinstance(waiting, _News) for waiting in self._waiting)
        place = len(self._waiting) - (0 if isinstance(turn, _News) else told_later)
        self._waiting.insert(place, turn)  # who asks is answered first
        while len(self._waiting) > _MOST_WAITING:
            self._waiting.popleft()
        self.go_on()

    def go_on(self) -> None:
        """Say what is to be said next, unless something is being said."""
        if self._task is None or self._task.done():
            self._delivery = None if self._mute else self._begin()
            if self._delivery is not None:
                self._task = asyncio.get_running_loop().create_task(self._give_all())

    async def interrupt(self) -> None:
        """Cut the answer that is being given or played, if there is one, and forget those that wait.

        Functions that are waited for are given up; the others go on, and what they have answered is told later.
        """
        self._waiting = deque(turn for turn in self._waiting if isinstance(turn, _News))
        delivery = await self._halt()
        gone = self._calls.cancel()
        if gone:
            await self._send(shapes.tool_call_cancellation(gone))
            self._resumption.calls_ended(gone)
            self._note_calls(self._calls.keys)
        await self._cut(delivery)

    async def _cut(self, delivery: Delivery | None) -> None:
        if delivery is not None and not delivery.answer.silent:
            await self._send(shapes.interrupted())
            await self._finish(delivery)

    def declare(self, functions: tuple[Function, ...]) -> None:
        """Let the model call these from now on, and no others."""
        self._functions = functions

    async def take_result(self, call: OpenCall, answer: FunctionResponse) -> None:
        """Take what a function has answered: go on if that was waited for, else tell it when it says so."""
        response = answer.response or {}
        if call.blocks:
            self._results.append(answer)
            self._names.append(call.name)
            if not self._calls.waits:
                self._answered.set()
            return
        scheduling = None if answer.scheduling is None else canonical(answer.scheduling)
        text = spoken([response])
        if (scheduling == FunctionResponseScheduling.SILENT or not text) and not self._mind.hears_all:
            self._context.add(Entry(role="model", text=text))
            return
        waits = self._calls.waits or (self._behaviour.profile.waits_for_user and self._speaking())
        if scheduling == FunctionResponseScheduling.INTERRUPT and not waits:
            await self._cut(await self._halt())
        await self.respond(_News(text, call.name))

    async def stop(self) -> None:
        """Say nothing more."""
        self._waiting.clear()
        for task in self._happening:
            task.cancel()
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

    def _begin(self) -> Delivery | None:
        """Make the answer that is due: one that nobody asked for, else that of the turn that has waited longest.

        That is done before the task runs, so that a turn which is cut at once is still ended as a turn.
        """
        unasked = self._mind.unasked()
        if unasked is not None:
            delivery = self._telling(unasked)
        elif self._waiting:
            delivery = self._delivery_of(self._waiting.popleft())
        else:
            return None
        if delivery.answer.silent:
            self._happen(delivery)
        else:
            self._resumption.begin()
        return delivery

    def _delivery_of(self, turn: UserTurn | _News) -> Delivery:
        if self._mind.slow:
            self._question = turn
            return self._telling(_THINKING)
        return self._telling(self._answer_to(turn))

    def _answer_to(self, turn: UserTurn | _News) -> Answer:
        """Answer; on a thread of its own where the mind is slow."""
        if isinstance(turn, _News):
            return self._mind.tell(turn.text, (turn.name,))
        if turn.text and self._script:
            return calling(self._mind, self._script.popleft())
        return self._mind.respond(turn, tuple(self._context.entries), self._functions)

    async def _think(self, turn: UserTurn | _News, delivery: Delivery) -> None:
        """Have a slow mind answer; what it has heard in speech is remembered."""
        answer = await asyncio.to_thread(self._answer_to, turn)
        delivery.answer, delivery.calls = self._disturbed().of(answer), answer.calls
        if isinstance(turn, UserTurn) and answer.words:
            self._context.put_words(turn.speech_ms, answer.words)

    def _telling(self, answer: Answer) -> Delivery:
        self._turns += 1
        return Delivery(
            answer=self._disturbed().of(answer),
            settings=self._settings,
            profile=self._behaviour.profile,
            prompt=self._context.tokens(self._behaviour.profile.base_prompt_tokens),
            chunk_ms=self._behaviour.chunk_ms,
            chance=self._behaviour.chance(self._number, self._turns),
            calls=answer.calls,
        )

    async def _give_all(self) -> None:
        try:
            while self._delivery is not None:
                await self._give(self._delivery)
                self._delivery = self._begin()
        except ConnectionError:
            pass  # the connection has ended; whoever reads from it sees to that
        except Exception:  # noqa: BLE001 - told to the client as the service would, and to the log
            self._fail()

    async def _give(self, delivery: Delivery) -> None:
        if delivery.answer.silent:
            await asyncio.shield(self._happening[-1])
            return
        await self._tell(self._resumption.not_now())
        question, self._question = self._question, None
        if question is not None:
            await self._think(question, delivery)
        await self._say(delivery.opening())
        if delivery.calls:
            await self._call(delivery.calls)
        if delivery.waits:
            delivery = await self._with_results(delivery)
        start = await self._say(delivery.words_and_sound())
        await self._until(start, delivery.ends_ms)
        self._delivery = None
        await self._finish(delivery)

    def _happen(self, delivery: Delivery) -> None:
        """Let something happen in silence; no user cuts that."""

        async def happen() -> None:
            with contextlib.suppress(ConnectionError):
                await self._say(delivery.in_silence())

        self._happening = [task for task in self._happening if not task.done()]
        self._happening.append(asyncio.get_running_loop().create_task(happen()))

    async def _call(self, calls: tuple[Wanted, ...]) -> None:
        """Call functions; nobody hears of an answer to an earlier call here."""
        self._results.clear()
        self._names.clear()
        self._answered.clear()
        messages = self._calls.make(calls)
        self._resumption.calls_opened(str(message.get("id", message["name"])) for message in messages)
        self._note_calls(self._calls.keys)
        await self._send(shapes.tool_call(messages))

    async def _with_results(self, delivery: Delivery) -> Delivery:
        """Wait for the functions, and return what is said of their results: in the same turn or in one of its own."""
        await self._answered.wait()
        text, names = spoken(answer.response or {} for answer in self._results), tuple(self._names)
        answer = (
            await asyncio.to_thread(self._mind.tell, text, names) if self._mind.slow else self._mind.tell(text, names)
        )
        profile = self._behaviour.profile
        if not profile.splits_tool_rounds:
            if profile.update_after_answers:
                await self._send(self._resumption.unasked())
            delivery.answer = self._disturbed().of(answer)
            await self._say(delivery.nothing())
            return delivery
        await self._say(delivery.closing())
        await self._send(delivery.end(self._context))
        self._delivery = following = self._telling(answer)
        await self._say(following.opening())
        return following

    async def _say(self, cues: Iterable[Cue]) -> float:
        """Send cues, each at its moment; return when they began."""
        start = asyncio.get_running_loop().time()
        for cue in cues:
            await self._until(start, cue.at_ms)
            if cue.message:
                await self._send(cue.message)
            if cue.act is not None:
                await self._act(cue.act)
                if not isinstance(cue.act, GoAway):
                    raise ConnectionResetError("ended on purpose")
        return start

    async def _until(self, start: float, at_ms: float) -> None:
        """Wait for a moment of the answer; without a limit on the speed only let others run."""
        at = start + self._disturbed().seconds_at(at_ms, self._behaviour.output_speed)
        await asyncio.sleep(max(0.0, at - asyncio.get_running_loop().time()))

    async def _finish(self, delivery: Delivery) -> None:
        await self._send(delivery.end(self._context, more=bool(self._calls.keys)))
        await self._tell(self._resumption.finished())

    async def _tell(self, update: Message | None) -> None:
        if update is not None:
            await self._send(update)
