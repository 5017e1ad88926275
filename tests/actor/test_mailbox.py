"""Mailbox: what it accepts is delivered once, in order, and somebody is woken for it."""

from __future__ import annotations

import sys
import threading
from typing import Any

import pytest

from gemini_live.actor import Mailbox, MailboxClosed

from .interrupting import Interrupter


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

    assert [mailbox.waiting.popleft() for _ in range(5)] == [0, 1, 2, 3, 4]
    assert not mailbox.waiting


def test_every_put_wakes(mailbox: Mailbox[Any], waiter: CountingWaiter) -> None:
    """Whoever has put something can wait for the actor: nobody else's wake-up is needed for it."""
    mailbox.put(1)
    assert waiter.wakes == 1
    mailbox.put(2)
    assert waiter.wakes == 2


def test_length_is_what_waits(mailbox: Mailbox[Any]) -> None:
    """len() tells how many items were put and not taken out."""
    mailbox.put(1)
    mailbox.put(2)
    assert len(mailbox) == 2
    mailbox.waiting.popleft()
    assert len(mailbox) == 1
    mailbox.close()
    assert len(mailbox) == 0


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
    while len(taken) < 5_000:
        if mailbox.waiting:
            taken.append(mailbox.waiting.popleft())
    taken.extend(mailbox.close())
    for thread in threads:
        thread.join(10)

    assert sorted(taken) == sorted(number for mine in accepted for number in mine)


@pytest.mark.parametrize("method", ["put", "close"])
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
            taken = list(mailbox.close() if method == "close" else mailbox.put("outer") or ())
        finally:
            sys.settrace(before)
        fired = interrupter.fired

        left = list(mailbox.waiting)
        assert left == [] or waiter.wakes > 0, f"asleep with mail after an interruption at step {at}"
        assert (taken + left + refused).count("inner") == (1 if fired else 0)
        assert (taken + left).count("outer") == (method == "put")
        at += 1
    assert at > 2, "the interruptions did not happen"


def test_a_put_that_a_close_comes_before_is_taken_back_alone(mailbox: Mailbox[Any]) -> None:
    """It is refused wherever the mailbox closed in its middle; what others put too late is theirs to take back."""
    outcomes: set[bool] = set()
    for at in range(100):
        mailbox = Mailbox(CountingWaiter())
        accepted: list[Any] = []

        def close_inside(mailbox: Mailbox[Any] = mailbox, accepted: list[Any] = accepted) -> None:
            accepted.extend(mailbox.close())
            mailbox.waiting.append("somebody else's")

        interrupter = Interrupter(Mailbox.put.__code__, at, close_inside)
        before = sys.gettrace()
        sys.settrace(interrupter)
        try:
            mailbox.put("outer")
            refused = False
        except MailboxClosed:
            refused = True
        finally:
            sys.settrace(before)
        if not interrupter.fired:
            break
        outcomes.add(refused)
        assert accepted == ([] if refused else ["outer"])
        assert list(mailbox.waiting) == ["somebody else's"]
    assert outcomes == {True, False}
