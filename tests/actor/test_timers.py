"""Timers and clocks."""

from __future__ import annotations

import threading
import time

import pytest

from gemini_live._clock import SYSTEM_CLOCK, Clock, Deadline
from gemini_live.actor import Timers
from gemini_live.testing import ManualClock


@pytest.fixture
def timers(clock: ManualClock) -> Timers:
    """Timers on a clock that stands still."""
    return Timers(clock)


def test_timers_come_in_the_order_of_their_times(timers: Timers, clock: ManualClock) -> None:
    """The earliest is first, whatever the order of starting; equal times keep that order."""
    for delay, message in ((3, "c"), (1, "a"), (2, "b1"), (2, "b2")):
        timers.start(delay, message)

    assert list(timers.pop_due()) == []
    clock.advance(2)
    assert list(timers.pop_due()) == ["a", "b1", "b2"]
    clock.advance(10)
    assert list(timers.pop_due()) == ["c"]


def test_a_cancelled_timer_is_silent(timers: Timers, clock: ManualClock) -> None:
    """cancel() takes the message back, and the time of the next timer with it; twice is harmless."""
    early = timers.start(1, "early")
    late = timers.start(2, "late")
    early.cancel()
    early.cancel()

    assert timers.next_due() == late.at
    clock.advance(5)
    assert list(timers.pop_due()) == ["late"]
    late.cancel()
    assert timers.next_due() is None


def test_a_timer_cancelled_by_one_due_before_it_is_silent(timers: Timers, clock: ManualClock) -> None:
    """Both are due at once, and the first one's handler cancels the second: it is never delivered."""
    timers.start(1, "first")
    second = timers.start(2, "second")
    timers.start(3, "third")
    clock.advance(5)

    seen = []
    for message in timers.pop_due():
        seen.append(message)
        second.cancel()

    assert seen == ["first", "third"]


def test_a_timer_that_renews_itself_leaves_room(timers: Timers, clock: ManualClock) -> None:
    """A timer without delay, started while due ones are delivered, waits for the next round."""
    timers.start(0, "again")
    seen = []
    for message in timers.pop_due():
        seen.append(message)
        timers.start(0, "again")

    assert seen == ["again"]
    assert list(timers.pop_due()) == ["again"]


def test_a_negative_delay_is_none(timers: Timers, clock: ManualClock) -> None:
    """What should have been done already is due now."""
    assert timers.start(-5, "now").at == clock.monotonic()
    assert list(timers.pop_due()) == ["now"]


def test_none_is_no_message(timers: Timers) -> None:
    """None marks a cancelled timer, so it can't be asked for."""
    with pytest.raises(AssertionError):
        timers.start(1, None)


def test_manual_clock_moves_only_by_hand(clock: ManualClock) -> None:
    """advance() moves time, and wait_time() is "until woken" for the future and nothing for the past."""
    now = clock.monotonic()
    assert clock.monotonic() == now
    assert clock.wait_time(None) is None
    assert clock.wait_time(now + 1) is None
    assert clock.wait_time(now) == 0.0
    clock.advance(1)
    assert clock.monotonic() == now + 1
    assert clock.wait_time(now + 1) == 0.0
    assert str(now + 1).removesuffix(".0") in repr(clock)


def test_manual_clock_does_not_go_back(clock: ManualClock) -> None:
    """A negative step is refused."""
    with pytest.raises(ValueError, match="go back"):
        clock.advance(-1)


def test_manual_clock_wakes_its_watchers(clock: ManualClock) -> None:
    """Every watcher hears of every step until it is taken away; one may be taken away that never was there."""
    woken: list[str] = []

    def first() -> None:
        woken.append("first")

    def second() -> None:
        woken.append("second")
        clock.unwatch(second)  # no lock is held while watchers are called

    clock.watch(first)
    clock.watch(second)
    clock.advance(1)
    clock.advance(1)
    clock.unwatch(first)
    clock.unwatch(first)
    clock.advance(1)

    assert woken == ["first", "second", "first"]


def test_manual_clock_is_moved_by_many_threads(clock: ManualClock) -> None:
    """No step is lost."""
    now, barrier = clock.monotonic(), threading.Barrier(4)

    def move() -> None:
        barrier.wait(10)
        for _ in range(500):
            clock.advance(1)

    threads = [threading.Thread(target=move) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert clock.monotonic() == now + 2_000


def test_manual_clock_is_a_clock(clock: ManualClock) -> None:
    """It can stand wherever the real one does."""
    stand_in: Clock = clock
    assert stand_in.wait_time(stand_in.monotonic()) == 0.0


def test_system_clock_is_the_monotonic_one() -> None:
    """Readings are time.monotonic()'s, and waits are the distance to a point, never negative."""
    before = time.monotonic()
    now = SYSTEM_CLOCK.monotonic()
    assert before <= now <= time.monotonic()
    assert SYSTEM_CLOCK.wait_time(None) is None
    assert SYSTEM_CLOCK.wait_time(now - 1) == 0.0
    assert 90 < SYSTEM_CLOCK.wait_time(now + 100) <= 100  # type: ignore[operator]
    SYSTEM_CLOCK.watch(test_system_clock_is_the_monotonic_one)
    SYSTEM_CLOCK.unwatch(test_system_clock_is_the_monotonic_one)


def test_a_deadline_survives_several_steps(clock: ManualClock) -> None:
    """A timeout becomes a point in time; None is never."""
    deadline = Deadline.after(5, clock)
    assert not deadline.expired
    assert deadline.remaining() is None  # until woken: this clock stands still
    clock.advance(5)
    assert deadline.expired
    assert deadline.remaining() == 0.0
    never = Deadline.after(None)
    assert not never.expired
    assert never.remaining() is None
    assert 9 < Deadline.after(10).remaining() <= 10  # type: ignore[operator]


def test_a_blocking_step_is_given_some_time_and_no_more_than_a_day(clock: ManualClock) -> None:
    """0 would mean "do not wait" to some and "without an end" to others."""
    deadline = Deadline.after(5, clock)
    assert deadline.patience() == Deadline.after(None).patience() == 86_400
    clock.advance(5)
    assert 0 < deadline.patience() < 0.01
    assert 9 < Deadline.after(10).patience() <= 10
