"""TLS inside the TLS connection to a proxy: the same WebSocket, one layer deeper."""

from __future__ import annotations

import fcntl
import socket
import ssl
import struct
import termios
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gemini_live._proxies import Proxy, parse_proxy
from gemini_live.exceptions import ConnectError, ConnectTimeout
from gemini_live.transport import ConnectionEnded, ConnectRequest, PongReceived, Transport
from gemini_live.transport.opening import open_websocket
from gemini_live.transport.proxying import open_tunnel
from gemini_live.transport.tls import TLSStream

from ..conftest import Trust
from .conftest import Connect, attempt
from .dialled import Dialled
from .driver import WAIT, Driver
from .proxies import ProxyServer
from .rawserver import RawServer, close_frame, frame, hold, read_exactly, read_frame, read_head, text, upgrade_answer

BIG = 20 * 2**20
PIECE = bytes(range(256)) * 1_024


@pytest.fixture
def proxy(trust: Trust, trusted: None) -> Iterator[ProxyServer]:
    """A proxy that is spoken to through TLS."""
    with ProxyServer("https", tls=trust.server) as server:
        yield server


def echo(sock: socket.socket) -> None:
    """Send one frame back, and read until the client hangs up."""
    sock.sendall(frame(*read_frame(sock)))
    hold(sock)


@pytest.mark.parametrize("size", [0, 125, 126, 16_384, 65_536, 3_000_000])
def test_messages_of_every_size(size: int, trust: Trust, proxy: ProxyServer, connect: Connect) -> None:
    """They go both ways, and the receipt is given."""
    with RawServer(echo, tls=trust.server) as server:
        driver = connect(server.url, proxy=proxy.proxy)
        driver.send(b"x" * size, receipt=1)
        assert driver.messages(1) == ["x" * size]
        assert driver.receipts == [1]
        assert driver.transport.buffered == 0


def test_both_sides_talk_at_the_same_time(trust: Trust, proxy: ProxyServer, connect: Connect) -> None:
    """Several megabytes in each direction, neither of which waits for the other."""
    count = BIG // 4 // len(PIECE)
    got: list[bytes] = []

    def script(sock: ssl.SSLSocket) -> None:
        sock.sendall(frame(2, PIECE) * count)
        got.extend(read_frame(sock)[1] for _ in range(count))
        sock.sendall(text("got it all"))
        hold(sock)

    with RawServer(script, tls=trust.server) as server:
        driver = connect(server.url, proxy=proxy.proxy)
        for number in range(count):
            driver.send(PIECE, receipt=number)
        assert driver.messages(count + 1) == [*([PIECE] * count), "got it all"]
        assert driver.receipts == list(range(count))
    assert got == [PIECE] * count


def test_a_peer_that_stops_reading_freezes_nothing(trust: Trust, proxy: ProxyServer, connect: Connect) -> None:
    """Messages still come in, what is buffered is told, nobody spins, and all arrives when it reads again."""
    count = 2 * BIG // len(PIECE)
    got: list[bytes] = []
    begun = threading.Event()

    def script(sock: socket.socket) -> None:
        assert begun.wait(WAIT)
        sock.sendall(text("still talking"))
        server.wait()
        got.extend(read_frame(sock)[1] for _ in range(count))
        sock.sendall(text("got it all"))
        hold(sock)

    with RawServer(script, tls=trust.server, small=True) as server:
        driver = connect(server.url, proxy=proxy.proxy)
        for number in range(count):
            driver.send(PIECE, receipt=number)
        while driver.poller.wait(0.3):  # until the proxy's and the kernels' buffers are full
            driver.step()
        begun.set()
        assert driver.messages(1) == ["still talking"]
        assert driver.transport.wants_write()
        assert not driver.transport.has_pending()
        assert driver.poller.wait(0.0) == []
        assert driver.transport.buffered > BIG // 4
        assert driver.transport.unsent == list(range(len(driver.receipts), count))

        server.go.set()
        assert driver.messages(2)[1] == "got it all"
        assert driver.receipts == list(range(count))
        assert driver.transport.buffered == 0
    assert set(got) == {PIECE}
    assert len(got) == count


