"""REST calls: one deadline over all attempts, errors with the service's own words, and no secret in any of them.

https://ai.google.dev/api
"""

from __future__ import annotations

import datetime
import json
import random
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from .._clock import SYSTEM_CLOCK, Clock, Deadline
from .._logging import Redactor, get_logger, redact_error
from .._proxies import Proxy
from ..exceptions import ApiError, AuthError, CallTimeout, ConfigError, ConnectError, GeminiLiveError, ProtocolError
from .base import Backend, Endpoint
from .bounded import call_within
from .network import Network
from .retrying import delay_before_next, retry_after

if TYPE_CHECKING:
    import requests

MAX_BYTES = 16 * 2**20
"""The largest answer that is read."""
_PIECE = 65_536
_SHOWN = 200
"""Characters of an answer that is no error document which its error shows."""
_log = get_logger("rest")


@attrs.frozen
class Answer:
    """What came of one attempt."""

    status: int
    headers: Mapping[str, str]
    body: bytes = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class RestClient:
    """Calls the service's REST methods.  Any thread; every call blocks, within ``seconds``.

    Attributes:
        backend: where, and as whom.
        network: how this machine gets there.
        seconds: how long a call may take, all attempts together.
        clock: whose time counts.
        pause: waits for so many seconds.
        chance: gives a random number from 0 to 1.
    """

    backend: Backend
    network: Network = attrs.field(factory=Network)
    seconds: float = 30.0
    clock: Clock = SYSTEM_CLOCK
    pause: Callable[[float], object] = time.sleep
    chance: Callable[[], float] = random.random

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> dict[str, Any]:
        """Return the document that is at ``path``.

        Raises:
            AuthError: there are no credentials.
            ApiError: the service refused.
            CallTimeout: it did not answer in time.
            ConnectError: it could not be reached.
            ProtocolError: what it answered is no JSON object.
            ConfigError: the proxy, or ``SSL_CERT_FILE``, is none.
        """
        return self._call("GET", path, query, None)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send a document to ``path`` and return the answer; errors are those of :meth:`get`."""
        return self._call("POST", path, None, json.dumps(body, separators=(",", ":")).encode())

    def _call(
        self, method: str, path: str, query: Mapping[str, str | int] | None, body: bytes | None
    ) -> dict[str, Any]:
        redact = Redactor((*self.backend.secrets(), *self.network.secrets()))
        try:
            return self._attempts(_Call(method, path, query, body), redact)
        except GeminiLiveError as error:
            redact_error(error, redact)
            raise

    def _attempts(self, call: _Call, redact: Redactor) -> dict[str, Any]:
        deadline = Deadline.after(self.seconds, self.clock)
        refused: ApiError | None = None
        failed: GeminiLiveError | None = None
        attempt = 0
        while True:
            attempt += 1
            try:
                outcome = self._attempt(call, redact, deadline)
            except AuthError as failure:
                if refused is None:
                    raise
                raise refused from failure  # what the service said is what has happened
            if isinstance(outcome, Answer) and 200 <= outcome.status < 300:
                return _document(outcome.body)
            error = _refusal(outcome) if isinstance(outcome, Answer) else outcome
            if isinstance(error, ApiError) and error.status == 401 and refused is None and self.backend.renew():
                refused, attempt = error, attempt - 1
                continue
            delay = self._delay(attempt, call, outcome, error, deadline)
            if delay is None and failed is not None and isinstance(error, CallTimeout):
                raise CallTimeout(f"{error}; the attempt before it: {type(failed).__name__}: {failed}") from failed
            if delay is None:
                raise error
            failed = error
            _log.info("%s %s: %s; once more in %.1f s", call.method, call.path, redact(str(error)), delay)
            self.pause(delay)

    def _delay(
        self,
        attempt: int,
        call: _Call,
        outcome: Answer | GeminiLiveError,
        error: GeminiLiveError,
        deadline: Deadline,
    ) -> float | None:
        if not getattr(error, "retryable", False):
            return None
        if call.body is not None and not isinstance(error, ApiError):
            return None  # it may have been done, and the answer lost
        now = datetime.datetime.now(datetime.timezone.utc)
        wanted = retry_after(outcome.headers.get("retry-after"), now) if isinstance(outcome, Answer) else None
        return delay_before_next(attempt, deadline.remaining() or 0.0, self.chance(), wanted)

    def _attempt(self, call: _Call, redact: Redactor, deadline: Deadline) -> Answer | GeminiLiveError:
        """Ask once, and wait no longer than is due: for credentials, a name server, a connection, an answer."""
        answer = call_within(deadline.patience(), lambda: self._ask(call, redact, deadline), "gemini-live:rest")
        return answer or self._too_late(call)

    def _too_late(self, call: _Call) -> CallTimeout:
        return CallTimeout(f"{call.method} {call.path}: no answer within {self.seconds:g} s")

    def _ask(self, call: _Call, redact: Redactor, deadline: Deadline) -> Answer | GeminiLiveError:
        """Ask once; errors of the network are returned, so that nothing of the request hangs below them."""
        import requests  # noqa: PLC0415 - only programs that make REST calls pay for it

        from .http import HttpSession  # noqa: PLC0415 - likewise

        def route(url: str) -> Proxy | None:
            return self.network.proxy_to(url, redact)

        endpoint = self.backend.rest(call.path)
        redact.add(*endpoint.secrets)
        if deadline.expired:
            return self._too_late(call)  # nobody waits any more, so nothing is sent
        with HttpSession(route, context=self.network.ssl_context, seconds=deadline.patience()) as session:
            try:
                outcome = self._exchange(session, endpoint, call)
            except requests.exceptions.RequestException as error:
                outcome = self._trouble(error, endpoint, call)
            # A connection that is cut in the middle of an answer may look like any end.
            return self._too_late(call) if session.overdue else outcome

    def _exchange(self, session: requests.Session, endpoint: Endpoint, call: _Call) -> Answer | GeminiLiveError:
        response = session.request(
            call.method,
            endpoint.url,
            params=dict(call.query or {}),
            data=call.body,
            headers=dict(endpoint.headers),
            stream=True,
        )
        with response:
            body = bytearray()
            for piece in response.iter_content(_PIECE):
                body += piece
                if len(body) > MAX_BYTES:
                    return ProtocolError(f"the answer to {call.method} {call.path} is longer than {MAX_BYTES} bytes")
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, headers, bytes(body))

    def _trouble(self, error: requests.exceptions.RequestException, endpoint: Endpoint, call: _Call) -> GeminiLiveError:
        """Return this library's error for one of ``requests``."""
        from requests import exceptions  # noqa: PLC0415 - see above

        if isinstance(error, exceptions.Timeout):
            return self._too_late(call)
        if isinstance(error, exceptions.InvalidSchema):  # so it says that the package for SOCKS is missing
            return ConfigError("SOCKS proxies need a package more: pip install 'gemini-live[socks]'", path="proxy")
        words = f"{endpoint.url}: {_innermost(error)}"
        if isinstance(error, exceptions.SSLError):
            return ConnectError(f"{words} (point SSL_CERT_FILE or ssl_context= at the right authority)", phase="tls")
        if isinstance(error, exceptions.ProxyError):
            return ConnectError(f"{words} (at the proxy)", phase="proxy")
        return ConnectError(words, phase="tcp", retryable=isinstance(error, exceptions.ConnectionError))


