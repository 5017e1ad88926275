"""One codec for every wire value, driven by the fields' own metadata.

A class says each field once (``temperature: float | None = wire("temperature")``); the annotation says the kind.  From
that the codec reads a server's JSON (:func:`decode`: total, unknown keys and misfits are kept in ``extra``), reads a
program's values (:func:`parse`: strict, either spelling, errors with a path) and writes JSON (:func:`encode`:
camelCase, ``None`` left out, ``{}`` kept).

The JSON form is protobuf's: https://protobuf.dev/programming-guides/json/
"""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar, Union

import attrs

from ..exceptions import ConfigError
from . import kinds
from ._wire import METADATA_KEY, WireName, WireValue
from .enums import OpenEnum

T = TypeVar("T", bound=WireValue)

_SCALARS: dict[Any, kinds.Kind] = {
    str: kinds.STR, bool: kinds.BOOL, int: kinds.INT, float: kinds.FLOAT, bytes: kinds.BYTES, Any: kinds.JSON,
}  # fmt: skip


@attrs.frozen
class FieldPlan:
    """What the codec knows of one field."""

    attribute: str
    wire_name: str
    kind: kinds.Kind


@attrs.frozen
class ClassPlan:
    """What the codec knows of one class: its fields, and every spelling of their names."""

    fields: tuple[FieldPlan, ...]
    by_key: dict[str, FieldPlan]


@attrs.frozen
class ObjectKind:
    """A JSON object as a value of ``cls``."""

    cls: type[WireValue]

    def decode(self, value: Any, report: kinds.Report) -> WireValue:
        """Read a JSON object; anything else is a mismatch."""
        if type(value) is not dict:
            raise kinds.Mismatch
        return decode(self.cls, value, report)

    def parse(self, value: Any, path: str) -> WireValue:
        """Read a value, a mapping, or whatever the class's ``coerce`` takes."""
        return parse(self.cls, value, path)

    def encode(self, value: WireValue) -> dict[str, Any]:
        """Write."""
        return encode(value)


def _kind_of(annotation: Any) -> kinds.Kind:
    """Return the kind that an annotation means."""
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (Union, types.UnionType):
        (inner,) = (argument for argument in arguments if argument is not type(None))
        return _kind_of(inner)
    if origin is tuple:
        return kinds.ListKind(_kind_of(arguments[0]))
    if origin is dict:
        return kinds.MapKind(_kind_of(arguments[1]))
    if isinstance(annotation, type) and issubclass(annotation, OpenEnum):
        return kinds.EnumKind(annotation)
    if isinstance(annotation, type) and issubclass(annotation, WireValue):
        return ObjectKind(annotation)
    raise AssertionError(f"no wire kind for {annotation!r}")


_plans: dict[type[WireValue], ClassPlan] = {}
"""Plans made so far.  Two threads may make the same one at once; both are equal, and the last stays."""


def plan_of(cls: type[WireValue]) -> ClassPlan:
    """Return how a class's fields are read and written, worked out at its first use."""
    plan = _plans.get(cls)
    if plan is None:
        plan = _plans[cls] = _make_plan(cls)
    return plan


def _make_plan(cls: type[WireValue]) -> ClassPlan:
    hints = typing.get_type_hints(cls)
    fields = []
    for field in attrs.fields(cls):
        name = field.metadata.get(METADATA_KEY)
        if isinstance(name, WireName):
            fields.append(FieldPlan(field.name, name.name, name.kind or _kind_of(hints[field.name])))
    by_key = {field.attribute: field for field in fields}
    by_key.update((field.wire_name, field) for field in fields)
    return ClassPlan(tuple(fields), by_key)


def decode(cls: type[T], data: Mapping[str, Any], report: kinds.Report | None = None) -> T:
    """Read what a server said.  Never raises: what is unknown or does not fit stays in ``extra``.

    Both key spellings are read; ``null`` is the same as absence, as in protobuf's JSON.  When both come, the camelCase
    one is the field and the other stays in ``extra``.

    Args:
        cls: the class to read.
        data: the JSON object.
        report: collects ``Class.field`` for each known field whose value did not fit.
    """
    report = [] if report is None else report
    known: dict[str, Any] = {}
    extra: dict[str, Any] | None = None
    by_key = plan_of(cls).by_key
    for key, value in data.items():
        field = by_key.get(key)
        if field is not None and value is None:
            continue
        if field is not None and (key == field.wire_name or data.get(field.wire_name) is None):
            try:
                known[field.attribute] = field.kind.decode(value, report)
                continue
            except kinds.Mismatch:
                report.append(f"{cls.__name__}.{field.attribute}")
        extra = {} if extra is None else extra
        extra[key] = value
    if extra is not None:
        known["extra"] = extra
    return cls(**known)


def encode(value: WireValue) -> dict[str, Any]:
    """Write a value as JSON: camelCase, ``None`` left out, empty objects kept, ``extra`` at the end."""
    result: dict[str, Any] = {}
    for field in plan_of(type(value)).fields:
        item = getattr(value, field.attribute)
        if item is not None:
            result[field.wire_name] = field.kind.encode(item)
    result.update(value.extra)
    return result


def parse(cls: type[T], value: Any, path: str) -> T:
    """Read what a program wrote: a ``cls``, a mapping in either spelling, or what ``cls.coerce`` turns into one.

    A ``cls`` is looked through as well: its constructor takes anything, so ``GenerationConfig(temperature="hot")``
    is found here.

    Raises:
        ConfigError: an unknown key (with the nearest known one) or a value of the wrong type, with its path.
    """
    coerce = getattr(cls, "coerce", None)
    if coerce is not None and not isinstance(value, cls):
        value = coerce(value)
    if isinstance(value, cls):
        return _parse_fields(value, path)
    if not isinstance(value, Mapping):
        raise kinds.wrong(path, f"a {cls.__name__} or a mapping", value)
    plan = plan_of(cls)
    known: dict[str, Any] = {}
    for key, item in value.items():
        field = plan.by_key.get(key) if isinstance(key, str) else None
        if field is None:
            raise unknown_key(str(key), [field.attribute for field in plan.fields], path)
        if field.attribute in known:
            raise ConfigError("is given in both spellings", path=kinds.join(path, key))
        if item is not None:
            known[field.attribute] = field.kind.parse(item, kinds.join(path, key))
    return cls(**known)


def _parse_fields(value: T, path: str) -> T:
    """Return a value whose fields are of the types they declare."""
    changes: dict[str, Any] = {}
    for field in plan_of(type(value)).fields:
        item = getattr(value, field.attribute)
        if item is not None:
            parsed = field.kind.parse(item, kinds.join(path, field.attribute))
            if parsed is not item:
                changes[field.attribute] = parsed
    return attrs.evolve(value, **changes) if changes else value


def unknown_key(key: str, known: list[str], path: str = "") -> ConfigError:
    """Make the error for a name nobody knows, with the nearest one that is known."""
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(sorted(known))}"
    return ConfigError(f"unknown{hint}", path=kinds.join(path, key))
