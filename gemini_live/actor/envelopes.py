"""What lies in a mailbox: casts as they are, and in an envelope whatever is something else."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, InvalidStateError
from typing import Any

import attrs


class Reply:
    """The answer slot of one call.  The first answer counts; later ones are ignored.

    Thread affinity: none.
    """

    __slots__ = ("_future",)

    def __init__(self) -> None:
        self._future: Future[Any] = Future()

    def answer(self, value: object = None) -> None:
        """Answer the caller."""
        try:
            self._future.set_result(value)
        except InvalidStateError:
            pass

    def fail(self, error: BaseException) -> None:
        """Raise ``error`` in the caller."""
        try:
            self._future.set_exception(error)
        except InvalidStateError:
            pass

    @property
    def answered(self) -> bool:
        """Whether an answer was given."""
        return self._future.done()

    def wait(self, timeout: float | None) -> Any:
        """Return the answer or raise the error; raise ``concurrent.futures.TimeoutError`` when neither came."""
        return self._future.result(timeout)


class Replies(Reply):
    """One slot for several who wait for the same."""

    __slots__ = ("_replies",)

    def __init__(self, replies: Iterable[Reply]) -> None:
        super().__init__()
        self._replies = tuple(replies)

    def answer(self, value: object = None) -> None:
        """Answer all of them."""
        super().answer(value)
        for reply in self._replies:
            reply.answer(value)

    def fail(self, error: BaseException) -> None:
        """Raise ``error`` in all of them."""
        super().fail(error)
        for reply in self._replies:
            reply.fail(error)


@attrs.define(eq=False)
class Call:
    """A request that somebody waits for."""

    request: Any
    reply: Reply


@attrs.define(eq=False)
class Info:
    """Something that happened: a timer, a result of a helper thread."""

    message: Any


@attrs.define(eq=False)
class Stop:
    """Ask for an orderly stop."""


@attrs.frozen
class Down:
    """What a monitor hears when an actor has ended.

    Attributes:
        name: the actor's name.
        reason: ``None`` for an orderly end, otherwise what it died of.
    """

    name: str
    reason: BaseException | None
