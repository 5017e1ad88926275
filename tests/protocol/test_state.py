"""The one table of states, cell by cell."""

from __future__ import annotations

import itertools

import pytest

from gemini_live.protocol import CONNECTED, MAY_SEND, OVER, TRANSITIONS, State, Trigger, advance

RULES: dict[Trigger, tuple[set[State], State]] = {
    Trigger.CONNECT_ASKED: ({State.DISCONNECTED}, State.CONNECTING),
    Trigger.SOCKET_OPENED: ({State.CONNECTING}, State.SETUP_PENDING),
    Trigger.SETUP_COMPLETED: ({State.SETUP_PENDING, State.RECONNECTING}, State.READY),
    Trigger.CONNECT_FAILED: ({State.CONNECTING, State.SETUP_PENDING}, State.DISCONNECTED),
    Trigger.GO_AWAY_RECEIVED: ({State.READY}, State.DRAINING),
    Trigger.CONNECTION_LOST: ({State.READY, State.DRAINING, State.RECONNECTING}, State.CLOSING),
    Trigger.CLOSE_ASKED: (set(State) - {State.CLOSING, State.CLOSED}, State.CLOSING),
    Trigger.ENDED: ({State.CLOSING}, State.CLOSED),
}
"""What each trigger means: where it counts, and where it leads."""

CELLS = list(itertools.product(State, Trigger))


def reachable(start: State) -> set[State]:
    """Return every state that some triggers lead to."""
    found, todo = {start}, [start]
    while todo:
        state = todo.pop()
        for trigger in Trigger:
            following = advance(state, trigger)
            if following is not None and following not in found:
                found.add(following)
                todo.append(following)
    return found


@pytest.mark.parametrize(("state", "trigger"), CELLS, ids=[f"{state}-{trigger.name}" for state, trigger in CELLS])
def test_every_cell_of_the_table_follows_from_what_its_trigger_means(state, trigger):
    """A trigger moves a session exactly from the states in which it means something, and always to the same one."""
    sources, target = RULES[trigger]

    assert advance(state, trigger) == (target if state in sources else None)


def test_every_trigger_has_a_meaning():
    """No trigger is without a rule, so the table above is the whole table."""
    assert set(RULES) == set(Trigger)
    assert sum(len(sources) for sources, _ in RULES.values()) == len(TRANSITIONS)


def test_messages_are_accepted_in_exactly_three_states():
    """A program may send while there is a session to send to, also when its connection is being replaced."""
    assert {State.READY, State.DRAINING, State.RECONNECTING} == MAY_SEND


def test_connected_states_may_send_and_ended_ones_may_not():
    """The three named sets do not contradict each other."""
    assert CONNECTED < MAY_SEND
    assert not OVER & MAY_SEND
    assert {State.CLOSING, State.CLOSED} == OVER


@pytest.mark.parametrize("trigger", Trigger, ids=lambda trigger: trigger.name)
def test_nothing_leaves_closed(trigger):
    """A closed session stays closed."""
    assert advance(State.CLOSED, trigger) is None


@pytest.mark.parametrize("state", State, ids=str)
def test_closed_is_reachable_from_every_state(state):
    """There is no state that a session can't get out of."""
    assert State.CLOSED in reachable(state)


def test_every_state_of_a_life_without_outages_is_reachable():
    """All states can be come by; an outage is survived only where a policy leads into ``reconnecting``."""
    assert reachable(State.DISCONNECTED) >= set(State) - {State.RECONNECTING}


@pytest.mark.parametrize("state", [State.CONNECTING, State.SETUP_PENDING], ids=str)
def test_a_connect_that_fails_leads_back_to_where_it_began(state):
    """After a failure another connect is possible."""
    back = advance(state, Trigger.CONNECT_FAILED)

    assert back is State.DISCONNECTED
    assert advance(back, Trigger.CONNECT_ASKED) is State.CONNECTING


def test_a_go_away_never_stops_sending():
    """The server still reads after a go-away, so what may be sent before it may be sent after it."""
    assert advance(State.READY, Trigger.GO_AWAY_RECEIVED) in MAY_SEND


@pytest.mark.parametrize("state", State, ids=str)
def test_a_state_is_the_word_that_status_says(state):
    """A state compares with, and prints as, the plain word."""
    assert state == state.value == str(state) == f"{state}"
