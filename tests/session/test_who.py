"""As whom a session connects: tokens, google-auth, keys for Vertex AI; fetched where nothing is frozen by it."""

from __future__ import annotations

import http
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gemini_live import AuthError, ConnectTimeout, HandshakeError, Session, SessionClosed
from gemini_live.types import AuthToken

from .conftest import MODEL, TIMEOUT, eventually
from .peers import hold

VERTEX = {"api_key": None, "auth": "vertex_ai", "project_id": "project-1"}


def unless(*good):
    """Return a server's check that lets only these Authorization headers in."""

    def check(connection, request):
        if request.headers.get("authorization") not in good:
            return connection.respond(http.HTTPStatus.UNAUTHORIZED, "not with that token")
        return None

    return check


class Account:
    """Credentials like google-auth's: each refresh brings another token."""

    def __init__(self, *tokens, valid=True):
        self._tokens = iter(tokens)
        self.token = next(self._tokens)
        self.valid = valid
        self.refreshed_on = []

    def refresh(self, request):
        """Bring the next token, or fail when there is none."""
        self.refreshed_on.append(threading.current_thread().name)
        self.token = next(self._tokens)
        self.valid = True


@pytest.fixture
def pool():
    """A thread for what blocks."""
    with ThreadPoolExecutor(1) as executor:
        yield executor


@pytest.mark.parametrize(
    "token",
    ["auth_tokens/abc", AuthToken(name="auth_tokens/abc"), lambda: "auth_tokens/abc", lambda: AuthToken(name="auth_tokens/abc")],
    ids=["text", "value", "function", "function of a value"],
)  # fmt: skip
def test_a_token_opens_a_constrained_session(script, make, token):
    """On the version and the method that take tokens, without a key beside it."""
    server = script(hold)

    make(server, api_key=None, token=token).connect()

    request = server.requests[0]
    assert request.path == "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained"
    assert request.headers["authorization"] == "Token auth_tokens/abc"
    assert "x-goog-api-key" not in request.headers


def test_a_key_that_is_a_token_is_treated_as_one(script, make):
    """As programs that were written for other clients give it."""
    server = script(hold)

    make(server, api_key="auth_tokens/abc").connect()

    assert server.requests[0].headers["authorization"] == "Token auth_tokens/abc"


def test_a_token_function_is_asked_at_every_connect(script, make):
    """And on the thread that dials, where it may take its time."""
    asked, tokens = [], iter(["auth_tokens/first", "auth_tokens/second"])

    def give():
        asked.append(threading.current_thread().name)
        return next(tokens)

    server = script(hold, process_request=unless("Token auth_tokens/second"))
    session = make(server, api_key=None, token=give, name="who")
    assert asked == []

    session.connect()

    assert asked == ["gemini-live:who:dial"] * 2
    assert [request.headers["authorization"] for request in server.requests] == ["Token auth_tokens/second"]


def test_credentials_are_sent_as_a_bearer_token(script, make):
    """Those that are valid are not refreshed."""
    server, account = script(hold), Account("a-good-token")

    with make(server, **VERTEX, credentials=account):
        pass

    assert server.requests[0].headers["authorization"] == "Bearer a-good-token"
    assert server.result()["setup"]["model"] == (
        f"projects/project-1/locations/us-central1/publishers/google/models/{MODEL}"
    )
    assert account.refreshed_on == []


def test_credentials_that_are_not_valid_are_refreshed_before_dialling(script, make):
    """In a thread of their own, as other sessions may share them."""
    server, account = script(hold), Account("an-old-token", "a-new-token", valid=False)

    make(server, **VERTEX, credentials=account, name="who").connect()

    assert server.requests[0].headers["authorization"] == "Bearer a-new-token"
    assert account.refreshed_on == ["gemini-live:credentials"]


def test_a_401_has_credentials_refreshed_once(script, make):
    """The second attempt succeeds with the new token, and connect() never knew."""
    account = Account("revoked-token", "a-new-token")
    server = script(hold, process_request=unless("Bearer a-new-token"))

    make(server, **VERTEX, credentials=account).connect()

    assert len(account.refreshed_on) == 1
    assert server.requests[0].headers["authorization"] == "Bearer a-new-token"


def test_a_second_401_is_told(script, make):
    """Nobody is asked a third time."""
    account = Account("revoked-token", "revoked-too", "never-tried")
    server = script(hold, process_request=unless("Bearer never-tried"))

    with pytest.raises(HandshakeError) as caught:
        make(server, **VERTEX, credentials=account).connect()

    assert caught.value.status == 401
    assert len(account.refreshed_on) == 1


def test_a_401_that_can_not_be_helped_is_told(script, make):
    """Where the refresh fails too, the server's refusal is the error, and the failure its cause."""
    server = script(hold, process_request=unless("Bearer other"))

    with pytest.raises(HandshakeError) as caught:
        make(server, **VERTEX, credentials=Account("a-static-token")).connect()

    assert caught.value.status == 401
    assert isinstance(caught.value.__cause__, AuthError)


@pytest.mark.parametrize("options", [{"api_key": "a-refused-key"}, {**VERTEX, "access_token": "a-fixed-token"}])
def test_a_401_for_what_can_not_change_is_told_at_once(script, make, options):
    """A key and a fixed token stay what they are."""
    calls = []

    def refuse(connection, request):
        calls.append(request.path)
        return connection.respond(http.HTTPStatus.UNAUTHORIZED, "no")

    with pytest.raises(HandshakeError):
        make(script(hold, process_request=refuse), **options).connect()

    assert len(calls) == 1


