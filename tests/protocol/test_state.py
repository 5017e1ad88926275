"""The one table of states, cell by cell."""

from __future__ import annotations

import itertools

import pytest

from gemini_live.protocol import CONNECTED, MAY_SEND, OVER, TRANSITIONS, State, Trigger, advance

RULES: dict[Trigger, tuple[set[State], State]] = {
    Trigger.CONNECT_ASKED: ({State.DISCONNECTED}, State.CONNECTING),
    Trigger.SOCKET_OPENED: ({State.CONNECTING}, State.SETUP_PENDING),  # in an outage it changes nothing: see below
    Trigger.SETUP_COMPLETED: ({State.SETUP_PENDING, State.RECONNECTING}, State.READY),
    Trigger.CONNECT_FAILED: ({State.CONNECTING, State.SETUP_PENDING}, State.DISCONNECTED),
    Trigger.CONNECT_POSTPONED: ({State.CONNECTING, State.SETUP_PENDING}, State.CONNECTING),
    Trigger.GO_AWAY_RECEIVED: ({State.READY}, State.DRAINING),
    Trigger.CHANGE_OVER: ({State.READY, State.DRAINING}, State.RECONNECTING),
    Trigger.CONNECTION_LOST: ({State.READY, State.DRAINING}, State.RECONNECTING),
    Trigger.GIVEN_UP: ({State.READY, State.DRAINING, State.RECONNECTING}, State.CLOSING),
    Trigger.CLOSE_ASKED: (set(State) - {State.CLOSING, State.CLOSED}, State.CLOSING),
    Trigger.ENDED: ({State.CLOSING}, State.CLOSED),
}
"""What each trigger means: where it counts, and where it leads."""

STAYS = {(State.RECONNECTING, Trigger.SOCKET_OPENED)}
"""Where a trigger means something and the state stays: an outage is one state, whatever is being tried."""

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
    expected = target if state in sources else None

    assert advance(state, trigger) == (state if (state, trigger) in STAYS else expected)


def test_every_trigger_has_a_meaning():
    """No trigger is without a rule, so the table above is the whole table."""
    assert set(RULES) == set(Trigger)
    assert sum(len(sources) for sources, _ in RULES.values()) + len(STAYS) == len(TRANSITIONS)


def test_messages_are_accepted_in_exactly_three_states():
    """A program may send while there is a session to send to, also when its connection is being replaced."""
    assert {State.READY, State.DRAINING, State.RECONNECTING} == set(MAY_SEND)


def test_connected_states_may_send_and_ended_ones_may_not():
    """The three named sets do not contradict each other."""
    assert set(CONNECTED) < set(MAY_SEND)
    assert not set(OVER) & set(MAY_SEND)
    assert {State.CLOSING, State.CLOSED} == set(OVER)


@pytest.mark.parametrize("trigger", Trigger, ids=lambda trigger: trigger.name)
def test_nothing_leaves_closed(trigger):
    """A closed session stays closed."""
    assert advance(State.CLOSED, trigger) is None


@pytest.mark.parametrize("state", State, ids=str)
def test_closed_is_reachable_from_every_state(state):
    """There is no state that a session can't get out of."""
    assert State.CLOSED in reachable(state)


def test_every_state_is_reachable():
    """All states can be come by."""
    assert reachable(State.DISCONNECTED) == set(State)


def test_a_lost_connection_is_not_the_end_of_a_session():
    """Whether it ends is decided afterwards, by giving up."""
    outage = advance(State.READY, Trigger.CONNECTION_LOST)

    assert outage is State.RECONNECTING
    assert outage not in OVER


@pytest.mark.parametrize("leave", [Trigger.CONNECTION_LOST, Trigger.CHANGE_OVER], ids=lambda trigger: trigger.name)
@pytest.mark.parametrize("state", sorted(CONNECTED), ids=str)
def test_an_outage_leads_back_to_ready(state, leave):
    """However the connection went, another one makes the session ready as the first one did."""
    outage = advance(state, leave)
    trying = advance(outage, Trigger.SOCKET_OPENED)

    assert (outage, trying) == (State.RECONNECTING, State.RECONNECTING)
    assert advance(trying, Trigger.SETUP_COMPLETED) is State.READY


def test_sending_goes_on_throughout_an_outage():
    """From the loss until the next setup is complete there is no moment in which a message is refused."""
    states = [State.DRAINING]
    for trigger in (Trigger.CHANGE_OVER, Trigger.SOCKET_OPENED, Trigger.SETUP_COMPLETED):
        states.append(advance(states[-1], trigger))

    assert set(states) <= set(MAY_SEND)


@pytest.mark.parametrize("state", sorted(MAY_SEND), ids=str)
def test_giving_up_ends_a_session_wherever_it_was_alive(state):
    """A session that can't be kept closes as one that is closed by its program does."""
    closing = advance(state, Trigger.GIVEN_UP)

    assert closing is advance(state, Trigger.CLOSE_ASKED)
    assert advance(closing, Trigger.ENDED) is State.CLOSED


@pytest.mark.parametrize("state", [State.CONNECTING, State.SETUP_PENDING], ids=str)
def test_a_postponed_connect_is_still_connecting(state):
    """Between two first attempts the session is neither back where it began nor in an outage."""
    assert advance(state, Trigger.CONNECT_POSTPONED) is State.CONNECTING


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
