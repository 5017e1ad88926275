"""google-auth: a real refresh against a local token endpoint, files, application default, impersonation."""

from __future__ import annotations

import base64
import datetime
import gc
import json
import os
import threading
import weakref
from urllib.parse import parse_qs

import pytest

from gemini_live.backends import GoogleCredentials, Network, make_backend
from gemini_live.backends import google_credentials as module
from gemini_live.exceptions import AuthError, ConfigError

from ..rest_server import Reply

TOKEN = "ya29.correct-horse-battery-staple"


@pytest.fixture(scope="module")
def private_key():
    """A service account's key, made now."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.fixture
def token_endpoint(rest_server):
    """A token endpoint that gives a token for each assertion, numbered; and what it was asked."""
    count = iter(range(1, 100))
    return rest_server(
        lambda request: Reply(
            body={"access_token": f"{TOKEN}-{next(count)}", "expires_in": 3600, "token_type": "Bearer"}
        )
    )


def account(private_key, token_uri, **more):
    """Return a service account's key file as a mapping."""
    return {
        "type": "service_account", "project_id": "project-of-the-account", "private_key_id": "1",
        "private_key": private_key, "client_email": "robot@project.example", "client_id": "1", "token_uri": token_uri,
        **more,
    }  # fmt: skip


def bearer(credentials):
    """Return the token that would be sent."""
    return credentials.headers()["authorization"].removeprefix("Bearer ")


def test_a_service_account_s_key_file_is_enough(private_key, token_endpoint, tmp_path):
    """The file gives the project too; the token is fetched at the first connect with a signed assertion, and kept."""
    file = tmp_path / "key.json"
    file.write_text(json.dumps(account(private_key, token_endpoint.base_url)))
    backend = make_backend({"credentials": file}, Network())
    assert token_endpoint.requests == []

    headers = backend.endpoint().headers
    again = backend.endpoint()

    assert headers["authorization"] == again.headers["authorization"] == f"Bearer {TOKEN}-1"
    assert backend.project == "project-of-the-account"
    assert f"{TOKEN}-1" in again.secrets
    (request,) = token_endpoint.requests
    (assertion,) = parse_qs(request.body.decode())["assertion"]
    claims = json.loads(base64.urlsafe_b64decode(assertion.split(".")[1] + "=="))
    assert (claims["iss"], claims["scope"]) == (
        "robot@project.example",
        "https://www.googleapis.com/auth/cloud-platform",
    )


@pytest.mark.parametrize("give", [str, lambda path: path, lambda path: json.loads(path.read_text())])
def test_a_file_may_be_given_in_any_form(private_key, token_endpoint, tmp_path, give):
    """As a path, as text, or as its content."""
    file = tmp_path / "key.json"
    file.write_text(json.dumps(account(private_key, token_endpoint.base_url)))

    assert (
        make_backend({"credentials": give(file)}, Network()).endpoint().headers["authorization"] == f"Bearer {TOKEN}-1"
    )


def test_credentials_without_scopes_get_them(private_key, token_endpoint):
    """google-auth makes a service account without; the service wants them."""
    from google.oauth2 import service_account

    given = service_account.Credentials.from_service_account_info(account(private_key, token_endpoint.base_url))

    assert bearer(GoogleCredentials(given)) == f"{TOKEN}-1"


def test_a_token_is_refreshed_before_it_expires(private_key, token_endpoint):
    """One that is good for another minute is not sent: the connect would take a part of it."""
    from google.oauth2 import service_account

    given = service_account.Credentials.from_service_account_info(
        account(private_key, token_endpoint.base_url), scopes=module.SCOPES
    )
    credentials = GoogleCredentials(given)
    assert bearer(credentials) == f"{TOKEN}-1"

    given.expiry = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + datetime.timedelta(minutes=1)

    assert bearer(credentials) == f"{TOKEN}-2"


