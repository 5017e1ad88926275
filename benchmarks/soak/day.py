"""A day of talk with a change of the connection every ten minutes: does anything grow?"""

from __future__ import annotations

import gc
import os
import statistics
import threading
import time
import tracemalloc
from pathlib import Path
from typing import Any

import attrs

from gemini_live import Session
from gemini_live._logging import Redactor
from gemini_live.protocol.policy import ReconnectPolicy
from gemini_live.testing import ManualClock
from gemini_live.types import ToolCall

from .microphone import CHUNK
from .remote import RemoteEmulator
from .result import Result, until
from .words import spoken_end, tool_answer, tool_call

HOURS = 24
CHANGE_EVERY = 600.0
PER_HOUR = int(3600 / CHANGE_EVERY)
TURNS = 10
"""Questions in ten minutes."""
CALLS = 2
QUIET_FROM = 8
"""The hour from which on nothing may grow: by then every bounded memory, as the transcript's, is full."""
MOST_GROWTH = 64 * 1024
"""Bytes of Python objects, from then until the end of the day."""
MOST_SECRETS = 64
"""What the redactor may know: the key, and the handles that may still be echoed."""
_QUESTION = "Say a greeting to number {}, " + "and to all the others, " * 30
"""Many letters to be kept, and a short answer."""


@attrs.frozen
class Sample:
    """What is in use at one moment.

    Attributes:
        traced: bytes of Python objects.
        resident: bytes of memory.
        threads: how many.
        descriptors: how many.
        secrets: how many the largest redactor knows.
        ask_ms: processor time that this process, without the server, spent on a question: the last hour's median.
    """

    traced: int
    resident: int
    threads: int
    descriptors: int
    secrets: int
    ask_ms: float


def _redactors() -> list[Redactor]:
    return [known for known in gc.get_objects() if isinstance(known, Redactor)]


def _secrets(earlier: list[Redactor]) -> int:
    """Return what no public name tells: what the largest redactor has to look for, those of earlier sessions apart."""
    own = [known for known in _redactors() if not any(known is other for other in earlier)]
    return max((len(known._secrets) for known in own), default=0)  # noqa: SLF001


def _sample(asks: list[float], earlier: list[Redactor]) -> Sample:
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return Sample(
        traced=tracemalloc.get_traced_memory()[0],
        resident=resident,
        threads=threading.active_count(),
        descriptors=len(list(Path("/proc/self/fd").iterdir())),
        secrets=_secrets(earlier),
        ask_ms=statistics.median(asks),
    )


@attrs.define
class Day:
    """The program, ten minutes at a time."""

    server: RemoteEmulator
    clock: ManualClock
    trouble: list[Any] = attrs.field(factory=list)
    losses: int = 0
    called: threading.Event = attrs.field(factory=threading.Event)
    session: Session = attrs.field(init=False)
    turns: int = 0
    calls: int = 0
    asks: list[float] = attrs.field(factory=list)

    def open(self) -> Session:
        """Connect."""
        self.session = Session.open(
            model="gemini-2.5-flash-native-audio-preview-12-2025",
            api_key="a-good-key",
            base_url=self.server.base_url,
            output_audio_transcription={},
            clock=self.clock,
            reconnect=ReconnectPolicy(),
            on_tool_call=self._answer,
            on_audio=lambda _: None,
            on_reconnecting=self._lost,
            on_error=self.trouble.append,
            on_close=self.trouble.append,
        )
        return self.session

    def _lost(self, _: object) -> None:
        self.losses += 1  # not kept: its cause has the whole history of the connection with it

    def _answer(self, call: ToolCall) -> None:
        for wanted in call.function_calls or ():
            self.session.send_tool_response(tool_answer(str(wanted.id)), wait=True, timeout=5.0)
        self.called.set()

    def ten_minutes(self) -> None:
        """Talk, call, stream, and change the connection."""
        began = self.clock.monotonic()
        for _ in range(TURNS):
            self.turns += 1
            for _ in range(3):
                self.session.send_audio(CHUNK)
            spent = time.process_time()
            self.session.ask(_QUESTION.format(self.turns), timeout=20.0)
            self.asks.append((time.process_time() - spent) * 1000)
            self.clock.advance(CHANGE_EVERY / TURNS / 2)
        for _ in range(CALLS):
            self.calls += 1
            self.called.clear()
            self.server.do("send_all", tool_call(f"call-{self.calls}"))
            if not self.called.wait(10.0):
                raise TimeoutError("no call came")
            turns = self.session.snapshot().usage.turns + 1
            for message in spoken_end():
                self.server.do("send_all", message)
            self._wait_for_turns(turns)
            self.clock.advance(10.0)
        self.clock.advance(began + CHANGE_EVERY - 50.0 - self.clock.monotonic())
        connection = self.session.snapshot().connection
        self.server.do("go_away", 50)
        until(lambda: self._is_past(connection), "the change")
        self.clock.advance(50.0)

    def _wait_for_turns(self, number: int) -> None:
        until(lambda: self.session.snapshot().usage.turns >= number, "the end of a call")

    def drop(self) -> None:
        """Lose the connection, as may happen once an hour."""
        connection = self.session.snapshot().connection
        self.server.do("close_all", 1011, "Internal error encountered.")
        until(lambda: self.session.status == "reconnecting", "the loss")
        while not self._is_past(connection):
            self.clock.advance(0.1)
            time.sleep(0.002)
        self.clock.advance(1.0)

    def _is_past(self, connection: int) -> bool:
        return self.session.status == "ready" and self.session.snapshot().connection > connection


