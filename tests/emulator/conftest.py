"""A small client of the wire, and the speech that tests say."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import math
import random
from pathlib import Path

import pytest
import websocket
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as websocket_connect

import gemini_live
from gemini_live.audio import read_wav
from gemini_live.emulator import Emulator

MODEL = "models/gemini-2.5-flash-native-audio-preview-09-2025"
PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
CONSTRAINED = "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained"
VERTEX = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
VERTEX_MODEL = "publishers/google/models/gemini-live-2.5-flash-native-audio"
SECONDS = 10


def content_of(message):
    """Return a message's serverContent, an empty one if it has none."""
    return message.get("serverContent", {})


def audio_of(messages):
    """Return the PCM of some messages."""
    pcm = b""
    for message in messages:
        for part in content_of(message).get("modelTurn", {}).get("parts", []):
            if "inlineData" in part:
                pcm += base64.b64decode(part["inlineData"]["data"], validate=True)
    return pcm


def words_of(messages, key="outputTranscription"):
    """Return what was transcribed in some messages."""
    return "".join(content_of(message).get(key, {}).get("text", "") for message in messages)


def kind_of(message):
    """Return one word for a message's shape."""
    content = content_of(message)
    if "modelTurn" in content:
        (part,) = content["modelTurn"]["parts"]
        return "thought" if part.get("thought") else "audio"
    return next(iter(content or message))


def handle_in(messages):
    """Return the newest handle in some messages, ``None`` if there is none."""
    updates = [message.get("sessionResumptionUpdate", {}) for message in messages]
    return next((update["newHandle"] for update in reversed(updates) if "newHandle" in update), None)


class Client:
    """One connection to an emulator."""

    def __init__(self, websocket):
        self.websocket = websocket

    def send(self, message):
        """Send JSON, or text or bytes as they are."""
        self.websocket.send(message if isinstance(message, (str, bytes)) else json.dumps(message))

    def receive(self, timeout=SECONDS):
        """Return the next message; every one must come as a binary frame."""
        frame = self.websocket.recv(timeout=timeout)
        assert isinstance(frame, bytes)
        return json.loads(frame)

    def until(self, key, timeout=SECONDS):
        """Return the messages up to the one whose serverContent (or the message itself) has ``key``."""
        messages = []
        while not messages or (key not in content_of(messages[-1]) and key not in messages[-1]):
            messages.append(self.receive(timeout))
        return messages

    def turn(self):
        """Return the messages up to the end of the turn."""
        return self.until("turnComplete")

    def setup(self, **setup):
        """Send a setup and return the first answer."""
        self.send({"setup": {"model": MODEL, **setup}})
        return self.receive()

    def say(self, text, *, complete=True, role="user"):
        """Send a text turn."""
        turn = {"role": role, "parts": [{"text": text}]}
        self.send({"clientContent": {"turns": [turn], "turnComplete": complete}})

    def ask(self, text):
        """Send a text turn and return its messages."""
        self.say(text)
        return self.turn()

    def speak(self, pcm, *, mime_type="audio/pcm;rate=16000"):
        """Send sound."""
        data = base64.b64encode(pcm).decode()
        self.send({"realtimeInput": {"audio": {"data": data, "mimeType": mime_type}}})

    def closed(self):
        """Wait for the end and return its code and reason."""
        with pytest.raises(ConnectionClosed) as caught:
            while True:
                self.websocket.recv(timeout=SECONDS)
        received = caught.value.rcvd
        return (received.code, received.reason) if received else (1006, "")


