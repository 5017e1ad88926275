"""What an import costs: a fresh interpreter with it, less one without."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys

from .clients import Client
from .processes import Endpoint
from .workloads import Workload

_SECONDS = 60.0


def imports(workload: Workload, endpoint: Endpoint, client: Client) -> dict[str, float]:
    """Measure what a program imports first, and all that a session needs; what is installed can be found."""
    del endpoint
    programs = ("pass", *client.imports)
    for program in programs:
        _cpu_ms(program)  # so that everything is compiled, and in the system's cache
    rounds = [[_cpu_ms(program) for program in programs] for _ in range(workload.count)]
    nothing, first, session = (statistics.median(column) for column in zip(*rounds, strict=True))
    return {"cpu_ms": first - nothing, "session_cpu_ms": session - nothing}


def _cpu_ms(program: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], timeout=_SECONDS, check=True)  # noqa: S603 - ours
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) * 1000
