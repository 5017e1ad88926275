"""A smoke run of the benchmark of speed, with its server and its processes."""

from __future__ import annotations

import json
import math
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("picows", reason="picows is not installed: pip install picows")

from benchmarks.speed.clients import CLIENTS, client_of
from benchmarks.speed.processes import Endpoint, ServerFailedError, run_client, serving
from benchmarks.speed.workloads import chosen

ROOT = Path(__file__).resolve().parents[2]


def is_listening(port):
    """Whether somebody takes connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_smoke_run_gives_all_figures(tmp_path):
    """Of every client that is installed, as a table and as JSON."""
    file = tmp_path / "deep" / "bench.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.speed", "--quick", "--only", "send-640", "round-trip", "--json", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    present = [client.name for client in CLIENTS if not client.missing]
    document = json.loads(file.read_text("utf-8"))
    measured = {(row["workload"], row["figure"], row["client"]): row["median"] for row in document["figures"]}
    wanted = [("send-640", "cpu_us"), ("round-trip", "p50_us"), ("round-trip", "p99_us")]
    assert set(measured) == {(*place, name) for place in wanted for name in present}
    assert all(value > 0 and math.isfinite(value) for value in measured.values())
    assert document["failures"] == []
    assert "| round-trip | p99 µs" in done.stdout


@pytest.mark.parametrize("kind", ["receive-11520", "text", "paced-64", "connect", "memory-50"])
def test_this_library_can_be_measured(kind):
    """With the other workloads."""
    with serving(None) as endpoint:
        works = [workload.quick() for workload in chosen([kind])]
        (outcome,) = run_client(client_of("inline"), works, endpoint, None, 40.0)
    assert outcome.error == ""
    assert set(outcome.figures) == set(works[0].figures)


def test_the_server_ends_whatever_happens():
    """Also where somebody is impatient."""
    with pytest.raises(KeyboardInterrupt), serving(None) as endpoint:
        assert is_listening(endpoint.port)
        raise KeyboardInterrupt
    assert not is_listening(endpoint.port)


def test_a_server_that_does_not_start_is_an_error(monkeypatch):
    """Nothing is measured against nothing."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ServerFailedError), serving(None):
        raise AssertionError


def test_a_client_that_fails_says_why(nobody, tmp_path):
    """And does not keep the others from being measured."""
    endpoint = Endpoint(int(nobody.rpartition(":")[2]), str(tmp_path / "none.pem"))
    (tmp_path / "none.pem").write_text("")
    first, second = run_client(client_of("raw"), chosen(["send-640", "text"]), endpoint, None, 30.0)
    assert first.figures == second.figures == {}
    assert first.error
    assert second.error


def test_a_client_that_takes_too_long_is_ended(nobody, tmp_path):
    """And it is said that it did."""
    endpoint = Endpoint(int(nobody.rpartition(":")[2]), str(tmp_path / "none.pem"))
    (outcome,) = run_client(client_of("raw"), chosen(["text"]), endpoint, None, 0.0)
    assert outcome.error.startswith("the process took more than 0 s")
