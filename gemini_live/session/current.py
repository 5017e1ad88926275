"""Which session a callback or tool runs for."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .session import Session

_current: ContextVar[Session | None] = ContextVar("gemini_live_session", default=None)


def current_session() -> Session | None:
    """Return the session whose callback is running here, ``None`` outside of callbacks.

    Example::

        def on_text(text):
            log.info("%s says %s", current_session().name, text)
    """
    return _current.get()


_current_tool: ContextVar[tuple[Session | None, bool] | None] = ContextVar("gemini_live_tool", default=None)


def current_tool() -> tuple[Session | None, bool] | None:
    """Return the session whose tool runs here and whether the model waits for that tool; ``None`` outside of tools."""
    return _current_tool.get()


def set_current_tool(session: Session | None, *, waited_for: bool) -> None:
    """Set it for the context that runs now."""
    _current_tool.set((session, waited_for))


def set_current(session: Session | None) -> None:
    """Set it for the context that runs now."""
    _current.set(session)
