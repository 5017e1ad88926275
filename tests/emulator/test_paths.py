"""Which path is which method of which backend."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_live.emulator.paths import Method, target_of

GEMINI = "/ws/google.ai.generativelanguage.{version}.GenerativeService.BidiGenerateContent"
MUSIC = "/ws/google.ai.generativelanguage.{version}.GenerativeService.BidiGenerateMusic"
VERTEX = "/ws/google.cloud.aiplatform.{version}.LlmBidiService/BidiGenerateContent"


@pytest.mark.parametrize(
    ("verb", "path", "backend", "method", "model"),
    [
        ("GET", GEMINI, "gemini", Method.LIVE, ""),
        ("GET", GEMINI + "Constrained", "gemini", Method.CONSTRAINED, ""),
        ("GET", MUSIC, "gemini", Method.MUSIC, ""),
        ("GET", VERTEX, "vertex_ai", Method.LIVE, ""),
        ("GET", "/{version}/models", "gemini", Method.LIST_MODELS, ""),
        ("GET", "/{version}/models/m-1.5@002", "gemini", Method.GET_MODEL, "m-1.5@002"),
        ("POST", "/{version}/auth_tokens", "gemini", Method.CREATE_TOKEN, ""),
        ("GET", "/{version}/publishers/google/models/m", "vertex_ai", Method.GET_MODEL, "m"),
    ],
)
def test_any_version_and_repeated_slashes_are_accepted(verb, path, backend, method, model):
    """A path may name any version; repeated slashes count as one."""
    for version, slashes in itertools.product(["v1", "v1alpha", "v1beta", "v1beta1"], ["/", "//", "///"]):
        target = target_of(verb, path.format(version=version).replace("/", slashes))
        assert (target.backend, target.method, target.version, target.model) == (backend, method, version, model)
        assert target.socket == ("/ws/" in path)


def test_only_one_version_of_vertex_ai_lists():
    """The other versions have nothing to list with."""
    assert target_of("GET", "/v1beta1/publishers/google/models").method is Method.LIST_MODELS
    assert target_of("GET", "/v1/publishers/google/models") is None


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("GET", "/"),
        ("GET", "/ws"),
        ("GET", "/models"),
        ("GET", "/v1/models/"),
        ("GET", "/v1/models/m:generateContent"),
        ("GET", "/v1/publishers/other/models/m"),
        ("POST", "/v1alpha/authTokens"),
        ("GET", "/v1alpha/auth_tokens"),
        ("POST", "/v1/models"),
        ("POST", GEMINI.format(version="v1")),
        ("GET", GEMINI.format(version="v1") + "Nonsense"),
        ("GET", GEMINI.format(version="v1").replace("Service.Bidi", "Service/Bidi")),
        ("GET", VERTEX.format(version="v1") + "Constrained"),
        ("GET", VERTEX.format(version="v1").replace("Content", "Music")),
        ("GET", VERTEX.format(version="v1").replace("Service/Bidi", "Service.Bidi")),
    ],
)
def test_nothing_is_served_elsewhere(verb, path):
    """Other paths, and other HTTP methods on these, are none."""
    assert target_of(verb, path) is None


@given(st.text(), st.text())
def test_any_path_is_one_or_none(verb, path):
    """Whatever a stranger asks for has an answer."""
    target = target_of(verb, path)
    assert target is None or target.version
