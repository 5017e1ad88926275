"""Ctrl-C that can't be lost."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_AGAIN_SECONDS = 0.05
"""So long after a Ctrl-C was passed over it comes again: whatever passed it over is over then, most likely."""


@contextmanager
def heedful() -> Iterator[None]:
    """Within this, have Ctrl-C come again when Python passes over it.

    Python raises it wherever the main thread happens to be.  In a finalizer, or in a weak reference's callback, nothing
    that is raised goes any further, and a collection of garbage is long enough to be hit.  Main thread only.
    """
    before = sys.unraisablehook
    timers: list[threading.Timer] = []

    def passed_over(unraisable: UnraisableHookArgs) -> None:
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            before(unraisable)
            return
        timer = threading.Timer(_AGAIN_SECONDS, _interrupt)
        timer.daemon = True
        timers.append(timer)
        timer.start()

    sys.unraisablehook = passed_over
    try:
        yield
    finally:
        sys.unraisablehook = before
        for timer in timers:
            timer.cancel()


def _interrupt() -> None:
    """Do what Ctrl-C does; where a signal can be sent to a thread it ends that thread's wait, too."""
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, signal.SIGINT)
    else:
        _thread.interrupt_main()
