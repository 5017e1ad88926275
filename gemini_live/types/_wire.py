"""How a field says what it is called on the wire, and the root of all wire values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Literal

import attrs

from ..exceptions import ConfigError

METADATA_KEY = "gemini_live.wire"

BackendName = Literal["gemini", "vertex_ai"]
Bounds = tuple[float | None, float | None]


@attrs.frozen(kw_only=True)
class WireField:
    """What a field's metadata holds; see :func:`wire`."""

    name: str
    kind: Any
    only: BackendName | None
    range: Bounds
    required: bool
    aliases: tuple[str, ...]


def wire(
    name: str,
    *,
    kind: Any = None,
    repr: Callable[[Any], str] | bool = True,  # noqa: A002 - as attrs calls it
    only: BackendName | None = None,
    range: Bounds = (None, None),  # noqa: A002 - what it is
    required: bool = False,
    aliases: tuple[str, ...] = (),
) -> Any:
    """Declare an optional field whose JSON name is ``name``.

    What a program may write is said here as data; reading what a server says looks at the name and the kind alone.

    Args:
        name: the lowerCamelCase name.
        kind: a kind from :mod:`gemini_live.types.kinds`, for what an annotation can't tell: durations, 64-bit integers.
        repr: as for :func:`attrs.field`; content that is large or private is shown by its size.
        only: the one backend that has the field; see :func:`gemini_live.types.codec.wrong_backend`.
        range: the lowest and the highest number, both allowed; ``None`` is no bound.
        required: a program that gives the object has to give this field.
        aliases: other names a program may write.
    """
    spec = WireField(name=name, kind=kind, only=only, range=range, required=required, aliases=aliases)
    return attrs.field(default=None, repr=repr, metadata={METADATA_KEY: spec})


def names(extra: dict[str, Any]) -> str:
    """Show ``extra`` by its keys: nobody knows what its values are, so they may be audio or a handle."""
    return f"<{', '.join(map(str, extra))}>" if isinstance(extra, dict) else f"<{type(extra).__name__}>"


def sized(value: bytes | None) -> str:
    """Show bytes in a repr by their number."""
    if value is None:
        return "None"
    return f"<{len(value)} bytes>" if isinstance(value, (bytes, bytearray, memoryview)) else f"<{type(value).__name__}>"


def hidden(value: object) -> str:
    """Show of a secret that there is one."""
    return "None" if value is None else "<hidden>"


@attrs.frozen(kw_only=True, slots=False)
class WireValue:
    """A JSON object of the API as an immutable value.

    Attributes:
        extra: keys this version does not know, and values that did not fit their field, exactly as received.  They are
            sent back out when the value is encoded.
    """

    unsupported: ClassVar[frozenset[str]] = frozenset()
    """JSON names that the API has elsewhere and the Live API does not take here."""

    extra: dict[str, Any] = attrs.field(factory=dict, repr=names)

    def __init_subclass__(cls) -> None:
        """Give every wire value the short repr below, in place of one that lists dozens of ``None``."""
        cls.__repr__ = WireValue.__repr__  # type: ignore[method-assign]

    @classmethod
    def coerce(cls, value: Any, path: str, problems: list[ConfigError]) -> Any:
        """Return what a program wrote as a ``cls`` or a mapping, if it is a shorthand for one.

        Args:
            value: anything, a ``cls`` among it; what is no shorthand is returned as it is.
            path: where it stands.
            problems: takes what is wrong with it, where that is found here.
        """
        return value

    def check(self, path: str) -> Iterable[ConfigError]:
        """Yield what is wrong with fields that are right each by itself; a wrong one is ``None`` here."""
        return ()

    def __repr__(self) -> str:
        shown = []
        for field in attrs.fields(type(self)):
            value = getattr(self, field.name)
            if field.repr and value is not None and not (field.name == "extra" and not value):
                show = field.repr if callable(field.repr) else repr
                shown.append(f"{field.name}={show(value)}")
        return f"{type(self).__name__}({', '.join(shown)})"
