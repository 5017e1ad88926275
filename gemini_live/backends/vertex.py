"""Vertex AI with an OAuth access token: https://cloud.google.com/vertex-ai/generative-ai/docs/live-api."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from ..exceptions import AuthError
from ..profiles import profile_of
from ..types import GenerationConfig, Setup
from ..types.names import vertex_model_name
from .base import Endpoint, merge_headers, secret_headers, standard_headers

DEFAULT_API_VERSION = "v1beta1"
DEFAULT_LOCATION = "us-central1"
_MULTI_REGIONS = frozenset({"us", "eu"})


def host_of(location: str) -> str:
    """Return the host that serves a location: a region, ``global``, ``us`` or ``eu``."""
    if location == "global":
        return "aiplatform.googleapis.com"
    if location in _MULTI_REGIONS:
        return f"aiplatform.{location}.rep.googleapis.com"
    return f"{location}-aiplatform.googleapis.com"


@attrs.frozen(kw_only=True)
class VertexBackend:
    """Connects to Vertex AI.  The token is asked for at every connect, so one that has expired is never used.

    Attributes:
        project: the project's id.
        location: the region, ``"global"``, ``"us"`` or ``"eu"``.
        access_token: the token, or a function that returns one; it runs on the dial thread and may block.
        base_url: as :func:`parse_base_url` returns it; empty for the location's own host.
        api_version: the version in the service's name.
        headers: the user's own; an ``authorization`` among them takes the token's place.
    """

    name = "vertex_ai"
    project: str
    location: str = DEFAULT_LOCATION
    access_token: str | Callable[[], str] = attrs.field(default="", repr=lambda _: "<token>")
    base_url: str = ""
    api_version: str = DEFAULT_API_VERSION
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=lambda headers: f"<{', '.join(sorted(headers))}>")

    def model_path(self, model: str) -> str:
        """Return the full name that the setup wants."""
        return vertex_model_name(model, self.project, self.location)

    def complete(self, setup: Setup) -> Setup:
        """Return the setup with the kind of answer that its model gives, unless it says otherwise: here it must."""
        config = setup.generation_config or GenerationConfig()
        if config.response_modalities is not None:
            return setup
        modality = profile_of(setup.model or "").default_modality
        return attrs.evolve(setup, generation_config=attrs.evolve(config, response_modalities=(modality,)))

    def endpoint(self) -> Endpoint:
        """Return where to connect, with a token fetched now.

        Raises:
            AuthError: the function that gives the token raised, or gave none.
        """
        service = f"google.cloud.aiplatform.{self.api_version}.LlmBidiService/BidiGenerateContent"
        base = self.base_url or f"wss://{host_of(self.location)}"
        token = self._token()
        credentials = {"authorization": f"Bearer {token}"} if token else {}
        headers = merge_headers({**standard_headers(), **credentials}, self.headers)
        return Endpoint(f"{base}/ws/{service}", headers, secrets=(token, *self.secrets()))

    def _token(self) -> str:
        if any(name.lower() == "authorization" for name in self.headers):
            return ""
        token = self.access_token
        if callable(token):
            try:
                token = token()
            except Exception as error:
                raise AuthError(
                    f"access_token raised {type(error).__name__}: no token, so nothing was dialled"
                ) from error
        if not isinstance(token, str) or not token:
            raise AuthError("access_token gave no token, so nothing was dialled")
        return token

    def secrets(self) -> tuple[str, ...]:
        """Return the token, if it is a fixed one, and what the user's own headers hold."""
        fixed = (self.access_token,) if isinstance(self.access_token, str) else ()
        return (*fixed, *secret_headers(self.headers))
