"""Opens a WebSocket: DNS, TCP, TLS and the HTTP upgrade under one deadline.  Runs on the dial thread; blocks."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..exceptions import ConnectError, ConnectTimeout, HandshakeError
from .base import ConnectRequest
from .dial import Attempt, AttemptAbandoned
from .tls import default_context

if TYPE_CHECKING:
    import websocket

    from .websocket import WebSocketTransport

_MAX_BODY = 65_536


def open_websocket(request: ConnectRequest, attempt: Attempt) -> WebSocketTransport:
    """Connect and return the open transport.

    Raises:
        ConnectTimeout: the deadline passed.
        HandshakeError: the server answered the upgrade with something else.
        ConnectError: anything else that went wrong, with its phase.
    """
    from .websocket import WebSocketTransport  # noqa: PLC0415 - with it comes the WebSocket library, at first use

    url = urlsplit(request.url)
    host, port = url.hostname or "", url.port or (443 if url.scheme == "wss" else 80)
    sock: socket.socket | None = None
    try:
        with _translated(attempt, f"{host}:{port}"):
            sock = _connect_tcp(host, port, attempt)
            if url.scheme == "wss":
                sock = _wrap_tls(sock, host, request.ssl_context, attempt)
            connection = _upgrade(sock, request, attempt)
            sock = None
    finally:
        if sock is not None:
            sock.close()
    return WebSocketTransport(connection, max_message_bytes=request.max_message_bytes)


def _remaining(attempt: Attempt) -> float | None:
    """Return the time left for the next blocking step."""
    if attempt.deadline.expired:
        raise TimeoutError("the deadline has passed")
    return attempt.deadline.remaining()


def _connect_tcp(host: str, port: int, attempt: Attempt) -> socket.socket:
    attempt.enter("dns")
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    last: OSError = OSError(f"{host} has no address")
    for family, kind, protocol, _, address in addresses:
        attempt.enter("tcp")
        sock = socket.socket(family, kind, protocol)
        try:
            attempt.hold(sock)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            sock.settimeout(_remaining(attempt))
            sock.connect(address)
            return sock
        except TimeoutError:
            sock.close()
            raise
        except OSError as error:
            sock.close()
            last = error
        except BaseException:
            sock.close()
            raise
    raise last


def _wrap_tls(sock: socket.socket, host: str, context: ssl.SSLContext | None, attempt: Attempt) -> ssl.SSLSocket:
    attempt.enter("tls")
    try:
        secure = (context or default_context()).wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    except BaseException:
        sock.close()
        raise
    try:
        attempt.hold(secure)
        secure.settimeout(_remaining(attempt))
        secure.do_handshake()
        return secure
    except BaseException:
        secure.close()
        raise


def _upgrade(sock: socket.socket, request: ConnectRequest, attempt: Attempt) -> websocket.WebSocket:
    """Perform the opening handshake (RFC 6455 section 4.1) with websocket-client."""
    import websocket  # noqa: PLC0415 - at first use

    attempt.enter("upgrade")
    timeout = _remaining(attempt)
    sock.settimeout(timeout)
    connection = websocket.WebSocket(enable_multithread=False, skip_utf8_validation=True)
    try:
        connection.connect(
            request.url,
            socket=sock,
            header=[f"{name}: {value}" for name, value in request.headers.items()],
            timeout=timeout,
            redirect_limit=0,  # a redirect would carry the credentials elsewhere
            suppress_origin=True,
        )
    except websocket.WebSocketBadStatusException as error:
        raise _refused(error.status_code, error.resp_headers, error.resp_body) from None
    except websocket.WebSocketTimeoutException:
        raise TimeoutError("the server did not answer the upgrade") from None
    except websocket.WebSocketConnectionClosedException:
        raise ConnectionResetError("the server hung up during the upgrade") from None
    except websocket.WebSocketException as error:
        response = connection.handshake_response
        if response is not None and response.status != 101:
            raise _refused(response.status, response.headers, None) from None
        raise HandshakeError(
            f"the server's answer to the upgrade is no WebSocket handshake: {error}", status=None
        ) from error
    headers = _lower(connection.getheaders())
    for name in ("sec-websocket-extensions", "sec-websocket-protocol"):
        if headers.get(name):  # RFC 6455 section 4.1: what was not asked for must not be granted
            connection.shutdown()
            raise HandshakeError(f"the server chose a {name} that was not offered", status=101, headers=headers)
    return connection


def _lower(headers: Mapping[str, Any] | None) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in (headers or {}).items()}


def _refused(status: int, headers: Mapping[str, Any] | None, body: bytes | str | None) -> HandshakeError:
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
    return HandshakeError(
        f"the server refused the connection with HTTP status {status}",
        status=status,
        headers=_lower(headers),
        body=text[:_MAX_BODY],
    )


@contextmanager
def _translated(attempt: Attempt, where: str) -> Iterator[None]:
    """Turn the network's exceptions into this library's, with the phase they came in."""
    try:
        yield
    except (ConnectError, AttemptAbandoned):
        raise
    except TimeoutError as error:
        attempt.enter(attempt.phase)
        raise ConnectTimeout(attempt.seconds, phase=attempt.phase) from error
    except ssl.SSLCertVerificationError as error:
        attempt.enter(attempt.phase)
        raise ConnectError(
            f"{where} showed a certificate that is not trusted: {error.verify_message} "
            "(point SSL_CERT_FILE or ssl_context= at the authority that signed it)",
            phase="tls",
        ) from error
    except (OSError, ValueError) as error:
        attempt.enter(attempt.phase)  # an abandoned attempt's socket was cut: that is no finding
        raise ConnectError(f"{where}: {error}", phase=attempt.phase, retryable=isinstance(error, OSError)) from error
