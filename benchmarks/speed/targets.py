"""What is promised, and whether it is kept.  Pure."""

from __future__ import annotations

from collections.abc import Collection

import attrs

from .clients import BASE, GENAI, RAW
from .figures import Figures


@attrs.frozen
class Target:
    """One promise.  It is held to by the library as installed, with a thread for callbacks, unless it says otherwise.

    Attributes:
        workload: of which workload.
        figure: of which figure.
        raw: the most that it may be of the hand-written loop's.
        genai: the most that it may be of google-genai's.
        most: the most that it may be at all.
        client: which of this library's ways is meant.
    """

    workload: str
    figure: str
    raw: float | None = None
    genai: float | None = None
    most: float | None = None
    client: str = BASE

    @property
    def is_bound(self) -> bool:
        """Whether anything is promised."""
        return (self.raw, self.genai, self.most) != (None, None, None)


TARGETS = (
    Target("send-3200", "cpu_us", raw=0.60, genai=0.24),
    Target("receive-1920", "cpu_us", raw=1.15, genai=0.34),
    Target("receive-11520", "cpu_us", raw=0.70, genai=0.42, client="thread+speed"),
    Target("receive-11520", "cpu_us", raw=1.10, genai=0.65),
    Target("round-trip", "p50_us", raw=1.35, genai=0.62),
    Target("paced-1", "cpu_ms_per_s", raw=1.25, genai=0.70),
    Target("paced-64", "cpu_ms_per_s", raw=1.40, genai=0.70),
    Target("paced-64", "delay_p99_us", genai=0.60),
    Target("imports", "cpu_ms", genai=0.25),
    Target("memory-200", "kib", most=200.0),
)


@attrs.frozen
class Verdict:
    """What became of a promise.

    Attributes:
        target: the promise.
        value: the figure, ``None`` if it was not measured.
        raw: its ratio to the hand-written loop's, where one was promised.
        genai: its ratio to google-genai's, where one was promised.
        passed: whether it is kept; ``False`` too where a figure is missing.
    """

    target: Target
    value: float | None
    raw: float | None
    genai: float | None
    passed: bool


def judge(figures: Figures, workloads: Collection[str], clients: Collection[str]) -> list[Verdict]:
    """Hold figures to what is promised, as far as the workloads and clients that were chosen let one say."""
    verdicts = []
    for promised in TARGETS:
        target = attrs.evolve(
            promised,
            raw=promised.raw if RAW in clients else None,
            genai=promised.genai if GENAI in clients else None,
        )
        if target.workload in workloads and target.client in clients and target.is_bound:
            verdicts.append(_judge(figures, target))
    return verdicts


def _judge(figures: Figures, target: Target) -> Verdict:
    place = target.workload, target.figure, target.client
    value = figures.median(*place)
    raw = None if target.raw is None else figures.ratio(*place, RAW)
    genai = None if target.genai is None else figures.ratio(*place, GENAI)
    pairs = [(raw, target.raw), (genai, target.genai), (value, target.most)]
    passed = all(limit is None or (found is not None and found <= limit) for found, limit in pairs)
    return Verdict(target, value, raw, genai, passed)
