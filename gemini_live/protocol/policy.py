"""How long and how hard a session tries to stay connected."""

from __future__ import annotations

from typing import Any

import attrs

from ..exceptions import ConfigError

REPLAYS = ("auto", "all", "none")
FRESH = ("seed", "empty", "fail")
_DAY = 86_400.0


def _seconds(policy: ReconnectPolicy, attribute: attrs.Attribute[Any], value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _DAY:
        raise ConfigError(f"must be seconds, 0 to {_DAY:g}, not {value!r}", path=f"ReconnectPolicy.{attribute.name}")


def _seconds_or_never(policy: ReconnectPolicy, attribute: attrs.Attribute[Any], value: Any) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= _DAY):
        raise ConfigError(
            f"must be seconds, above 0 and at most {_DAY:g}, or None, not {value!r}",
            path=f"ReconnectPolicy.{attribute.name}",
        )


def _count(policy: ReconnectPolicy, attribute: attrs.Attribute[Any], value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigError(f"must be a whole number above 0, not {value!r}", path=f"ReconnectPolicy.{attribute.name}")


def _one_of(*known: str) -> Any:
    def check(policy: ReconnectPolicy, attribute: attrs.Attribute[Any], value: Any) -> None:
        if value not in known:
            words = ", ".join(map(repr, known))
            raise ConfigError(f"must be one of {words}, not {value!r}", path=f"ReconnectPolicy.{attribute.name}")

    return check


@attrs.frozen(kw_only=True)
class ReconnectPolicy:
    """How long and how hard a session tries to stay connected.  Times are in seconds.

    Args:
        max_attempts: attempts before it gives up, 1 or more; they are counted anew after a stable connection.
        base_delay: the longest pause before the first attempt; it doubles with each, and a random part of it is waited.
        max_delay: the longest pause of all.
        budget: how long it may be without a connection, all outages together, until one has been stable.
        stable_after: how long a connection must have lasted to count as stable.
        drain_margin: how long before a go-away's deadline the session changes over, if it was never idle until then.
        replay: which messages that the server may not have are sent again: ``"auto"`` those that matter (what was not
            answered yet), ``"all"`` all of them, ``"none"`` none.  Where the server tells what it has
            (``session_resumption={"transparent": True}`` on Vertex AI) exactly the others are sent.
        fresh: what to do when a session can't be resumed: begin another and ``"seed"`` it with what was said, leave it
            ``"empty"``, or ``"fail"``.
        ping_after: seconds without a word of the server after which it is pinged; ``None`` for never.
        dead_peer_after: seconds without a byte of the server, a ping being unanswered, after which the connection is
            given up; the real server may take half a minute for a pong.  ``None`` for never.
        stall_after: seconds without a sign of the model, a request being unanswered, after which another connection is
            tried; ``None`` for never.
    """

    max_attempts: int = attrs.field(default=8, validator=_count)
    base_delay: float = attrs.field(default=0.5, validator=_seconds)
    max_delay: float = attrs.field(default=30.0, validator=_seconds)
    budget: float = attrs.field(default=120.0, validator=_seconds)
    stable_after: float = attrs.field(default=60.0, validator=_seconds)
    drain_margin: float = attrs.field(default=5.0, validator=_seconds)
    replay: str = attrs.field(default="auto", validator=_one_of(*REPLAYS))
    fresh: str = attrs.field(default="seed", validator=_one_of(*FRESH))
    ping_after: float | None = attrs.field(default=20.0, validator=_seconds_or_never)
    dead_peer_after: float | None = attrs.field(default=90.0, validator=_seconds_or_never)
    stall_after: float | None = attrs.field(default=None, validator=_seconds_or_never)
