"""Connections that are dropped at the end."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gemini_live._clock import Deadline
from gemini_live.transport import Attempt, ConnectRequest
from gemini_live.transport.opening import open_websocket

from ..conftest import Trust
from .driver import Driver

Connect = Callable[..., Driver]


@pytest.fixture(params=["plain", "tls"])
def server_tls(request: pytest.FixtureRequest, trust: Trust) -> ssl.SSLContext | None:
    """Every test that wants it runs over plain TCP and over TLS."""
    return trust.server if request.param == "tls" else None


@pytest.fixture
def trusted(trust: Trust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shared trust knows the tests' authority, as it must for a proxy that is spoken to through TLS."""
    bundle = tmp_path / "authority.pem"
    trust.authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))


def attempt(seconds: float | None = 10.0) -> Attempt:
    """Return an attempt with so much time."""
    return Attempt(Deadline.after(seconds), seconds or 0.0)


@pytest.fixture
def connect(trust: Trust) -> Iterator[Connect]:
    """Open a connection and drive it; it is dropped at the end."""
    drivers: list[Driver] = []

    def opened(url: str, **options: Any) -> Driver:
        options.setdefault("ssl_context", trust.client)
        drivers.append(Driver(open_websocket(ConnectRequest(url=url, **options), attempt())))
        return drivers[-1]

    yield opened
    for driver in drivers:
        driver.close()
