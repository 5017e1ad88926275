"""Who is measured: this library in four ways, a hand-written loop, and google-genai.  Imports none of them."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable

import attrs

SPEED_PACKAGES = ("orjson", "pybase64", "websockets")
"""What the extra ``speed`` brings; clients without it can't import them."""


@attrs.frozen
class Client:
    """One of those that are compared.

    Attributes:
        name: what the table and ``--client`` call it.
        module: the module here that drives it.
        dispatch: where this library runs callbacks.
        hides: packages that its process can't import.
        needs: packages without which it can't be measured.
        imports: what a program imports first, and all that a session needs; empty where that differs in nothing.
    """

    name: str
    module: str
    dispatch: str = ""
    hides: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """What it needs and is not installed."""
        return tuple(name for name in self.needs if not _is_installed(name))


def _is_installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # not even the package that it would be in
        return False


CLIENTS = (
    Client(
        "thread",
        "ours",
        dispatch="thread",
        hides=SPEED_PACKAGES,
        imports=("import gemini_live", "from gemini_live import Session; import websocket"),
    ),
    Client("thread+speed", "ours", dispatch="thread", needs=SPEED_PACKAGES),
    Client("inline", "ours", dispatch="inline", hides=SPEED_PACKAGES),
    Client("inline+speed", "ours", dispatch="inline", needs=SPEED_PACKAGES),
    Client("raw", "raw", imports=("import websocket", "import base64, json, ssl, websocket")),
    Client(
        "google-genai",
        "genai",
        needs=("google.genai",),
        imports=("import google.genai", "import google.genai.live, google.genai.types"),
    ),
)
BASE = "thread"
"""The way in which this library is used unless somebody asks for another."""
RAW, GENAI = "raw", "google-genai"


def client_of(name: str) -> Client:
    """Return the client of that name."""
    return next(client for client in CLIENTS if client.name == name)


def chosen(names: Iterable[str]) -> tuple[Client, ...]:
    """Return the clients of some names, in their usual order; all for no names.

    Raises:
        ValueError: there is none of a name.
    """
    wanted = set(names)
    unknown = wanted - {client.name for client in CLIENTS}
    if unknown:
        known = ", ".join(client.name for client in CLIENTS)
        raise ValueError(f"no such client: {', '.join(sorted(unknown))}; there are {known}")
    return tuple(client for client in CLIENTS if not wanted or client.name in wanted)


def order_of(clients: tuple[Client, ...], round_number: int) -> tuple[Client, ...]:
    """Return who is measured in which order: every other round backwards, so that a drift hits all alike."""
    return clients if round_number % 2 == 0 else clients[::-1]
