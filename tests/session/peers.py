"""What a server does with a connection, in the hands of several files' tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from .conftest import Peer, Recorder

GONE = (1008, "Requested entity was not found")


def go_away(left: str | None = "3600s") -> dict[str, Any]:
    """Return the message that a server goes away, which says how soon unless that is ``None``."""
    return {"goAway": {"timeLeft": left} if left else {}}


def hold(peer: Peer) -> dict[str, Any]:
    """Complete the setup and wait for the close."""
    setup = peer.accept()
    peer.wait_closed()
    return setup


def leaving(left: str | None = "3600s") -> Callable[[Peer], None]:
    """Return a connection that gives a handle and goes away."""

    def serve(peer: Peer) -> None:
        peer.accept()
        peer.offer("h1")
        peer.say(go_away(left))
        peer.wait_closed()

    return serve


def give_and_drop(peer: Peer) -> dict[str, Any]:
    """Complete the setup, give a handle, and be gone."""
    setup = peer.accept()
    peer.offer("h1")
    peer.drop()
    return setup


def take_and_drop(peer: Peer) -> None:
    """Complete the setup, give a handle, take one message, and be gone."""
    peer.accept()
    peer.offer("h1")
    peer.receive()
    peer.drop()


def forgetting(heard: Recorder, words: str = "Hello.", *, handle: str | None = None) -> Callable[[Peer], None]:
    """Return a connection that has one turn, and then says that the session is not known any more."""

    def serve(peer: Peer) -> None:
        peer.accept()
        if handle is not None:
            peer.offer(handle)
        peer.receive()
        peer.answer(words)
        heard.wait("turn_complete")
        peer.connection.close(*GONE)

    return serve


def die(peer: Peer) -> dict[str, Any]:
    """Complete the setup, and close for an error of the server's own."""
    setup = peer.accept()
    peer.connection.close(1011, "Internal error encountered.")
    return setup


def busy(peer: Peer) -> None:
    """Refuse the setup for now."""
    peer.receive()
    peer.connection.close(1013, "busy")


def refuse_key(peer: Peer) -> None:
    """Refuse the key."""
    peer.receive()
    peer.connection.close(1007, "API key not valid. Please pass a valid API key.")


def mute(peer: Peer, reached: threading.Event | None = None) -> None:
    """Take the setup, say so to the test, and answer nothing."""
    peer.receive()
    if reached is not None:
        reached.set()
    peer.wait_closed()


def read_one(peer: Peer) -> dict[str, Any]:
    """Return the first message after the setup."""
    peer.accept()
    return peer.receive()


def read_two(peer: Peer) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the setup and the next message."""
    return peer.accept(), peer.receive()
