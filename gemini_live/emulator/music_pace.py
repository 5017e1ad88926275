"""How music is sent: in pieces of which length, and how far ahead.  Pure; any thread."""

from __future__ import annotations

import attrs

from ..exceptions import ConfigError

MOST_SECONDS = 3600.0


@attrs.frozen(kw_only=True)
class Pace:
    """How music is sent.

    Attributes:
        chunk_seconds: how much of it one message carries.
        burst_seconds: how far it runs ahead of its playback.
    """

    chunk_seconds: float = 2.0
    burst_seconds: float = 2.0


def check_pace(chunk_seconds: float, burst_seconds: float) -> Pace:
    """Return the arguments of ``Emulator`` as a pace.

    Raises:
        ConfigError: one is wrong.
    """
    for name, value, least in (("chunk", chunk_seconds, 0.01), ("burst", burst_seconds, 0.0)):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= MOST_SECONDS:
            raise ConfigError(
                f"must be {least:g} to {MOST_SECONDS:g} seconds, not {value!r}", path=f"music_{name}_seconds"
            )
    return Pace(chunk_seconds=float(chunk_seconds), burst_seconds=float(burst_seconds))
