"""Which backend and which credentials: options, the environment, and which of two wins."""

from __future__ import annotations

import logging
import ssl

import pytest

from gemini_live._logging import Redactor
from gemini_live.backends import (
    ApiKey,
    DeveloperBackend,
    GivenToken,
    GoogleCredentials,
    Network,
    NoCredentials,
    VertexBackend,
    make_backend,
    read_network,
)
from gemini_live.exceptions import AuthError, ConfigError
from gemini_live.types import AuthToken


class OwnCredentials:
    """What google-auth's credentials have, as far as it is needed."""

    token = "static-token"
    valid = True
    project_id = "project-of-the-account"

    def refresh(self, request):
        """Never needed."""


def chosen(**options):
    """Return the kind of backend, of credentials, project and location that options mean."""
    backend = make_backend(options, Network())
    kind = {DeveloperBackend: "gemini", VertexBackend: "vertex_ai"}[type(backend)]
    assert backend.name == kind
    return (kind, type(backend.credentials), getattr(backend, "project", None), getattr(backend, "location", None))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"api_key": "k"}, ("gemini", ApiKey, None, None)),
        ({"token": "auth_tokens/t"}, ("gemini", GivenToken, None, None)),
        ({"token": AuthToken(name="auth_tokens/t")}, ("gemini", GivenToken, None, None)),
        ({"token": lambda: "auth_tokens/t"}, ("gemini", GivenToken, None, None)),
        ({"headers": {"Authorization": "Bearer mine"}}, ("gemini", NoCredentials, None, None)),
        ({"auth": "gemini", "access_token": "ya29.t"}, ("gemini", GivenToken, None, None)),
        ({"auth": "gemini", "credentials": OwnCredentials()}, ("gemini", GoogleCredentials, None, None)),
        ({"project_id": "p"}, ("vertex_ai", GoogleCredentials, "p", "us-central1")),
        ({"project_id": "p", "location": "global"}, ("vertex_ai", GoogleCredentials, "p", "global")),
        ({"project_id": "p", "access_token": "ya29.t"}, ("vertex_ai", GivenToken, "p", "us-central1")),
        ({"credentials": OwnCredentials()}, ("vertex_ai", GoogleCredentials, "project-of-the-account", "us-central1")),
        ({"credentials": OwnCredentials(), "project_id": "p"}, ("vertex_ai", GoogleCredentials, "p", "us-central1")),
        ({"auth": "vertex_ai", "api_key": "k"}, ("vertex_ai", ApiKey, None, None)),
        ({"api_key": "k", "project_id": "p"}, ("vertex_ai", ApiKey, "p", "us-central1")),
        ({"api_key": "k", "location": "eu"}, ("vertex_ai", ApiKey, None, "eu")),
        ({"project_id": "p", "headers": {"authorization": "Bearer mine"}}, ("vertex_ai", NoCredentials, "p", "us-central1")),
        ({"auth": "vertex_ai", "base_url": "https://gateway.example"}, ("vertex_ai", NoCredentials, None, None)),
        ({"auth": "vertex_ai", "project_id": "p", "base_url": "https://gateway.example"},
         ("vertex_ai", GoogleCredentials, "p", "us-central1")),
    ],
)  # fmt: skip
def test_options_decide(options, expected):
    """Without any environment: what is given says where and as whom."""
    assert chosen(**options) == expected