def test_a_refused_token_is_refreshed(private_key, token_endpoint):
    """Whatever its expiry says, and once."""
    credentials = make_backend({"credentials": account(private_key, token_endpoint.base_url)}, Network()).credentials
    bearer(credentials)

    assert credentials.renew()

    assert [bearer(credentials) for _ in range(2)] == [f"{TOKEN}-2", f"{TOKEN}-2"]


def test_the_quota_project_is_named(private_key, token_endpoint):
    """Credentials that say who pays put it into a header, which the user's own wins over."""
    info = account(private_key, token_endpoint.base_url, quota_project_id="who-pays")

    assert make_backend({"credentials": info}, Network()).endpoint().headers["x-goog-user-project"] == "who-pays"
    backend = make_backend({"credentials": info, "headers": {"X-Goog-User-Project": "mine"}}, Network())
    assert [value for name, value in backend.endpoint().headers.items() if name.lower() == "x-goog-user-project"] == [
        "mine"
    ]


def test_sessions_that_share_credentials_refresh_them_once(private_key, rest_server):
    """Many connects at the same time, one request."""
    from google.oauth2 import service_account

    begun, go_on = threading.Event(), threading.Event()

    def answer(request):
        begun.set()
        assert go_on.wait(10)
        return Reply(body={"access_token": TOKEN, "expires_in": 3600})

    server = rest_server(answer)
    given = service_account.Credentials.from_service_account_info(
        account(private_key, server.base_url), scopes=module.SCOPES
    )
    found = []
    threads = [threading.Thread(target=lambda: found.append(bearer(GoogleCredentials(given)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    go_on.set()
    for thread in threads:
        thread.join(10)

    assert found == [TOKEN] * 8
    assert len(server.requests) == 1


def test_application_default_credentials_are_looked_for_at_the_connect(
    private_key, token_endpoint, tmp_path, monkeypatch
):
    """GOOGLE_APPLICATION_CREDENTIALS names the file; nothing is read before."""
    backend = make_backend({"project_id": "p"}, Network())
    file = tmp_path / "key.json"
    file.write_text(json.dumps(account(private_key, token_endpoint.base_url)))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))

    assert backend.endpoint().headers["authorization"] == f"Bearer {TOKEN}-1"


def test_impersonation_fetches_two_tokens(private_key, rest_server):
    """First the caller's own, then the impersonated account's, which is the one that is sent."""
    from google.auth import impersonated_credentials
    from google.oauth2 import service_account

    def answer(request):
        if request.path == "/impersonate":
            assert request.headers["authorization"] == "Bearer the-caller-s-own"
            return Reply(body={"accessToken": TOKEN, "expireTime": "2999-01-01T00:00:00Z"})
        return Reply(body={"access_token": "the-caller-s-own", "expires_in": 3600})

    server = rest_server(answer)
    source = service_account.Credentials.from_service_account_info(
        account(private_key, server.base_url), scopes=module.SCOPES
    )
    given = impersonated_credentials.Credentials(
        source, "other@project.example", list(module.SCOPES), iam_endpoint_override=f"{server.base_url}/impersonate"
    )

    assert bearer(make_backend({"credentials": given, "project_id": "p"}, Network()).credentials) == TOKEN


def test_an_impersonation_s_file_is_read(private_key, token_endpoint):
    """What gcloud writes for an account that acts as another: a source, and where to ask."""
    url = (
        "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/other@project.example:generateAccessToken"
    )
    info = {
        "type": "impersonated_service_account", "service_account_impersonation_url": url, "delegates": [],
        "source_credentials": account(private_key, token_endpoint.base_url),
    }  # fmt: skip

    assert (
        repr(make_backend({"credentials": info, "project_id": "p"}, Network()).credentials)
        == "GoogleCredentials(Credentials)"
    )


def test_an_authorized_user_s_file_works(rest_server):
    """What gcloud writes: a refresh token and a client."""
    server = rest_server(lambda request: Reply(body={"access_token": TOKEN, "expires_in": 3600}))
    info = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
    credentials = make_backend({"credentials": info, "project_id": "p"}, Network()).credentials
    credentials._credentials._token_uri = server.base_url

    assert bearer(credentials) == TOKEN


@pytest.mark.parametrize(
    ("reply", "retryable"),
    [(Reply(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}), False),
     (Reply(200, b"nonsense"), False)],
)  # fmt: skip
def test_a_token_server_that_refuses_is_an_auth_error(private_key, rest_server, reply, retryable):
    """Nothing is dialled without a token, and the error says what the token server said."""
    server = rest_server(lambda request: reply)

    with pytest.raises(AuthError, match="could not be refreshed, so nothing was dialled") as caught:
        make_backend({"credentials": account(private_key, server.base_url)}, Network()).endpoint()

    assert caught.value.retryable is retryable
    assert caught.value.__cause__ is None


def test_without_application_default_credentials_nothing_is_dialled(monkeypatch, tmp_path):
    """The error says that there are none."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "missing.json"))

    with pytest.raises(AuthError, match="no application default credentials"):
        make_backend({"project_id": "p"}, Network()).endpoint()


class Odd:
    """Credentials of a program's own."""

    valid = True
    token = None

    def refresh(self, request):
        """Bring nothing."""


@pytest.mark.parametrize("token", [None, "", 5])
def test_credentials_that_give_no_token_are_an_auth_error(token):
    """Whatever they say of themselves."""
    odd = Odd()
    odd.token = token

    with pytest.raises(AuthError, match="Odd gave no token"):
        GoogleCredentials(odd).headers()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is no JSON file"), ("[]", "is no JSON file"), ('{"type": "external_account"}', "external_account"),
        ('{"type": "service_account", "private_key": "-----SECRET"}', "is no usable service_account"),
        ('{"type": "authorized_user"}', "is no usable authorized_user"), ("{}", "None"), ("\x00\xff", "is no JSON file"),
    ],
)  # fmt: skip
def test_a_file_that_holds_none_is_refused(tmp_path, content, words):
    """At once, and without showing what is in it."""
    file = tmp_path / "key.json"
    file.write_text(content)

    with pytest.raises(ConfigError, match=words) as caught:
        make_backend({"credentials": str(file), "project_id": "p"}, Network())

    assert caught.value.path == "credentials"
    assert "SECRET" not in str(caught.value)


