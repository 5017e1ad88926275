"""Tunnels through proxies: what passes, what the proxy and the server get to know, and everything that goes wrong."""

from __future__ import annotations

import base64
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from gemini_live._proxies import Proxy, parse_proxy
from gemini_live.exceptions import ConfigError, ConnectError, ConnectTimeout, HandshakeError
from gemini_live.transport import ConnectionEnded, ConnectRequest
from gemini_live.transport.opening import open_websocket
from gemini_live.transport.proxying import authority

from ..conftest import Trust
from .conftest import Connect, attempt
from .dialled import Dialled
from .driver import WAIT, Driver
from .proxies import ProxyServer, tinyproxy_in
from .rawserver import RawServer, answering, frame, read_frame, read_head, reset, upgrade_answer

KEY = "s3cr3t-k3y-value"
USER, PASSWORD = "us er", "p@ss:w0rd/ü"
SCHEMES = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]
SOCKS = SCHEMES[2:]

pytestmark = pytest.mark.usefixtures("trusted")


def proxy_server(scheme: str, trust: Trust, **options: Any) -> ProxyServer:
    """Return a proxy of that kind."""
    return ProxyServer(scheme, tls=trust.server if scheme == "https" else None, **options)


def echo(sock: socket.socket) -> None:
    """Send every frame back, until the close frame."""
    while True:
        opcode, payload = read_frame(sock)
        sock.sendall(frame(opcode, payload))
        if opcode == 8:
            return


def refusal(url: str, proxy: Proxy, trust: Any = None, seconds: float = WAIT) -> ConnectError:
    """Return the error that connecting through a proxy raises, after a look for secrets in it."""
    request = ConnectRequest(url=url, proxy=proxy, headers={"x-goog-api-key": KEY}, ssl_context=trust and trust.client)
    with pytest.raises(ConnectError) as caught:
        open_websocket(request, attempt(seconds))
    error = caught.value
    told = f"{error}{error!r}{vars(error)}{error.__cause__!r}"
    assert not [secret for secret in (*proxy.secrets, KEY) if secret in told]
    return error


# --- what passes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("credentials", [("", ""), (USER, PASSWORD)], ids=["open", "credentials"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_websocket_through_every_kind_of_proxy(
    scheme: str, credentials: tuple[str, str], server_tls: Any, trust: Trust, connect: Connect
) -> None:
    """With ws and wss, and with and without credentials: big messages, a ping, the closing handshake."""
    username, password = credentials
    big = bytes(range(256)) * 4_000
    with (
        proxy_server(scheme, trust, username=username, password=password) as proxy,
        RawServer(echo, tls=server_tls) as server,
    ):
        driver = connect(server.url, proxy=proxy.proxy, headers={"x-goog-api-key": KEY})
        driver.send(big.hex().encode(), receipt=1)
        assert driver.messages(1) == [big.hex()]
        driver.transport.close(1000, "done")
        driver.flush()
        assert driver.end() == ConnectionEnded(1000, "done", clean=True, by_peer=False)
        (seen,) = proxy.requests
        (head,) = server.heads
    assert seen.port == server.port
    assert seen.host == ("127.0.0.1" if scheme in ("socks4", "socks5") else "localhost")
    assert (seen.username, seen.password) == (username, "" if scheme.startswith("socks4") else password)
    assert KEY not in seen.head
    assert (KEY.encode() in proxy.tunnelled) == (server_tls is None)
    assert f"x-goog-api-key: {KEY}" in head
    assert "proxy-" not in head.lower()
    assert not [secret for secret in proxy.secrets if secret in head]


