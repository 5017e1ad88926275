"""The figures as tables in Markdown, and as JSON.  Pure."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from .clients import BASE, GENAI, RAW, Client
from .figures import Figures
from .targets import Verdict
from .workloads import FIGURES, Workload

_NONE = "-"


def shown(value: float | None) -> str:
    """Return a figure with three digits that count, or a dash."""
    if value is None:
        return _NONE
    for most, form in ((10, ".2f"), (100, ".1f")):
        if abs(value) < most:
            return format(value, form)
    return format(value, ",.0f")


def ratio(value: float | None, limit: float | None = None) -> str:
    """Return a ratio, and what it may be at most."""
    text = _NONE if value is None else f"{value:.2f}"
    return text if limit is None else f"{text} (at most {limit:.2f})"


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a table whose columns stand below one another; the first row is the head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    head, *body = (
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    )
    return "\n".join([head, "|" + "|".join("-" * (width + 2) for width in widths) + "|", *body])


@attrs.frozen
class Report:
    """What a run has found.

    Attributes:
        figures: all of them.
        verdicts: on what is promised.
        failures: what could not be measured, and why.
        workloads: what was measured.
        clients: of whom.
        about: when, where and with what.
    """

    figures: Figures
    verdicts: Sequence[Verdict]
    failures: Sequence[str]
    workloads: Sequence[Workload]
    clients: Sequence[Client]
    about: Mapping[str, Any]

    @property
    def complete(self) -> bool:
        """Whether there is a figure wherever there should be one."""
        return all(
            self.figures.median(workload.name, figure, client.name) is not None
            for workload in self.workloads
            for figure in workload.figures
            for client in self.clients
            if workload.is_for(client.name)
        )

    def to_text(self) -> str:
        """Return everything for a reader, the verdicts last."""
        about = (f"{name}: {_listed(value)}" for name, value in self.about.items())
        parts = ["\n".join(about), self._figures_table()]
        if self.failures:
            parts.append("\n".join(("what could not be measured:", *(f"- {failure}" for failure in self.failures))))
        if self.verdicts:
            kept = sum(verdict.passed for verdict in self.verdicts)
            parts += [self._verdicts_table(), f"{kept} of {len(self.verdicts)} targets are met"]
        return "\n\n".join(parts) + "\n"

    def to_json(self) -> str:
        """Return everything for a program, the rounds one by one included."""
        figures = [
            {"workload": workload, "figure": figure, "client": client, "median": statistics.median(values)}
            | {"rounds": values}
            for (workload, figure, client), values in self.figures.rounds.items()
        ]
        targets = [attrs.asdict(verdict) for verdict in self.verdicts]
        document = {"about": self.about, "figures": figures, "targets": targets, "failures": self.failures}
        return json.dumps(document, indent=1) + "\n"

    def _figures_table(self) -> str:
        """Return every median, and how this library's usual way compares."""
        names = [client.name for client in self.clients]
        rows = [["workload", "figure", *names, f"{BASE} / {RAW}", f"{BASE} / {GENAI}"]]
        for workload in self.workloads:
            for figure in workload.figures:
                medians = [shown(self.figures.median(workload.name, figure, name)) for name in names]
                ratios = [ratio(self.figures.ratio(workload.name, figure, BASE, other)) for other in (RAW, GENAI)]
                rows.append([workload.name, FIGURES[figure], *medians, *ratios])
        return markdown(rows)

    def _verdicts_table(self) -> str:
        """Return what was promised and what became of it."""
        rows = [["", "workload", "figure", "of", "value", f"to {RAW}", f"to {GENAI}"]]
        for verdict in self.verdicts:
            target = verdict.target
            most = "" if target.most is None else f" (at most {shown(target.most)})"
            rows.append(
                [
                    "PASS" if verdict.passed else "FAIL",
                    target.workload,
                    FIGURES[target.figure],
                    target.client,
                    shown(verdict.value) + most,
                    ratio(verdict.raw, target.raw) if target.raw is not None else "",
                    ratio(verdict.genai, target.genai) if target.genai is not None else "",
                ]
            )
        return markdown(rows)


def _listed(value: Any) -> str:
    return ", ".join(f"{name} {item}" for name, item in value.items()) if isinstance(value, Mapping) else str(value)
