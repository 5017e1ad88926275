"""The TCP side of connections."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket

import pytest

from gemini_live.emulator import Emulator
from gemini_live.emulator.links import Links

SECONDS = 5


async def closed(ours):
    while ours.fileno() != -1:
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def connection():
    """One side of a connection as a transport; the other is closed at the end."""
    ours, theirs = socket.socketpair()
    with theirs:
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=ours)
        try:
            yield transport
        finally:
            transport.abort()
            await asyncio.wait_for(closed(ours), SECONDS)


@pytest.fixture
def kept(monkeypatch):
    """The links of the emulators that the test starts."""
    links = Links()
    monkeypatch.setattr("gemini_live.emulator.service.Links", lambda: links)
    return links


def get(connection):
    connection.request("GET", "/v1beta/models", headers={"x-goog-api-key": "good-key"})
    response = connection.getresponse()
    response.read()
    return response.status


def test_links_are_cut_until_they_are_gone():
    """Every link is gone after a cut; a second reset of it does nothing, and the time is bounded."""

    async def scenario():
        links = Links()
        async with connection() as transport:
            link = links.of(transport)
            assert not link.gone
            await links.cut_all(0.0)
            await links.cut_all(SECONDS)
            assert link.gone
            link.reset()

    asyncio.run(scenario())


def test_a_connection_has_one_link():
    """Another connection has another."""

    async def scenario():
        links = Links()
        async with connection() as one, connection() as other:
            assert links.of(one) is links.of(one)
            assert links.of(other) is not links.of(one)
            assert len(links) == 2

    asyncio.run(scenario())


def test_links_that_are_gone_are_dropped():
    """The next connection finds them gone; what is open stays."""

    async def scenario():
        links = Links()
        async with connection() as open_one:
            link = links.of(open_one)
            for _ in range(20):
                async with connection() as transport:
                    links.of(transport)
                    assert len(links) == 2
            assert links.of(open_one) is link

    asyncio.run(scenario())


def test_many_requests_on_one_connection_are_one_link(kept):
    """However long a client keeps it alive."""
    with Emulator(tls=False) as server:
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=SECONDS)
        with contextlib.closing(client):
            client.connect()
            socket_of_all = client.sock
            for _ in range(500):
                assert get(client) == 200
            assert client.sock is socket_of_all
            assert len(kept) == 1


def test_many_connections_leave_few_links(kept):
    """One that has ended is forgotten soon."""
    with Emulator(tls=False) as server:
        for _ in range(50):
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=SECONDS)) as client:
                assert get(client) == 200
            assert len(kept) < 5
