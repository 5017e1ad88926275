"""Plain requests: listings, tokens, refusals, failures on demand, and what is written down."""

from __future__ import annotations

import http.client
import json
import socket
import threading

import pytest

from gemini_live.emulator import Emulator
from gemini_live.emulator.ledger import Ledger
from gemini_live.emulator.plain import PlainSide
from gemini_live.emulator.records import EmulatedRequest
from gemini_live.exceptions import ConfigError

BEARER = {"authorization": "Bearer good-token"}
VERTEX = "/v1beta1/publishers/google/models"


def test_models_are_listed_in_pages(call):
    """nextPageToken leads through all of them, and the last page has none."""
    with Emulator(tls=False, models=[f"live-{number}" for number in range(5)], page_size=2) as server:
        found, path = [], "/v1beta/models?pageSize=50"
        while path:
            page = call(server, "GET", path).json
            found.append([model["name"] for model in page["models"]])
            token = page.get("nextPageToken")
            path = f"/v1beta/models?pageToken={token}" if token else None
    assert found == [["models/live-0", "models/live-1"], ["models/live-2", "models/live-3"], ["models/live-4"]]


def test_vertex_ai_lists_in_its_own_way(server, call):
    """publisherModels, with a bearer token, on any path with doubled slashes."""
    answer = call(server, "GET", "/" + VERTEX, key=None, headers=BEARER)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    assert "publishers/google/models/gemini-3.8-live" in [entry["name"] for entry in answer.json["publisherModels"]]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1beta/models/gemini-3.8-live", {}),
        ("//v1//models/gemini-3.8-live", {}),
        ("/v1/publishers/google/models/gemini-3.8-live", BEARER),
    ],
)
def test_one_model_can_be_had(server, call, path, headers):
    """A model is got by its name, in any version."""
    answer = call(server, "GET", path, headers=headers)
    assert answer.status == 200 and answer.json["name"].endswith("models/gemini-3.8-live")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/v1beta/models/bert", "Model is not found: models/bert for api version v1beta"),
        (f"{VERTEX}/bert", "Publisher Model `publishers/google/models/bert` is not found."),
        ("/v1/publishers/google/models", "Path /v1/publishers/google/models was not found on this server."),
        ("/nowhere", "Path /nowhere was not found on this server."),
    ],
)
def test_what_there_is_not_is_not_found(server, call, path, words):
    """404 with an error document."""
    answer = call(server, "GET", path)
    assert answer.error == {"code": 404, "message": words, "status": "NOT_FOUND"}


@pytest.mark.parametrize(
    ("path", "key", "headers", "status", "name"),
    [
        ("/v1beta/models", None, {}, 403, "PERMISSION_DENIED"),
        ("/v1beta/models", "auth_tokens/x", {}, 403, "PERMISSION_DENIED"),
        ("/v1beta/models", "bad-key", {}, 400, "INVALID_ARGUMENT"),
        ("/v1beta/models?key=bad-key", None, {}, 400, "INVALID_ARGUMENT"),
        ("/v1beta/models/gemini-3.8-live", None, {}, 403, "PERMISSION_DENIED"),
        (VERTEX, None, {}, 401, "UNAUTHENTICATED"),
        (VERTEX, None, {"authorization": "Bearer bad"}, 401, "UNAUTHENTICATED"),
        ("/v1beta/models?pageSize=x", "good", {}, 400, "INVALID_ARGUMENT"),
        ("/v1beta/models?pageToken=x", "good", {}, 400, "INVALID_ARGUMENT"),
        (f"{VERTEX}?pageSize=-3", None, BEARER, 400, "INVALID_ARGUMENT"),
    ],
)
def test_wrong_requests_are_refused_with_a_document(server, call, path, key, headers, status, name):
    """The status and its name go together."""
    answer = call(server, "GET", path, key=key, headers=headers)
    assert (answer.status, answer.error["code"], answer.error["status"]) == (status, status, name)
    assert ("www-authenticate" in answer.headers) == (status == 401)


def test_a_key_may_come_in_the_query(server, call):
    """As on the socket."""
    assert call(server, "GET", "/v1beta/models?key=good-key", key=None).status == 200


@pytest.mark.parametrize("version", ["v1", "v1alpha", "v1beta"])
def test_tokens_are_made_in_any_version(server, call, version):
    """The answer has the token and what it is."""
    answer = call(server, "POST", f"//{version}/auth_tokens", {"uses": 2})
    assert answer.status == 200
    assert answer.json["name"].startswith("auth_tokens/") and answer.json["uses"] == 2