def test_a_hanging_token_server_has_an_end(private_key, raw_server, monkeypatch):
    """google-auth would wait two minutes for it."""
    monkeypatch.setattr(module, "SECONDS", 0.1)
    hang = threading.Event()
    url = raw_server(lambda peer: hang.wait(10))

    with pytest.raises(AuthError, match="could not be refreshed"):
        make_backend({"credentials": account(private_key, url)}, Network()).endpoint()
    hang.set()


def echoing(request):
    """Refuse, and say what was sent."""
    return Reply(400, f"bad request: {request.body.decode()} {'x' * 5000}".encode())


def test_what_a_token_server_echoes_is_not_shown(private_key, rest_server, caplog):
    """Neither a client's secret nor a refresh token nor a signed assertion; and no page without an end."""
    server = rest_server(echoing)
    user = {"type": "authorized_user", "client_id": "client-id-1", "client_secret": "GOCSPX-secret-1",
            "refresh_token": "1//0refresh-token-secret"}  # fmt: skip
    of_user = make_backend({"credentials": user, "project_id": "p"}, Network())
    of_user.credentials._credentials._token_uri = server.base_url
    for backend in (of_user, make_backend({"credentials": account(private_key, server.base_url)}, Network())):
        with pytest.raises(AuthError, match="bad request") as caught:
            backend.endpoint()

        (sent,) = [
            value
            for value in parse_qs(server.requests[-1].body.decode()).items()
            if value[0] in ("assertion", "refresh_token")
        ]
        for secret in (*sent[1], "GOCSPX-secret-1", "1%2F%2F0refresh"):
            assert secret not in f"{caught.value!r} {caplog.text}"
        assert len(str(caught.value)) < 600


