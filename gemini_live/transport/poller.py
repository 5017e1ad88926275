"""The one place where an actor with a socket rests: socket, bell and time in a single wait."""

from __future__ import annotations

import functools
import io
import math
import os
import select
import socket
import sys
from collections.abc import Callable, Iterable
from typing import Protocol

import attrs

_READABLE, _WRITABLE = 1, 4  # POLLIN and POLLOUT, which not every system has
_UNWRITABLE = ~_WRITABLE
"""What wants to be read: errors and hang-ups, too, as reading is what finds out what happened."""
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
        self._bell: _Bell = _Counter() if hasattr(os, "eventfd") else _Pair()
        self._channels: tuple[tuple[int, Channel], ...] = ()
        """With their descriptors; another one at every change, as a finalizer may come while somebody goes over it."""
        self._by_number: dict[int, Channel] | None = {}
        """The same, if the system knows of all of them, and each has a descriptor of its own."""
        self._interests: _Interests | None = self._epolled()
        self._resting = False
        self._woken = False
        self._signalled = False

    def watch(self, channel: Channel) -> None:
        """Include a channel in every wait until :meth:`forget`."""
        self._watch_only((*self._channels, (channel.fileno(), channel)))

    def forget(self, channel: Channel) -> None:
        """Leave a channel out, before its descriptor is closed; harmless when it is not there."""
        for number, watched in self._channels:
            if watched is channel:
                self._watch_only(tuple(pair for pair in self._channels if pair[1] is not channel))
                if self._interests is not None:
                    self._interests.drop(number)
                return

    def _watch_only(self, channels: tuple[tuple[int, Channel], ...]) -> None:
        numbers = {number for number, _ in channels}
        self._by_number = dict(channels) if len(numbers) == len(channels) and min(numbers, default=0) >= 0 else None
        self._channels = channels

    def wait(self, timeout: float | None) -> list[Ready]:
        """Rest at most ``timeout`` seconds (``None``: as long as it takes) and return the channels that are ready.

        Whoever wakes says so first and looks then whether this thread rests, and this thread says first that it rests
        and looks then whether somebody has woken it: one of the two always sees the other, and while it does not rest
        a wake costs nothing.
        """
        interests = self._interests or self._begin()
        pending: list[Channel] = []
        for number, channel in self._channels:
            if interests.wanted.get(number) is not (write := channel.wants_write()) and number >= 0:
                interests.want(number, write=write)
            if channel.has_pending():
                pending.append(channel)
        if timeout is not None and timeout > _LONGEST:
            timeout = _LONGEST
        self._resting = True
        try:
            found = interests.wait(0.0 if pending or self._woken else timeout)
        finally:
            self._resting = self._woken = self._signalled = False
        by_number = self._by_number
        if pending or by_number is None:
            return self._all_ready(dict(found), pending)
        ready: list[Ready] = []
        for number, events in found:
            watched = by_number.get(number)
            if watched is not None:  # else it is the bell
                ready.append(Ready(watched, events & _UNWRITABLE != 0, events & _WRITABLE != 0))
        return ready

    def _all_ready(self, found: dict[int, int], pending: list[Channel]) -> list[Ready]:
        """Return what is ready where the system does not know of all: one in memory may be what the wait was for."""
        ready: list[Ready] = []
        for number, channel in self._channels:
            events = found.get(number, 0)
            unseen = channel in pending or (number < 0 and channel.has_pending())
            if unseen or events:
                ready.append(Ready(channel, unseen or events & _UNWRITABLE != 0, events & _WRITABLE != 0))
        return ready

    def _epolled(self) -> _Epolled | None:
        """Return the best way to watch, if there is one.  What goes wrong is heard by whoever makes the poller."""
        if not isinstance(self._bell, _Counter) or not hasattr(select, "epoll"):
            return None
        try:
            return _Epolled(self._bell)
        except BaseException:
            self._bell.close()
            raise

    def _begin(self) -> _Interests:
        """Begin to watch, on the thread that will rest: gevent's poll belongs to the thread that makes it."""
        self._interests = _Polled(self._bell) if hasattr(select, "poll") else _Selected(self._bell)
        return self._interests

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
        self._watch_only(())
        self._bell.close()
        if self._interests is not None:
            self._interests.close()
            self._interests = None


