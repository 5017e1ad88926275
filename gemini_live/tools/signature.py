"""What a callable takes: its declaration for the model, and a call's arguments back into Python."""

from __future__ import annotations

import functools
import inspect
import re
import sys
import types
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Union

import attrs

from ..exceptions import ConfigError
from ..types import Schema, parse
from ..types.kinds import Gather, collect
from .classes import Declared
from .docstrings import Said, docstring_of_function, read_docstring
from .forms import MAX_DEPTH, ArgumentsError, is_too_deep
from .hints import Place, fields_for
from .records import NOTHING, Fields

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
"""As the service takes names of parameters."""

_MAX_WRAPPERS = 100


@attrs.frozen
class Signature:
    """What a function takes.

    Attributes:
        description: what its docstring says of it.
        parameters: the schema of an object with its arguments; ``None`` if it takes none.
        context: the name of the parameter that takes the context of the call.
    """

    description: str | None
    parameters: Schema | None
    context: str | None
    _fields: Fields = attrs.field(default=Fields(()), repr=False)

    def bind(self, args: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return a call's arguments as keyword arguments for the function, without the context.

        Raises:
            ArgumentsError: some are unknown, missing or don't fit; all of them in one error.
        """
        if is_too_deep(args):
            raise ArgumentsError(f"the arguments are nested more than {MAX_DEPTH} deep")
        try:
            return self._fields.convert({} if args is None else args, "")
        except RecursionError:  # the program itself was deep down its stack
            raise ArgumentsError("the arguments are nested too deep") from None


def read_signature(function: Callable[..., Any], *, context_type: type, path: str) -> Signature:
    """Read what a callable takes from its signature, type hints and docstring.

    Args:
        function: a function, bound method, partial, or instance with ``__call__``; it may be async or a generator.
            What a partial gives by keyword is not offered to the model.
        context_type: a parameter with this hint (or ``None`` besides) takes the context, which no model gives.
        path: where the function stands in what the program wrote.

    Raises:
        ConfigError: something of it can't be said to a model; all of that in one error.
    """
    unwrapped = _unwrap(function)
    place = Place(path, _name(unwrapped.documented))
    try:
        parameters = inspect.signature(function).parameters.values()
    except (ValueError, TypeError) as error:
        raise place.error("its signature can't be read; wrap it in a function of your own") from error
    problems: list[ConfigError] = []
    declared: list[Declared] = []
    contexts: list[str] = []
    for parameter in parameters:
        with Gather(problems):
            if parameter.name in unwrapped.given:
                continue
            one = _declared(parameter, unwrapped.names, context_type, place.at(parameter.name))
            if not _takes_context(one.hint, context_type):
                declared.append(one)
            elif contexts:
                raise place.at(one.name).error(f"{contexts[0]} takes the context already; leave out one of them")
            else:
                contexts.append(one.name)
    said = read_docstring(docstring_of_function(unwrapped.documented))
    fields, schema = Fields(()), None
    with Gather(problems):
        fields, schema = _read(declared, said, place)
    collect(problems)
    return Signature(said.description, schema, contexts[0] if contexts else None, fields)


def context_parameter(function: Callable[..., Any], context_type: type) -> str | None:
    """Return the name of the parameter that takes the context, of a callable whose other parameters say nothing."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (ValueError, TypeError):
        return None
    names = _unwrap(function).names
    for parameter in parameters:
        try:
            hint = _hint(parameter, names, context_type, Place("", ""))
        except ConfigError:
            continue
        if _takes_context(hint, context_type):
            return parameter.name
    return None


def _read(declared: list[Declared], said: Said, place: Place) -> tuple[Fields, Schema | None]:
    try:
        fields = fields_for(declared, said, place)
        return fields, parse(Schema, fields.schema(), place.path) if fields.fields else None
    except RecursionError:
        raise place.error("a type hint is nested too deep; take something flatter") from None


@attrs.frozen
class _Unwrapped:
    """What is behind bound methods, partials and decorators.

    Attributes:
        documented: the outermost callable that is no partial; its docstring counts.
        names: where annotations find their names.
        given: the keywords that a partial gives already.
    """

    documented: Callable[..., Any]
    names: dict[str, Any]
    given: frozenset[str]


def _unwrap(function: Any) -> _Unwrapped:
    documented: Callable[..., Any] | None = None
    given: frozenset[str] = frozenset()
    for _ in range(_MAX_WRAPPERS):
        if isinstance(function, functools.partial):
            given |= function.keywords.keys()
            function = function.func
            continue
        documented = function if documented is None else documented
        if hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        elif inspect.ismethod(function):
            function = function.__func__
        elif not inspect.isroutine(function) and not inspect.isclass(function) and callable(function):
            function = type(function).__call__
        else:
            break
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    names = getattr(function, "__globals__", None) or getattr(module, "__dict__", {})
    return _Unwrapped(documented or function, names, given)


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", None) or type(function).__name__


def _declared(parameter: inspect.Parameter, names: dict[str, Any], context_type: type, place: Place) -> Declared:
    """Return a parameter as it is declared.

    Raises:
        ConfigError: no call by a model can give it, or its hint can't be read.
    """
    name = parameter.name
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        raise place.error(f"{str(parameter).partition(':')[0]} says nothing of what is wanted; name each parameter")
    if parameter.kind is parameter.POSITIONAL_ONLY:
        raise place.error(f"arguments come by name, and {name} can't be given so; remove the / behind it")
    if not _NAME.fullmatch(name):
        raise place.error(f"{name} must be at most 64 letters of ASCII, digits and _; rename it")
    hint = _hint(parameter, names, context_type, place)
    return Declared(name, hint, parameter.default is NOTHING, parameter.default)


def _hint(parameter: inspect.Parameter, names: dict[str, Any], context_type: type, place: Place) -> Any:
    """Return a parameter's type hint, with references resolved."""
    if parameter.annotation is NOTHING:
        return NOTHING
    holder = types.SimpleNamespace(__annotations__={parameter.name: parameter.annotation})
    # The context's class is often imported for type checkers alone.
    known = {} if context_type.__name__ in names else {context_type.__name__: context_type}
    try:
        return typing.get_type_hints(holder, names, known, include_extras=True)[parameter.name]
    except NameError as error:
        raise place.error(
            f"its type hint names {error.name}, which is not there when the program runs; "
            "define or import it at the top of the module"
        ) from error
    except Exception as error:
        raise place.error(f"its type hint can't be read: {type(error).__name__}: {error}") from error


def _takes_context(hint: Any, context_type: type) -> bool:
    """Whether a hint is the context's class, or that and ``None``."""
    if typing.get_origin(hint) is Annotated:
        return _takes_context(typing.get_args(hint)[0], context_type)
    if typing.get_origin(hint) in (Union, types.UnionType):
        members = [member for member in typing.get_args(hint) if member is not type(None)]
        return len(members) == 1 and _takes_context(members[0], context_type)
    return hint is context_type
