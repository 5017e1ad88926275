"""REST calls: errors with the service's words, attempts that end, and nothing secret in what goes wrong."""

from __future__ import annotations

import concurrent.futures
import contextvars
import logging
import pickle
import socket
import ssl
import threading
import traceback
from typing import NamedTuple

import pytest

from gemini_live.backends import Network, RestClient, make_backend, read_network
from gemini_live.emulator import Emulator
from gemini_live.exceptions import (
    ApiError,
    AuthError,
    CallTimeout,
    ConfigError,
    ConnectError,
    GeminiLiveError,
    ProtocolError,
)

from ..rest_server import Reply
from ..transport.proxies import ProxyServer

KEY = "correct-horse-battery-staple"
QUOTA = {
    "error": {
        "code": 429,
        "message": "You exceeded your current quota.",
        "status": "RESOURCE_EXHAUSTED",
        "details": [{"@type": "type.googleapis.com/google.rpc.QuotaFailure"}],
    }
}


def client(base_url, *, seconds=10.0, pauses=None, network=None, **options):
    """Return a client that waits for nothing between attempts, and notes how long it would have."""
    pauses = [] if pauses is None else pauses
    given = {"api_key": KEY, **options} if not {"access_token", "token"} & set(options) else options
    return RestClient(
        backend=make_backend({"base_url": base_url, **given}, Network()),
        network=network or read_network({"proxy": False}),
        seconds=seconds,
        pause=pauses.append,
        chance=lambda: 1.0,
    )


def test_a_document_comes_back(rest_server):
    """The query is encoded, the key is in a header, and what the server says is returned as it is."""
    server = rest_server(lambda request: Reply(body={"models": [1]}))

    assert client(server.base_url).get("models", {"pageSize": 5, "pageToken": "a/b c"}) == {"models": [1]}

    (request,) = server.requests
    assert (request.method, request.path) == ("GET", "/v1beta/models?pageSize=5&pageToken=a%2Fb+c")
    assert request.headers["x-goog-api-key"] == KEY
    assert request.headers["user-agent"].startswith("gemini-live/")


def test_a_document_is_sent(rest_server):
    """As JSON, and said to be."""
    server = rest_server(lambda request: Reply(body={"name": "n"}))

    assert client(server.base_url).post("auth_tokens", {"uses": 0}) == {"name": "n"}

    (request,) = server.requests
    assert (request.method, request.body) == ("POST", b'{"uses":0}')
    assert request.headers["content-type"] == "application/json"


def test_a_refusal_has_the_service_s_words(rest_server):
    """Status, Google's word for it, message and details; it is not tried again."""
    document = {
        "error": {
            "code": 400,
            "message": "API key not valid.",
            "status": "INVALID_ARGUMENT",
            "details": [{"reason": "X"}],
        }
    }
    server = rest_server(lambda request: Reply(400, document))

    with pytest.raises(ApiError) as caught:
        client(server.base_url).get("models")

    error = caught.value
    assert (error.status, error.status_name, error.message) == (400, "INVALID_ARGUMENT", "API key not valid.")
    assert error.details["details"] == [{"reason": "X"}]
    assert str(error) == "400 INVALID_ARGUMENT: API key not valid."
    assert not error.retryable
    assert len(server.requests) == 1
    assert vars(pickle.loads(pickle.dumps(error))) == vars(error)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>Bad  gateway</html>", "<html>Bad gateway</html>"), (b"", "no message"), (b"[]", "[]"),
        (b'{"error": "gone"}', "gone"), (b'{"message": "flat"}', "flat"), (b"\xff\xfe", "\ufffd\ufffd"),
        (b"x" * 999, "x" * 200), (b"[" * 100_000, "[" * 200),
    ],
)  # fmt: skip
def test_a_refusal_that_is_no_document_shows_its_beginning(rest_server, body, message):
    """A gateway's page, nothing at all, a document of another form."""
    server = rest_server(lambda request: Reply(404, body))

    with pytest.raises(ApiError) as caught:
        client(server.base_url).get("models")

    assert (caught.value.status, caught.value.message) == (404, message)


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b'"text"', b"[" * 100_000, b"\xff"])
def test_an_answer_that_is_no_object_is_a_protocol_error(rest_server, body):
    """A 200 with something else in it is not taken for an empty answer."""
    server = rest_server(lambda request: Reply(200, body))

    with pytest.raises(ProtocolError, match="no JSON object"):
        client(server.base_url).get("models")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(rest_server, status):
    """With delays that grow, until it works."""
    replies = iter([Reply(status, QUOTA), Reply(status, b"busy"), Reply(body={"ok": True})])
    server, pauses = rest_server(lambda request: next(replies)), []

    assert client(server.base_url, pauses=pauses).get("models") == {"ok": True}
    assert pauses == [0.5, 1.0]


