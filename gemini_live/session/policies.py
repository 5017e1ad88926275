"""How a session behaves when the network does not."""

from __future__ import annotations

from typing import Any

import attrs

from ..exceptions import ConfigError


def _positive(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ConfigError(f"must be a whole number above 0, not {value!r}", path=f"OutboxPolicy.{attribute.name}")


def _milliseconds(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 3_600_000:
        raise ConfigError(f"must be milliseconds, 0 or more, not {value!r}", path=f"OutboxPolicy.{attribute.name}")


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
        offline_audio_ms: milliseconds of the newest realtime audio that are kept while there is no connection; of
            video, the last frame is.
    """

    max_bytes: int = attrs.field(default=8 * 2**20, validator=_positive)
    block: bool = attrs.field(default=False, validator=_flag)
    offline_audio_ms: float = attrs.field(default=2000, validator=_milliseconds)
