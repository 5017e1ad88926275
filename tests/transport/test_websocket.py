"""The open WebSocket against real servers, well-behaved and not."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import websockets.exceptions
from websockets.sync.server import Server, ServerConnection, serve

from gemini_live.transport import ConnectionEnded, MessageReceived
from gemini_live.transport.websocket import WebSocketTransport

from .conftest import Connect
from .driver import WAIT, Driver
from .rawserver import (
    RawServer,
    close_frame,
    frame,
    hold,
    read_exactly,
    read_frame,
    read_head,
    reset,
    text,
    upgrade_answer,
)

BIG = 20 * 2**20


class Peer:
    """A well-behaved server: echoes, and does what some messages ask for."""

    def __init__(self, server: Server, *, secure: bool) -> None:
        self.url = f"{'wss' if secure else 'ws'}://localhost:{server.socket.getsockname()[1]}/"
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.closed: list[tuple[int, str]] = []
        self.received: list[str | bytes] = []
        self.done = threading.Event()

    def handle(self, connection: ServerConnection) -> None:
        """Serve one connection."""
        try:
            for message in connection:
                self.received.append(message)
                if message == "fragments":
                    connection.send(iter(["one ", "two ", "three"]))
                elif message == "ping":
                    assert connection.ping(b"are you there").wait(WAIT)
                    connection.send("pong came")
                elif isinstance(message, str) and message.startswith("close "):
                    connection.close(int(message[6:]), "as you wish")
                else:
                    connection.send(message)
        except websockets.exceptions.ConnectionClosed:
            pass
        finally:
            self.closed.append((connection.close_code or 0, connection.close_reason or ""))
            self.done.set()


@pytest.fixture(scope="module", params=["plain", "tls"])
def peer_server(request: pytest.FixtureRequest, trust: Any) -> Iterator[list[Peer]]:
    """One server for the whole module, plain or with TLS: some versions of it keep a pipe after their end."""
    holder: list[Peer] = []
    tls = trust.server if request.param == "tls" else None
    server = serve(
        lambda connection: holder[0].handle(connection),  # noqa: PLW0108 - the peer is made after its server
        "127.0.0.1", 0, ssl=tls, compression=None, max_size=2 * BIG,
    )  # fmt: skip
    holder.append(Peer(server, secure=tls is not None))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield holder
    server.shutdown()
    thread.join(WAIT)


@pytest.fixture
def peer(peer_server: list[Peer]) -> Peer:
    """A well-behaved server that has seen nothing yet."""
    peer_server[0].reset()
    return peer_server[0]


def test_messages_go_both_ways_in_order(peer: Peer, connect: Connect) -> None:
    """What is sent arrives once, in order, and each receipt is given when the kernel has its message."""
    driver = connect(peer.url)
    for number in range(300):
        driver.send(f"message {number}".encode(), receipt=number)

    assert driver.messages(300) == [f"message {number}" for number in range(300)]
    assert driver.receipts == list(range(300))
    assert driver.transport.buffered == 0
    assert driver.transport.unsent == []


@pytest.mark.parametrize("size", [0, 125, 126, 16_384, 65_535, 65_536, 3_000_000])
def test_messages_of_every_size(size: int, peer: Peer, connect: Connect) -> None:
    """Both sides agree on every way to write a length."""
    driver = connect(peer.url)
    driver.send(b"x" * size)

    assert driver.messages(1) == ["x" * size]


def test_fragments_are_joined(peer: Peer, connect: Connect) -> None:
    """A message that the server sends in pieces is one message."""
    driver = connect(peer.url)
    driver.send(b"fragments")

    assert driver.messages(1) == ["one two three"]


def test_pings_are_answered(peer: Peer, connect: Connect) -> None:
    """The server's ping gets its pong, without anybody asking for it."""
    driver = connect(peer.url)
    driver.send(b"ping")

    assert driver.messages(1) == ["pong came"]


