"""The way to an open WebSocket: TCP, TLS, HTTP upgrade, and everything that can go wrong there."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gemini_live.exceptions import ConfigError, ConnectError, ConnectTimeout, HandshakeError
from gemini_live.transport import Attempt, ConnectRequest, Dial
from gemini_live.transport.opening import open_websocket

from .conftest import Connect, attempt
from .dialled import Dialled
from .driver import WAIT, Driver
from .rawserver import RawServer, answering, read_head, reset, text, upgrade_answer

SECRET = "s3cr3t-k3y-value"


def refusal(server: RawServer, trust: Any, seconds: float = WAIT, **options: Any) -> ConnectError:
    """Return the error that connecting raises."""
    options.setdefault("ssl_context", trust.client)
    with pytest.raises(ConnectError) as caught:
        open_websocket(ConnectRequest(url=server.url, **options), attempt(seconds))
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value)
    return caught.value


def test_the_request_is_what_was_asked_for(server_tls: ssl.SSLContext | None, connect: Connect) -> None:
    """Path and query, our headers, no Origin, no extension, no cookie."""
    with RawServer(lambda sock: sock.recv(1), tls=server_tls) as server:
        connect(server.url, headers={"x-goog-api-key": SECRET, "User-Agent": "me"})
        (head,) = server.heads
    lines = head.lower().split("\r\n")
    assert lines[0] == "get /path?query=1 http/1.1"
    assert f"x-goog-api-key: {SECRET}" in lines
    assert f"host: localhost:{server.port}" in lines
    assert "sec-websocket-version: 13" in lines
    assert not [line for line in lines if line.startswith(("origin:", "sec-websocket-extensions:", "cookie:"))]


def test_headers_are_shown_by_name() -> None:
    """A request's repr holds no credentials."""
    shown = repr(ConnectRequest(url="wss://host/", headers={"x-goog-api-key": SECRET}))
    assert SECRET not in shown
    assert "x-goog-api-key" in shown


@pytest.mark.parametrize(
    "headers",
    [{"x": "a\r\nInjected: yes"}, {"x": "a\nb"}, {"x": "a\0b"}, {"x\r\ny": "a"}, {"": "a"}, {"a b": "c"}, {"é": "a"}],
)
def test_headers_that_break_the_line_are_refused(headers: dict[str, str]) -> None:
    """Before anything is dialled; the value is not shown."""
    tried = attempt()
    with pytest.raises(ConfigError) as caught:
        open_websocket(ConnectRequest(url="ws://localhost:1/", headers=headers), tried)
    assert caught.value.path.startswith("headers")
    assert "Injected" not in str(caught.value)
    assert tried.phase == "credentials"


