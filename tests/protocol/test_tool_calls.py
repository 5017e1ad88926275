"""Which calls wait for their answer, and which answers come too late for any server."""

from __future__ import annotations

import pytest

from gemini_live.protocol.tool_calls import ToolCallLedger
from gemini_live.types import FunctionCall


@pytest.fixture
def ledger():
    """A ledger without calls."""
    return ToolCallLedger()


def call(ledger, *ids, now=0.0):
    """Have the server call."""
    ledger.called(tuple(FunctionCall(id=key, name="f") for key in ids), now)


def test_calls_wait_in_their_order(ledger):
    """The oldest comes first."""
    call(ledger, "a", "b")
    call(ledger, "c")

    assert ledger.pending == ("a", "b", "c")


def test_calls_without_an_id_are_counted_by_name(ledger):
    """One can't be told from another, but there are as many answers as calls."""
    call(ledger, "a", None, "")
    assert ledger.pending == ("a", "f", "f")
    assert ledger.late_nameless(("f", "f", "f", "g")) == ("f",)

    ledger.settled((), ("f",))
    assert ledger.pending == ("a", "f")
    assert ledger.late_nameless(("f", "f")) == ("f",)


def test_calls_without_an_id_are_void_with_their_connection(ledger):
    """An answer to one is late from then on."""
    call(ledger, None)
    assert ledger.void() == ()

    assert ledger.pending == ()
    assert ledger.late_nameless(("f",)) == ("f",)


def test_an_answer_settles_its_call_and_no_other(ledger):
    """What was not answered still waits."""
    call(ledger, "a", "b")
    ledger.settled(("a", "unknown"))

    assert ledger.pending == ("b",)


def test_a_connection_that_is_gone_voids_what_waits(ledger):
    """Each call that waits is given up once, and is named."""
    call(ledger, "a", "b")
    ledger.settled(("a",))

    assert ledger.void() == ("b",)
    assert ledger.pending == ()
    assert ledger.void() == ()


@pytest.mark.parametrize("answered", [False, True])
def test_an_answer_to_a_call_of_an_earlier_connection_is_stale(ledger, answered):
    """No server waits for it, whether the call was answered there or not."""
    call(ledger, "a")
    if answered:
        ledger.settled(("a",))
    assert not ledger.stale(("a",))

    ledger.void()

    assert ledger.stale(("a",))


def test_of_answers_to_several_calls_those_are_stale_that_nobody_waits_for(ledger):
    """The others have to be sent."""
    call(ledger, "a")
    ledger.void()
    call(ledger, "b")

    assert ledger.stale(("a", "b")) == ("a",)


@pytest.mark.parametrize("ids", [(), ("never called",)])
def test_an_answer_to_no_known_call_is_not_stale(ledger, ids):
    """What this side does not know it leaves to the server."""
    call(ledger, "a")
    ledger.void()

    assert not ledger.stale(ids)


def test_an_id_that_is_used_again_is_a_call_again(ledger):
    """Some servers count anew on each connection."""
    call(ledger, "a")
    ledger.void()
    call(ledger, "a")

    assert ledger.pending == ("a",)
    assert not ledger.stale(("a",))


def test_calls_that_a_handle_covers_go_on(ledger):
    """A server that is resumed after a call still waits for the answer."""
    call(ledger, "a", now=1.0)
    call(ledger, "b", now=3.0)

    assert ledger.void(since=2.0) == ("b",)
    assert ledger.pending == ("a",)


def test_void_calls_are_remembered_within_a_bound(ledger):
    """A session that runs for days does not keep the ids of its first."""
    for number in range(3000):
        call(ledger, f"c{number}")
        ledger.void()
        call(ledger, f"d{number}")
        ledger.settled((f"d{number}",))

    assert not ledger.stale(("c0",))
    assert ledger.stale(("c2999",))
    assert len(ledger._void) <= 1000
    assert len(ledger._settled) <= 1000
