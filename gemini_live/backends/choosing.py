"""Which backend, and as whom: from a program's options and the environment.

An explicit option wins over the environment.  Which variables, and which of two wins, is as in Google's own clients:
https://googleapis.github.io/python-genai/#create-a-client.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from .._logging import get_logger
from ..exceptions import AuthError, ConfigError
from ..types import AuthToken
from ..types.tokens import TOKEN_PREFIX
from .base import Backend, check_header
from .credential_files import read_credentials
from .credentials import ApiKey, Credentials, GivenToken, NoCredentials, is_visible
from .developer import ALPHA_VERSION, DEFAULT_API_VERSION, DEFAULT_BASE_URL, DeveloperBackend
from .google_credentials import GoogleCredentials
from .network import Network
from .urls import parse_base_url
from .vertex import DEFAULT_API_VERSION as VERTEX_API_VERSION
from .vertex import DEFAULT_LOCATION, VertexBackend

WHERE_OPTIONS = (
    "auth", "api_key", "token", "credentials", "access_token", "project_id", "location", "api_version", "base_url",
    "headers", "proxy", "ssl_context",
)  # fmt: skip
KEY_VARIABLES = ("GOOGLE_API_KEY", "GEMINI_API_KEY")
SWITCHES = ("GOOGLE_GENAI_USE_ENTERPRISE", "GOOGLE_GENAI_USE_VERTEXAI")
"""Variables that choose Vertex AI; the first that is set decides."""
_VERTEX = ("project_id", "location", "credentials", "access_token")
"""Options that mean Vertex AI where ``auth`` is not given."""
_WHO = ("api_key", "token", "credentials", "access_token")
_log = get_logger("backends")


def make_backend(options: Mapping[str, Any], network: Network) -> Backend:
    """Return the backend that the options mean.  Opens no connection.

    Args:
        options: any of :data:`WHERE_OPTIONS`; ``None`` counts as absent, and what is no such option is passed over.
        network: what :func:`~.network.read_network` made of them: how token servers are reached.

    Raises:
        ConfigError: one of them is wrong, or they contradict each other.
        AuthError: there are no credentials.
    """
    options = {name: value for name, value in options.items() if value is not None}
    several = [name for name in _WHO if name in options]
    if len(several) > 1:
        raise ConfigError(f"can't stand beside {several[1]}; give one of them", path=several[0])
    return _vertex(options, network) if wants_vertex(options) else _gemini(options, network)


def wants_vertex(options: Mapping[str, Any]) -> bool:
    """Whether the options and the environment mean Vertex AI; needs no credentials.

    Args:
        options: as for :func:`make_backend`, without any that is ``None``.

    Raises:
        ConfigError: ``auth`` is none.
    """
    auth = options.get("auth")
    if auth is not None:
        if auth not in ("gemini", "vertex_ai"):
            raise ConfigError(f"must be 'gemini' or 'vertex_ai', not {auth!r}", path="auth")
        return bool(auth == "vertex_ai")
    if any(name in options for name in _VERTEX):
        return True
    if "token" in options or _is_token(options.get("api_key")):
        return False
    for switch in SWITCHES:
        if _variable(switch):
            return _variable(switch).lower() in ("true", "1")
    has_key = "api_key" in options or any(_variable(name) for name in KEY_VARIABLES)
    return not has_key and not _carries_credentials(options.get("headers")) and bool(_variable("GOOGLE_CLOUD_PROJECT"))


def _gemini(options: Mapping[str, Any], network: Network) -> DeveloperBackend:
    for name in ("project_id", "location"):
        if name in options:
            raise ConfigError('is for Vertex AI; leave it out, or use auth="vertex_ai"', path=name)
    headers = _headers(options)
    credentials = _given_credentials(options, network) or _gemini_credentials(headers)
    ephemeral = isinstance(credentials, GivenToken) and credentials.is_ephemeral
    version = _api_version(options, ALPHA_VERSION if ephemeral else DEFAULT_API_VERSION)
    if ephemeral and version != ALPHA_VERSION:
        _log.warning("ephemeral tokens are documented for %s only, not for %s", ALPHA_VERSION, version)
    return DeveloperBackend(
        credentials=credentials,
        base_url=_base_url(options, "GOOGLE_GEMINI_BASE_URL") or DEFAULT_BASE_URL,
        api_version=version,
        headers=headers,
    )


def _gemini_credentials(headers: Mapping[str, str]) -> Credentials:
    """Return the credentials of a program that gives none."""
    if _carries_credentials(headers):
        return NoCredentials()
    key = _key_of_environment()
    if key is None:
        raise AuthError("no API key: give api_key=… or set GEMINI_API_KEY (https://aistudio.google.com/apikey)")
    return key


def _vertex(options: Mapping[str, Any], network: Network) -> VertexBackend:
    if "token" in options:
        raise ConfigError("is for the Gemini API; Vertex AI has no ephemeral tokens", path="token")
    headers = _headers(options)
    base_url = _base_url(options, "GOOGLE_VERTEX_BASE_URL")
    is_gateway = _is_gateway(base_url)
    project, location = _place(options)
    credentials = _given_credentials(options, network)
    if isinstance(credentials, GivenToken) and credentials.is_ephemeral:
        raise ConfigError("is an ephemeral token, which Vertex AI does not have", path="api_key")
    if credentials is None:
        credentials = _vertex_credentials(headers, network, project, location, is_gateway=is_gateway)
    if project is None and isinstance(credentials, GoogleCredentials):
        project = credentials.project_id
    nameless = isinstance(credentials, ApiKey) or (isinstance(credentials, NoCredentials) and is_gateway)
    if project is None and not nameless:
        raise ConfigError("is required on Vertex AI (or set GOOGLE_CLOUD_PROJECT)", path="project_id")
    return VertexBackend(
        project=project,
        location=location or (DEFAULT_LOCATION if project else None),
        credentials=credentials,
        base_url=base_url,
        api_version=_api_version(options, VERTEX_API_VERSION),
        headers=headers,
    )


def _place(options: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return project and location; the environment's do not count beside an explicit key, which has its own project."""
    alone = "api_key" in options
    return (
        _identifier(options, "project_id", "" if alone else "GOOGLE_CLOUD_PROJECT"),
        _identifier(options, "location", "" if alone else "GOOGLE_CLOUD_LOCATION"),
    )