def test_attempts_end(rest_server):
    """After four the service's last word is raised."""
    server, pauses = rest_server(lambda request: Reply(429, QUOTA)), []

    with pytest.raises(ApiError) as caught:
        client(server.base_url, pauses=pauses).get("models")

    assert (caught.value.status, caught.value.status_name, caught.value.retryable) == (429, "RESOURCE_EXHAUSTED", True)
    assert (len(server.requests), pauses) == (4, [0.5, 1.0, 2.0])


def test_the_server_says_how_long(rest_server):
    """Retry-After is waited for, to the second."""
    replies = iter([Reply(503, b"", {"retry-after": "3"}), Reply(body={})])
    server, pauses = rest_server(lambda request: next(replies)), []

    client(server.base_url, pauses=pauses).get("models")

    assert pauses == [3.0]


def test_a_wish_longer_than_the_time_left_ends_it(rest_server):
    """Nobody waits for what would come too late."""
    server, pauses = rest_server(lambda request: Reply(429, QUOTA, {"retry-after": "60"})), []

    with pytest.raises(ApiError, match="quota"):
        client(server.base_url, pauses=pauses).get("models")

    assert (len(server.requests), pauses) == (1, [])


def test_refused_credentials_are_renewed_once(rest_server):
    """A 401 has a token function asked once more, and only once."""
    tokens = iter(["stale-token", "fresh-token", "never-asked-for"])
    server = rest_server(
        lambda request: Reply(body={}) if request.headers["authorization"] == "Bearer fresh-token" else Reply(401, b"")
    )
    options = {"auth": "gemini", "access_token": lambda: next(tokens)}

    assert client(server.base_url, **options).get("models") == {}
    with pytest.raises(ApiError) as caught:
        client(rest_server(lambda request: Reply(401, b"")).base_url, auth="gemini", access_token=lambda: "t").get("x")

    assert caught.value.status == 401
    assert next(tokens) == "never-asked-for"


def test_a_key_that_is_refused_is_not_sent_again(rest_server):
    """There is no other."""
    server = rest_server(lambda request: Reply(401, b""))

    with pytest.raises(ApiError):
        client(server.base_url).get("models")

    assert len(server.requests) == 1


def test_without_credentials_nothing_is_asked(rest_server):
    """A token function that fails is an AuthError."""
    server = rest_server(lambda request: Reply())

    with pytest.raises(AuthError):
        client(server.base_url, auth="gemini", access_token=lambda: 1 / 0).get("models")

    assert server.requests == []


@pytest.mark.parametrize("status", [301, 307, 308])
def test_redirects_are_not_followed(rest_server, status):
    """They would carry the key elsewhere."""
    elsewhere = rest_server(lambda request: Reply())
    server = rest_server(lambda request: Reply(status, b"", {"location": elsewhere.base_url}))

    with pytest.raises(ApiError) as caught:
        client(server.base_url).get("models")

    assert caught.value.status == status
    assert elsewhere.requests == []


