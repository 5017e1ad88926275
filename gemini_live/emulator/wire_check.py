"""From a client's frame to a typed message, refusing what the service refuses and in its words.

The service reads protobuf's JSON: both key spellings, both base64 alphabets, numbers as strings.  An error names the
field by its snake_case path.  Pure; any thread.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeVar

import attrs

from ..types import ClientMessage, OpenEnum, decode, kinds
from ..types._wire import BackendName, WireValue
from ..types.codec import ObjectKind, plan_of
from ..types.times import TIMESTAMP
from .http_errors import Violation
from .profiles import EmulatorProfile
from .refusals import INVALID_ARGUMENT, RefusedError, invalid_argument, malformed_json

_SCALAR_NAMES: dict[kinds.Kind, str] = {
    kinds.STR: "TYPE_STRING",
    kinds.BOOL: "TYPE_BOOL",
    kinds.INT: "TYPE_INT32",
    kinds.INT64: "TYPE_INT64",
    kinds.FLOAT: "TYPE_FLOAT",
    kinds.BYTES: "TYPE_BYTES",
    TIMESTAMP: "type.googleapis.com/google.protobuf.Timestamp",
}
_Message = TypeVar("_Message", bound=WireValue)
_PACKAGE = "type.googleapis.com/google.ai.generativelanguage.v1beta"


def read_json(frame: str | bytes) -> dict[str, Any]:
    """Read a text or binary frame as a JSON object.

    Raises:
        RefusedError: it is none.
    """
    try:
        text = frame if isinstance(frame, str) else frame.decode()
    except UnicodeDecodeError as error:
        raise malformed_json(repr(frame[:20]), 0) from error
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise malformed_json(text, error.pos) from error
    except (ValueError, RecursionError) as error:
        raise malformed_json(text, 0) from error
    if not isinstance(value, dict):
        raise malformed_json(text, 0)
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)


def read_message(
    data: dict[str, Any], profile: EmulatorProfile, backend: BackendName = "gemini", *, lenient: bool = False
) -> ClientMessage:
    """Read a JSON object as exactly one client message of a live session.

    Args:
        data: the object.
        profile: the family's ways.
        backend: whose fields are known.
        lenient: overlook what is not known or does not fit.

    Raises:
        RefusedError: unknown names, values of the wrong type, or not exactly one message in it.
    """
    return read_one(ClientMessage, data, Dialect(backend, profile.absent_fields), lenient=lenient)


def read_one(cls: type[_Message], data: dict[str, Any], dialect: Dialect, *, lenient: bool = False) -> _Message:
    """Read a JSON object as exactly one message of an endpoint.

    Args:
        cls: the endpoint's client messages.
        data: the object.
        dialect: which fields are known.
        lenient: overlook what is not known or does not fit.

    Raises:
        RefusedError: unknown names, values of the wrong type, or not exactly one message in it.
    """
    message = decode(cls, data)
    found = list(violations(message, "", dialect))
    if found and not lenient:
        raise RefusedError(INVALID_ARGUMENT, "\n".join(violation.description for violation in found))
    names = [key for key, value in data.items() if value is not None]
    if len(names) > 1:
        raise RefusedError(
            INVALID_ARGUMENT,
            f"Invalid value (oneof), oneof field 'message_type' is already set. Cannot set '{names[1]}'",
        )
    if not names:
        raise invalid_argument()
    return message


@attrs.frozen
class Dialect:
    """Which of the types' fields are known.

    Attributes:
        backend: fields that are another's only are unknown.
        absent: further unknown ones, as dotted paths.
    """

    backend: BackendName
    absent: frozenset[str] = frozenset()


def violations(value: WireValue, path: str, dialect: Dialect) -> Iterator[Violation]:
    """Yield what is wrong with a value that was decoded leniently: what did not fit stands in ``extra``."""
    plan = plan_of(type(value))
    for key, item in value.extra.items():
        field = plan.by_key.get(key)
        if field is None:
            yield Violation(path, unknown_name(key, path))
        elif not _is_other_spelling(field.kind, item):
            yield from _misfit(field.kind, item, field.attribute, path)
    for field in plan.fields:
        item = getattr(value, field.attribute)
        inner = _join(path, field.attribute)
        if item is not None and (field.only not in (None, dialect.backend) or inner in dialect.absent):
            yield Violation(path, unknown_name(field.wire_name, path))
        elif isinstance(item, tuple):
            for index, element in enumerate(item):
                yield from _inside(field.kind.item, element, f"{inner}[{index}]", dialect)  # type: ignore[attr-defined]
        else:
            yield from _inside(field.kind, item, inner, dialect)


def _inside(kind: kinds.Kind, item: Any, path: str, dialect: Dialect) -> Iterator[Violation]:
    if isinstance(item, WireValue):
        yield from violations(item, path, dialect)
    elif isinstance(item, OpenEnum) and not canonical(item).recognized:
        yield Violation(path, invalid_value(kind, str(item), path))


def canonical(value: OpenEnum) -> OpenEnum:
    """Return an enum's value in upper case, which the service does not insist on."""
    return value if value.recognized else type(value)(str(value).upper())


