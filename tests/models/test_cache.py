"""How long listings are kept, for whom, and who fetches them."""

from __future__ import annotations

import threading

import pytest

from gemini_live import AuthError, CallTimeout, ConnectError
from gemini_live.models import ListingCache
from gemini_live.testing import ManualClock
from gemini_live.types import Model

from .conftest import SECONDS, in_threads

ONE, TWO = (Model(name="models/one"),), (Model(name="models/two"),)


class Boarding(ManualClock):
    """A clock that tells when so many threads have looked whether a listing is kept."""

    def __init__(self, count):
        super().__init__()
        self._waiting = threading.Semaphore(0)
        self._count = count

    def monotonic(self):
        """Return the time."""
        self._waiting.release()
        return super().monotonic()

    def all_aboard(self):
        """Wait until all have."""
        for _ in range(self._count):
            assert self._waiting.acquire(timeout=SECONDS)


def never(seconds):
    """Fail the test that fetches."""
    raise AssertionError("this was to be kept")


def test_what_was_fetched_is_kept_for_its_time(clock):
    """Up to the last moment, and not at the end of it."""
    cache = ListingCache(clock=clock, seconds=300)
    cache.get("k", lambda seconds: ONE, 1)

    clock.advance(299.9)
    assert cache.get("k", never, 1) is ONE
    clock.advance(0.1)
    assert cache.get("k", lambda seconds: TWO, 1) is TWO


def test_an_empty_listing_is_kept_too(clock):
    """It is an answer."""
    cache = ListingCache(clock=clock)
    cache.get("k", lambda seconds: (), 1)

    assert cache.get("k", never, 1) == ()


def test_a_refresh_fetches_and_keeps(clock):
    """What it fetched is there for the next one."""
    cache = ListingCache(clock=clock)
    cache.put("k", ONE)

    assert cache.get("k", lambda seconds: TWO, 1, refresh=True) is TWO
    assert cache.get("k", never, 1) is TWO


def test_the_oldest_listing_makes_room(clock):
    """There are never more than the size says; one that was fetched again is young."""
    cache = ListingCache(clock=clock, size=3)
    for key in ("a", "b", "c", "a", "d"):
        cache.put(key, ONE)

    assert len(cache) == 3
    for key in ("c", "a", "d"):
        assert cache.get(key, never, 1) is ONE
    assert cache.get("b", lambda seconds: TWO, 1) is TWO


def test_clearing_forgets(clock):
    """Everything."""
    cache = ListingCache(clock=clock)
    cache.put("k", ONE)

    cache.clear()

    assert len(cache) == 0
    assert cache.get("k", lambda seconds: TWO, 1) is TWO


def test_what_was_being_fetched_at_a_clearing_is_not_kept(clock):
    """It may be what was to be forgotten; whoever asked for it gets it all the same."""
    cache = ListingCache(clock=clock)

    def fetch(seconds):
        cache.clear()
        return ONE

    assert cache.get("k", fetch, 1) is ONE
    assert len(cache) == 0


def test_a_failure_is_not_kept(clock):
    """The next one asks again."""
    cache = ListingCache(clock=clock)

    def fail(seconds):
        raise ConnectError("no way there")

    with pytest.raises(ConnectError):
        cache.get("k", fail, 1)
    assert cache.get("k", lambda seconds: ONE, 1) is ONE


def test_one_thread_fetches_and_the_others_wait_for_it():
    """Ten want the listing while it is being fetched; nobody asks twice."""
    clock = Boarding(10)
    cache = ListingCache(clock=clock)
    fetched = []

    def fetch(seconds):
        fetched.append(seconds)
        clock.all_aboard()
        return ONE

    results = in_threads(10, lambda: cache.get("k", fetch, SECONDS))

    assert [result.result(0) for result in results] == [ONE] * 10
    assert len(fetched) == 1


def test_keys_do_not_wait_for_each_other(clock):
    """One caller's slow listing is nobody else's delay."""
    cache = ListingCache(clock=clock)

    def fetch(seconds):
        return cache.get("other", lambda seconds: TWO, 1)

    assert cache.get("k", fetch, 1) is TWO


def test_a_failure_is_everybody_s_who_waited_for_it():
    """Each gets an error of its own, with the same words and data."""
    clock = Boarding(5)
    cache = ListingCache(clock=clock)
    fetched = []

    def fail(seconds):
        fetched.append(seconds)
        clock.all_aboard()
        raise AuthError("refused", retryable=True)

    errors = [result.exception(0) for result in in_threads(5, lambda: cache.get("k", fail, SECONDS))]

    assert [(type(error), str(error), error.retryable) for error in errors] == [(AuthError, "refused", True)] * 5
    assert len({id(error) for error in errors}) == 5
    assert len(fetched) == 1


def test_whoever_waited_for_a_failure_sees_its_cause():
    """What was below the error of the thread that fetched is below the others' too."""
    clock = Boarding(2)
    cache = ListingCache(clock=clock)
    cause = AuthError("no other key")

    def fail(seconds):
        clock.all_aboard()
        raise ConnectError("refused") from cause

    errors = [result.exception(0) for result in in_threads(2, lambda: cache.get("k", fail, SECONDS))]

    assert [error.__cause__ for error in errors] == [cause] * 2


@pytest.mark.parametrize("error", [CallTimeout("too late"), KeyboardInterrupt()], ids=["timeout", "Ctrl-C"])
def test_what_only_ended_the_other_thread_s_wait_is_tried_again(error):
    """Its time, or its interruption, is not that of whoever waited for it."""
    clock = Boarding(2)
    cache = ListingCache(clock=clock)
    outcomes = iter([error, ONE])

    def fetch(seconds):
        outcome = next(outcomes)
        if outcome is error:
            clock.all_aboard()
            raise outcome
        return outcome

    results = in_threads(2, lambda: cache.get("k", fetch, SECONDS))

    assert {type(result.exception(0)) for result in results} == {type(error), type(None)}
    assert [result.result(0) for result in results if result.exception(0) is None] == [ONE]


def test_waiting_for_another_thread_ends_in_time():
    """Whoever has less time than the thread that fetches gives up first."""
    cache = ListingCache()
    begun, go_on = threading.Event(), threading.Event()

    def fetch(seconds):
        begun.set()
        assert go_on.wait(SECONDS)
        return ONE

    thread = threading.Thread(target=cache.get, args=("k", fetch, SECONDS))
    thread.start()
    try:
        assert begun.wait(SECONDS)
        with pytest.raises(CallTimeout, match="another thread .* over 0.05 s"):
            cache.get("k", never, 0.05)
    finally:
        go_on.set()
        thread.join(SECONDS)
    assert cache.get("k", never, 1) is ONE


def test_a_forked_child_does_not_wait_for_its_parent_s_threads(clock):
    """What is kept is kept; what was being fetched is nobody's any more, and a lock that was held is free."""
    cache = ListingCache(clock=clock)
    cache.put("kept", TWO)

    def fetch(seconds):
        with cache._lock:  # as a thread may hold it at the moment of the fork
            cache.after_fork()
            return cache.get("k", lambda seconds: ONE, 1)

    assert cache.get("k", fetch, 1) is ONE
    assert cache.get("kept", never, 1) is TWO