def test_a_token_makes_no_tokens(server, call, make_token):
    """It is no key."""
    token = make_token(server)
    assert call(server, "POST", "/v1alpha/auth_tokens", {}, key=token).status == 403
    headers = {"authorization": f"Token {token}"}
    assert call(server, "POST", "/v1alpha/auth_tokens", {}, key=None, headers=headers).status == 403


@pytest.mark.parametrize(("verb", "path"), [("POST", "/v1alpha/authTokens"), ("GET", "/v1alpha/auth_tokens")])
def test_tokens_are_made_nowhere_else(server, call, verb, path):
    """The camelCase path is not found, nor is another HTTP method."""
    assert call(server, verb, path).error["status"] == "NOT_FOUND"


def test_a_body_that_is_too_large_is_refused(server, call):
    """413 with an error document."""
    assert call(server, "POST", "/v1alpha/auth_tokens", b" " * (2**20 + 1)).error["code"] == 413
    assert server.requests[0].status == 413


def test_what_fails_inside_is_an_internal_error(server, call, monkeypatch, caplog):
    """500 with an error document, and the log says how."""

    def broken(*args):
        raise LookupError("inside")

    with monkeypatch.context() as patch:
        patch.setattr("gemini_live.emulator.rest.caller_of", broken)
        assert call(server, "GET", "/v1beta/models").error["status"] == "INTERNAL"
    assert "LookupError: inside" in caplog.text


def test_a_request_that_breaks_off_leaves_nothing(server, call):
    """A client that goes in the middle of its body is no request."""
    with socket.create_connection(("127.0.0.1", server.port)) as half:
        half.sendall(b"POST /v1alpha/auth_tokens HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
    assert call(server, "GET", "/v1beta/models").status == 200
    assert len(server.requests) == 1


def test_a_body_that_is_no_http_is_a_bad_request(server):
    """A body that claims to be compressed, and is not, is answered with 400."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("POST", "/v1alpha/auth_tokens", b"nonsense", {"content-encoding": "gzip"})
    assert connection.getresponse().status == 400
    connection.close()


def test_the_next_requests_can_fail(server, call):
    """fail_next(on="rest") answers requests as it was told, one after another; connections are not touched."""
    server.fail_next(on="rest", status=503, headers={"Retry-After": "7"})
    server.fail_next(on="rest", status=429, body={"error": {"code": 429}})
    server.fail_next(on="rest", status=200, body="[]", times=2)
    answers = [call(server, "GET", "/v1beta/models") for _ in range(5)]
    assert [answer.status for answer in answers] == [503, 429, 200, 200, 200]
    assert answers[0].error["status"] == "UNAVAILABLE" and answers[0].headers["retry-after"] == "7"
    assert [answer.json for answer in answers[1:4]] == [{"error": {"code": 429}}, [], []]
    assert answers[4].json["models"]
    assert [request.status for request in server.requests] == [503, 429, 200, 200, 200]


@pytest.mark.parametrize("name", ["Content-Type", "content-type", "CONTENT-TYPE"])
def test_a_failing_request_has_one_content_type(server, call, name):
    """The given one is in place of the service's."""
    server.fail_next(on="rest", status=503, headers={name: "text/html"})
    assert call(server, "GET", "/v1beta/models").headers.get_all("content-type") == ["text/html"]


def test_failures_of_requests_and_connections_don_t_mix(server, dial, call):
    """Each waits for its own kind."""
    server.fail_next(code=1011)
    server.fail_next(on="rest", status=500)
    assert call(server, "GET", "/v1beta/models").status == 500
    assert call(server, "GET", "/v1beta/models").status == 200
    client = dial(server)
    client.send({"setup": {"model": "models/gemini-live"}})
    assert client.closed()[0] == 1011


def test_the_next_request_can_be_dropped(server, call):
    """fail_next(on="rest", drop=True) resets the TCP connection."""
    server.fail_next(on="rest", drop=True)
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        call(server, "GET", "/v1beta/models")
    assert server.requests[0].status is None
    assert call(server, "GET", "/v1beta/models").status == 200


def test_the_next_request_can_be_left_unanswered(server, call):
    """fail_next(on="rest", silent=True) takes the request, and never answers as long as the client waits."""
    server.fail_next(on="rest", silent=True)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=0.2)
    connection.request("GET", "/v1beta/models")
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    assert repr(server.wait_for_requests(1)[0]) == "<EmulatedRequest GET /v1beta/models, not answered>"
    assert call(server, "GET", "/v1beta/models").status == 200


