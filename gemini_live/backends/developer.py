"""The Gemini Developer API with an API key.

https://ai.google.dev/api/live
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from ..types import Setup
from ..types.names import gemini_model_name
from .base import Endpoint, merge_headers, secret_headers, standard_headers

DEFAULT_BASE_URL = "wss://generativelanguage.googleapis.com"
DEFAULT_API_VERSION = "v1beta"
ALPHA_VERSION = "v1alpha"


@attrs.frozen(kw_only=True)
class DeveloperBackend:
    """Connects to the Gemini API.  The key travels in a header, never in the URL, where logs would keep it.

    Attributes:
        api_key: the key; empty if the user's own headers carry the credentials.
        base_url: as :func:`parse_base_url` returns it.
        api_version: the version in the service's name.
        headers: the user's own.
    """

    name = "gemini"
    api_key: str = attrs.field(repr=lambda _: "<key>")
    base_url: str = DEFAULT_BASE_URL
    api_version: str = DEFAULT_API_VERSION
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=lambda headers: f"<{', '.join(sorted(headers))}>")

    def model_path(self, model: str) -> str:
        """Return ``models/…``; a tuned model's name stays as it is, a Vertex name is refused."""
        return gemini_model_name(model)

    def complete(self, setup: Setup) -> Setup:
        """Return the setup as it is."""
        return setup

    def endpoint(self) -> Endpoint:
        """Return where to connect."""
        service = f"google.ai.generativelanguage.{self.api_version}.GenerativeService.BidiGenerateContent"
        credentials = {"x-goog-api-key": self.api_key} if self.api_key else {}
        headers = merge_headers({**standard_headers(), **credentials}, self.headers)
        return Endpoint(f"{self.base_url}/ws/{service}", headers, secrets=self.secrets())

    def secrets(self) -> tuple[str, ...]:
        """Return the key, and what the user's own headers hold."""
        return (self.api_key, *secret_headers(self.headers))
