"""Trust for tests, and connections that are dropped at the end."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
import trustme

from gemini_live._clock import Deadline
from gemini_live.transport import Attempt, ConnectRequest
from gemini_live.transport.opening import open_websocket

from .driver import Driver


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


@pytest.fixture(params=["plain", "tls"])
def server_tls(request: pytest.FixtureRequest, trust: Trust) -> ssl.SSLContext | None:
    """Every test that wants it runs over plain TCP and over TLS."""
    return trust.server if request.param == "tls" else None


def attempt(seconds: float | None = 10.0) -> Attempt:
    """Return an attempt with so much time."""
    return Attempt(Deadline.after(seconds), seconds or 0.0)


@pytest.fixture
def connect(trust: Trust) -> Iterator[Callable[..., Driver]]:
    """Open a connection and drive it; it is dropped at the end."""
    drivers: list[Driver] = []

    def opened(url: str, **options: Any) -> Driver:
        options.setdefault("ssl_context", trust.client)
        drivers.append(Driver(open_websocket(ConnectRequest(url=url, **options), attempt())))
        return drivers[-1]

    yield opened
    for driver in drivers:
        driver.close()