@pytest.mark.parametrize(
    ("environment", "options", "expected"),
    [
        ({"GEMINI_API_KEY": "k"}, {}, ("gemini", ApiKey, None, None)),
        ({"GEMINI_API_KEY": "auth_tokens/t"}, {}, ("gemini", GivenToken, None, None)),
        ({"GOOGLE_CLOUD_PROJECT": "p"}, {}, ("vertex_ai", GoogleCredentials, "p", "us-central1")),
        ({"GOOGLE_CLOUD_PROJECT": "p", "GEMINI_API_KEY": "k"}, {}, ("gemini", ApiKey, None, None)),
        ({"GOOGLE_CLOUD_PROJECT": "p"}, {"api_key": "k"}, ("gemini", ApiKey, None, None)),
        ({"GOOGLE_CLOUD_PROJECT": "p"}, {"headers": {"x-goog-api-key": "k"}}, ("gemini", NoCredentials, None, None)),
        ({"GOOGLE_GENAI_USE_VERTEXAI": "true", "GOOGLE_CLOUD_PROJECT": "p", "GOOGLE_CLOUD_LOCATION": "global"}, {},
         ("vertex_ai", GoogleCredentials, "p", "global")),
        ({"GOOGLE_GENAI_USE_VERTEXAI": "1", "GOOGLE_CLOUD_PROJECT": "p", "GOOGLE_API_KEY": "k"}, {},
         ("vertex_ai", GoogleCredentials, "p", "us-central1")),
        ({"GOOGLE_GENAI_USE_VERTEXAI": "TRUE", "GOOGLE_API_KEY": "k"}, {}, ("vertex_ai", ApiKey, None, None)),
        ({"GOOGLE_GENAI_USE_VERTEXAI": "true", "GOOGLE_CLOUD_PROJECT": "p"}, {"api_key": "k"},
         ("vertex_ai", ApiKey, None, None)),
        ({"GOOGLE_API_KEY": "k"}, {"project_id": "p"}, ("vertex_ai", GoogleCredentials, "p", "us-central1")),
        ({"GOOGLE_GENAI_USE_VERTEXAI": "true", "GEMINI_API_KEY": "k"}, {"auth": "gemini"},
         ("gemini", ApiKey, None, None)),
        ({"GOOGLE_GENAI_USE_VERTEXAI": "true"}, {"token": "auth_tokens/t"}, ("gemini", GivenToken, None, None)),
        ({"GOOGLE_GENAI_USE_ENTERPRISE": "false", "GOOGLE_GENAI_USE_VERTEXAI": "true", "GEMINI_API_KEY": "k"}, {},
         ("gemini", ApiKey, None, None)),
        ({"GOOGLE_GENAI_USE_ENTERPRISE": "true", "GOOGLE_GENAI_USE_VERTEXAI": "0", "GOOGLE_CLOUD_PROJECT": "p"}, {},
         ("vertex_ai", GoogleCredentials, "p", "us-central1")),
        ({"GOOGLE_CLOUD_PROJECT": "p", "GOOGLE_CLOUD_LOCATION": "eu"}, {"location": "us-east5"},
         ("vertex_ai", GoogleCredentials, "p", "us-east5")),
        ({"GOOGLE_CLOUD_PROJECT": "p"}, {"credentials": OwnCredentials()},
         ("vertex_ai", GoogleCredentials, "p", "us-central1")),
    ],
)  # fmt: skip
def test_the_environment_decides_what_options_leave_open(monkeypatch, environment, options, expected):
    """Each variable is below an explicit option, and the known order among themselves holds."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert chosen(**options) == expected


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"auth": "openai", "api_key": "k"}, "auth"),
        ({"api_key": "k", "token": "t"}, "api_key"),
        ({"api_key": "k", "credentials": OwnCredentials()}, "api_key"),
        ({"token": "t", "access_token": "t"}, "token"),
        ({"auth": "gemini", "api_key": "k", "project_id": "p"}, "project_id"),
        ({"auth": "gemini", "api_key": "k", "location": "eu"}, "location"),
        ({"auth": "vertex_ai", "token": "auth_tokens/t"}, "token"),
        ({"auth": "vertex_ai", "api_key": "auth_tokens/t"}, "api_key"),
        ({"auth": "vertex_ai"}, "project_id"),
        ({"access_token": "ya29.t"}, "project_id"),
        ({"auth": "vertex_ai", "base_url": "https://us-east5-aiplatform.googleapis.com"}, "project_id"),
        ({"project_id": "Project One"}, "project_id"),
        ({"project_id": "p", "location": "us/../eu"}, "location"),
        ({"token": "two words"}, "token"),
        ({"token": AuthToken()}, "token"),
        ({"token": 5}, "token"),
        ({"access_token": "", "project_id": "p"}, "access_token"),
        ({"access_token": AuthToken(name="t"), "project_id": "p"}, "access_token"),
        ({"credentials": 5}, "credentials"),
        ({"credentials": "/nowhere/key.json"}, "credentials"),
        ({"credentials": {"type": "nonsense"}}, "credentials"),
        ({"credentials": {"type": "service_account", "private_key": "no key"}}, "credentials"),
    ],
)
def test_what_can_not_be_is_refused_by_name(options, path):
    """The error names the option and never its value."""
    with pytest.raises(ConfigError) as caught:
        make_backend(options, Network())

    assert caught.value.path == path


def test_a_wrong_variable_is_named():
    """Not the option, which was not given."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOOGLE_CLOUD_PROJECT", "Not A Project")
        with pytest.raises(ConfigError, match="^GOOGLE_CLOUD_PROJECT: "):
            make_backend({"auth": "vertex_ai"}, Network())


