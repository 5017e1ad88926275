"""The one place where an actor with a socket rests: socket, wake-up pipe and time in a single wait."""

from __future__ import annotations

import math
import select
import socket
from collections.abc import Callable
from typing import Protocol

import attrs

_LONGEST = 86_400.0
"""The system calls take no wait of any length; whoever is woken after a day without a reason rests again."""


class Channel(Protocol):
    """Something with a descriptor to wait for."""

    def fileno(self) -> int:
        """Return the descriptor; below 0 for a channel in memory, for which :meth:`has_pending` alone speaks."""

    def wants_write(self) -> bool:
        """Whether to wait until it can be written, too."""

    def has_pending(self) -> bool:
        """Whether bytes wait inside, where no ``select`` can see them: decrypted by TLS, not yet read."""


class Watcher(Protocol):
    """What a transport needs of a poller: to be waited for, and to end a wait."""

    def watch(self, channel: Channel) -> None:
        """Include a channel in every wait until :meth:`forget`."""

    def forget(self, channel: Channel) -> None:
        """Leave a channel out; harmless when it is not there."""

    def wake(self) -> None:
        """End the current or the next wait, after which channels in memory are looked at.  Any thread."""


@attrs.frozen
class Ready:
    """A channel can be served."""

    channel: Channel
    readable: bool
    writable: bool


class Poller:
    """Waits for channels and for :meth:`wake`.  Owner: one thread; only :meth:`wake` may be called by others.

    ``poll`` is used where there is one (it knows no limit of 1,024 descriptors), ``select`` elsewhere.  Both are looked
    up when they are needed, so that gevent's and eventlet's replacements are found.
    """

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._channels: list[Channel] = []
        self._wait: Callable[[float | None], list[tuple[int, bool, bool]]] = (
            self._wait_poll if hasattr(select, "poll") else self._wait_select
        )

    def watch(self, channel: Channel) -> None:
        """Include a channel in every wait until :meth:`forget`."""
        self._channels.append(channel)

    def forget(self, channel: Channel) -> None:
        """Leave a channel out; harmless when it is not there."""
        if channel in self._channels:
            self._channels.remove(channel)

    def wait(self, timeout: float | None) -> list[Ready]:
        """Rest at most ``timeout`` seconds (``None``: as long as it takes) and return the channels that are ready."""
        pending = [channel for channel in self._channels if channel.has_pending()]
        found = {number: (readable, writable) for number, readable, writable in self._wait(0.0 if pending else timeout)}
        if self._reader.fileno() in found:
            self._drain()
        ready = []
        for channel in self._channels:
            number = channel.fileno()
            readable, writable = found.get(number, (False, False))
            # One in memory that had nothing before the wait may be what it was woken for.
            readable = readable or channel in pending or (number < 0 and channel.has_pending())
            if readable or writable:
                ready.append(Ready(channel, readable, writable))
        return ready

    def _described(self) -> list[Channel]:
        """Return the channels that the kernel can watch."""
        return [channel for channel in self._channels if channel.fileno() >= 0]

    def _wait_poll(self, timeout: float | None) -> list[tuple[int, bool, bool]]:
        poller = select.poll()
        poller.register(self._reader.fileno(), select.POLLIN)
        for channel in self._described():
            events = select.POLLIN | select.POLLOUT if channel.wants_write() else select.POLLIN
            poller.register(channel.fileno(), events)
        milliseconds = None if timeout is None else math.ceil(min(timeout, _LONGEST) * 1000)
        # Errors and hang-ups count as readable: reading is what finds out what happened.
        return [
            (number, bool(events & ~select.POLLOUT), bool(events & select.POLLOUT))
            for number, events in poller.poll(milliseconds)
        ]

    def _wait_select(self, timeout: float | None) -> list[tuple[int, bool, bool]]:
        numbers = [self._reader.fileno(), *(channel.fileno() for channel in self._described())]
        writers = [channel.fileno() for channel in self._described() if channel.wants_write()]
        seconds = None if timeout is None else min(timeout, _LONGEST)
        readable, writable, broken = select.select(numbers, writers, numbers, seconds)
        return [(number, number in readable or number in broken, number in writable) for number in numbers]

    def _drain(self) -> None:
        try:
            while len(self._reader.recv(4096)) == 4096:
                pass
        except BlockingIOError:
            pass

    def wake(self) -> None:
        """End the current or the next :meth:`wait`.  Any thread, finalizers included; harmless after :meth:`close`."""
        try:
            self._writer.send(b"\0")
        except (BlockingIOError, OSError):
            pass  # the pipe is full, so a wake-up is on its way; or it is closed, so nobody rests

    def close(self) -> None:
        """Release the pipe."""
        self._channels.clear()
        self._reader.close()
        self._writer.close()
