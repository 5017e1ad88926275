"""Which function calls wait for their answer."""

from __future__ import annotations

from ..types import FunctionCall


class ToolCallLedger:
    """Keeps the ids of calls that nobody has answered.  Owner: the protocol; one thread.

    Vertex AI may leave out ids; such a call can't be told from another and is not kept.
    """

    def __init__(self) -> None:
        self._pending: dict[str, str] = {}

    @property
    def pending(self) -> tuple[str, ...]:
        """The ids, oldest first."""
        return tuple(self._pending)

    def called(self, calls: tuple[FunctionCall, ...]) -> None:
        """Note calls that the server has made."""
        for call in calls:
            if call.id:
                self._pending[call.id] = call.name or ""

    def settled(self, ids: tuple[str, ...]) -> None:
        """Note calls that were answered or cancelled."""
        for call_id in ids:
            self._pending.pop(call_id, None)
