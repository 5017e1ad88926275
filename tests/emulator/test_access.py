"""Who may call, and how others are told."""

from __future__ import annotations

import logging
import socket

import pytest
from websockets.exceptions import InvalidStatus

from gemini_live.emulator import Emulator
from gemini_live.emulator.access import Access, Caller, caller_of
from gemini_live.emulator.http_errors import HttpError

UNREGISTERED = "Method doesn't allow unregistered callers (callers without established identity)."
MISSING = "Request is missing required authentication credential. Expected OAuth 2 access token"
INVALID = "Request had invalid authentication credentials. Expected OAuth 2 access token"


@pytest.mark.parametrize(
    ("headers", "query", "caller"),
    [
        ({}, {}, Caller()),
        ({"x-goog-api-key": "k"}, {"key": "other"}, Caller(api_key="k")),
        ({}, {"key": "k"}, Caller(api_key="k")),
        ({"authorization": "Bearer t"}, {}, Caller(bearer="t")),
        ({"authorization": "bearer  t "}, {}, Caller(bearer="t")),
        ({"authorization": "Bearer"}, {}, Caller(bearer="")),
        ({"authorization": "Token auth_tokens/x"}, {}, Caller(token="auth_tokens/x")),
        ({}, {"access_token": "auth_tokens/x"}, Caller(token="auth_tokens/x")),
        (
            {"x-goog-api-key": "auth_tokens/x", "authorization": "Token auth_tokens/x"},
            {},
            Caller(api_key="auth_tokens/x", token="auth_tokens/x"),
        ),
        ({"authorization": "Basic dTpw"}, {}, Caller()),
    ],
)
def test_credentials_are_read_from_where_the_service_takes_them(headers, query, caller):
    """Headers go before the query."""
    assert caller_of(headers, query) == caller


@pytest.mark.parametrize(
    ("backend", "caller", "status", "words"),
    [
        ("gemini", Caller(), 403, UNREGISTERED),
        ("gemini", Caller(api_key="auth_tokens/x"), 403, UNREGISTERED),
        ("gemini", Caller(token="auth_tokens/x"), 403, UNREGISTERED),
        ("gemini", Caller(api_key="bad"), 400, "API key not valid. Please pass a valid API key."),
        ("gemini", Caller(bearer=""), 401, MISSING),
        ("gemini", Caller(bearer="bad-one", api_key="good"), 401, INVALID),
        ("vertex_ai", Caller(), 401, MISSING),
        ("vertex_ai", Caller(api_key="auth_tokens/x"), 401, MISSING),
        ("vertex_ai", Caller(bearer=""), 401, MISSING),
        ("vertex_ai", Caller(bearer="bad"), 401, INVALID),
        ("vertex_ai", Caller(api_key="bad"), 401, INVALID),
    ],
)
def test_wrong_credentials_are_refused_in_the_backend_s_way(backend, caller, status, words):
    """Each backend has its own status and words."""
    with pytest.raises(HttpError) as caught:
        Access().check(backend, caller)
    assert caught.value.status == status
    assert caught.value.message.startswith(words)
    assert caught.value.headers.get("www-authenticate", "").startswith("Bearer realm=") == (status == 401)


def test_a_bad_key_is_named_in_the_details():
    """A client can tell it by its reason."""
    with pytest.raises(HttpError) as caught:
        Access().check("gemini", Caller(api_key="bad"))
    (detail,) = caught.value.document()["error"]["details"]
    assert (detail["@type"], detail["reason"]) == ("type.googleapis.com/google.rpc.ErrorInfo", "API_KEY_INVALID")


@pytest.mark.parametrize("backend", ["gemini", "vertex_ai"])
def test_given_credentials_are_the_only_good_ones(backend):
    """With api_keys and access_tokens nothing else is accepted, and these are, whatever they look like."""
    access = Access(api_keys=frozenset({"bad-key"}), access_tokens=frozenset({"bad-token"}))
    access.check(backend, Caller(api_key="bad-key"))
    access.check(backend, Caller(bearer="bad-token"))
    for caller in (Caller(api_key="another"), Caller(bearer="another"), Caller(bearer="bad-key")):
        with pytest.raises(HttpError):
            access.check(backend, caller)


def test_nothing_shows_a_credential():
    """Neither reprs nor errors repeat what came or what is accepted."""
    secret = "bad-secret"
    shown = [repr(Access(api_keys=frozenset({secret}), access_tokens=frozenset({secret})))]
    shown.append(repr(Caller(api_key=secret, bearer=secret, token=secret)))
    for backend in ("gemini", "vertex_ai"):
        for caller in (Caller(api_key=secret), Caller(bearer=secret)):
            with pytest.raises(HttpError) as caught:
                Access().check(backend, caller)
            shown.append(f"{caught.value} {caught.value.document()}")
    assert secret not in "".join(shown)


