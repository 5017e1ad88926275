"""What a tool may know of the call that it runs for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..exceptions import SessionClosed, ToolError
from ..types import FunctionResponseScheduling

if TYPE_CHECKING:
    from .session import Session

Progress = Callable[[Any, "FunctionResponseScheduling | str | None"], None]


class ToolContext:
    """One call of a function, for the function: a parameter with this annotation is given it, whatever its name.

    The model is not told of that parameter.

    Attributes:
        call_id: the call's id; ``None`` where Vertex AI gives none.
        name: the name by which it was called.
        cancelled: set when nobody waits for the answer any more: the user interrupted, the connection is gone, the
            time is up, or the session is over.

    Example::

        def search(query: str, context: ToolContext) -> list[str]:
            hits = []
            for page in pages(query):
                if context.cancelled.is_set():
                    return hits  # nobody hears of it
                hits += page
            return hits
    """

    def __init__(
        self,
        *,
        call_id: str | None,
        name: str,
        cancelled: threading.Event,
        session: Callable[[], Session | None],
        progress: Progress | None,
    ) -> None:
        """Programs are given one."""
        self.call_id = call_id
        self.name = name
        self.cancelled = cancelled
        self._session = session
        self._progress = progress

    @property
    def session(self) -> Session:
        """The session that the model called in.

        Raises:
            SessionClosed: the program has dropped it meanwhile.
        """
        session = self._session()
        if session is None:
            raise SessionClosed(None, "the session was dropped while the tool was running")
        return session

    def progress(self, result: Any, *, scheduling: FunctionResponseScheduling | str | None = None) -> None:
        """Send a partial result; the call stays open (``willContinue``).  Tool's thread.

        For functions that are NON_BLOCKING, on the Gemini API.  Once the call is cancelled it does nothing.

        Args:
            result: anything that a function may return.
            scheduling: when the model takes it up, in place of the tool's own.

        Raises:
            ToolError: the model waits for this function, or the backend takes no partial results; or the result can't
                be written as JSON.
        """
        if self._progress is None:
            raise ToolError(
                "partial results are for functions that are NON_BLOCKING, on the Gemini API",
                name=self.name,
                call_id=self.call_id,
            )
        self._progress(result, scheduling)

    def __repr__(self) -> str:
        return f"<ToolContext {self.name} {self.call_id}{' cancelled' if self.cancelled.is_set() else ''}>"
