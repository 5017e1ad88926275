"""How a session comes to be, and how it fails to."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
import time
from concurrent.futures import ProcessPoolExecutor

import pytest

from gemini_live import (
    AuthError,
    ConfigError,
    ConnectError,
    ConnectTimeout,
    HandshakeError,
    NotReadyError,
    Session,
    SessionClosed,
    SetupError,
)
from gemini_live.stores import MemoryHandleStore

from .conftest import MODEL, TIMEOUT, Peer, RawServer
from .peers import hold, mute, refuse_key


def test_start_link_opens_no_connection(script, make):
    """start_link checks its options and returns; nobody is called."""
    server = script(hold)

    session = make(server)

    assert (session.status, server.requests) == ("disconnected", [])


def test_connect_returns_when_the_setup_is_complete(script, make, heard):
    """connect() makes the session ready and tells on_open."""
    session = make(script(hold), **heard.hooks("open"))

    session.connect()

    assert session.status == "ready"
    opened = heard.wait("open")
    assert (opened.session_id, opened.resumed, opened.connection) == (None, False, 1)


def test_the_setup_with_nothing_asked_for_is_only_the_model(script, open_session):
    """With reconnect and session_resumption off the setup holds nothing but the model."""
    server = script(hold)

    open_session(server, reconnect=False, session_resumption=False).close()

    assert server.result() == {"setup": {"model": f"models/{MODEL}"}}


def test_a_session_asks_for_handles_by_default(script, open_session):
    """Unless told otherwise the setup asks for resumption handles."""
    server = script(hold)

    open_session(server).close()

    assert server.result()["setup"]["sessionResumption"] == {}


def test_a_handle_given_is_resumed_with(script, open_session):
    """resume_handle goes into the setup."""
    server = script(hold)

    open_session(server, resume_handle="handle-of-before").close()

    assert server.result()["setup"]["sessionResumption"] == {"handle": "handle-of-before"}


def test_setup_options_reach_the_wire_in_camel_case(script, open_session):
    """Options in either spelling, and attrs values, become one camelCase setup; extra_setup is merged as it is."""
    server = script(hold)

    open_session(
        server,
        session_resumption=False,
        generation_config={"response_modalities": ["audio"], "speechConfig": "Kore", "temperature": 0},
        system_instruction="Be brief.",
        realtime_input_config={"automatic_activity_detection": {"silence_duration_ms": 300}},
        input_audio_transcription={},
        output_audio_transcription={"languageCodes": ["en-US"]},
        context_window_compression={"sliding_window": {}, "trigger_tokens": 25600},
        extra_setup={"newerThanUs": {"a_b": None}},
    ).close()

    assert server.result()["setup"] == {
        "model": f"models/{MODEL}",
        "generationConfig": {
            "responseModalities": ["AUDIO"],
            "temperature": 0,
            "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}},
        },
        "systemInstruction": {"parts": [{"text": "Be brief."}], "role": "user"},
        "realtimeInputConfig": {"automaticActivityDetection": {"silenceDurationMs": 300}},
        "inputAudioTranscription": {},
        "outputAudioTranscription": {"languageCodes": ["en-US"]},
        "contextWindowCompression": {"triggerTokens": "25600", "slidingWindow": {}},
        "newerThanUs": {"a_b": None},
    }


def test_the_key_travels_in_a_header_and_not_in_the_url(script, open_session):
    """The upgrade request carries the key, the client's label and the user's headers; the path has no query."""
    server = script(hold)

    open_session(server, api_key="very-secret-key", headers={"X-Mine": "1", "User-Agent": "mine"}).close()

    request = server.requests[0]
    assert request.path == "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
    assert request.headers["x-goog-api-key"] == "very-secret-key"
    assert (request.headers["x-mine"], request.headers["user-agent"]) == ("1", "mine")
    assert request.headers["x-goog-api-client"].startswith("gemini-live/")
    assert "origin" not in request.headers


def test_other_messages_before_the_setup_is_complete_are_waited_through(script, make, heard):
    """connect() waits for setupComplete, whatever comes first, and loses none of it."""

    def handle(peer: Peer) -> None:
        peer.receive()
        peer.say({"newsFromTheFuture": 1}, {"serverContent": {"interrupted": True}}, "no json", {"setupComplete": {}})
        peer.wait_closed()

    session = make(script(handle), **heard.hooks("raw_message", "open", "error"))

    session.connect()

    heard.wait("open")
    assert [next(iter(message)) for message in heard.values("raw_message")] == [
        "newsFromTheFuture",
        "serverContent",
        "setupComplete",
    ]
    assert len(heard.values("error")) == 1


def test_a_refused_setup_raises_with_code_and_reason(script, make):
    """A close instead of setupComplete is a SetupError with the server's words and a hint; connect may be tried again."""
    session = make(script(refuse_key))

    with pytest.raises(SetupError) as caught:
        session.connect()

    error = caught.value
    assert (error.code, error.reason) == (1007, "API key not valid. Please pass a valid API key.")
    assert error.hint
    assert not error.retryable
    assert session.status == "disconnected"
    with pytest.raises(SetupError):
        session.connect()


