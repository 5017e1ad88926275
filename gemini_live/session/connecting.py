"""One attempt at a time to get a connection: the dial, its deadline, and who waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._clock import Deadline
from .._logging import Redactor, get_logger
from ..actor import Reply, TimerRef
from ..exceptions import AuthError, ConnectTimeout, HandshakeError
from ..transport import Attempt, Connector, ConnectRequest, Dial, Transport
from . import commands
from .ending import redacted_error
from .options import Options

if TYPE_CHECKING:
    from ..actor import Actor

UNAUTHORIZED = 401
_log = get_logger("session")


class Connecting:
    """Owner: the actor; every method runs on its thread, but for the request, which the dial thread makes."""

    def __init__(self, options: Options, redact: Redactor) -> None:
        self._options = options
        self._redact = redact
        self._dial: Dial | None = None
        self._attempt: Attempt | None = None
        self._reply: Reply | None = None
        self._timer: TimerRef | None = None
        self.began: float = 0.0

    def begin(self, actor: Actor, timeout: float, reply: Reply) -> None:
        """Dial; what comes of it comes as ``DialFinished``, the deadline as ``ConnectExpired``."""
        self.began = actor.clock.monotonic()
        attempt = Attempt(Deadline(actor.clock, self.began + timeout), timeout)
        ref = actor.ref
        dial = Dial(
            self._open,
            self._make_request,
            attempt,
            lambda result: ref.inform(commands.DialFinished(dial, result)),
            name=f"{actor.name}:dial",
        )
        self._dial, self._attempt, self._reply = dial, attempt, reply
        self._timer = actor.send_after(timeout, commands.ConnectExpired(attempt))
        dial.start()

    def _connector(self) -> Connector:
        if self._options.connector is not None:
            return self._options.connector
        from ..transport.opening import open_websocket  # noqa: PLC0415 - at the first connect

        return open_websocket

    def _open(self, request: ConnectRequest, attempt: Attempt) -> Transport:
        """Connect; credentials that are refused are renewed once.  Runs on the dial thread."""
        connector = self._connector()
        try:
            return connector(request, attempt)
        except HandshakeError as error:
            if error.status != UNAUTHORIZED or error.phase != "upgrade" or not self._options.backend.renew():
                raise
            return connector(self._renewed_request(error, attempt), attempt)

    def _renewed_request(self, refusal: HandshakeError, attempt: Attempt) -> ConnectRequest:
        """Return the request with other credentials, once; where there are none the refusal is what has happened."""
        attempt.enter("credentials")
        _log.info("%s: the credentials were refused; connecting once more with new ones", self._options.name)
        try:
            return self._make_request()
        except AuthError as error:
            raise refusal from error

    def _make_request(self) -> ConnectRequest:
        """Runs on the dial thread: whatever the backend has to fetch may block."""
        endpoint = self._options.backend.endpoint()
        proxy = self._options.network.proxy_to(endpoint.url)
        for secret in (*endpoint.secrets, *(proxy.secrets if proxy is not None else ())):
            self._redact.add(secret)
        return ConnectRequest(
            url=endpoint.url,
            headers=endpoint.headers,
            ssl_context=self._options.network.ssl_context,
            proxy=proxy,
            max_message_bytes=self._options.max_message_bytes,
        )

    def finished(self, message: commands.DialFinished) -> Transport | BaseException | None:
        """Return what the dial has brought, ``None`` if it is one that nobody waits for any more."""
        result: Any = message.result
        if message.dial is not self._dial:
            if not isinstance(result, BaseException):
                result.abort()
            return None
        self._dial = None
        return redacted_error(result, self._redact) if isinstance(result, BaseException) else result

    def expired(self, message: commands.ConnectExpired) -> ConnectTimeout | None:
        """Return the error for a deadline that has passed, ``None`` if it is that of an earlier attempt."""
        attempt = self._attempt
        if self._reply is None or attempt is None or attempt is not message.attempt:
            return None
        return ConnectTimeout(attempt.seconds, phase=attempt.phase if self._dial is not None else "setup")

    def end(self) -> Reply | None:
        """Forget the attempt, cutting it short if it is still going on; return who waits for it."""
        if self._timer is not None:
            self._timer.cancel()
        if self._dial is not None:
            self._dial.abandon()
        reply, self._reply, self._timer, self._dial = self._reply, None, None, None
        return reply
