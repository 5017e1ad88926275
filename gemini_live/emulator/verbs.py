"""What a running server can be told to do."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any

from .._clock import check_seconds
from .faults import check_close_code
from .handles import poison_of
from .refusals import INVALID_ARGUMENT
from .running import Running
from .tool_rules import scripted


class Verbs(abc.ABC):
    """The verbs of ``Emulator``.  Any thread may call them, while it runs."""

    @abc.abstractmethod
    def _run(self) -> Running:
        """Return what runs.

        Raises:
            RuntimeError: nothing does.
        """

    def go_away(self, seconds: float | None, *, close: bool = False, silence: bool = False) -> None:
        """Announce to every open connection that it ends in so many seconds; ``None`` names no time.

        Args:
            seconds: how long it has.
            close: whether it is closed then, with 1011 and the service's words; without it nothing happens, and
                :meth:`close_all` or :meth:`drop_all` ends it.
            silence: whether nothing more is sent from now on, as the service does at times: what comes is still taken
                in, and pings are answered.

        Raises:
            ConfigError: it shall be closed and no time is named.
        """
        if close and seconds != 0:
            check_seconds(seconds, "seconds")
        self._run().call(lambda service: service.go_away(seconds, close=close, silence=silence))

    def send_all(self, message: Mapping[str, Any]) -> None:
        """Send any JSON to every connection whose setup is complete.

        After a ``toolCall`` the connection has open calls, and is told that it can't be resumed, until they are
        answered or cancelled.
        """
        self._run().call(lambda service: service.send_all(dict(message)))

    def call_next(self, *calls: Mapping[str, Any]) -> None:
        """Have the model answer the next text by calling functions, whatever the text says.

        Several calls of this let several texts be answered so, one after another.

        Args:
            calls: ``{"name": …, "args": {…}}`` each, and ``"blocks": False`` if the model is not to wait for it.

        Raises:
            ConfigError: one of them is no such mapping, or there is none.
        """
        script = scripted(calls)
        self._run().call(lambda service: service.books.calls.append(script))

    def close_all(self, code: int = 1000, reason: str = "") -> None:
        """Close every open connection with this code and reason.

        Raises:
            ConfigError: no close frame carries this code.
        """
        check_close_code(code)
        self._run().call(lambda service: service.close_all(code, reason))

    def drop_all(self) -> None:
        """Reset the TCP connection of every open connection, without a close frame."""
        self._run().call(lambda service: service.drop_all())

    def freeze_all(self) -> None:
        """Make a black hole of every open connection: the TCP connection stays, nothing is read or answered any more.

        Pings are not answered either, and that the client goes is not noticed: in :attr:`Emulator.sessions` it stays
        open, until :meth:`drop_all` or ``stop`` ends it.  Its session can be resumed meanwhile.
        """
        self._run().call(lambda service: service.freeze_all())

    def expire_handles(self) -> None:
        """Let every resumption handle that was issued so far be over."""
        self._run().call(lambda service: service.books.handles.expire_all())

    def poison_handles(
        self,
        how: str = "silent",
        *,
        code: int = INVALID_ARGUMENT,
        reason: str = "Request contains an invalid argument.",
    ) -> None:
        """Let every resumption handle that was issued so far lead to a bad session.

        Args:
            how: ``"silent"``: the resumed session completes its setup, transcribes what it hears, takes everything,
                and never answers; the handles that it gives are as bad.  ``"close"``: it is closed right after its
                ``setupComplete``.
            code: the close code.
            reason: the reason that goes with it.

        Raises:
            ConfigError: there is no such way, or no close frame carries the code.
        """
        poison = poison_of(how, code, reason)
        self._run().call(lambda service: service.books.handles.poison_all(poison))

    def expire_tokens(self, *, sessions_only: bool = False) -> None:
        """Let every token that was made so far be over.

        Args:
            sessions_only: only the time is over in which it begins sessions; those that run, or are resumed, go on.
        """
        self._run().call(lambda service: service.books.tokens.expire_all(sessions_only=sessions_only))