@pytest.mark.parametrize("code", [1000, 1001, 1007, 1008, 1011, 3000, 4999])
def test_the_servers_close_code_and_reason_are_kept(code: int, peer: Peer, connect: Connect) -> None:
    """They are told as they came, and echoed, so that the server sees a clean close."""
    driver = connect(peer.url)
    driver.send(f"close {code}".encode())

    assert driver.end() == ConnectionEnded(code, "as you wish", clean=True, by_peer=True)
    assert peer.done.wait(WAIT)
    assert peer.closed[0][0] == code


def test_abort_drops_everything_at_once(peer: Peer, connect: Connect) -> None:
    """No further byte; twice is harmless; what was not sent can still be looked at."""
    driver = connect(peer.url)
    driver.transport.send(b"unsent", receipt="r")
    driver.transport.abort()
    driver.transport.abort()
    driver.transport.ping()
    driver.transport.close()
    driver.transport.send(b"later", receipt="s")

    assert driver.transport.service() == []
    assert driver.transport.unsent == ["r", "s"]
    assert driver.transport.fileno() == -1
    assert driver.poller.wait(0) == []
    assert peer.done.wait(WAIT)


def test_reading_leaves_the_actor_its_turn(peer: Peer, connect: Connect) -> None:
    """However much has come, one service() ends soon, and the rest is not forgotten."""
    driver = connect(peer.url)
    driver.send(b"x" * 8_000_000)
    services = 0
    while not driver.payloads:
        driver.step(WAIT)
        services += 1

    assert services > 3
    assert driver.payloads == ["x" * 8_000_000]


# --- ill-behaved servers -------------------------------------------------------------------------------------------


def raw(script: Any, tls: ssl.SSLContext | None, **options: Any) -> RawServer:
    """Return a server that runs ``script`` after the upgrade."""
    return RawServer(script, tls=tls, **options)


def test_a_dribbled_stream_arrives_whole(server_tls: ssl.SSLContext | None, connect: Connect) -> None:
    """Every byte in a packet, and with TLS in a record, of its own."""
    stream = text("first") + frame(1, b"sec", fin=False) + frame(9, b"?") + frame(0, b"ond") + close_frame(1001, "bye")

    def dribble(sock: socket.socket) -> None:
        for index in range(len(stream)):
            sock.sendall(stream[index : index + 1])
        assert read_frame(sock) == (10, b"?")
        assert read_frame(sock) == (8, struct.pack("!H", 1001))

    with raw(dribble, server_tls) as server:
        driver = connect(server.url)
        assert driver.end() == ConnectionEnded(1001, "bye", clean=True, by_peer=True)
        assert driver.payloads == ["first", "second"]


def test_frames_and_records_need_not_agree(trust: Any, connect: Connect) -> None:
    """Several frames in one TLS record, and one frame over two records with a pause between."""
    late = frame(2, bytes(range(256)))

    def script(sock: socket.socket) -> None:
        sock.sendall(text("a") + text("b") + text("c") + late[:100])
        assert read_frame(sock) == (1, b"go on")
        sock.sendall(late[100:] + text("end"))
        hold(sock)

    with raw(script, trust.server) as server:
        driver = connect(server.url)
        assert driver.messages(3) == ["a", "b", "c"]
        driver.send(b"go on")
        assert driver.messages(5)[3:] == [bytes(range(256)), "end"]


def test_bytes_inside_tls_are_seen(trust: Any, connect: Connect) -> None:
    """A record bigger than one read leaves bytes that no select() shows: the poller must not go to sleep on them."""
    total = 3_000

    def script(sock: socket.socket) -> None:
        sock.sendall(b"".join(frame(2, bytes(1_000)) for _ in range(total)))
        hold(sock)

    with raw(script, trust.server) as server:
        driver = connect(server.url)
        while len(driver.payloads) < total:
            assert driver.step(2.0), "slept although bytes were waiting inside TLS"


