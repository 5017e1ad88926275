"""From type hints to forms."""

from __future__ import annotations

import collections.abc
import pathlib
import types
import typing
from collections.abc import Iterable
from enum import Enum
from typing import Any, Union

import attrs

from ..exceptions import ConfigError
from ..types import Schema, encode, parse
from ..types.kinds import Gather, collect, join
from . import dialect
from .classes import Declared, fields_of, is_model, make_of
from .containers import Alternatives, Described, Fixed, Listed, Mapped, Nullable
from .docstrings import Said, docstring_of_class, read_docstring
from .forms import Form
from .records import NOTHING, Field, Fields, Model, Record
from .scalars import SCALARS, Choice, choice_of

_LISTS: dict[Any, Any] = {
    list: list, set: set, frozenset: frozenset,
    collections.abc.Sequence: list, collections.abc.MutableSequence: list, collections.abc.Collection: list,
    collections.abc.Iterable: list, collections.abc.Set: set, collections.abc.MutableSet: set,
}  # fmt: skip
_MAPPINGS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)

_INSTEAD: dict[Any, str] = {
    bytes: "a model can't write bytes; take a str",
    bytearray: "a model can't write bytes; take a str",
    collections.abc.Callable: "a model can't give a function; take a name as str, and look the function up",
    pathlib.Path: "take a str, and check where it leads: a model should not choose any file",
}
"""What to do instead, for hints that some would try."""


@attrs.frozen
class Place:
    """Where a hint stands.

    Attributes:
        path: its path in what the program wrote.
        function: the function's name.
        classes: the classes that it is inside of.
    """

    path: str
    function: str
    classes: tuple[object, ...] = ()

    def at(self, name: str) -> Place:
        """Return the place of a field or parameter."""
        return attrs.evolve(self, path=join(self.path, name))

    def within(self, cls: object) -> Place:
        """Return the place inside a class, or another type with a name.

        Raises:
            ConfigError: it is that class's own inside.
        """
        if cls in self.classes:
            name = getattr(cls, "__name__", cls)
            raise self.error(f"{name} contains itself, and no schema can say that; take something flatter")
        return attrs.evolve(self, classes=(*self.classes, cls))

    def error(self, why: str) -> ConfigError:
        """Make the error for something that can't be declared."""
        return ConfigError(f"in {self.function}(): {why}", path=self.path)


def fields_for(declared: Iterable[Declared], said: Said, place: Place) -> Fields:
    """Return the forms of fields or parameters.

    Args:
        declared: the fields.
        said: what the docstring says of them; a description in the hint itself counts more.
        place: where they stand.

    Raises:
        ConfigError: some can't be said to a model; all of them in one error.
    """
    problems: list[ConfigError] = []
    fields = []
    for one in declared:
        with Gather(problems):
            fields.append(_field(one, said.parameters.get(one.name), place.at(one.name)))
    collect(problems)
    return Fields(tuple(fields))


def _field(declared: Declared, text: str | None, place: Place) -> Field:
    if declared.hint is NOTHING:
        raise place.error(f"{declared.name} has no type hint; write one, such as {declared.name}: str")
    form = form_of(declared.hint, place)
    if text and not _is_described(form):
        form = Described(form, text)
    if declared.default is None and not isinstance(form, Nullable):
        form = Nullable(form)
    return Field(declared.name, form, declared.required, declared.default)


def _is_described(form: Form) -> bool:
    return isinstance(form, Described) or (isinstance(form, Nullable) and _is_described(form.form))


def form_of(hint: Any, place: Place) -> Form:
    """Return the form of a type hint, in which every reference is resolved.

    Raises:
        ConfigError: no schema can say it, or it says nothing.
    """
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is not None:
        return _generic(hint, origin, arguments, place)
    if hint is Any or hint is object:
        raise place.error("Any says nothing of what is wanted; name a type, or dict for any JSON object")
    if isinstance(hint, (str, typing.ForwardRef)):
        name = hint if isinstance(hint, str) else hint.__forward_arg__
        raise place.error(f"{name!r} contains itself, or is not there; write the type itself")
    if hasattr(hint, "__supertype__"):
        return form_of(hint.__supertype__, place)
    if type(hint).__name__ == "TypeAliasType":
        return form_of(hint.__value__, place.within(hint))
    if isinstance(hint, type):
        return _plain(hint, place)
    raise _refuse(hint, place)