@pytest.mark.parametrize(
    ("url", "lines"),
    [
        ("http://proxy", []),
        ("http://user:pass@proxy", ["Proxy-Authorization: Basic dXNlcjpwYXNz"]),
        ("http://user@proxy", ["Proxy-Authorization: Basic dXNlcjo="]),
        ("http://%C3%BC:%C3%A4@proxy", ["Proxy-Authorization: Basic " + base64.b64encode("ü:ä".encode()).decode()]),
    ],
)
def test_a_proxy_is_told_no_more_than_it_needs(url: str, lines: list[str], connect: Connect) -> None:
    """Where to, and who asks: nothing else."""

    def script(sock: socket.socket) -> None:
        proxy.heads.append(read_head(sock))
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        sock.sendall(upgrade_answer(read_head(sock)))
        sock.recv(1)

    with RawServer(script, upgrade=False) as proxy:
        connect("ws://target.test:8080/path", proxy=attrs.evolve(parse_proxy(url), host="localhost", port=proxy.port))
        (head,) = proxy.heads
    expected = ["CONNECT target.test:8080 HTTP/1.1", "Host: target.test:8080", *lines, "", ""]
    assert head.split("\r\n") == expected


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 200 Connection established\r\n\r\n",
        b"HTTP/1.1 299\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\nVia: old\n\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_any_2xx_opens_the_tunnel(answer: bytes, connect: Connect) -> None:
    """Interim answers come before it, and what it says of a body counts for nothing (RFC 9110 section 9.3.6)."""

    def script(sock: socket.socket) -> None:
        read_head(sock)
        sock.sendall(answer)
        sock.sendall(upgrade_answer(read_head(sock)))
        echo(sock)

    with RawServer(script, upgrade=False) as proxy:
        driver = connect("ws://target.test/", proxy=parse_proxy(f"http://localhost:{proxy.port}"))
        driver.send(b"hello")
        assert driver.messages(1) == ["hello"]


def test_nothing_beyond_the_proxys_head_is_read(connect: Connect) -> None:
    """The tunnel may bring something in the same packet."""

    def script(sock: socket.socket) -> None:
        read_head(sock)
        proxy.reached.set()
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        read_head(sock)

    with RawServer(script, upgrade=False) as proxy:
        error = refusal("ws://target.test/", parse_proxy(f"http://localhost:{proxy.port}"))
    assert isinstance(error, HandshakeError)
    assert (error.status, error.phase) == (403, "upgrade")
    assert "the server refused" in str(error)


@pytest.mark.parametrize("scheme", ["http", "https", "socks4a", "socks5h"])
def test_a_name_that_only_the_proxy_knows(scheme: str, trust: Trust, connect: Connect) -> None:
    """It is not looked up here."""
    names = {"target.test": "127.0.0.1"}
    with proxy_server(scheme, trust, names=names) as proxy, RawServer(echo) as server:
        driver = connect(f"ws://target.test:{server.port}/", proxy=proxy.proxy)
        driver.send(b"hello")
        assert driver.messages(1) == ["hello"]
        assert proxy.requests[0].host == "target.test"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("target", "target:1"),
        ("::1", "[::1]:1"),
        ("10.0.0.1", "10.0.0.1:1"),
        ("bücher.example", "xn--bcher-kva.example:1"),
    ],
)
def test_how_a_target_is_written(host: str, expected: str) -> None:
    """IPv6 in brackets, an international name in ASCII."""
    assert authority(host, 1) == expected


@pytest.mark.parametrize("host", ["", "a b", "a\r\nb", "a\0b", "ü" * 70])
@pytest.mark.parametrize("scheme", ["http", "socks5h", "socks5"])
def test_a_target_that_is_no_host(host: str, scheme: str) -> None:
    """The proxy is not even dialled."""
    with pytest.raises(ConnectError):
        open_websocket(ConnectRequest(url=f"ws://{host}/", proxy=parse_proxy(f"{scheme}://localhost:9")), attempt())
    with pytest.raises(ValueError):
        authority(host, 1)


def test_a_request_shows_no_proxy_credentials() -> None:
    """Neither does its repr."""
    shown = repr(ConnectRequest(url="wss://host/", proxy=parse_proxy(f"http://user:{KEY}@proxy")))
    assert KEY not in shown
    assert "proxy" in shown


