"""What the tests of models share: a cache of their own, and an emulator to ask."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from gemini_live.emulator import Emulator
from gemini_live.models import ListingCache, Models
from gemini_live.testing import ManualClock

KEY = "correct-horse-battery-staple"
SECONDS = 10.0


@pytest.fixture
def models(clock: ManualClock) -> type[Models]:
    """The class with a cache of its own, whose time the test moves."""

    class Fresh(Models):
        cache = ListingCache(clock=clock)

    return Fresh


@pytest.fixture
def serve() -> Iterator[Callable[..., Emulator]]:
    """Start plain emulators that end with the test."""
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(Emulator(tls=False, output_speed=float("inf"), **options))


@pytest.fixture
def server(serve: Callable[..., Emulator]) -> Emulator:
    """An emulator with the models that there are."""
    return serve()


def gemini(server: Emulator, **options: Any) -> dict[str, Any]:
    """Return the options that mean an emulator as the Gemini API."""
    return {"api_key": KEY, "base_url": server.base_url, **options}


def vertex(server: Emulator, **options: Any) -> dict[str, Any]:
    """Return the options that mean an emulator as Vertex AI."""
    return {"access_token": KEY, "project_id": "p", "base_url": server.base_url, **options}


def entry(name: str, *methods: str, **more: Any) -> dict[str, Any]:
    """Return an entry of the Gemini API's listing; without methods it says nothing of them."""
    said = {"supportedGenerationMethods": list(methods)} if methods else {}
    return {"name": f"models/{name}", **said, **more}


def answer(server: Emulator, *documents: Any) -> None:
    """Have the next requests answered with these."""
    for document in documents:
        server.fail_next(on="rest", status=200, body=document)


def in_threads(count: int, function: Callable[[], Any]) -> list[Future[Any]]:
    """Run a function on so many threads at once; return what came of each, when all are done."""
    results: list[Future[Any]] = [Future() for _ in range(count)]

    def run(result: Future[Any]) -> None:
        try:
            result.set_result(function())
        except BaseException as error:
            result.set_exception(error)

    threads = [threading.Thread(target=run, args=(result,)) for result in results]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    return results