def _vertex_credentials(
    headers: Mapping[str, str], network: Network, project: str | None, location: str | None, *, is_gateway: bool
) -> Credentials:
    """Return the credentials of a program that gives none.

    What the environment knows of a project wins over a key of the environment.  A gateway that is no Google's, at which
    nothing else says who is calling, is not handed the machine's own credentials.
    """
    if _carries_credentials(headers):
        return NoCredentials()
    key = None if project or location else _key_of_environment()
    if isinstance(key, ApiKey):
        return key
    if is_gateway and project is None:
        return NoCredentials()
    return GoogleCredentials(network=network)


def _is_gateway(base_url: str) -> bool:
    """Whether a base URL is somebody's own endpoint and none of Google's."""
    return bool(base_url) and not (urlsplit(base_url).hostname or "").endswith(".googleapis.com")


def _given_credentials(options: Mapping[str, Any], network: Network) -> Credentials | None:
    """Return what the program itself gives, if it gives anything."""
    if "api_key" in options:
        return _key(options["api_key"], "api_key")
    if "token" in options:
        return _token(options["token"], "token", "Token")
    if "access_token" in options:
        return _token(options["access_token"], "access_token", "Bearer")
    if "credentials" in options:
        return GoogleCredentials(read_credentials(options["credentials"]), network=network)
    return None


def _key(value: Any, path: str) -> Credentials:
    """Return a key as credentials; one that is an ephemeral token is treated as one."""
    if isinstance(value, AuthToken):
        return _token(value, path, "Token")
    if not isinstance(value, str):
        raise ConfigError(f"must be a string, not {type(value).__name__}", path=path)
    key = value.strip()
    if not key:
        raise AuthError(f"no API key: {path} is empty")
    if not is_visible(key):
        raise ConfigError("holds blanks, line breaks or characters that no key has", path=path)
    return _token(key, path, "Token") if _is_token(key) else ApiKey(key)


def _token(value: Any, path: str, scheme: str) -> GivenToken:
    if isinstance(value, AuthToken) and scheme == "Token":
        visible = value.name is not None and is_visible(value.name)
    else:
        visible = callable(value) or (isinstance(value, str) and is_visible(value.strip()))
    if not visible:
        raise ConfigError("must be a token without blanks, or a function that returns one", path=path)
    return GivenToken(path, scheme, value)


def _key_of_environment() -> Credentials | None:
    for name in KEY_VARIABLES:
        if _variable(name):
            return _key(_variable(name), name)
    return None


def _is_token(key: Any) -> bool:
    return isinstance(key, AuthToken) or (isinstance(key, str) and key.strip().startswith(TOKEN_PREFIX))


def _variable(name: str) -> str:
    return os.environ.get(name, "").strip()


def _carries_credentials(headers: Any) -> bool:
    """Whether the user's own headers say who is calling."""
    return isinstance(headers, Mapping) and any(
        isinstance(name, str) and name.lower() in ("authorization", "x-goog-api-key") for name in headers
    )


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


def _identifier(options: Mapping[str, Any], name: str, variable: str) -> str | None:
    """Return a project or a location, from the option or the environment."""
    source, value = (name, options[name]) if name in options else (variable, _variable(variable) if variable else None)
    if not value and source == variable:
        return None
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9][a-z0-9.:-]*", value):
        raise ConfigError("must be letters in lower case, digits and hyphens", path=source)
    return value


def _base_url(options: Mapping[str, Any], variable: str) -> str:
    if "base_url" in options:
        return parse_base_url(options["base_url"])
    value = _variable(variable)
    return parse_base_url(value, path=variable) if value else ""
