"""A tool as the session uses it: declared, and ready to be called with what the model sends."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from ..exceptions import ConfigError
from ..profiles import Profile
from ..protocol.preflight import GEMINI, check_scheduling
from ..types import Behavior, FunctionDeclaration, FunctionResponseScheduling, Schema, encode, parse
from .dialect import accepted
from .forms import ArgumentsError
from .marking import Tool
from .signature import Signature, context_parameter, read_signature


@attrs.frozen(eq=False, kw_only=True)
class FunctionTool:
    """One function, checked.

    Attributes:
        function: the program's.
        declaration: what the model is told of it.
        signature: turns arguments back into Python; ``None`` where the program has given a schema.
        scheduling: what goes out with its answers.
        timeout: seconds for an answer; ``None`` is the session's.
        context: the name of the parameter that takes the context.
        streams: whether it yields partial results.
        path: where the program has handed it over, for errors.
    """

    function: Callable[..., Any]
    declaration: FunctionDeclaration
    signature: Signature | None
    scheduling: FunctionResponseScheduling | None
    timeout: float | None
    context: str | None
    streams: bool
    path: str

    @property
    def name(self) -> str:
        """The name by which the model calls it."""
        return self.declaration.name or ""

    def bind(self, args: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return a call's arguments as the function wants them.

        Raises:
            ArgumentsError: what the model has sent does not fit.
        """
        if self.signature is not None:
            return self.signature.bind(args)
        given = dict(args or {})
        known = {} if self.context is None else {self.context: None}
        if given.keys() & known.keys():
            raise ArgumentsError("unknown", path=self.context or "")
        try:
            inspect.signature(self.function).bind(**given, **known)
        except TypeError as error:
            raise ArgumentsError(str(error)) from None
        except ValueError:
            pass  # a built-in without a signature: it will say itself what it can't take
        return given

    def blocks(self, profile: Profile) -> bool | None:
        """Whether the model waits for the answer; ``None`` if nobody knows."""
        behavior = self.declaration.behavior or profile.default_behavior
        return None if behavior is None else behavior != Behavior.NON_BLOCKING

    def problems(self, *, profile: Profile, backend: str) -> list[ConfigError]:
        """Return what the model, or the backend, is known not to do for it."""
        found = []
        if self.streams and backend != GEMINI:
            words = f"{self.name} is a generator, and only the Gemini API takes partial results: return one result"
            found.append(ConfigError(words, path=self.path))
        if self.streams and self.declaration.behavior == Behavior.BLOCKING:
            words = f"{self.name} is a generator: partial results are for functions that are NON_BLOCKING"
            found.append(ConfigError(words, path=self.path))
        problem = check_scheduling(profile, self.scheduling, path=self.path)
        return [*found, problem] if problem is not None else found


def declare(tool: Tool, path: str, *, context_type: type) -> FunctionTool:
    """Return a tool, declared.

    Args:
        tool: what the program has handed over.
        path: where, for errors.
        context_type: the annotation of a parameter that is given the context.

    Raises:
        ConfigError: its signature can't be expressed, or its name is none; the error names all problems.
    """
    function = tool.function
    named, plain = _named(function), _plain(function)
    name = tool.name if tool.name is not None else getattr(named, "__name__", None)
    if name is None or name == "<lambda>":
        raise ConfigError("has no name of its own: use Tool(function, name=…)", path=path)
    if inspect.isasyncgenfunction(plain):
        raise ConfigError(f"{name} is an async generator: use a plain generator, or return one result", path=path)
    streams = inspect.isgeneratorfunction(inspect.unwrap(plain))
    signature = None
    if tool.parameters is None:
        signature = read_signature(function, context_type=context_type, path=path)
    described = signature.description if signature is not None else inspect.getdoc(plain)
    parameters = signature.parameters if signature is not None else as_accepted(tool.parameters, f"{path}.parameters")
    declaration: dict[str, Any] = {
        "name": name,
        "description": tool.description if tool.description is not None else described,
        "parameters": parameters,
        "behavior": tool.behavior or (Behavior.NON_BLOCKING if streams or tool.scheduling is not None else None),
    }
    given = {key: value for key, value in declaration.items() if value is not None}
    return FunctionTool(
        function=function,
        declaration=parse(FunctionDeclaration, given, path),
        signature=signature,
        scheduling=tool.scheduling,
        timeout=tool.timeout,
        context=signature.context if signature is not None else context_parameter(function, context_type),
        streams=streams,
        path=path,
    )


def as_accepted(parameters: Any, path: str) -> Schema:
    """Return a schema that somebody else wrote as the service takes it where a function is declared.

    Raises:
        ConfigError: it is none, or says what can't be said there.
    """
    return parse(Schema, accepted(encode(parse(Schema, parameters, path))), path)


def _named(function: Any) -> Any:
    """Return the function under a partial."""
    while isinstance(function, functools.partial):
        function = function.func
    return function


def _plain(function: Any) -> Any:
    """Return the function under a partial, or the method that makes an object callable."""
    function = _named(function)
    if inspect.isroutine(function) or inspect.isclass(function):
        return function
    return type(function).__call__ if not hasattr(function, "__name__") else function
