"""The one place where an actor with a socket rests: socket, wake-up pipe and time in a single wait."""

from __future__ import annotations

import math
import select
import socket
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


@attrs.define
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
        self._number = self._reader.fileno()
        self._channels: list[tuple[Channel, int]] = []
        self._interests: _Polled | _Selected | None = None
        self._resting = False
        self._woken = False
        self._signalled = False

    def watch(self, channel: Channel) -> None:
        """Include a channel in every wait until :meth:`forget`."""
        self._channels.append((channel, channel.fileno()))

    def forget(self, channel: Channel) -> None:
        """Leave a channel out; harmless when it is not there."""
        for watched in self._channels:
            if watched[0] is channel:
                self._channels.remove(watched)
                if self._interests is not None:
                    self._interests.drop(watched[1])
                return

    def wait(self, timeout: float | None) -> list[Ready]:
        """Rest at most ``timeout`` seconds (``None``: as long as it takes) and return the channels that are ready."""
        interests, pending = self._interests or self._begin(), False
        for channel, number in self._channels:
            if number >= 0 and interests.wanted.get(number) is not (write := channel.wants_write()):
                interests.want(number, write=write)
            pending = pending or channel.has_pending()
        found = self._rest(interests, 0.0 if pending else timeout)
        ready = []
        for channel, number in self._channels:
            readable, writable = found.get(number, _NOT_READY)
            # One in memory that had nothing before the wait may be what it was woken for.
            readable = readable or channel.has_pending()
            if readable or writable:
                ready.append(Ready(channel, readable, writable))
        return ready

    def _begin(self) -> _Polled | _Selected:
        """Begin to watch, on the thread that will rest: gevent's poll belongs to the thread that makes it."""
        interests = self._interests = _Polled() if hasattr(select, "poll") else _Selected()
        interests.want(self._number, write=False)
        return interests

    def _rest(self, interests: _Polled | _Selected, timeout: float | None) -> dict[int, tuple[bool, bool]]:
        """Wait, and take in whatever woke it.

        Whoever wakes says so first and looks then whether this thread rests, and this thread says first that it rests
        and looks then whether somebody has woken it: one of the two always sees the other, and while it does not rest
        a wake costs nothing.  The pipe is emptied before the flags are taken down: a byte that is written for a flag
        that is still up must not be swallowed.
        """
        self._resting = True
        try:
            found = interests.wait(0.0 if self._woken else timeout)
            if self._number in found:
                self._drain()
        finally:
            self._resting = self._woken = self._signalled = False
        return found

    def _drain(self) -> None:
        try:
            while len(self._reader.recv(4096)) == 4096:
                pass
        except BlockingIOError:
            pass

    def wake(self) -> None:
        """End the current or the next :meth:`wait`.  Any thread, finalizers included; harmless after :meth:`close`."""
        self._woken = True
        if not self._resting or self._signalled:
            return
        self._signalled = True
        try:
            self._writer.send(b"\0")
        except (BlockingIOError, OSError):
            pass  # the pipe is full, so a wake-up is on its way; or it is closed, so nobody rests
        except BaseException:  # Ctrl-C, in the middle
            self._signalled = False
            raise

    def close(self) -> None:
        """Release the pipe."""
        self._channels.clear()
        self._reader.close()
        self._writer.close()


_NOT_READY = (False, False)


class _Polled:
    """Descriptors that ``poll`` watches: it is told of each once, and of every change."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self.wanted: dict[int, bool] = {}

    def want(self, number: int, *, write: bool) -> None:
        """Watch a descriptor, or watch it for another thing."""
        self.wanted[number] = write
        self._poll.register(number, select.POLLIN | select.POLLOUT if write else select.POLLIN)

    def drop(self, number: int) -> None:
        """Watch it no more."""
        if self.wanted.pop(number, None) is not None:
            self._poll.unregister(number)

    def wait(self, timeout: float | None) -> dict[int, tuple[bool, bool]]:
        """Return which can be read and which can be written, by their descriptors."""
        milliseconds = None if timeout is None else math.ceil(min(timeout, _LONGEST) * 1000)
        # Errors and hang-ups count as readable: reading is what finds out what happened.
        return {
            number: (bool(events & ~select.POLLOUT), bool(events & select.POLLOUT))
            for number, events in self._poll.poll(milliseconds)
        }


class _Selected:
    """The same for ``select``."""

    def __init__(self) -> None:
        self.wanted: dict[int, bool] = {}

    def want(self, number: int, *, write: bool) -> None:
        """Watch a descriptor, or watch it for another thing."""
        self.wanted[number] = write

    def drop(self, number: int) -> None:
        """Watch it no more."""
        self.wanted.pop(number, None)

    def wait(self, timeout: float | None) -> dict[int, tuple[bool, bool]]:
        """Return which can be read and which can be written, by their descriptors."""
        numbers = list(self.wanted)
        writers = [number for number, write in self.wanted.items() if write]
        seconds = None if timeout is None else min(timeout, _LONGEST)
        readable, writable, broken = select.select(numbers, writers, numbers, seconds)
        ready = {*readable, *writable, *broken}
        return {number: (number in readable or number in broken, number in writable) for number in ready}
