"""Mailbox: what it accepts is delivered once, in order, and somebody is woken for it."""

from __future__ import annotations

import sys
import threading
from types import FrameType
from typing import Any

import pytest

from gemini_live.actor import Mailbox, MailboxClosed


class CountingWaiter:
    """Counts wake-ups; nobody rests in it."""

    def __init__(self) -> None:
        self.wakes = 0

    def wait(self, timeout: float | None) -> list[Any]:
        """Return at once."""
        return []

    def wake(self) -> None:
        """Count."""
        self.wakes += 1

    def close(self) -> None:
        """Do nothing."""


@pytest.fixture
def waiter() -> CountingWaiter:
    """A waiter that counts."""
    return CountingWaiter()


@pytest.fixture
def mailbox(waiter: CountingWaiter) -> Mailbox[Any]:
    """An open, empty mailbox."""
    return Mailbox(waiter)


def test_items_are_taken_in_the_order_they_were_put(mailbox: Mailbox[Any]) -> None:
    """First in, first out, each once."""
    for number in range(5):
        mailbox.put(number)

    assert list(mailbox.take_all()) == [0, 1, 2, 3, 4]
    assert list(mailbox.take_all()) == []


def test_only_the_first_put_wakes(mailbox: Mailbox[Any], waiter: CountingWaiter) -> None:
    """One wake-up is enough for all that is put before the actor looks."""
    mailbox.put(1)
    mailbox.put(2)
    assert waiter.wakes == 1

    mailbox.take_all()
    mailbox.put(3)
    assert waiter.wakes == 2


def test_length_is_what_waits(mailbox: Mailbox[Any]) -> None:
    """len() tells how many items have not been handled: those that were taken count until they are taken out."""
    mailbox.put(1)
    assert len(mailbox) == 1
    taken = mailbox.take_all()
    mailbox.put(2)
    assert len(mailbox) == 2
    taken.popleft()
    assert len(mailbox) == 1
    mailbox.take_all().popleft()
    assert len(mailbox) == 0
    assert not mailbox.take_all()


def test_put_after_close_is_refused(mailbox: Mailbox[Any], waiter: CountingWaiter) -> None:
    """close() hands out what was accepted and refuses everything later, without waking anybody."""
    mailbox.put(1)
    assert list(mailbox.close()) == [1]

    with pytest.raises(MailboxClosed):
        mailbox.put(2)
    assert list(mailbox.close()) == []
    assert waiter.wakes == 1


def test_every_put_is_taken_or_refused(mailbox: Mailbox[Any]) -> None:
    """Eight threads put while the mailbox closes: accepted and handed-out items are the same, none is lost."""
    barrier = threading.Barrier(9)
    accepted: list[list[int]] = [[] for _ in range(8)]

    def put(mine: list[int], first: int) -> None:
        barrier.wait(10)
        for number in range(first, first + 2_000):
            try:
                mailbox.put(number)
            except MailboxClosed:
                return
            mine.append(number)

    threads = [threading.Thread(target=put, args=(mine, index * 10_000)) for index, mine in enumerate(accepted)]
    for thread in threads:
        thread.start()
    barrier.wait(10)
    taken: list[int] = []
    for _ in range(50):
        taken.extend(mailbox.take_all())
    taken.extend(mailbox.close())
    for thread in threads:
        thread.join(10)

    assert sorted(taken) == sorted(number for mine in accepted for number in mine)


class Interrupter:
    """Runs ``action`` once, on this thread, at the n-th step of a method: what a finalizer or a signal handler does.

    A step is a bytecode where the interpreter tells of each, and a line elsewhere.
    """

    def __init__(self, code: object, at: int, action: Any) -> None:
        self.code, self.left, self.action = code, at, action
        self.fired = False

    def __call__(self, frame: FrameType, event: str, argument: object) -> Any:
        """Trace calls; only the method under test is followed inside."""
        if frame.f_code is not self.code or self.fired:
            return None
        frame.f_trace_opcodes = True
        return self._inside

    def _inside(self, frame: FrameType, event: str, argument: object) -> Any:
        if event in {"opcode", "line"} and not self.fired:
            if self.left == 0:
                self.fired = True
                self.action()
            self.left -= 1
        return self._inside


@pytest.mark.parametrize("method", ["put", "take_all", "close"])
def test_a_put_inside_any_method_is_neither_lost_nor_left_asleep(method: str) -> None:
    """A finalizer may put at any step of any method: the item is there, and the actor was woken or is looking."""
    fired, at = True, 0
    while fired:
        waiter = CountingWaiter()
        mailbox: Mailbox[Any] = Mailbox(waiter)
        refused: list[str] = []

        def put_inside(mailbox: Mailbox[Any] = mailbox, refused: list[str] = refused) -> None:
            try:
                mailbox.put("inner")
            except MailboxClosed:
                refused.append("inner")

        interrupter = Interrupter(getattr(Mailbox, method).__code__, at, put_inside)
        before = sys.gettrace()
        sys.settrace(interrupter)
        try:
            taken = list(getattr(mailbox, method)(*(["outer"] if method == "put" else [])) or ())
        finally:
            sys.settrace(before)
        fired = interrupter.fired

        left = list(mailbox.take_all())
        assert left == [] or waiter.wakes > 0, f"asleep with mail after an interruption at step {at}"
        assert (taken + left + refused).count("inner") == (1 if fired else 0)
        assert (taken + left).count("outer") == (method == "put")
        at += 1
    assert at > 2, "the interruptions did not happen"
