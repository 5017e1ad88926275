"""The methods that are served over plain HTTP, as a function from request to answer.  Owned by the event loop."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs

from .access import caller_of
from .http_errors import HttpError, not_served, socket_only
from .hub import Behaviour
from .paths import Method, target_of
from .tokens import TokenBook


@attrs.frozen(kw_only=True)
class RestRequest:
    """One request.

    Attributes:
        verb: the HTTP method.
        path: the path without the query, decoded.
        query: the query's parameters.
        headers: by lower-case names, or found in any case.
        body: what it carries.
    """

    verb: str
    path: str
    query: Mapping[str, str] = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(default=b"", repr=False)


@attrs.frozen
class RestAnswer:
    """What is answered.

    Attributes:
        status: the HTTP status.
        body: a JSON document.
        headers: further headers.
    """

    status: int
    body: str = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict)


def refusal(error: HttpError) -> RestAnswer:
    """Return an error as an answer."""
    return RestAnswer(error.status, _text(error.document()), error.headers)


def _text(document: Mapping[str, Any]) -> str:
    return f"{json.dumps(document, indent=2)}\n"


class RestMethods:
    """Everything that plain requests can do."""

    def __init__(self, behaviour: Behaviour, tokens: TokenBook) -> None:
        self._behaviour = behaviour
        self._tokens = tokens

    def answer(self, request: RestRequest) -> RestAnswer:
        """Answer a request, whatever it is."""
        try:
            return RestAnswer(200, _text(self._document(request)))
        except HttpError as error:
            return refusal(error)

    def _document(self, request: RestRequest) -> Mapping[str, Any]:
        target = target_of(request.verb, request.path)
        if target is None:
            raise not_served(request.path)
        if target.socket:
            raise socket_only()
        self._behaviour.access.check(target.backend, caller_of(request.headers, request.query))
        if target.method is Method.CREATE_TOKEN:
            return self._tokens.create(request.body)
        if target.method is Method.LIST_MODELS:
            return self._behaviour.catalogue.page(target.backend, request.query)
        return self._behaviour.catalogue.entry(target)
