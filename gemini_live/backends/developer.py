"""The Gemini Developer API.

https://ai.google.dev/api/live
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import attrs

from .._logging import header_names
from ..types import Setup
from ..types.names import gemini_model_name
from .base import Endpoint, header_prints, make_endpoint, secret_headers
from .credentials import Credentials, GivenToken
from .urls import http_url

DEFAULT_BASE_URL = "wss://generativelanguage.googleapis.com"
DEFAULT_API_VERSION = "v1beta"
ALPHA_VERSION = "v1alpha"


@attrs.frozen(kw_only=True)
class DeveloperBackend:
    """Connects to the Gemini API.

    Attributes:
        credentials: who is calling; an ephemeral token goes to a method of its own.
        base_url: as :func:`parse_base_url` returns it.
        api_version: the version in the service's name.
        headers: the user's own.
    """

    name = "gemini"
    models_path = "models"
    credentials: Credentials
    base_url: str = DEFAULT_BASE_URL
    api_version: str = DEFAULT_API_VERSION
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=header_names)

    @property
    def takes_tokens(self) -> bool:
        """Whether it calls with an ephemeral token."""
        return isinstance(self.credentials, GivenToken) and self.credentials.is_ephemeral

    @property
    def identity(self) -> Hashable:
        """See :class:`Backend`."""
        own = header_prints(self.headers)
        return self.name, self.base_url, self.api_version, self.credentials.identity, own

    def model_path(self, model: str) -> str:
        """Return ``models/…``; a tuned model's name stays as it is, a Vertex name is refused."""
        return gemini_model_name(model)

    def complete(self, setup: Setup) -> Setup:
        """Return the setup as it is."""
        return setup

    def endpoint(self) -> Endpoint:
        """Return where to open a session."""
        return self._socket("BidiGenerateContentConstrained" if self.takes_tokens else "BidiGenerateContent")

    def music_endpoint(self) -> Endpoint:
        """Return where to open a music session, which no other backend offers."""
        return self._socket("BidiGenerateMusic")

    def _socket(self, method: str) -> Endpoint:
        service = f"google.ai.generativelanguage.{self.api_version}.GenerativeService.{method}"
        return make_endpoint(f"{self.base_url}/ws/{service}", self.credentials, self.headers)

    def rest(self, path: str) -> Endpoint:
        """Return where a REST call goes."""
        url = f"{http_url(self.base_url)}/{self.api_version}/{path}"
        return make_endpoint(url, self.credentials, self.headers)

    def renew(self) -> bool:
        """See :class:`Backend`."""
        return self.credentials.renew()

    def secrets(self) -> tuple[str, ...]:
        """Return the key or token, and what the user's own headers hold."""
        return (*self.credentials.secrets(), *secret_headers(self.headers))
