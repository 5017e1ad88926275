"""Which path is which method of which backend, as one table.  Pure; any thread.

Clients that join a base URL and a path by hand double the slash; the service takes that, and so does this.
"""

from __future__ import annotations

import enum
import re

import attrs

from ..types._wire import BackendName


class Method(enum.Enum):
    """What a path does."""

    LIVE = "BidiGenerateContent"
    CONSTRAINED = "BidiGenerateContentConstrained"
    MUSIC = "BidiGenerateMusic"
    LIST_MODELS = "ListModels"
    GET_MODEL = "GetModel"
    CREATE_TOKEN = "CreateToken"  # noqa: S105 - a method's name


SOCKETS = frozenset({Method.LIVE, Method.CONSTRAINED, Method.MUSIC})
"""The methods that are served over WebSocket, and over nothing else."""


@attrs.frozen(kw_only=True)
class Target:
    """What a request is for.

    Attributes:
        backend: whose path it is.
        method: what it does.
        version: the API version in the path.
        model: the model's id in the path, if it names one.
    """

    backend: BackendName
    method: Method
    version: str
    model: str = ""

    @property
    def socket(self) -> bool:
        """Whether it is served over WebSocket."""
        return self.method in SOCKETS


@attrs.frozen
class _Route:
    backend: BackendName
    method: Method
    verb: str
    path: re.Pattern[str]


_VERSION = "(?P<version>v[0-9a-z]+)"
_MODEL = "(?P<model>[^/:]+)"
_GEMINI_SOCKET = rf"/ws/google\.ai\.generativelanguage\.{_VERSION}\.GenerativeService"
_VERTEX_SOCKET = rf"/ws/google\.cloud\.aiplatform\.{_VERSION}\.LlmBidiService"


def _route(backend: BackendName, method: Method, verb: str, path: str) -> _Route:
    return _Route(backend, method, verb, re.compile(path))


_ROUTES = (
    _route("gemini", Method.LIVE, "GET", rf"{_GEMINI_SOCKET}\.BidiGenerateContent"),
    _route("gemini", Method.CONSTRAINED, "GET", rf"{_GEMINI_SOCKET}\.BidiGenerateContentConstrained"),
    _route("gemini", Method.MUSIC, "GET", rf"{_GEMINI_SOCKET}\.BidiGenerateMusic"),
    _route("gemini", Method.LIST_MODELS, "GET", f"/{_VERSION}/models"),
    _route("gemini", Method.GET_MODEL, "GET", f"/{_VERSION}/models/{_MODEL}"),
    _route("gemini", Method.CREATE_TOKEN, "POST", f"/{_VERSION}/auth_tokens"),
    _route("vertex_ai", Method.LIVE, "GET", f"{_VERTEX_SOCKET}/BidiGenerateContent"),
    # No other version of Vertex AI lists: v1 knows only how to get one.
    _route("vertex_ai", Method.LIST_MODELS, "GET", "/(?P<version>v1beta1)/publishers/google/models"),
    _route("vertex_ai", Method.GET_MODEL, "GET", f"/{_VERSION}/publishers/google/models/{_MODEL}"),
)


def target_of(verb: str, path: str) -> Target | None:
    """Return what a request is for, ``None`` if nothing is served there.

    Args:
        verb: the HTTP method.
        path: the path without the query, decoded; repeated slashes count as one.
    """
    path = re.sub(r"/{2,}", "/", path)
    for route in _ROUTES:
        match = route.path.fullmatch(path)
        if match is not None and verb == route.verb:
            model = match.groupdict().get("model") or ""
            return Target(backend=route.backend, method=route.method, version=match["version"], model=model)
    return None
