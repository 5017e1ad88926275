"""Where to connect and as whom, from ``start_link``'s keywords and the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

import attrs

from ..backends import Backend, DeveloperBackend, VertexBackend, check_header, parse_base_url
from ..backends.developer import ALPHA_VERSION, DEFAULT_API_VERSION, DEFAULT_BASE_URL
from ..backends.vertex import DEFAULT_API_VERSION as VERTEX_API_VERSION
from ..backends.vertex import DEFAULT_LOCATION
from ..exceptions import AuthError, ConfigError
from ..protocol.preflight import needs_alpha
from ..types import Setup

WHERE_OPTIONS = (
    "auth", "api_key", "access_token", "project_id", "location", "api_version", "base_url", "headers", "ssl_context",
)  # fmt: skip
_VERTEX_ONLY = ("access_token", "project_id", "location")


def make_backend(options: Mapping[str, Any]) -> Backend:
    """Return the backend that the options mean.

    Raises:
        ConfigError: one of them is wrong, or they contradict each other.
        AuthError: there are no credentials.
    """
    auth = options.get("auth") or ("vertex_ai" if any(name in options for name in _VERTEX_ONLY) else "gemini")
    if auth == "gemini":
        return _gemini(options)
    if auth == "vertex_ai":
        return _vertex(options)
    raise ConfigError(f"must be 'gemini' or 'vertex_ai', not {auth!r}", path="auth")


def _gemini(options: Mapping[str, Any]) -> DeveloperBackend:
    for name in _VERTEX_ONLY:
        if name in options:
            raise ConfigError('is for Vertex AI; leave it out, or use auth="vertex_ai"', path=name)
    headers = _headers(options)
    return DeveloperBackend(
        api_key=_api_key(options, headers),
        base_url=_base_url(options, "GOOGLE_GEMINI_BASE_URL") or DEFAULT_BASE_URL,
        api_version=_api_version(options, DEFAULT_API_VERSION),
        headers=headers,
    )


def _vertex(options: Mapping[str, Any]) -> VertexBackend:
    if "api_key" in options:
        raise ConfigError("is for the Gemini API; Vertex AI takes access_token", path="api_key")
    headers = _headers(options)
    token = options.get("access_token")
    if token is None and not any(name.lower() == "authorization" for name in headers):
        raise AuthError("no access token: give access_token=…, a string or a function that returns one")
    if token is not None and not callable(token) and not (isinstance(token, str) and _is_visible(token)):
        raise ConfigError("must be a token without blanks, or a function that returns one", path="access_token")
    return VertexBackend(
        project=_identifier(options, "project_id", None),
        location=_identifier(options, "location", DEFAULT_LOCATION),
        access_token=token or "",
        base_url=_base_url(options, "GOOGLE_VERTEX_BASE_URL"),
        api_version=_api_version(options, VERTEX_API_VERSION),
        headers=headers,
    )


def with_needed_version(backend: Backend, setup: Setup, options: Mapping[str, Any]) -> Backend:
    """Return the backend with the API version that the setup needs, unless the program has named one."""
    if isinstance(backend, DeveloperBackend) and "api_version" not in options and needs_alpha(setup, setup.model or ""):
        return attrs.evolve(backend, api_version=ALPHA_VERSION)
    return backend


def _headers(options: Mapping[str, Any]) -> dict[str, str]:
    headers = options.get("headers", {})
    if not isinstance(headers, Mapping):
        raise ConfigError("must be a mapping of names to values", path="headers")
    for name, value in headers.items():
        check_header(name, value, path="headers")
    return dict(headers)


def _api_version(options: Mapping[str, Any], default: str) -> str:
    version = options.get("api_version", default)
    if not isinstance(version, str) or not re.fullmatch(r"v[0-9][0-9a-z]*", version):
        raise ConfigError(f"must look like {default!r}, not {version!r}", path="api_version")
    return version


def _identifier(options: Mapping[str, Any], name: str, default: str | None) -> str:
    value = options.get(name, default)
    if value is None:
        raise ConfigError("is required on Vertex AI", path=name)
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9][a-z0-9.:-]*", value):
        raise ConfigError("must be letters in lower case, digits and hyphens", path=name)
    return value


def _base_url(options: Mapping[str, Any], variable: str) -> str:
    if "base_url" in options:
        return parse_base_url(options["base_url"])
    value = os.environ.get(variable, "").strip()
    return parse_base_url(value, path=variable) if value else ""


def _is_visible(text: str) -> bool:
    return re.fullmatch(r"[\x21-\x7e]+", text) is not None


def _api_key(options: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    source, key = "api_key", options.get("api_key")
    if key is None:
        for source in ("GOOGLE_API_KEY", "GEMINI_API_KEY"):
            key = os.environ.get(source)
            if key:
                break
    if key is not None and not isinstance(key, str):
        raise ConfigError(f"must be a string, not {type(key).__name__}", path=source)
    key = (key or "").strip()
    if not key and not {"authorization", "x-goog-api-key"} & {name.lower() for name in headers}:
        raise AuthError("no API key: give api_key=… or set GEMINI_API_KEY (https://aistudio.google.com/apikey)")
    if key and not _is_visible(key):
        raise ConfigError("holds blanks, line breaks or characters that no key has", path=source)
    return key
