"""What is measured: one value for each workload, and what its figures mean.  Pure."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

FIGURES = {
    "cpu_us": "CPU µs a message",
    "p50_us": "p50 µs",
    "p99_us": "p99 µs",
    "cpu_ms": "CPU ms",
    "session_cpu_ms": "CPU ms, all that a session needs",
    "cpu_ms_per_s": "CPU ms a session-second",
    "delay_p50_us": "delivery delay p50, µs",
    "delay_p99_us": "delivery delay p99, µs",
    "open_ms": "time to open, ms",
    "kib": "KiB a session",
}
"""Every figure by its name, with its unit.  CPU is that of the whole client process, in user and system mode."""


@attrs.frozen
class Workload:
    """One thing that a client is made to do.

    Attributes:
        name: what ``--only`` calls it.
        kind: what is done, a function of every client's module.
        figures: what comes out, of :data:`FIGURES`.
        count: how often it is measured: messages, requests, connections or imports.
        warm: how often it is done before that.
        size: bytes of PCM in a message; 0 is text.
        sessions: how many there are at once.
        seconds: how long a paced run is measured.
        warm_seconds: how long it runs before that.
        clients: the names of those that differ in it; empty for all.
    """

    name: str
    kind: str
    figures: tuple[str, ...]
    count: int = 0
    warm: int = 0
    size: int = 0
    sessions: int = 1
    seconds: float = 0.0
    warm_seconds: float = 0.0
    clients: tuple[str, ...] = ()

    def is_for(self, client: str) -> bool:
        """Whether the client of that name is measured with it."""
        return not self.clients or client in self.clients

    def quick(self) -> Workload:
        """Return the same as a smoke run, whose figures mean nothing."""
        return attrs.evolve(
            self,
            count=min(self.count, 3) if self.kind in ("imports", "connect") else self.count // 40,
            warm=self.warm // 10,
            sessions=min(self.sessions, 8),
            seconds=self.seconds and 0.4,
            warm_seconds=self.warm_seconds and 0.1,
        )


_DELAYS = ("cpu_ms_per_s", "delay_p50_us", "delay_p99_us")
WORKLOADS = (
    Workload("send-3200", "send", ("cpu_us",), count=6000, warm=1500, size=3200),
    Workload("send-640", "send", ("cpu_us",), count=6000, warm=1500, size=640),
    Workload("receive-1920", "receive", ("cpu_us",), count=8000, warm=1000, size=1920),
    Workload("receive-11520", "receive", ("cpu_us",), count=3000, warm=400, size=11520),
    Workload("text", "receive", ("cpu_us",), count=8000, warm=1000),
    Workload("round-trip", "round_trip", ("p50_us", "p99_us"), count=2000, warm=200),
    Workload("paced-1", "paced", _DELAYS, size=1920, seconds=4.0, warm_seconds=0.5),
    Workload("paced-64", "paced", _DELAYS, size=1920, sessions=64, seconds=6.0, warm_seconds=1.0),
    Workload("connect", "connect", ("open_ms", "cpu_ms"), count=40, warm=3),
    Workload("imports", "imports", ("cpu_ms", "session_cpu_ms"), count=7, clients=("thread", "raw", "google-genai")),
    Workload("memory-50", "memory", ("kib",), sessions=50),
    Workload("memory-200", "memory", ("kib",), sessions=200),
)
UP_SECONDS = 0.02
"""How often a paced session sends; its chunks have :data:`UP_BYTES`."""
UP_BYTES = 640
DOWN_SECONDS = 0.04
"""How often a paced session is sent something."""


def chosen(names: Iterable[str]) -> tuple[Workload, ...]:
    """Return the workloads of some names, in their usual order; all for no names.

    Raises:
        ValueError: there is none of a name.
    """
    wanted = set(names)
    unknown = wanted - {workload.name for workload in WORKLOADS}
    if unknown:
        known = ", ".join(workload.name for workload in WORKLOADS)
        raise ValueError(f"no such workload: {', '.join(sorted(unknown))}; there are {known}")
    return tuple(workload for workload in WORKLOADS if not wanted or workload.name in wanted)
