"""What tests of programs with live sessions need.

:class:`FakeTransport` is a network in memory, :class:`ManualClock` is time by hand, :class:`Recorder` writes down what
passes on a session's connection, and :class:`Player` plays that to another session.  With pytest there are the fixtures
``live_emulator`` and ``live_session``, too (:mod:`.plugin`).  All is imported at first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .clock import ManualClock
    from .connection import FakeConnection
    from .fake import FakeTransport
    from .player import Player
    from .recorder import Recorder

__all__ = ["FakeConnection", "FakeTransport", "ManualClock", "Player", "Recorder"]

_HOMES = {
    "FakeConnection": "connection",
    "FakeTransport": "fake",
    "ManualClock": "clock",
    "Player": "player",
    "Recorder": "recorder",
}


def __getattr__(name: str) -> Any:
    """Import a public name at its first use (PEP 562): a pytest plugin must cost nothing until it is used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