def test_bytes_inside_either_layer_are_seen(trust: Trust, proxy: ProxyServer, connect: Connect) -> None:
    """The poller never goes to sleep on records that no select() shows."""
    total = 3_000

    def script(sock: socket.socket) -> None:
        sock.sendall(b"".join(frame(2, bytes(1_000)) for _ in range(total)))
        hold(sock)

    with RawServer(script, tls=trust.server) as server:
        driver = connect(server.url, proxy=proxy.proxy)
        while len(driver.payloads) < total:
            assert driver.poller.wait(2.0), "slept although bytes were waiting inside TLS"
            driver.step(0.0)


def test_frames_that_came_with_the_upgrade_are_seen(trust: Trust, proxy: ProxyServer, connect: Connect) -> None:
    """In the record of the 101 there may be the first messages."""

    def script(sock: socket.socket) -> None:
        sock.sendall(upgrade_answer(read_head(sock)) + text("first") + text("second"))
        hold(sock)

    with RawServer(script, tls=trust.server, upgrade=False) as server:
        driver = connect(server.url, proxy=proxy.proxy)
        assert driver.messages(2) == ["first", "second"]


def test_records_that_came_with_the_upgrade_s_are_seen(trust: Trust, trusted: None, connect: Connect) -> None:
    """The 101 and a message, each in a record of its own, come inside one record of the proxy's."""

    def script(sock: ssl.SSLSocket) -> None:  # the proxy, and the server behind it
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        inner = trust.server.wrap_bio(incoming, outgoing, server_side=True)
        read_head(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            try:
                head += inner.read(65_536)
            except ssl.SSLWantReadError:
                sock.sendall(outgoing.read())
                incoming.write(read_exactly(sock, 1))
        inner.write(upgrade_answer(head.decode()))
        inner.write(text("first"))
        sock.sendall(outgoing.read())
        hold(sock)

    with RawServer(script, tls=trust.server, upgrade=False) as server:
        driver = connect("wss://localhost:1/", proxy=parse_proxy(f"https://localhost:{server.port}"))
        assert driver.poller.wait(2.0), "slept although a record was waiting"
        driver.step()
        assert driver.payloads == ["first"]


def test_a_dribbled_stream_arrives_whole(trust: Trust, proxy: ProxyServer, connect: Connect) -> None:
    """Every byte in a record of its own."""
    stream = text("first") + frame(9, b"?") + close_frame(1001, "bye")

    def script(sock: socket.socket) -> None:
        for index in range(len(stream)):
            sock.sendall(stream[index : index + 1])
        assert read_frame(sock) == (10, b"?")
        assert read_frame(sock) == (8, b"\x03\xe9")

    with RawServer(script, tls=trust.server) as server:
        driver = connect(server.url, proxy=proxy.proxy)
        assert driver.end() == ConnectionEnded(1001, "bye", clean=True, by_peer=True)
        assert driver.payloads == ["first"]


def test_our_ping_gets_a_pong_and_our_close_an_answer(trust: Trust, proxy: ProxyServer, connect: Connect) -> None:
    """Control frames pass as they do without a proxy."""

    def script(sock: socket.socket) -> None:
        assert read_frame(sock) == (9, b"there?")
        sock.sendall(frame(10, b"there?"))
        assert read_frame(sock) == (8, b"\x03\xe8done")
        sock.sendall(close_frame(1000, "done"))

    with RawServer(script, tls=trust.server) as server:
        driver = connect(server.url, proxy=proxy.proxy)
        driver.transport.ping(b"there?")
        driver.flush()
        driver.until(lambda: PongReceived(b"there?") in driver.events)
        driver.transport.close(1000, "done")
        driver.flush()
        assert driver.end() == ConnectionEnded(1000, "done", clean=True, by_peer=False)
        assert driver.transport.fileno() == -1


@pytest.mark.parametrize("orderly", [True, False])
def test_an_end_without_a_close_frame_is_1006(
    orderly: bool, trust: Trust, proxy: ProxyServer, connect: Connect
) -> None:
    """With a close_notify or without, it is the end of the stream."""

    def script(sock: ssl.SSLSocket) -> None:
        sock.sendall(text("whole") + text("cut off")[:4])
        if orderly:
            sock.unwrap()

    with RawServer(script, tls=trust.server) as server:
        driver = connect(server.url, proxy=proxy.proxy)
        end = driver.end()
        assert (end.code, end.reason) == (1006, "the server closed the TCP connection without a close frame")
        assert driver.payloads == ["whole"]


def test_bytes_that_are_no_record_break_the_connection(trust: Trust, proxy: ProxyServer, connect: Connect) -> None:
    """What OpenSSL says of them is told."""

    def script(sock: ssl.SSLSocket) -> None:
        with socket.socket(fileno=sock.detach()) as bare:
            bare.sendall(b"this is no record, whatever else it may be")
            hold(bare)

    with RawServer(script, tls=trust.server) as server:
        driver = connect(server.url, proxy=proxy.proxy)
        end = driver.end()
        assert end.code == 1006
        assert end.reason.startswith("the connection broke: ")


def test_plain_websocket_through_a_tls_proxy(proxy: ProxyServer, connect: Connect) -> None:
    """One layer of TLS, to the proxy; the proxy sees what is said."""
    with RawServer(echo) as server:
        driver = connect(server.url, proxy=proxy.proxy)
        driver.send(PIECE.hex().encode())
        assert driver.messages(1) == [PIECE.hex()]
    assert b"Upgrade: websocket" in proxy.tunnelled


# --- opening it ----------------------------------------------------------------------------------------------------


def refusal(url: str, proxy: Proxy, trust: Trust, seconds: float = WAIT, **options: Any) -> ConnectError:
    """Return the error that connecting through a proxy raises."""
    options.setdefault("ssl_context", trust.client)
    with pytest.raises(ConnectError) as caught:
        open_websocket(ConnectRequest(url=url, proxy=proxy, **options), attempt(seconds))
    return caught.value


def test_an_untrusted_server_is_told_so(trust: Trust, proxy: ProxyServer) -> None:
    """Phase tls, the server's name in the message, and an alert for the server."""
    alerts: list[ssl.SSLError] = []

    def script(sock: socket.socket) -> None:
        try:
            trust.server_for("elsewhere.example").wrap_socket(sock, server_side=True).close()
        except ssl.SSLError as error:
            alerts.append(error)
        server.reached.set()

    with RawServer(script, upgrade=False) as server:
        error = refusal(server.url.replace("ws:", "wss:"), proxy.proxy, trust)
        assert server.reached.wait(WAIT)
    assert (error.phase, error.retryable) == ("tls", False)
    assert f"localhost:{server.port} showed a certificate" in str(error)
    assert [alert.reason for alert in alerts] == ["SSLV3_ALERT_BAD_CERTIFICATE"]


def test_a_proxy_is_trusted_by_the_shared_trust_only(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request's context is the server's: a proxy that only it knows is not trusted."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with ProxyServer("https", tls=trust.server) as proxy:
        error = refusal("wss://localhost:1/", proxy.proxy, trust)
    assert (error.phase, error.retryable) == ("proxy", False)
    assert f"proxy https://localhost:{proxy.port} showed a certificate that is not trusted" in str(error)
    assert "ssl_context" not in str(error)
    assert proxy.requests == []


def test_a_proxy_that_speaks_no_tls(trust: Trust, trusted: None) -> None:
    """A frequent mistake: the error says which URL would do."""

    def script(sock: socket.socket) -> None:
        sock.recv(65_536)
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with RawServer(script, upgrade=False) as server:
        error = refusal("wss://localhost:1/", parse_proxy(f"https://localhost:{server.port}"), trust)
    assert error.phase == "proxy"
    assert "begins with http:" in str(error)


@pytest.mark.parametrize("phase", ["tls", "upgrade"])
def test_one_deadline_covers_the_inner_layer(phase: str, trust: Trust, proxy: ProxyServer) -> None:
    """A server that dribbles its handshake or its answer through the tunnel is left at the deadline."""
    begun = threading.Event()

    def dribble(sock: socket.socket) -> None:
        if phase == "upgrade":
            sock = trust.server.wrap_socket(sock, server_side=True)
            data = upgrade_answer(read_head(sock), *["X-Padding: " + "y" * 100] * 40)
        else:
            data = b"\x16\x03\x03\x3f\xff" + bytes(4_000)
        with sock:
            begun.set()
            for index in range(len(data)):
                sock.sendall(data[index : index + 1])
                server.go.wait(0.01)

    with RawServer(dribble, upgrade=False) as server:
        error = refusal(server.url.replace("ws:", "wss:"), proxy.proxy, trust, seconds=0.6)
        server.go.set()
    assert isinstance(error, ConnectTimeout)
    assert error.phase == phase


@pytest.mark.parametrize("phase", ["tls", "upgrade"])
def test_an_attempt_abandoned_in_the_inner_layer_ends_at_once(phase: str, trust: Trust, proxy: ProxyServer) -> None:
    """The socket that both layers are on is cut."""

    def script(sock: socket.socket) -> None:
        if phase == "upgrade":
            read_head(sock)
        else:
            sock.recv(1_024)
        server.reached.set()
        server.wait()

    with RawServer(script, tls=trust.server if phase == "upgrade" else None, upgrade=False) as server:
        url = f"wss://localhost:{server.port}/"
        dialled = Dialled(ConnectRequest(url=url, ssl_context=trust.client, proxy=proxy.proxy))
        assert server.reached.wait(WAIT)
        assert dialled.attempt.phase == phase
        dialled.dial.abandon()
        assert dialled.ended(5)
        server.go.set()
    assert dialled.results == []


class Outer:
    """The connection to the proxy, whose calls end as the test says."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self.send_raises: list[Exception] = []
        self.recv_gives: Callable[[], bytes] | None = None

    def recv(self, size: int) -> bytes:
        """Return what is due, else read."""
        return self.recv_gives() if self.recv_gives is not None else bytes(self._sock.recv(size))

    def send(self, data: Any) -> int:
        """Raise what is due, else write."""
        if self.send_raises:
            raise self.send_raises.pop(0)
        return int(self._sock.send(data))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


@pytest.fixture
def nested(trust: Trust, proxy: ProxyServer) -> Iterator[tuple[TLSStream, Outer]]:
    """TLS in TLS to a server that sends "hello" and then echoes what comes in five bytes at a time."""

    def script(sock: ssl.SSLSocket) -> None:
        sock.sendall(b"hello")
        while True:
            sock.sendall(read_exactly(sock, 5))

    with RawServer(script, tls=trust.server, upgrade=False) as server:
        outer = Outer(open_tunnel(proxy.proxy, "localhost", server.port, attempt()))
        inner = TLSStream(outer, trust.client, "localhost")  # type: ignore[arg-type]
        inner.settimeout(WAIT)
        inner.do_handshake()
        yield inner, outer
        inner.close()


def test_a_write_that_got_stuck_is_told_of_again(nested: tuple[TLSStream, Outer]) -> None:
    """The bytes count as written when their record is; the same call finishes the job, and sends nothing twice."""
    inner, outer = nested
    assert inner.recv(5) == b"hello"
    inner.setblocking(False)
    outer.send_raises = [ssl.SSLWantWriteError(), ssl.SSLWantWriteError()]
    with pytest.raises(ssl.SSLWantWriteError):
        inner.send(b"12345")
    with pytest.raises(ssl.SSLWantWriteError):
        inner.send(b"12345")
    assert inner.send(b"12345") == 5
    inner.settimeout(WAIT)
    inner.sendall(b"67890")
    assert inner.recv(5) + inner.recv(5) == b"1234567890"


def test_what_tls_itself_had_to_say_keeps_no_message_back() -> None:
    """An answer to a renegotiation may be stuck in part: what is sent after that goes out behind it, or is not told."""

    class Wire:
        written = b""

        def gettimeout(self) -> float:
            return 0.0

        def send(self, data: bytes | memoryview) -> int:
            self.written += bytes(data[:4])
            return len(bytes(data[:4]))

    class Layer:
        def write(self, data: bytes) -> int:
            stream._outgoing.write(b"<" + data + b">")
            return len(data)

    wire = Wire()
    stream = TLSStream(wire, ssl.create_default_context(), "localhost")  # type: ignore[arg-type]
    stream._tls, stream._record = Layer(), b"left over"  # type: ignore[assignment]
    assert stream.send(b"message") == len(b"message")
    assert wire.written == b"left over<message>"


def test_a_stuck_write_does_not_keep_from_reading(nested: tuple[TLSStream, Outer]) -> None:
    """What has come is read; with nothing there, readiness to write is what is wanted, or the error is told."""
    inner, outer = nested
    outer.send_raises = [ssl.SSLWantWriteError()] * 10
    with pytest.raises(ssl.SSLWantWriteError):
        inner.send(b"12345")
    assert inner.recv(5) == b"hello"
    inner.setblocking(False)
    for error in (ssl.SSLWantWriteError(), BrokenPipeError(32, "Broken pipe"), ssl.SSLWantReadError()):
        outer.send_raises = [error]
        with pytest.raises(type(error)):
            inner.recv(5)
    inner.settimeout(WAIT)
    assert inner.recv(5) == b"12345"
    assert inner.send(b"12345") == 5


def test_each_call_has_its_timeout(nested: tuple[TLSStream, Outer]) -> None:
    """As a socket's, and nothing at all is waited for without blocking."""
    inner, _ = nested
    assert inner.recv(5) == b"hello"
    inner.settimeout(0.05)
    assert inner.gettimeout() == 0.05
    with pytest.raises(TimeoutError):
        inner.recv(5)
    inner.setblocking(False)
    assert inner.gettimeout() == 0.0
    with pytest.raises(ssl.SSLWantReadError):
        inner.recv(5)
    assert inner.pending() == 0


def test_a_call_that_takes_many_reads_has_one_timeout(nested: tuple[TLSStream, Outer]) -> None:
    """A record that comes byte by byte does not make the call longer."""
    inner, outer = nested
    assert inner.recv(5) == b"hello"
    record = iter(b"\x17\x03\x03\x3f\xff" + bytes(16_383))
    pause = threading.Event()

    def dribble() -> bytes:
        pause.wait(0.01)
        return bytes([next(record)])

    outer.recv_gives = dribble
    inner.settimeout(0.1)
    with pytest.raises(TimeoutError):
        inner.recv(5)


def test_the_transport_is_one(trust: Trust, proxy: ProxyServer) -> None:
    """What comes out has the surface of any transport."""
    with RawServer(hold, tls=trust.server) as server:
        request = ConnectRequest(url=server.url, ssl_context=trust.client, proxy=proxy.proxy)
        transport: Transport = open_websocket(request, attempt())
        transport.abort()
        transport.abort()


def test_what_the_server_said_last_is_heard_when_it_hangs_up_hard(trust: Trust) -> None:
    """A refused write comes before its close frame is read: everything that the kernel has is read first."""
    count = 20  # records of 4 KiB, so that one read of 64 KiB ends where a record does
    gone, pause = threading.Event(), threading.Event()

    def script(sock: ssl.SSLSocket) -> None:
        for _ in range(count):
            sock.sendall(frame(2, bytes(4_070)))
        sock.sendall(close_frame(1011, "quota"))
        while struct.unpack("i", fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4)))[0]:
            pause.wait(0.005)  # until the client's kernel has all of it
        with socket.socket(fileno=sock.detach()) as bare:
            bare.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        gone.set()

    with RawServer(script, tls=trust.server) as server:
        transport = open_websocket(ConnectRequest(url=server.url, ssl_context=trust.client), attempt())
        assert gone.wait(WAIT)
        driver = Driver(transport)
        try:
            driver.send(b"hello")
            end = driver.end()
        finally:
            driver.close()
    assert (end.code, end.reason) == (1011, "quota")
    assert len(driver.payloads) == count
