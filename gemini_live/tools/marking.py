"""How a program hands over a function: as it is, with a :class:`Tool` around it, or marked by :func:`tool`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, overload

import attrs

from .._clock import check_seconds
from ..exceptions import ConfigError
from ..types import Behavior, FunctionResponseScheduling
from ..types.enums import OpenEnum
from ..types.kinds import EnumKind

E = TypeVar("E", bound=OpenEnum)
F = TypeVar("F", bound=Callable[..., Any])
_MARK = "__gemini_live_tool__"


def _behavior(value: Behavior | str | None) -> Behavior | None:
    return _member(Behavior, value, "behavior")


def _scheduling(value: FunctionResponseScheduling | str | None) -> FunctionResponseScheduling | None:
    return _member(FunctionResponseScheduling, value, "scheduling")


def _member(cls: type[E], value: str | None, path: str) -> E | None:
    """Return a member by its name in any case; "unspecified" is what is left out."""
    member = None if value is None else EnumKind(cls).parse(value, path)
    return member if isinstance(member, cls) and "UNSPECIFIED" not in member.value else None


@attrs.frozen
class Tool:
    """A function that the model may call, with what its signature can't say.

    The function runs on one of the session's tool workers.  Its parameters, their types, defaults and descriptions
    become the declaration; what it returns is the answer.

    Attributes:
        function: any callable whose parameters have type hints; with ``parameters`` it needs none.
        name: for the model; the function's own if left out.
        description: for the model; the docstring's if left out.
        behavior: ``"BLOCKING"``: the model waits for the answer; ``"NON_BLOCKING"``: it talks on meanwhile.  Left out,
            the model's default, and for generator functions ``"NON_BLOCKING"``.
        scheduling: when a model that talks on takes up the answer: ``"INTERRUPT"`` at once, ``"WHEN_IDLE"`` when it has
            finished (the service's default), ``"SILENT"`` without saying so.
        timeout: seconds for an answer, in place of the session's ``tool_timeout``; ``float("inf")`` for no end.
        parameters: the schema of the arguments, in the API's dialect or as JSON Schema, such as an MCP tool's
            ``inputSchema``; they are handed over as they come.

    Raises:
        ConfigError: one of them is wrong.

    Example::

        Session.open(model="gemini-3.8-live", tools=[Tool(look_up, name="look_up_order", timeout=5)])
    """

    function: Callable[..., Any]
    name: str | None = None
    description: str | None = attrs.field(default=None, kw_only=True)
    behavior: Behavior | None = attrs.field(default=None, kw_only=True, converter=_behavior)
    scheduling: FunctionResponseScheduling | None = attrs.field(default=None, kw_only=True, converter=_scheduling)
    timeout: float | None = attrs.field(default=None, kw_only=True)
    parameters: Any = attrs.field(default=None, kw_only=True, repr=False)

    def __attrs_post_init__(self) -> None:
        if not callable(self.function):
            raise ConfigError(f"must be callable, not {type(self.function).__name__}", path="function")
        for name in ("name", "description"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str):
                raise ConfigError(f"must be text, not {type(value).__name__}", path=name)
        if self.timeout is not None and self.timeout != float("inf"):
            check_seconds(self.timeout, "timeout")
        if self.scheduling is not None and self.behavior == Behavior.BLOCKING:
            raise ConfigError("is for functions that are NON_BLOCKING: the model waits for this one", path="scheduling")


@overload
def tool(function: F, /) -> F: ...
@overload
def tool(
    *,
    name: str | None = None,
    description: str | None = None,
    behavior: Behavior | str | None = None,
    scheduling: FunctionResponseScheduling | str | None = None,
    timeout: float | None = None,
    parameters: Any = None,
) -> Callable[[F], F]: ...
def tool(function: Any = None, /, **settings: Any) -> Any:
    """Say of a function what its signature can't: see :class:`Tool` for each of the arguments.

    The function itself stays what it is, and may be called as ever; ``tools=[function]`` reads the mark.

    Example::

        @tool(behavior="NON_BLOCKING", scheduling="WHEN_IDLE", timeout=60)
        def search_flights(city: str) -> list[str]:
            '''Search flights to a city.'''
    """
    if function is None:
        return lambda decorated: _marked(decorated, settings)
    return _marked(function, settings)


def _marked(function: Any, settings: dict[str, Any]) -> Any:
    value = Tool(function, **settings)
    try:
        setattr(function, _MARK, {name: getattr(value, name) for name in TOOL_SETTINGS})
    except AttributeError:
        raise ConfigError("can't be marked; pass Tool(function, …) instead", path="function") from None
    return function


TOOL_SETTINGS = tuple(field.name for field in attrs.fields(Tool) if field.name != "function")
"""Everything that can be said of a function."""


def as_tool(function: Any) -> Tool:
    """Return a function with the settings that :func:`tool` has marked it with; those of a :class:`Tool` count more."""
    if isinstance(function, Tool):
        said = {name: getattr(function, name) for name in TOOL_SETTINGS}
        given = {name: value for name, value in said.items() if value is not None}
        return Tool(function.function, **{**_mark_of(function.function), **given})
    return Tool(function, **_mark_of(function))


def _mark_of(function: Any) -> dict[str, Any]:
    """Return the settings of a function, also of one under a partial."""
    while isinstance(function, functools.partial):
        function = function.func
    mark = getattr(function, _MARK, None)
    return dict(mark) if isinstance(mark, dict) else {}
