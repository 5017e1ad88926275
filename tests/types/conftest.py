"""What the tests of types share."""

from __future__ import annotations

import gemini_live.types as wire_types
from gemini_live.types._wire import WireValue

CLASSES = sorted(
    (value for value in vars(wire_types).values() if isinstance(value, type) and issubclass(value, WireValue)),
    key=lambda cls: cls.__name__,
)
"""Every class of the wire, by name."""
