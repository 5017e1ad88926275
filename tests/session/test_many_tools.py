"""A thousand calls of every fate at once: each gets the answers that are due, and none that is not."""

from __future__ import annotations

import random
import threading
from collections import Counter, defaultdict

import pytest
from websockets.exceptions import ConnectionClosed

from gemini_live import Tool, ToolContext

from .conftest import TIMEOUT, eventually

CALLS = 1000
FATES = ("quick", "slow", "fail", "wrong", "unknown", "expire", "cancel", "stream", "many")
LONGEST = 0.003
"""Seconds that a slow one takes at most."""


def take_time():
    """Pass some milliseconds: the latency is the subject, and no order depends on it."""
    threading.Event().wait(random.random() * LONGEST)


def quick(number: int) -> int:
    """Answer at once."""
    return number


def slow(number: int) -> int:
    """Take some time."""
    take_time()
    return number


def fail(number: int) -> int:
    """Raise something, now or later."""
    take_time()
    raise LookupError(number)


def wait(number: int, context: ToolContext) -> int:
    """Answer when nobody waits any more."""
    assert context.cancelled.wait(TIMEOUT)
    return number


def stream(number: int):
    """Answer in parts."""
    yield number
    yield number


TOOLS = [
    quick,
    slow,
    fail,
    Tool(wait, "cancel"),
    Tool(wait, "expire", timeout=0.02),
    stream,
    Tool(quick, "wrong"),
    Tool(quick, "many"),
]


def plan(seed):
    """Return every call's fate by its id."""
    chance = random.Random(seed)
    return {f"c{number}": chance.choice(FATES) for number in range(CALLS)}


def messages(fates):
    """Yield what the server says: calls, some together, and cancellations right behind them."""
    ids = list(fates)
    while ids:
        size = 3 if fates[ids[0]] == "many" else 1
        batch, ids = ids[:size], ids[size:]
        calls = [
            {"id": key, "name": fates[key], "args": {} if fates[key] == "wrong" else {"number": int(key[1:])}}
            for key in batch
        ]
        yield {"toolCall": {"functionCalls": calls}}
        gone = [key for key in batch if fates[key] == "cancel"]
        if gone:
            yield {"toolCallCancellation": {"ids": gone}}


@pytest.mark.parametrize("seed", [1, 2])
def test_every_call_gets_what_it_is_due(script, open_session, seed):
    """One answer that ends it, parts before that where it streams, and nothing for what was cancelled."""
    fates = plan(seed)
    finals, parts = Counter(), defaultdict(list)
    wrong = []

    def handle(peer):
        peer.accept()
        peer.say(*messages(fates))
        try:
            while True:
                for answer in peer.receive()["toolResponse"]["functionResponses"]:
                    note(answer)
        except (ConnectionClosed, TimeoutError):
            return

    def note(answer):
        key = answer["id"]
        if answer.get("willContinue"):
            parts[key].append(finals[key])
        else:
            finals[key] += 1
        failed = "error" in answer["response"]
        if failed is not (fates[key] in ("fail", "wrong", "unknown", "expire")):
            wrong.append((fates[key], answer))

    server = script(handle)
    session = open_session(server, tools=TOOLS, max_tool_calls=CALLS, on_error=lambda error: None)
    eventually(lambda: session.snapshot().messages_received > CALLS // 2)
    due = [key for key, fate in fates.items() if fate != "cancel"]
    sent = len(due) + 2 * sum(fate == "stream" for fate in fates.values())
    eventually(lambda: session.snapshot().messages_sent >= sent)
    late = sum(fate in ("cancel", "expire") for fate in fates.values())
    snapshot = session.snapshot()
    assert (snapshot.running_tools, snapshot.pending_tools) == (0, ())
    session.close()
    server.result()

    assert finals == Counter(due)
    assert not wrong
    assert dict(parts) == {key: [0, 0] for key, fate in fates.items() if fate == "stream"}
    assert session.snapshot().late_answers <= late