def test_nothing_of_the_handshake_is_logged(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    """Not even at the lowest level."""
    with caplog.at_level(1), RawServer(lambda sock: sock.recv(1)) as server:
        connect(server.url, headers={"x-goog-api-key": SECRET})
    assert SECRET not in caplog.text
    assert not [record for record in caplog.records if record.name == "websocket"]


def test_ssl_cert_file_is_trusted(
    trust: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connect: Connect
) -> None:
    """Without a context of one's own the shared default is used."""
    bundle = tmp_path / "authority.pem"
    trust.authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    with RawServer(lambda sock: sock.recv(1), tls=trust.server) as server:
        connect(server.url, ssl_context=None)


def test_ssl_cert_file_that_is_missing_is_a_config_error(
    trust: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the option that is wrong, not the network."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    with RawServer(lambda sock: sock.recv(1), tls=trust.server) as server, pytest.raises(ConfigError, match="SSL_CERT"):
        open_websocket(ConnectRequest(url=server.url), attempt())


def test_an_untrusted_certificate_is_refused(trust: Any) -> None:
    """The error says what to do, and that trying again is of no use."""
    with RawServer(lambda sock: None, tls=trust.server) as server:
        error = refusal(server, trust, ssl_context=ssl.create_default_context())
    assert (error.phase, error.retryable) == ("tls", False)
    assert "not trusted" in str(error)
    assert "SSL_CERT_FILE" in str(error)


def test_a_certificate_of_another_name_is_refused(trust: Any) -> None:
    """The name is checked, not only the signature."""
    with RawServer(lambda sock: None, tls=trust.server_for("elsewhere.example")) as server:
        error = refusal(server, trust)
    assert error.phase == "tls"
    assert "localhost" in str(error)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_never_followed(status: int, server_tls: ssl.SSLContext | None, trust: Any) -> None:
    """The credentials stay with the server they were meant for."""
    with RawServer(lambda sock: None) as elsewhere:
        answer = f"HTTP/1.1 {status} Moved\r\nLocation: {elsewhere.url}\r\nContent-Length: 0\r\n\r\n".encode()
        with answering(answer, tls=server_tls) as server:
            error = refusal(server, trust, headers={"x-goog-api-key": SECRET})
        assert elsewhere.heads == []
    assert isinstance(error, HandshakeError)
    assert error.status == status
    assert error.headers["location"] == elsewhere.url
    assert not error.retryable


def test_a_refusal_keeps_its_json_body(server_tls: ssl.SSLContext | None, trust: Any) -> None:
    """Status, headers in lower case, and the whole body, however it is cut by the network."""
    body = '{"error": {"code": 401, "message": "API key not valid: é"}}' + " " * 40_000
    head = (
        f"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: {len(body.encode())}\r\n\r\n"
    )
    with answering(head.encode(), body.encode()[:10], body.encode()[10:], tls=server_tls) as server:
        error = refusal(server, trust)
    assert isinstance(error, HandshakeError)
    assert (error.status, error.retryable, error.phase) == (401, False, "upgrade")
    assert error.headers["content-type"] == "application/json"
    assert error.body == body


def test_a_chunked_body_is_kept_too(server_tls: ssl.SSLContext | None, trust: Any) -> None:
    """Google's front ends often send no Content-Length."""
    head = b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n"
    with answering(head, b"5\r\nno, y\r\n", b"8\r\nou don't\r\n0\r\n\r\n", tls=server_tls) as server:
        error = refusal(server, trust)
    assert isinstance(error, HandshakeError)
    assert (error.status, error.body) == (403, "no, you don't")


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 1000\r\n\r\n", b"cut off"),
        (b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n", b"7\r\ncut off"),
        (b"HTTP/1.0 403 Forbidden\r\n\r\n", b"cut off"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: none\r\n\r\n", b"cut off"),
    ],
)
def test_a_body_that_is_cut_does_not_hide_the_status(
    head: bytes, body: bytes, server_tls: ssl.SSLContext | None, trust: Any
) -> None:
    """What came of it is kept."""
    with answering(head, body, tls=server_tls) as server:
        error = refusal(server, trust)
    assert isinstance(error, HandshakeError)
    assert (error.status, error.body) == (403, "cut off")


def test_a_body_that_makes_no_sense_does_not_hide_the_status(trust: Any) -> None:
    """A chunk of no length at all."""
    with answering(b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n") as server:
        error = refusal(server, trust)
    assert isinstance(error, HandshakeError)
    assert (error.status, error.body) == (403, "")


def test_a_body_without_end_does_not_hold_the_status_back(trust: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that promises more and goes on living is not waited for until the deadline."""
    monkeypatch.setattr("gemini_live.transport.handshake._BODY_SECONDS", 0.3)
    head = b"HTTP/1.1 503 Unavailable\r\nContent-Length: 1000\r\n\r\nhalf"
    before = time.monotonic()
    with answering(head, then=lambda sock: sock.recv(1)) as server:
        error = refusal(server, trust, seconds=30.0)
    assert isinstance(error, HandshakeError)
    assert (error.status, error.body, error.retryable) == (503, "half", True)
    assert time.monotonic() - before < 8


def test_a_huge_body_is_cut(trust: Any) -> None:
    """64 KiB are enough for any explanation; a terabyte is never asked for."""
    head = f"HTTP/1.1 500 Oops\r\nContent-Length: {10**12}\r\n\r\n".encode()
    with answering(head, bytes(200_000)) as server:
        error = refusal(server, trust)
    assert isinstance(error, HandshakeError)
    assert len(error.body) == 65_536


def test_a_quota_refusal_says_when(server_tls: ssl.SSLContext | None, trust: Any) -> None:
    """429 may be tried again, and Retry-After is there to be read."""
    with answering(b"HTTP/1.1 429 Slow down\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", tls=server_tls) as server:
        error = refusal(server, trust)
    assert isinstance(error, HandshakeError)
    assert (error.status, error.headers["retry-after"], error.retryable) == (429, "7", True)


def test_200_is_no_upgrade(server_tls: ssl.SSLContext | None, trust: Any) -> None:
    """A web page where a WebSocket was expected."""
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", tls=server_tls) as server:
        error = refusal(server, trust)
    assert isinstance(error, HandshakeError)
    assert (error.status, error.body) == (200, "<html>")


@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x50\r\n\r\n",
        b"HTTP/1.1 abc def\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nno colon here\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nbad: \xff\xfe\r\n\r\n",
        b"GARBAGE\r\n\r\n",
        b"a" * 70_000,
        b"HTTP/1.1 101 Switching\r\n" + b"x: y\r\n" * 20_000,
    ],
    ids=lambda garbage: str(garbage[:24]),
)
def test_garbage_is_no_handshake(garbage: bytes, server_tls: ssl.SSLContext | None, trust: Any) -> None:
    """Whatever comes, it is a HandshakeError, soon, and never another exception."""
    with answering(garbage, tls=server_tls, then=lambda sock: sock.recv(1)) as server:
        error = refusal(server, trust)
    assert isinstance(error, HandshakeError)
    assert error.status in (None, 101)
    assert not error.retryable


@pytest.mark.parametrize(
    "head",
    [
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {}\r\n\r\n",
    ],
    ids=["no accept", "no upgrade", "another upgrade", "no connection"],
)
def test_a_101_that_lacks_something_is_refused(head: str, server_tls: ssl.SSLContext | None, trust: Any) -> None:
    """Section 4.1 names what has to be there."""
    with answering(head.format("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=").encode(), tls=server_tls) as server:
        error = refusal(server, trust)
    assert isinstance(error, HandshakeError)
    assert error.status == 101


def test_a_wrong_accept_key_is_refused(server_tls: ssl.SSLContext | None, trust: Any) -> None:
    """A server that did not read our key is no WebSocket server."""
    head = (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    )
    with answering(head.encode(), tls=server_tls) as server:
        error = refusal(server, trust)
    assert isinstance(error, HandshakeError)
    assert error.status == 101


@pytest.mark.parametrize("line", ["Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: soap"])
def test_what_was_not_offered_must_not_be_granted(line: str, server_tls: ssl.SSLContext | None, trust: Any) -> None:
    """An extension or a protocol fails the handshake (section 4.1)."""

    def script(sock: socket.socket) -> None:
        sock.sendall(upgrade_answer(read_head(sock), line) + text("hello"))
        sock.recv(1)

    with RawServer(script, tls=server_tls, upgrade=False) as server:
        error = refusal(server, trust)
    assert isinstance(error, HandshakeError)
    assert "was not offered" in str(error)


@pytest.mark.parametrize("cookie", ["a=b; Domain=localhost", "a=b; Domain", "\x00;;=", ""])
def test_cookies_are_not_kept(cookie: str, connect: Connect) -> None:
    """What one connection was given is not shown to the server of the next, and an odd cookie breaks nothing."""

    def script(sock: socket.socket) -> None:
        server.heads.append(read_head(sock))
        sock.sendall(upgrade_answer(server.heads[-1], f"set-COOKIE: {cookie}") + text("hello"))
        sock.recv(1)

    with RawServer(script, upgrade=False) as server:
        for _ in range(2):
            driver = connect(server.url)
            assert driver.messages(1) == ["hello"]
            driver.close()
        assert len(server.heads) == 2
        assert "cookie" not in "".join(server.heads).lower()


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("part", [b"", b"HTTP/1.1 101 Switch"])
def test_a_hang_up_during_the_upgrade(how: str, part: bytes, server_tls: ssl.SSLContext | None, trust: Any) -> None:
    """It may work later: retryable, in phase upgrade."""

    def script(sock: socket.socket) -> None:
        read_head(sock)
        sock.sendall(part)
        if how == "reset":
            reset(sock)

    with RawServer(script, tls=server_tls, upgrade=False) as server:
        error = refusal(server, trust)
    assert type(error) is ConnectError
    assert (error.phase, error.retryable) == ("upgrade", True)


def test_a_refused_connection_is_retryable(trust: Any) -> None:
    """Nobody listens there."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{unused.getsockname()[1]}/"
        with pytest.raises(ConnectError) as caught:
            open_websocket(ConnectRequest(url=url), attempt())
    assert (caught.value.phase, caught.value.retryable) == ("tcp", True)
    assert "127.0.0.1:" in str(caught.value)


@pytest.mark.parametrize("url", ["ws://name.invalid/", f"ws://{'a' * 64}.example/", "ws://localhost:99999/"])
def test_a_name_that_can_not_be_found(url: str) -> None:
    """Also names and ports that can't exist are connection errors with a phase."""
    with pytest.raises(ConnectError) as caught:
        open_websocket(ConnectRequest(url=url), attempt())
    assert caught.value.phase in ("dns", "credentials")


def test_plain_http_where_tls_was_expected(trust: Any) -> None:
    """The error is in phase tls."""
    with RawServer(lambda sock: sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"), upgrade=False) as server:
        server.url = server.url.replace("ws:", "wss:")
        error = refusal(server, trust)
    assert error.phase == "tls"


# --- time and giving up --------------------------------------------------------------------------------------------


@pytest.fixture
def full_listener() -> Iterator[int]:
    """A port whose queue is full: it answers no connection attempt, as a black hole does."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            fillers.append(filler)
        yield listener.getsockname()[1]
        for filler in fillers:
            filler.close()


def silent_in(phase: str, trust: Any) -> RawServer:
    """Return a server that says nothing any more from that phase on."""

    def script(sock: socket.socket) -> None:
        server.reached.set()
        server.wait()

    def after_head(sock: socket.socket) -> None:
        read_head(sock)
        script(sock)

    def dribble(sock: socket.socket) -> None:
        answer = upgrade_answer(read_head(sock), *["X-Padding: " + "y" * 100] * 40)
        pause = threading.Event()
        for index in range(len(answer)):
            sock.sendall(answer[index : index + 1])
            server.reached.set()
            pause.wait(0.01)

    does = {"tls": script, "upgrade": after_head, "dribble": dribble}[phase]
    server = RawServer(does, tls=None if phase == "tls" else trust.server, upgrade=False)
    if phase == "tls":
        server.url = server.url.replace("ws:", "wss:")
    return server


@pytest.mark.parametrize("phase", ["tls", "upgrade", "dribble"])
def test_one_deadline_covers_every_phase(phase: str, trust: Any) -> None:
    """A server that falls silent, or that dribbles its answer, is left at the deadline with the phase it came to."""
    before = time.monotonic()
    with silent_in(phase, trust) as server:
        error = refusal(server, trust, seconds=0.4)
        server.go.set()
    assert isinstance(error, ConnectTimeout)
    assert isinstance(error, TimeoutError)
    assert error.phase == ("tls" if phase == "tls" else "upgrade")
    assert error.seconds == 0.4
    assert error.retryable
    assert 0.3 < time.monotonic() - before < 3


def test_a_black_hole_is_left_at_the_deadline(full_listener: int) -> None:
    """No answer to TCP at all."""
    with pytest.raises(ConnectTimeout) as caught:
        open_websocket(ConnectRequest(url=f"ws://127.0.0.1:{full_listener}/"), attempt(0.3))
    assert caught.value.phase == "tcp"


def test_a_black_hole_leaves_time_for_the_next_address(
    full_listener: int, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first address swallows everything, the second answers: the connection is made within the deadline."""
    with RawServer(lambda sock: sock.recv(1)) as server:
        addresses = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in (full_listener, server.port)
        ]
        addresses.insert(0, (12345, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1)))  # a family that does not exist
        monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: addresses)
        request = ConnectRequest(url=server.url)
        driver = Driver(open_websocket(request, attempt(1.5)))
        driver.close()


def test_an_expired_deadline_dials_nothing() -> None:
    """Credentials may have taken all the time there was."""
    with pytest.raises(ConnectTimeout):
        open_websocket(ConnectRequest(url="ws://127.0.0.1:9/"), attempt(0.0))


@pytest.mark.parametrize("phase", ["tls", "upgrade", "dribble"])
def test_an_abandoned_attempt_ends_at_once(phase: str, trust: Any) -> None:
    """abandon() returns at once, the thread ends, its socket is closed, and nothing is delivered."""
    with silent_in(phase, trust) as server:
        dialled = Dialled(ConnectRequest(url=server.url, ssl_context=trust.client))
        assert server.reached.wait(WAIT)
        before = time.monotonic()
        dialled.dial.abandon()
        assert time.monotonic() - before < 0.5
        assert dialled.ended(5)
        assert time.monotonic() - before < 5
        server.go.set()
    assert dialled.results == []


def test_an_attempt_abandoned_in_tcp_ends_at_once(full_listener: int, trust: Any) -> None:
    """Also while the kernel still waits for the first answer."""
    dialled = Dialled(ConnectRequest(url=f"ws://127.0.0.1:{full_listener}/", ssl_context=trust.client))
    pause = threading.Event()
    for _ in range(500):
        if dialled.attempt.phase == "tcp":
            break
        pause.wait(0.01)
    pause.wait(0.1)
    dialled.dial.abandon()
    assert dialled.ended(5)
    assert dialled.results == []


def test_an_attempt_abandoned_before_it_began_dials_nothing(trust: Any) -> None:
    """While credentials were fetched somebody gave up."""
    gate = threading.Event()
    results: list[Any] = []
    request = ConnectRequest(url="ws://127.0.0.1:9/")

    def prepare() -> ConnectRequest:
        assert gate.wait(WAIT)
        return request

    tried = attempt()
    dial = Dial(open_websocket, prepare, tried, lambda result: bool(results.append(result)), name="dial-under-test")
    dial.start()
    dial.abandon()
    gate.set()
    (thread,) = [thread for thread in threading.enumerate() if thread.name == "dial-under-test"] or [None]
    if thread is not None:
        thread.join(WAIT)
    assert results == []
    assert tried.phase == "credentials"


def test_a_dial_delivers_the_transport(server_tls: ssl.SSLContext | None, trust: Any) -> None:
    """An open connection goes to whoever is there to take it."""
    with RawServer(lambda sock: sock.recv(1), tls=server_tls) as server:
        dialled = Dialled(ConnectRequest(url=server.url, ssl_context=trust.client))
        assert dialled.delivered.wait(WAIT)
        assert dialled.ended(5)
        (transport,) = dialled.results
        assert transport.fileno() >= 0
        dialled.attempt.abandon()  # too late: it is the taker's now
        driver = Driver(transport)
        driver.send(b"x", receipt=1)
        assert driver.receipts == [1]
        driver.close()


def test_a_transport_that_nobody_takes_is_closed(trust: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The actor has ended meanwhile: no socket is left."""
    with caplog.at_level(logging.DEBUG, logger="gemini_live"), RawServer(lambda sock: sock.recv(1)) as server:
        dialled = Dialled(ConnectRequest(url=server.url, ssl_context=trust.client), wanted=False)
        assert dialled.delivered.wait(WAIT)
        assert dialled.ended(5)
        assert dialled.results[0].fileno() == -1
    assert "nobody waits for" in caplog.text


@pytest.mark.parametrize("error", [ConnectError("no", phase="tcp"), KeyError("a bug"), SystemExit(1)])
def test_a_dial_delivers_the_error(error: BaseException, trust: Any) -> None:
    """Whatever the connector raises is raised where somebody waits for it."""
    results: list[Any] = []
    delivered = threading.Event()

    def fail(request: ConnectRequest, tried: Attempt) -> Any:
        raise error

    def deliver(result: Any) -> bool:
        results.append(result)
        delivered.set()
        return False

    Dial(fail, lambda: ConnectRequest(url="ws://x/"), attempt(), deliver, name="dial-under-test").start()
    assert delivered.wait(WAIT)
    assert results == [error]


def test_an_error_of_an_abandoned_attempt_is_not_delivered(trust: Any) -> None:
    """Nobody wants to know."""
    results: list[Any] = []
    begun, gate = threading.Event(), threading.Event()

    def fail(request: ConnectRequest, tried: Attempt) -> Any:
        begun.set()
        assert gate.wait(WAIT)
        raise KeyError("late")

    request = ConnectRequest(url="ws://x/")
    dial = Dial(fail, lambda: request, attempt(), lambda result: bool(results.append(result)), name="dial-under-test")
    dial.start()
    assert begun.wait(WAIT)
    dial.abandon()
    gate.set()
    for thread in threading.enumerate():
        if thread.name == "dial-under-test":
            thread.join(WAIT)
    assert results == []


def test_an_attempt_without_a_deadline(connect: Connect, trust: Any) -> None:
    """None is never: an attempt that only abandon() ends."""
    with RawServer(lambda sock: sock.recv(1), tls=trust.server) as server:
        request = ConnectRequest(url=server.url, ssl_context=trust.client)
        Driver(open_websocket(request, attempt(None))).close()
