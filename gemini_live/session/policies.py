"""How a session behaves when the network does not."""

from __future__ import annotations

from typing import Any

import attrs

from ..exceptions import ConfigError


def _positive(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ConfigError(f"must be a whole number above 0, not {value!r}", path=f"OutboxPolicy.{attribute.name}")


def _flag(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, bool):
        raise ConfigError(f"must be True or False, not {value!r}", path=f"OutboxPolicy.{attribute.name}")


@attrs.frozen(kw_only=True)
class OutboxPolicy:
    """Bounds what waits to be sent.

    Text, content and answers are never dropped: beyond the bound the caller is refused, or waits.  Realtime audio and
    video are worth nothing when they are late: beyond the bound the oldest goes.

    Args:
        max_bytes: the bound, in bytes of JSON.
        block: wait for room instead of raising :class:`~gemini_live.exceptions.OutboxFullError`.
    """

    max_bytes: int = attrs.field(default=8 * 2**20, validator=_positive)
    block: bool = attrs.field(default=False, validator=_flag)
