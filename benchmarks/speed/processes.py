"""The server's process and the clients', started, fed, bounded and ended by this one."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import attrs

from .clients import Client
from .workloads import Workload

ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 30.0
_END_SECONDS = 5.0
_SHOWN_LINES = 6


@attrs.frozen
class Endpoint:
    """A server that runs.

    Attributes:
        port: where it listens, on 127.0.0.1.
        ca_file: a PEM file of the authority that vouches for it.
    """

    port: int
    ca_file: str

    @property
    def base_url(self) -> str:
        """What a client of the Live API is pointed at."""
        return f"https://127.0.0.1:{self.port}"


@attrs.frozen
class Outcome:
    """What came of one workload in one process.

    Attributes:
        workload: its name.
        figures: what was measured.
        error: why it was not; empty if it was.
    """

    workload: str
    figures: dict[str, float] = attrs.field(factory=dict)
    error: str = ""


class ServerFailedError(Exception):
    """There is no server, so nothing can be measured."""


@contextmanager
def serving(core: int | None) -> Iterator[Endpoint]:
    """Run the server in a process of its own until the ``with`` is left, in whichever way.

    Raises:
        ServerFailedError: it does not start; it has told why on the standard error.
    """
    arguments = [] if core is None else ["--core", str(core)]
    # A session of its own: Ctrl-C is for this process, which ends that one.
    process = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "benchmarks.speed.server", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with process.stdin, process.stdout, tempfile.TemporaryDirectory(prefix="gemini-live-bench-") as folder:
            ready, _, _ = select.select([process.stdout], [], [], _START_SECONDS)
            line = process.stdout.readline() if ready else b""
            if not line:
                raise ServerFailedError("the server has not started")
            told = json.loads(line)
            ca_file = Path(folder) / "authority.pem"
            ca_file.write_text(told["certificate"], "ascii")
            yield Endpoint(told["port"], str(ca_file))
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process whose standard input has ended, and kill it if that takes long, or somebody is impatient."""
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        process.kill()  # does nothing to one that has ended and was waited for
        process.wait()


def run_client(
    client: Client, workloads: Sequence[Workload], endpoint: Endpoint, core: int | None, seconds: float
) -> list[Outcome]:
    """Have a client do workloads, one after the other, in one new process.

    Args:
        client: which one.
        workloads: what it is to do.
        endpoint: where the server is.
        core: the processor to stay on.
        seconds: after which it is killed.
    """
    order = {
        "client": client.name,
        "workloads": [attrs.asdict(workload) for workload in workloads],
        "endpoint": attrs.asdict(endpoint),
        "core": core,
        "seconds": seconds,
    }
    theirs, ours = os.pipe()  # whose end tells that process, should this one be killed
    process = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "benchmarks.speed.worker", json.dumps(order)],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=_environment(endpoint),
        start_new_session=True,
        text=True,
    )
    os.close(theirs)
    try:
        out, err = process.communicate(timeout=seconds)
        end = f"ended with code {process.returncode}"
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        end = f"took more than {seconds:g} s"
    except BaseException:
        process.kill()
        process.communicate()
        raise
    finally:
        os.close(ours)
    return _outcomes(workloads, out, f"the process {end}", err)


def _outcomes(workloads: Sequence[Workload], out: str, end: str, err: str) -> list[Outcome]:
    """Return what a process has told, and for the workloads that it has not told of why."""
    told = [Outcome(**json.loads(line)) for line in out.splitlines() if line.startswith('{"workload"')]
    known = {outcome.workload for outcome in told}
    why = "\n".join([end, *err.strip().splitlines()[-_SHOWN_LINES:]])
    return told + [Outcome(workload.name, error=why) for workload in workloads if workload.name not in known]


def _environment(endpoint: Endpoint) -> dict[str, str]:
    """Return this process's environment without what points clients elsewhere, and with whom to trust."""
    unwanted = ("GOOGLE_", "GEMINI_", "SSL_", "REQUESTS_CA")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(unwanted) and not name.lower().endswith("_proxy")
    }
    return {**kept, "SSL_CERT_FILE": endpoint.ca_file, "NO_PROXY": "*"}