@pytest.mark.parametrize("scheme", SCHEMES)
def test_nothing_of_a_tunnel_is_logged(
    scheme: str, trust: Trust, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even at the lowest level, nor by PySocks."""
    with (
        caplog.at_level(1),
        proxy_server(scheme, trust, username=USER, password=PASSWORD) as proxy,
        RawServer(echo) as server,
    ):
        connect(server.url, proxy=proxy.proxy)
    assert not [secret for secret in proxy.secrets if secret in caplog.text]


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "retryable"), [(403, False), (404, False), (302, False), (502, True)])
def test_a_refusal_keeps_what_the_proxy_said(status: int, retryable: bool) -> None:
    """Status, headers and body; the proxy is named, and it was not the server."""
    answer = f"HTTP/1.1 {status} Whatever\r\nX-Squid-Error: ERR\r\nContent-Length: 9\r\n\r\nno: sorry".encode()
    with answering(answer) as server:
        error = refusal("wss://target.test/", parse_proxy(f"http://user:password@localhost:{server.port}"))
    assert isinstance(error, HandshakeError)
    assert (error.status, error.phase, error.retryable) == (status, "proxy", retryable)
    assert error.headers["x-squid-error"] == "ERR"
    assert error.body == "no: sorry"
    assert str(error) == f"the proxy http://localhost:{server.port} refused the tunnel with HTTP status {status}"


def test_a_101_opens_no_tunnel() -> None:
    """It is no 2xx, and no answer that another one follows."""
    with answering(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", then=lambda sock: sock.recv(1)) as server:
        error = refusal("wss://target.test/", parse_proxy(f"http://localhost:{server.port}"))
    assert isinstance(error, HandshakeError)
    assert (error.status, error.phase) == (101, "proxy")


@pytest.mark.parametrize(
    ("user_info", "challenges", "hint"),
    [
        ("", 'Proxy-Authenticate: Basic realm="x"\r\n', "it wants credentials: http://user:password@…"),
        ("", "", "it wants credentials: http://user:password@…"),
        ("user:password@", 'Proxy-Authenticate: basic realm="x"\r\n', "it wants other credentials"),
        (
            "user:password@",
            "Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n",
            "by Negotiate or NTLM, and only Basic is spoken here",
        ),
        ("", 'Proxy-Authenticate: Digest realm="a", nonce="b"\r\n', "by Digest, and only Basic"),
        ("", 'Proxy-Authenticate: Negotiate, Digest realm="a", nonce="b", BASIC realm="c"\r\n', "it wants credentials"),
    ],
)
def test_a_407_says_what_is_wanted(user_info: str, challenges: str, hint: str) -> None:
    """Credentials, others, or a kind that is not spoken."""
    answer = f"HTTP/1.1 407 Authentication Required\r\n{challenges}Content-Length: 0\r\n\r\n".encode()
    with answering(answer) as server:
        error = refusal("wss://target.test/", parse_proxy(f"http://{user_info}localhost:{server.port}"))
    assert isinstance(error, HandshakeError)
    assert (error.status, error.retryable) == (407, False)
    assert hint in str(error)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_wrong_credentials(scheme: str, trust: Trust) -> None:
    """A real proxy's 407; the credentials that were tried are not shown."""
    with proxy_server(scheme, trust, username="user", password="another") as proxy:
        tried = attrs.evolve(proxy.proxy, password=KEY + "-wrong")
        error = refusal("wss://localhost:1/", tried)
    assert isinstance(error, HandshakeError)
    assert (error.status, error.phase, error.body) == (407, "proxy", "who goes?")


def test_a_page_that_repeats_the_request_is_redacted() -> None:
    """Some proxies print what they were sent."""

    def script(sock: socket.socket) -> None:
        head = read_head(sock)
        line = next(line for line in head.split("\r\n") if line.startswith("Proxy-Auth"))
        body = f"<pre>{head}</pre> for user:passw0rd-of-mine"
        sock.sendall(f"HTTP/1.1 403 No\r\nX-Was: {line}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

    with RawServer(script, upgrade=False) as server:
        error = refusal("wss://target.test/", parse_proxy(f"http://user:passw0rd-of-mine@localhost:{server.port}"))
    assert isinstance(error, HandshakeError)
    assert "Proxy-Authorization: Basic [redacted]" in error.body
    assert "[redacted]" in error.headers["x-was"]


def test_a_body_is_bounded() -> None:
    """However much the proxy has to say."""

    def flood(sock: socket.socket) -> None:
        while True:
            sock.sendall(b"x" * 65_536)

    with answering(b"HTTP/1.1 503 No\r\nContent-Length: 99999999\r\n\r\n", then=flood) as server:
        error = refusal("wss://target.test/", parse_proxy(f"http://localhost:{server.port}"))
    assert isinstance(error, HandshakeError)
    assert len(error.body) == 65_536


@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x05\xff\n",
        b"\r\n",
        b"HTTP/1.1 abc def\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000,
        b"HTTP/1.1 200 " + b"a" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\n" * 50,
    ],
    ids=lambda garbage: str(garbage[:24]),
)
def test_garbage_is_no_answer(garbage: bytes) -> None:
    """It is found out at once, while the proxy still waits for more."""
    with answering(garbage, then=lambda sock: sock.recv(1)) as server:
        error = refusal("wss://target.test/", parse_proxy(f"http://localhost:{server.port}"))
    assert isinstance(error, HandshakeError)
    assert (error.status, error.phase, error.retryable) == (None, "proxy", False)
    assert f"the proxy http://localhost:{server.port} did not answer" in str(error)


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("part", [b"", b"HTTP/1.1 20", b"HTTP/1.1 200 OK\r\nVia: me\r\n"])
def test_a_proxy_that_hangs_up(how: str, part: bytes) -> None:
    """It may work later: retryable, in phase proxy, by the proxy's name."""
    with answering(part, then=reset if how == "reset" else None) as server:
        error = refusal("wss://target.test/", parse_proxy(f"http://localhost:{server.port}"))
    assert type(error) is ConnectError
    assert (error.phase, error.retryable) == ("proxy", True)
    assert str(error).startswith(f"proxy http://localhost:{server.port}: ")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_proxy_that_is_not_there(scheme: str) -> None:
    """Phase tcp, and the proxy is named, not the server."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        proxy = parse_proxy(f"{scheme}://user:password@127.0.0.1:{unused.getsockname()[1]}")
        error = refusal("wss://127.0.0.1:1/", proxy)
    assert (error.phase, error.retryable) == ("tcp", True)
    assert str(error).startswith(f"proxy {proxy.shown}: ")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_proxy_whose_name_is_unknown(scheme: str) -> None:
    """Phase dns."""
    error = refusal("wss://127.0.0.1:1/", parse_proxy(f"{scheme}://name.invalid"))
    assert error.phase == "dns"
    assert str(error).startswith(f"proxy {scheme}://name.invalid:")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_server_that_the_proxy_can_not_reach(scheme: str, trust: Trust) -> None:
    """Phase proxy, and worth another try."""
    with proxy_server(scheme, trust, refuse=("127.0.0.1",)) as proxy:
        error = refusal("wss://127.0.0.1:1/", proxy.proxy)
    assert (error.phase, error.retryable) == ("proxy", True)
    assert proxy.proxy.shown in str(error)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_the_server_refuses_is_the_servers(scheme: str, trust: Trust) -> None:
    """Through a tunnel it is an upgrade refused, as without."""
    with proxy_server(scheme, trust) as proxy, answering(b"HTTP/1.1 401 No\r\n\r\nbad key") as server:
        error = refusal(f"ws://127.0.0.1:{server.port}/", proxy.proxy)
    assert isinstance(error, HandshakeError)
    assert (error.status, error.phase, error.body) == (401, "upgrade", "bad key")


# --- SOCKS ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", SOCKS)
def test_socks_credentials_that_are_wrong(scheme: str, trust: Trust) -> None:
    """Trying again does not help; what was tried is not shown."""
    with proxy_server(scheme, trust, username="user-name", password="pass-word") as proxy:
        tried = attrs.evolve(proxy.proxy, username="wrong-name", password="wrong-word")
        error = refusal("wss://127.0.0.1:1/", tried)
    assert type(error) is ConnectError
    assert (error.phase, error.retryable) == ("proxy", False)
    assert proxy.proxy.shown in str(error)


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_socks_credentials_that_are_missing(scheme: str, trust: Trust) -> None:
    """A proxy that wants them refuses every method that is offered."""
    with proxy_server(scheme, trust, username="user-name", password="pass-word") as proxy:
        error = refusal("wss://127.0.0.1:1/", attrs.evolve(proxy.proxy, username="", password=""))
    assert (error.phase, error.retryable) == ("proxy", False)
    assert "authentication" in str(error)


@pytest.mark.parametrize(
    ("scheme", "reply", "retryable"),
    [
        ("socks5h", 1, True), ("socks5h", 2, False), ("socks5h", 3, True), ("socks5h", 5, True), ("socks5h", 7, False),
        ("socks5h", 8, False), ("socks5h", 99, True), ("socks4a", 0x5B, True), ("socks4a", 0x5C, False),
        ("socks4a", 0x5D, False),
    ],
)  # fmt: skip
def test_what_a_socks_reply_means(scheme: str, reply: int, retryable: bool, trust: Trust) -> None:
    """What the proxy forbids it forbids again; what it can't reach it may reach later."""
    with proxy_server(scheme, trust, reply=reply) as proxy:
        error = refusal("wss://target.test/", proxy.proxy)
    assert (error.phase, error.retryable) == ("proxy", retryable)
    assert f"proxy {proxy.proxy.shown}: no tunnel to target.test:443: {reply:#04x}: " in str(error)