def test_a_frame_that_came_with_the_upgrade_is_not_lost(server_tls: ssl.SSLContext | None, connect: Connect) -> None:
    """A server may speak in the same packet as its 101."""

    def script(sock: socket.socket) -> None:
        sock.sendall(upgrade_answer(read_head(sock)) + text("early bird"))
        hold(sock)

    with raw(script, server_tls, upgrade=False) as server:
        driver = connect(server.url)
        assert driver.messages(1) == ["early bird"]


def test_a_ping_flood_takes_no_memory(server_tls: ssl.SSLContext | None, connect: Connect) -> None:
    """While the peer does not read, only the newest ping waits for its pong; the newest is answered in the end."""
    flood = b"".join(frame(9, struct.pack("!I", number) * 25) for number in range(1_000))
    newest = struct.pack("!I", 999) * 25
    pongs: list[bytes] = []

    def script(sock: socket.socket) -> None:
        for _ in range(30):
            sock.sendall(flood)
        sock.sendall(text("flooded"))
        server.wait()
        while True:
            opcode, payload = read_frame(sock)
            if opcode == 10:
                pongs.append(payload)
                if payload == newest and server.reached.is_set():
                    break
            else:
                server.reached.set()
        sock.sendall(text("done"))
        hold(sock)

    with raw(script, server_tls, small=True) as server:
        driver = connect(server.url)
        driver.send(bytes(8 * 2**20))
        before = driver.transport.buffered
        assert driver.messages(1) == ["flooded"]
        assert driver.transport.buffered <= before + 200
        server.go.set()
        assert driver.messages(2)[1] == "done"
    assert len(pongs) < 3_000


def test_our_ping_survives_one_of_theirs(server_tls: ssl.SSLContext | None, connect: Connect) -> None:
    """A pong that goes ahead does not push our own ping out of the queue."""

    def script(sock: socket.socket) -> None:
        sock.sendall(frame(9, b"theirs"))
        server.reached.set()
        assert sorted([read_frame(sock), read_frame(sock)]) == [(9, b"ours"), (10, b"theirs")]
        sock.sendall(text("both came"))
        hold(sock)

    with raw(script, server_tls) as server:
        driver = connect(server.url)
        assert server.reached.wait(WAIT)
        driver.transport.ping(b"ours")
        while not driver.payloads:
            driver.step(WAIT)  # reading comes before writing, so theirs is there first
        assert driver.payloads == ["both came"]


def test_only_the_newest_ping_is_answered_ahead_of_messages(
    server_tls: ssl.SSLContext | None, connect: Connect
) -> None:
    """Pings that come together get one pong, before messages that have not begun."""

    def script(sock: socket.socket) -> None:
        sock.sendall(frame(9, b"1") + frame(9, b"2") + frame(9, b"3"))
        server.reached.set()
        assert [read_frame(sock), read_frame(sock)] == [(10, b"3"), (1, b"queued before")]
        sock.sendall(close_frame(1000))
        hold(sock)

    with raw(script, server_tls) as server:
        driver = connect(server.url)
        assert server.reached.wait(WAIT)
        driver.transport.send(b"queued before")
        assert driver.end().code == 1000


def test_nothing_follows_our_close_frame_but_pongs(server_tls: ssl.SSLContext | None, connect: Connect) -> None:
    """Messages that come too late stay unsent (section 5.5.1); the server may still talk until it closes."""

    def script(sock: socket.socket) -> None:
        assert read_frame(sock) == (8, b"\x03\xe8")
        sock.sendall(text("one more thing") + frame(9, b"?"))
        assert read_frame(sock) == (10, b"?")
        sock.sendall(close_frame(1000))
        assert not sock.recv(1)

    with raw(script, server_tls) as server:
        driver = connect(server.url)
        driver.transport.close()
        driver.flush()
        driver.send(b"too late", receipt=1)
        assert driver.end() == ConnectionEnded(1000, "", clean=True, by_peer=False)
        assert driver.payloads == ["one more thing"]
        assert driver.transport.unsent == [1]