def test_netrc_and_bundles_of_the_environment_are_not_read(rest_server, monkeypatch, tmp_path):
    """A password for the host in ~/.netrc does not take the credentials' place."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password else")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    server = rest_server(lambda request: Reply())

    client(server.base_url, auth="gemini", access_token="my-own-token").get("models")

    assert server.requests[0].headers["authorization"] == "Bearer my-own-token"


def test_cookies_are_not_kept(rest_server):
    """What one call was given is not shown to the next."""
    server = rest_server(lambda request: Reply(headers={"set-cookie": "a=b"}))
    calls = client(server.base_url)

    calls.get("models")
    calls.get("models")

    assert "cookie" not in server.requests[1].headers


@pytest.fixture
def silent_listener():
    """A port where connections are taken and nothing is ever answered."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_silent_server_is_a_timeout(silent_listener):
    """Within the time for the call."""
    with pytest.raises(CallTimeout, match=r"GET models: no answer within 0\.2 s"):
        client(silent_listener, seconds=0.2).get("models")


def test_a_timeout_tells_what_was_wrong_before_it(raw_server):
    """The last attempt is cut in its middle by the time for all of them, and knows the least."""
    stop, peers = threading.Event(), []

    def drop_then_hang(peer):
        peers.append(peer)
        peer.recv(65_536)
        if len(peers) > 1:
            stop.wait(10)

    with pytest.raises(CallTimeout, match=r"no answer within 0\.8 s; the attempt before it: ConnectError: ") as caught:
        client(raw_server(drop_then_hang), seconds=0.8).get("models")
    stop.set()
    assert isinstance(caught.value.__cause__, ConnectError)


@pytest.mark.parametrize("begun", [b"content-length: 1000000\r\n\r\n", b"x: "], ids=["body", "head"])
def test_an_answer_that_dribbles_is_a_timeout(raw_server, begun):
    """Each byte in time is not the whole in time, of the head as of the body."""
    stop = threading.Event()

    def dribble(peer):
        peer.recv(65_536)
        peer.sendall(b"HTTP/1.1 200 OK\r\n" + begun)
        while not stop.wait(0.02):
            peer.sendall(b"x")

    with pytest.raises(CallTimeout):
        client(raw_server(dribble), seconds=0.3).get("models")
    stop.set()


@pytest.mark.parametrize("head", [b"200 OK\r\n", b"302 Found\r\nlocation: /x\r\n"], ids=["answer", "redirect"])
def test_an_endless_body_is_cut(raw_server, monkeypatch, head):
    """What is longer than any listing is not read to its end, of a redirect as of any other answer."""
    monkeypatch.setattr("gemini_live.backends.rest.MAX_BYTES", 100_000)

    def endless(peer):
        peer.recv(65_536)
        peer.sendall(b"HTTP/1.1 " + head + b"\r\n")
        with pytest.raises(OSError):
            while True:
                peer.sendall(b"x" * 65_536)

    with pytest.raises(ProtocolError, match="longer than"):
        client(raw_server(endless)).get("models")


def test_nobody_listening_is_tried_again_and_told(nobody):
    """The port is named, and the error is one that may pass."""
    pauses = []

    with pytest.raises(ConnectError, match=f"{nobody.removeprefix('http://')}.*refused") as caught:
        client(nobody, pauses=pauses).get("models")

    assert (caught.value.phase, caught.value.retryable) == ("tcp", True)
    assert len(pauses) == 3


def test_a_hang_up_is_told(raw_server):
    """A connection that ends without an answer."""
    with pytest.raises(ConnectError, match="127.0.0.1"):
        client(raw_server(lambda peer: peer.recv(65_536))).get("models")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(403, {"error": {"code": 403, "message": f"what is {KEY}?", "details": [{KEY: [KEY]}]}}),
        Reply(404, KEY.encode()),
    ],
)
def test_what_a_server_echoes_of_the_key_is_not_shown(rest_server, reply, caplog):
    """Not in the error, its details or its traceback, and no log line has it."""
    server = rest_server(lambda request: reply)

    with caplog.at_level(logging.DEBUG), pytest.raises(GeminiLiveError) as caught:
        client(server.base_url).get("models")

    error = caught.value
    shown = f"{error} {error!r} {getattr(error, 'details', '')}" + "".join(traceback.format_exception(error))
    assert KEY not in shown
    assert KEY not in caplog.text


