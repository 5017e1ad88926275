"""Opens a tunnel through an HTTP proxy (RFC 9110 section 9.3.6) or a SOCKS proxy.  Runs on the dial thread; blocks.

RFC 6455 section 4.1 has ``ws:`` go through the same kind of tunnel as ``wss:``.  The proxy is told where the tunnel
goes and its own credentials; everything else, the server's credentials included, is said inside the tunnel.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl

from .._logging import Redactor
from .._proxies import Proxy
from .._trust import default_context
from ..exceptions import ConfigError, ConnectError, HandshakeError
from .dial import Attempt
from .handshake import HandshakeSocket, read_body
from .tcp import connect_tcp
from .tls import wrap_tls

_SCHEME = re.compile(r"(?:^|,)\s*([\w-]{1,20})(?=\s|,|$)", re.ASCII)
"""The names of challenges; what an equals sign follows is a parameter of one."""
_MAX_SCHEMES = 5


def open_tunnel(proxy: Proxy, host: str, port: int, attempt: Attempt) -> socket.socket:
    """Return a socket on which the target is to be spoken to; an ``SSLSocket`` if the proxy is an ``https`` one.

    Raises:
        HandshakeError: an HTTP proxy refused, or answered with something that is not HTTP.
        ConnectError: a SOCKS proxy refused, or could not be understood.
        ConfigError: the proxy is a SOCKS one and PySocks is missing.
        OSError: the network failed; the attempt knows in which phase.
        ValueError: the target is no host.
        AttemptAbandoned: nobody wants the connection any more.
    """
    target = authority(host, port)
    if proxy.is_socks:
        return _open_socks_tunnel(proxy, host, port, attempt)
    sock = connect_tcp(proxy.host, proxy.port, attempt)
    try:
        attempt.enter("proxy")
        if proxy.scheme == "https":
            sock = _secure(sock, proxy, attempt)
        _connect(sock, proxy, target, attempt)
        return sock
    except BaseException:
        sock.close()
        raise


def _open_socks_tunnel(proxy: Proxy, host: str, port: int, attempt: Attempt) -> socket.socket:
    try:
        from .socks_tunnel import open_socks_tunnel  # noqa: PLC0415 - with it comes PySocks, an extra, at first use
    except ModuleNotFoundError as error:
        if error.name != "socks":
            raise
        reason = f"{proxy.shown} needs PySocks: pip install 'gemini-live[socks]'"
        raise ConfigError(reason, path="proxy") from None
    return open_socks_tunnel(proxy, host, port, attempt)


def authority(host: str, port: int) -> str:
    """Return a target as CONNECT wants it: ``host:port``, IPv6 in brackets, an international name in ASCII.

    Raises:
        ValueError: it is no host, or one that would end the line.
    """
    name = host if host.isascii() else host.encode("idna").decode("ascii")
    if not name or not name.isprintable() or " " in name:
        raise ValueError("the target is no host name")
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


def _secure(sock: socket.socket, proxy: Proxy, attempt: Attempt) -> ssl.SSLSocket:
    """Speak TLS with the proxy itself, on the shared trust.

    The request's context is the target's: it may trust only that, check nothing, or show it a client certificate.
    """
    try:
        return wrap_tls(sock, proxy.host, default_context(), attempt)
    except ssl.SSLCertVerificationError:
        raise
    except ssl.SSLError as error:
        reason = f"proxy {proxy.shown}: {error} (the URL of a proxy that is spoken to without TLS begins with http:)"
        raise ConnectError(reason, phase="proxy", retryable=True) from error


def _connect(sock: socket.socket, proxy: Proxy, target: str, attempt: Attempt) -> None:
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.has_credentials:
        lines.append(f"Proxy-Authorization: Basic {proxy.basic}")
    stream = HandshakeSocket(sock, attempt)
    stream.send("\r\n".join([*lines, "", ""]).encode("ascii"))
    try:
        response = stream.read_answer()
    except http.client.HTTPException as error:
        reason = f"the proxy {proxy.shown} did not answer CONNECT in HTTP: {error}"
        raise HandshakeError(reason, status=None, phase="proxy") from None
    with response:
        # Any 2xx opens the tunnel, and whatever its header says of a body, there is none.
        if not 200 <= response.status < 300:
            raise _refused(response, proxy)


def _refused(response: http.client.HTTPResponse, proxy: Proxy) -> HandshakeError:
    redact = Redactor(proxy.secrets)  # some proxies print the request into their error page
    headers = {name.lower(): redact(value) for name, value in response.getheaders()}
    hint = ""
    if response.status == http.client.PROXY_AUTHENTICATION_REQUIRED:
        hint = _wanted(response.headers.get_all("proxy-authenticate") or [], proxy)
    return HandshakeError(
        f"the proxy {proxy.shown} refused the tunnel with HTTP status {response.status}{hint}",
        status=response.status,
        headers=headers,
        body=redact(read_body(response)),
        phase="proxy",
    )


def _wanted(challenges: list[str], proxy: Proxy) -> str:
    """Say what would help (RFC 9110 section 11.6.1: a line may hold several challenges)."""
    schemes = [scheme for challenge in challenges for scheme in _SCHEME.findall(challenge)][:_MAX_SCHEMES]
    if schemes and not any(scheme.lower() == "basic" for scheme in schemes):
        return f": it wants authentication by {' or '.join(schemes)}, and only Basic is spoken here"
    if proxy.has_credentials:
        return ": it wants other credentials than those in its URL"
    return f": it wants credentials: {proxy.scheme}://user:password@…"
