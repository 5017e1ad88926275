"""Which function of the program hears of which event."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from ..exceptions import ConfigError
from ..protocol import CALLBACKS
from ..types.codec import unknown_key

Callback = Callable[[Any], object]


@attrs.define(eq=False)
class Hook:
    """One registered function."""

    event: str
    function: Callback
    once: bool = False
    spent: bool = False


def check_event(event: object, events: Mapping[str, type]) -> str:
    """Return an event's name without ``on_``.

    Args:
        event: the name.
        events: every event by name.

    Raises:
        ConfigError: no such event, with the nearest one.
    """
    name = event.removeprefix("on_") if isinstance(event, str) else ""
    if name not in events:
        raise unknown_key(str(event), list(events))
    return name


def check_callback(event: str, function: Any) -> Callback:
    """Return a function that can be called with an event's one argument.

    Raises:
        ConfigError: it can't be called so, or is a coroutine function, which nobody here would await.
    """
    path = f"on_{event}"
    if not callable(function):
        raise ConfigError(f"must be a function of one argument, not {type(function).__name__}", path=path)
    if inspect.iscoroutinefunction(function):
        raise ConfigError("is async: callbacks run on a thread and are not awaited; give a plain function", path=path)
    try:
        inspect.signature(function).bind(object())
    except TypeError:
        shown = getattr(function, "__qualname__", type(function).__name__)
        raise ConfigError(f"is called with one argument, which {shown} does not take", path=path) from None
    except ValueError:
        pass  # a built-in without a signature: it will say itself what it can't take
    result: Callback = function
    return result


class CallbackTable:
    """Hooks in the order of their registration.  Shared; the lock is never held while one of them runs.

    Args:
        events: every event by name, with the type of its value.

    Attributes:
        by_event: who is to be called, by the names of the events; of an event that nobody hears there is none.
    """

    def __init__(self, events: Mapping[str, type] = CALLBACKS) -> None:
        self.events = events
        self._lock = threading.RLock()  # a signal handler may register in the middle of a registration
        self.by_event: dict[str, tuple[Hook, ...]] = {}

    def add(self, event: str, function: Any, *, once: bool = False) -> Hook:
        """Register a function.

        Raises:
            ConfigError: unknown event, or not a function of one argument.
        """
        name = check_event(event, self.events)
        hook = Hook(name, check_callback(name, function), once)
        with self._lock:
            self.by_event[name] = (*self.by_event.get(name, ()), hook)
        return hook

    def add_handler(self, handler: object) -> None:
        """Register every ``on_…`` method of an object.

        Raises:
            ConfigError: one of them is no event's name, which is most likely a slip, or there is none at all.
        """
        names = [name for name in dir(handler) if name.startswith("on_")]
        if not names:
            raise ConfigError("has no method that begins with on_", path="handler")
        for name in names:
            self.add(name, getattr(handler, name))

    def remove(self, hook: Hook) -> None:
        """Forget one registration; harmless when it is gone."""
        with self._lock:
            hook.spent = True
            left = tuple(known for known in self.by_event.get(hook.event, ()) if known is not hook)
            if left:
                self.by_event[hook.event] = left
            else:
                self.by_event.pop(hook.event, None)

    def remove_function(self, event: str, function: Callback | None = None) -> int:
        """Forget a function's registrations for an event, or everybody's; return how many there were."""
        name = check_event(event, self.events)
        hooks = [hook for hook in self.by_event.get(name, ()) if function is None or hook.function == function]
        for hook in hooks:
            self.remove(hook)
        return len(hooks)

    @property
    def wants_messages(self) -> bool:
        """Whether anybody wants whole messages.  Never kept: a signal may come in the middle of a change."""
        return "message" in self.by_event or "raw_message" in self.by_event

    def claim(self, hook: Hook) -> bool:
        """Return whether a hook is to be called now; a ``once`` hook is claimed a single time."""
        if not hook.once:
            return not hook.spent
        with self._lock:
            if hook.spent:
                return False
            hook.spent = True
        self.remove(hook)
        return True
