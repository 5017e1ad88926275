"""Making a token and opening a session with it, against the emulator."""

from __future__ import annotations

import datetime
import logging
import pickle

import pytest

from gemini_live import ApiError, AuthError, AuthTokens, ConfigError, ProtocolError, Session, SetupError
from gemini_live.emulator import Emulator

MODEL = "gemini-2.5-flash-native-audio-preview-12-2025"
OTHER_MODEL = "gemini-2.5-flash-native-audio-preview-09-2025"


@pytest.fixture(scope="module")
def server():
    """One emulator for all."""
    with Emulator(output_speed=float("inf")) as running:
        yield running


@pytest.fixture
def where(server):
    """The options that lead there, with a key."""
    return {"api_key": "a-good-key", "base_url": server.base_url, "ssl_context": server.ssl_context}


def visit(where, token, **options):
    """Open a session with a token, ask something, and return what was answered."""
    given = {**where, "api_key": None, "token": token, "model": MODEL, "output_audio_transcription": {}, **options}
    with Session.open(**given) as session:
        return session.ask("Hello", timeout=10)


def test_a_token_opens_a_session(server, where):
    """And the server saw no key, the constrained method, and the scheme for tokens."""
    token = AuthTokens.create(**where)

    assert token.name.startswith("auth_tokens/")
    assert visit(where, token).output_transcript
    seen = server.sessions[-1]
    assert seen.path.endswith("v1alpha.GenerativeService.BidiGenerateContentConstrained")
    assert seen.headers["authorization"] == f"Token {token.name}"
    assert "x-goog-api-key" not in seen.headers


def test_the_request_goes_where_tokens_are_made(server, where):
    """With the key in a header, on the version that has them."""
    AuthTokens.create(uses=3, **where)

    request = server.requests[-1]
    assert (request.method, request.path, request.body) == ("POST", "/v1alpha/auth_tokens", {"uses": 3})
    assert request.headers["x-goog-api-key"] == "a-good-key"


def test_another_version_can_be_asked_for(server, where):
    """An explicit one wins."""
    AuthTokens.create(api_version="v1beta", **where)

    assert server.requests[-1].path == "/v1beta/auth_tokens"


def test_the_key_of_the_environment_will_do(server, where, monkeypatch):
    """As for sessions, wherever the switch for Vertex AI stands: tokens are made in one place only."""
    monkeypatch.setenv("GEMINI_API_KEY", "key-of-the-environment")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", where["base_url"])

    AuthTokens.create(ssl_context=where["ssl_context"])

    assert server.requests[-1].headers["x-goog-api-key"] == "key-of-the-environment"


def test_the_result_tells_what_it_is_good_for_and_not_what_it_is(where, caplog):
    """Times and uses are there; printing, logging and formatting show no name, and it survives pickling."""
    with caplog.at_level(logging.DEBUG, "gemini_live"):
        token = AuthTokens.create(uses=2, expire_minutes=60, **where)

    assert token.uses == 2
    ahead = datetime.datetime.fromisoformat(token.expire_time.replace("Z", "+00:00")) - datetime.datetime.now(
        datetime.timezone.utc
    )
    assert datetime.timedelta(minutes=59) < ahead <= datetime.timedelta(minutes=60)
    assert token.new_session_expire_time.endswith("Z")
    secret = token.name.removeprefix("auth_tokens/")
    assert secret not in f"{token} {token!r} {caplog.text}"
    assert "2 session(s)" in caplog.text
    assert pickle.loads(pickle.dumps(token)) == token


def test_a_token_is_good_for_so_many_sessions(where):
    """The one too many is refused by the server's words, and resuming is no use."""
    token = AuthTokens.create(uses=1, **where)
    with Session.open(**{**where, "api_key": None}, token=token, model=MODEL) as session:
        session.ask("Hello", timeout=10)
    handle = session.wait(5).handle
    assert handle

    with pytest.raises(SetupError, match="used up"):
        visit(where, token)
    assert visit(where, token, resume_handle=handle).output_transcript


