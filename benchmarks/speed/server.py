"""A server of the Live API's barest bones, faster than its clients: ``python -m benchmarks.speed.server``.

It prints one line of JSON (its port, its authority's certificate) and serves until its standard input ends.  Commands,
which come as the text of a turn (see :mod:`.messages`):

- ``flood SIZE COUNT``: send that many audio messages, or text deltas for size 0, as fast as they are taken, in answers.
- ``pace SIZE INTERVAL OFFSET COUNT``: send that many, stamped, at that pace; both times in microseconds.
- ``echo``: answer with a word.
- ``count``: answer with the number and the bytes of the other messages since the last time.

The first three end in ``turnComplete``, and so does each answer of a flood: a turn that goes on for a quarter of an
hour, which is what a flood would be, has its clients keep more than any that there is.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import resource
import ssl
import sys
import time
from collections.abc import Iterable, Iterator

import trustme
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_create_server

from .machine import pin
from .messages import DELTA, SETUP_COMPLETE, TURN_COMPLETE, AudioMessage, read_command, text_message

HOST = "127.0.0.1"
_VARIETY = 8
"""How many messages a flood repeats, so that none is always the same."""
_ANSWER = 50
"""Messages of an answer; the longest that was recorded of the service has 55."""
_WORD = text_message("Yes.")


class Library:
    """Messages that are encoded before anybody wants them.  Owner: the loop."""

    def __init__(self) -> None:
        self._floods: dict[int, list[bytes]] = {0: [text_message(DELTA)]}
        self._stamped: dict[int, AudioMessage] = {}

    def flood(self, size: int) -> list[bytes]:
        """Return the messages of a flood, which repeats them."""
        if size not in self._floods:
            self._floods[size] = [AudioMessage(size, seed).plain for seed in range(_VARIETY)]
        return self._floods[size]

    def stamped(self, size: int) -> AudioMessage:
        """Return a message that can be stamped."""
        if size not in self._stamped:
            self._stamped[size] = AudioMessage(size)
        return self._stamped[size]


def in_answers(messages: Iterable[bytes]) -> Iterator[bytes]:
    """Yield messages with an end of the turn after so many of them, and at the end."""
    rest = iter(messages)
    while answer := list(itertools.islice(rest, _ANSWER)):
        yield from answer
        yield TURN_COMPLETE


class Peer(WSListener):
    """One connection.  Owner: the loop."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._set_up = False
        self._count = self._size = 0
        self._flood: Iterator[bytes] = iter(())
        self._paused = False
        self._timer: asyncio.TimerHandle | None = None
        self._transport: WSTransport

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Begin."""
        self._transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """End."""
        del transport
        self._flood = iter(())
        if self._timer is not None:
            self._timer.cancel()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take a frame; no client here fragments its messages."""
        if frame.msg_type in (WSMsgType.TEXT, WSMsgType.BINARY):
            self._take(frame.get_payload_as_bytes())
        elif frame.msg_type is WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()

    def pause_writing(self) -> None:
        """Stop a flood: the socket takes no more for now."""
        self._paused = True

    def resume_writing(self) -> None:
        """Go on with it."""
        self._paused = False
        self._pour()

    def _take(self, payload: bytes) -> None:
        words = read_command(payload)
        if words is not None:
            self._obey(words[0], [int(word) for word in words[1:]])
        elif self._set_up:
            self._count += 1
            self._size += len(payload)
        else:
            self._set_up = True
            self._send(SETUP_COMPLETE)

    def _obey(self, verb: str, numbers: list[int]) -> None:
        if verb == "flood":
            size, count = numbers
            self._flood = in_answers(itertools.islice(itertools.cycle(self._library.flood(size)), count))
            self._pour()
        elif verb == "pace":
            size, interval, offset, count = numbers
            message, loop = self._library.stamped(size), asyncio.get_running_loop()
            due = loop.time() + offset / 1e6
            self._timer = loop.call_at(due, self._pace, message, interval / 1e6, due, count)
        else:
            self._send(_WORD if verb == "echo" else text_message(f"{self._count} {self._size}"))
            self._send(TURN_COMPLETE)
            self._count, self._size = (self._count, self._size) if verb == "echo" else (0, 0)

    def _send(self, message: bytes) -> None:
        self._transport.send(WSMsgType.BINARY, message)

    def _pour(self) -> None:
        """Go on with a flood until the socket takes no more."""
        while not self._paused:
            message = next(self._flood, None)
            if message is None:
                return
            self._send(message)

    def _pace(self, message: AudioMessage, interval: float, due: float, left: int) -> None:
        if left == 0:
            self._send(TURN_COMPLETE)
            return
        self._send(message.stamped(time.monotonic_ns()))
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(due + interval, self._pace, message, interval, due + interval, left - 1)


async def serve(context: ssl.SSLContext, certificate: str) -> None:
    """Listen on loopback until the standard input ends."""
    library = Library()
    server = await ws_create_server(lambda _: Peer(library), HOST, 0, ssl=context, backlog=512)
    port = server.sockets[0].getsockname()[1]
    sys.stdout.write(json.dumps({"port": port, "certificate": certificate}) + "\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)
    server.close()


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.server", description="The other side.")
    parser.add_argument("--core", type=int, help="the processor to stay on")
    pin(parser.parse_args().core)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    authority.issue_cert(HOST).configure_cert(context)
    asyncio.run(serve(context, authority.cert_pem.bytes().decode("ascii")))


if __name__ == "__main__":
    main()