def socks_answering(*pieces: bytes) -> RawServer:
    """Return a proxy that answers each thing that it is told with the next of these, and hangs up."""

    def script(sock: socket.socket) -> None:
        for piece in pieces:
            sock.recv(1_024)
            sock.sendall(piece)

    return RawServer(script, upgrade=False)


@pytest.mark.parametrize(
    ("scheme", "pieces", "retryable"),
    [
        ("socks5h", (b"HTTP/1.1 400 Bad Request\r\n\r\n",), False),
        ("socks5h", (b"\x05\x00", b"\x04\x00\x00"), False),
        ("socks5h", (b"\x05\x00", b"\x05\x00\x00\x09"), False),
        ("socks5h", (b"\x05\x07",), False),
        ("socks4a", (b"HTTP/1.1 400 Bad Request\r\n\r\n",), False),
        ("socks5h", (), True),
        ("socks5h", (b"\x05",), True),
        ("socks5h", (b"\x05\x00", b"\x05\x00\x00\x01\x00"), True),
        ("socks4a", (b"\x00\x5a\x00",), True),
    ],
)
def test_a_socks_proxy_that_makes_no_sense(scheme: str, pieces: tuple[bytes, ...], retryable: bool) -> None:
    """Garbage is final, a hang-up is not."""
    with socks_answering(*pieces) as server:
        error = refusal("wss://target.test/", parse_proxy(f"{scheme}://localhost:{server.port}"))
    assert type(error) is ConnectError
    assert (error.phase, error.retryable) == ("proxy", retryable)
    assert f"proxy {scheme}://localhost:{server.port}: " in str(error)


