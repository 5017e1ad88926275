"""The server that both clients talk to."""

from __future__ import annotations

import json

import pytest
import websocket

from .recorder import SECONDS


@pytest.fixture
def call(recorder):
    """Say something to the recorder at a path and return what it answered; the end is waited for."""

    def call(path, *messages, answers=1):
        with recorder.listening() as heard:
            client = websocket.create_connection(
                recorder.base_url.replace("https", "wss") + path,
                sslopt={"context": recorder.ssl_context},
                timeout=SECONDS,
                http_no_proxy=["127.0.0.1"],
                header={"X-Test": "yes"},
            )
            for message in messages:
                client.send(json.dumps(message))
            said = [client.recv_data() for _ in range(answers)]
            client.close(timeout=SECONDS)
            client.shutdown()
        return heard[0], said

    return call


def test_a_setup_is_completed_in_a_binary_frame(call):
    """As the service does it, and nothing else is answered."""
    heard, said = call("/ws/a.b", {"setup": {"model": "m"}}, {"clientContent": {}})

    assert said == [(websocket.ABNF.OPCODE_BINARY, b'{"setupComplete":{}}')]
    assert heard.frames == [{"setup": {"model": "m"}}, {"clientContent": {}}]
    assert heard.headers["x-test"] == "yes"
    assert not heard.binary


def test_repeated_slashes_are_one(call):
    """Google's client asks for ``//ws/…``."""
    heard, _ = call("//ws///a.b", answers=0)

    assert heard.path == "/ws/a.b"
