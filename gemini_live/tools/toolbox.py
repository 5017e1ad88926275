"""What a program gives as ``tools``: functions, declarations, the service's own tools and MCP's, in any mixture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from ..exceptions import ConfigError
from ..profiles import Profile
from ..types import FunctionDeclaration, parse
from ..types import Tool as WireTool
from ..types.kinds import Gather
from .function import FunctionTool, as_accepted, declare
from .marking import Tool, as_tool


@attrs.frozen(eq=False)
class Toolbox:
    """The functions that a session runs, and the names of all that were declared.

    Attributes:
        functions: those that the library runs, by name.
        declared: every name that the model was told.
    """

    functions: Mapping[str, FunctionTool] = attrs.field(factory=dict)
    declared: frozenset[str] = frozenset()

    def find(self, name: str | None) -> FunctionTool | None:
        """Return the function of a name, ``None`` if the program answers for it."""
        return self.functions.get(name or "")

    def invented(self, name: str | None) -> bool:
        """Whether the model has made up a name; where nothing was declared nobody can tell."""
        return bool(self.declared) and name not in self.declared

    def problems(self, *, profile: Profile, backend: str) -> list[ConfigError]:
        """Return what the model, or the backend, is known not to do."""
        return [
            problem for tool in self.functions.values() for problem in tool.problems(profile=profile, backend=backend)
        ]


def read_tools(value: Any, problems: list[ConfigError], *, context_type: type) -> tuple[Any, dict[str, FunctionTool]]:
    """Return ``tools`` as the setup takes it, and the functions among them by name.

    Where there are functions, all declarations go into one tool of the wire: Vertex AI takes no second one.

    Args:
        value: what the program has given: a list, or a single one.
        problems: what is wrong is added here.
        context_type: see :func:`declare`.
    """
    if isinstance(value, (Mapping, WireTool, FunctionDeclaration)) or _is_ours(value):
        value = [value]
    if not isinstance(value, (list, tuple)) or not any(map(_is_ours, value)):
        return value, {}
    reading = _Reading(problems, context_type)
    for index, item in enumerate(value):
        with Gather(problems):
            reading.take(item, f"tools[{index}]")
    return reading.tools(), reading.functions


def _is_ours(item: Any) -> bool:
    return isinstance(item, Tool) or callable(item) or _mcp_tools(item) is not None


class _Reading:
    """Sorts the items of one list."""

    def __init__(self, problems: list[ConfigError], context_type: type) -> None:
        self.functions: dict[str, FunctionTool] = {}
        self._problems = problems
        self._context_type = context_type
        self._others: list[WireTool] = []
        self._declarations: list[FunctionDeclaration] = []
        self._place: int | None = None

    def take(self, item: Any, path: str) -> None:
        """Take one item.

        Raises:
            ConfigError: it is no tool.
        """
        mcp = _mcp_tools(item)
        if isinstance(item, Tool) or (callable(item) and mcp is None):
            function = declare(as_tool(item), path, context_type=self._context_type)
            self.functions[function.name] = function
            self._declare([function.declaration])
        elif mcp is not None:
            for given in mcp:
                with Gather(self._problems):
                    parameters = as_accepted(given["parameters"], f"{path}.inputSchema")
                    self._declare([parse(FunctionDeclaration, {**given, "parameters": parameters}, path)])
        else:
            wire = parse(WireTool, item, path)
            if wire.function_declarations and attrs.evolve(wire, function_declarations=None) == WireTool():
                self._declare(wire.function_declarations)
            else:
                self._others.append(wire)

    def _declare(self, declarations: Iterable[FunctionDeclaration]) -> None:
        if self._place is None:
            self._place = len(self._others)
        self._declarations += declarations

    def tools(self) -> list[WireTool]:
        """Return what goes into the setup."""
        tools = list(self._others)
        if self._declarations:
            tools.insert(self._place or 0, WireTool(function_declarations=tuple(self._declarations)))
        return tools


def _mcp_tools(item: Any) -> list[dict[str, Any]] | None:
    """Return the declarations in what an MCP server lists: one of its tools, or its answer to ``tools/list``.

    Nobody's package is needed for that: https://modelcontextprotocol.io/specification, "Listing Tools".
    """
    listed = item.get("tools") if isinstance(item, Mapping) else getattr(item, "tools", None)
    if isinstance(listed, (list, tuple)) and listed:
        each = [_mcp_tools(one) for one in listed]
        return [declaration for one in each if one for declaration in one] if all(each) else None
    fields = ("name", "description", "inputSchema")
    name, description, schema = (
        item.get(field) if isinstance(item, Mapping) else getattr(item, field, None) for field in fields
    )
    if isinstance(item, (Tool, type)) or not isinstance(name, str) or not isinstance(schema, Mapping):
        return None
    return [{"name": name, "description": description or "", "parameters": dict(schema)}]


def declared_names(tools: Iterable[WireTool] | None) -> frozenset[str]:
    """Return the names of all functions that a setup declares."""
    return frozenset(
        declaration.name for tool in tools or () for declaration in tool.function_declarations or () if declaration.name
    )
