"""Functions that the model calls: declarations from signatures, arguments back into Python, results, workers."""

from __future__ import annotations

from .marking import Tool, tool

__all__ = ["Tool", "tool"]
