"""This library, used as its README says."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import ExitStack
from typing import Any

from gemini_live import Session

from .clients import Client
from .figures import percentile
from .measures import PATIENCE, Delays, Tally, Window, check_sent, pace_arguments, private_kib, ticks
from .messages import API_KEY, DELTA, MODEL, command, noise
from .processes import Endpoint
from .workloads import UP_BYTES, Workload

_BURST = 1500
"""Chunks that are sent before anybody waits: what the outbox holds without dropping any."""


def _open(endpoint: Endpoint, client: Client, **callbacks: Any) -> Session:
    return Session.open(model=MODEL, api_key=API_KEY, base_url=endpoint.base_url, dispatch=client.dispatch, **callbacks)


def _do(session: Session, verb: str, *arguments: object) -> None:
    """Send the server a command."""
    session.send_client_content(command(verb, *arguments))


def send(workload: Workload, endpoint: Endpoint, client: Client) -> dict[str, float]:
    """Send chunks; over when the server has counted all of them."""
    chunks = [noise(workload.size, seed) for seed in range(8)]
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    cpu = 0.0
    with _open(endpoint, client, on_text=told.put) as session:
        for count in (workload.warm, workload.count):
            cpu = time.process_time()
            for number in range(1, count + 1):
                last = number % _BURST == 0 or number == count
                session.send_audio(chunks[number % 8], wait=last, timeout=PATIENCE if last else None)
            _do(session, "count")
            answer = told.get(timeout=PATIENCE)
            cpu = time.process_time() - cpu
            check_sent([answer], workload, count)
    return {"cpu_us": cpu / workload.count * 1e6}


def receive(workload: Workload, endpoint: Endpoint, client: Client) -> dict[str, float]:
    """Hear audio, or text deltas, in the one callback that there is."""
    tally = Tally()
    callbacks: dict[str, Any] = {"on_audio": lambda chunk: tally(chunk.data)} if workload.size else {"on_text": tally}
    with _open(endpoint, client, **callbacks) as session:
        for count in (workload.warm, workload.count):
            tally.expect(count)
            _do(session, "flood", workload.size, count)
            tally.wait()
    return {"cpu_us": tally.cpu_us(workload.size or len(DELTA))}


def round_trip(workload: Workload, endpoint: Endpoint, client: Client) -> dict[str, float]:
    """Ask and be answered: from the call that sends to the callback that hears."""
    heard: list[int] = []
    delays: list[float] = []
    over = threading.Event()
    callbacks: dict[str, Any] = {
        "on_text": lambda _: heard.append(time.perf_counter_ns()),
        "on_turn_complete": lambda _: over.set(),
    }
    with _open(endpoint, client, **callbacks) as session:
        for _ in range(workload.warm + workload.count):
            over.clear()
            asked = time.perf_counter_ns()
            _do(session, "echo")
            if not over.wait(PATIENCE):
                raise TimeoutError("no answer came")
            delays.append((heard[-1] - asked) / 1000)
    delays = delays[workload.warm :]
    return {"p50_us": percentile(delays, 50), "p99_us": percentile(delays, 99)}


def paced(workload: Workload, endpoint: Endpoint, client: Client) -> dict[str, float]:
    """Hold conversations at the pace of speech."""
    chunk = noise(UP_BYTES, 0)
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    delays, window = Delays(), Window(workload)
    sent = 0
    with ExitStack() as stack:
        sessions = [
            stack.enter_context(_open(endpoint, client, on_audio=lambda chunk: delays(chunk.data), on_text=told.put))
            for _ in range(workload.sessions)
        ]
        for number, session in enumerate(sessions):
            _do(session, "pace", *pace_arguments(workload, number))
        began = time.monotonic()
        for tick in ticks(workload):
            left = began + tick.due - time.monotonic()
            if left > 0:
                time.sleep(left)
            if tick.opens:
                window.open()
            sessions[tick.session].send_audio(chunk)
            sent += 1
        window.close()
        for session in sessions:
            _do(session, "count")
        check_sent([told.get(timeout=PATIENCE) for _ in sessions], workload, sent)
    return window.figures(delays)


def connect(workload: Workload, endpoint: Endpoint, client: Client) -> dict[str, float]:
    """Open sessions, one after the other."""
    opened: list[float] = []
    cpu = 0.0
    for number in range(workload.warm + workload.count):
        began, cpu_before = time.perf_counter(), time.process_time()
        session = _open(endpoint, client, on_audio=lambda _: None)
        if number >= workload.warm:
            cpu += time.process_time() - cpu_before
            opened.append((time.perf_counter() - began) * 1000)
        session.close()
    return {"open_ms": percentile(opened, 50), "cpu_ms": cpu / workload.count * 1000}


def memory(workload: Workload, endpoint: Endpoint, client: Client) -> dict[str, float]:
    """Keep sessions that are silent."""
    _open(endpoint, client, on_audio=lambda _: None).close()  # what only the first one loads is nobody's share
    before = private_kib()
    with ExitStack() as stack:
        for _ in range(workload.sessions):
            stack.enter_context(_open(endpoint, client, on_audio=lambda _: None))
        used = private_kib() - before
    return {"kib": used / workload.sessions}
