"""Threads that run what may take its time: how many, in which order, and what becomes of what hangs."""

from __future__ import annotations

import threading

import pytest

from gemini_live.tools.workers import Job, Workers

TIMEOUT = 10.0


@pytest.fixture
def make():
    """Make workers whose threads have ended at the end of the test."""
    made = []

    def start(limit):
        workers = Workers("w", limit)
        made.append(workers)
        return workers

    yield start
    for workers in made:
        workers.close()
        assert workers.join(TIMEOUT)


class Gate:
    """A job that waits until it is let go."""

    def __init__(self):
        self.begun, self.go, self.done = threading.Event(), threading.Event(), threading.Event()
        self.thread = None
        self.job = Job(self._work)

    def _work(self):
        self.thread = threading.current_thread().name
        self.begun.set()
        assert self.go.wait(TIMEOUT)
        self.done.set()

    def open(self):
        """Let it go and wait until it has ended."""
        self.go.set()
        assert self.done.wait(TIMEOUT)


def submit(workers, count):
    """Submit so many jobs."""
    gates = [Gate() for _ in range(count)]
    for gate in gates:
        workers.submit(gate.job)
    return gates


def test_jobs_run_side_by_side_up_to_the_limit(make):
    """The others wait for their turn."""
    gates = submit(make(2), 4)

    assert gates[0].begun.wait(TIMEOUT)
    assert gates[1].begun.wait(TIMEOUT)
    assert not gates[2].begun.is_set()
    gates[1].open()
    assert gates[2].begun.wait(TIMEOUT)
    assert not gates[3].begun.is_set()
    for gate in (gates[0], gates[2], gates[3]):
        gate.open()
    assert {gate.thread for gate in gates} == {"w-1", "w-2"}


def test_a_thread_that_is_free_takes_the_next_job(make):
    """No second one is started for it."""
    workers = make(5)
    for _ in range(10):
        (gate,) = submit(workers, 1)
        gate.open()
        parked(workers)

    assert gate.thread == "w-1"


def parked(workers):
    """Wait until a thread is free again: it takes an empty job."""
    done = threading.Event()
    workers.submit(Job(done.set))
    assert done.wait(TIMEOUT)
    while workers._idle == 0:
        pass


def test_a_job_that_was_abandoned_before_it_began_never_does(make):
    """Those after it are not kept waiting."""
    workers = make(1)
    first, second, third = submit(workers, 3)
    assert first.begun.wait(TIMEOUT)

    workers.abandon(second.job)
    workers.abandon(second.job)
    first.open()
    third.open()

    assert not second.begun.is_set()


def test_a_job_that_hangs_gives_its_place_away(make):
    """When it is abandoned; its thread ends with it, and there are no more than the limit again."""
    workers = make(1)
    first, second, third = submit(workers, 3)
    assert first.begun.wait(TIMEOUT)

    workers.abandon(first.job)
    assert second.begun.wait(TIMEOUT)
    assert not third.begun.is_set()
    first.open()
    second.open()
    third.open()

    assert (first.thread, second.thread, third.thread) == ("w-1", "w-2", "w-2")


def test_hanging_jobs_take_no_more_threads_than_the_limit_once_more(make):
    """However many hang, the number of threads is bounded."""
    workers = make(1)
    first, second, third = submit(workers, 3)
    assert first.begun.wait(TIMEOUT)
    workers.abandon(first.job)
    assert second.begun.wait(TIMEOUT)

    workers.abandon(second.job)

    assert not third.begun.wait(0.05)
    second.open()
    third.open()
    first.open()


def test_after_the_end_nothing_begins(make):
    """What waits is forgotten, and what comes is not taken; what runs ends in its own time."""
    workers = make(1)
    first, second = submit(workers, 2)
    assert first.begun.wait(TIMEOUT)

    workers.close()
    (third,) = submit(workers, 1)
    workers.abandon(third.job)
    assert not workers.join(0.0)
    first.open()
    assert workers.join(TIMEOUT)

    assert not second.begun.is_set()
    assert not third.begun.is_set()


def test_a_worker_does_not_wait_for_itself(make):
    """A tool may close its own session."""
    workers = make(1)
    joined = []
    done = threading.Event()

    def work():
        workers.close()
        joined.append(workers.join(TIMEOUT))
        done.set()

    workers.submit(Job(work))

    assert done.wait(TIMEOUT)
    assert joined == [True]


def test_where_no_thread_is_to_be_had_nothing_breaks(make, monkeypatch):
    """The job waits for one of those that there are."""
    workers = make(2)
    (first,) = submit(workers, 1)
    assert first.begun.wait(TIMEOUT)

    def refuse(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    (second,) = submit(workers, 1)
    first.open()
    second.open()

    assert second.thread == "w-1"


def test_a_job_that_raises_costs_no_thread(make):
    """It is logged, and the next one is done."""
    workers = make(1)

    def fail():
        raise LookupError("gone")

    workers.submit(Job(fail))
    (gate,) = submit(workers, 1)
    gate.open()

    assert gate.thread == "w-1"
