"""Where the examples connect to: Google with a key in the environment, else an emulator that is started here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def endpoint(**emulator: Any) -> Iterator[dict[str, Any]]:
    """Give the options of ``Session.start_link`` that say where and which model.

    Args:
        emulator: arguments for the emulator, if it comes to one.
    """
    if os.environ.get("GEMINI_API_KEY") or os.environ.get("GOOGLE_API_KEY"):
        yield {"model": "gemini-3.8-live"}
        return
    from gemini_live.emulator import Emulator

    with Emulator(**emulator) as server:
        yield {
            "model": "gemini-2.5-flash-native-audio-preview-12-2025",
            "api_key": "any-key-will-do",
            "base_url": server.base_url,
            "ssl_context": server.ssl_context,
        }
