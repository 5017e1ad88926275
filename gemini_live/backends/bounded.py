"""A wait with an end for what has none of its own: a name server, a program's function that fetches a token."""

from __future__ import annotations

import concurrent.futures
import contextvars
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def call_within(seconds: float, function: Callable[[], T], name: str) -> T | None:
    """Return what ``function`` returns, or raise what it raises; it runs in a thread, with the caller's context.

    Args:
        seconds: how long it may take.  If it takes longer it goes on, and nobody looks at what comes of it.
        function: what to call; it does not return ``None``.
        name: the thread's name.

    Returns:
        What it returns; ``None`` if it took too long.
    """
    future = start(function, name)
    concurrent.futures.wait([future], seconds)
    return future.result() if future.done() else None


def start(function: Callable[[], T], name: str) -> concurrent.futures.Future[T]:
    """Call ``function`` in a thread of this name, with the caller's context; what comes of it is the future's."""
    future: concurrent.futures.Future[T] = concurrent.futures.Future()
    context = contextvars.copy_context()

    def run() -> None:
        try:
            future.set_result(context.run(function))
        except BaseException as error:  # noqa: BLE001 - raised where somebody waits for it
            future.set_exception(error)

    # A daemon: what never returns must not keep the program from ending.
    threading.Thread(target=run, name=name, daemon=True).start()
    return future