def test_a_close_frame_without_a_code_is_echoed_without_one(
    server_tls: ssl.SSLContext | None, connect: Connect
) -> None:
    """1005 is for the program; on the wire there is none."""

    def script(sock: socket.socket) -> None:
        sock.sendall(frame(8))
        assert read_frame(sock) == (8, b"")

    with raw(script, server_tls) as server:
        driver = connect(server.url)
        assert driver.end() == ConnectionEnded(1005, "", clean=True, by_peer=True)


@pytest.mark.parametrize("cut", ["between frames", "inside a frame"])
@pytest.mark.parametrize("how", ["close", "half-close"])
def test_an_end_without_a_close_frame_is_1006(
    cut: str, how: str, server_tls: ssl.SSLContext | None, connect: Connect
) -> None:
    """Whole messages before it are delivered, half a frame is not."""

    def script(sock: socket.socket) -> None:
        sock.sendall(text("whole") + (text("cut off")[:4] if cut == "inside a frame" else b""))
        if how == "half-close":
            socket.socket.shutdown(sock, socket.SHUT_WR)
            hold(sock)

    with raw(script, server_tls) as server:
        driver = connect(server.url)
        end = driver.end()
        assert (end.code, end.clean, end.by_peer) == (1006, False, False)
        assert end.reason == "the server closed the TCP connection without a close frame"
        assert driver.payloads == ["whole"]


def test_a_reset_is_1006_and_says_so(server_tls: ssl.SSLContext | None, connect: Connect) -> None:
    """The reason tells a reset from an orderly hang-up; under TLS, OpenSSL may report an end of the stream instead."""

    def script(sock: socket.socket) -> None:
        server.wait()
        reset(sock)

    with raw(script, server_tls) as server:
        driver = connect(server.url)
        server.go.set()
        end = driver.end()
        assert (end.code, end.clean, end.by_peer) == (1006, False, False)
        assert end.reason == "the connection was reset" or (server_tls and "without a close frame" in end.reason)


def test_a_close_code_before_a_reset_is_not_lost(server_tls: ssl.SSLContext | None, connect: Connect) -> None:
    """Data, a close frame and a reset, while this side writes: the refused write must not hide what was said."""

    def script(sock: socket.socket) -> None:
        server.wait()
        sock.sendall(b"".join(frame(2, bytes(1_000)) for _ in range(50)) + close_frame(1008, "bad key"))
        reset(sock)
        server.reached.set()

    with raw(script, server_tls) as server:
        driver = connect(server.url)
        server.go.set()
        assert server.reached.wait(WAIT)
        for _ in range(3):
            driver.send(b"into the void", receipt=1)  # the write is refused before anything was read
        end = driver.end()
        assert (end.code, end.reason, end.by_peer) == (1008, "bad key", True)
        assert len(driver.payloads) == 50


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        (frame(1, b"a", bits=0x40), 1002),
        (frame(3), 1002),
        (b"\x81\x81\0\0\0\0a", 1002),
        (frame(0, b"a"), 1002),
        (frame(1, b"a", fin=False) + text("b"), 1002),
        (frame(8, struct.pack("!H", 1005)), 1002),
        (frame(8, b"\x01"), 1002),
        (frame(1, b"\xff"), 1007),
        (frame(8, b"\x03\xe8\xff"), 1007),
        (b"\x82\x7f" + struct.pack("!Q", 2_000_000), 1009),
    ],
)
def test_a_peer_that_breaks_the_protocol_is_failed(
    wire: bytes, code: int, server_tls: ssl.SSLContext | None, connect: Connect
) -> None:
    """The server is told the right code, the program too, and messages before it are delivered."""
    told: list[tuple[int, bytes]] = []

    def script(sock: socket.socket) -> None:
        sock.sendall(text("good") + wire)
        told.append(read_frame(sock))

    with raw(script, server_tls) as server:
        driver = connect(server.url, max_message_bytes=1_000_000)
        end = driver.end()
        assert (end.code, end.clean, end.by_peer) == (code, False, False)
        assert end.reason.startswith("the server broke the protocol: ")
        assert driver.payloads == ["good"]
    ((opcode, payload),) = told
    assert opcode == 8
    assert struct.unpack_from("!H", payload) == (code,)