def _is_other_spelling(kind: kinds.Kind, item: Any) -> bool:
    """Return whether protobuf's JSON has a value in this form as well: numbers as text, and enums as their numbers.

    Such a value is let through and counts as left out.
    """
    if isinstance(kind, kinds.ListKind) and isinstance(item, list):
        fitting = [_is_other_spelling(kind.item, element) or _fits(kind.item, element) for element in item]
        return all(fitting)
    if isinstance(kind, kinds.EnumKind):
        return isinstance(item, int) and not isinstance(item, bool)
    if kind is kinds.FLOAT and isinstance(item, str):
        try:
            float(item)
        except ValueError:
            return False
        return True
    return False


def _fits(kind: kinds.Kind, item: Any) -> bool:
    try:
        kind.decode(item, [])
    except kinds.Mismatch:
        return False
    return True


def _misfit(kind: kinds.Kind, item: Any, name: str, path: str) -> Iterator[Violation]:
    """Yield what is wrong with a known field's value; in a list, with its items."""
    inner = _join(path, name)
    if isinstance(kind, kinds.ListKind) and isinstance(item, list):
        for index, element in enumerate(item):
            try:
                kind.item.decode(element, [])
            except kinds.Mismatch:  # noqa: PERF203 - only for lists that are wrong
                place = f"{inner}[{index}]"
                yield Violation(place, invalid_value(kind.item, element, place))
    elif isinstance(item, list):
        yield Violation(path, unknown_name(name, path, "Proto field is not repeating, cannot start list."))
    else:
        yield Violation(inner, invalid_value(kind, item, inner))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def unknown_name(name: str, path: str, why: str = "Cannot find field.") -> str:
    """Say that a message has no field of this name."""
    place = f" at '{path}'" if path else ""
    return f'Invalid JSON payload received. Unknown name "{name}"{place}: {why}'


def invalid_value(kind: kinds.Kind, value: Any, path: str) -> str:
    """Say that a field's value is of another type than the field."""
    shown = json.dumps(value)[:60]
    if kind is kinds.BYTES and isinstance(value, str):
        return f"Invalid value at '{path}' (TYPE_BYTES), Base64 decoding failed for {shown}"
    return f"Invalid value at '{path}' ({type_name(kind)}), {shown}"


def type_name(kind: kinds.Kind) -> str:
    """Return what the service calls a kind."""
    if isinstance(kind, ObjectKind):
        return f"{_PACKAGE}.{kind.cls.__name__}"
    if isinstance(kind, kinds.EnumKind):
        return f"{_PACKAGE}.{kind.cls.__name__}"
    if isinstance(kind, kinds.ListKind):
        return type_name(kind.item)
    return _SCALAR_NAMES.get(kind, "type.googleapis.com/google.protobuf.Struct")
