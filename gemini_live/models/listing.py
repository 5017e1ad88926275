"""All pages of the service's listing of models.

The Gemini API's: https://ai.google.dev/api/models#method:-models.list; Vertex AI's:
https://cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/publishers.models/list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from .._clock import Deadline
from ..backends import RestClient
from ..exceptions import CallTimeout, ProtocolError
from ..types import Model, decode

MAX_PAGES = 10_000
MAX_MODELS = 100_000
_LIST_KEYS = {"gemini": "models", "vertex_ai": "publisherModels"}
_PAGE_SIZES = {"gemini": 1000, "vertex_ai": 100}


def fetch_models(client: RestClient, page_size: int | None = None) -> tuple[Model, ...]:
    """Return every model that the service lists.  Any thread; blocks, for all pages together within ``client.seconds``.

    Args:
        client: calls the service.
        page_size: how many entries a page shall have, 1 to 1000; as many as the backend gives by default.

    Raises:
        AuthError: there are no credentials.
        ApiError: the service refused.
        ConnectError: it could not be reached.
        CallTimeout: the pages did not all come in time.
        ProtocolError: it answered with something else, or its pages have no end.
    """
    deadline = Deadline.after(client.seconds, client.clock)
    backend = client.backend
    query: dict[str, str | int] = {"pageSize": page_size or _PAGE_SIZES[backend.name]}
    models: list[Model] = []
    tokens: set[str] = set()
    for page in range(MAX_PAGES):
        if deadline.expired:
            raise CallTimeout(
                f"of the listing of models {page} pages came within {client.seconds:g} s, but not the last"
            )
        document = attrs.evolve(client, seconds=deadline.patience()).get(backend.models_path, query)
        models += read_entries(document, _LIST_KEYS[backend.name])
        token = next_token(document)
        if not token:
            return tuple(models)
        if len(models) > MAX_MODELS:
            raise ProtocolError(f"the listing of models has no end: {len(models)} models, and more to come")
        if token in tokens:
            raise ProtocolError(f"page {page + 1} of the listing of models leads back to an earlier one")
        tokens.add(token)
        query["pageToken"] = token
    raise ProtocolError(f"the listing of models has no end: {MAX_PAGES} pages, and the last one names another")


def read_entries(document: Mapping[str, Any], key: str) -> list[Model]:
    """Return a page's models.  An empty page has no list, as JSON of protobuf goes; what is no object is skipped.

    Raises:
        ProtocolError: where the list should be is something else.
    """
    entries = document.get(key)
    if entries is None:
        return []
    if not isinstance(entries, list):
        raise ProtocolError(f"the listing of models has no list under {key!r}")
    return [decode(Model, entry) for entry in entries if isinstance(entry, dict)]


def next_token(document: Mapping[str, Any]) -> str:
    """Return what asks for the next page, empty if this is the last.

    Raises:
        ProtocolError: it is no text.
    """
    token = document.get("nextPageToken")
    if token is not None and not isinstance(token, str):
        raise ProtocolError("the listing of models names its next page with something that is no text")
    return token or ""