class _Bell(Protocol):
    """What ends a wait from another thread.

    Attributes:
        ring: makes it readable; raises ``ValueError`` or ``OSError`` when it is closed, or full.  Nothing of Python's:
            see :meth:`Poller.wake`.
    """

    ring: Callable[[], object]

    def fileno(self) -> int:
        """Return what to watch."""

    def still(self) -> None:
        """Make it unreadable."""

    def close(self) -> None:
        """Let go of it."""


class _Counter:
    """A bell that is a counter of Linux's: half of what a pair of sockets costs.  In a file, which knows its end."""

    def __init__(self) -> None:
        self._file = io.FileIO(os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK), "r+")
        self.ring: Callable[[], object] = functools.partial(self._file.write, _ONE)

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
        self.ring: Callable[[], object] = functools.partial(self._writer.send, b"\0")

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
    """

    wanted: dict[int, bool]

    def want(self, number: int, *, write: bool) -> None:
        """Watch a descriptor, or watch it for another thing."""

    def drop(self, number: int) -> None:
        """Watch it no more."""

    @property
    def wait(self) -> Callable[[float | None], Iterable[tuple[int, int]]]:
        """Return what has happened within some seconds, by descriptors, in the terms of ``poll``.

        A bell that has rung is still when it returns: what is rung after that is for the next wait.
        """

    def close(self) -> None:
        """Release what it holds."""


class _Epolled:
    """Watched by ``epoll``, which is told of each once, and of every change.

    It tells of each ring of the bell, not of a bell that rings on, so nobody has to still it.
    """

    def __init__(self, bell: _Bell) -> None:
        self._epoll = select.epoll()
        self._epoll.register(bell.fileno(), select.EPOLLIN | select.EPOLLET)
        self.wanted: dict[int, bool] = {}
        self.wait: Callable[[float | None], Iterable[tuple[int, int]]] = self._epoll.poll

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

    def close(self) -> None:
        self._epoll.close()


class _Polled:
    """Watched by ``poll``, likewise."""

    def __init__(self, bell: _Bell) -> None:
        self._bell, self._number = bell, bell.fileno()
        self._poll = select.poll()
        self._poll.register(self._number, _READABLE)
        self.wanted: dict[int, bool] = {}

    def want(self, number: int, *, write: bool) -> None:
        self.wanted[number] = write
        self._poll.register(number, _READABLE | _WRITABLE if write else _READABLE)

    def drop(self, number: int) -> None:
        if self.wanted.pop(number, None) is not None:
            self._poll.unregister(number)

    def wait(self, seconds: float | None) -> Iterable[tuple[int, int]]:
        found = self._poll.poll(None if seconds is None else math.ceil(seconds * 1000))
        if any(number == self._number for number, _ in found):
            self._bell.still()
        return found

    def close(self) -> None:
        pass


class _Selected:
    """Watched by ``select``."""

    def __init__(self, bell: _Bell) -> None:
        self._bell, self._number = bell, bell.fileno()
        self.wanted: dict[int, bool] = {}

    def want(self, number: int, *, write: bool) -> None:
        self.wanted[number] = write

    def drop(self, number: int) -> None:
        self.wanted.pop(number, None)

    def wait(self, seconds: float | None) -> Iterable[tuple[int, int]]:
        numbers = [self._number, *self.wanted]
        writers = [number for number, write in self.wanted.items() if write]
        readable, writable, broken = select.select(numbers, writers, numbers, seconds)
        found = dict.fromkeys((*readable, *broken), _READABLE)
        for number in writable:
            found[number] = found.get(number, 0) | _WRITABLE
        if self._number in found:
            self._bell.still()
        return found.items()

    def close(self) -> None:
        pass
