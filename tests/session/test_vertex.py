"""Vertex AI end to end: real credentials of google-auth, a real refresh, and a server that checks the token."""

from __future__ import annotations

import json

import pytest

from gemini_live import HandshakeError, Session
from gemini_live.emulator import Emulator

from ..rest_server import Reply

TOKEN = "ya29.correct-horse-battery-staple"
MODEL = "gemini-live-2.5-flash-native-audio"


@pytest.fixture(scope="module")
def server():
    """An emulator that lets one token in."""
    with Emulator(output_speed=float("inf"), access_tokens=[TOKEN]) as running:
        yield running


def ask(server, **options):
    """Have one turn in a session and return what was said."""
    with Session.open(
        model=MODEL,
        base_url=server.base_url,
        ssl_context=server.ssl_context,
        output_audio_transcription={},
        **options,
    ) as session:
        return session.ask("Hello", timeout=10).output_transcript


def test_static_credentials_of_google_auth(server):
    """Those with a token and nothing more are used as they are."""
    from google.oauth2.credentials import Credentials

    assert ask(server, credentials=Credentials(TOKEN), project_id="project-1")
    seen = server.sessions[-1]
    assert seen.path == "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert seen.setup["model"] == f"projects/project-1/locations/us-central1/publishers/google/models/{MODEL}"


@pytest.fixture
def key_file(rest_server, tmp_path):
    """A service account's key, generated now, and a token endpoint that gives a bad token first and then the good one."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    tokens = iter(["revoked-token", TOKEN])
    endpoint = rest_server(lambda request: Reply(body={"access_token": next(tokens), "expires_in": 3600}))
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path / "key.json"
    file.write_text(
        json.dumps({
            "type": "service_account", "project_id": "project-of-the-account", "private_key_id": "1",
            "private_key": key.decode(), "client_email": "robot@project.example", "token_uri": endpoint.base_url,
        })
    )  # fmt: skip
    return file, endpoint


@pytest.mark.parametrize("by", ["option", "environment"])
def test_a_service_account_is_refreshed_and_after_a_401_once_more(server, key_file, monkeypatch, by):
    """The key file, given or found as application default, signs for a token; one that is refused is replaced."""
    file, endpoint = key_file
    if by == "option":
        options = {"credentials": file}
    else:
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
        options = {"project_id": "project-of-the-account"}

    assert ask(server, **options)

    assert [b"grant_type=" in request.body and b"assertion=" in request.body for request in endpoint.requests] == [
        True
    ] * 2
    assert "/project-of-the-account/" in server.sessions[-1].setup["model"].replace("projects", "")


def test_a_token_that_is_refused_is_a_401(server):
    """With the document of the service as the error's body."""
    with pytest.raises(HandshakeError) as caught:
        ask(server, access_token="another-token", project_id="project-1")

    assert caught.value.status == 401
    assert json.loads(caught.value.body)["error"]["status"] == "UNAUTHENTICATED"
