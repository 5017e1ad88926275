"""What every store does, whichever it is."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemini_live import ConfigError
from gemini_live.stores import FileHandleStore, HandleStore, MemoryHandleStore
from gemini_live.stores.entries import MAX_NAMES, Entry, with_entry

from .conftest import HANDLE, NOW, in_fork, in_threads

TEXT = st.text(st.characters())  # with the halves of surrogate pairs, which a str may hold


def test_it_is_a_handle_store(store):
    """A session can tell that it was given one."""
    assert isinstance(store, HandleStore)


def test_what_was_saved_is_loaded(store):
    """Under its own name only."""
    store.save("a", "handle-a")
    store.save("b", "handle-b")

    assert (store.load("a"), store.load("b"), store.load("c")) == ("handle-a", "handle-b", None)


def test_the_newest_handle_counts(store):
    """Each one takes the place of the one before."""
    for number in range(3):
        store.save("a", f"handle-{number}")

    assert store.load("a") == "handle-2"


def test_what_was_discarded_is_gone(store):
    """The others stay."""
    store.save("a", "handle-a")
    store.save("b", "handle-b")

    store.discard("a")

    assert (store.load("a"), store.load("b")) == (None, "handle-b")


def test_discarding_nothing_is_no_error(store):
    """Neither in an empty store nor in one with others."""
    store.discard("a")
    store.save("b", HANDLE)
    store.discard("a")

    assert store.load("b") == HANDLE


def test_a_discarded_name_can_be_saved_again(store):
    """Nothing of it is remembered."""
    store.save("a", "old")
    store.discard("a")
    store.save("a", "new")

    assert store.load("a") == "new"


def test_a_handle_is_good_for_two_hours(store, wall):
    """Up to the last second, as the Gemini API says."""
    store.save("a", HANDLE)

    wall.now += 7200
    assert store.load("a") == HANDLE
    wall.now += 0.001
    assert store.load("a") is None


def test_the_age_can_be_chosen(make_store, wall):
    """Vertex AI takes handles for a day."""
    store = make_store(max_age=86_400)
    store.save("a", HANDLE)

    wall.now += 86_400
    assert store.load("a") == HANDLE
    wall.now += 1
    assert store.load("a") is None


def test_saving_again_makes_a_handle_young(store, wall):
    """Its age counts from the last time."""
    store.save("a", HANDLE)
    wall.now += 7000
    store.save("a", HANDLE)

    wall.now += 7000
    assert store.load("a") == HANDLE


def test_the_next_save_drops_what_is_too_old(store, wall):
    """It does not come back, even if the clock does."""
    store.save("old", HANDLE)
    wall.now += 7201
    store.save("new", HANDLE)

    wall.now = NOW
    assert store.load("old") is None


@pytest.mark.parametrize(("step", "fresh"), [(-59.9, True), (-60.0, False), (-86_400.0, False)])
def test_a_clock_that_goes_back(store, wall, step, fresh):
    """A handle from the future is as good as new if the future is less than a minute ahead."""
    store.save("a", HANDLE)

    wall.now += step

    assert store.load("a") == (HANDLE if fresh else None)


@pytest.mark.parametrize("max_age", [0, -1, 86_401, float("nan"), "7200", None, True])
def test_a_wrong_age_is_refused(make_store, max_age):
    """The error names the option."""
    with pytest.raises(ConfigError, match="must be seconds") as raised:
        make_store(max_age=max_age)

    assert raised.value.path == "max_age"


def test_a_handle_that_is_no_text_is_refused_without_showing_it(store):
    """The error says what it is, not what is in it."""
    with pytest.raises(ConfigError, match="handle: must be a str, not bytes") as raised:
        store.save("a", HANDLE.encode())

    assert HANDLE not in f"{raised.value!r}"
    assert store.load("a") is None


def test_a_name_that_is_no_text_is_refused(store):
    """In a file it would come back as another name."""
    with pytest.raises(ConfigError, match="name: must be a str, not int"):
        store.save(1, HANDLE)


def test_no_repr_shows_a_handle(store):
    """Neither the store's nor an entry's."""
    store.save("a", HANDLE)

    assert HANDLE not in f"{store!r} {store} {Entry(HANDLE, NOW)!r}"
    assert repr(store).startswith(f"<{type(store).__name__}")


def test_no_thread_loses_another_s_handle(store):
    """Many save, load and discard at once; afterwards everything is as each of them left it."""

    def work(number):
        for index in range(10):
            store.save(f"{number}-{index}", f"handle-{number}-{index}")
            store.save(f"{number}-gone", HANDLE)
            assert store.load(f"{number}-{index}") == f"handle-{number}-{index}"
            store.discard(f"{number}-gone")

    assert in_threads(6, work) == []
    for number in range(6):
        assert store.load(f"{number}-gone") is None
        for index in range(10):
            assert store.load(f"{number}-{index}") == f"handle-{number}-{index}"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_can_use_it(store):
    """It has what was there, and saves more."""
    store.save("a", "handle-a")

    def child():
        store.save("b", "handle-b")
        return f"{store.load('a')} {store.load('b')}"

    assert in_fork(child) == "handle-a handle-b"
    assert store.load("a") == "handle-a"


@settings(max_examples=50)
@given(handles=st.dictionaries(TEXT, TEXT, max_size=5), gone=TEXT)
def test_any_text_comes_back_as_it_was(handles, gone, make_store, path):
    """Names and handles are any text; another name finds nothing."""
    path.unlink(missing_ok=True)
    store = make_store()
    for name, handle in handles.items():
        store.save(name, handle)

    assert {name: store.load(name) for name in handles} == handles
    store.discard(gone)
    assert store.load(gone) is None


def test_two_halves_are_not_the_whole(store):
    """A pair of surrogates is another name than the character that it would be."""
    store.save("\ud83d\ude00", "halves")
    store.save("\U0001f600", "whole")

    assert (store.load("\ud83d\ude00"), store.load("\U0001f600")) == ("halves", "whole")


def test_the_oldest_name_makes_room():
    """There are never more than 10,000; one that was saved again is young."""
    entries = {str(number): Entry(HANDLE, NOW) for number in range(MAX_NAMES)}

    entries = with_entry(entries, "0", Entry("again", NOW), 7200)
    assert len(entries) == MAX_NAMES
    entries = with_entry(entries, "new", Entry("new", NOW), 7200)

    assert len(entries) == MAX_NAMES
    assert (entries["0"].handle, entries["new"].handle, "1" in entries, "2" in entries) == ("again", "new", False, True)


def test_stores_are_bounded(make_store, path, monkeypatch):
    """Both of them drop the oldest name."""
    monkeypatch.setattr("gemini_live.stores.entries.MAX_NAMES", 3)
    store = make_store()
    for name in "abcad":
        store.save(name, name)

    assert [store.load(name) for name in "abcd"] == ["a", None, "c", "d"]


def test_the_clock_is_the_wall_s_unless_another_is_given(path):
    """What was saved a moment ago is fresh."""
    for store in (MemoryHandleStore(), FileHandleStore(path)):
        store.save("a", HANDLE)
        assert store.load("a") == HANDLE
