"""The TCP side of connections."""

from __future__ import annotations

import asyncio
import socket

from gemini_live.emulator.links import Links


def test_links_are_cut_and_counted_until_they_are_gone():
    """Every link is gone after a cut; a second reset of it does nothing, and the time is bounded."""

    async def scenario():
        loop, links, ours, theirs = asyncio.get_running_loop(), Links(), *socket.socketpair()
        transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
        link = links.add(transport)
        await links.cut_all(0.0)
        await links.cut_all(5.0)
        assert link.gone
        link.reset()
        theirs.close()

    asyncio.run(scenario())
