"""A local server of the Live API: for tests without a key, and for development without a network.

Example::

    with Emulator() as server:
        session = Session.open(model="models/gemini-2.5-flash-native-audio-preview-09-2025", api_key="any",
                               base_url=server.base_url, ssl_context=server.ssl_context)

It needs the extra ``emulator`` (``pip install 'gemini-live[emulator]'``); importing this module does not.
"""

from __future__ import annotations

from .music_records import EmulatedMusic
from .records import EmulatedRequest, EmulatedSession
from .server import Emulator

__all__ = ["EmulatedMusic", "EmulatedRequest", "EmulatedSession", "Emulator"]
