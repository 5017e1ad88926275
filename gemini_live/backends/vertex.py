"""Vertex AI: https://cloud.google.com/vertex-ai/generative-ai/docs/live-api."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import attrs

from .._logging import header_names
from ..profiles import profile_of
from ..types import GenerationConfig, Setup
from ..types.names import vertex_model_name
from .base import Endpoint, header_prints, make_endpoint, secret_headers
from .credentials import Credentials
from .urls import http_url

DEFAULT_API_VERSION = "v1beta1"
DEFAULT_LOCATION = "us-central1"
_MULTI_REGIONS = frozenset({"us", "eu"})


def host_of(location: str | None) -> str:
    """Return the host that serves a location: a region, ``global``, ``us`` or ``eu``; ``None`` is everywhere."""
    if location is None or location == "global":
        return "aiplatform.googleapis.com"
    if location in _MULTI_REGIONS:
        return f"aiplatform.{location}.rep.googleapis.com"
    return f"{location}-aiplatform.googleapis.com"


@attrs.frozen(kw_only=True)
class VertexBackend:
    """Connects to Vertex AI.

    Attributes:
        project: the project's id; ``None`` where the key (express mode) or a gateway stands for it.
        location: the region, ``"global"``, ``"us"`` or ``"eu"``; ``None`` is the host without a region.
        credentials: who is calling.
        base_url: as :func:`parse_base_url` returns it; empty for the location's own host.
        api_version: the version in the service's name.
        headers: the user's own.
    """

    name = "vertex_ai"
    models_path = "publishers/google/models"
    project: str | None
    location: str | None = DEFAULT_LOCATION
    credentials: Credentials
    base_url: str = ""
    api_version: str = DEFAULT_API_VERSION
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=header_names)

    @property
    def identity(self) -> Hashable:
        """See :class:`Backend`."""
        own = header_prints(self.headers)
        return self.name, self._base, self.api_version, self.project, self.credentials.identity, own

    @property
    def _base(self) -> str:
        return self.base_url or f"wss://{host_of(self.location)}"

    def model_path(self, model: str) -> str:
        """Return the full name that the setup wants; without a project, the name from the publisher on."""
        return vertex_model_name(model, self.project, self.location if self.project else None)

    def complete(self, setup: Setup) -> Setup:
        """Return the setup with the kind of answer that its model gives, unless it says otherwise: here it must."""
        config = setup.generation_config or GenerationConfig()
        if config.response_modalities is not None:
            return setup
        modality = profile_of(setup.model or "").default_modality
        return attrs.evolve(setup, generation_config=attrs.evolve(config, response_modalities=(modality,)))

    def endpoint(self) -> Endpoint:
        """Return where to open a session."""
        service = f"google.cloud.aiplatform.{self.api_version}.LlmBidiService/BidiGenerateContent"
        return make_endpoint(f"{self._base}/ws/{service}", self.credentials, self.headers)

    def rest(self, path: str) -> Endpoint:
        """Return where a REST call goes."""
        return make_endpoint(f"{http_url(self._base)}/{self.api_version}/{path}", self.credentials, self.headers)

    def renew(self) -> bool:
        """See :class:`Backend`."""
        return self.credentials.renew()

    def secrets(self) -> tuple[str, ...]:
        """Return what is known of the credentials, and what the user's own headers hold."""
        return (*self.credentials.secrets(), *secret_headers(self.headers))
