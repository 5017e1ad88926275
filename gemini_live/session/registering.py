"""The part of the facade that registers the program's tools."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ..tools.marking import TOOL_SETTINGS, Tool
from ..types.codec import collect, unknown_key
from . import commands
from .options import make_changed_setup, with_changed_setup
from .outliving import Outliving

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .keywords import ToolSettings

G = TypeVar("G", bound=Callable[..., Any])


class Registering(Outliving):
    """Tools.  Any thread."""

    @overload
    def tool(self, function: G, /) -> G: ...
    @overload
    def tool(self, function: None = None, /, **settings: Unpack[ToolSettings]) -> Callable[[G], G]: ...
    def tool(self, function: Any = None, /, **settings: Any) -> Any:
        """Register a function that the model may call; a decorator, until the session is connected.

        Args:
            function: the function; left out, this returns the decorator.
            settings: as for :class:`Tool`: ``name``, ``description``, ``behavior``, ``scheduling``, ``timeout``,
                ``parameters``.

        Raises:
            ConfigError: it can't be declared, there is one of that name, or the session was connected before; then
                :meth:`update` takes other tools.
            CallingSelfError: called from a callback with ``dispatch="inline"``.

        Example::

            @session.tool(timeout=5)
            def get_weather(city: str) -> str:
                return weather_of(city)
        """
        self._enter()
        self._forbid_self("tool()")
        collect(unknown_key(name, list(TOOL_SETTINGS)) for name in settings if name not in TOOL_SETTINGS)
        if function is None:
            return lambda decorated: self._add_tool(decorated, Tool(decorated, **settings))
        return self._add_tool(function, function)

    def _add_tool(self, function: G, tool: Any) -> G:
        with self._options_lock:  # several threads may register at once
            given = self._options.given.get("tools", ())
            changes = {"tools": [*(given if isinstance(given, (list, tuple)) else [given]), tool]}
            plan = make_changed_setup(self._options, changes)
            self._ref.call(commands.Declare(plan.sent, plan.toolbox), timeout=None)
            self._options = with_changed_setup(self._options, plan, changes)
        return function
