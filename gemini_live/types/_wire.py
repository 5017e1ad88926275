"""How a field says what it is called on the wire, and the root of all wire values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

METADATA_KEY = "gemini_live.wire"


@attrs.frozen
class WireName:
    """What a field's metadata holds: its JSON name and, where the annotation can't say it, its kind."""

    name: str
    kind: Any = None


def wire(name: str, *, kind: Any = None, repr: Callable[[Any], str] | bool = True) -> Any:  # noqa: A002
    """Declare an optional field whose JSON name is ``name``.

    Args:
        name: the lowerCamelCase name.
        kind: a kind from :mod:`gemini_live.types.kinds`, for what an annotation can't tell: durations, 64-bit integers.
        repr: as for :func:`attrs.field`; content that is large or private is shown by its size.
    """
    return attrs.field(default=None, repr=repr, metadata={METADATA_KEY: WireName(name, kind)})


def names(extra: dict[str, Any]) -> str:
    """Show ``extra`` by its keys: nobody knows what its values are, so they may be audio or a handle."""
    return f"<{', '.join(extra)}>"


def sized(value: bytes | None) -> str:
    """Show bytes in a repr by their number."""
    return "None" if value is None else f"<{len(value)} bytes>"


@attrs.frozen(kw_only=True)
class WireValue:
    """A JSON object of the API as an immutable value.

    Attributes:
        extra: keys this version does not know, and values that did not fit their field, exactly as received.  They are
            sent back out when the value is encoded.
    """

    extra: dict[str, Any] = attrs.field(factory=dict, repr=names)

    def __init_subclass__(cls) -> None:
        """Give every wire value the short repr below, in place of one that lists dozens of ``None``."""
        cls.__repr__ = WireValue.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        shown = []
        for field in attrs.fields(type(self)):
            value = getattr(self, field.name)
            if field.repr and value is not None and not (field.name == "extra" and not value):
                show = field.repr if callable(field.repr) else repr
                shown.append(f"{field.name}={show(value)}")
        return f"{type(self).__name__}({', '.join(shown)})"
