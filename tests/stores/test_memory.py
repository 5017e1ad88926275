"""What only the store in memory does."""

from __future__ import annotations

import gc
import os
import weakref

import pytest

from gemini_live import _forking
from gemini_live.stores import MemoryHandleStore

from .conftest import HANDLE, in_fork


def test_each_store_is_its_own():
    """There is nothing global in it."""
    one, other = MemoryHandleStore(), MemoryHandleStore()
    one.save("a", HANDLE)

    assert other.load("a") is None


def test_its_repr_counts():
    """It says how many handles there are."""
    store = MemoryHandleStore()
    store.save("a", HANDLE)

    assert repr(store) == "<MemoryHandleStore of 1 handle(s)>"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_does_not_wait_for_its_parent_s_threads():
    """A lock that was held at the moment of the fork is free in the child."""
    store = MemoryHandleStore()

    def child():
        store.save("a", "from the child")
        return str(store.load("a"))

    with store._lock:  # as another thread may hold it
        assert in_fork(child) == "from the child"


def test_the_fork_s_hook_frees_every_lock():
    """It is called in the child, where no other thread is."""
    stores = [MemoryHandleStore(), MemoryHandleStore()]

    with stores[0]._lock, stores[1]._lock:
        _forking._in_child()
        for store in stores:
            store.save("a", HANDLE)

    assert [store.load("a") for store in stores] == [HANDLE, HANDLE]


def test_a_forgotten_store_is_gone():
    """Being known to the fork's hook keeps no store, and no handle, alive."""
    store = MemoryHandleStore()
    seen = weakref.ref(store)

    del store
    gc.collect()

    assert seen() is None