def test_a_violation_while_a_write_is_stuck_just_hangs_up(server_tls: ssl.SSLContext | None, connect: Connect) -> None:
    """A close frame in the middle of another frame would be nonsense."""

    def script(sock: socket.socket) -> None:
        server.wait()
        sock.sendall(frame(3))
        server.reached.wait(WAIT)

    with raw(script, server_tls, small=True) as server:
        driver = connect(server.url)
        driver.send(bytes(BIG), receipt=1)
        server.go.set()
        assert driver.end().code == 1002
        assert driver.transport.unsent == [1]
        server.reached.set()


def test_a_broken_tls_stream_is_1006(trust: Any, connect: Connect) -> None:
    """Bytes that are no TLS record end the connection with what OpenSSL says of them."""

    def script(sock: socket.socket) -> None:
        bare = socket.socket(fileno=sock.detach())
        with bare:
            bare.sendall(b"this is no record, whatever else it may be")
            hold(bare)

    with raw(script, trust.server) as server:
        driver = connect(server.url)
        end = driver.end()
        assert end.code == 1006
        assert end.reason.startswith("the connection broke: ")


def test_an_orderly_end_of_tls_without_a_close_frame_is_1006(trust: Any, connect: Connect) -> None:
    """close_notify is no close frame."""

    def script(sock: ssl.SSLSocket) -> None:
        sock.unwrap()

    with raw(script, trust.server) as server:
        driver = connect(server.url)
        assert driver.end().code == 1006


def test_messages_are_shown_by_their_size() -> None:
    """Content stays out of reprs."""
    assert repr(MessageReceived("secret")) == "MessageReceived(payload=<6 characters>)"
    assert repr(MessageReceived(b"123")) == "MessageReceived(payload=<3 bytes>)"


def test_the_memory_of_a_message_is_bounded(server_tls: ssl.SSLContext | None, connect: Connect) -> None:
    """Fragments over the limit fail the connection before their bytes are read."""

    def script(sock: socket.socket) -> None:
        sock.sendall(frame(2, bytes(600), fin=False) + frame(0, bytes(300), fin=False))
        sock.sendall(frame(0, bytes(200)))
        assert read_exactly(sock, 2)[0] == 0x88

    with raw(script, server_tls) as server:
        driver = connect(server.url, max_message_bytes=1_000)
        assert driver.end().code == 1009


class ScriptedSocket:
    """A socket whose calls end as the test says: what OpenSSL may want at a key update can't be had from a server."""

    def __init__(self) -> None:
        self.mine, self.other = socket.socketpair()
        self.recv_raises: list[Exception] = []
        self.send_raises: list[Exception] = []

    def setblocking(self, flag: bool) -> None:
        """Pass on."""
        self.mine.setblocking(flag)

    def fileno(self) -> int:
        """Return the descriptor."""
        return self.mine.fileno()

    def recv(self, size: int) -> bytes:
        """Raise what is due, else read."""
        if self.recv_raises:
            raise self.recv_raises.pop(0)
        return self.mine.recv(size)

    def send(self, data: bytes) -> int:
        """Raise what is due, else write."""
        if self.send_raises:
            raise self.send_raises.pop(0)
        return self.mine.send(data)

    def close(self) -> None:
        """Close both ends."""
        self.mine.close()
        self.other.close()


class Opened:
    """What websocket-client hands over, with a scripted socket."""

    def __init__(self) -> None:
        self.sock: Any = ScriptedSocket()


@pytest.fixture
def scripted() -> Iterator[tuple[Driver, ScriptedSocket]]:
    """A transport on a scripted socket."""
    opened = Opened()
    sock = opened.sock
    driver = Driver(WebSocketTransport(opened, max_message_bytes=1_000))  # type: ignore[arg-type]
    yield driver, sock
    driver.close()


