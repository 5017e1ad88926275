"""Measure: ``python -m benchmarks.speed [--only NAME …] [--rounds N] [--json FILE] [--quick] [--check]``."""

from __future__ import annotations

import argparse
import datetime
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from . import clients, workloads
from .clients import Client
from .figures import Figures
from .machine import Cores, choose_cores, machine, versions
from .processes import ROOT, ServerFailedError, run_client, serving
from .report import Report
from .targets import judge
from .workloads import Workload

_SECONDS = 120.0
"""For one process."""
_ROUNDS = 5


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description="What a session costs.")
    names = ", ".join(workload.name for workload in workloads.WORKLOADS)
    parser.add_argument(
        "--only", nargs="+", action="extend", default=[], metavar="WORKLOAD", help=f"of {names} (default: all)"
    )
    names = ", ".join(client.name for client in clients.CLIENTS)
    parser.add_argument(
        "--client", nargs="+", action="extend", default=[], metavar="CLIENT", help=f"of {names} (default: all)"
    )
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="how often (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="a smoke run: one round of next to nothing")
    default = ROOT / "build" / "bench.json"
    parser.add_argument("--json", type=Path, default=default, metavar="FILE", help="(default: build/bench.json)")
    parser.add_argument("--check", action="store_true", help="fail if a target is not met")
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    try:
        options.workloads, options.clients = workloads.chosen(options.only), clients.chosen(options.client)
    except ValueError as error:
        parser.error(str(error))
    return options


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _present(chosen: tuple[Client, ...]) -> tuple[Client, ...]:
    """Return those that can be measured; say why the others can't."""
    for client in chosen:
        if client.missing:
            _say(f"{client.name} is left out: {', '.join(client.missing)} is not installed (pip install '.[bench]')")
    return tuple(client for client in chosen if not client.missing)


def plan(
    chosen: tuple[Workload, ...], present: tuple[Client, ...], rounds: int, *, quick: bool
) -> Iterator[tuple[str, Client, list[Workload]]]:
    """Yield what each process does, in order: a name for it, the client, and the workloads.

    A process does one workload, those of all clients next to each other, so that what disturbs one disturbs all.  A
    smoke run spares the time that takes.
    """
    if quick:
        for client in present:
            works = [work.quick() for work in chosen if work.is_for(client.name)]
            if works:
                yield "smoke run", client, works
        return
    for number in range(rounds):
        for work in chosen:
            for client in clients.order_of(present, number):
                if work.is_for(client.name):
                    yield f"round {number + 1} of {rounds}, {work.name}", client, [work]


def _measure(options: argparse.Namespace, present: tuple[Client, ...], cores: Cores) -> tuple[Figures, list[str]]:
    """Return the figures, and why some are missing."""
    figures, failures = Figures(), list[str]()
    with serving(cores.server) as endpoint:
        for name, client, works in plan(options.workloads, present, options.rounds, quick=options.quick):
            _say(f"{name}: {client.name}")
            for outcome in run_client(client, works, endpoint, cores.client, _SECONDS):
                figures.add(outcome.workload, client.name, outcome.figures)
                if outcome.error:
                    failures.append(f"{name}: {client.name}, {outcome.workload}: {outcome.error}")
                    _say(failures[-1])
    return figures, failures


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; return 0 unless something could not be measured or, with ``--check``, a target is not met."""
    options = _parse(arguments)
    present, cores = _present(options.clients), choose_cores()
    about: dict[str, Any] = {
        "measured": datetime.datetime.now(datetime.timezone.utc).isoformat(" ", "minutes"),
        "versions": versions(),
        "machine": machine(cores),
        "rounds": "a smoke run, the figures mean nothing" if options.quick else options.rounds,
    }
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        figures, failures = _measure(options, present, cores)
    except ServerFailedError as error:
        _say(f"{error}; see above (pip install '.[bench]')")
        return 1
    except KeyboardInterrupt:
        _say("interrupted; every process has been ended")
        return 130
    verdicts = judge(figures, {workload.name for workload in options.workloads}, {client.name for client in present})
    report = Report(figures, verdicts, failures, options.workloads, present, about)
    sys.stdout.write(report.to_text())
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(report.to_json(), "utf-8")
    _say(f"written to {options.json}")
    unmet = options.check and not all(verdict.passed for verdict in verdicts)
    return 0 if report.complete and not unmet else 1


if __name__ == "__main__":
    sys.exit(main())