def test_an_error_document_instead_of_the_setup_raises(script, make):
    """An error in the stream before setupComplete is raised with its code and words."""

    def handle(peer: Peer) -> None:
        peer.receive()
        peer.say({"error": {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED"}})
        peer.wait_closed()

    with pytest.raises(SetupError) as caught:
        make(script(handle)).connect()

    assert (caught.value.code, caught.value.reason, caught.value.retryable) == (429, "slow down", True)


def test_an_error_document_gets_its_hint(script, make):
    """Words that are known get the same hint whether they come in a close frame or in a document."""

    def handle(peer: Peer) -> None:
        peer.receive()
        peer.say({"error": {"code": 400, "message": "API key not valid. Please pass a valid API key."}})
        peer.wait_closed()

    with pytest.raises(SetupError) as caught:
        make(script(handle)).connect()

    assert "GEMINI_API_KEY" in caught.value.hint
    assert not caught.value.retryable


def test_an_error_document_and_a_close_at_once_leave_the_session_usable(raw, make):
    """When the refusal and the close frame come in one piece, the session is disconnected and not ended."""

    def handle(peer: socket.socket) -> None:
        request = peer.recv(65_536)
        key = next(line for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
        accept = base64.b64encode(hashlib.sha1(key.split(b": ")[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        document = b'{"error":{"code":7,"message":"no"}}'
        peer.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
            b"\x82" + bytes([len(document)]) + document + b"\x88\x02\x03\xf0"
        )
        peer.recv(65_536)

    session = make(raw(handle))

    for _ in range(2):
        with pytest.raises(SetupError) as caught:
            session.connect()

    assert (caught.value.code, session.status) == (7, "disconnected")


def test_a_refused_upgrade_raises_with_status_headers_and_body(script, make):
    """An HTTP answer that is no upgrade is a HandshakeError that carries all of it."""

    def refuse(connection, request):
        response = connection.respond(403, '{"error": {"code": 403, "message": "no"}}\n')
        response.headers["x-reason"] = "test"
        return response

    session = make(script(hold, process_request=refuse))

    with pytest.raises(HandshakeError) as caught:
        session.connect()

    error = caught.value
    assert (error.status, error.headers["x-reason"]) == (403, "test")
    assert json.loads(error.body)["error"]["message"] == "no"
    assert session.status == "disconnected"


def test_a_server_that_dies_in_the_setup_raises_at_once(raw, make):
    """A connection that is cut before it is ready does not make connect() wait for its timeout."""
    session = make(raw(lambda peer: peer.recv(4096)), connect_timeout=TIMEOUT)
    began = time.monotonic()

    with pytest.raises(ConnectError):
        session.connect()

    assert time.monotonic() - began < TIMEOUT / 2


def test_nobody_listening_raises_a_retryable_error(make, nobody):
    """A refused TCP connection is a ConnectError of phase tcp that may be tried again."""
    with pytest.raises(ConnectError) as caught:
        make(RawServer(nobody)).connect()

    assert (caught.value.phase, caught.value.retryable) == ("tcp", True)


def test_a_silent_server_runs_into_the_connect_timeout(script, make):
    """connect_timeout bounds the whole way to setupComplete and says how far it came."""
    session = make(script(mute), connect_timeout=0.3)

    with pytest.raises(ConnectTimeout) as caught:
        session.connect()

    assert (caught.value.phase, session.status) == ("setup", "disconnected")


def test_the_timeout_bounds_a_dribbled_upgrade(raw, make):
    """Bytes that keep coming do not lengthen the deadline."""
    gone = threading.Event()

    def handle(peer: socket.socket) -> None:
        peer.recv(4096)
        for byte in b"HTTP/1.1 101 Switching Protocols\r\n" + b"x: y\r\n" * 500:
            if gone.wait(0.02):
                return
            try:
                peer.send(bytes([byte]))
            except OSError:
                return

    session = make(raw(handle), connect_timeout=0.4)
    began = time.monotonic()

    with pytest.raises(ConnectTimeout):
        session.connect()

    gone.set()
    assert time.monotonic() - began < 3


def test_connecting_twice_raises_and_opens_nothing(script, open_session):
    """connect() on a connected session raises and leaves it as it was."""
    server = script(hold)
    session = open_session(server)

    with pytest.raises(ConnectError, match="ready"):
        session.connect()

    assert (session.status, len(server.requests)) == ("ready", 1)


def test_a_failed_connect_leaves_no_socket(script, make, nothing_left_behind):
    """After a refusal nothing is open on either side; the shared fixture checks this side."""
    closed = threading.Event()

    def handle(peer: Peer) -> None:
        peer.receive()
        peer.say({"error": {"code": 400, "message": "no"}})
        peer.wait_closed()
        closed.set()

    session = make(script(handle))
    with pytest.raises(SetupError):
        session.connect()

    assert closed.wait(TIMEOUT)


@pytest.mark.parametrize("stage", ["upgrade", "setup"])
def test_close_during_a_hanging_connect_returns_in_time(raw, script, make, stage):
    """close() while connect() hangs ends both at once."""
    reached, gone = threading.Event(), threading.Event()

    def hang(peer: object) -> None:
        reached.set()
        if isinstance(peer, Peer):
            peer.wait_closed()
        else:
            gone.wait(TIMEOUT)

    session = make(raw(hang) if stage == "upgrade" else script(hang))
    errors: list[BaseException] = []

    def connect() -> None:
        try:
            session.connect()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=connect)
    thread.start()
    assert reached.wait(TIMEOUT)
    began = time.monotonic()

    session.close(timeout=1)

    took = time.monotonic() - began
    gone.set()
    thread.join(TIMEOUT)
    assert took < 1.6
    assert isinstance(errors[0], SessionClosed)
    assert session.status == "closed"


def test_close_before_connect_and_twice_is_fine(make, emulator):
    """close() may come at any time and any number of times; after it connect() is refused."""
    session = make(emulator)

    session.close()
    session.close()

    assert session.status == "closed"
    with pytest.raises(SessionClosed):
        session.connect()
    with pytest.raises(SessionClosed):
        session.send_text("too late")


def test_sending_before_connect_is_refused(make, emulator):
    """A send before the session is ready names the state and what to do."""
    with pytest.raises(NotReadyError, match="connect") as caught:
        make(emulator).send_text("too early")

    assert caught.value.status == "disconnected"


def test_open_closes_what_it_could_not_connect(script):
    """Session.open leaves nothing behind when the connect fails."""

    def handle(peer: Peer) -> None:
        peer.receive()
        peer.connection.close(1008, "no")

    with pytest.raises(SetupError):
        Session.open(model=MODEL, api_key="a-good-key", base_url=script(handle).base_url)


def test_with_connects_and_closes(script, make):
    """A with block connects if needed and closes at its end."""
    session = make(script(hold))

    with session as same:
        assert same is session
        assert session.status == "ready"

    assert session.status == "closed"


def test_with_closes_a_session_that_could_not_connect(make, nobody):
    """A with block that can't connect raises and leaves the session closed."""
    session = make(RawServer(nobody))
    with pytest.raises(ConnectError), session:
        pass

    assert session.status == "closed"


def test_with_on_a_session_that_has_ended_says_so(script, make):
    """A with block is not entered with a session that can't be used."""
    session = make(script(hold))
    session.close()

    with pytest.raises(SessionClosed), session:
        pytest.fail("entered")


def test_a_process_pool_is_no_place_for_callbacks():
    """An executor of other processes could never see the session and is refused."""
    with ProcessPoolExecutor(1) as pool, pytest.raises(ConfigError, match="ThreadPoolExecutor"):
        Session.start_link(model=MODEL, api_key="k", dispatch=pool)


def test_close_while_connecting_says_why_connect_ended(script, make):
    """The error that connect() gets from close() says so."""
    reached = threading.Event()

    def hang(peer: Peer) -> None:
        reached.set()
        peer.wait_closed()

    session = make(script(hang))
    threading.Thread(target=lambda: (reached.wait(TIMEOUT), session.close())).start()

    with pytest.raises(SessionClosed, match="while it was connecting"):
        session.connect()


def test_a_connection_that_comes_too_late_is_dropped(script, make):
    """A dial that succeeds in the moment of close() leaves no socket behind."""
    aborted, dialled, closing = threading.Event(), threading.Event(), threading.Event()

    class Late:
        buffered, unsent = 0, ()

        def abort(self):
            aborted.set()

        def attach(self, poller):
            """Nothing to watch."""

        def send(self, payload, receipt=None):
            """Goes nowhere."""

        def service(self, ready=None):
            return []

        def close(self, code=1000, reason=""):
            """Nobody answers; the deadline ends it."""

    def connector(request, attempt):
        dialled.set()
        assert closing.wait(TIMEOUT)
        return Late()

    session = make(script(hold), transport=connector)
    errors = []

    def connect():
        try:
            session.connect()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=connect)
    thread.start()
    assert dialled.wait(TIMEOUT)
    closing.set()
    session.close(timeout=0.2)
    thread.join(TIMEOUT)

    assert aborted.wait(TIMEOUT)
    assert session.status == "closed"


def test_over_tls_only_a_trusted_certificate_will_do(secure_emulator, make):
    """With the emulator's own authority the session connects; without, it is refused in the tls phase."""
    make(secure_emulator).connect()

    with pytest.raises(ConnectError) as caught:
        Session.open(model=MODEL, api_key="a-good-key", base_url=secure_emulator.base_url)

    assert caught.value.phase == "tls"


def test_ssl_cert_file_says_whom_to_trust(secure_emulator, monkeypatch):
    """SSL_CERT_FILE and GOOGLE_GEMINI_BASE_URL and GEMINI_API_KEY are all that a program needs to be pointed elsewhere."""
    monkeypatch.setenv("SSL_CERT_FILE", str(secure_emulator.ca_file))
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", secure_emulator.base_url)
    monkeypatch.setenv("GEMINI_API_KEY", "a-good-key")

    with Session.open(model=MODEL) as session:
        assert session.status == "ready"


def test_a_host_whose_name_cannot_be_found_is_a_dns_error(make):
    """A name that does not exist is reported as such."""

    class Nowhere:
        base_url = "https://no-such-host.invalid"

    with pytest.raises(ConnectError) as caught:
        make(Nowhere()).connect()

    assert caught.value.phase == "dns"


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"modle": "x"}, "modle"),
        ({"model": None}, "model"),
        ({"model": ""}, "model"),
        ({"model": "a?b"}, "model"),
        ({"model": "publishers/google/models/x"}, "model"),
        ({"auth": "openai"}, "auth"),
        ({"api_key": "two words"}, "api_key"),
        ({"api_key": 7}, "api_key"),
        ({"api_version": "latest"}, "api_version"),
        ({"base_url": "http://example.com"}, "base_url"),
        ({"headers": {"X": "a\r\nb"}}, "headers.X"),
        ({"headers": ["X"]}, "headers"),
        ({"generation_config": {"temprature": 1}}, "generation_config.temprature"),
        ({"generation_config": {"temperature": "hot"}}, "generation_config.temperature"),
        ({"generation_config": {"response_modalities": "AUDIO"}}, "generation_config.response_modalities"),
        ({"extra_setup": 3}, "extra_setup"),
        ({"extra_setup": {"a": object()}}, "extra_setup.a"),
        ({"dispatch": "process"}, "dispatch"),
        ({"outbox": 5}, "outbox"),
        ({"connect_timeout": 0}, "connect_timeout"),
        ({"close_timeout": "5"}, "close_timeout"),
        ({"max_message_bytes": -1}, "max_message_bytes"),
        ({"observer": object()}, "observer"),
        ({"owner": []}, "owner"),
        ({"handler": object()}, "handler"),
        ({"name": ""}, "name"),
        ({"transport": 1}, "transport"),
        ({"reconnect": 5}, "reconnect"),
        ({"store": object()}, "store"),
        ({"store": MemoryHandleStore()}, "store"),
        ({"resume_handle": ""}, "resume_handle"),
        ({"resume_handle": "h", "session_resumption": False}, "resume_handle"),
        ({"resume_handle": "h", "session_resumption": 5}, "session_resumption"),
        ({"clock": 5}, "clock"),
        ({"on_mesage": print}, "on_mesage"),
        ({"on_text": 5}, "on_text"),
    ],
)
def test_a_wrong_option_is_refused_by_name(options, path):
    """What can be known to be wrong is refused by start_link, and the error names the option."""
    with pytest.raises(ConfigError) as caught:
        Session.start_link(**{"model": MODEL, "api_key": "k", **options})

    assert caught.value.path == path


