"""What a failed attempt to connect means for the next one."""

from __future__ import annotations

import datetime

from ..backends.retrying import retry_after
from ..exceptions import AuthError, ConnectError, GeminiLiveError, HandshakeError, SetupError
from ..protocol.close_codes import Verdict, classify


def verdict_of(error: GeminiLiveError) -> Verdict:
    """Return whether another attempt may bring a connection."""
    if isinstance(error, SetupError):
        verdict = classify(error.code, error.reason, in_setup=True)
        return Verdict(
            retryable=verdict.retryable or error.retryable,
            resumable=verdict.resumable,
            hint=verdict.hint,
            blames_handle=verdict.blames_handle,
        )
    retryable = isinstance(error, (ConnectError, AuthError)) and error.retryable
    return Verdict(retryable=retryable, resumable=retryable)


def wanted_pause(error: GeminiLiveError) -> float | None:
    """Return the seconds that the server wants to be left alone, if it said so."""
    if not isinstance(error, HandshakeError):
        return None
    return retry_after(error.headers.get("retry-after"), datetime.datetime.now(datetime.timezone.utc))