def test_a_client_that_gives_up_leaves_nothing_running(server, monkeypatch):
    """What was to leave its request unanswered ends when it has gone, not when the server stops."""
    respond, ended = PlainSide.respond, threading.Event()

    async def watched(self, request, link):
        try:
            return await respond(self, request, link)
        finally:
            ended.set()

    monkeypatch.setattr(PlainSide, "respond", watched)
    server.fail_next(on="rest", silent=True)
    with socket.create_connection(("127.0.0.1", server.port)) as impatient:
        impatient.sendall(b"GET /v1beta/models HTTP/1.1\r\nhost: x\r\n\r\n")
        server.wait_for_requests(1)
        assert not ended.is_set()
    assert ended.wait(5)


def test_an_unanswered_request_does_not_hold_up_the_stop():
    """The server goes, and with it the connection."""
    with Emulator(tls=False) as server:
        server.fail_next(on="rest", silent=True)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        connection.request("GET", "/v1beta/models")
        server.wait_for_requests(1)
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        connection.getresponse()
    connection.close()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"on": "music", "drop": True}, "on: must be one of live, rest, open, not 'music'"),
        ({"on": "rest", "code": 1011}, "code: is for connections"),
        ({"on": "rest", "status": 199}, "status: must be 200 to 599"),
        ({"on": "live", "status": 200}, "status: must be 300 to 599"),
        ({"on": "rest"}, "exactly one of"),
    ],
)
def test_failures_that_can_t_be_are_refused(server, options, words):
    """A ConfigError says what is wrong with them."""
    with pytest.raises(ConfigError, match=words):
        server.fail_next(**options)


@pytest.mark.parametrize(
    "headers", [{"retry-after": 7}, {"x": None}, {"x": b"text"}, {"a": "text", "x": ["text"]}, {7: ""}]
)
@pytest.mark.parametrize("on", ["live", "rest"])
def test_headers_are_text_for_text(server, on, headers):
    """A ConfigError says which one is not."""
    with pytest.raises(ConfigError, match=f"must be text for text, not {list(headers)[-1]!r}: ") as caught:
        server.fail_next(on=on, status=503, headers=headers)
    assert caught.value.path == "headers"


def test_requests_are_written_down(server, call):
    """What came and what was answered, oldest first; upgrades are none."""
    call(server, "POST", "//v1alpha/auth_tokens?alt=json", {"uses": 1})
    call(server, "POST", "/v1alpha/authTokens", b"nonsense", headers={"X-Goog-Api-Client": "me"})
    first, second = server.requests
    assert (first.method, first.path, first.query, first.body) == (
        "POST",
        "//v1alpha/auth_tokens",
        {"alt": "json"},
        {"uses": 1},
    )
    assert (first.status, second.status, second.body) == (200, 404, None)
    assert second.headers["x-goog-api-client"] == "me"
    assert server.sessions == [] and server.attempts == 0


def test_a_request_that_comes_later_is_waited_for(server, call):
    """wait_for_requests blocks until so many have come, and has an end."""
    caller = threading.Timer(0.02, call, (server, "GET", "/v1beta/models"))
    caller.start()
    assert server.wait_for_requests(1, timeout=5)[0].path == "/v1beta/models"
    caller.join()
    with pytest.raises(TimeoutError, match=r"1 request\(s\) after 0\.01 s, not 2"):
        server.wait_for_requests(2, timeout=0.01)


def test_a_restart_forgets_requests(call):
    """Records and tokens are those of one run."""
    server = Emulator(tls=False)
    with server:
        call(server, "GET", "/v1beta/models")
    assert len(server.requests) == 1
    with server:
        assert server.requests == []


def test_no_requests_are_kept_on_request(call):
    """A server that keeps nothing answers all the same."""
    with Emulator(tls=False, record=False) as server:
        assert call(server, "GET", "/v1beta/models").status == 200
        assert server.requests == []
    assert Ledger(keep=False).requests() == []


def test_a_repr_shows_no_values():
    """Query, headers and body hold keys and tokens."""
    request = EmulatedRequest(
        method="POST",
        path="/v1alpha/auth_tokens",
        query={"key": "secret"},
        headers={"x-goog-api-key": "secret"},
        body={"name": "secret"},
        status=200,
    )
    assert repr(request) == "<EmulatedRequest POST /v1alpha/auth_tokens, 200>"


def test_the_answer_is_the_service_s_json(server, call):
    """Indented, with the charset that Google names."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("GET", "/nowhere")
    text = connection.getresponse().read().decode()
    connection.close()
    assert text == json.dumps(json.loads(text), indent=2) + "\n"
