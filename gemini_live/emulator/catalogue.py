"""The models that the server has: listed, found by name, and taken in a setup.  Pure; any thread."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from ..exceptions import ConfigError
from ..types._wire import BackendName
from ..types.names import LIVE_METHOD, MUSIC_METHOD
from .default_models import ROWS, Entry, Row, gemini_entry, vertex_entry
from .http_errors import HttpError
from .live_names import may_be_live, methods_of
from .paging import page_of
from .paths import Method, Target
from .refusals import RefusedError, invalid_argument, model_beyond_token, unknown_model, unknown_publisher_model

PREFIXES: dict[BackendName, str] = {"gemini": "models/", "vertex_ai": "publishers/google/models/"}
_LIST_KEYS: dict[BackendName, str] = {"gemini": "models", "vertex_ai": "publisherModels"}
_VERTEX_MODEL = re.compile(r"(?:projects/[^/]+/locations/[^/]+/)?(?P<name>publishers/google/models/[^/]+)")


@attrs.frozen(kw_only=True)
class Catalogue:
    """What is listed, and which models a session can have.

    Attributes:
        gemini: the entries of the Gemini API's listing.
        vertex: the entries of Vertex AI's.
        closed: whether a session's model must be one of these; else any that sounds like a live model is taken.
        page_size: how long a page is at most.
    """

    gemini: tuple[Entry, ...]
    vertex: tuple[Entry, ...]
    closed: bool = False
    page_size: int | None = None

    def _entries(self, backend: BackendName) -> tuple[Entry, ...]:
        return self.gemini if backend == "gemini" else self.vertex

    def _find(self, backend: BackendName, name: str) -> Entry | None:
        return next((entry for entry in self._entries(backend) if entry["name"] == name), None)

    def page(self, backend: BackendName, query: Mapping[str, str]) -> dict[str, Any]:
        """Return the page of the listing that a query asks for.

        Raises:
            HttpError: the query is wrong.
        """
        page = page_of(self._entries(backend), query, self.page_size)
        document: dict[str, Any] = {_LIST_KEYS[backend]: page.entries}
        return document | ({"nextPageToken": page.next_token} if page.next_token else {})

    def entry(self, target: Target) -> Entry:
        """Return the one model that a path names.

        Raises:
            HttpError: there is none of that name.
        """
        name = PREFIXES[target.backend] + target.model
        entry = self._find(target.backend, name)
        if entry is not None:
            return entry
        if target.backend == "vertex_ai":
            raise HttpError(404, f"Publisher Model `{name}` is not found.")
        raise HttpError(404, f"Model is not found: {name} for api version {target.version}")

    def check_live(self, target: Target, model: str | None) -> None:
        """Refuse a setup without a model, and one whose model there is not or is not for the method.

        Raises:
            RefusedError: with the service's words, which are others where the caller has a token.
        """
        if target.method is Method.CONSTRAINED:
            if not model or not self._serves(target.backend, model, LIVE_METHOD):
                raise model_beyond_token()
        elif not model:
            raise invalid_argument()
        elif not self._serves(target.backend, model, _method_of(target)):
            raise _unknown(target, model)

    def live(self, backend: BackendName) -> list[str]:
        """Return the bare names of the listed models that sessions can be had with."""
        names = [entry["name"] for entry in self._entries(backend)]
        return [name.removeprefix(PREFIXES[backend]) for name in names if self._serves(backend, name, LIVE_METHOD)]

    def _serves(self, backend: BackendName, model: str, method: str) -> bool:
        """Return whether sessions of a kind can be had with a model of this full name."""
        name = model
        if backend == "vertex_ai":
            match = _VERTEX_MODEL.fullmatch(model)
            name = match["name"] if match else ""
        if not name.startswith(PREFIXES[backend]):
            return False
        if not self.closed:
            return may_be_live(name) if method == LIVE_METHOD else method in methods_of(name)
        entry = self._find(backend, name)
        if entry is None:
            return False
        if backend == "vertex_ai":  # whose entries never say
            return method in methods_of(name)
        methods = entry.get("supportedGenerationMethods")
        return method in methods if methods else method == LIVE_METHOD or method in methods_of(name)


def _method_of(target: Target) -> str:
    return MUSIC_METHOD if target.method is Method.MUSIC else LIVE_METHOD


def _unknown(target: Target, model: str) -> RefusedError:
    if target.backend == "vertex_ai":
        return unknown_publisher_model(model)
    return unknown_model(model, target.version, _method_of(target))


def catalogue_of(models: Iterable[str | Mapping[str, Any]] | None, page_size: int | None) -> Catalogue:
    """Make a catalogue of what ``Emulator(models=…, page_size=…)`` was given.

    Raises:
        ConfigError: an entry is no model, or a page would be empty.
    """
    if page_size is not None and (isinstance(page_size, bool) or not isinstance(page_size, int) or page_size < 1):
        raise ConfigError(f"must be at least 1, not {page_size!r}", path="page_size")
    if models is None:
        gemini = tuple(gemini_entry(row) for row in ROWS if row.gemini)
        vertex = tuple(vertex_entry(row) for row in ROWS if row.vertex)
        return Catalogue(gemini=gemini, vertex=vertex, page_size=page_size)
    if isinstance(models, (str, Mapping)):
        raise ConfigError("must be several models, not one", path="models")
    listed: dict[BackendName, list[Entry]] = {"gemini": [], "vertex_ai": []}
    for index, model in enumerate(models):
        for backend, entry in _entries_of(model, f"models[{index}]"):
            listed[backend].append(entry)
    return Catalogue(
        gemini=tuple(listed["gemini"]), vertex=tuple(listed["vertex_ai"]), closed=True, page_size=page_size
    )


def _entries_of(model: str | Mapping[str, Any], path: str) -> Iterable[tuple[BackendName, Entry]]:
    """Return where a model is listed, and as what: a bare name on both backends, a full one on its own."""
    name = model if isinstance(model, str) else model.get("name") if isinstance(model, Mapping) else None
    if not isinstance(name, str) or not name:
        raise ConfigError("must be a model's name, or a JSON entry with one", path=path)
    backends: list[BackendName] = [backend for backend, prefix in PREFIXES.items() if name.startswith(prefix)]
    if isinstance(model, Mapping):
        if not backends:
            raise ConfigError(f"must begin with {' or '.join(PREFIXES.values())}", path=f"{path}.name")
        return [(backends[0], dict(model))]
    if "/" in name and not backends:
        raise ConfigError(f"is a bare name, or begins with {' or '.join(PREFIXES.values())}", path=path)
    bare = name.rpartition("/")[2]
    row = Row(name=bare, display_name=bare)
    makers: dict[BackendName, Entry] = {"gemini": gemini_entry(row), "vertex_ai": vertex_entry(row)}
    return [(backend, makers[backend]) for backend in backends or makers]
