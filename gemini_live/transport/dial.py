"""One attempt to connect, on a thread of its own, that can be given up at any moment."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

from .._clock import Deadline
from .._logging import get_logger
from .base import Connector, ConnectRequest, Transport

_log = get_logger("transport")


class AttemptAbandoned(Exception):  # noqa: N818 - never reaches a user
    """Nobody wants this connection any more."""


class Attempt:
    """What the dialling thread and the actor share of one attempt.  One lock; never held while anything blocks.

    Args:
        deadline: when it has to be through.
        seconds: how long that was from the start, for the error that says so.
    """

    def __init__(self, deadline: Deadline, seconds: float) -> None:
        self.deadline = deadline
        self.seconds = seconds
        self._lock = threading.Lock()
        self._abandoned = False
        self._socket: socket.socket | None = None
        self._phase = "credentials"

    @property
    def phase(self) -> str:
        """How far it has come: ``"credentials"``, ``"dns"``, ``"tcp"``, ``"proxy"``, ``"tls"``, ``"upgrade"``."""
        return self._phase

    def enter(self, phase: str) -> None:
        """Say how far it has come.

        Raises:
            AttemptAbandoned: it may stop here.
        """
        with self._lock:
            if self._abandoned:
                raise AttemptAbandoned
            self._phase = phase

    def hold(self, sock: socket.socket) -> None:
        """Have :meth:`abandon` cut this socket, in place of the one held before.

        Raises:
            AttemptAbandoned: it is too late; the caller closes the socket.
        """
        with self._lock:
            if self._abandoned:
                raise AttemptAbandoned
            self._socket = sock

    def abandon(self) -> None:
        """Give up: a blocking call on the held socket ends at once.  Any thread; returns at once."""
        with self._lock:
            self._abandoned = True
            sock = self._socket
        if sock is not None:
            try:
                # Not SSLSocket.shutdown: it would take the TLS object away under the thread that uses it.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
            except OSError:
                pass  # not connected yet: the connect has its own deadline

    def finish(self, deliver: Callable[[], bool]) -> bool:
        """Hand over the result unless the attempt was abandoned; return whether somebody took it."""
        with self._lock:
            if self._abandoned:
                return False
            self._socket = None
        return deliver()


class Dial:
    """Runs one attempt.  Owner of the new socket until it is delivered.

    Args:
        connector: what opens the connection.
        prepare: makes the request; it runs on the dial thread because fetching credentials may block.
        attempt: the attempt.
        deliver: takes the :class:`Transport` or the exception and returns whether anybody was there to take it; runs on
            the dial thread.
        name: the thread's name.
    """

    def __init__(
        self,
        connector: Connector,
        prepare: Callable[[], ConnectRequest],
        attempt: Attempt,
        deliver: Callable[[Any], bool],
        *,
        name: str,
    ) -> None:
        self._connector = connector
        self._prepare = prepare
        self._attempt = attempt
        self._deliver = deliver
        # A daemon: a name server that never answers must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def abandon(self) -> None:
        """Give up; the thread ends by itself."""
        self._attempt.abandon()

    def _run(self) -> None:
        transport: Transport | None = None
        try:
            transport = self._connector(self._prepare(), self._attempt)
            result: Transport | BaseException = transport
        except AttemptAbandoned:
            return
        except BaseException as error:  # noqa: BLE001 - it is raised where somebody waits for it
            result = error
        if not self._attempt.finish(lambda: self._deliver(result)):
            _log.debug("a connection that nobody waits for any more is dropped")
            if transport is not None:
                transport.abort()
