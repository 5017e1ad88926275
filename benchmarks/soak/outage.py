"""A server that is gone for a minute, while a microphone streams and the program goes on talking."""

from __future__ import annotations

import gc
import random
import threading
import time
import tracemalloc
from typing import Any

import attrs

from gemini_live import OutboxPolicy, Session
from gemini_live.emulator import Emulator
from gemini_live.exceptions import OutboxFullError
from gemini_live.protocol import Reconnecting
from gemini_live.protocol.policy import ReconnectPolicy
from gemini_live.testing import ManualClock

from .attempts import Attempts
from .microphone import CHUNK, CHUNK_MS
from .relay import Relay
from .result import Result, until
from .words import marks_in

SECONDS = 60
ROOM = 512 * 1024
"""What the outbox may hold."""
TEXT_EVERY = 50
TEXT_BYTES = {"refused": 4_000, "black hole": 16_000}
"""How long the texts are: all of them find room beside the sound, or they are more than there is room for."""
_EARLY = 4
"""Attempts after which the longest delay is nearly reached."""
POLICY = ReconnectPolicy(max_attempts=1000, base_delay=0.5, max_delay=8.0, budget=300.0)
MOST_GROWTH = 256 * 1024
"""Bytes that may be taken between the tenth and the last second: room for errors, none for a minute of sound."""
MOST_THREADS = 2
"""More than there were before: the dialling one, and one that is just ending."""