def test_no_request_hangs_below_an_error(silent_listener):
    """What a debugger or a crash reporter finds below it has no key in it."""
    with pytest.raises(CallTimeout) as caught:
        client(silent_listener, seconds=0.1).get("models")

    found, error = [], caught.value
    while error is not None:
        found.append(error)
        error = error.__cause__ or error.__context__
    assert not any(hasattr(one, "request") for one in found)


def test_over_tls_only_a_trusted_certificate_will_do(monkeypatch):
    """The context that is given decides, and is not changed: no other authority gets into it."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with Emulator() as server:
        context = server.ssl_context
        before = context.cert_store_stats()
        trusting = read_network({"ssl_context": context, "proxy": False})

        assert "models" in client(server.base_url, network=trusting).get("models")
        assert context.cert_store_stats() == before
        with pytest.raises(ConnectError, match="SSL_CERT_FILE") as caught:
            client(server.base_url).get("models")

        assert (caught.value.phase, caught.value.retryable) == ("tls", False)
        monkeypatch.setenv("SSL_CERT_FILE", server.ca_file)
        assert "models" in client(server.base_url).get("models")


def test_certificates_of_other_hosts_are_refused():
    """The name is checked too."""
    with Emulator(host="127.0.0.1") as server:
        network = read_network({"ssl_context": server.ssl_context, "proxy": False})
        with pytest.raises((ConnectError, CallTimeout)):
            client(f"https://127.0.0.2:{server.port}", network=network, seconds=2).get("models")


def test_a_missing_bundle_is_a_config_error(monkeypatch):
    """SSL_CERT_FILE that can't be read is named."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")

    with pytest.raises(ConfigError, match="SSL_CERT_FILE"):
        client("https://127.0.0.1:1").get("models")


def test_an_unverified_context_is_the_user_s_choice():
    """A context that checks nothing connects, and is warned of."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    network = read_network({"ssl_context": context, "proxy": False})
    with Emulator() as server, pytest.warns(match="Unverified HTTPS request"):
        assert "models" in client(server.base_url, network=network).get("models")


def test_credentials_that_do_not_come_are_a_timeout(rest_server):
    """A token function, or a metadata server, that hangs: the call ends in time, and nothing is sent."""
    go_on = threading.Event()
    server = rest_server(lambda request: Reply())

    with pytest.raises(CallTimeout, match=r"no answer within 0\.2 s"):
        client(server.base_url, seconds=0.2, auth="gemini", access_token=lambda: go_on.wait(10) and "late").get(
            "models"
        )
    go_on.set()

    assert server.requests == []


def test_a_token_function_runs_in_the_caller_s_context(rest_server):
    """Context variables are as they were where the call was made, and a timeout of its own is its own."""
    variable = contextvars.ContextVar("variable", default="unset")
    variable.set("token-of-the-context")
    server = rest_server(lambda request: Reply())

    client(server.base_url, auth="gemini", access_token=variable.get).get("models")

    assert server.requests[0].headers["authorization"] == "Bearer token-of-the-context"

    def impatient():
        raise concurrent.futures.TimeoutError

    with pytest.raises(AuthError, match="access_token raised TimeoutError"):
        client(server.base_url, auth="gemini", access_token=impatient).get("models")


class Odd(Exception):
    """An exception with something in it that can't be made anew."""

    class Info(NamedTuple):
        url: str
        headers: dict[str, str]

    def __init__(self):
        super().__init__(self.Info("https://vault", {"x": KEY}), ())


def odd():
    """Raise it."""
    raise Odd


def test_a_stranger_s_odd_exception_is_an_auth_error(rest_server):
    """Whatever a token function raises: its cause is told, its content is not, and it is not written into."""
    with pytest.raises(AuthError, match="access_token raised Odd") as caught:
        client(rest_server(lambda request: Reply()).base_url, auth="gemini", access_token=odd).get("models")

    assert isinstance(caught.value.__cause__, Odd)


def test_the_reason_why_there_is_no_token_is_kept(rest_server):
    """Below the error hangs what the program's own function raised."""

    def refuse():
        raise RuntimeError("vault: permission denied for role kiosk")

    with pytest.raises(AuthError) as caught:
        client(rest_server(lambda request: Reply()).base_url, auth="gemini", access_token=refuse).get("models")

    assert str(caught.value.__cause__) == "vault: permission denied for role kiosk"


