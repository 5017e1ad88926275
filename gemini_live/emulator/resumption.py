"""When a client is told how it can resume, and what.  Pure; owned by one connection.

With ``transparent`` an update says how many of the connection's messages its handle covers.  The first one after the
setup is number 1, and every connection counts anew: so says a review of Google's own samples, but where the service
begins, and which messages it counts, is not known for certain.  Here all of them count, sound and pictures too; an
update comes after control messages only.

While an answer is generated or a call is open there is no handle; what is consumed meanwhile the next one covers.
A message that asks for an answer is covered before the answer begins: who resumes there is not answered any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..types import ClientMessage
from . import shapes
from .shapes import Message


def is_control(message: ClientMessage) -> bool:
    """Return whether a message after the setup is more than sound and pictures, so that none of it may be lost."""
    if message.setup is not None:
        return False
    realtime = message.realtime_input
    return realtime is None or any(
        field is not None
        for field in (realtime.text, realtime.activity_start, realtime.activity_end, realtime.audio_stream_end)
    )


def calls_in(message: Message) -> set[str]:
    """Return what names the calls that a message makes: their ids, or the names of those that have none."""
    calls = shapes.objects(shapes.at(message, "toolCall", "functionCalls"))
    return {str(call.get("id") or call.get("name")) for call in calls}


def cancelled_in(message: Message) -> set[str]:
    """Return the ids of the calls that a message cancels."""
    ids = shapes.at(message, "toolCallCancellation", "ids")
    return {str(key) for key in ids} if isinstance(ids, list) else set()


class Resumption:
    """What one connection is told."""

    def __init__(self, *, wanted: bool, transparent: bool, every: int, issue: Callable[[], str]) -> None:
        """Begin with the setup.

        Args:
            wanted: whether the setup asked for handles.
            transparent: whether it asked for the count of messages as well.
            every: after how many control messages a transparent update comes.
            issue: returns a new handle for the session as it is now.
        """
        self._wanted = wanted
        self._transparent = transparent
        self._every = every
        self._issue = issue
        self._consumed = 0
        self._control = 0
        self._owed = False
        self._generating = False
        self._calls: set[str] = set()

    @property
    def busy(self) -> bool:
        """Whether the session can't be resumed as it is: an answer is being generated, or a call is open."""
        return self._generating or bool(self._calls)

    def first(self) -> Message | None:
        """Return the update that follows ``setupComplete``."""
        return self._offer()

    def consume(self, message: ClientMessage) -> None:
        """Count a message whose meaning has become part of the session."""
        self._consumed += 1
        if message.tool_response is not None:
            answers = message.tool_response.function_responses or ()
            self.calls_ended(answer.id or str(answer.name) for answer in answers)
        if self._transparent:
            self._control += is_control(message)
            self._owed = self._owed or self._control >= self._every
        elif message.client_content is not None:
            self._owed = True

    def due(self) -> Message | None:
        """Return the update that consumed messages have made due; while the session is busy it waits."""
        return self._offer() if self._owed and not self.busy else None

    def begin(self) -> None:
        """An answer is being generated from now on."""
        self._generating = True

    def not_now(self) -> Message | None:
        """Return the update that says that the session can't be resumed as it is."""
        return shapes.not_resumable() if self._wanted else None

    def finished(self) -> Message | None:
        """Return the update that follows a turn."""
        self._generating = False
        self._owed = True
        return self.due()

    def calls_opened(self, keys: Iterable[str]) -> Message | None:
        """Return the update that follows a tool call; answers name the calls by the same keys."""
        was_open = bool(self._calls)
        self._calls.update(keys)
        return self.not_now() if self._calls and not was_open else None

    def calls_ended(self, keys: Iterable[str]) -> None:
        """Calls were answered or cancelled; with the last of them the session can be resumed again."""
        was_open = bool(self._calls)
        self._calls.difference_update(keys)
        self._owed = self._owed or (was_open and not self._calls)

    def unasked(self) -> Message:
        """Return a handle for the session as it is, whether or not the client wants any."""
        return shapes.new_handle(self._issue())

    def _offer(self) -> Message | None:
        self._owed, self._control = False, 0
        if not self._wanted:
            return None
        return shapes.new_handle(self._issue(), self._consumed if self._transparent else None)
