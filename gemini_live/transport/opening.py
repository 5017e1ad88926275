"""Opens a WebSocket: DNS, TCP, TLS and the HTTP upgrade under one deadline.  Runs on the dial thread; blocks."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .._trust import default_context
from ..exceptions import ConfigError, ConnectError, ConnectTimeout, HandshakeError
from .base import ConnectRequest
from .dial import Attempt, AttemptAbandoned
from .handshake import HandshakeSocket, read_body, time_left

if TYPE_CHECKING:
    import websocket

    from .websocket import WebSocketTransport


def open_websocket(request: ConnectRequest, attempt: Attempt) -> WebSocketTransport:
    """Connect and return the open transport.

    Raises:
        ConnectTimeout: the deadline passed.
        HandshakeError: the server answered the upgrade with something else.
        ConnectError: anything else that went wrong on the way, with its phase.
        ConfigError: a header that can't be sent, or an ``SSL_CERT_FILE`` that can't be read.
    """
    from .websocket import WebSocketTransport  # noqa: PLC0415 - with it comes the WebSocket library, at first use

    check_headers(request.headers)
    sock: socket.socket | None = None
    where = request.url
    try:
        with _translated(attempt, lambda: where):
            url = urlsplit(request.url)
            host, port = url.hostname or "", url.port or (443 if url.scheme == "wss" else 80)
            where = f"{host}:{port}"
            sock = _connect_tcp(host, port, attempt)
            if url.scheme == "wss":
                sock = _wrap_tls(sock, host, request.ssl_context, attempt)
            connection = _upgrade(sock, request, attempt)
            sock = None
    finally:
        if sock is not None:
            sock.close()
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


def _connect_tcp(host: str, port: int, attempt: Attempt) -> socket.socket:
    attempt.enter("dns")
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    last: OSError = OSError(f"{host} has no address")
    for left, (family, kind, protocol, _, address) in zip(range(len(addresses), 0, -1), addresses, strict=True):
        attempt.enter("tcp")
        remaining = time_left(attempt)
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError as error:  # a family this system does not have
            last = error
            continue
        try:
            attempt.hold(sock)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            # An address that swallows everything, often the IPv6 one, must leave time for those after it.
            sock.settimeout(None if remaining is None else remaining / left)
            sock.connect(address)
            return sock
        except OSError as error:
            sock.close()
            last = error
        except BaseException:
            sock.close()
            raise
    raise last


def _wrap_tls(sock: socket.socket, host: str, context: ssl.SSLContext | None, attempt: Attempt) -> ssl.SSLSocket:
    try:
        attempt.enter("tls")
        secure = (context or default_context()).wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    except BaseException:
        sock.close()
        raise
    try:
        attempt.hold(secure)
        secure.settimeout(time_left(attempt))
        secure.do_handshake()
        return secure
    except BaseException:
        secure.close()
        raise


def _upgrade(sock: socket.socket, request: ConnectRequest, attempt: Attempt) -> websocket.WebSocket:
    """Perform the opening handshake (RFC 6455 section 4.1) with websocket-client."""
    import websocket  # noqa: PLC0415 - at first use

    attempt.enter("upgrade")
    watched = HandshakeSocket(sock, attempt)
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
    connection.sock = sock
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
def _translated(attempt: Attempt, where: Callable[[], str]) -> Iterator[None]:
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
        raise ConnectError(
            f"{where()} showed a certificate that is not trusted: {error.verify_message} "
            "(point SSL_CERT_FILE or ssl_context= at the authority that signed it)",
            phase="tls",
        ) from error
    except (OSError, ValueError) as error:
        attempt.enter(attempt.phase)  # an abandoned attempt's socket was cut: that is no finding
        raise ConnectError(f"{where()}: {error}", phase=attempt.phase, retryable=isinstance(error, OSError)) from error