def test_a_socks_proxy_that_names_its_own_address(connect: Connect) -> None:
    """The bound address in the reply may be a name, or IPv6; nothing of the tunnel is taken with it."""
    for bound in (b"\x03\x04name\x00\x01", b"\x04" + bytes(18)):

        def script(sock: socket.socket, bound: bytes = bound) -> None:
            sock.recv(1_024)
            sock.sendall(b"\x05\x00")
            sock.recv(1_024)
            sock.sendall(b"\x05\x00\x00" + bound)
            sock.sendall(upgrade_answer(read_head(sock)))
            echo(sock)

        with RawServer(script, upgrade=False) as proxy:
            driver = connect("ws://target.test/", proxy=parse_proxy(f"socks5h://localhost:{proxy.port}"))
            driver.send(b"hello")
            assert driver.messages(1) == ["hello"]


def addresses(*found: str) -> Callable[..., Any]:
    """Return a getaddrinfo that finds these for target.test, and what it always finds for the rest."""
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *arguments: Any, **options: Any) -> Any:
        if host != "target.test":
            return real(host, port, *arguments, **options)
        return [(socket.AF_INET6 if ":" in one else socket.AF_INET, 1, 6, "", (one, port)) for one in found]

    return look_up


def test_an_address_that_the_proxy_can_not_reach_leaves_the_next(
    trust: Trust, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked up here, a target is tried at each of its addresses: a proxy often has only one of the families."""
    monkeypatch.setattr(socket, "getaddrinfo", addresses("fd00::1", "127.0.0.1", "127.0.0.1"))
    with proxy_server("socks5", trust, refuse=("fd00::1",)) as proxy, RawServer(echo) as server:
        driver = connect(f"ws://target.test:{server.port}/", proxy=proxy.proxy)
        driver.send(b"hello")
        assert driver.messages(1) == ["hello"]
    assert [seen.host for seen in proxy.requests] == ["fd00::1", "127.0.0.1"]


def test_an_address_that_the_proxy_never_answers_for_leaves_time_for_the_next(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each address has its share of the deadline."""
    monkeypatch.setattr(socket, "getaddrinfo", addresses("fd00::1", "127.0.0.1"))

    def script(sock: socket.socket) -> None:
        sock.recv(1_024)
        sock.sendall(b"\x05\x00")
        if b"\x04\xfd\x00" in sock.recv(1_024):
            sock.recv(1)
        else:
            sock.sendall(b"\x05\x00\x00\x01" + bytes(6))
            sock.sendall(upgrade_answer(read_head(sock)))
            sock.recv(1)

    with RawServer(script, upgrade=False) as proxy:
        request = ConnectRequest(url="ws://target.test/", proxy=parse_proxy(f"socks5://localhost:{proxy.port}"))
        Driver(open_websocket(request, attempt(1.0))).close()


@pytest.mark.parametrize("scheme", ["socks4", "socks5"])
def test_a_name_that_is_not_known_here(scheme: str) -> None:
    """The error names the target and says which schemes leave it to the proxy."""
    error = refusal("wss://name.invalid/", parse_proxy(f"{scheme}://localhost:9"))
    assert (error.phase, error.retryable) == ("dns", True)
    assert str(error).startswith("name.invalid: ")
    assert "socks5h" in str(error)


@pytest.mark.parametrize(
    ("scheme", "host", "words"),
    [
        ("socks4", "[::1]", "SOCKS4 knows no IPv6"),
        ("socks4a", "[::1]", "SOCKS4 knows no IPv6"),
        ("socks5h", ".".join(["a" * 60] * 3), "more than 127 bytes"),
        ("socks5h", "a" * 64, "no host name"),
        ("socks4a", "a..b", "no host name"),
    ],
)
def test_a_target_that_socks_can_not_name(scheme: str, host: str, words: str) -> None:
    """Refused before the proxy is dialled."""
    error = refusal(f"wss://{host}/", parse_proxy(f"{scheme}://localhost:9"))
    assert (error.phase, error.retryable) == ("proxy", False)
    assert words in str(error)


def test_without_pysocks_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "socks", None)
    monkeypatch.delitem(sys.modules, "gemini_live.transport.socks_tunnel", raising=False)
    request = ConnectRequest(url="wss://127.0.0.1:1/", proxy=parse_proxy("socks5://user:password@localhost:9"))
    with pytest.raises(ConfigError) as caught:
        open_websocket(request, attempt())
    assert str(caught.value) == "proxy: socks5://localhost:9 needs PySocks: pip install 'gemini-live[socks]'"