@pytest.mark.parametrize("options", [{}, {"auth": "gemini"}, {"api_key": "  "}])
def test_without_credentials_nothing_is_made(options):
    """On the Gemini API that is known beforehand; the error says how to give some."""
    with pytest.raises(AuthError, match="api_key"):
        make_backend(options, Network())


def test_a_token_takes_the_version_that_is_documented_for_it(caplog):
    """Another one is possible and warned of."""
    assert make_backend({"token": "auth_tokens/t"}, Network()).api_version == "v1alpha"
    assert make_backend({"api_key": "k"}, Network()).api_version == "v1beta"
    assert make_backend({"project_id": "p"}, Network()).api_version == "v1beta1"
    assert caplog.records == []

    with caplog.at_level(logging.WARNING, "gemini_live"):
        assert make_backend({"token": "auth_tokens/t", "api_version": "v1beta"}, Network()).api_version == "v1beta"

    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_base_urls_of_the_environment(monkeypatch):
    """Each backend has its own, below the option."""
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "https://gemini.example")
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", "https://vertex.example/prefix")

    assert make_backend({"api_key": "k"}, Network()).endpoint().url.startswith("wss://gemini.example/ws/")
    assert (
        make_backend({"project_id": "p", "access_token": "t"}, Network())
        .endpoint()
        .url.startswith("wss://vertex.example/prefix/")
    )
    assert (
        make_backend({"api_key": "k", "base_url": "https://mine.example"}, Network()).base_url == "wss://mine.example"
    )


def test_the_network_of_options():
    """A proxy's URL, no proxy, or what the environment says; and whom to trust."""
    context = ssl.create_default_context()
    network = read_network({"proxy": "http://user:word@proxy.example:3128", "ssl_context": context})

    assert network.ssl_context is context
    assert network.proxy_to("wss://example.com").url == "http://user:word@proxy.example:3128"
    assert "word" not in repr(network)
    assert "word" in network.secrets()
    assert read_network({"proxy": False}).proxy_to("wss://example.com") is None


def test_the_network_of_the_environment(monkeypatch):
    """It is asked at each connect, and an explicit option wins."""
    monkeypatch.setenv("HTTPS_PROXY", "http://of-the-environment:3128")
    network = read_network({})

    assert network.proxy_to("wss://example.com").host == "of-the-environment"
    assert read_network({"proxy": "http://mine:1"}).proxy_to("wss://example.com").host == "mine"
    monkeypatch.setenv("NO_PROXY", "example.com")
    assert network.proxy_to("wss://example.com") is None


@pytest.mark.parametrize("source", ["option", "environment"])
def test_a_proxy_that_is_named_has_its_password_redacted(monkeypatch, source):
    """Whoever asks for the way learns of its secrets in the same moment."""
    proxy = "http://user:correct-horse@proxy.example:3128"
    monkeypatch.setenv("HTTPS_PROXY", proxy if source == "environment" else "")
    network, redact = read_network({"proxy": proxy} if source == "option" else {}), Redactor()

    network.proxy_to("wss://example.com", redact)

    assert redact("it was correct-horse") == "it was [redacted]"


@pytest.mark.parametrize(
    ("options", "path"), [({"proxy": 5}, "proxy"), ({"proxy": True}, "proxy"), ({"ssl_context": 5}, "ssl_context")]
)
def test_a_wrong_network_is_refused(options, path):
    """By the option's name."""
    with pytest.raises(ConfigError) as caught:
        read_network(options)

    assert caught.value.path == path
