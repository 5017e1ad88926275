"""The one place where an actor with a socket rests: socket, bell and time in a single wait."""

from __future__ import annotations

import functools
import io
import math
import os
import select
import socket
import sys
from typing import Protocol

import attrs

_READABLE, _WRITABLE = 1, 4  # POLLIN and POLLOUT, which not every system has
_ONE = (1).to_bytes(8, sys.byteorder)
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


@attrs.define
class Ready:
    """A channel can be served."""

    channel: Channel
    readable: bool
    writable: bool


class Poller:
    """Waits for channels and for :meth:`wake`.  Owner: one thread; only :meth:`wake` may be called by others.

    ``epoll`` is used on Linux, ``poll`` where there is one (it knows no limit of 1,024 descriptors either), ``select``
    elsewhere.  They are looked up when they are needed, so that gevent's and eventlet's replacements are found.
    """

    def __init__(self) -> None:
        self._bell = _Counter() if hasattr(os, "eventfd") else _Pair()
        self._number = self._bell.fileno()
        self._channels: list[tuple[Channel, int]] = []
        self._interests: _Interests | None = self._epolled()
        self._resting = False
        self._woken = False
        self._signalled = False

    def watch(self, channel: Channel) -> None:
        """Include a channel in every wait until :meth:`forget`."""
        self._channels.append((channel, channel.fileno()))

    def forget(self, channel: Channel) -> None:
        """Leave a channel out, before its descriptor is closed; harmless when it is not there."""
        for watched in self._channels:
            if watched[0] is channel:
                self._channels.remove(watched)
                if self._interests is not None:
                    self._interests.drop(watched[1])
                return

    def wait(self, timeout: float | None) -> list[Ready]:
        """Rest at most ``timeout`` seconds (``None``: as long as it takes) and return the channels that are ready."""
        interests = self._interests or self._begin()
        pending: list[Channel] = []
        in_memory = False
        for channel, number in self._channels:
            if number < 0:
                in_memory = True
            elif interests.wanted.get(number) is not (write := channel.wants_write()):
                interests.want(number, write=write)
            if channel.has_pending():
                pending.append(channel)
        found = self._rest(interests, 0.0 if pending else timeout)
        ready: list[Ready] = []
        if not (found or pending or in_memory):
            return ready
        for channel, number in self._channels:
            events = found.get(number, 0)
            # Errors and hang-ups count as readable: reading is what finds out what happened.  And one in memory that
            # had nothing before the wait may be what it was woken for.
            readable = bool(events & ~_WRITABLE) or channel in pending or (number < 0 and channel.has_pending())
            if readable or events:
                ready.append(Ready(channel, readable, bool(events & _WRITABLE)))
        return ready

    def _epolled(self) -> _Epolled | None:
        """Return the best way to watch, if there is one.  What goes wrong is heard by whoever makes the poller."""
        if not isinstance(self._bell, _Counter) or not hasattr(select, "epoll"):
            return None
        try:
            return _Epolled(self._number)
        except BaseException:
            self._bell.close()
            raise

    def _begin(self) -> _Interests:
        """Begin to watch, on the thread that will rest: gevent's poll belongs to the thread that makes it."""
        interests = self._interests = _Polled() if hasattr(select, "poll") else _Selected()
        interests.want(self._number, write=False)
        return interests

    def _rest(self, interests: _Interests, timeout: float | None) -> dict[int, int]:
        """Wait, and take in whatever woke it.

        Whoever wakes says so first and looks then whether this thread rests, and this thread says first that it rests
        and looks then whether somebody has woken it: one of the two always sees the other, and while it does not rest
        a wake costs nothing.  The bell is stilled before the flags are taken down: what is rung for a flag that is
        still up must not be swallowed.
        """
        self._resting = True
        try:
            found = interests.wait(0.0 if self._woken else timeout)
            if found.pop(self._number, 0) and interests.bell_rings_on:
                self._bell.still()
        finally:
            self._resting = self._woken = self._signalled = False
        return found

    def wake(self) -> None:
        """End the current or the next :meth:`wait`.  Any thread, finalizers included; harmless after :meth:`close`.

        Between the flag that says that the bell rings and the ringing nothing may come that wakes as well, and then
        waits for what it has woken: signal handlers run where a function of Python's begins, so the bell is none.
        """
        self._woken = True
        if not self._resting or self._signalled:
            return
        self._signalled = True
        try:
            self._bell.ring()
        except (OSError, ValueError):
            pass  # it rings already; or it is closed, so nobody rests
        except BaseException:  # Ctrl-C, in the middle
            self._signalled = False
            raise

    def close(self) -> None:
        """Release the bell."""
        self._channels.clear()
        self._bell.close()
        if self._interests is not None:
            self._interests.close()
            self._interests = None


