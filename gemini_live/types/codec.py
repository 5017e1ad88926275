"""One codec for every wire value, driven by the fields' own metadata.

A class says each field once (``temperature: float | None = wire("temperature")``); the annotation says the kind.  From
that the codec reads a server's JSON (:func:`decode`: total, unknown keys and misfits are kept in ``extra``), reads a
program's values (:func:`parse`: strict, either spelling, errors with a path) and writes JSON (:func:`encode`:
camelCase, ``None`` left out, ``{}`` kept).

The JSON form is protobuf's: https://protobuf.dev/programming-guides/json/
"""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar, Union

import attrs

from ..exceptions import ConfigError
from . import kinds
from ._wire import METADATA_KEY, BackendName, Bounds, WireField, WireValue
from .enums import OpenEnum

T = TypeVar("T", bound=WireValue)

_SCALARS: dict[Any, kinds.Kind] = {
    str: kinds.STR, bool: kinds.BOOL, int: kinds.INT, float: kinds.FLOAT, bytes: kinds.BYTES, Any: kinds.JSON,
}  # fmt: skip


@attrs.frozen
class FieldPlan:
    """What the codec knows of one field; the last three are for what a program writes, see :func:`._wire.wire`."""

    attribute: str
    wire_name: str
    kind: kinds.Kind
    only: BackendName | None = None
    range: Bounds = (None, None)
    required: bool = False


Reader = tuple[str, Callable[[Any, kinds.Report], Any], bool]


@attrs.frozen
class ClassPlan:
    """What the codec knows of one class.

    Attributes:
        fields: its fields, in order.
        by_key: the fields by every spelling of their names.
        readers: the same for :func:`decode`: attribute, reading, and whether the spelling is the wire's own.
        defaults: what a value of the class holds before anything is read.
        factories: what makes the defaults that no two values share, ``extra`` left out.
        aliases: the fields by other names that only :func:`parse` takes.
    """

    fields: tuple[FieldPlan, ...]
    by_key: dict[str, FieldPlan]
    readers: dict[str, Reader]
    defaults: dict[str, Any]
    factories: tuple[tuple[str, Callable[[], Any]], ...]
    aliases: dict[str, FieldPlan]


@attrs.frozen
class ObjectKind:
    """A JSON object as a value of ``cls``."""

    cls: type[WireValue]

    def decode(self, value: Any, report: kinds.Report) -> WireValue:
        """Read a JSON object; anything else is a mismatch."""
        if type(value) is not dict:
            raise kinds.Mismatch
        try:
            return decode(self.cls, value, report)
        except RecursionError:  # deeper than anybody means it: kept as it came
            raise kinds.Mismatch from None

    def parse(self, value: Any, path: str) -> WireValue:
        """Read a value, a mapping, or whatever the class's ``coerce`` takes."""
        return _parse(self.cls, value, path)

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
    fields: list[FieldPlan] = []
    by_key: dict[str, FieldPlan] = {}
    aliases: dict[str, FieldPlan] = {}
    for field in attrs.fields(cls):
        spec = field.metadata.get(METADATA_KEY)
        if isinstance(spec, WireField):
            kind = spec.kind or _kind_of(hints[field.name])
            plan = FieldPlan(field.name, spec.name, kind, spec.only, spec.range, spec.required)
            fields.append(plan)
            by_key.update(dict.fromkeys((field.name, spec.name, snake(spec.name)), plan))
            aliases.update(dict.fromkeys(spec.aliases, plan))
    readers: dict[str, Reader] = {
        key: (plan.attribute, plan.kind.decode, key == plan.wire_name) for key, plan in by_key.items()
    }
    defaults = {field.name: None for field in attrs.fields(cls)}
    assert all(field.default is None or hasattr(field.default, "factory") for field in attrs.fields(cls)), cls
    factories = tuple(
        (field.name, field.default.factory)
        for field in attrs.fields(cls)
        if hasattr(field.default, "factory") and field.name != "extra"
    )
    return ClassPlan(tuple(fields), by_key, readers, defaults, factories, aliases)


