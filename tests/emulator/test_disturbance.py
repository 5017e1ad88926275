"""What is wrong with a connection all along: pongs, frames, pieces on the wire, clocks, sound."""

from __future__ import annotations

import json
import math
import socket
import ssl
import time

import pytest

from gemini_live.emulator import Emulator, frames
from gemini_live.emulator.disturbance import Disturbance
from gemini_live.emulator.listeners import CutSocket
from gemini_live.exceptions import ConfigError

REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nx-goog-api-key: good-key\r\n\r\n"
)


class Raw:
    """A client that sees bytes: every read by itself, and the frames in them."""

    def __init__(self, server, wire):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        if server.ssl_context is not None:
            self.socket = server.ssl_context.wrap_socket(self.socket, server_hostname="localhost")
        self.reads = []
        self.data = b""
        self.socket.sendall(REQUEST.format(path=wire.path).encode())
        while b"\r\n\r\n" not in self.data:
            self.read()
        self.data = self.data.partition(b"\r\n\r\n")[2]
        self.reads.clear()

    def read(self):
        piece = self.socket.recv(65_536)
        assert piece
        self.reads.append(piece)
        self.data += piece

    def send(self, message):
        payload = json.dumps(message).encode()
        assert len(payload) < 65_536
        head = frames.frame(b"\0" * len(payload))[: 2 if len(payload) < 126 else 4]
        self.socket.sendall(bytes([head[0], head[1] | 0x80]) + head[2:] + b"\0\0\0\0" + payload)

    def frame(self):
        """Return (final, opcode, payload) of the next frame."""
        while True:
            if len(self.data) >= 2:
                size, start = self.data[1], 2
                if size >= 126:
                    start = 4 if size == 126 else 10
                    size = int.from_bytes(self.data[2:start], "big")
                if len(self.data) >= start + size:
                    first, payload = self.data[0], self.data[start : start + size]
                    self.data = self.data[start + size :]
                    return bool(first & 0x80), first & 0x0F, payload
            self.read()

    def message(self):
        """Return the next message and the frames that it came in."""
        came = [self.frame()]
        while not came[-1][0]:
            came.append(self.frame())
        return json.loads(b"".join(payload for _, _, payload in came)), came


@pytest.fixture
def raw(wire):
    """Connect like that; closed at the end."""
    opened = []

    def raw(server):
        opened.append(Raw(server, wire))
        return opened[-1]

    yield raw
    for client in opened:
        client.socket.close()


@pytest.mark.parametrize("tls", [False, True])
def test_messages_can_come_in_continuation_frames(raw, wire, tls):
    """The first frame has the message's kind, the others continue it, the last one ends it."""
    with Emulator(tls=tls, output_speed=math.inf, disturbance={"fragment_bytes": 7}) as server:
        client = raw(server)
        client.send({"setup": {"model": wire.model}})
        message, came = client.message()
        assert message == {"setupComplete": {}}
        assert [(final, opcode, len(payload)) for final, opcode, payload in came] == [
            (False, 2, 7),
            (False, 0, 7),
            (True, 0, 6),
        ]
        client.send({"realtimeInput": {"text": "Say yes."}})
        while "turnComplete" not in wire.content(message):
            message, came = client.message()
            assert all(len(payload) <= 7 for _, _, payload in came)


def test_a_client_puts_fragments_together(server, dial, wire):
    """Also those of large messages, and with pongs in between."""
    server.disturb(fragment_bytes=100)
    client = dial(server)
    client.setup()
    whole = len(wire.audio(client.ask("Say one two three.")))
    assert client.websocket.ping().wait(5)
    server.disturb()
    assert whole == len(wire.audio(client.ask("Say one two three.")))


def test_bytes_can_leave_in_small_pieces(raw, wire):
    """So many at a time, however long the frame."""
    with Emulator(tls=False, output_speed=math.inf, disturbance={"segment_bytes": 5, "segment_ms": 20.0}) as server:
        client = raw(server)
        client.send({"setup": {"model": wire.model}})
        assert client.message()[0] == {"setupComplete": {}}
        assert len(client.reads) >= 2
        assert all(len(piece) % 5 == 0 for piece in client.reads[:-1])