def test_a_renewal_that_fails_leaves_the_refusal(rest_server):
    """What the service said is the error, and why there was nothing better its cause."""
    tokens = iter(["revoked-token"])
    server = rest_server(lambda request: Reply(401, {"error": {"code": 401, "message": "token revoked"}}))

    with pytest.raises(ApiError, match="token revoked") as caught:
        client(server.base_url, auth="gemini", access_token=lambda: next(tokens)).get("models")

    assert isinstance(caught.value.__cause__, AuthError)


@pytest.mark.parametrize("location", ["http://[", "http://a/\xff", "//", ""])
def test_a_redirect_to_nowhere_is_a_refusal(rest_server, location):
    """Its address is not even looked at."""
    server = rest_server(lambda request: Reply(302, b"", {"location": location}))

    with pytest.raises(ApiError) as caught:
        client(server.base_url).get("models")

    assert caught.value.status == 302


def test_what_was_sent_and_perhaps_done_is_not_sent_again(raw_server):
    """A POST whose answer is lost may have made a token; a GET may be asked again."""
    calls = []

    def hang_up(peer):
        calls.append(peer.recv(65_536)[:4])

    calling = client(raw_server(hang_up))
    with pytest.raises(ConnectError):
        calling.post("auth_tokens", {})
    with pytest.raises(ConnectError):
        calling.get("models")

    assert [call for call in calls if call] == [b"POST", *[b"GET "] * 4]


def test_a_name_server_that_hangs_is_a_timeout(monkeypatch):
    """Within the time for the call; nothing is dialled when it answers too late."""
    go_on, looked_up = threading.Event(), threading.Event()

    def hang(*arguments, **keywords):
        looked_up.set()
        go_on.wait(10)
        raise OSError("too late")

    monkeypatch.setattr("socket.getaddrinfo", hang)
    try:
        with pytest.raises(CallTimeout):
            client("https://name.example", seconds=0.2).get("models")
        assert looked_up.is_set()
    finally:
        go_on.set()


def test_a_proxy_s_password_of_the_environment_is_not_shown(raw_server, monkeypatch, caplog):
    """Not even when the proxy says what it was sent."""

    def refuse(peer):
        head = peer.recv(65_536).decode()
        said = next(line.split()[-1] for line in head.splitlines() if line.lower().startswith("proxy-authorization"))
        peer.sendall(f"HTTP/1.1 407 No {said}\r\ncontent-length: 0\r\n\r\n".encode())

    proxy = raw_server(refuse).replace("http://", "http://corp:proxy-passw0rd@")
    monkeypatch.setenv("HTTPS_PROXY", proxy)

    with caplog.at_level(logging.DEBUG), pytest.raises(ConnectError) as caught:
        client("https://name.example", network=read_network({})).get("models")

    shown = f"{caught.value!r} {caplog.text}" + "".join(traceback.format_exception(caught.value))
    assert "Y29ycDpwcm94eS1wYXNzdzByZA" not in shown
    assert "proxy-passw0rd" not in shown
    assert caught.value.phase == "proxy"


@pytest.mark.parametrize("trusted", [False, True])
def test_an_https_proxy_is_verified_whatever_the_target_s_context_does(trust, monkeypatch, tmp_path, trusted):
    """Its password goes to no stranger, although the target may be one."""
    bundle = tmp_path / "authority.pem"
    trust.authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle) if trusted else "")
    unverified = ssl.create_default_context()
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE

    with (
        Emulator() as server,
        ProxyServer("https", username="corp", password="word-of-corp", tls=trust.server) as proxy,
    ):
        network = read_network({"ssl_context": unverified, "proxy": proxy.url})
        calling = client(server.base_url, network=network, seconds=3)
        if trusted:
            assert calling.get("models")["models"]
        else:
            with pytest.raises(ConnectError):
                calling.get("models")

        assert [seen.password for seen in proxy.requests] == (["word-of-corp"] if trusted else [])