def day(_: int) -> Result:
    """Let a day pass."""
    result = Result("day")
    samples: list[Sample] = []
    quiet: tracemalloc.Snapshot | None = None
    grown: list[tracemalloc.StatisticDiff] = []
    earlier = _redactors()
    with RemoteEmulator() as server:
        run = Day(server, ManualClock())
        with run.open() as session:
            tracemalloc.start()
            try:
                for hour in range(HOURS):
                    for _ in range(PER_HOUR):
                        run.ten_minutes()
                    run.drop()
                    samples.append(_sample(run.asks, earlier))
                    run.asks.clear()
                    if hour == QUIET_FROM:
                        quiet = tracemalloc.take_snapshot()
                assert quiet is not None
                grown = tracemalloc.take_snapshot().compare_to(quiet, "lineno")
            finally:
                tracemalloc.stop()
            changes = session.snapshot().connection - 1
            trouble, lost = list(run.trouble), run.losses
    _judge(result, samples, grown)
    result.figures = {"hours": HOURS, "changes": changes, "drops": lost, "turns": run.turns, **result.figures}
    result.require(changes >= HOURS * PER_HOUR + lost, f"only {changes} changes")
    result.require(lost == HOURS, f"{lost} losses were told, not {HOURS}")
    result.require(not trouble, f"the program was told {trouble[:3]}")
    return result


def _judge(result: Result, samples: list[Sample], grown: list[tracemalloc.StatisticDiff]) -> None:
    first, last = samples[QUIET_FROM], samples[-1]
    growth = last.traced - first.traced
    result.figures = {
        f"objects KiB from hour {QUIET_FROM + 1}": first.traced // 1024,
        "to the last": last.traced // 1024,
        "resident MiB": f"{first.resident >> 20} to {last.resident >> 20}",
        "threads": f"{first.threads} to {last.threads}",
        "descriptors": f"{first.descriptors} to {last.descriptors}",
        "redactor's secrets": f"{samples[0].secrets} to {last.secrets}",
        "CPU ms for a question": f"{samples[0].ask_ms:.1f} to {last.ask_ms:.1f}",
    }
    lines = [f"{diff.size_diff // 1024} KiB at {diff.traceback}" for diff in grown[:4] if diff.size_diff > 1024]
    result.require(growth <= MOST_GROWTH, f"objects grew by {growth // 1024} KiB: {'; '.join(lines)}")
    result.require(last.threads <= first.threads, f"threads grew from {first.threads} to {last.threads}")
    result.require(
        last.descriptors <= first.descriptors, f"descriptors grew from {first.descriptors} to {last.descriptors}"
    )
    result.require(last.secrets <= MOST_SECRETS, f"the redactor knows {last.secrets} secrets by the end of the day")
    result.require(
        last.ask_ms <= 1.5 * samples[0].ask_ms + 1.0,
        f"a question cost {samples[0].ask_ms:.1f} ms in the first hour and {last.ask_ms:.1f} ms in the last",
    )