@attrs.frozen
class _Call:
    """One call, however many attempts it takes."""

    method: str
    path: str
    query: Mapping[str, str | int] | None
    body: bytes | None = attrs.field(repr=False)


def _innermost(error: BaseException) -> str:
    """Return what the operating system said, without the library's wrapping and its addresses in memory."""
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and len(seen) < 8:
        seen.append(current)
        reason = getattr(current, "reason", None) or (current.args[0] if current.args else None)
        current = reason if isinstance(reason, BaseException) else current.__cause__ or current.__context__
    last = seen[-1]
    words = getattr(last, "strerror", None) or getattr(last, "verify_message", None) or str(last)
    return str(words or type(last).__name__)


def _document(body: bytes) -> dict[str, Any]:
    """Return a body as a JSON object.

    Raises:
        ProtocolError: it is none.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise ProtocolError(f"the service answered with {len(body)} bytes that are no JSON object")
    return document


def _refusal(answer: Answer) -> ApiError:
    """Return the error that an answer describes; a proxy's or gateway's page becomes its beginning."""
    try:
        return ApiError.of(_document(answer.body), status=answer.status)
    except ProtocolError:
        text = " ".join(answer.body.decode("utf-8", "replace").split())
        return ApiError(answer.status, text[:_SHOWN] or "no message")
