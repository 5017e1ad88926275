"""How long connections and handles live, and what resuming takes.  Pure; any thread."""

from __future__ import annotations

import attrs

from .._clock import check_seconds
from ..exceptions import ConfigError
from ..types._wire import BackendName

HANDLE_SECONDS: dict[BackendName, float] = {"gemini": 2 * 3600.0, "vertex_ai": 24 * 3600.0}
"""How long after a session's end its handles are good.

https://ai.google.dev/gemini-api/docs/live-session#session-resumption
"""


@attrs.frozen(kw_only=True)
class Limits:
    """What ends by itself.

    Attributes:
        handle_seconds: how long handles are good after their session's end; ``None`` is what the backend has.
        refuse_open_resume: whether a session can't be resumed while a connection of it is open.
        transparent_every: after how many control messages a transparent update comes.
        connection_seconds: how old a connection becomes; ``None`` is any age.
        go_away_before: how long before that it is announced; ``None`` is not at all.
    """

    handle_seconds: float | None = None
    refuse_open_resume: bool = True
    transparent_every: int = 1
    connection_seconds: float | None = None
    go_away_before: float | None = 50.0

    def handle_life(self, backend: BackendName) -> float:
        """Return how long handles of a backend are good after their session's end."""
        return HANDLE_SECONDS[backend] if self.handle_seconds is None else self.handle_seconds

    def announcement(self, age: float) -> tuple[float, float] | None:
        """Return after how many seconds a connection of this age hears of its end, and how many are left then."""
        if self.connection_seconds is None or self.go_away_before is None:
            return None
        left = max(0.0, self.connection_seconds - age)
        wait = max(0.0, left - self.go_away_before)
        return wait, left - wait


def check_limits(
    *,
    handle_seconds: float | None,
    refuse_open_resume: bool,
    transparent_every: int,
    connection_seconds: float | None,
    go_away_before: float | None,
) -> Limits:
    """Return the arguments of ``Emulator`` as limits.

    Raises:
        ConfigError: one is wrong.
    """
    if isinstance(transparent_every, bool) or not isinstance(transparent_every, int) or transparent_every < 1:
        raise ConfigError(f"must be a number from 1, not {transparent_every!r}", path="transparent_every")
    return Limits(
        handle_seconds=_seconds(handle_seconds, "handle_seconds"),
        refuse_open_resume=bool(refuse_open_resume),
        transparent_every=transparent_every,
        connection_seconds=_seconds(connection_seconds, "connection_seconds"),
        go_away_before=_seconds(go_away_before, "go_away_before"),
    )


def _seconds(value: float | None, path: str) -> float | None:
    return None if value is None else check_seconds(value, path)
