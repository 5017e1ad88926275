"""Where to connect and as whom."""

from __future__ import annotations

from .base import Backend, Endpoint, check_header, parse_base_url
from .developer import DeveloperBackend
from .vertex import VertexBackend

__all__ = ["Backend", "DeveloperBackend", "Endpoint", "VertexBackend", "check_header", "parse_base_url"]
