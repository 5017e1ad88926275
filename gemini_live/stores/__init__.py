"""Where resumption handles live between processes."""

from __future__ import annotations

from .base import HandleStore
from .file import FileHandleStore
from .memory import MemoryHandleStore

__all__ = ["FileHandleStore", "HandleStore", "MemoryHandleStore"]
