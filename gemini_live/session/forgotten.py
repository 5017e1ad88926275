"""Closes what nobody closed: sessions that are dropped, and those that are open when the program ends."""

from __future__ import annotations

import atexit
import os
import threading
import time
import warnings
import weakref
from typing import TYPE_CHECKING

from ..actor import ServerRef
from ..exceptions import SessionClosed
from . import commands
from .board import Board

if TYPE_CHECKING:
    from .living import Living

_AT_EXIT_SECONDS = 5.0
_lock = threading.RLock()  # re-entrant: the garbage collector may run a finalizer in the middle of register()
_refs: dict[int, ServerRef] = {}


def register(session: Living, ref: ServerRef, board: Board, close_timeout: float) -> None:
    """See to it that a session's thread ends with the session object, or with the program."""
    with _lock:
        if not _refs:
            atexit.register(close_all)
        _refs[id(board)] = ref
    finalizer = weakref.finalize(session, _close_dropped, ref, board, os.getpid(), close_timeout)
    finalizer.atexit = False  # close_all does it, all at once and within a bound
    ref.monitor(lambda _: _ended(id(board), finalizer))


def _ended(key: int, finalizer: weakref.finalize[..., Living]) -> None:
    finalizer.detach()  # it holds what callbacks hold, the session itself perhaps
    _forget(key)


def _forget(key: int) -> None:
    with _lock:
        _refs.pop(key, None)
        if not _refs:
            atexit.unregister(close_all)


def _close_dropped(ref: ServerRef, board: Board, pid: int, close_timeout: float) -> None:
    """Runs wherever the garbage collector does: no wait, no lock of a stranger's."""
    if os.getpid() != pid or board.ended.is_set():
        return
    connected = board.connection > 0
    _ask_to_close(ref, close_timeout)
    if connected:
        warnings.warn(f"{ref.name} was dropped without close()", ResourceWarning, stacklevel=1)


def _ask_to_close(ref: ServerRef, close_timeout: float) -> None:
    try:
        ref.cast(commands.Close(close_timeout))
    except SessionClosed:
        pass  # it has ended by itself


def close_all() -> None:
    """Close every open session, all at once, within five seconds; called when the interpreter ends."""
    with _lock:
        refs = list(_refs.values())
    for ref in refs:
        _ask_to_close(ref, _AT_EXIT_SECONDS)
    deadline = time.monotonic() + _AT_EXIT_SECONDS
    for ref in refs:
        ref.join(max(0.0, deadline - time.monotonic()))


def _forget_all_after_fork() -> None:
    """In a forked child: the parent's sessions are not this process's to close."""
    global _lock  # noqa: PLW0603 - the parent's lock may be held by a thread that does not exist here
    _lock = threading.RLock()
    _refs.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all_after_fork)