@attrs.define
class Outage:
    """The program in an outage, in steps of one piece of sound.

    Attributes:
        accepted: marks of the texts that were taken.
        refused: how many were not.
    """

    session: Session
    clock: ManualClock
    attempts: Attempts
    relay: Relay
    kind: str
    accepted: list[str] = attrs.field(factory=list)
    refused: int = 0
    most_threads: int = 0
    most_bytes: int = 0
    most_messages: int = 0
    taken: list[int] = attrs.field(factory=list)

    def text(self) -> None:
        """Say something long that asks for no answer."""
        mark = f"note-{len(self.accepted) + self.refused + 1}"
        try:
            self.session.send_client_content(mark + " x" * (TEXT_BYTES[self.kind] // 2), turn_complete=False)
        except OutboxFullError:
            self.refused += 1
        else:
            self.accepted.append(mark)

    def step(self, number: int) -> None:
        """Send a piece of sound, now and then a text, let its time pass, and wait until all of it has been taken in."""
        self.session.send_audio(CHUNK)
        if number % TEXT_EVERY == 0:
            self.text()
        self.clock.advance(CHUNK_MS / 1000)
        until(lambda: not self.session.snapshot().mailbox, "the session to be at rest")
        if self.attempts.running and self.kind == "refused":
            until(lambda: not self.attempts.running, "a refused attempt")
        self.most_threads = max(self.most_threads, threading.active_count())
        snapshot = self.session.snapshot()
        self.most_bytes = max(self.most_bytes, snapshot.outbox_bytes)
        self.most_messages = max(self.most_messages, snapshot.outbox_messages)

    def last(self) -> None:
        """Let the outage last."""
        steps = SECONDS * 1000 // CHUNK_MS
        for number in range(steps):
            self.step(number)
            if number % (1000 // CHUNK_MS) == 0:
                gc.collect()
                self.taken.append(tracemalloc.get_traced_memory()[0] - self.session.snapshot().outbox_bytes)

    def recover(self) -> float:
        """Let time pass until the session is back; return how much."""
        began = self.clock.monotonic()
        while self.session.status != "ready":
            if self.clock.monotonic() - began > 60:
                raise TimeoutError("it is not back a minute after the server")
            self.clock.advance(0.1)
            time.sleep(0.005)
        return self.clock.monotonic() - began


def outage(kind: str, seed: int) -> Result:
    """Let the server be gone for a minute.

    Args:
        kind: ``"refused"``: nobody listens; ``"black hole"``: connections are accepted and nothing is answered.
        seed: of the random part of the delays.
    """
    result = Result(f"outage, {kind}")
    random.seed(seed)
    clock, attempts, told = ManualClock(), Attempts(), Told()
    with Emulator(tls=False, output_speed=float("inf")) as server, Relay(server.port) as relay:
        session = Session.open(
            model="gemini-live-2.5-flash-native-audio",
            project_id="a-project",
            access_token="a-good-token",  # noqa: S106 - the emulator takes any
            session_resumption={"transparent": True},
            base_url=relay.base_url,
            clock=clock,
            observer=attempts,
            connect_timeout=4.0,
            outbox=OutboxPolicy(max_bytes=ROOM),
            reconnect=POLICY,
            on_reconnecting=told.attempts.append,
            on_reconnected=told.back.append,
            on_overflow=told.overflows.append,
            on_error=told.ends.append,
            on_close=told.ends.append,
        )
        with session:
            run = Outage(session, clock, attempts, relay, kind)
            for number in range(100):
                run.step(number)
            threads = threading.active_count()
            heard = server.sessions[-1].audio_bytes
            relay.die(hole=kind != "refused")
            until(lambda: session.status == "reconnecting", "the loss")
            tracemalloc.start()
            try:
                run.last()
            finally:
                tracemalloc.stop()
            open_at_once = relay.most_open
            relay.revive()
            back_after = run.recover()
            until(lambda: not session.snapshot().outbox_bytes, "an empty outbox")
            session.send_client_content("note-0", turn_complete=False)  # an answer would be to all the others, too
            run.accepted.append("note-0")
            until(lambda: told.back, "the news of it")
            until(lambda: "note-0" in _known(server), "the last text")
            _judge(result, run, told, threads)
            result.figures["back after s"] = back_after
            known = _known(server)
            again = sum(record.audio_bytes for record in server.sessions) - heard
            result.figures["sound kept s"] = again / 32_000
            result.require(known == run.accepted, f"accepted {run.accepted[-20:]}, there are {known[-20:]}")
            result.require(open_at_once <= 1, f"{open_at_once} connections were open at once")
            wanted = (1.9, 2.1) if kind == "refused" else (0.0, 2.1)
            result.require(wanted[0] <= again / 32_000 <= wanted[1], f"{again / 32_000} s of sound were kept, not 2")
    return result


def _known(server: Emulator) -> list[str]:
    return [mark for message in server.sessions[-1].remembered for mark in marks_in(message)]


@attrs.define
class Told:
    """What the program was told.  The callbacks' thread writes."""

    attempts: list[Reconnecting] = attrs.field(factory=list)
    back: list[Any] = attrs.field(factory=list)
    overflows: list[Any] = attrs.field(factory=list)
    ends: list[Any] = attrs.field(factory=list)


def _judge(result: Result, run: Outage, told: Told, threads: int) -> None:
    delays = [news.delay for news in told.attempts]
    early, late = delays[:_EARLY], delays[_EARLY:]
    means = sum(early) / _EARLY, sum(late) / max(1, len(late))
    growth = run.taken[-1] - run.taken[10]
    result.figures = {
        "attempts": len(delays),
        "at once": run.attempts.most,
        f"mean of the first {_EARLY} delays s": means[0],
        "of the others s": means[1],
        "texts accepted": len(run.accepted),
        "texts refused": run.refused,
        "outbox most bytes": run.most_bytes,
        "outbox most messages": run.most_messages,
        "memory besides KiB": growth // 1024,
        "threads more": run.most_threads - threads,
    }
    result.require(len(delays) >= 8, f"only {len(delays)} attempts in a minute")
    result.require(
        [news.attempt for news in told.attempts] == list(range(1, len(delays) + 1)), "attempts are miscounted"
    )
    bounds = [min(POLICY.max_delay, POLICY.base_delay * 2**number) for number in range(len(delays))]
    too_long = [f"{delay:.1f}" for delay, bound in zip(delays, bounds, strict=True) if delay > bound]
    result.require(not too_long, f"delays beyond the policy's: {too_long}")
    result.require(means[1] > 2 * means[0], "the delays do not grow")
    result.require(run.attempts.most == 1, f"{run.attempts.most} attempts at once")
    result.require(run.most_bytes <= ROOM + 2048, f"the outbox held {run.most_bytes} bytes")
    wanted = run.kind != "refused"
    result.require(bool(run.refused) == wanted, f"{run.refused} texts were refused")
    result.require(
        growth <= MOST_GROWTH, f"memory beside the outbox's count grew by {growth // 1024} KiB between 10 and 60 s"
    )
    result.require(run.most_threads - threads <= MOST_THREADS, f"{run.most_threads - threads} threads more")
    result.require(len(told.overflows) == 1, f"{len(told.overflows)} episodes of overflow were told, not 1")
    result.require(not told.ends, f"the program was told {told.ends}")
