"""The loop that one writes by hand: websocket-client, json and base64.

Where something has to be heard while something is sent, a thread hears each session.  It waits for the socket before it
takes the lock that sending takes, too: OpenSSL allows one thread at a time, and a loop without it loses connections.
"""

from __future__ import annotations

import base64
import json
import queue
import select
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any

import websocket

from .clients import Client
from .figures import percentile
from .measures import PATIENCE, Delays, Tally, Window, check_sent, pace_arguments, private_kib, ticks
from .messages import API_KEY, DELTA, INPUT_MIME_TYPE, MODEL, command, noise
from .processes import Endpoint
from .workloads import UP_BYTES, Workload

_PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
_SETUP = {"setup": {"model": f"models/{MODEL}", "generationConfig": {"responseModalities": ["AUDIO"]}}}


def _nothing(_: Any) -> None:
    pass


class Conversation:
    """A connection whose setup is complete.

    Args:
        endpoint: where.
        context: whom to trust.
        on_audio: called with decoded PCM.
        on_text: called with a text delta.
        on_turn_complete: called at the end of a turn.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        context: ssl.SSLContext,
        *,
        on_audio: Callable[[bytes], object] = _nothing,
        on_text: Callable[[str], object] = _nothing,
        on_turn_complete: Callable[[], object] = lambda: None,
    ) -> None:
        self._on_audio = on_audio
        self._on_text = on_text
        self._on_turn_complete = on_turn_complete
        self._listener: threading.Thread | None = None
        self._lock = threading.Lock()
        self._socket = websocket.create_connection(
            f"wss://127.0.0.1:{endpoint.port}{_PATH}",
            timeout=PATIENCE,
            sslopt={"context": context},
            header={"x-goog-api-key": API_KEY},
        )
        self._socket.send(json.dumps(_SETUP))
        if "setupComplete" not in json.loads(self._socket.recv()):
            raise RuntimeError("the setup was not completed")

    def send_audio(self, pcm: bytes) -> None:
        """Send a chunk."""
        audio = {"data": base64.b64encode(pcm).decode("ascii"), "mimeType": INPUT_MIME_TYPE}
        self._send({"realtimeInput": {"audio": audio}})

    def do(self, verb: str, *arguments: object) -> None:
        """Send the server a command."""
        turn = {"role": "user", "parts": [{"text": command(verb, *arguments)}]}
        self._send({"clientContent": {"turns": [turn], "turnComplete": True}})

    def _send(self, message: dict[str, Any]) -> None:
        text = json.dumps(message)
        with self._lock:
            self._socket.send(text)

    def hear_turn(self) -> None:
        """Receive until the turn is over."""
        while not self._take(self._socket.recv()):
            pass

    def _take(self, data: str | bytes) -> bool:
        """Call back for what a message holds; return whether the turn is over, or all is."""
        if not data:
            return True  # the server has said goodbye
        content = json.loads(data).get("serverContent", {})
        for part in content.get("modelTurn", {}).get("parts", ()):
            if "inlineData" in part:
                self._on_audio(base64.b64decode(part["inlineData"]["data"]))
            elif "text" in part:
                self._on_text(part["text"])
        if content.get("turnComplete"):
            self._on_turn_complete()
            return True
        return False

    def listen(self) -> None:
        """Receive on a thread of its own until the server says goodbye."""
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        stream = self._socket.sock
        assert isinstance(stream, ssl.SSLSocket)
        while self._socket.connected:
            if not stream.pending():
                select.select([stream], [], [], PATIENCE)
            with self._lock:
                data = self._socket.recv()
            self._take(data)

    def close(self) -> None:
        """Say goodbye."""
        if self._listener is None:
            self._socket.close()
            return
        with self._lock:
            self._socket.send_close()
        self._listener.join(PATIENCE)
        self._socket.shutdown()


def _trust(endpoint: Endpoint) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=endpoint.ca_file)


def send(workload: Workload, endpoint: Endpoint, client: Client) -> dict[str, float]:
    """Send chunks; over when the server has counted all of them."""
    del client
    chunks = [noise(workload.size, seed) for seed in range(8)]
    told: list[str] = []
    cpu = 0.0
    with closing(Conversation(endpoint, _trust(endpoint), on_text=told.append)) as conversation:
        for count in (workload.warm, workload.count):
            cpu = time.process_time()
            for number in range(1, count + 1):
                conversation.send_audio(chunks[number % 8])
            conversation.do("count")
            conversation.hear_turn()
            cpu = time.process_time() - cpu
            check_sent(told[-1:], workload, count)
    return {"cpu_us": cpu / workload.count * 1e6}


def receive(workload: Workload, endpoint: Endpoint, client: Client) -> dict[str, float]:
    """Hear audio, or text deltas."""
    del client
    tally = Tally()
    callbacks: dict[str, Any] = {"on_audio": tally} if workload.size else {"on_text": tally}
    with closing(Conversation(endpoint, _trust(endpoint), **callbacks)) as conversation:
        for count in (workload.warm, workload.count):
            tally.expect(count)
            conversation.do("flood", workload.size, count)
            while not tally.full:
                conversation.hear_turn()
    return {"cpu_us": tally.cpu_us(workload.size or len(DELTA))}


def round_trip(workload: Workload, endpoint: Endpoint, client: Client) -> dict[str, float]:
    """Ask and be answered: from the call that sends to the callback that hears, on the thread that listens."""
    del client
    heard: list[int] = []
    delays: list[float] = []
    over = threading.Event()
    callbacks: dict[str, Any] = {
        "on_text": lambda _: heard.append(time.perf_counter_ns()),
        "on_turn_complete": over.set,
    }
    with closing(Conversation(endpoint, _trust(endpoint), **callbacks)) as conversation:
        conversation.listen()
        for _ in range(workload.warm + workload.count):
            over.clear()
            asked = time.perf_counter_ns()
            conversation.do("echo")
            if not over.wait(PATIENCE):
                raise TimeoutError("no answer came")
            delays.append((heard[-1] - asked) / 1000)
    delays = delays[workload.warm :]
    return {"p50_us": percentile(delays, 50), "p99_us": percentile(delays, 99)}


def paced(workload: Workload, endpoint: Endpoint, client: Client) -> dict[str, float]:
    """Hold conversations at the pace of speech."""
    del client
    chunk, context = noise(UP_BYTES, 0), _trust(endpoint)
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    delays, window = Delays(), Window(workload)
    sent = 0
    with ExitStack() as stack:
        conversations = [
            stack.enter_context(closing(Conversation(endpoint, context, on_audio=delays, on_text=told.put)))
            for _ in range(workload.sessions)
        ]
        for number, conversation in enumerate(conversations):
            conversation.listen()
            conversation.do("pace", *pace_arguments(workload, number))
        began = time.monotonic()
        for tick in ticks(workload):
            left = began + tick.due - time.monotonic()
            if left > 0:
                time.sleep(left)
            if tick.opens:
                window.open()
            conversations[tick.session].send_audio(chunk)
            sent += 1
        window.close()
        for conversation in conversations:
            conversation.do("count")
        check_sent([told.get(timeout=PATIENCE) for _ in conversations], workload, sent)
    return window.figures(delays)


def connect(workload: Workload, endpoint: Endpoint, client: Client) -> dict[str, float]:
    """Open connections, one after the other."""
    del client
    context = _trust(endpoint)
    opened: list[float] = []
    cpu = 0.0
    for number in range(workload.warm + workload.count):
        began, cpu_before = time.perf_counter(), time.process_time()
        conversation = Conversation(endpoint, context)
        if number >= workload.warm:
            cpu += time.process_time() - cpu_before
            opened.append((time.perf_counter() - began) * 1000)
        conversation.close()
    return {"open_ms": percentile(opened, 50), "cpu_ms": cpu / workload.count * 1000}


def memory(workload: Workload, endpoint: Endpoint, client: Client) -> dict[str, float]:
    """Keep connections that are silent, each with its thread."""
    del client
    context = _trust(endpoint)
    Conversation(endpoint, context).close()
    before = private_kib()
    with ExitStack() as stack:
        for _ in range(workload.sessions):
            conversation = stack.enter_context(closing(Conversation(endpoint, context)))
            conversation.listen()
        used = private_kib() - before
    return {"kib": used / workload.sessions}
