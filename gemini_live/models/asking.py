"""Where a listing is fetched, and under which key it is kept."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import attrs

from ..backends import Backend, Network, RestClient, make_backend, read_network
from .cache import Listing, ListingCache
from .listing import fetch_models


@attrs.frozen(kw_only=True)
class Place:
    """One service, and as whom it is asked.  Thread affinity: none.

    Attributes:
        backend: where, and as whom.
        network: how this machine gets there.
        key: what tells its listing from others and holds no secret; ``None`` where it can't be told.
    """

    backend: Backend
    network: Network
    key: Hashable | None

    def fetch(self, seconds: float, page_size: int | None = None) -> Listing:
        """Ask the service; blocks.  See :func:`~.listing.fetch_models`."""
        client = RestClient(backend=self.backend, network=self.network, seconds=seconds)
        return fetch_models(client, page_size)

    def listing(self, cache: ListingCache, seconds: float, *, refresh: bool) -> Listing:
        """Return the listing that is kept, or else ask; blocks."""
        if self.key is None:
            return self.fetch(seconds)
        return cache.get(self.key, self.fetch, seconds, refresh=refresh)


def find_place(where: Mapping[str, Any]) -> Place:
    """Return the place that the options mean.  Opens no connection.

    Raises:
        ConfigError: one of them is wrong.
        AuthError: there are no credentials.
    """
    network = read_network(where)
    backend = make_backend(where, network)
    return Place(backend=backend, network=network, key=_key(backend))


def _key(backend: Backend) -> Hashable | None:
    key = backend.identity
    try:
        hash(key)
    except TypeError:  # a function that gives tokens need not be hashable
        return None
    return key
