"""Starting, stopping, and what is left behind."""

from __future__ import annotations

import gc
import math
import os
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import websocket

import gemini_live
from gemini_live.emulator import Emulator, certificates
from gemini_live.emulator.running import THREAD_NAME
from gemini_live.exceptions import ConfigError

ROOT = Path(gemini_live.__file__).parents[1]


_others: set[threading.Thread] = set()


def running():
    return {thread for thread in threading.enumerate() if thread.name.startswith(THREAD_NAME)}


@pytest.fixture(autouse=True)
def other_emulators():
    """Those of other folders' fixtures, which run already, are none of these tests' business."""
    _others.clear()
    _others.update(running())


def emulator_threads():
    return list(running() - _others)


@pytest.mark.parametrize("tls", [False, True])
def test_it_listens_and_stops_without_a_trace(dial, tls):
    """While it runs there is one thread; after it no thread, no port, no file."""
    with Emulator(tls=tls, output_speed=math.inf) as server:
        assert len(emulator_threads()) == 1
        assert server.base_url == f"{'https' if tls else 'http'}://127.0.0.1:{server.port}"
        ca_file = server.ca_file
        assert (ca_file is None) == (not tls) == (server.ssl_context is None)
        client = dial(server)
        client.setup()
        client.ask("Say yes.")
        port = server.port
        assert repr(server) == f"<Emulator auto, listening on {server.base_url}>"
    assert emulator_threads() == []
    assert ca_file is None or not Path(ca_file).exists()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    assert client.closed()[0] == 1001
    assert server.sessions[0].close_code == 1001
    assert repr(server) == "<Emulator auto, stopped>"


@pytest.mark.parametrize("tls", [False, True])
def test_a_stop_does_not_wait_for_silent_peers(wire, tls):
    """A handshake that never ends, an idle connection and a client that does not read don't hold it up."""
    with Emulator(tls=tls, output_speed=math.inf) as server:
        idle = socket.create_connection(("127.0.0.1", server.port))
        deaf = websocket.create_connection(
            server.base_url.replace("http", "ws", 1) + wire.path,
            header=["x-goog-api-key: good-key"],
            sslopt={"context": server.ssl_context} if tls else None,
            sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),),
            timeout=5,
        )
        deaf.send('{"setup": {"model": "models/gemini-live"}}')
        deaf.send('{"realtimeInput": {"text": "Tell me a long story."}}')
        server.wait_for_sessions(1)[0].wait_for(lambda message: "realtimeInput" in message)
        server.go_away(1)
        server.close_all(1000)
        server.close_all(1000)
    assert emulator_threads() == []
    idle.close()
    deaf.shutdown()


def test_starting_and_stopping_twice_is_starting_and_stopping_once():
    """Both are idempotent, and a stopped server starts again with fresh records."""
    server = Emulator(tls=False)
    server.stop()
    assert server.start() is server.start() is server
    port = server.port
    server.stop()
    server.stop()
    with server:
        with socket.create_connection(("127.0.0.1", server.port)):
            pass
        assert server.sessions == []
    assert port > 0


@pytest.mark.parametrize("name", ["base_url", "port", "ca_file", "ssl_context"])
def test_a_stopped_server_is_nowhere(name):
    """Where it listens can be asked only while it does."""
    with pytest.raises(RuntimeError, match="not running"):
        getattr(Emulator(), name)


@pytest.mark.parametrize("tls", [False, True])
def test_a_taken_port_is_an_os_error(tls):
    """start raises, and leaves nothing behind."""
    with Emulator(tls=False) as first:
        second = Emulator(tls=tls, port=first.port)
        with pytest.raises(OSError):
            second.start()
        assert len(emulator_threads()) == 1
        second.stop()


def test_the_certificate_is_good_for_every_name_of_the_loopback(monkeypatch):
    """localhost and 127.0.0.1 are both trusted, by the context and by the file; others trust it not."""
    with Emulator() as server:
        for context in (server.ssl_context, ssl.create_default_context(cafile=server.ca_file)):
            for name in ("localhost", "127.0.0.1", "::1"):
                with (
                    socket.create_connection(("127.0.0.1", server.port)) as raw,
                    context.wrap_socket(raw, server_hostname=name),
                ):
                    pass
        with socket.create_connection(("127.0.0.1", server.port)) as raw, pytest.raises(ssl.SSLError):
            ssl.create_default_context().wrap_socket(raw, server_hostname="localhost")


@pytest.mark.parametrize(
    ("host", "url"), [("0.0.0.0", "http://127.0.0.1:"), ("localhost", "http://"), ("::", "http://[::1]:")]
)
def test_every_address_is_reached_by_the_loopback(host, url):
    """base_url names an address that answers."""
    try:
        server = Emulator(tls=False, host=host, allow_remote=True).start()
    except OSError:
        pytest.skip("this machine has no such address")
    with server:
        assert server.base_url.startswith(url)
        address = server.base_url.removeprefix("http://").rsplit(":", 1)[0].strip("[]")
        socket.create_connection((address, server.port), timeout=5).close()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"profile": "gemini-0"},
            "profile: 'gemini-0' is not known; known are auto, gemini-2.5, gemini-3.1, gemini-3.8, gemini-3.8-thinking, vertex-2.5",
        ),
        ({"brain": "none"}, "brain: 'none' is not known; known are echo"),
        ({"output_speed": 0}, "output_speed: must be more than 0"),
        ({"output_speed": math.nan}, "output_speed"),
        ({"output_speed": "fast"}, "output_speed"),
        ({"chunk_ms": (100, 40)}, "chunk_ms"),
        ({"api_keys": "one"}, "api_keys: must be several keys"),
        ({"access_tokens": "one"}, "access_tokens: must be several tokens, not one string"),
        ({"refuse_at": "never"}, "refuse_at: must be one of setup, upgrade, not 'never'"),
    ],
)
def test_wrong_options_are_refused(options, words):
    """A ConfigError names the option."""
    with pytest.raises(ConfigError, match=words):
        Emulator(**options)


@pytest.mark.parametrize("name", ["aiohttp", "trustme", "webrtcvad"])
def test_a_missing_extra_is_said_in_a_sentence(monkeypatch, name):
    """Without the extra's packages the constructor says what to install."""
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ConfigError, match=rf"needs {name}.*pip install 'gemini-live\[emulator\]'"):
        Emulator()


def run(code):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(  # noqa: PLW1510 - each test checks
        [sys.executable, "-W", "error", "-X", "dev", "-c", code], env=environment, capture_output=True, timeout=30
    )


def test_importing_it_is_light():
    """The import needs nothing of the extra."""
    names = ("aiohttp", "trustme", "webrtcvad")
    done = run(f"import gemini_live.emulator, sys; assert not set({names!r}) & set(sys.modules)")
    assert done.returncode == 0, done.stderr


def test_a_forgotten_server_ends_with_the_program():
    """Without stop, the end of the interpreter stops it and removes its file."""
    done = run("from gemini_live.emulator import Emulator\nserver = Emulator().start()\nprint(server.ca_file)")
    assert (done.returncode, done.stderr) == (0, b"")
    assert not Path(done.stdout.decode().strip()).exists()


def test_a_dropped_server_is_stopped():
    """Nobody refers to it any more: its thread ends."""
    server = Emulator(tls=False).start()
    assert len(emulator_threads()) == 1
    del server
    gc.collect()
    assert emulator_threads() == []


def test_certificates_are_removed_once():
    """Removing the file twice is removing it once."""
    made = certificates.make_certificates("example.test")
    assert Path(made.ca_file).exists()
    made.remove()
    made.remove()
    assert not Path(made.ca_file).exists()
