"""When a REST call is made once more, and how long after."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_live.backends.retrying import MAX_ATTEMPTS, MAX_SECONDS, delay_before_next, retry_after

NOW = datetime.datetime(2026, 11, 26, 12, 0, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize(("attempt", "longest"), [(1, 0.5), (2, 1.0), (3, 2.0)])
def test_the_delay_grows_and_is_spread(attempt, longest):
    """Full jitter: anything from nothing to a bound that doubles."""
    assert delay_before_next(attempt, 60, 1.0) == longest
    assert delay_before_next(attempt, 60, 0.0) == 0.0


def test_there_is_an_end():
    """After so many attempts, or when the time would not suffice, the error is told."""
    assert delay_before_next(MAX_ATTEMPTS, 60, 0.5) is None
    assert delay_before_next(1, 0.4, 1.0) is None
    assert delay_before_next(1, 10, 0.5, wanted=11) is None


def test_the_server_s_wish_counts():
    """Exactly as long as it asks for."""
    assert delay_before_next(1, 60, 0.0, wanted=7) == 7


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0), ("12", 12.0), (" 3 ", 3.0), ("Thu, 26 Nov 2026 12:00:30 GMT", 30.0),
        ("Thu, 26 Nov 2026 11:00:00 GMT", 0.0), (None, None), ("", None), ("soon", None), ("-5", None), ("1.5", None),
        ("Thu, 26 Nov 2026 12:00:30", None), ("²", None), ("Thu, 99 Nov 2026 12:00:30 GMT", None),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(value, seconds):
    """What is neither is passed over."""
    assert retry_after(value, NOW) == seconds


@given(st.text(max_size=40))
def test_a_stranger_s_retry_after_never_raises(value):
    """It is seconds, 0 or more, or nothing."""
    seconds = retry_after(value, NOW)

    assert seconds is None or seconds >= 0


@given(st.integers(1, 10), st.floats(0, 100), st.floats(0, 1))
def test_a_delay_is_bounded(attempt, left, chance):
    """By the longest delay and by the time that is left."""
    delay = delay_before_next(attempt, left, chance)

    assert delay is None or (0 <= delay <= MAX_SECONDS and delay < left)