def refused(dial, server, **options):
    with pytest.raises(InvalidStatus) as caught:
        dial(server, **options)
    return caught.value.response


@pytest.mark.parametrize(
    ("key", "headers"),
    [
        (None, {}),
        (None, {"authorization": "Bearer bad-token"}),
        ("bad-key", {}),
        (None, {"authorization": "Token auth_tokens/x"}),
    ],
)
def test_vertex_ai_refuses_at_the_upgrade(server, dial, wire, key, headers):
    """401 with an error document, and how to do better in www-authenticate; an attempt, and no session."""
    response = refused(dial, server, path=wire.vertex, key=key, headers=headers)
    assert response.status_code == 401
    assert b'"UNAUTHENTICATED"' in response.body
    assert response.headers["www-authenticate"].startswith("Bearer realm=")
    assert (server.attempts, server.sessions) == (1, [])


@pytest.mark.parametrize(("key", "headers"), [(None, {"authorization": "Bearer good"}), ("express-key", {})])
@pytest.mark.parametrize("backend", ["gemini", "vertex_ai"])
def test_both_backends_take_access_tokens_and_keys(server, dial, wire, backend, key, headers):
    """OAuth works on the Gemini API, and a key in express mode on Vertex AI."""
    path, model = (wire.path, wire.model) if backend == "gemini" else (wire.vertex, wire.vertex_model)
    assert dial(server, path=path, key=key, headers=headers).setup(model=model).keys() == {"setupComplete"}


def test_access_tokens_limits_who_connects(dial, wire):
    """Only those that were given are good."""
    with Emulator(tls=False, access_tokens=["mine"]) as server:
        good = dial(server, path=wire.vertex, key=None, headers={"authorization": "Bearer mine"})
        assert good.setup(model=wire.vertex_model).keys() == {"setupComplete"}
        headers = {"authorization": "Bearer another"}
        assert refused(dial, server, path=wire.vertex, key=None, headers=headers).status_code == 401


def test_a_bad_access_token_on_the_gemini_api_is_told_after_the_setup(server, dial, wire):
    """It closes with 1008 where a key would."""
    client = dial(server, key=None, headers={"authorization": "Bearer bad"})
    client.send({"setup": {"model": wire.model}})
    code, reason = client.closed()
    assert code == 1008 and reason.startswith("Request had invalid authentication credentials.")


@pytest.mark.parametrize(
    ("key", "headers", "status"),
    [("bad-key", {}, 400), (None, {}, 403), ("auth_tokens/x", {}, 403), (None, {"authorization": "Bearer bad"}, 401)],
)
def test_the_gemini_api_can_refuse_at_the_upgrade_too(dial, wire, key, headers, status):
    """refuse_at="upgrade" answers with HTTP in place of a close frame."""
    with Emulator(tls=False, refuse_at="upgrade") as server:
        assert refused(dial, server, key=key, headers=headers).status_code == status
        assert dial(server).setup().keys() == {"setupComplete"}


def test_a_token_is_refused_after_the_setup_whatever_is_asked_for(dial, wire):
    """The upgrade of the constrained method succeeds."""
    with Emulator(tls=False, refuse_at="upgrade") as server:
        client = dial(server, path=wire.constrained, key="auth_tokens/unknown")
        client.send({"setup": {"model": wire.model}})
        assert client.closed()[0] == 1008


@pytest.mark.parametrize(
    "head",
    [
        "GET /v1beta/models?key=secret-key extra HTTP/1.1\r\nhost: x",
        "GET /v1beta/models HTTP/1.1\r\nhost: x\r\nx-goog-api-key : secret-key",
    ],
)
def test_no_log_shows_a_credential_of_a_malformed_request(server, head, caplog, capfd):
    """Not even aiohttp's, nor does stderr, where a message goes that no log takes."""
    caplog.set_level(1)
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        client.sendall(f"{head}\r\n\r\n".encode())
        assert b" 400 " in client.recv(1024)
    server.stop()
    assert "secret-key" not in caplog.text + "".join(capfd.readouterr())


def test_no_log_shows_a_credential(server, dial, call, make_token, wire, caplog):
    """Keys in headers and queries, access tokens and ephemeral ones stay out of every log."""
    caplog.set_level(logging.DEBUG)
    token = make_token(server)
    dial(server, path=f"{wire.constrained}?access_token={token}", key=None).setup()
    dial(server, path=f"{wire.path}?key=secret-key", key=None).setup()
    call(server, "GET", "/v1beta/models?key=secret-key", key=None)
    call(server, "GET", "/v1beta/models", key=None, headers={"authorization": "Bearer secret-token"})
    ours = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("websockets"))
    assert "connection 1: ready" in ours
    for secret in (token, token[-20:], "secret-key", "secret-token", "good-key"):
        assert secret not in ours
