"""What holds for every backend with every kind of credentials."""

from __future__ import annotations

import pytest

from gemini_live import __version__
from gemini_live.backends import Backend, Network, make_backend
from gemini_live.types import Setup

from .test_choosing import OwnCredentials

SECRET = "correct-horse-battery-staple"


class SecretCredentials(OwnCredentials):
    """Credentials whose token must not be seen."""

    token = SECRET


BACKENDS = {
    "key": {"api_key": SECRET},
    "token": {"token": f"auth_tokens/{SECRET}"},
    "token function": {"token": lambda: f"auth_tokens/{SECRET}"},
    "OAuth on Gemini": {"auth": "gemini", "access_token": SECRET},
    "own headers": {"headers": {"Authorization": f"Bearer {SECRET}"}},
    "google-auth": {"credentials": SecretCredentials()},
    "access token": {"project_id": "p", "access_token": SECRET},
    "access token function": {"project_id": "p", "access_token": lambda: SECRET},
    "express": {"auth": "vertex_ai", "api_key": SECRET},
    "gateway": {"auth": "vertex_ai", "base_url": "https://gateway.example", "headers": {"x-gateway-token": SECRET}},
}


@pytest.fixture(params=BACKENDS.values(), ids=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Backend:
    """Each backend in turn."""
    return make_backend(request.param, Network())


def test_nothing_shows_the_secret(backend):
    """Not the URL, no repr; and everything that goes out is known as a secret."""
    for endpoint in (backend.endpoint(), backend.rest(backend.models_path)):
        shown = f"{backend!r} {backend} {endpoint!r} {endpoint.url} {backend.identity!r}"
        assert SECRET not in shown
        assert any(SECRET in secret for secret in endpoint.secrets)
        assert any(SECRET in value for value in endpoint.headers.values())


def test_every_request_says_who_made_it(backend):
    """The user agent and Google's own header name this library, and content is JSON."""
    for endpoint in (backend.endpoint(), backend.rest("models")):
        assert endpoint.headers["user-agent"].startswith(f"gemini-live/{__version__} gl-python/3.")
        assert endpoint.headers["x-goog-api-client"] == endpoint.headers["user-agent"]
        assert endpoint.headers["content-type"] == "application/json"


def test_urls_are_whole_and_bare(backend):
    """Encrypted, one slash between the parts, the version in it, and no query."""
    live, rest = backend.endpoint().url, backend.rest(backend.models_path).url

    assert live.startswith("wss://")
    assert rest.startswith("https://")
    assert rest.endswith(f"/{backend.api_version}/{backend.models_path}")
    assert f".{backend.api_version}." in live
    for url in (live, rest):
        assert "//" not in url.partition("://")[2]
        assert "?" not in url


def test_the_user_s_header_wins(backend):
    """Whatever its spelling, and only one of that name goes out."""
    changed = make_backend({
        "auth": backend.name, "base_url": "https://example.com", "api_key": "k",
        "headers": {"User-Agent": "mine", "X-GOOG-API-KEY": "mine"},
    }, Network())  # fmt: skip
    headers = changed.endpoint().headers

    assert [value for name, value in headers.items() if name.lower() == "user-agent"] == ["mine"]
    assert [value for name, value in headers.items() if name.lower() == "x-goog-api-key"] == ["mine"]


def test_a_model_gets_its_full_name(backend):
    """And a full name stays."""
    path = backend.model_path("some-model")

    assert path.endswith("models/some-model")
    assert backend.model_path(path) == path if not path.startswith("publishers/") else True


def test_a_setup_is_completed_once(backend):
    """What is added once is not added again."""
    setup = backend.complete(Setup(model=backend.model_path("gemini-3.8-live")))

    assert backend.complete(setup) == setup


def test_the_identity_is_stable(backend):
    """The same for the same options, and it can stand as a key of a cache."""
    assert hash(backend.identity) == hash(backend.identity)
    assert backend.identity == backend.identity


@pytest.mark.parametrize("options", BACKENDS.values(), ids=BACKENDS)
def test_the_user_s_headers_are_a_part_of_the_identity(options):
    """They may say who is calling; their names have no case."""

    def identity(**headers):
        return make_backend({**options, "headers": {**options.get("headers", {}), **headers}}, Network()).identity

    assert identity(who="me") == identity(WHO="me") != identity(who="you")
    assert identity(who="me") != identity()


def test_asking_for_other_credentials_never_raises(backend):
    """It says whether there may be any."""
    assert backend.renew() in (True, False)
    assert any(SECRET in value for value in backend.endpoint().headers.values())
