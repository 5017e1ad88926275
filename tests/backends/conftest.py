"""What the tests of backends share."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ..rest_server import raw_servers


@pytest.fixture
def raw_server() -> Iterator[Callable[[Callable[[socket.socket], Any]], str]]:
    """Start TCP servers whose connections are handled by a function of the socket; gives their URL."""
    with raw_servers() as start:
        yield start
