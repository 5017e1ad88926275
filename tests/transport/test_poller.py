"""The one wait: sockets, the bell and time."""

from __future__ import annotations

import errno
import os
import select
import socket
import threading
import time
import types
from collections.abc import Iterator

import pytest

from gemini_live.transport import Poller, Ready


class Line:
    """One end of a pair of sockets, as a channel."""

    def __init__(self) -> None:
        self.mine, self.other = socket.socketpair()
        self.mine.setblocking(False)
        self.writing = False
        self.pending = False

    def fileno(self) -> int:
        """Return the descriptor."""
        return self.mine.fileno()

    def wants_write(self) -> bool:
        """Say what the test wants."""
        return self.writing

    def has_pending(self) -> bool:
        """Say what the test wants."""
        return self.pending

    def close(self) -> None:
        """Close both ends."""
        self.mine.close()
        self.other.close()


@pytest.fixture(params=["epoll", "poll", "select", "a pair of sockets"])
def poller(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Poller]:
    """A poller on either system call, and on either bell."""
    if request.param == "a pair of sockets":
        monkeypatch.delattr(os, "eventfd", raising=False)
    if request.param != "epoll":
        monkeypatch.delattr(select, "epoll", raising=False)
    if request.param == "select":
        monkeypatch.delattr(select, "poll", raising=False)
    elif not hasattr(select, "poll"):
        pytest.skip("this system has no poll()")
    poller = Poller()
    yield poller
    poller.close()


@pytest.fixture
def line() -> Iterator[Line]:
    """A channel."""
    line = Line()
    yield line
    line.close()


def test_nothing_ready(poller: Poller, line: Line) -> None:
    """A wait without news ends with its timeout and returns nothing."""
    poller.watch(line)
    before = time.monotonic()
    assert poller.wait(0.02) == []
    assert time.monotonic() - before >= 0.015
    assert poller.wait(0) == []


def test_readable(poller: Poller, line: Line) -> None:
    """Bytes end the wait, until the channel is forgotten; forgetting twice is harmless."""
    poller.watch(line)
    line.other.send(b"x")
    assert poller.wait(10) == [Ready(line, readable=True, writable=False)]
    poller.forget(line)
    poller.forget(line)
    assert poller.wait(0) == []


def test_hang_up_is_readable(poller: Poller, line: Line) -> None:
    """Reading finds out what happened."""
    poller.watch(line)
    line.other.close()
    (ready,) = poller.wait(10)
    assert ready.readable


def test_writable_only_when_it_is_wanted(poller: Poller, line: Line) -> None:
    """An idle socket can always be written: only who has something to write is told so."""
    poller.watch(line)
    assert poller.wait(0) == []
    line.writing = True
    assert poller.wait(10) == [Ready(line, readable=False, writable=True)]


def test_pending_bytes_need_no_wait(poller: Poller, line: Line) -> None:
    """What waits inside the channel is ready at once, whatever the timeout."""
    poller.watch(line)
    line.pending = True
    assert poller.wait(None) == [Ready(line, readable=True, writable=False)]


def test_several_channels(poller: Poller, line: Line) -> None:
    """Each that is ready is told, and no other."""
    second, third = Line(), Line()
    try:
        for channel in (line, second, third):
            poller.watch(channel)
        line.other.send(b"x")
        third.pending = True
        assert poller.wait(10) == [
            Ready(line, readable=True, writable=False),
            Ready(third, readable=True, writable=False),
        ]
    finally:
        second.close()
        third.close()


def test_two_channels_may_have_one_descriptor(poller: Poller, line: Line) -> None:
    """One that stands before another is told of what that is told of; and when it has gone, the other still is."""
    before = Line()
    before.close()
    before.mine = line.mine
    for channel in (before, line):
        poller.watch(channel)
    line.other.send(b"x")
    assert [ready.channel for ready in poller.wait(10)] == [before, line]
    poller.forget(line)
    assert [ready.channel for ready in poller.wait(10)] == [before]
    poller.forget(before)
    assert poller.wait(0) == []


def test_channels_may_come_and_go_while_they_are_asked(poller: Poller, line: Line) -> None:
    """A finalizer, on the thread that waits, may let go of one or bring another."""
    second, third = Line(), Line()
    changed: list[bool] = []

    def change() -> bool:
        if not changed:
            changed.append(True)
            poller.forget(line)
            poller.watch(third)
        return False

    try:
        second.wants_write = change  # type: ignore[method-assign]
        for channel in (line, second):
            poller.watch(channel)
        third.other.send(b"x")
        line.other.send(b"x")
        poller.wait(0)
        assert poller.wait(10) == [Ready(third, readable=True, writable=False)]
    finally:
        second.close()
        third.close()


def test_wake_before_the_wait(poller: Poller) -> None:
    """A wake-up that comes first ends the next wait, once."""
    for _ in range(3):
        poller.wake()
    assert poller.wait(None) == []
    before = time.monotonic()
    poller.wait(0.02)
    assert time.monotonic() - before >= 0.015


def test_wake_from_another_thread(poller: Poller) -> None:
    """A wait without end ends when somebody wakes."""
    thread = threading.Thread(target=poller.wake)
    thread.start()
    assert poller.wait(None) == []
    thread.join(10)


def test_wake_never_blocks(poller: Poller) -> None:
    """However often nobody listens, and one wait takes it all in."""
    for _ in range(100_000):
        poller.wake()
    assert poller.wait(None) == []
    assert poller.wait(0) == []