def test_pieces_cut_tls_records(wire):
    """What has come so far is no whole record, for a while."""
    with Emulator(output_speed=math.inf) as server, socket.create_connection(("127.0.0.1", server.port)) as plain:
        plain.settimeout(10)
        into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = server.ssl_context.wrap_bio(into, out, server_hostname="localhost")
        partial = 0

        def pump(step):
            nonlocal partial
            while True:
                try:
                    result = step()
                    plain.sendall(out.read())
                    return result
                except ssl.SSLWantReadError:
                    plain.sendall(out.read())
                    came = plain.recv(65_536)
                    partial += bool(came) and not whole_records(came)
                    into.write(came)

        pump(tls.do_handshake)
        pump(lambda: tls.write(REQUEST.format(path=wire.path).encode()))
        assert b"101 Switching" in pump(lambda: tls.read(65_536))
        server.disturb(segment_bytes=9, segment_ms=20.0)
        partial = 0
        server.close_all(1000, "a reason")
        assert b"a reason" in pump(lambda: tls.read(65_536))
        assert partial >= 1


def whole_records(data):
    """Return whether some bytes are TLS records and nothing more."""
    while len(data) >= 5 and len(data) >= 5 + int.from_bytes(data[3:5], "big"):
        data = data[5 + int.from_bytes(data[3:5], "big") :]
    return not data


@pytest.mark.parametrize("tls", [False, True])
def test_several_frames_can_come_at_once(raw, wire, tls):
    """All that was sent within the time is one piece, and one TLS record if it fits."""
    with Emulator(tls=tls, output_speed=math.inf, disturbance={"gather_ms": 50.0}) as server:
        client = raw(server)
        client.send({"setup": {"model": wire.model, "sessionResumption": {}}})
        client.read()
        (piece,) = client.reads
        assert b"setupComplete" in piece and b"sessionResumptionUpdate" in piece


def test_gathered_frames_come_before_the_end(dial):
    """A close frame takes along what waits."""
    with Emulator(tls=False, output_speed=math.inf, disturbance={"gather_ms": 60_000.0}) as server:
        server.fail_next(code=1011, at="ready")
        client = dial(server)
        assert client.setup() == {"setupComplete": {}}
        assert client.closed() == (1011, "")


def test_frames_that_are_gathered_go_on_in_order(server, dial, wire):
    """What comes after the disturbance has ended waits for what was before it."""
    server.disturb(gather_ms=100.0, fragment_bytes=9)
    client = dial(server)
    client.send({"setup": {"model": wire.model}})
    session = server.wait_for_sessions(1)[0]
    session.wait_for(lambda message: "setup" in message)
    server.disturb()
    server.go_away(5)
    assert [client.receive(), client.receive()] == [{"setupComplete": {}}, {"goAway": {"timeLeft": "5s"}}]


def test_a_black_hole_swallows_what_was_gathered(server, dial, wire):
    """Nothing comes out of it."""
    server.disturb(gather_ms=30.0)
    server.fail_next(freeze=True, at="ready")
    client = dial(server)
    client.send({"setup": {"model": wire.model}})
    with pytest.raises(TimeoutError):
        client.receive(timeout=0.1)
    server.drop_all()


def test_pongs_can_be_slow(server, dial):
    """Each comes so much later, and messages don't."""
    client = dial(server)
    client.setup()
    server.disturb(pong_seconds=0.2)
    start = time.monotonic()
    pong = client.websocket.ping()
    assert client.ask("Say yes.")
    assert pong.wait(5)
    assert time.monotonic() - start >= 0.2


def test_pongs_can_be_missing(server, dial):
    """math.inf is never, and nothing waits for it; later pings are answered again."""
    server.disturb(pong_seconds=math.inf)
    client = dial(server)
    client.setup()
    assert not client.websocket.ping().wait(0.05)
    server.disturb(pong_seconds=60)
    client.websocket.ping()
    server.disturb()
    assert client.websocket.ping().wait(5)


def test_answers_can_be_digital_silence(server, dial, wire):
    """As long and in as many words as otherwise, and every sample is zero."""
    client = dial(server)
    client.setup(outputAudioTranscription={})
    spoken = client.ask("Say one two three.")
    server.disturb(sound="zeros")
    silent = client.ask("Say one two three.")
    assert wire.words(silent) == wire.words(spoken)
    assert wire.audio(silent) == bytes(len(wire.audio(spoken)))
    assert any(wire.audio(spoken))


def test_answers_can_have_no_sound_at_all(server, dial, wire):
    """The words come, and the usage has no answer's tokens."""
    server.disturb(sound="none")
    client = dial(server)
    client.setup(outputAudioTranscription={})
    messages = client.ask("Say one two three.")
    assert wire.words(messages) == "One two three."
    assert wire.audio(messages) == b""
    assert "responseTokenCount" not in messages[-1]["usageMetadata"]


