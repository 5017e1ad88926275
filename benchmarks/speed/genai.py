"""google-genai, used as its documentation says: one event loop, ``receive()`` for each turn."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from google import genai
from google.genai import types
from google.genai.live import AsyncSession

from .clients import Client
from .figures import percentile
from .measures import PATIENCE, Delays, Tally, Window, check_sent, pace_arguments, private_kib, ticks
from .messages import API_KEY, DELTA, INPUT_MIME_TYPE, MODEL, command, noise
from .processes import Endpoint
from .workloads import UP_BYTES, Workload


def _nothing(_: Any) -> None:
    pass


def _run(coroutine: Coroutine[Any, Any, dict[str, float]]) -> dict[str, float]:
    return asyncio.run(asyncio.wait_for(coroutine, 4 * PATIENCE))


class Conversations:
    """Sessions of one client.

    Args:
        endpoint: where.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        context = ssl.create_default_context(cafile=endpoint.ca_file)
        options = types.HttpOptions(
            base_url=endpoint.base_url,
            api_version="v1beta",
            client_args={"verify": context, "trust_env": False},
            async_client_args={"ssl": context, "proxy": None},
        )
        self._client = genai.Client(api_key=API_KEY, http_options=options)

    @asynccontextmanager
    async def open(
        self, *, on_audio: Callable[[bytes], object] = _nothing, on_text: Callable[[str], object] = _nothing
    ) -> AsyncIterator[Conversation]:
        """Connect; the end of the ``with`` closes."""
        config = types.LiveConnectConfig(response_modalities=[types.Modality.AUDIO])
        async with self._client.aio.live.connect(model=MODEL, config=config) as session:
            yield Conversation(session, on_audio, on_text)


class Conversation:
    """One session, and who hears what it says."""

    def __init__(
        self, session: AsyncSession, on_audio: Callable[[bytes], object], on_text: Callable[[str], object]
    ) -> None:
        self._session = session
        self._on_audio = on_audio
        self._on_text = on_text

    async def send_audio(self, pcm: bytes) -> None:
        """Send a chunk."""
        await self._session.send_realtime_input(audio=types.Blob(data=pcm, mime_type=INPUT_MIME_TYPE))

    async def do(self, verb: str, *arguments: object) -> None:
        """Send the server a command."""
        turn = types.Content(role="user", parts=[types.Part(text=command(verb, *arguments))])
        await self._session.send_client_content(turns=turn, turn_complete=True)

    async def hear_turn(self) -> None:
        """Receive until the turn is over."""
        async for message in self._session.receive():
            content = message.server_content
            if content is None or content.model_turn is None:
                continue
            for part in content.model_turn.parts or ():
                if part.inline_data is not None and part.inline_data.data is not None:
                    self._on_audio(part.inline_data.data)
                elif part.text is not None:
                    self._on_text(part.text)

    async def listen(self) -> None:
        """Receive until cancelled."""
        while True:
            await self.hear_turn()


def send(workload: Workload, endpoint: Endpoint, client: Client) -> dict[str, float]:
    """Send chunks; over when the server has counted all of them."""
    del client

    async def work() -> dict[str, float]:
        chunks = [noise(workload.size, seed) for seed in range(8)]
        told: list[str] = []
        cpu = 0.0
        async with Conversations(endpoint).open(on_text=told.append) as conversation:
            for count in (workload.warm, workload.count):
                cpu = time.process_time()
                for number in range(1, count + 1):
                    await conversation.send_audio(chunks[number % 8])
                await conversation.do("count")
                await conversation.hear_turn()
                cpu = time.process_time() - cpu
                check_sent(told[-1:], workload, count)
        return {"cpu_us": cpu / workload.count * 1e6}

    return _run(work())


