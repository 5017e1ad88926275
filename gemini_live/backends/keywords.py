"""The types of the keywords that say where and as whom, for editors and type checkers; :mod:`.choosing` checks them."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from ..types import AuthToken


class PlaceOptions(TypedDict, total=False):
    """Every one of :data:`~.choosing.WHERE_OPTIONS` but ``auth``, for functions that name that one themselves."""

    api_key: str | AuthToken | None
    token: str | AuthToken | Callable[[], str | AuthToken] | None
    credentials: Any
    access_token: str | Callable[[], str] | None
    project_id: str | None
    location: str | None
    api_version: str | None
    base_url: str | None
    headers: Mapping[str, str] | None
    proxy: str | Literal[False] | None
    ssl_context: ssl.SSLContext | None


class WhereOptions(PlaceOptions, total=False):
    """Every one of :data:`~.choosing.WHERE_OPTIONS`."""

    auth: str | None
