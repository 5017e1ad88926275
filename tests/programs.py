"""Programs that run in processes of their own without paying for their imports one by one: see ``forge.py``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

FORGE = Path(__file__).with_name("forge.py")


@attrs.frozen
class Program:
    """What to run, and where.

    Attributes:
        code: the program.
        environment: its variables.
        file: the file that the code is of, empty if it is of none.
    """

    code: str
    environment: Mapping[str, str]
    file: str = ""


@attrs.frozen
class Ended:
    """What became of a program."""

    status: int
    out: str
    err: str


def run_all(programs: Sequence[Program], folder: Path) -> list[Ended]:
    """Run programs, some at once, each in a folder of its own below ``folder`` and with warnings as errors."""
    wanted = []
    for number, program in enumerate(programs):
        (place := folder / str(number)).mkdir()
        files = {"folder": str(place), "out": f"{place}.out", "err": f"{place}.err"}
        wanted.append({**attrs.asdict(program), **files})
    done = subprocess.run(
        [sys.executable, "-W", "error", str(FORGE)],
        input=json.dumps(wanted),
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        timeout=55,
        check=True,
        env={**os.environ, "PYTHONPATH": str(FORGE.parents[1])},
    )
    statuses = dict(map(json.loads, done.stdout.splitlines()))

    def read(name: str) -> str:
        return Path(name).read_text("utf-8")

    return [Ended(statuses[number], read(one["out"]), read(one["err"])) for number, one in enumerate(wanted)]