def test_one_connection_can_be_disturbed_from_a_phase_on(server, dial, wire):
    """From the first turn's end it has no sound; another connection has."""
    server.fail_next(disturb={"sound": "none"}, at="turn_complete")
    client, other = dial(server), dial(server)
    client.setup()
    other.setup()
    assert [bool(wire.audio(client.ask("Say yes."))) for _ in range(2)] == [True, False]
    assert all(wire.audio(other.ask("Say yes.")) for _ in range(2))


def test_answers_can_stall(server, dial, wire):
    """After so much sound nothing comes for so long, also where nothing else is waited for."""
    client = dial(server)
    client.setup()
    server.disturb(stalls=[(300, 0.3)])
    client.say("Say one two three four five six seven eight nine ten.")
    assert wire.audio(client.turn())
    (session,) = server.sessions
    assert session.last_audio_at - session.first_audio_at >= 0.29


def test_a_stalled_answer_can_be_interrupted(server, dial):
    """One that stalls for ever goes on with the next turn."""
    client = dial(server)
    client.setup()
    server.disturb(stalls=[(1, math.inf)])
    client.say("Say one two three.")
    with pytest.raises(TimeoutError):  # what comes before the stall, and then nothing
        while True:
            client.receive(timeout=0.5)
    server.disturb()
    client.say("Say yes.")
    client.until("interrupted")
    client.turn()
    assert client.turn()


def test_sound_can_come_in_bursts():
    """What falls within a burst comes at its begin; without one everything at its moment."""
    bursts = Disturbance(burst_ms=1000.0)
    assert [bursts.seconds_at(at_ms, 1.0) for at_ms in (0, 999, 1000, 2500)] == [0, 0, 1, 2]
    assert Disturbance().seconds_at(2500, 1.0) == 2.5
    assert bursts.seconds_at(2500, math.inf) == 0


def test_bursts_are_heard_by_clients(dial, wire):
    """A whole answer comes at once at a speed that would take a minute."""
    with Emulator(tls=False, output_speed=0.02, disturbance={"burst_ms": 60_000.0}) as server:
        client = dial(server)
        client.setup()
        client.say("Say one two three.")
        assert wire.audio(client.turn())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"pong_seconds": -1}, "pong_seconds: must be a number from 0"),
        ({"pong_seconds": "x"}, "pong_seconds: must be a number from 0"),
        ({"segment_ms": math.inf}, "segment_ms: must have an end"),
        ({"fragment_bytes": 0}, "fragment_bytes: must be a number from 1, or None"),
        ({"segment_bytes": True}, "segment_bytes: must be a number from 1"),
        ({"stalls": [5]}, "stalls: must be pairs of milliseconds and seconds"),
        ({"stalls": [(1, -1)]}, "stalls: must be a number from 0"),
        ({"sound": "loud"}, "sound: must be one of spoken, zeros, none, not 'loud'"),
    ],
)
def test_disturbances_that_can_not_be_are_refused(server, arguments, words):
    """A ConfigError names the argument, for a verb and for an option."""
    with pytest.raises(ConfigError, match=words):
        server.disturb(**arguments)
    with pytest.raises(ConfigError, match=words):
        Emulator(disturbance=arguments)


def test_a_cut_socket_writes_a_piece_at_a_time():
    """By either way of writing; before its time has come it has no room."""
    ours, theirs = socket.socketpair()
    with theirs, CutSocket(fileno=ours.detach()) as cut:
        assert cut.send(b"abc") == 3
        cut.piece, cut.gap = 2, 60.0
        assert cut.sendmsg([b"", b"defg"]) == 2
        with pytest.raises(BlockingIOError):
            cut.send(b"fg")
        cut.piece = None
        assert cut.sendmsg([]) == 0
        assert theirs.recv(10) == b"abcde"


@pytest.mark.parametrize(
    ("size", "head"), [(0, "82 00"), (125, "82 7d"), (126, "82 7e 00 7e"), (65_536, "82 7f 00 00 00 00 00 01 00 00")]
)
def test_frames_have_the_length_that_fits(size, head):
    """One byte, two or eight."""
    assert frames.frame(bytes(size)).hex(" ").startswith(head)
    assert list(frames.fragments(bytes(size), None)) == [frames.frame(bytes(size))]
