"""The book of resumption handles, by its own clock."""

from __future__ import annotations

import pytest

from gemini_live.emulator import handles
from gemini_live.emulator.context import Context, Entry
from gemini_live.emulator.handles import HandleBook, poison_of
from gemini_live.emulator.refusals import RefusedError
from gemini_live.emulator.state import Activity, Past, State
from gemini_live.exceptions import ConfigError

HOUR = 3600.0


class Clock:
    """Time that a test moves."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def book(clock):
    return HandleBook(clock)


def refused(book, handle):
    with pytest.raises(RefusedError) as caught:
        book.begin(handle, HOUR)
    return str(caught.value)


def test_a_handle_is_good_while_its_session_runs_and_a_time_after_its_last_end(book, clock):
    """The time begins with the end, again with every connection's end."""
    first = book.begin(None, 2 * HOUR)
    handle = first.issue(State())
    clock.now += 100 * HOUR
    first.end()
    clock.now += 2 * HOUR - 1
    second = book.begin(handle, 2 * HOUR)
    assert (first.resumed, second.resumed) == (False, True)
    second.end()
    second.end()
    clock.now += 2 * HOUR - 1
    book.begin(handle, 2 * HOUR).end()
    clock.now += 2 * HOUR
    assert refused(book, handle) == "1008 Requested entity was not found."


def test_a_session_is_resumed_once_at_a_time(book):
    """While a connection of it is open another is refused, whichever handle it has."""
    first = book.begin(None, HOUR)
    old, new = first.issue(State()), first.issue(State())
    assert refused(book, old) == refused(book, new) == "1011 Internal error encountered."
    first.end()
    second = book.begin(old, HOUR)
    assert refused(book, new).startswith("1011")
    second.end()
    assert book.begin(new, HOUR).resumed


def test_resuming_an_open_session_may_be_allowed(clock):
    """Without the refusal both connections go on, and the session ends with the later of them."""
    book = HandleBook(clock, refuse_open=False)
    first = book.begin(None, HOUR)
    handle = first.issue(State())
    second = book.begin(handle, HOUR)
    first.end()
    clock.now += 2 * HOUR
    book.begin(handle, HOUR).end()
    second.end()
    clock.now += HOUR
    assert refused(book, handle).startswith("1008")


def test_handles_can_be_made_to_expire(book):
    """What was issued is over; what is issued later is not."""
    stay = book.begin(None, HOUR)
    old = stay.issue(State())
    book.expire_all()
    new = stay.issue(State())
    stay.end()
    assert refused(book, old).startswith("1008")
    assert book.begin(new, HOUR).resumed


def test_poison_is_handed_on(book):
    """A session that was resumed by a poisoned handle issues poisoned ones."""
    stay = book.begin(None, HOUR)
    bad = stay.issue(State())
    book.poison_all(poison_of("silent", 1007, ""))
    stay.end()
    resumed = book.begin(bad, HOUR)
    worse = resumed.issue(State())
    resumed.end()
    assert not resumed.poison.closes
    assert book.begin(worse, HOUR).poison == resumed.poison


def test_later_handles_of_a_poisoned_session_s_open_connection_are_good(book):
    """The verb is about what was issued so far."""
    stay = book.begin(None, HOUR)
    stay.issue(State())
    book.poison_all(poison_of("close", 1007, "bad"))
    good = stay.issue(State())
    stay.end()
    assert book.begin(good, HOUR).poison is None


@pytest.mark.parametrize(("how", "code"), [("slow", 1007), ("close", 1006)])
def test_poisons_that_can_not_be_are_refused(how, code):
    """There are two ways, and a close frame must carry the code."""
    with pytest.raises(ConfigError):
        poison_of(how, code, "")


def test_very_old_handles_are_forgotten(book, monkeypatch):
    """There is a bound to what is kept for resumption."""
    monkeypatch.setattr(handles, "_MOST_HANDLES", 2)
    stay = book.begin(None, HOUR)
    first, second, third = (stay.issue(State()) for _ in range(3))
    stay.end()
    assert len(book) == 2
    assert refused(book, first).startswith("1008")
    for handle in (second, third):
        book.begin(handle, HOUR).end()


def test_handles_that_are_over_are_not_kept(book, clock):
    """A new handle makes the book forget those that have expired."""
    for _ in range(5):
        stay = book.begin(None, HOUR)
        stay.issue(State())
        stay.end()
        clock.now += HOUR
    assert len(book) == 1


def test_a_handle_may_be_over_as_soon_as_it_is_issued(book, clock):
    """An answer that ends after its connection did issues one for nobody."""
    stay = book.begin(None, HOUR)
    stay.end()
    clock.now += HOUR
    assert refused(book, stay.issue(State())).startswith("1008")
    assert len(book) == 0


def test_what_a_handle_stands_for_does_not_grow_with_the_conversation(book):
    """It is the conversation up to then, and a copy each time."""
    context = Context()
    context.add(Entry(role="user", text="a"))
    past = Past(context.entries, len(context.entries))
    context.add(Entry(role="user", text="b"))
    assert [entry.text for entry in past.copy()] == ["a"]
    past.copy().clear()
    assert len(past.copy()) == 1


def test_a_conversation_is_bounded(monkeypatch):
    """The older half of a very long one is forgotten, and what a handle stands for stays."""
    monkeypatch.setattr("gemini_live.emulator.context.MOST_ENTRIES", 4)
    context = Context()
    for number in range(4):
        context.add(Entry(role="user", text=str(number)))
    past = Past(context.entries, 4)
    context.add(Entry(role="user", text="4"))
    assert [entry.text for entry in context.entries] == ["2", "3", "4"]
    assert [entry.text for entry in past.copy()] == ["0", "1", "2", "3"]


def test_no_repr_shows_what_was_said():
    """Neither a state's nor an activity's."""
    activity = Activity(bytearray(b"secret"), [])
    assert "secret" not in repr(activity)
    assert "secret" not in repr(State(unanswered=("secret",), activity=activity))
