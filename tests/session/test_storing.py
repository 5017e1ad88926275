"""Handles that outlive the process: written behind the session's back, read at the next start."""

from __future__ import annotations

import threading
import time

import pytest

from gemini_live import ConfigError
from gemini_live.stores import FileHandleStore, MemoryHandleStore

from .conftest import AT_ONCE, TIMEOUT, eventually, handle_in


@pytest.fixture(params=["memory", "file"])
def store(request, tmp_path):
    """Both stores."""
    return MemoryHandleStore() if request.param == "memory" else FileHandleStore(tmp_path / "handles.json")


def test_the_next_start_under_the_same_name_goes_on(server, open_session, heard, store):
    """The newest handle is in the store when close() has returned; another session of that name resumes."""
    session = open_session(server, name="line-17", store=store)
    session.ask("Remember the number 42. Just say OK.", timeout=TIMEOUT)
    eventually(lambda: session.snapshot().handle_safe)
    newest = session.get_session_handle()
    session.close()
    assert store.load("line-17") == newest
    other = open_session(server, name="line-17", store=store, output_audio_transcription={}, **heard.hooks("open"))

    assert heard.wait("open").resumed
    assert "42" in other.ask("What number did I ask you to remember?", timeout=TIMEOUT).output_transcript


def test_another_name_begins_afresh(server, open_session, heard):
    """Handles are kept by name."""
    store = MemoryHandleStore()
    session = open_session(server, name="one", store=store)
    eventually(session.get_session_handle)
    session.close()
    open_session(server, name="two", store=store, **heard.hooks("open"))

    assert not heard.wait("open").resumed


def test_a_handle_that_the_program_gives_comes_first(server, open_session):
    """resume_handle= wins over the store's."""
    session = open_session(server)
    session.ask("hello", timeout=TIMEOUT)
    handle = session.park()
    store = MemoryHandleStore()
    store.save("line", "the-stores-own")
    open_session(server, name="line", store=store, resume_handle=handle)

    assert handle_in({"setup": server.sessions[1].setup}) == handle


def test_a_store_needs_a_name(server, make):
    """And is told so at the start."""
    with pytest.raises(ConfigError, match="name"):
        make(server, store=MemoryHandleStore())


def test_what_is_no_store_is_refused(server, make):
    """Its three methods are looked for."""
    with pytest.raises(ConfigError, match="HandleStore"):
        make(server, name="x", store={})


def test_a_handle_that_proved_bad_is_discarded(server, open_session, heard):
    """It expired in an outage: the store forgets it, and has the fresh session's instead."""
    store = MemoryHandleStore()
    session = open_session(server, name="line", store=store, reconnect=AT_ONCE, **heard.hooks("reconnected"))
    session.ask("hello", timeout=TIMEOUT)
    eventually(lambda: session.snapshot().handle_safe)
    old = session.get_session_handle()
    server.expire_handles()
    server.drop_all()
    heard.wait("reconnected")
    eventually(session.get_session_handle)
    session.close()

    assert store.load("line") not in (None, old)


def test_a_store_is_used_on_a_thread_of_its_own(server, open_session):
    """Which bears the session's name, for reading and for writing."""
    used_on = set()

    class Telling(MemoryHandleStore):
        def load(self, name):
            used_on.add(("load", threading.current_thread().name))
            return super().load(name)

        def save(self, name, handle):
            used_on.add(("save", threading.current_thread().name))
            super().save(name, handle)

    session = open_session(server, name="line", store=Telling())
    eventually(session.get_session_handle)
    session.close()

    assert used_on == {("load", "gemini-live:line:store"), ("save", "gemini-live:line:store")}


class BrokenStore:
    """A store that fails."""

    def load(self, name):
        raise OSError("disk")

    save = discard = lambda self, *arguments: (_ for _ in ()).throw(OSError("disk"))


def test_a_store_that_fails_costs_nothing(server, open_session, heard):
    """Neither the start, nor a reconnect, nor an on_error."""
    session = open_session(
        server, name="line", store=BrokenStore(), reconnect=AT_ONCE, **heard.hooks("reconnected", "error")
    )
    session.ask("hello", timeout=TIMEOUT)
    server.drop_all()
    heard.wait("reconnected")
    session.ask("hello", timeout=TIMEOUT)
    session.close()

    assert heard.values("error") == []


class HangingStore(MemoryHandleStore):
    """A store whose writes hang until they are let go."""

    def __init__(self):
        super().__init__()
        self.release = threading.Event()
        self.writing = threading.Event()

    def save(self, name, handle):
        self.writing.set()
        self.release.wait(30)
        super().save(name, handle)


def test_a_store_that_hangs_blocks_neither_the_session_nor_its_end(server, open_session, heard):
    """Questions are answered, a drop is mended, and close() returns in its time."""
    store = HangingStore()
    session = open_session(server, name="line", store=store, reconnect=AT_ONCE, **heard.hooks("reconnected"))
    try:
        assert store.writing.wait(TIMEOUT)
        session.ask("hello", timeout=TIMEOUT)
        server.drop_all()
        heard.wait("reconnected")
        began = time.monotonic()
        session.close(timeout=0.3)
        assert time.monotonic() - began < 1
        assert session.status == "closed"
    finally:
        store.release.set()


def test_of_handles_that_come_fast_the_newest_is_kept(script, make):
    """A slow store misses those in between, and never ends with an old one."""
    store = HangingStore()

    def serve(peer):
        peer.accept()
        peer.offer("h0")
        store.writing.wait(TIMEOUT)
        for number in range(1, 20):
            peer.offer(f"h{number}")
        peer.wait_closed()

    session = make(script(serve), name="line", store=store, reconnect=AT_ONCE)
    session.connect()
    eventually(lambda: session.get_session_handle() == "h19")
    store.release.set()
    session.close()

    assert store.load("line") == "h19"


def test_park_leaves_the_handle_in_the_store(server, open_session):
    """So another process finds it by the name alone."""
    store = MemoryHandleStore()
    session = open_session(server, name="line", store=store)
    session.ask("hello", timeout=TIMEOUT)

    handle = session.park()

    assert store.load("line") == handle