class TlsClient(Client):
    """The same over TLS, on one thread: a TLS socket that two threads use may hang."""

    def send(self, message):
        """Send JSON, or text or bytes as they are."""
        text = message if isinstance(message, (str, bytes)) else json.dumps(message)
        self.websocket.send(
            text, websocket.ABNF.OPCODE_BINARY if isinstance(text, bytes) else websocket.ABNF.OPCODE_TEXT
        )

    def receive(self, timeout=SECONDS):
        """Return the next message; every one must come as a binary frame."""
        self.websocket.settimeout(timeout)
        opcode, data = self.websocket.recv_data()
        assert opcode == websocket.ABNF.OPCODE_BINARY
        return json.loads(data)

    def closed(self):
        """Wait for the end and return its code and reason."""
        try:
            opcode, data = self.websocket.recv_data()
            while opcode != websocket.ABNF.OPCODE_CLOSE:
                opcode, data = self.websocket.recv_data()
        except (OSError, websocket.WebSocketException):
            return 1006, ""
        return int.from_bytes(data[:2], "big"), data[2:].decode()


@pytest.fixture
def wire():
    """The helpers above, as test modules here can't import each other."""

    class Wire:
        content = staticmethod(content_of)
        audio = staticmethod(audio_of)
        words = staticmethod(words_of)
        kind = staticmethod(kind_of)
        handle = staticmethod(handle_in)
        model = MODEL
        path = PATH
        constrained = CONSTRAINED
        vertex = VERTEX
        vertex_model = VERTEX_MODEL

    return Wire


class Answer:
    """An HTTP answer whose body is JSON."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.json = json.loads(response.read())
        self.error = self.json.get("error") if isinstance(self.json, dict) else None


@pytest.fixture
def call():
    """Make a plain HTTP request of a plain emulator."""

    def call(server, verb, path, body=None, *, key="good-key", headers=None):
        named = {"x-goog-api-key": key} if key is not None else {}
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=SECONDS)
        try:
            connection.request(verb, path, data, {**named, **(headers or {})})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    return call


@pytest.fixture
def make_token(call):
    """Make a token of what a body asks for, and return its name."""

    def make_token(server, **body):
        answer = call(server, "POST", "/v1alpha/auth_tokens", body)
        assert answer.status == 200, answer.json
        return answer.json["name"]

    return make_token


@pytest.fixture
def dial():
    """Connect to an emulator; closed at the end of the test."""
    with contextlib.ExitStack() as stack:

        def dial(server, *, path=PATH, key="good-key", headers=None, patience=1):
            named = {"x-goog-api-key": key} if key is not None else {}
            url = server.base_url.replace("http", "ws", 1) + path
            given = {**named, **(headers or {})}
            if server.ssl_context is not None:
                tls = {"context": server.ssl_context}
                connected = websocket.create_connection(url, sslopt=tls, header=given, timeout=SECONDS)
                stack.callback(connected.shutdown)
                return TlsClient(connected)
            connected = websocket_connect(
                url,
                additional_headers=given,
                max_size=None,
                open_timeout=SECONDS,
                close_timeout=patience,  # in the end, with a server that does not say goodbye
                proxy=None,
            )
            return Client(stack.enter_context(connected))

        yield dial


@pytest.fixture
def server():
    """A plain emulator that does not wait."""
    with Emulator(tls=False, output_speed=math.inf) as server:
        yield server


@pytest.fixture
def slow_server():
    """A plain emulator whose answers last longer than any test."""
    with Emulator(tls=False, output_speed=0.05) as server:
        yield server


@pytest.fixture
def client(server, dial):
    """A client of that server, set up with transcriptions."""
    client = dial(server)
    assert client.setup(inputAudioTranscription={}, outputAudioTranscription={}) == {"setupComplete": {}}
    return client


@pytest.fixture(scope="session")
def speech():
    """A sentence of 3.4 seconds, 16 kHz."""
    return read_wav(Path(gemini_live.__file__).parent / "cli" / "speech.wav").pcm


@pytest.fixture
def silence():
    """A second of it, 16 kHz."""
    return bytes(32_000)


@pytest.fixture
def chance():
    """Chance that is always the same."""
    return random.Random(7)


@pytest.fixture
def resume(dial):
    """Connect to an emulator with a handle; the setup is answered already."""

    def resume(server, handle, **setup):
        client = dial(server)
        assert client.setup(
            sessionResumption={"handle": handle}, inputAudioTranscription={}, outputAudioTranscription={}, **setup
        ) == {"setupComplete": {}}
        return client

    return resume
