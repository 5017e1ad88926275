"""Which fields a class has: dataclasses, attrs classes, typed dictionaries, named tuples."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from .records import NOTHING

_QUALIFIERS = ("Required", "NotRequired", "ReadOnly")


@attrs.frozen
class Declared:
    """A field or parameter as it is declared.

    Attributes:
        name: its name.
        hint: its type hint, with no reference in it; :data:`NOTHING` if there is none.
        required: whether it has to be given.
        default: what it is otherwise, if that is one value.
    """

    name: str
    hint: Any
    required: bool = True
    default: Any = NOTHING


def fields_of(cls: type) -> list[Declared] | None:
    """Return a class's fields, or ``None`` if it is no class that has any.

    Raises:
        NameError: a type hint names what is not there.
        Exception: it is wrong in another way.
    """
    reader = _reader_of(cls)
    return None if reader is None else list(reader(cls, typing.get_type_hints(cls, include_extras=True)))


def make_of(cls: type) -> Callable[..., Any]:
    """Return what makes a value of a class with fields."""
    return dict if _is_typed_dict(cls) else cls


def is_model(cls: type) -> bool:
    """Whether a class says its JSON Schema and reads JSON by itself, as pydantic's models do."""
    return callable(getattr(cls, "model_json_schema", None)) and callable(getattr(cls, "model_validate", None))


_Reader = Callable[[type, Mapping[str, Any]], Iterator[Declared]]


def _reader_of(cls: type) -> _Reader | None:
    if attrs.has(cls):
        return _attrs_fields
    if dataclasses.is_dataclass(cls):
        return _dataclass_fields
    if _is_typed_dict(cls):
        return _typed_dict_fields
    if issubclass(cls, tuple) and hasattr(cls, "_field_defaults"):
        return _named_tuple_fields
    return None


def _is_typed_dict(cls: type) -> bool:
    """Whether it is a ``TypedDict``, of either module that has one."""
    return issubclass(cls, dict) and hasattr(cls, "__required_keys__")


def _attrs_fields(cls: type, hints: Mapping[str, Any]) -> Iterator[Declared]:
    for field in attrs.fields(cls):
        if field.init:
            missing = field.default is attrs.NOTHING
            made = isinstance(field.default, attrs.Factory)  # type: ignore[arg-type]
            default = NOTHING if missing or made else field.default
            yield Declared(field.alias, hints.get(field.name, NOTHING), missing, default)


def _dataclass_fields(cls: type, hints: Mapping[str, Any]) -> Iterator[Declared]:
    fields = {field.name: field for field in dataclasses.fields(cls)}
    for name, parameter in inspect.signature(cls).parameters.items():
        field = fields.get(name)
        if field is None:  # an InitVar, or a parameter of an __init__ that somebody wrote
            hint = hints.get(name, NOTHING)
            hint = hint.type if isinstance(hint, dataclasses.InitVar) else hint
            yield Declared(name, hint, parameter.default is NOTHING, parameter.default)
        else:
            made = field.default_factory is not dataclasses.MISSING
            has_default = field.default is not dataclasses.MISSING
            yield Declared(name, hints[name], not made and not has_default, field.default if has_default else NOTHING)


def _typed_dict_fields(cls: type, hints: Mapping[str, Any]) -> Iterator[Declared]:
    required_keys: frozenset[str] = getattr(cls, "__required_keys__")  # noqa: B009 - mypy knows no such attribute
    for name, hint in hints.items():
        required = name in required_keys
        qualifier = _qualifier(hint)
        while qualifier:
            # With postponed annotations the class itself does not know which of its keys are marked.
            required = {"Required": True, "NotRequired": False}.get(qualifier, required)
            (hint,) = typing.get_args(hint)  # noqa: PLW2901
            qualifier = _qualifier(hint)
        yield Declared(name, hint, required)


def _qualifier(hint: Any) -> str | None:
    name = getattr(typing.get_origin(hint), "_name", None)
    return name if name in _QUALIFIERS else None


def _named_tuple_fields(cls: type, hints: Mapping[str, Any]) -> Iterator[Declared]:
    defaults = getattr(cls, "_field_defaults")  # noqa: B009 - mypy knows no such attribute
    for name in getattr(cls, "_fields"):  # noqa: B009
        yield Declared(name, hints.get(name, NOTHING), name not in defaults, defaults.get(name, NOTHING))
