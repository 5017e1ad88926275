"""Run soaks: ``python -m benchmarks.soak [name …] [--seed N] [--json FILE]``."""

from __future__ import annotations

import argparse
import functools
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from .day import day
from .drops import BACKENDS, drops
from .go_aways import go_aways
from .outage import outage
from .result import Result, timed

SOAKS: dict[str, list[Callable[[int], Result]]] = {
    "drops": [functools.partial(drops, backend) for backend in BACKENDS],
    "go-aways": [go_aways],
    "outage": [functools.partial(outage, "refused"), functools.partial(outage, "black hole")],
    "day": [day],
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run them and return 0 if all pass, else 1."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description="Soaks against the emulator.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"which ones, of {', '.join(SOAKS)} (default: all)")
    parser.add_argument("--seed", type=int, default=1, help="decides what happens (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, a line of JSON for each")
    parser.add_argument("--log", action="store_true", help="show the library's warnings")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(SOAKS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(SOAKS)}")
    logging.getLogger("gemini_live").setLevel(logging.WARNING if options.log else logging.CRITICAL)
    results = []
    for name in options.names or SOAKS:
        for run in SOAKS[name]:
            results.append(timed(run, options.seed))
            sys.stdout.write(f"{results[-1].line()}\n")
            sys.stdout.flush()
    if options.json is not None:
        options.json.write_text("".join(f"{result.to_json()}\n" for result in results), "utf-8")
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