def test_a_function_may_make_a_token_for_each_connect(server, where):
    """What a program does that has the key itself, or asks another one for tokens."""
    count = len(server.requests)

    assert visit(where, lambda: AuthTokens.create(**where)).output_transcript
    assert len(server.requests) == count + 1


def test_a_locked_setup_is_the_one_that_counts(server, where):
    """Whatever the session's own setup says."""
    token = AuthTokens.create(
        live_connect_constraints={"model": OTHER_MODEL, "config": {"output_audio_transcription": {}}}, **where
    )

    assert visit(where, token, output_audio_transcription=None).output_transcript
    assert server.sessions[-1].effective_setup["model"] == f"models/{OTHER_MODEL}"


def test_locked_fields_count_and_others_are_the_session_s(server, where):
    """With a list, only what is named is held."""
    token = AuthTokens.create(
        live_connect_constraints={"model": MODEL, "config": {"generation_config": {"temperature": 0.5}}},
        lock_additional_fields=["top_p"],
        **where,
    )

    visit(where, token, generation_config={"temperature": 1.5, "top_p": 0.1, "top_k": 7})

    config = server.sessions[-1].effective_setup["generationConfig"]
    assert (config["temperature"], config.get("topP"), config["topK"]) == (0.5, None, 7)


def test_an_expired_token_is_refused(server, where):
    """With a sentence that says so."""
    token = AuthTokens.create(uses=0, **where)
    server.expire_tokens()

    with pytest.raises(SetupError, match="expire"):
        visit(where, token)


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"auth": "vertex_ai"}, "auth"),
        ({"project_id": "p"}, "project_id"),
        ({"token": "auth_tokens/t", "api_key": None}, "token"),
        ({"api_key": "auth_tokens/t"}, "api_key"),
        ({"uses": -1}, "uses"),
        ({"timeout": 0}, "timeout"),
        ({"api_keys": "k"}, "api_keys"),
    ],
)
def test_what_can_not_be_is_refused_before_anything_is_sent(server, where, options, path):
    """Vertex AI has no tokens, and a token makes none."""
    count = len(server.requests)

    with pytest.raises(ConfigError) as caught:
        AuthTokens.create(**{**where, **options})

    assert caught.value.path == path
    assert len(server.requests) == count


def test_a_keyword_that_is_none_is_told_the_nearest_one(where):
    """Of the method's own keywords, too."""
    with pytest.raises(ConfigError, match="^use: unknown; did you mean uses"):
        AuthTokens.create(use=3, **where)


@pytest.mark.parametrize(
    ("options", "path"),
    [({"token": None, "api_key": "auth_tokens/t"}, "api_key"), ({"api_key": None}, "GEMINI_API_KEY")],
)
def test_a_token_that_stands_for_the_key_is_named_where_it_stands(where, monkeypatch, options, path):
    """Not where another one might have stood."""
    monkeypatch.setenv("GEMINI_API_KEY", "auth_tokens/t")

    with pytest.raises(ConfigError, match="can't make tokens") as caught:
        AuthTokens.create(**{**where, **options})

    assert caught.value.path == path


def test_a_refused_key_is_an_api_error(where):
    """With Google's words."""
    with pytest.raises(ApiError) as caught:
        AuthTokens.create(**{**where, "api_key": "bad-key-of-somebody"})

    assert (caught.value.status, caught.value.status_name) == (400, "INVALID_ARGUMENT")
    assert "bad-key-of-somebody" not in str(caught.value)


def test_without_a_key_nothing_is_sent(where):
    """An AuthError says how to give one."""
    with pytest.raises(AuthError, match="GEMINI_API_KEY"):
        AuthTokens.create(base_url=where["base_url"])


def test_an_answer_without_a_name_is_no_token(server, where):
    """It is a protocol error, not a token that opens nothing."""
    server.fail_next(status=200, body={"uses": 1}, on="rest")

    with pytest.raises(ProtocolError, match="no name"):
        AuthTokens.create(**where)
