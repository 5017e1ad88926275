"""Vertex AI: its hosts, its names, its token."""

from __future__ import annotations

import pytest

from gemini_live.backends import ApiKey, GivenToken, NoCredentials, VertexBackend
from gemini_live.exceptions import ConfigError
from gemini_live.types import GenerationConfig, Modality, Setup

TOKEN = "ya29.correct-horse-battery-staple"
BEARER = GivenToken("access_token", "Bearer", TOKEN)


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("us-central1", "us-central1-aiplatform.googleapis.com"),
        ("europe-west4", "europe-west4-aiplatform.googleapis.com"),
        ("global", "aiplatform.googleapis.com"),
        ("us", "aiplatform.us.rep.googleapis.com"),
        ("eu", "aiplatform.eu.rep.googleapis.com"),
    ],
)
def test_every_location_has_its_host(location, host):
    """Regions, multi-regions and global are served by different hosts; project and location are not in the URL."""
    endpoint = VertexBackend(project="p", location=location, credentials=BEARER).endpoint()

    assert endpoint.url == f"wss://{host}/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"


def test_the_token_is_in_a_header_and_nowhere_else():
    """No URL and no repr shows it, and it is known as a secret."""
    backend = VertexBackend(project="p", credentials=BEARER)
    endpoint = backend.endpoint()

    assert endpoint.headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN in endpoint.secrets
    assert TOKEN not in f"{backend!r} {endpoint!r} {endpoint.url}"


def test_a_header_of_one_s_own_takes_the_token_s_place():
    """A gateway's Authorization wins, whatever its spelling."""
    backend = VertexBackend(project="p", credentials=BEARER, headers={"Authorization": "Bearer mine"})

    assert backend.endpoint().headers["Authorization"] == "Bearer mine"
    assert "authorization" not in backend.endpoint().headers


def test_express_mode_has_a_key_and_no_place():
    """The host has no region then, and the model's name no project."""
    backend = VertexBackend(project=None, location=None, credentials=ApiKey("a-vertex-key"))

    assert backend.endpoint().url.startswith("wss://aiplatform.googleapis.com/ws/")
    assert backend.endpoint().headers["x-goog-api-key"] == "a-vertex-key"
    assert backend.model_path("m1") == "publishers/google/models/m1"


def test_a_gateway_without_a_project_gets_the_publisher_s_name():
    """Nothing of ours is sent there but the labels."""
    backend = VertexBackend(project=None, credentials=NoCredentials(), base_url="wss://gateway.example/x")

    assert backend.model_path("m1") == "publishers/google/models/m1"
    assert backend.endpoint().url.startswith("wss://gateway.example/x/ws/google.cloud.aiplatform.v1beta1.")
    assert not {"authorization", "x-goog-api-key"} & set(backend.endpoint().headers)


def test_a_rest_call_goes_to_the_location_s_host():
    """Where sessions are opened, models are listed."""
    backend = VertexBackend(project="p", location="europe-west4", credentials=BEARER)

    assert backend.rest(backend.models_path).url == (
        "https://europe-west4-aiplatform.googleapis.com/v1beta1/publishers/google/models"
    )


def test_model_names_are_completed():
    """A bare name gets the project and the location; what can't be one is refused."""
    backend = VertexBackend(project="p", location="us-east5", credentials=BEARER)

    assert backend.model_path("m1") == "projects/p/locations/us-east5/publishers/google/models/m1"
    assert backend.model_path("projects/q/locations/l/publishers/google/models/m1").startswith("projects/q/")
    with pytest.raises(ConfigError):
        backend.model_path("a?b")


@pytest.mark.parametrize(
    ("model", "modality"),
    [("gemini-live-2.5-flash-native-audio", "AUDIO"), ("gemini-3.5-transcribe-live-preview", "TEXT")],
)
def test_the_kind_of_answer_is_always_said(model, modality):
    """Here it is no default, so a setup that says nothing gets what its model gives; one that says something keeps it."""
    backend = VertexBackend(project="p", credentials=BEARER)
    setup = Setup(model=backend.model_path(model))

    assert backend.complete(setup).generation_config.response_modalities == (Modality(modality),)
    own = Setup(model=setup.model, generation_config=GenerationConfig(response_modalities=(Modality.VIDEO,)))
    assert backend.complete(own) is own
