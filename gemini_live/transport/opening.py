"""Opens a WebSocket: DNS, TCP, proxy, TLS and the HTTP upgrade under one deadline.  On the dial thread; blocks."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from .._trust import default_context
from ..exceptions import ConfigError, ConnectError, ConnectTimeout, HandshakeError
from .base import ConnectRequest
from .dial import Attempt, AttemptAbandoned
from .handshake import HandshakeSocket, read_body, time_left
from .proxying import open_tunnel
from .stream import Stream
from .tcp import connect_tcp
from .tls import start_tls

if TYPE_CHECKING:
    import socket

    import websocket

    from .websocket import WebSocketTransport


def open_websocket(request: ConnectRequest, attempt: Attempt) -> WebSocketTransport:
    """Connect and return the open transport.

    Raises:
        ConnectTimeout: the deadline passed.
        HandshakeError: the server answered the upgrade with something else, or the proxy the CONNECT.
        ConnectError: anything else that went wrong on the way, with its phase.
        ConfigError: a header that can't be sent, an ``SSL_CERT_FILE`` that can't be read, a package that is missing.
    """
    from .websocket import WebSocketTransport  # noqa: PLC0415 - with it comes the WebSocket library, at first use

    check_headers(request.headers)
    with _translated(request, attempt):
        stream = _reach(request, attempt)
        try:
            connection = _upgrade(stream, request, attempt)
        except BaseException:
            stream.close()
            raise
    return WebSocketTransport(connection, max_message_bytes=request.max_message_bytes)


def check_headers(headers: Mapping[str, str]) -> None:
    """Refuse headers that would end the line, and with it begin another header or another request.

    Raises:
        ConfigError: such a header; its value is not shown.
    """
    for name, value in headers.items():
        if not name or not name.isascii() or not name.isprintable() or any(mark in name for mark in " :"):
            raise ConfigError(f"{name!r} is no header name", path="headers")
        if any(mark in value for mark in "\r\n\0"):
            raise ConfigError("a header's value is one line", path=f"headers.{name}")


def _reach(request: ConnectRequest, attempt: Attempt) -> Stream:
    """Return a stream to the server, through the proxy if there is one, and with TLS if the URL wants it."""
    secure, host, port = _target(request.url)
    if request.proxy is None:
        sock = connect_tcp(host, port, attempt)
    else:
        sock = open_tunnel(request.proxy, host, port, attempt)
    if not secure:
        return sock
    try:
        attempt.enter("tls")
        return start_tls(sock, host, request.ssl_context or default_context(), attempt)
    except BaseException:
        sock.close()
        raise


def _target(url: str) -> tuple[bool, str, int]:
    """Return whether it is TLS, the host and the port."""
    parts = urlsplit(url)
    secure = parts.scheme == "wss"
    return secure, parts.hostname or "", parts.port or (443 if secure else 80)


def _upgrade(stream: Stream, request: ConnectRequest, attempt: Attempt) -> websocket.WebSocket:
    """Perform the opening handshake (RFC 6455 section 4.1) with websocket-client."""
    import websocket  # noqa: PLC0415 - at first use

    attempt.enter("upgrade")
    watched = HandshakeSocket(stream, attempt)
    connection = websocket.WebSocket(enable_multithread=False, skip_utf8_validation=True)
    try:
        connection.connect(
            request.url,
            socket=watched,
            header=[f"{name}: {value}" for name, value in request.headers.items()],
            timeout=time_left(attempt),
            redirect_limit=0,  # a redirect would carry the credentials elsewhere
            suppress_origin=True,
        )
    except websocket.WebSocketTimeoutException:
        raise TimeoutError("the server did not answer the upgrade") from None
    except (OSError, AttemptAbandoned):
        raise
    except Exception as error:  # whatever a stranger's bytes make the library's parser raise
        response = watched.response()
        if response is not None:
            with response:  # left to the garbage collector, it would complain of its own closed parts
                refused = _refused(response, error)
            raise refused from None
        if isinstance(error, websocket.WebSocketConnectionClosedException):
            raise ConnectionResetError("the server hung up during the upgrade") from None
        reason = f"the server's answer to the upgrade is no WebSocket handshake: {error}"
        raise HandshakeError(reason, status=None) from error
    headers = {str(name).lower(): str(value) for name, value in (connection.getheaders() or {}).items()}
    if connection.getstatus() != http.client.SWITCHING_PROTOCOLS:  # older versions hand a redirect on as a success
        status = connection.getstatus()
        raise HandshakeError(_REFUSED.format(status), status=status, headers=headers)
    for name in ("sec-websocket-extensions", "sec-websocket-protocol"):
        if headers.get(name):  # RFC 6455 section 4.1: what was not asked for must not be granted
            raise HandshakeError(f"the server chose a {name} that was not offered", status=101, headers=headers)
    connection.sock = cast("socket.socket", stream)  # from now on it only keeps it
    return connection


_REFUSED = "the server refused the connection with HTTP status {}"


def _refused(response: http.client.HTTPResponse, error: Exception) -> HandshakeError:
    headers = {name.lower(): value for name, value in response.getheaders()}
    if response.status == http.client.SWITCHING_PROTOCOLS:
        return HandshakeError(f"the server's 101 is no WebSocket handshake: {error}", status=101, headers=headers)
    return HandshakeError(
        _REFUSED.format(response.status), status=response.status, headers=headers, body=read_body(response)
    )


@contextmanager
def _translated(request: ConnectRequest, attempt: Attempt) -> Iterator[None]:
    """Turn the network's exceptions into this library's, with the phase they came in."""
    try:
        yield
    except (ConnectError, ConfigError, AttemptAbandoned):
        attempt.enter(attempt.phase)
        raise
    except TimeoutError as error:
        attempt.enter(attempt.phase)
        raise ConnectTimeout(attempt.seconds, phase=attempt.phase) from error
    except ssl.SSLCertVerificationError as error:
        attempt.enter(attempt.phase)
        trust = "SSL_CERT_FILE" if attempt.phase == "proxy" else "SSL_CERT_FILE or ssl_context="
        raise ConnectError(
            f"{_where(request, attempt.phase)} showed a certificate that is not trusted: {error.verify_message} "
            f"(point {trust} at the authority that signed it)",
            phase=attempt.phase,
        ) from error
    except (OSError, ValueError) as error:
        attempt.enter(attempt.phase)  # an abandoned attempt's socket was cut: that is no finding
        reason = f"{_where(request, attempt.phase)}: {error}"
        raise ConnectError(reason, phase=attempt.phase, retryable=isinstance(error, OSError)) from error


def _where(request: ConnectRequest, phase: str) -> str:
    """Say who was spoken to in that phase."""
    if request.proxy is not None and phase in ("dns", "tcp", "proxy"):
        return f"proxy {request.proxy.shown}"
    try:
        _, host, port = _target(request.url)
    except ValueError:
        return request.url
    return f"{host}:{port}"