def _plain(cls: type, place: Place) -> Form:
    """Return the form of a class."""
    if cls in SCALARS:
        return SCALARS[cls]
    if cls in _MAPPINGS:
        return Mapped()
    if cls in _LISTS or cls is tuple:
        raise place.error(f"{cls.__name__} does not say of what; write list[str], or whatever is in it")
    if issubclass(cls, Enum):
        return _choice(tuple(cls), cls.__name__, place)
    try:
        if is_model(cls):
            return _model(cls, place.within(cls))
        declared = fields_of(cls)
    except ConfigError:
        raise
    except NameError as error:
        raise place.error(f"{cls.__name__} has a type hint with a name that is not there: {error}") from error
    except Exception as error:
        raise place.error(f"{cls.__name__} can't be read: {type(error).__name__}: {error}") from error
    if declared is None:
        raise _refuse(cls, place)
    said = read_docstring(docstring_of_class(cls))
    return Record(fields_for(declared, said, place.within(cls)), make_of(cls), said.description)


def _model(cls: Any, place: Place) -> Form:
    """Return the form of a pydantic model, by the schema that it says."""
    problems: list[ConfigError] = []
    with Gather(problems):
        schema = parse(Schema, cls.model_json_schema(), "")
    collect(place.error(f"{cls.__name__}'s schema: {problem}") for error in problems for problem in error.problems)
    return Model(dialect.accepted(encode(schema)), cls.model_validate)


def _generic(hint: Any, origin: Any, arguments: tuple[Any, ...], place: Place) -> Form:
    """Return the form of a hint with arguments in brackets."""
    if origin is typing.Annotated:
        form = form_of(arguments[0], place)
        text = _description(hint.__metadata__)
        return Described(form.form if isinstance(form, Described) else form, text) if text else form
    if origin in (Union, types.UnionType):
        return _union(arguments, place)
    if origin is typing.Literal:
        values = tuple(value for value in arguments if value is not None)
        form = _choice(values, "Literal", place)
        return form if len(values) == len(arguments) else Nullable(form)
    if origin in _MAPPINGS:
        return _mapping(arguments, place)
    if origin is tuple and not (len(arguments) == 2 and arguments[1] is Ellipsis):
        if not arguments:
            raise place.error("an empty tuple is nothing that a model could give; leave it out")
        return Fixed(tuple(form_of(argument, place) for argument in arguments))
    if (origin in _LISTS or origin is tuple) and arguments:
        return _list(form_of(arguments[0], place), _LISTS.get(origin, tuple), place)
    if isinstance(origin, type) and not arguments:  # typing.List and its like
        return _plain(origin, place)
    raise _refuse(hint if origin not in _INSTEAD else origin, place)


def _list(item: Form, make: Any, place: Place) -> Form:
    if make in (set, frozenset) and (
        isinstance(item, Mapped) or (isinstance(item, Listed) and item.make in (list, set))
    ):
        raise place.error("a set can't hold lists, sets or dicts; take a list of them")
    return Listed(item, make)


def _mapping(arguments: tuple[Any, ...], place: Place) -> Form:
    """Return the form of a mapping; its values may be anything."""
    if not arguments:
        return Mapped()
    key, value = arguments
    while hasattr(key, "__supertype__"):
        key = key.__supertype__
    if key is not str:
        raise place.error("names in JSON are strings; write dict[str, …]")
    return Mapped(None if value is Any or value is object else form_of(value, place))


def _union(arguments: tuple[Any, ...], place: Place) -> Form:
    members = [argument for argument in arguments if argument is not type(None)]
    problems: list[ConfigError] = []
    forms = []
    for member in members:
        with Gather(problems):
            forms.append(form_of(member, place))
    collect(problems)
    form = forms[0] if len(forms) == 1 else Alternatives(tuple(forms))
    return form if len(members) == len(arguments) else Nullable(form)


def _choice(values: tuple[Any, ...], name: str, place: Place) -> Choice:
    choice = choice_of(values)
    if choice is None:
        raise place.error(f"the values of {name} must be strings, numbers or booleans, and at least one")
    return choice


def _description(metadata: tuple[Any, ...]) -> str | None:
    """Return what the metadata of ``Annotated`` say in words; of several, the outermost's."""
    for item in reversed(metadata):
        text = item if isinstance(item, str) else getattr(item, "documentation", None)
        if isinstance(text, str) and text.strip():
            return text.strip()
    return None


def _refuse(hint: Any, place: Place) -> ConfigError:
    is_class = isinstance(hint, type) and typing.get_origin(hint) is None
    instead = next((why for cls, why in _INSTEAD.items() if is_class and issubclass(hint, cls)), None)
    name = getattr(hint, "__qualname__", None) or str(hint)
    return place.error(
        f"{name} can't be said to a model; "
        + (instead or "take str, int, float, bool, a list or dict of them, a Literal, an Enum or a dataclass")
    )
