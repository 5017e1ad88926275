"""What a running server can be told to do."""

from __future__ import annotations

import abc
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .._clock import check_seconds
from ..exceptions import ConfigError
from .disturbance import Disturbance, disturbance_of
from .faults import FaultQueue, Later, check_close_code, fault_of
from .handles import poison_of
from .kept import check_count
from .refusals import INVALID_ARGUMENT
from .tool_rules import scripted

if TYPE_CHECKING:
    from .service import Service


_MOST_TIMES = 10_000


class Verbs(abc.ABC):
    """The verbs of ``Emulator``.  Any thread may call them, while it runs."""

    _faults: FaultQueue

    @abc.abstractmethod
    def _call(self, function: Callable[[Service], Awaitable[None] | None]) -> None:
        """Call a function, or run a coroutine, on the server's loop and wait for its end.

        Raises:
            RuntimeError: no server runs.
        """

    def fail_next(
        self,
        *,
        status: int | None = None,
        body: str | bytes | Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        code: int | None = None,
        reason: str = "",
        drop: bool = False,
        silent: bool = False,
        mute: bool = False,
        freeze: bool = False,
        send: str | Iterable[Mapping[str, Any]] | None = None,
        late: str | None = None,
        disturb: Mapping[str, Any] | None = None,
        times: int = 1,
        on: str = "live",
        at: str = "setup",
    ) -> None:
        """Make the next connection, or the next request, fail.  Several calls make several fail, one after another.

        Args:
            status: refuse the upgrade, or answer the request, with this HTTP status.
            body: the answer's body; by default an error document as the service writes them.
            headers: the answer's further headers.
            code: close with this code, at the setup in place of ``setupComplete``.
            reason: the reason that goes with ``code``; it is cut to what a close frame carries.
            drop: reset the TCP connection; at the setup that is in place of the upgrade, or of the request's answer.
            silent: never answer the setup, though pings; never answer the request; after the setup, as ``freeze``.
            mute: send nothing more but pongs; what comes is still taken in.
            freeze: become a black hole, as :meth:`freeze_all` makes it.
            send: send these messages, which nothing has called for, or those of a name: ``"interruption"`` is an
                ``interrupted`` and a ``turnComplete``; ``"turn_complete"``, ``"generation_complete"`` and
                ``"not_resumable"`` are one each.
            late: hold back the next message that leads to this phase (``"turn_complete"``, say) until ``at`` is
                reached: ``"generation"`` is within the following answer; what is never reached loses it.
            disturb: from then on be disturbed, by the arguments of :meth:`disturb`.
            times: how many fail like this.
            on: what fails: ``"live"`` a connection to a socket, ``"rest"`` a plain request, ``"open"`` every connection
                that is open now, when it reaches the phase next.
            at: when a connection fails: ``"open"``, right after the upgrade; ``"setup"``, in place of its answer;
                ``"ready"``, after ``setupComplete``; ``"first_message"``, which is read and, if that ends the
                connection, not taken in; after a ``"tool_call"``; ``"generation"``, after a piece of an answer's sound;
                after ``"generation_complete"``, ``"interrupted"``, ``"turn_complete"`` or ``"go_away"``.

        Raises:
            ConfigError: not exactly one kind of failure, or one that can't be.
        """
        fault = fault_of(
            on,
            status=status,
            body=body,
            headers=headers,
            code=code,
            reason=reason,
            drop=drop,
            silent=silent,
            mute=mute,
            freeze=freeze,
            send=send,
            late=late,
            disturb=disturb,
            at=at,
        )
        if check_count(times, "times") > _MOST_TIMES:
            raise ConfigError(f"must be at most {_MOST_TIMES}, not {times}", path="times")
        if on == "open":
            assert isinstance(fault, Later)
            self._plan_for_open(fault, times)
        else:
            self._faults.add(on, fault, times)

    def _plan_for_open(self, fault: Later, times: int) -> None:
        self._call(lambda service: service.plan(fault, times))

    def disturb(
        self,
        *,
        pong_seconds: float = 0.0,
        fragment_bytes: int | None = None,
        segment_bytes: int | None = None,
        segment_ms: float = 0.0,
        gather_ms: float = 0.0,
        burst_ms: float = 0.0,
        stalls: Iterable[tuple[float, float]] = (),
        sound: str = "spoken",
    ) -> None:
        """Let every connection, now and later, be disturbed like this; without arguments all is well again.

        Args:
            pong_seconds: how late pings are answered; ``math.inf`` is never.
            fragment_bytes: how much a frame carries at most; longer messages go on in continuation frames.
            segment_bytes: how many bytes leave at a time: such pieces end anywhere in a frame and in a TLS record.
            segment_ms: how long the next such piece waits; the server is busy with waiting, so keep it short.
            gather_ms: how long frames wait for others, to leave with them in one piece and in one TLS record.
            burst_ms: how much sound comes at a time, as early as the first of it is due.
            stalls: ``(milliseconds, seconds)`` each: after so much of an answer nothing of it comes for so long,
                however fast answers are given.
            sound: what answers sound like: ``"spoken"``; ``"zeros"`` is digital silence; ``"none"`` no sound at all.

        Raises:
            ConfigError: one of them is wrong.
        """
        disturbance = disturbance_of(
            pong_seconds=pong_seconds,
            fragment_bytes=fragment_bytes,
            segment_bytes=segment_bytes,
            segment_ms=segment_ms,
            gather_ms=gather_ms,
            burst_ms=burst_ms,
            stalls=tuple(stalls),
            sound=sound,
        )
        self._have_disturbed(disturbance)

    def _have_disturbed(self, disturbance: Disturbance) -> None:
        self._call(lambda service: service.disturb(disturbance))

    def go_away(self, seconds: float | None, *, close: bool = False, silence: bool = False) -> None:
        """Announce to every open connection that it ends in so many seconds; ``None`` names no time.

        A music session is told nothing, as the service has no word for it there; the rest holds for it, too.

        Args:
            seconds: how long it has.
            close: whether it is closed then, with 1011 and the service's words; without it nothing happens, and
                :meth:`close_all` or :meth:`drop_all` ends it.
            silence: whether nothing more is sent from now on, as the service does at times: what comes is still taken
                in, and pings are answered.

        Raises:
            ConfigError: it is no time, or shall be closed and none is named.
        """
        if seconds is not None and seconds != 0:
            check_seconds(seconds, "seconds")
        elif close and seconds is None:
            raise ConfigError("must be named if it shall be closed", path="seconds")
        self._call(lambda service: service.go_away(seconds, close=close, silence=silence))

    def send_all(self, message: Mapping[str, Any]) -> None:
        """Send any JSON to every connection whose setup is complete.

        After a ``toolCall`` the connection has open calls, and is told that it can't be resumed, until they are
        answered or cancelled.
        """
        self._call(lambda service: service.send_all(dict(message)))

    def call_next(self, *calls: Mapping[str, Any]) -> None:
        """Have the model answer the next text by calling functions, whatever the text says.

        Several calls of this let several texts be answered so, one after another.

        Args:
            calls: ``{"name": …, "args": {…}}`` each, and ``"blocks": False`` if the model is not to wait for it.

        Raises:
            ConfigError: one of them is no such mapping, or there is none.
        """
        script = scripted(calls)
        self._call(lambda service: service.books.calls.append(script))

    def close_all(self, code: int = 1000, reason: str = "") -> None:
        """Close every open connection with this code and reason.

        Raises:
            ConfigError: no close frame carries this code.
        """
        check_close_code(code)
        self._call(lambda service: service.close_all(code, reason))

    def drop_all(self) -> None:
        """Reset the TCP connection of every open connection, without a close frame."""
        self._call(lambda service: service.drop_all())

    def freeze_all(self) -> None:
        """Make a black hole of every open connection: the TCP connection stays, nothing is read or answered any more.

        Pings are not answered either, and that the client goes is not noticed: in :attr:`Emulator.sessions` it stays
        open, until :meth:`drop_all` or ``stop`` ends it.  Its session can be resumed meanwhile.
        """
        self._call(lambda service: service.freeze_all())

    def expire_handles(self) -> None:
        """Let every resumption handle that was issued so far be over."""
        self._call(lambda service: service.books.handles.expire_all())

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
        self._call(lambda service: service.books.handles.poison_all(poison))

    def expire_tokens(self, *, sessions_only: bool = False) -> None:
        """Let every token that was made so far be over.

        Args:
            sessions_only: only the time is over in which it begins sessions; those that run, or are resumed, go on.
        """
        self._call(lambda service: service.books.tokens.expire_all(sessions_only=sessions_only))