def test_another_module_that_is_missing_is_not_taken_for_pysocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken installation is told as it is."""
    monkeypatch.setitem(sys.modules, "gemini_live.transport.socks_tunnel", None)
    with pytest.raises(ModuleNotFoundError):
        open_websocket(ConnectRequest(url="ws://h/", proxy=parse_proxy("socks5://localhost:9")), attempt())


# --- time and giving up --------------------------------------------------------------------------------------------


def silent(trust: Trust, scheme: str, how: str) -> RawServer:
    """Return a proxy that says nothing from the beginning, or dribbles an answer that has no end."""

    def script(sock: socket.socket) -> None:
        if scheme == "https":
            sock = trust.server.wrap_socket(sock, server_side=True)
        with sock:
            sock.recv(1_024)
            server.reached.set()
            if how == "silent":
                server.wait()
            else:
                answer = b"\x05\x00\x05\x00\x00\x03\xff" if scheme == "socks5h" else b"HTTP/1.1 200 OK\r\nX: "
                for byte in answer + b"y" * 4_000:
                    sock.sendall(bytes([byte]))
                    server.go.wait(0.01)

    server = RawServer(script, upgrade=False)
    return server


@pytest.mark.parametrize(
    ("scheme", "how"),
    [
        ("http", "silent"), ("http", "dribble"), ("https", "silent"), ("https", "dribble"), ("socks4", "silent"),
        ("socks5h", "silent"), ("socks5h", "dribble"),
    ],
)  # fmt: skip
def test_one_deadline_covers_the_tunnel(scheme: str, how: str, trust: Trust) -> None:
    """A proxy that falls silent, or that dribbles, is left at the deadline, in phase proxy."""
    before = time.monotonic()
    with silent(trust, scheme, how) as server:
        error = refusal("wss://127.0.0.1:1/", parse_proxy(f"{scheme}://localhost:{server.port}"), seconds=0.5)
        server.go.set()
    assert isinstance(error, ConnectTimeout)
    assert error.phase == "proxy"
    assert 0.4 < time.monotonic() - before < 3


@pytest.mark.parametrize("scheme", ["http", "https", "socks4", "socks5h"])
def test_an_attempt_abandoned_in_the_tunnel_ends_at_once(scheme: str, trust: Trust) -> None:
    """abandon() returns at once, the thread ends, its socket is closed, and nothing is delivered."""
    with silent(trust, scheme, "silent") as server:
        proxy = parse_proxy(f"{scheme}://user:password@localhost:{server.port}")
        dialled = Dialled(ConnectRequest(url="wss://127.0.0.1:1/", proxy=proxy))
        assert server.reached.wait(WAIT)
        assert dialled.attempt.phase == "proxy"
        dialled.dial.abandon()
        assert dialled.ended(5)
        server.go.set()
    assert dialled.results == []


def test_an_attempt_without_a_deadline(trust: Trust, connect: Connect) -> None:
    """None is never, in every kind of tunnel."""
    for scheme in SCHEMES:
        with proxy_server(scheme, trust) as proxy, RawServer(echo, tls=trust.server) as server:
            request = ConnectRequest(url=server.url, ssl_context=trust.client, proxy=proxy.proxy)
            Driver(open_websocket(request, attempt(None))).close()


# --- a proxy that others wrote -------------------------------------------------------------------------------------


@pytest.fixture
def tinyproxy(tmp_path: Path) -> Iterator[str]:
    """A tinyproxy that wants credentials; yields its address."""
    with tinyproxy_in(tmp_path) as address:
        yield address


def test_tinyproxy_lets_us_through(tinyproxy: str, server_tls: Any, connect: Connect) -> None:
    """With the right credentials, over ws and wss: several megabytes, and the closing handshake."""
    with RawServer(echo, tls=server_tls) as server:
        driver = connect(server.url, proxy=parse_proxy(f"http://user:pass-word@{tinyproxy}"))
        message = os.urandom(1_500_000).hex()
        driver.send(message.encode())
        assert driver.messages(1) == [message]
        driver.transport.close()
        driver.flush()
        assert driver.end().clean


@pytest.mark.parametrize("user_info", ["", "user:wrong-word@"])
def test_tinyproxy_wants_its_credentials(tinyproxy: str, user_info: str) -> None:
    """Without them, or with others, it refuses, and the error says so."""
    error = refusal("wss://127.0.0.1:1/", parse_proxy(f"http://{user_info}{tinyproxy}"))
    assert isinstance(error, HandshakeError)
    assert error.phase == "proxy"
    assert error.status in (401, 407)
    assert "credentials" in str(error) or error.status == 401