def receive(workload: Workload, endpoint: Endpoint, client: Client) -> dict[str, float]:
    """Hear audio, or text deltas."""
    del client

    async def work() -> dict[str, float]:
        tally = Tally()
        callbacks: dict[str, Any] = {"on_audio": tally} if workload.size else {"on_text": tally}
        async with Conversations(endpoint).open(**callbacks) as conversation:
            for count in (workload.warm, workload.count):
                tally.expect(count)
                await conversation.do("flood", workload.size, count)
                while not tally.full:
                    await conversation.hear_turn()
        return {"cpu_us": tally.cpu_us(workload.size or len(DELTA))}

    return _run(work())


def round_trip(workload: Workload, endpoint: Endpoint, client: Client) -> dict[str, float]:
    """Ask and be answered."""
    del client

    async def work() -> dict[str, float]:
        heard: list[int] = []
        delays: list[float] = []
        async with Conversations(endpoint).open(on_text=lambda _: heard.append(time.perf_counter_ns())) as conversation:
            for _ in range(workload.warm + workload.count):
                asked = time.perf_counter_ns()
                await conversation.do("echo")
                await conversation.hear_turn()
                delays.append((heard[-1] - asked) / 1000)
        kept = delays[workload.warm :]
        return {"p50_us": percentile(kept, 50), "p99_us": percentile(kept, 99)}

    return _run(work())


def paced(workload: Workload, endpoint: Endpoint, client: Client) -> dict[str, float]:
    """Hold conversations at the pace of speech."""
    del client

    async def work() -> dict[str, float]:
        chunk, sent = noise(UP_BYTES, 0), 0
        told: asyncio.Queue[str] = asyncio.Queue()
        delays, window, conversations = Delays(), Window(workload), Conversations(endpoint)
        async with AsyncExitStack() as stack:
            opened = [
                await stack.enter_async_context(conversations.open(on_audio=delays, on_text=told.put_nowait))
                for _ in range(workload.sessions)
            ]
            listeners = [asyncio.create_task(conversation.listen()) for conversation in opened]
            for number, conversation in enumerate(opened):
                await conversation.do("pace", *pace_arguments(workload, number))
            began = time.monotonic()
            for tick in ticks(workload):
                left = began + tick.due - time.monotonic()
                if left > 0:
                    await asyncio.sleep(left)
                if tick.opens:
                    window.open()
                await opened[tick.session].send_audio(chunk)
                sent += 1
            window.close()
            for conversation in opened:
                await conversation.do("count")
            answers = [await asyncio.wait_for(told.get(), PATIENCE) for _ in opened]
            for listener in listeners:
                listener.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await listener
        check_sent(answers, workload, sent)
        return window.figures(delays)

    return _run(work())


def connect(workload: Workload, endpoint: Endpoint, client: Client) -> dict[str, float]:
    """Open sessions, one after the other."""
    del client

    async def work() -> dict[str, float]:
        conversations = Conversations(endpoint)
        opened: list[float] = []
        cpu = 0.0
        for number in range(workload.warm + workload.count):
            began, cpu_before = time.perf_counter(), time.process_time()
            async with conversations.open():
                if number >= workload.warm:
                    cpu += time.process_time() - cpu_before
                    opened.append((time.perf_counter() - began) * 1000)
        return {"open_ms": percentile(opened, 50), "cpu_ms": cpu / workload.count * 1000}

    return _run(work())


def memory(workload: Workload, endpoint: Endpoint, client: Client) -> dict[str, float]:
    """Keep sessions that are silent, each with its task."""
    del client

    async def work() -> dict[str, float]:
        conversations = Conversations(endpoint)
        async with conversations.open():
            pass
        before = private_kib()
        async with AsyncExitStack() as stack:
            listeners = []
            for _ in range(workload.sessions):
                conversation = await stack.enter_async_context(conversations.open())
                listeners.append(asyncio.create_task(conversation.listen()))
            await asyncio.sleep(0)
            used = private_kib() - before
            for listener in listeners:
                listener.cancel()
            await asyncio.gather(*listeners, return_exceptions=True)
        return {"kib": used / workload.sessions}

    return _run(work())