def test_a_slip_in_an_option_is_answered_with_the_nearest_name():
    """An unknown option names the one that was probably meant."""
    with pytest.raises(ConfigError, match="did you mean on_message"):
        Session.start_link(model=MODEL, api_key="k", on_mesage=print)


def test_a_wrong_proxy_is_one_problem():
    """Sessions and token servers are reached through the same one, and it is read once."""
    with pytest.raises(ConfigError) as caught:
        Session.start_link(model=MODEL, project_id="p", proxy=5)

    assert [problem.path for problem in caught.value.problems] == ["proxy"]


def test_without_a_key_nothing_is_started():
    """No key anywhere is an AuthError that says how to give one."""
    with pytest.raises(AuthError, match="GEMINI_API_KEY"):
        Session.start_link(model=MODEL)


def test_a_key_in_a_header_of_ones_own_will_do(script, make):
    """A gateway's own Authorization header takes the key's place."""
    server = script(hold)

    make(server, api_key=None, headers={"Authorization": "Bearer of-a-gateway"}).connect()

    assert server.requests[0].headers["authorization"] == "Bearer of-a-gateway"
    assert "x-goog-api-key" not in server.requests[0].headers


def test_google_api_key_wins_over_gemini_api_key(script, make, monkeypatch):
    """Of the two variables GOOGLE_API_KEY counts, and an explicit key over both."""
    monkeypatch.setenv("GOOGLE_API_KEY", "google-key\n")
    monkeypatch.setenv("GEMINI_API_KEY", "gemini-key")
    server = script(hold)

    make(server, api_key=None).connect()
    make(server, api_key="explicit-key").connect()

    assert [request.headers["x-goog-api-key"] for request in server.requests] == ["google-key", "explicit-key"]


