"""The life of a session as one table: every state, every transition, and nothing of it anywhere else."""

from __future__ import annotations

import enum


class State(str, enum.Enum):
    """Where a session is; the value is what ``session.status`` says."""

    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    SETUP_PENDING = "setup_pending"
    READY = "ready"
    DRAINING = "draining"
    RECONNECTING = "reconnecting"
    CLOSING = "closing"
    CLOSED = "closed"

    def __str__(self) -> str:
        return str(self.value)


class Trigger(enum.Enum):
    """What moves a session from one state to another."""

    CONNECT_ASKED = "connect asked"
    SOCKET_OPENED = "socket opened"
    SETUP_COMPLETED = "setup completed"
    CONNECT_FAILED = "connect failed"
    CONNECT_POSTPONED = "connect postponed"
    GO_AWAY_RECEIVED = "go-away received"
    CHANGE_OVER = "change over"
    CONNECTION_LOST = "connection lost"
    GIVEN_UP = "given up"
    CLOSE_ASKED = "close asked"
    ENDED = "ended"


_S, _T = State, Trigger

TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (_S.DISCONNECTED, _T.CONNECT_ASKED): _S.CONNECTING,
    (_S.DISCONNECTED, _T.CLOSE_ASKED): _S.CLOSING,
    (_S.CONNECTING, _T.SOCKET_OPENED): _S.SETUP_PENDING,
    (_S.CONNECTING, _T.CONNECT_FAILED): _S.DISCONNECTED,
    (_S.CONNECTING, _T.CONNECT_POSTPONED): _S.CONNECTING,  # another attempt is made later
    (_S.CONNECTING, _T.CLOSE_ASKED): _S.CLOSING,
    (_S.SETUP_PENDING, _T.SETUP_COMPLETED): _S.READY,
    (_S.SETUP_PENDING, _T.CONNECT_FAILED): _S.DISCONNECTED,
    (_S.SETUP_PENDING, _T.CONNECT_POSTPONED): _S.CONNECTING,
    (_S.SETUP_PENDING, _T.CLOSE_ASKED): _S.CLOSING,
    (_S.READY, _T.GO_AWAY_RECEIVED): _S.DRAINING,  # the server still reads, so sending goes on
    (_S.READY, _T.CHANGE_OVER): _S.RECONNECTING,
    (_S.READY, _T.CONNECTION_LOST): _S.RECONNECTING,
    (_S.READY, _T.GIVEN_UP): _S.CLOSING,
    (_S.READY, _T.CLOSE_ASKED): _S.CLOSING,
    (_S.DRAINING, _T.CHANGE_OVER): _S.RECONNECTING,
    (_S.DRAINING, _T.CONNECTION_LOST): _S.RECONNECTING,
    (_S.DRAINING, _T.GIVEN_UP): _S.CLOSING,
    (_S.DRAINING, _T.CLOSE_ASKED): _S.CLOSING,
    (_S.RECONNECTING, _T.SOCKET_OPENED): _S.RECONNECTING,  # an outage is one state, whatever is being tried
    (_S.RECONNECTING, _T.SETUP_COMPLETED): _S.READY,
    (_S.RECONNECTING, _T.GIVEN_UP): _S.CLOSING,
    (_S.RECONNECTING, _T.CLOSE_ASKED): _S.CLOSING,
    (_S.CLOSING, _T.ENDED): _S.CLOSED,
}

# Tuples: to look for a member of an enum among three is quicker than to hash it.
MAY_SEND = (State.READY, State.DRAINING, State.RECONNECTING)
"""States in which a message of the program is accepted."""

CONNECTED = (State.READY, State.DRAINING)
"""States in which there is an open connection with a completed setup."""

OVER = (State.CLOSING, State.CLOSED)


def advance(state: State, trigger: Trigger) -> State | None:
    """Return the next state, ``None`` if the trigger means nothing in this one."""
    return TRANSITIONS.get((state, trigger))
