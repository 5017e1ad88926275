"""Which session a callback or tool runs for."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .session import Session

_current: ContextVar[Any] = ContextVar("gemini_live_session", default=None)


def current_session() -> Session | None:
    """Return the session whose callback is running here, ``None`` outside of callbacks.

    In a callback of a :class:`MusicSession` it is that one, whatever the type says.

    Example::

        def on_text(text):
            log.info("%s says %s", current_session().name, text)
    """
    session: Session | None = _current.get()
    return session


_current_tool: ContextVar[tuple[Session | None, bool] | None] = ContextVar("gemini_live_tool", default=None)


def current_tool() -> tuple[Session | None, bool] | None:
    """Return the session whose tool runs here and whether the model waits for that tool; ``None`` outside of tools."""
    return _current_tool.get()


def set_current_tool(session: Session | None, *, waited_for: bool) -> None:
    """Set it for the context that runs now."""
    _current_tool.set((session, waited_for))


set_current = _current.set
"""Sets it for the context that runs now."""
