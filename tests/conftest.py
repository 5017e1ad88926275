"""What every test is held to, and the fixtures that all folders share."""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import attrs
import coverage
import hypothesis
import pytest
import trustme

import gemini_live
from gemini_live.testing import ManualClock

from .rest_server import Handler, RestServer, rest_servers

pytest_plugins = ("pytester",)

hypothesis.settings.register_profile(
    "default",
    deadline=None,  # a loaded machine is no bug
    max_examples=100,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("default")

T = TypeVar("T")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so a shell starts what it runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)

GRACE = 1.0
"""Seconds that something which is ending already may take to be gone."""

_DESCRIPTORS = "/proc/self/fd/"

RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "recordings"


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Measure the coverage of imports in one process, and of nothing while tests are collected or handed out."""
    measured = coverage.Coverage.current()
    if measured is None:
        return (yield)
    if not hasattr(session.config, "workerinput"):
        for module in pkgutil.walk_packages(gemini_live.__path__, "gemini_live."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    while running := coverage.Coverage.current():
        running.stop()
    result = yield
    if not session.config.pluginmanager.has_plugin("dsession"):  # which hands tests out, and runs none
        measured.start()
    return result


def pytest_collection_finish(session: pytest.Session) -> None:
    """Spare the collector of garbage what stays anyway: thousands of tests, and all that they import."""
    if session.items:
        gc.collect()
        gc.freeze()


def _open_channels() -> set[str]:
    """Return the sockets and pipes of this process, as the kernel names them; nothing where it does not tell."""
    found = set()
    try:
        names = os.listdir(_DESCRIPTORS)  # as strings: this runs twice for every test
    except OSError:
        return found
    for name in names:
        try:
            target = os.readlink(_DESCRIPTORS + name)
        except OSError:
            continue  # the one that listed the folder
        if target.startswith(("socket:", "pipe:")):
            found.add(target)
    return found


def _settled(look: Callable[[], set[T]], before: set[T]) -> set[T]:
    """Return what is new, after a moment's grace for what is ending; garbage that still has to be found is no leak."""
    pause = threading.Event()
    for step in range(int(GRACE / 0.01)):
        if not look() - before:
            return set()
        if step == 20:
            gc.collect()
        pause.wait(0.01)
    gc.collect()
    return look() - before


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail the test that leaves a thread, a socket or a pipe behind, not the one after it."""
    threads, channels = set(threading.enumerate()), _open_channels()
    yield
    alive = _settled(lambda: set(threading.enumerate()), threads)
    assert not alive, f"threads left behind: {sorted(thread.name for thread in alive)}"
    left = _settled(_open_channels, channels)
    assert not left, f"sockets or pipes left behind: {sorted(left)}"


def silent(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that don't say where to connect, as whom, or through what."""
    return {
        name: value
        for name, value in environment.items()
        if not (name.upper().startswith(("GOOGLE_", "GEMINI_")) or name.upper().endswith("_PROXY"))
    }


@pytest.fixture(autouse=True)
def silent_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the machine says where to connect, as whom, or through what."""
    for name in set(os.environ) - set(silent(os.environ)):
        monkeypatch.delenv(name)


@pytest.fixture
def rest_server() -> Iterator[Callable[[Handler], RestServer]]:
    """Start HTTP servers that answer as a test's function says."""
    with rest_servers() as start:
        yield start


@pytest.fixture
def nobody() -> str:
    """A URL where nobody listens any more."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def clock() -> ManualClock:
    """A clock that only the test moves."""
    return ManualClock()


@pytest.fixture(autouse=True)
def quick_thread_switches() -> Iterator[None]:
    """Let threads interleave much more often than usual, so that a race shows itself."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(interval)


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recorded traffic; tests that want it are skipped where it is not there."""
    if not RECORDINGS.is_dir():
        pytest.skip(f"no recordings: {RECORDINGS} does not exist")
    return RECORDINGS


@attrs.frozen
class Trust:
    """Both sides' contexts, and an authority's file for SSL_CERT_FILE."""

    authority: trustme.CA
    server: ssl.SSLContext
    client: ssl.SSLContext

    def server_for(self, name: str) -> ssl.SSLContext:
        """Return the context of a server of another name."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(name).configure_cert(context)
        return context


@pytest.fixture(scope="session")
def trust() -> Trust:
    """One authority and a server certificate for localhost."""
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    return Trust(authority, server, client)
