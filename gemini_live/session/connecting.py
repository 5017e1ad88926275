"""One attempt at a time to get a connection: the dial, its deadline, and who waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._clock import Deadline
from .._logging import Redactor, get_logger
from ..actor import Reply, TimerRef
from ..backends.bounded import call_within
from ..exceptions import AuthError, ConnectTimeout, HandshakeError
from ..stores import HandleStore
from ..transport import Attempt, Connector, ConnectRequest, Dial, Transport
from . import commands
from .ending import redacted_error
from .running import RunningOptions

if TYPE_CHECKING:
    from ..actor import Actor

UNAUTHORIZED = 401
_STORE_SECONDS = 2.0
"""How long a store is asked for a handle; a start is worth more than a handle."""
_log = get_logger("session")


class Connecting:
    """Owner: the actor; every method runs on its thread, but for the request, which the dial thread makes.

    Args:
        options: what the session was started with.
        redact: what must never be shown.
        store: where to look, once, for the handle of an earlier process.
    """

    def __init__(self, options: RunningOptions, redact: Redactor, *, store: HandleStore | None = None) -> None:
        self._options = options
        self._redact = redact
        self._dial: Dial | None = None
        self._attempt: Attempt | None = None
        self._reply: Reply | None = None
        self._timer: TimerRef | None = None
        self.began: float = 0.0
        self.stored_handle: str | None = None
        self._store = store

    @property
    def busy(self) -> bool:
        """Whether an attempt is going on."""
        return self._dial is not None

    def owns(self, dial: Dial) -> bool:
        """Whether a dial is the present attempt's."""
        return dial is self._dial

    def begin(self, actor: Actor, timeout: float, reply: Reply | None) -> None:
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

    def await_setup(self, actor: Actor, timeout: float) -> None:
        """Give the setup on a connection that is open already its time; the deadline comes as ``ConnectExpired``."""
        self.began = actor.clock.monotonic()
        self._attempt = Attempt(Deadline(actor.clock, self.began + timeout), timeout)
        self._timer = actor.send_after(timeout, commands.ConnectExpired(self._attempt))

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
        """Runs on the dial thread: whatever the backend has to fetch, and the store has to read, may block."""
        self._ask_store()
        endpoint = self._options.endpoint()
        self._redact.add(*endpoint.secrets)
        proxy = self._options.network.proxy_to(endpoint.url, self._redact)
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
        if attempt is None or attempt is not message.attempt:
            return None
        return ConnectTimeout(attempt.seconds, phase=attempt.phase if self._dial is not None else "setup")

    def end(self) -> Reply | None:
        """Forget the attempt, cutting it short if it is still going on; return who waits for it."""
        if self._timer is not None:
            self._timer.cancel()
        if self._dial is not None:
            self._dial.abandon()
        reply, self._reply, self._timer, self._dial, self._attempt = self._reply, None, None, None, None
        return reply

    def _ask_store(self) -> None:
        """Read the handle of an earlier process, once; a store that fails costs nothing but that."""
        store, self._store = self._store, None
        if store is None:
            return
        seconds = min(_STORE_SECONDS, self._attempt.seconds / 2) if self._attempt is not None else _STORE_SECONDS
        try:
            thread = f"gemini-live:{self._options.name}:store"
            loaded = call_within(seconds, lambda: (store.load(self._options.name),), thread)
        except Exception as error:  # noqa: BLE001 - a stranger's code
            _log.warning("%s: the store gave no handle: %s", self._options.name, type(error).__name__)
            return
        if loaded is None:
            _log.warning("%s: the store gave no handle within %g s", self._options.name, seconds)
        elif isinstance(loaded[0], str):
            self.stored_handle = loaded[0]
            self._redact.add(self.stored_handle)

    def discard_stored(self) -> None:
        """Forget the handle that was read."""
        self.stored_handle = None
