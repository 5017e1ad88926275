"""What a token makes of a client's setup.

https://ai.google.dev/api/live#ephemeral-auth-tokens says which of the two counts: without a mask the token's setup, if
it has one, and the client's is ignored; with a mask the token's for the masked fields, the client's for the others.
The handle to resume with is the client's in any case, unless the mask names just that; else no locked session could be
resumed.  Pure; any thread.
"""

from __future__ import annotations

import re
from typing import Any

import attrs

from ..types import Setup, encode
from ..types.codec import ClassPlan, ObjectKind, plan_of

Json = dict[str, Any]
Path = tuple[str, ...]

_HANDLE: Path = ("sessionResumption", "handle")
_SEGMENT = re.compile(r"[a-z][A-Za-z0-9]*")


def mask_paths(mask: str) -> tuple[Path, ...]:
    """Read a field mask: camelCase paths with commas between.

    Raises:
        ValueError: a path is none of a setup's on the Gemini API; its text is the path.
    """
    return tuple(_checked(path) for path in mask.split(",")) if mask else ()


def _checked(path: str) -> Path:
    segments = tuple(path.split("."))
    plan: ClassPlan | None = plan_of(Setup)
    for segment in segments:
        if plan is None or not _SEGMENT.fullmatch(segment):
            raise ValueError(path)
        field = next((field for field in plan.fields if field.wire_name == segment), None)
        if field is None or field.only not in (None, "gemini"):
            raise ValueError(path)
        plan = plan_of(field.kind.cls) if isinstance(field.kind, ObjectKind) else None
    return segments


@attrs.frozen
class Lock:
    """What a token holds sessions to.

    Attributes:
        setup: its setup in camelCase, ``None`` if it has none.
        mask: the fields that it locks; empty for all of them, if it has a setup.
    """

    setup: Json | None = None
    mask: tuple[Path, ...] = ()

    def applied_to(self, sent: Json, read: Setup) -> Json:
        """Return the setup that counts, in camelCase; as it came where nothing is locked.

        Args:
            sent: the client's setup as it came.
            read: the same as it was read.
        """
        if self.setup is None and not self.mask:
            return sent
        client, own = encode(read), self.setup or {}
        if not self.mask:
            return _with(own, _HANDLE, _value(client, _HANDLE))
        handle = _value(client, _HANDLE)
        for path in self.mask:
            client = _with(_without(client, path), path, _value(own, path))
        return client if _HANDLE in self.mask else _with(client, _HANDLE, handle)


_ABSENT = object()


def _value(setup: Json, path: Path) -> Any:
    """Return what stands at a path, :data:`_ABSENT` if nothing does."""
    value: Any = setup
    for segment in path:
        if not isinstance(value, dict) or segment not in value:
            return _ABSENT
        value = value[segment]
    return value


def _without(setup: Json, path: Path) -> Json:
    """Return a setup where nothing stands at a path; an object that was around it stays, be it empty."""
    head, rest = path[0], path[1:]
    if head not in setup:
        return setup
    if not rest:
        return {key: value for key, value in setup.items() if key != head}
    return {**setup, head: _without(setup[head], rest)}


def _with(setup: Json, path: Path, value: Any) -> Json:
    """Return a setup where a value stands at a path; what is absent changes nothing."""
    if value is _ABSENT:
        return setup
    head, rest = path[0], path[1:]
    return {**setup, head: _with(setup.get(head, {}), rest, value) if rest else value}