def test_credentials_say_themselves_in_which_header(rest_server):
    """google-auth has kinds with a key, and kinds whose token is bytes."""
    from google.auth.api_key import Credentials as Key

    class Signed(Odd):
        token = b"ey.signed"

        def apply(self, headers):
            headers["Authorization"] = f"Bearer {self.token.decode()}"

    assert GoogleCredentials(Key("an-api-key")).headers() == {"x-goog-api-key": "an-api-key"}
    assert GoogleCredentials(Signed()).headers() == {"authorization": "Bearer ey.signed"}


class Broken(Odd):
    """Credentials that raise where they are only looked at."""

    @property
    def valid(self):
        """Raise."""
        raise ZeroDivisionError


@pytest.mark.parametrize("token", ["two\r\nlines", "gr\u00fc\u00dfe"])
def test_a_token_that_can_not_be_sent_is_an_auth_error(token):
    """It would end the header, or the request."""
    odd = Odd()
    odd.token = token

    with pytest.raises(AuthError, match="gave no token that could be sent"):
        GoogleCredentials(odd).headers()


def test_odd_credentials_are_an_auth_error():
    """Whatever they raise, and wherever."""
    with pytest.raises(AuthError, match="Broken gave no token, so nothing was dialled: ZeroDivisionError"):
        GoogleCredentials(Broken()).headers()


def test_credentials_that_want_scopes_must_take_them():
    """Said at once, by the option's name."""

    class Wanting(Odd):
        requires_scopes = True

    with pytest.raises(ConfigError, match="^credentials: "):
        make_backend({"credentials": Wanting(), "project_id": "p"}, Network())


def test_a_token_server_that_is_not_there_may_be_there_later(private_key, nobody):
    """So the error says, and so a session that reconnects will know."""
    with pytest.raises(AuthError) as caught:
        make_backend({"credentials": account(private_key, nobody)}, Network()).endpoint()

    assert caught.value.retryable


@pytest.mark.parametrize("form", ["file", "content", "object without scopes"])
def test_the_same_credentials_are_refreshed_once(private_key, token_endpoint, tmp_path, form):
    """However often they are given, and in whatever form: it is one token, and one key for what is cached by it."""
    from google.oauth2 import service_account

    info = account(private_key, token_endpoint.base_url)
    file = tmp_path / "key.json"
    file.write_text(json.dumps(info))
    given = {
        "file": str(file), "content": info,
        "object without scopes": service_account.Credentials.from_service_account_info(info),
    }[form]  # fmt: skip

    backends = [make_backend({"credentials": given, "project_id": "p"}, Network()) for _ in range(5)]

    assert len({backend.endpoint().headers["authorization"] for backend in backends}) == 1
    assert len({backend.identity for backend in backends}) == 1
    assert len(token_endpoint.requests) == 1


def test_credentials_that_nobody_uses_any_more_are_let_go():
    """Nothing of ours keeps them alive."""
    odd = Odd()
    odd.token = "a-token"
    seen = weakref.ref(odd)
    GoogleCredentials(odd).headers()
    del odd
    gc.collect()

    assert seen() is None


class Scoping(Odd):
    """Credentials of a program's own that want scopes, and take them as a test's function says."""

    token = "a-token"
    requires_scopes = True

    def __init__(self, scope):
        self._scope = scope

    def with_scopes(self, scopes):
        """Return credentials with scopes."""
        return self._scope(self)


def test_credentials_that_take_scopes_themselves_are_let_go():
    """What ``with_scopes`` returns need not be another object."""
    given = Scoping(lambda credentials: credentials)
    seen = weakref.ref(given)
    GoogleCredentials(given).headers()
    del given
    gc.collect()

    assert seen() is None