def test_wake_after_close_is_harmless(poller: Poller) -> None:
    """Nobody rests there any more."""
    poller.close()
    poller.wake()
    poller.close()


def test_a_very_long_wait_is_possible(poller: Poller, line: Line) -> None:
    """A timer years away does not break the system call."""
    poller.watch(line)
    line.other.send(b"x")
    assert poller.wait(1e12) == [Ready(line, readable=True, writable=False)]


def test_a_wait_never_ends_early(poller: Poller) -> None:
    """Fractions of a millisecond are rounded up, so that the timer behind it is due after the wait."""
    for _ in range(20):
        before = time.monotonic()
        poller.wait(0.0012)
        assert time.monotonic() - before >= 0.0011


class Memory:
    """A channel without a descriptor."""

    def __init__(self) -> None:
        self.pending = False

    def fileno(self) -> int:
        """Return what is no descriptor."""
        return -1

    def wants_write(self) -> bool:
        """Say that no kernel need be asked."""
        return False

    def has_pending(self) -> bool:
        """Say what the test wants."""
        return self.pending


def test_a_channel_in_memory_is_looked_at_when_the_poller_is_woken(poller: Poller, line: Line) -> None:
    """It has no descriptor, disturbs none that has one, and is ready in the very wait that it ends."""
    memory = Memory()
    poller.watch(memory)
    poller.watch(line)
    assert poller.wait(0) == []

    def fill() -> None:
        memory.pending = True
        poller.wake()

    thread = threading.Timer(0.02, fill)
    thread.start()
    assert poller.wait(10) == [Ready(memory, readable=True, writable=False)]
    thread.join()
    line.other.send(b"x")
    assert poller.wait(10) == [Ready(memory, readable=True, writable=False), Ready(line, readable=True, writable=False)]


def test_a_wake_while_nobody_rests_ends_the_next_wait(poller: Poller) -> None:
    """Without a byte in the pipe; the wait after that rests again."""
    for _ in range(100):
        poller.wake()
    before = time.monotonic()
    assert poller.wait(10) == []
    assert time.monotonic() - before < 5
    before = time.monotonic()
    poller.wait(0.02)
    assert time.monotonic() - before >= 0.015


def test_no_wake_is_lost(poller: Poller) -> None:
    """Whenever it comes: before, in and after a wait, from several threads."""
    count, threads = 2_000, 3
    said = [0] * threads

    def wake(number: int) -> None:
        for _ in range(count):
            said[number] += 1
            poller.wake()

    workers = [threading.Thread(target=wake, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    seen = 0
    deadline = time.monotonic() + 20
    while seen < threads * count:
        assert time.monotonic() < deadline
        before = time.monotonic()
        poller.wait(5)
        assert time.monotonic() - before < 4, "a wake was lost"
        seen = sum(said)
    for worker in workers:
        worker.join(10)


def test_interest_in_writing_comes_and_goes(poller: Poller, line: Line) -> None:
    """The kernel is told of every change."""
    poller.watch(line)
    for wanted in (False, True, False, True):
        line.writing = wanted
        ready = poller.wait(0)
        assert ready == ([Ready(line, readable=False, writable=True)] if wanted else [])


def test_a_descriptor_may_be_that_of_another_channel_later(poller: Poller) -> None:
    """What was forgotten leaves nothing behind."""
    for _ in range(3):
        one = Line()
        poller.watch(one)
        one.other.send(b"x")
        assert poller.wait(10) == [Ready(one, readable=True, writable=False)]
        poller.forget(one)
        one.close()


def test_a_wake_in_the_middle_of_the_end_of_a_wait_is_no_last_one(
    poller: Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be swallowed with the one before; later ones ring all the same."""
    poller.wait(0)
    assert poller._interests is not None
    wait = poller._interests.wait

    def wait_and_wake(timeout: float | None) -> dict[int, int]:
        found = wait(timeout)
        poller.wake()
        return found

    monkeypatch.setattr(poller._interests, "wait", wait_and_wake)
    first = threading.Timer(0.02, poller.wake)
    first.start()
    poller.wait(10)
    first.join()
    monkeypatch.undo()
    poller.wait(0)
    second = threading.Timer(0.02, poller.wake)
    second.start()
    before = time.monotonic()
    poller.wait(10)
    second.join()
    assert time.monotonic() - before < 5


def test_nothing_comes_between_a_flag_and_its_ring(poller: Poller) -> None:
    """A signal handler runs where a Python function begins: one that woke there, and waited, would wait in vain."""
    assert not isinstance(poller._bell.ring, (types.FunctionType, types.MethodType))


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="this system has no epoll()")
def test_whoever_makes_a_poller_hears_that_it_can_t_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is left open: not the actor is to find it out, when it runs already."""

    def refuse() -> None:
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(select, "epoll", refuse)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OSError, match="too many open files"):
        Poller()
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_wake_that_is_interrupted_is_no_last_one(poller: Poller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C may come in the middle of it."""

    ring = poller._bell.ring

    def interrupted() -> None:
        raise KeyboardInterrupt

    def interrupt() -> None:
        monkeypatch.setattr(poller._bell, "ring", interrupted)
        with pytest.raises(KeyboardInterrupt):
            poller.wake()
        monkeypatch.setattr(poller._bell, "ring", ring)
        poller.wake()

    poller.wait(0)
    resting = threading.Timer(0.02, interrupt)
    resting.start()
    before = time.monotonic()
    poller.wait(10)
    resting.join()
    assert time.monotonic() - before < 5
