"""Which models there are, and which one to take."""

from __future__ import annotations

from .cache import ListingCache
from .models import Models

__all__ = ["ListingCache", "Models"]