def test_credentials_whose_refresh_failed_are_let_go():
    """The error is remembered for those who wait for it, and leads to nothing."""

    class Failing(Odd):
        valid = False

        def refresh(self, request):
            raise ZeroDivisionError

    odd = Failing()
    seen = weakref.ref(odd)
    with pytest.raises(AuthError, match="could not be refreshed"):
        GoogleCredentials(odd).headers()
    del odd
    for thread in threading.enumerate():
        if thread.name == "gemini-live:credentials":
            thread.join(10)
    gc.collect()

    assert seen() is None


def test_taking_scopes_may_make_other_credentials():
    """A program's ``with_scopes`` is called while nothing of ours is held that it could need."""

    def scope(credentials):
        return GoogleCredentials(Scoping(lambda inner: Odd()))._credentials

    made = []
    thread = threading.Thread(target=lambda: made.append(GoogleCredentials(Scoping(scope))), daemon=True)
    thread.start()
    thread.join(10)

    assert repr(made) == "[GoogleCredentials(Odd)]"


def test_a_type_error_of_a_program_s_is_its_own():
    """It does not mean that the credentials can't be shared, and nothing is called twice because of it."""
    calls = []

    def scope(credentials):
        calls.append(credentials)
        raise TypeError("with_scopes wants more")

    with pytest.raises(TypeError, match="wants more"):
        GoogleCredentials(Scoping(scope))

    assert len(calls) == 1


def test_credentials_that_can_not_be_shared_are_used_alone():
    """What has no hash still gets its scopes."""

    class Unhashable(Scoping):
        __hash__ = None

    assert repr(GoogleCredentials(Unhashable(lambda credentials: Odd()))) == "GoogleCredentials(Odd)"


def test_many_sessions_that_are_refused_refresh_once(private_key, token_endpoint):
    """Each has its own 401, but the token that was refused is gone after the first."""
    backends = [
        make_backend({"credentials": account(private_key, token_endpoint.base_url)}, Network()) for _ in range(5)
    ]
    for backend in backends:
        backend.endpoint()
    for backend in backends:
        backend.renew()

    assert {backend.endpoint().headers["authorization"] for backend in backends} == {f"Bearer {TOKEN}-2"}


def test_a_hanging_refresh_does_not_hold_up_who_has_a_good_token(private_key, raw_server, monkeypatch):
    """A token that the program has set meanwhile is used at once; and after its time another refresh is begun."""
    from google.oauth2 import service_account

    monkeypatch.setattr("gemini_live.backends.refreshing.SECONDS", 0.2)
    hang = threading.Event()
    calls = []

    def accept(peer):
        calls.append(peer)
        hang.wait(10)

    given = service_account.Credentials.from_service_account_info(
        account(private_key, raw_server(accept)), scopes=module.SCOPES
    )
    try:
        for _ in range(2):
            with pytest.raises(AuthError, match="no token came within"):
                GoogleCredentials(given).headers()
        given.token = "set-by-the-program"

        assert bearer(GoogleCredentials(given)) == "set-by-the-program"
    finally:
        hang.set()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_a_forked_child_refreshes_by_itself(private_key, rest_server):
    """A refresh that the parent's thread was in the middle of holds nobody up there."""
    begun, go_on = threading.Event(), threading.Event()
    count = iter(range(100))

    def answer(request):
        if next(count) == 0:
            begun.set()
            go_on.wait(10)
        return Reply(body={"access_token": TOKEN, "expires_in": 3600})

    credentials = make_backend(
        {"credentials": account(private_key, rest_server(answer).base_url)}, Network()
    ).credentials
    parents = threading.Thread(target=credentials.headers)
    parents.start()
    assert begun.wait(10)

    child = os.fork()
    if child == 0:
        os._exit(0 if bearer(credentials) == TOKEN else 1)
    status = os.waitpid(child, 0)[1]
    go_on.set()
    parents.join(10)

    assert os.waitstatus_to_exitcode(status) == 0
