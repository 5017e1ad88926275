"""Forms with named fields: a function's parameters, and classes that hold values."""

from __future__ import annotations

import datetime
import decimal
import inspect
import uuid
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

import attrs

from ..types.kinds import check_json
from . import dialect
from .forms import ArgumentsError, Form, Gather, collect, inside, shorten, unknown, wrong

NOTHING: Any = inspect.Parameter.empty
"""The default of what has none, or one that is made anew each time."""


@attrs.frozen
class Field:
    """One field.

    Attributes:
        name: its name, in JSON as in Python.
        form: its form.
        required: whether it has to be given.
        default: what it is otherwise, if that is one value.
    """

    name: str
    form: Form
    required: bool = True
    default: Any = NOTHING

    def schema(self) -> dict[str, Any]:
        """Return the form's schema with the default, if JSON can say it."""
        schema = self.form.schema()
        try:
            written = _written(self.default)
            check_json(written, self.name)
            if written is None or self.form.convert(written, "") != self.default:
                return schema
        except Exception:  # noqa: BLE001 - the default may be anything, and compare itself in any way
            return schema
        return dialect.with_default(schema, str(written) if "enum" in schema else written)


def _written(value: Any) -> Any:
    """Return a default as JSON; what JSON has no word for fails when it is checked."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (uuid.UUID, decimal.Decimal)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [_written(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((_written(item) for item in value), key=repr)
    if isinstance(value, dict):
        return {key: _written(item) for key, item in value.items()}
    return value


@attrs.frozen
class Fields:
    """Several fields together: a JSON object with these names and no others."""

    fields: tuple[Field, ...]

    def schema(self) -> dict[str, Any]:
        """Return the schema of an object."""
        schema: dict[str, Any] = {"type": "OBJECT"}
        if self.fields:
            schema["properties"] = {field.name: field.schema() for field in self.fields}
        required = [field.name for field in self.fields if field.required]
        if required:
            schema["required"] = required
        return schema

    def convert(self, value: Any, path: str) -> dict[str, Any]:
        """Return the fields that are given, converted.

        Raises:
            ArgumentsError: a name is unknown, a field is missing or does not fit: all of them in one error.
        """
        if not isinstance(value, Mapping):
            raise wrong(path, "an object", value)
        problems: list[ArgumentsError] = []
        converted = {}
        for field in self.fields:
            place = inside(path, field.name)
            if field.name in value:
                with Gather(problems):
                    converted[field.name] = field.form.convert(value[field.name], place)
            elif field.required:
                problems.append(ArgumentsError("is missing", path=place))
        known = [field.name for field in self.fields]
        problems += [unknown(key, known, path) for key in value if key not in known]
        collect(problems)
        return converted


@attrs.frozen
class Record:
    """An object that becomes a value of a class.

    Attributes:
        fields: its fields.
        make: makes the value of them.
        description: what such a value is.
    """

    fields: Fields
    make: Callable[..., Any]
    description: str | None = None
    wanted: str = attrs.field(default="an object", init=False)

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        return dialect.described(self.fields.schema(), self.description)

    def convert(self, value: Any, path: str) -> Any:
        """Convert the fields, and make the value."""
        given = self.fields.convert(value, path)
        try:
            return self.make(**given)
        except (ValueError, TypeError) as error:  # the class's own checks
            raise ArgumentsError(shorten(str(error)) or type(error).__name__, path=path) from error
        except Exception as error:
            raise ArgumentsError(shorten(f"{type(error).__name__}: {error}"), path=path) from error


@attrs.frozen
class Model:
    """An object that becomes a pydantic model, or whatever has the same two methods.

    Attributes:
        declared: its schema.
        validate: makes the value of the object.
    """

    declared: dict[str, Any]
    validate: Callable[[Any], Any]
    wanted: str = attrs.field(default="an object", init=False)

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        return self.declared

    def convert(self, value: Any, path: str) -> Any:
        """Let the class judge what is inside the object."""
        if not isinstance(value, Mapping):
            raise wrong(path, self.wanted, value)
        try:
            return self.validate(value)
        except Exception as error:
            problems = _listed(error, path) or [ArgumentsError(shorten(str(error)), path=path)]
            raise ArgumentsError.of(problems) from error


def _listed(error: Exception, path: str) -> list[ArgumentsError]:
    """Return what pydantic's own error lists: places and messages."""
    errors = getattr(error, "errors", None)
    problems = []
    for found in errors() if callable(errors) else ():
        place = path
        for step in found["loc"]:
            place = f"{place}[{step}]" if isinstance(step, int) else inside(place, step)
        problems.append(ArgumentsError(found["msg"], path=place))
    return problems