def snake(name: str) -> str:
    """Return a camelCase name in snake_case."""
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def decode(cls: type[T], data: Mapping[str, Any], report: kinds.Report | None = None) -> T:
    """Read what a server said.  Never raises: what is unknown or does not fit stays in ``extra``.

    Both key spellings are read; ``null`` is the same as absence, as in protobuf's JSON.  When both come, the camelCase
    one is the field and the other stays in ``extra``.

    Args:
        cls: the class to read.
        data: the JSON object.
        report: collects ``Class.field`` for each known field whose value did not fit.
    """
    plan = _plans.get(cls) or plan_of(cls)
    report = [] if report is None else report
    state = plan.defaults.copy()
    extra: dict[str, Any] = {}
    for key, value in data.items():
        reader = plan.readers.get(key)
        if reader is not None:
            if value is None:
                continue
            attribute, read, is_wire_name = reader
            if is_wire_name or (data.get(plan.by_key[key].wire_name) is None and state[attribute] is None):
                try:
                    state[attribute] = read(value, report)
                    continue
                except kinds.Mismatch:
                    report.append(f"{cls.__name__}.{attribute}")
        extra[key] = value
    state["extra"] = extra
    for name, factory in plan.factories:
        state[name] = factory()
    # What is known to be right needs no constructor, and a server's messages are many.
    made = object.__new__(cls)
    object.__setattr__(made, "__dict__", state)
    return made


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
        ConfigError: an unknown key (with the nearest known one), a value of the wrong type or out of its range, a
            missing one, or several that don't go together: all of them in one error, each with its path.
    """
    try:
        return _parse(cls, value, path)
    except kinds.TooLarge as error:
        raise ConfigError(str(error), path=path) from None
    except RecursionError:
        raise ConfigError("is nested too deep, or contains itself", path=path) from None


def _parse(cls: type[T], value: Any, path: str) -> T:
    problems: list[ConfigError] = []
    value = cls.coerce(value, path, problems)
    if isinstance(value, cls):
        result = _parse_fields(value, path, problems)
    elif isinstance(value, Mapping):
        result = _parse_mapping(cls, value, path, problems)
    else:
        problems = problems or [kinds.wrong(path, f"a {cls.__name__} or a mapping", value)]
        raise ConfigError.of(problems)
    problems += result.check(path)
    kinds.collect(problems)
    return result


def _parse_mapping(cls: type[T], value: Mapping[Any, Any], path: str, problems: list[ConfigError]) -> T:
    """Return a mapping as a value; fields that are wrong are left out."""
    plan = plan_of(cls)
    known: dict[str, Any] = {}
    given: set[str] = set()
    for key, item in value.items():
        field = (plan.by_key.get(key) or plan.aliases.get(key)) if isinstance(key, str) else None
        inner = kinds.join(path, str(key))
        if field is None:
            problems.append(_unknown(cls, str(key), path))
        elif field.attribute in given:
            problems.append(ConfigError("is given in both spellings", path=inner))
        elif item is not None:
            given.add(field.attribute)
            with kinds.Gather(problems):
                known[field.attribute] = _parse_field(field, item, inner)
    problems += _missing(plan, given, path)
    return cls(**known)


def _parse_fields(value: T, path: str, problems: list[ConfigError]) -> T:
    """Return a value whose fields are of the types they declare; those that are wrong are left out."""
    plan = plan_of(type(value))
    changes: dict[str, Any] = {}
    given: set[str] = set()
    for field in plan.fields:
        item = getattr(value, field.attribute)
        if item is None:
            continue
        given.add(field.attribute)
        parsed = None
        with kinds.Gather(problems):
            parsed = _parse_field(field, item, kinds.join(path, field.attribute))
        if parsed is not item:
            changes[field.attribute] = parsed
    problems += _missing(plan, given, path)
    return attrs.evolve(value, **changes) if changes else value


def _parse_field(field: FieldPlan, item: Any, path: str) -> Any:
    parsed = field.kind.parse(item, path)
    low, high = field.range
    if (low is None or low <= parsed) and (high is None or parsed <= high):
        return parsed
    bounds = f"{low} to {high}"
    if low is None or high is None:
        bounds = f"at least {low}" if high is None else f"at most {high}"
    raise ConfigError(f"must be {bounds}, not {parsed}", path=path)


def _missing(plan: ClassPlan, given: set[str], path: str) -> Iterator[ConfigError]:
    for field in plan.fields:
        if field.required and field.attribute not in given:
            yield ConfigError("is missing", path=kinds.join(path, field.attribute))


def _unknown(cls: type[WireValue], key: str, path: str) -> ConfigError:
    """Make the error for a key that is no field: another API's, or nobody's."""
    if key in cls.unsupported or any(key == snake(name) for name in cls.unsupported):
        return ConfigError("the Live API does not support this", path=kinds.join(path, key))
    return unknown_key(key, [field.attribute for field in plan_of(cls).fields], path)


def unknown_key(key: str, known: list[str], path: str = "") -> ConfigError:
    """Make the error for a name nobody knows, with the nearest one that is known."""
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(sorted(known))}"
    return ConfigError(f"unknown{hint}", path=kinds.join(path, key))


def collect(problems: Iterable[ConfigError]) -> None:
    """Raise one error for all problems; return if there is none.

    Raises:
        ConfigError: there are some; see :attr:`gemini_live.ConfigError.problems`.
    """
    kinds.collect(problems)


_BACKENDS: dict[BackendName, str] = {"gemini": "the Gemini API", "vertex_ai": "Vertex AI"}


def wrong_backend(value: WireValue, backend: str, path: str = "") -> list[ConfigError]:
    """Return an error for every field in ``value`` that ``backend`` does not have.

    Args:
        value: what is to be sent, as :func:`parse` returned it.
        backend: ``"gemini"`` or ``"vertex_ai"``.
        path: where ``value`` stands in what the program wrote.
    """
    problems = []
    for field in plan_of(type(value)).fields:
        item = getattr(value, field.attribute)
        if item is None:
            continue
        inner = kinds.join(path, field.attribute)
        if field.only is None or field.only == backend:
            problems += _wrong_inside(item, backend, inner)
        else:
            home = _BACKENDS[field.only]
            problems.append(ConfigError(f'is for {home} only; leave it out, or use auth="{field.only}"', path=inner))
    return problems


def _wrong_inside(item: Any, backend: str, path: str) -> list[ConfigError]:
    if isinstance(item, WireValue):
        return wrong_backend(item, backend, path)
    if isinstance(item, tuple):
        inside = ((f"{path}[{index}]", element) for index, element in enumerate(item))
    elif isinstance(item, dict):
        inside = ((kinds.join(path, key), element) for key, element in item.items() if isinstance(element, WireValue))
    else:
        return []
    return [problem for place, element in inside for problem in _wrong_inside(element, backend, place)]