def test_what_a_server_echoes_of_the_key_is_not_shown(script, make):
    """A close reason or an HTTP body that holds the key reaches the program without it."""

    def handle(peer: Peer) -> None:
        peer.receive()
        peer.connection.close(1008, "bad key very-secret-key!")

    with pytest.raises(SetupError) as caught:
        make(script(handle), api_key="very-secret-key").connect()
    assert "very-secret-key" not in f"{caught.value} {caught.value.reason} {caught.value!r}"

    def refuse(connection, request):
        return connection.respond(401, "what is very-secret-key?")

    with pytest.raises(HandshakeError) as refused:
        make(script(hold, process_request=refuse), api_key="very-secret-key").connect()
    assert "very-secret-key" not in f"{refused.value} {refused.value.body} {refused.value.headers} {refused.value!r}"


def test_a_transport_of_ones_own_takes_the_networks_place(make, emulator):
    """transport= opens connections in place of the network; what it raises reaches connect() as a ConnectError."""
    seen = []

    def connector(request, attempt):
        seen.append(request.url)
        raise OSError("no network in this test")

    session = make(emulator, transport=connector)

    with pytest.raises(ConnectError, match="no network in this test"):
        session.connect()

    assert seen[0].startswith("ws://127.0.0.1")
    assert session.status == "disconnected"