class _Counter:
    """A bell that is a counter of Linux's: half of what a pair of sockets costs.  In a file, which knows its end."""

    def __init__(self) -> None:
        self._file = io.FileIO(os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK), "r+")
        self.ring = functools.partial(self._file.write, _ONE)
        """Makes it readable; raises ``ValueError`` when it is closed.  Nothing of Python's: see :meth:`Poller.wake`."""

    def fileno(self) -> int:
        """Return what to watch."""
        return self._file.fileno()

    def still(self) -> None:
        """Make it unreadable."""
        self._file.read(len(_ONE))

    def close(self) -> None:
        """Let go of it."""
        self._file.close()


class _Pair:
    """A bell that is a pair of sockets."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self.ring = functools.partial(self._writer.send, b"\0")
        """Makes it readable; raises ``OSError`` when it is full or closed.  Likewise."""

    def fileno(self) -> int:
        """Return what to watch."""
        return self._reader.fileno()

    def still(self) -> None:
        """Make it unreadable."""
        try:
            while len(self._reader.recv(4096)) == 4096:
                pass
        except BlockingIOError:
            pass

    def close(self) -> None:
        """Let go of it."""
        self._reader.close()
        self._writer.close()


class _Interests(Protocol):
    """Descriptors that are watched, by one of the system's calls.

    Attributes:
        wanted: each of the channels', and whether it is watched for writing, too.
        bell_rings_on: whether the bell has to be stilled when it has ended a wait.
    """

    wanted: dict[int, bool]
    bell_rings_on: bool

    def want(self, number: int, *, write: bool) -> None:
        """Watch a descriptor, or watch it for another thing."""

    def drop(self, number: int) -> None:
        """Watch it no more."""

    def wait(self, timeout: float | None) -> dict[int, int]:
        """Return what has happened, by descriptors, in the terms of ``poll``."""

    def close(self) -> None:
        """Release what it holds."""


class _Epolled:
    """Watched by ``epoll``, which is told of each once, and of every change.

    It tells of each ring of the bell, not of a bell that rings on, so nobody has to still it.
    """

    bell_rings_on = False

    def __init__(self, bell: int) -> None:
        self._epoll = select.epoll()
        self._epoll.register(bell, select.EPOLLIN | select.EPOLLET)
        self.wanted: dict[int, bool] = {}

    def want(self, number: int, *, write: bool) -> None:
        events = _READABLE | _WRITABLE if write else _READABLE
        if number in self.wanted:
            self._epoll.modify(number, events)
        else:
            self._epoll.register(number, events)
        self.wanted[number] = write

    def drop(self, number: int) -> None:
        if self.wanted.pop(number, None) is not None:
            self._epoll.unregister(number)

    def wait(self, timeout: float | None) -> dict[int, int]:
        return dict(self._epoll.poll(None if timeout is None else min(timeout, _LONGEST)))

    def close(self) -> None:
        self._epoll.close()


class _Polled:
    """Watched by ``poll``, likewise."""

    bell_rings_on = True

    def __init__(self) -> None:
        self._poll = select.poll()
        self.wanted: dict[int, bool] = {}

    def want(self, number: int, *, write: bool) -> None:
        self.wanted[number] = write
        self._poll.register(number, _READABLE | _WRITABLE if write else _READABLE)

    def drop(self, number: int) -> None:
        if self.wanted.pop(number, None) is not None:
            self._poll.unregister(number)

    def wait(self, timeout: float | None) -> dict[int, int]:
        return dict(self._poll.poll(None if timeout is None else math.ceil(min(timeout, _LONGEST) * 1000)))

    def close(self) -> None:
        pass


class _Selected:
    """Watched by ``select``."""

    bell_rings_on = True

    def __init__(self) -> None:
        self.wanted: dict[int, bool] = {}

    def want(self, number: int, *, write: bool) -> None:
        self.wanted[number] = write

    def drop(self, number: int) -> None:
        self.wanted.pop(number, None)

    def wait(self, timeout: float | None) -> dict[int, int]:
        numbers = list(self.wanted)
        writers = [number for number, write in self.wanted.items() if write]
        seconds = None if timeout is None else min(timeout, _LONGEST)
        readable, writable, broken = select.select(numbers, writers, numbers, seconds)
        found = dict.fromkeys((*readable, *broken), _READABLE)
        for number in writable:
            found[number] = found.get(number, 0) | _WRITABLE
        return found

    def close(self) -> None:
        pass
