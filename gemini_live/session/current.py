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


def set_current(session: Session | None) -> None:
    """Set it for the context that runs now."""
    _current.set(session)
