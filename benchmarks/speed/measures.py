"""What the clients' processes measure with."""

from __future__ import annotations

import gc
import re
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from .figures import percentile
from .messages import stamp_of
from .workloads import DOWN_SECONDS, UP_SECONDS, Workload

PATIENCE = 60.0
"""Seconds for anything that a server or a client has promised."""
_MOST_LATE = 1.1
"""How much longer than it should a paced run may take: a client that did not keep up did less work a second."""
_LEAST_HEARD = 0.95
"""How much of what was due in it must have come."""
_SPARE_SECONDS = 5.0
"""How long a paced server goes on for clients that take longer."""


class Tally:
    """Counts what a callback is given, and notes the processor time when it has been given all.

    One thread calls it; another one may wait.
    """

    def __init__(self) -> None:
        self.count = self.size = 0
        self.cpu = 0.0
        self._wanted = 0
        self._began = 0.0
        self._full = threading.Event()

    def expect(self, count: int) -> None:
        """Begin anew, and with it the time that counts."""
        self.count = self.size = 0
        self._wanted = count
        self._full.clear()
        self._began = time.process_time()

    def __call__(self, data: bytes | str) -> None:
        """Take one."""
        self.size += len(data)
        self.count += 1
        if self.count == self._wanted:
            self.cpu = time.process_time() - self._began
            self._full.set()

    @property
    def full(self) -> bool:
        """Whether all have come."""
        return self._full.is_set()

    def wait(self) -> None:
        """Wait for the last one.

        Raises:
            TimeoutError: it does not come.
        """
        if not self._full.wait(PATIENCE):
            raise TimeoutError(f"after {PATIENCE:g} s {self.count} of {self._wanted} messages have come")

    def cpu_us(self, size: int) -> float:
        """Return the processor time of each in microseconds.

        Raises:
            RuntimeError: they were not of that size.
        """
        if self.count != self._wanted or self.size != self.count * size:
            raise RuntimeError(f"{self.count} messages had {self.size} bytes together, not {self._wanted} × {size}")
        return self.cpu / self.count * 1e6


class Delays:
    """Notes how long stamped audio was on its way, for every session of a process."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, int]] = []

    def __call__(self, pcm: bytes) -> None:
        """Take one chunk."""
        now = time.monotonic_ns()
        self.heard.append((stamp_of(pcm), now))


class Window:
    """The part of a paced run that counts.

    Args:
        workload: what is run.
    """

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        self._began = self._ended = 0
        self._cpu = 0.0

    def open(self) -> None:
        """Begin."""
        self._began = time.monotonic_ns()
        self._cpu = time.process_time()

    def close(self) -> None:
        """End."""
        self._cpu = time.process_time() - self._cpu
        self._ended = time.monotonic_ns()

    def figures(self, delays: Delays) -> dict[str, float]:
        """Return the figures of the run; raises as :func:`paced_figures`."""
        return paced_figures(self._workload, self._began, self._ended, self._cpu, delays.heard)


def paced_figures(
    workload: Workload, began: int, ended: int, cpu: float, heard: Sequence[tuple[int, int]]
) -> dict[str, float]:
    """Return the figures of a paced run.

    Args:
        workload: what was run.
        began: when the part that counts began, in nanoseconds.
        ended: when it ended.
        cpu: seconds of processor time in it.
        heard: when each message was sent, and when it was heard.

    Raises:
        RuntimeError: the client did not keep up: it took too long, or much of what was due did not come.
    """
    seconds = (ended - began) / 1e9
    taken = [(now - stamp) / 1000 for stamp, now in heard if began <= stamp < ended]
    due = workload.sessions * (seconds / DOWN_SECONDS - 1)  # each session may begin and end between two
    if seconds > _MOST_LATE * workload.seconds or len(taken) < _LEAST_HEARD * due:
        came = f"{len(taken)} messages came of {due:.0f}"
        raise RuntimeError(f"did not keep up: {came}, in {seconds:.1f} s in place of {workload.seconds:g} s")
    return {
        "cpu_ms_per_s": cpu * 1000 / seconds / workload.sessions,
        "delay_p50_us": percentile(taken, 50),
        "delay_p99_us": percentile(taken, 99),
    }


@attrs.frozen
class Tick:
    """A moment of a paced run.

    Attributes:
        due: seconds after the beginning.
        session: the number of the session that sends.
        opens: whether the part that counts begins here.
    """

    due: float
    session: int
    opens: bool


def ticks(workload: Workload) -> Iterator[Tick]:
    """Yield when which session sends, each at its own moment, as callers of a telephone exchange do."""
    step = UP_SECONDS / workload.sessions
    warm = round(workload.warm_seconds / step)
    for number in range(warm + round(workload.seconds / step)):
        yield Tick(number * step, number % workload.sessions, number == warm)


def pace_arguments(workload: Workload, session: int) -> tuple[int, int, int, int]:
    """Return what the command ``pace`` takes for a session: some more than will count, at its own moment.

    It hears in the middle of two of its own sends, and between two of anybody's.  If both came at once, whoever is
    later would find the processor awake and its caches full, and microseconds at the beginning would decide who is.
    """
    interval, step = round(DOWN_SECONDS * 1e6), UP_SECONDS * 1e6 / workload.sessions
    turn = session % round(DOWN_SECONDS / UP_SECONDS)
    offset = step * (session + workload.sessions // 2 + 0.5) + turn * UP_SECONDS * 1e6
    count = round((workload.warm_seconds + workload.seconds + _SPARE_SECONDS) / DOWN_SECONDS)
    return workload.size, interval, round(offset), count


def check_sent(told: Sequence[str], workload: Workload, sent: int) -> None:
    """Compare what a server has counted with what was sent.

    Args:
        told: the answers to the command ``count``.
        workload: what was run.
        sent: how many messages.

    Raises:
        RuntimeError: the two differ.
    """
    came = sum(int(answer.split()[0]) for answer in told)
    if came != sent:
        raise RuntimeError(f"{workload.name}: the server has counted {came} messages, not {sent}")


def private_kib() -> float:
    """Return the memory that belongs to this process alone, in KiB.

    Raises:
        OSError: the system does not tell; Linux does.
    """
    gc.collect()
    text = Path("/proc/self/smaps_rollup").read_text("ascii")
    return float(sum(map(int, re.findall(r"^Private_\w+:\s+(\d+) kB$", text, re.MULTILINE))))
