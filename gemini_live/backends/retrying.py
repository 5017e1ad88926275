"""Whether a REST call is worth another attempt, and after how long.  Pure.

Back-off with full jitter: https://google.aip.dev/194.  ``Retry-After``: RFC 9110 section 10.2.3.
"""

from __future__ import annotations

import datetime
from email.utils import parsedate_to_datetime

MAX_ATTEMPTS = 4
BASE_SECONDS = 0.5
MAX_SECONDS = 8.0


def delay_before_next(attempt: int, left: float, chance: float, wanted: float | None = None) -> float | None:
    """Return the seconds to wait before the next attempt, ``None`` if there shall be none.

    Args:
        attempt: how many attempts there have been, from 1.
        left: seconds that all attempts together still have.
        chance: 0 to 1, random, so that many clients do not come back at once.
        wanted: how long the server wants to be left alone, in seconds.
    """
    if attempt >= MAX_ATTEMPTS:
        return None
    delay = chance * min(MAX_SECONDS, BASE_SECONDS * 2 ** (attempt - 1)) if wanted is None else wanted
    return delay if delay < left else None


def retry_after(value: str | None, now: datetime.datetime) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for, never less than 0; ``None`` if it makes no sense.

    Args:
        value: a number of seconds, or a date.
        now: the present moment.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment - now).total_seconds())
    except (ValueError, TypeError, OverflowError, IndexError):  # no date, or one without a time zone
        return None