class Records(ScriptedSocket):
    """One that decrypts: of what has come, each read gives one record."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[bytes] = []

    def come(self, *records: bytes) -> None:
        """Have some records come."""
        self.records += records
        self.other.send(b"x")

    def recv(self, size: int) -> bytes:
        """Return the next record."""
        if not self.records:
            raise BlockingIOError
        return self.records.pop(0)

    def pending(self) -> int:
        """Return how much has come."""
        return sum(map(len, self.records))


@pytest.fixture
def decrypting() -> Iterator[tuple[Driver, Records]]:
    """A transport on records."""
    opened = Opened()
    opened.sock.close()
    sock = opened.sock = Records()
    driver = Driver(WebSocketTransport(opened, max_message_bytes=1_000))  # type: ignore[arg-type]
    driver.step()
    yield driver, sock
    driver.close()


def test_the_first_message_does_not_wait_until_the_others_are_decrypted(decrypting: tuple[Driver, Records]) -> None:
    """It is handed over with the word that there is more, which the next call takes in as a whole."""
    driver, sock = decrypting
    sock.come(text("first"), text("second"), text("third"))
    (first,) = driver.step()
    assert isinstance(first, MessageReceived)
    assert first.payload == "first"
    assert first.more
    assert len(sock.records) == 2
    assert [event.more for event in driver.step() if isinstance(event, MessageReceived)] == [False, False]
    assert driver.payloads == ["first", "second", "third"]
    assert not driver.transport.has_pending()

    sock.come(text("alone"))
    (alone,) = driver.step()
    assert isinstance(alone, MessageReceived)
    assert not alone.more


def test_what_is_no_message_hands_nothing_over(decrypting: tuple[Driver, Records]) -> None:
    """Half a frame, or a ping, is no reason to stop reading."""
    driver, sock = decrypting
    sock.come(text("whole")[:3], text("whole")[3:] + frame(9, b"?"), frame(9, b"!"))
    assert [event.more for event in driver.step() if isinstance(event, MessageReceived)] == [True]
    sock.come(frame(9, b"?"), text("behind a ping"))
    assert driver.messages(2) == ["whole", "behind a ping"]
    assert sock.records == []


def test_a_read_that_wants_to_write_waits_for_that(scripted: tuple[Driver, ScriptedSocket]) -> None:
    """TLS may have to answer before it can read on: readiness to write lets it."""
    driver, sock = scripted
    sock.other.send(text("late"))
    sock.recv_raises = [ssl.SSLWantWriteError()]
    driver.step()
    assert driver.payloads == []
    assert driver.transport.wants_write()
    assert driver.messages(1) == ["late"]
    assert not driver.transport.wants_write()


def test_a_write_that_wants_to_read_waits_for_that(scripted: tuple[Driver, ScriptedSocket]) -> None:
    """And the other way round: until something comes, trying again would be a busy loop."""
    driver, sock = scripted
    driver.step()
    sock.send_raises = [ssl.SSLWantReadError()]
    driver.send(b"message", receipt=1)
    assert not driver.transport.wants_write()
    driver.flush()
    assert driver.receipts == []
    sock.other.send(text("here"))
    driver.messages(1)
    driver.until(lambda: driver.receipts == [1])


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(113, "No route to host"), "the connection broke: No route to host"),
        (ConnectionResetError(104, "reset"), "the connection was reset"),
    ],
)
def test_a_read_that_fails_says_why(error: OSError, reason: str, scripted: tuple[Driver, ScriptedSocket]) -> None:
    """The first error is told, not what the look after it finds."""
    driver, sock = scripted
    driver.step()
    sock.other.send(b"x")
    sock.recv_raises = [error, OSError(9, "something else")]
    assert driver.end() == ConnectionEnded(1006, reason, clean=False, by_peer=False)


def test_a_violation_whose_close_frame_is_refused(scripted: tuple[Driver, ScriptedSocket]) -> None:
    """That the peer does not read either is no further news."""
    driver, sock = scripted
    sock.other.send(frame(3))
    sock.send_raises = [BrokenPipeError(32, "Broken pipe")]
    assert driver.end().code == 1002


def test_frames_in_the_record_of_the_handshake_are_seen(connect, server_tls):
    """What came in one TLS record with the 101 is inside TLS when the transport begins; no kernel will show it."""

    def script(sock):
        sock.sendall(upgrade_answer(read_head(sock)) + text("first") + text("second"))
        read_frame(sock)

    with RawServer(script, tls=server_tls, upgrade=False) as server:
        driver = connect(server.url)

        driver.until(lambda: driver.payloads == ["first", "second"], seconds=3.0)
        driver.send(b"thanks")


def test_messages_that_wait_go_out_together(scripted: tuple[Driver, ScriptedSocket]) -> None:
    """As many as fit one TLS record; each receipt comes when the last byte of its message is with the kernel."""
    driver, sock = scripted
    written: list[bytes] = []
    room = [10, 0, 100_000]

    def send(data: bytes) -> int:
        if not room[0]:
            room.pop(0)
            raise BlockingIOError
        taken = bytes(data[: room.pop(0) or None])
        written.append(taken)
        return len(taken)

    sock.send = send  # type: ignore[method-assign]
    for number in range(3):
        driver.transport.send(b"x" * 4, receipt=number)  # 10 bytes on the wire
    driver.flush()
    assert [len(piece) for piece in written] == [10]
    assert driver.receipts == [0]
    assert driver.transport.unsent == [1, 2]
    assert driver.transport.buffered == 20
    assert driver.transport.wants_write()
    driver.flush()
    assert [len(piece) for piece in written] == [10, 20]
    assert driver.receipts == [0, 1, 2]
    assert driver.transport.unsent == []
    assert driver.transport.buffered == 0


def test_a_receipt_never_comes_early(scripted: tuple[Driver, ScriptedSocket]) -> None:
    """What was written of messages that are through counts for none of those behind them."""
    driver, sock = scripted
    room = [7, 0, 3, 5, 0, 15]

    def send(data: bytes) -> int:
        if not (taken := room.pop(0)):
            raise BlockingIOError
        return taken

    sock.send = send  # type: ignore[method-assign]
    for number in range(3):
        driver.transport.send(b"x" * 4, receipt=number)  # 10 bytes on the wire
        if not number:
            driver.flush()  # in two pieces
            assert driver.receipts == []
    driver.flush()
    assert driver.receipts == [0]
    driver.flush()
    assert driver.receipts == [0, 1, 2]


def test_what_is_written_at_a_time_is_bounded(scripted: tuple[Driver, ScriptedSocket]) -> None:
    """A message that is longer goes out in pieces; and every frame has a mask of its own."""
    driver, sock = scripted
    sizes, frames = [], bytearray()

    def send(data: bytes) -> int:
        sizes.append(len(data))
        frames.extend(data)
        return len(data)

    sock.send = send  # type: ignore[method-assign]
    for _ in range(15):
        driver.transport.send(b"x" * 5_000)
    driver.transport.send(b"y" * 100_000)
    driver.flush()
    assert sizes == [13 * 5_008, 2 * 5_008, 65_536, 100_014 - 65_536]
    masks = {bytes(frames[place + 4 : place + 8]) for place in range(0, 15 * 5_008, 5_008)}
    assert len(masks) == 15


def test_masks_never_run_out(scripted: tuple[Driver, ScriptedSocket]) -> None:
    """The kernel is asked for more."""
    driver, sock = scripted
    frames = bytearray()
    sock.send = lambda data: frames.extend(data) or len(data)  # type: ignore[method-assign,func-returns-value]
    for _ in range(300):
        driver.send(b"")
    assert len(frames) == 300 * 6
    assert len({bytes(frames[place + 2 : place + 6]) for place in range(0, len(frames), 6)}) > 290
