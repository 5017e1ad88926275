"""What a token makes of a client's setup.

https://ai.google.dev/api/live#ephemeral-auth-tokens says which of the two counts: without a mask the token's setup, if
it has one, and the client's is ignored; with a mask the token's for the masked fields, the client's for the others.
The handle to resume with is the client's in any case, unless the mask names just that; else no locked session could be
resumed.  Pure; any thread.
"""

from __future__ import annotations

from typing import Any

import attrs

from ..types import GenerationConfig, Setup, encode
from ..types.codec import ClassPlan, ObjectKind, plan_of

Json = dict[str, Any]
Path = tuple[str, ...]

_HANDLE: Path = ("sessionResumption", "handle")


def mask_paths(mask: str) -> tuple[Path, ...]:
    """Read a field mask: paths with commas between, in either spelling, as Google's own client writes both.

    That client also lists fields of the generation config without the config's name in front.

    Returns:
        The paths in camelCase.

    Raises:
        ValueError: a path is none of a setup's on the Gemini API; its text is the path.
    """
    return tuple(_checked(path) for path in mask.split(",")) if mask else ()


def _checked(path: str) -> Path:
    segments = path.split(".")
    if segments[0] not in plan_of(Setup).by_key and segments[0] in plan_of(GenerationConfig).by_key:
        segments = ["generationConfig", *segments]
    plan: ClassPlan | None = plan_of(Setup)
    checked = []
    for segment in segments:
        field = plan.by_key.get(segment) if plan is not None else None
        if field is None or field.only not in (None, "gemini"):
            raise ValueError(path)
        checked.append(field.wire_name)
        plan = plan_of(field.kind.cls) if isinstance(field.kind, ObjectKind) else None
    return tuple(checked)


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
