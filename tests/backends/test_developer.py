"""The Gemini API: the URL, the headers, and credentials that are never seen."""

from __future__ import annotations

import pytest

from gemini_live.backends import ApiKey, Backend, DeveloperBackend, GivenToken, NoCredentials, parse_base_url
from gemini_live.exceptions import ConfigError

KEY = "correct-horse-battery"
SERVICE = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"


def test_the_default_endpoint_is_googles_over_tls():
    """The service's own address and method, nothing else in the URL."""
    endpoint = DeveloperBackend(credentials=ApiKey(KEY)).endpoint()

    assert endpoint.url == "wss://generativelanguage.googleapis.com" + SERVICE


@pytest.mark.parametrize(
    ("base_url", "url"),
    [("https://localhost:9801", "wss://localhost:9801"), ("https://example.com/prefix/", "wss://example.com/prefix"),
     ("http://[::1]:80/", "ws://[::1]:80")],
)  # fmt: skip
def test_the_service_path_is_added_to_a_base_url(base_url, url):
    """A prefix stays in front of the service's own path, with one slash between them."""
    endpoint = DeveloperBackend(credentials=ApiKey(KEY), base_url=parse_base_url(base_url)).endpoint()

    assert endpoint.url == url + SERVICE


def test_the_version_is_part_of_the_method():
    """Another version is another service name."""
    assert (
        ".v1alpha.GenerativeService" in DeveloperBackend(credentials=ApiKey(KEY), api_version="v1alpha").endpoint().url
    )


def test_the_key_travels_in_a_header_and_is_seen_nowhere_else():
    """Not in the URL, where logs would keep it, and not in a repr."""
    backend = DeveloperBackend(credentials=ApiKey(KEY), headers={"Authorization": "Bearer staple"})
    endpoint = backend.endpoint()

    assert endpoint.headers["x-goog-api-key"] == KEY
    assert KEY not in endpoint.url
    for shown in (repr(backend), repr(endpoint), str(backend)):
        assert KEY not in shown
        assert "staple" not in shown
    assert set(backend.secrets()) == {KEY, "Bearer staple", "staple"}


@pytest.mark.parametrize("name", ["x-goog-api-key", "X-Goog-Api-Key", "X-GOOG-API-KEY"])
def test_a_key_in_the_users_own_headers_wins(name):
    """Exactly one key goes out."""
    headers = DeveloperBackend(credentials=ApiKey(KEY), headers={name: "theirs"}).endpoint().headers

    assert [value for key, value in headers.items() if key.lower() == "x-goog-api-key"] == ["theirs"]


def test_without_a_key_no_key_is_sent():
    """Where the user's headers carry the credentials, an empty key is not sent beside them."""
    headers = DeveloperBackend(credentials=NoCredentials(), headers={"Authorization": "Token t"}).endpoint().headers

    assert "x-goog-api-key" not in headers
    assert headers["Authorization"] == "Token t"


@pytest.mark.parametrize(
    ("model", "path"),
    [("gemini-3.8-live", "models/gemini-3.8-live"), ("models/m1", "models/m1"), ("tunedModels/t1", "tunedModels/t1")],
)
def test_a_model_is_named_by_its_path(model, path):
    """A bare name gets its prefix; a path stays."""
    assert DeveloperBackend(credentials=ApiKey(KEY)).model_path(model) == path


@pytest.mark.parametrize("model", ["projects/p/locations/l/publishers/google/models/m1", "publishers/google/models/m1"])
def test_a_vertex_name_is_refused(model):
    """It could not be found here, and the error says what would be right."""
    with pytest.raises(ConfigError, match="Vertex AI") as caught:
        DeveloperBackend(credentials=ApiKey(KEY)).model_path(model)

    assert caught.value.path == "model"


def test_it_is_a_backend():
    """It offers what the session needs of one."""
    backend: Backend = DeveloperBackend(credentials=ApiKey(KEY))

    assert backend.name == "gemini"


def test_an_ephemeral_token_goes_to_the_constrained_method():
    """With the scheme of its own, and no key beside it."""
    endpoint = DeveloperBackend(credentials=GivenToken("token", "Token", "auth_tokens/abc")).endpoint()

    assert endpoint.url.endswith(".GenerativeService.BidiGenerateContentConstrained")
    assert endpoint.headers["authorization"] == "Token auth_tokens/abc"
    assert "x-goog-api-key" not in endpoint.headers


def test_a_rest_call_goes_to_the_same_host():
    """The version is a part of the path there, and the scheme is that of HTTP."""
    backend = DeveloperBackend(credentials=ApiKey(KEY), base_url="ws://localhost:1/prefix", api_version="v1alpha")

    assert backend.rest("models").url == "http://localhost:1/prefix/v1alpha/models"
    assert backend.rest("models").headers["x-goog-api-key"] == KEY
