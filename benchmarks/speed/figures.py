"""Statistics over rounds.  Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

import attrs


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that ``percent`` of all do not exceed (the nearest rank).

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values")
    rank = max(1, math.ceil(len(values) * percent / 100))
    return sorted(values)[rank - 1]


@attrs.define
class Figures:
    """Every figure of every round.

    Attributes:
        rounds: by workload, figure and client, in the order in which they were measured.
    """

    rounds: dict[tuple[str, str, str], list[float]] = attrs.field(factory=dict)

    def add(self, workload: str, client: str, figures: Mapping[str, float]) -> None:
        """Note what one process has measured."""
        for figure, value in figures.items():
            self.rounds.setdefault((workload, figure, client), []).append(value)

    def median(self, workload: str, figure: str, client: str) -> float | None:
        """Return the median over the rounds, ``None`` where nothing was measured."""
        values = self.rounds.get((workload, figure, client))
        return statistics.median(values) if values else None

    def ratio(self, workload: str, figure: str, client: str, against: str) -> float | None:
        """Return one client's median over another's, ``None`` where one of them is missing."""
        mine, theirs = self.median(workload, figure, client), self.median(workload, figure, against)
        return mine / theirs if mine is not None and theirs else None
