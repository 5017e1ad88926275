"""What tests of programs with live sessions need."""

from __future__ import annotations

from .clock import ManualClock

__all__ = ["ManualClock"]