@pytest.mark.parametrize("status", [403, 404, 429, 503])
def test_other_refusals_renew_nothing(script, make, status):
    """Only a 401 says that the credentials are not good."""
    account = Account("a-token", "another")

    with pytest.raises(HandshakeError) as caught:
        make(
            script(hold, process_request=lambda connection, request: connection.respond(http.HTTPStatus(status), "no")),
            **VERTEX,
            credentials=account,
        ).connect()

    assert caught.value.status == status
    assert account.refreshed_on == []


@pytest.mark.parametrize(
    "options",
    [
        {"api_key": None, "token": lambda: 1 / 0},
        {"api_key": None, "token": lambda: ""},
        {**VERTEX, "access_token": lambda: None},
        {**VERTEX, "credentials": Account("old", valid=False)},
        {**VERTEX, "credentials": Account("")},
    ],
    ids=["raises", "empty", "none", "no refresh", "no token"],
)
def test_without_credentials_nothing_is_dialled(script, make, options):
    """A failure to get them is an AuthError, never a connection without them; the session can be tried again."""
    server = script(hold)
    session = make(server, **options)

    with pytest.raises(AuthError, match="nothing was dialled"):
        session.connect()

    assert server.requests == []
    assert session.status == "disconnected"


def test_a_hanging_metadata_server_freezes_nothing(script, make, pool):
    """connect() ends at its deadline, the session goes on answering, and close() returns at once."""
    go_on, asked = threading.Event(), threading.Event()

    def hang():
        asked.set()
        go_on.wait(TIMEOUT)
        return "too-late"

    server = script(hold)
    session = make(server, **VERTEX, access_token=hang)
    connecting = pool.submit(session.connect, timeout=0.3)
    assert asked.wait(TIMEOUT)

    assert session.snapshot().status == "connecting"
    with pytest.raises(ConnectTimeout) as caught:
        connecting.result(TIMEOUT)
    assert caught.value.phase == "credentials"
    began = time.monotonic()
    session.close(timeout=1)
    assert time.monotonic() - began < 1
    go_on.set()
    eventually(lambda: not any(":dial" in thread.name for thread in threading.enumerate()))
    assert server.requests == []


def test_close_during_a_hanging_refresh_returns_at_once(script, make, pool):
    """The abandoned thread's token goes nowhere."""
    go_on, asked = threading.Event(), threading.Event()

    class Hanging(Account):
        def refresh(self, request):
            asked.set()
            go_on.wait(TIMEOUT)
            super().refresh(request)

    server = script(hold)
    session = make(server, **VERTEX, credentials=Hanging("old", "new", valid=False))
    connecting = pool.submit(session.connect)
    assert asked.wait(TIMEOUT)

    began = time.monotonic()
    session.close(timeout=1)

    assert time.monotonic() - began < 1
    with pytest.raises(SessionClosed):
        connecting.result(TIMEOUT)
    go_on.set()
    eventually(lambda: not any(":dial" in thread.name for thread in threading.enumerate()))
    assert server.requests == []


def test_the_quota_project_is_named(script, make):
    """Who pays stands in a header of its own."""
    account = Account("a-token")
    account.quota_project_id = "who-pays"
    server = script(hold)

    make(server, **VERTEX, credentials=account).connect()

    assert server.requests[0].headers["x-goog-user-project"] == "who-pays"


def test_express_mode_sends_the_key(script, make):
    """Vertex AI takes a key without a project, too."""
    server = script(hold)

    with make(server, auth="vertex_ai", api_key="a-vertex-key"):
        pass

    assert server.requests[0].headers["x-goog-api-key"] == "a-vertex-key"
    assert server.result()["setup"]["model"] == f"publishers/google/models/{MODEL}"


def test_a_gateway_is_not_handed_the_machine_s_credentials(script, make, monkeypatch, tmp_path):
    """A base URL that is not Google's, without a project: nothing is fetched, and only the user's headers are sent."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "would-raise.json"))
    server = script(hold)

    make(server, api_key=None, auth="vertex_ai", headers={"x-gateway": "mine"}).connect()

    assert server.requests[0].headers["x-gateway"] == "mine"
    assert "authorization" not in server.requests[0].headers


def test_vertex_of_the_environment(script, monkeypatch):
    """The switch, project and location are read where no option says otherwise."""
    server = script(hold)
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "project-2")
    monkeypatch.setenv("GOOGLE_CLOUD_LOCATION", "europe-west4")
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", server.base_url)

    with Session.open(model=MODEL, access_token=lambda: "a-token"):
        pass

    assert server.result()["setup"]["model"].startswith("projects/project-2/locations/europe-west4/publishers/google/")


def test_whatever_a_token_function_raises_the_session_lives(script, make):
    """An exception that can't be made anew is an AuthError too, and the next connect works."""
    from ..backends.test_rest import odd

    answers = iter([odd, lambda: "auth_tokens/good"])
    server = script(hold)

    def give():
        return next(answers)()

    session = make(server, api_key=None, token=give)

    with pytest.raises(AuthError):
        session.connect()

    assert session.status == "disconnected"
    session.connect()
    assert session.status == "ready"
