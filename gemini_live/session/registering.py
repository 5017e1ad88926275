"""The part of the facade that registers the program's functions: callbacks and tools."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ..tools.marking import TOOL_SETTINGS, Tool
from ..types.codec import collect, unknown_key
from . import commands
from .callbacks import Callback, check_event
from .options import make_changed_setup, with_changed_setup
from .outliving import Outliving

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .keywords import ToolSettings

F = TypeVar("F", bound=Callback)
G = TypeVar("G", bound=Callable[..., Any])


class Registering(Outliving):
    """Callbacks and tools.  Any thread."""

    @overload
    def on(self, event: str, function: None = None, *, once: bool = False) -> Callable[[F], F]: ...
    @overload
    def on(self, event: str, function: Callback, *, once: bool = False) -> Callable[[], None]: ...
    def on(self, event: str, function: Callback | None = None, *, once: bool = False) -> Any:
        """Register a callback, before or after connecting.

        Several functions for one event run in the order of registration.

        Args:
            event: its name, such as ``"text"``.
            function: called with one argument; left out, this is a decorator.
            once: only for the next event.

        Returns:
            A function that takes the callback away again; as a decorator, the function itself.

        Raises:
            ConfigError: no such event, or the function can't take one argument.

        Example::

            @session.on("text")
            def show(text):
                print(text, end="")
        """
        self._enter()
        if function is None:
            check_event(event)
            return lambda decorated: (self._options.callbacks.add(event, decorated, once=once), decorated)[1]
        hook = self._options.callbacks.add(event, function, once=once)
        return lambda: self._options.callbacks.remove(hook)

    @overload
    def once(self, event: str, function: None = None) -> Callable[[F], F]: ...
    @overload
    def once(self, event: str, function: Callback) -> Callable[[], None]: ...
    def once(self, event: str, function: Callback | None = None) -> Any:
        """Register a callback for the next event only; see :meth:`on`."""
        return self.on(event, function, once=True) if function is not None else self.on(event, once=True)

    def off(self, event: str, function: Callback | None = None) -> int:
        """Take a callback away, or all of an event's; return how many there were."""
        self._enter()
        return self._options.callbacks.remove_function(event, function)

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
