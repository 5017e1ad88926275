"""Live Music: a session whose model plays what its program describes."""

from __future__ import annotations

from .board import MusicSnapshot
from .session import MusicSession

__all__ = ["MusicSession", "MusicSnapshot"]
