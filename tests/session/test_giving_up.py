"""What can't be mended ends the session at once; what may is tried within bounds; and the first connect."""

from __future__ import annotations

import threading
import time

import pytest

from gemini_live import (
    AuthError,
    ConfigError,
    ConnectError,
    ConnectionLost,
    HandshakeError,
    ReconnectPolicy,
    SetupError,
)
from gemini_live.emulator import Emulator
from gemini_live.testing import ManualClock

from .conftest import AT_ONCE, TIMEOUT, chain, eventually
from .peers import busy, give_and_drop, leaving, mute, take_and_drop


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (1007, "API key not valid. Please pass a valid API key."),
        (1008, "models/nope is not found for API version v1beta, or is not supported for bidiGenerateContent."),
        (1008, "Method doesn't allow unregistered callers"),
        (1011, "You exceeded your current quota, please check your plan and billing details."),
    ],
)
def test_what_no_attempt_can_change_ends_the_session_at_once(script, make, heard, code, reason):
    """ConnectionLost for whoever asks, one on_error, on_close with code, words and handle; nothing is dialled."""

    def serve(peer):
        peer.accept()
        peer.offer("h1")
        peer.receive()
        peer.connection.close(code, reason)

    server = script(serve)
    session = make(server, reconnect=AT_ONCE, **heard.hooks("reconnecting", "error", "close"))
    session.connect()
    with pytest.raises(ConnectionLost) as caught:
        session.ask("hello", timeout=TIMEOUT)
    closed = heard.wait("close")

    assert (caught.value.code, caught.value.retryable) == (code, False)
    assert caught.value.hint
    assert any("transition" in str(entry) or entry for entry in caught.value.history)
    assert (closed.by, closed.code, closed.handle) == ("server", code, "h1")
    assert len(heard.values("error")) == 1
    assert heard.values("reconnecting") == []
    assert len(server.requests) == 1


def test_it_gives_up_after_so_many_attempts(script, make, heard):
    """max_attempts; every cause is in .attempts of what ask() raises."""
    server = script(chain(take_and_drop, busy))
    policy = ReconnectPolicy(base_delay=0, max_attempts=3)
    session = make(server, reconnect=policy, **heard.hooks("reconnecting", "error", "close"))
    session.connect()
    with pytest.raises(ConnectionLost) as caught:
        session.ask("hello", timeout=TIMEOUT)
    closed = heard.wait("close")

    assert [getattr(error, "code", None) for error in caught.value.attempts] == [1006, 1013, 1013, 1013]
    assert caught.value.code == 1006
    assert [news.attempt for news in heard.values("reconnecting")] == [1, 2, 3]
    assert closed.by in ("error", "server")
    assert closed.handle == "h1"
    assert len(heard.values("error")) == 1
    assert len(server.requests) == 4


def test_it_gives_up_when_the_budget_is_spent(script, make, heard):
    """A pause that would leave the budget is not begun; the clock is the test's."""
    clock = ManualClock()
    server = script(chain(give_and_drop, busy))
    policy = ReconnectPolicy(base_delay=0, budget=10, max_attempts=1000)
    session = make(
        server,
        reconnect=policy,
        clock=clock,
        connect_timeout=1000,
        on_reconnecting=lambda news: (clock.advance(3), heard.hook("reconnecting")(news)),
        **heard.hooks("close"),
    )
    session.connect()
    heard.wait("close")

    assert 2 <= len(heard.values("reconnecting")) <= 8


def test_delays_grow_within_their_bounds(script, make, heard):
    """Full jitter: each lies between nothing and a doubling bound, and none is above max_delay."""
    policy = ReconnectPolicy(base_delay=0.002, max_delay=0.01, max_attempts=6)
    session = make(script(chain(give_and_drop, busy)), reconnect=policy, **heard.hooks("reconnecting", "close"))
    session.connect()
    heard.wait("close")

    bounds = [0.002, 0.004, 0.008, 0.01, 0.01, 0.01]
    delays = [news.delay for news in heard.values("reconnecting")]
    assert len(delays) == 6
    assert all(0 <= delay <= bound for delay, bound in zip(delays, bounds, strict=True))


def test_a_server_that_asks_for_a_pause_gets_it(server, open_session, heard):
    """Retry-After of a 503 or 429 is waited at least."""
    session = open_session(server, reconnect=AT_ONCE, **heard.hooks("reconnecting", "reconnected"))
    eventually(session.get_session_handle)
    server.fail_next(status=503, headers={"Retry-After": "1"})
    server.drop_all()
    heard.wait("reconnected")

    assert [news.delay >= 1 for news in heard.values("reconnecting")] == [False, True]
    assert heard.values("reconnecting")[1].cause.status == 503


def test_a_fatal_answer_in_an_outage_ends_it(server, open_session, heard):
    """The key was revoked meanwhile: no more attempts, and the cause is told."""
    session = open_session(server, reconnect=AT_ONCE, **heard.hooks("reconnecting", "close"))
    eventually(session.get_session_handle)
    server.fail_next(code=1007, reason="API key not valid. Please pass a valid API key.")
    server.drop_all()
    error = heard.wait("close").error

    assert len(heard.values("reconnecting")) == 1
    assert isinstance(error.attempts[-1], SetupError)
    assert error.__cause__ is error.attempts[-1]


def test_a_server_that_is_gone_is_sought_within_the_bounds(open_session, heard):
    """Nothing listens any more: refused connections are tried again, and then it is over."""
    with Emulator(tls=False) as server:
        policy = ReconnectPolicy(base_delay=0, max_attempts=3)
        session = open_session(server, reconnect=policy, **heard.hooks("reconnecting", "close"))
    closed = heard.wait("close")

    assert len(heard.values("reconnecting")) == 3
    assert isinstance(closed.error, ConnectionLost)
    assert session.status == "closed"


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429}, {"drop": True}, {"code": 1013, "reason": "busy"}])
def test_a_first_connect_is_tried_again_if_that_was_wished(server, make, heard, fault):
    """retry=True: busy, too many, reset, closed; each attempt is told, and then it is open."""
    server.fail_next(times=2, **fault)
    session = make(server, reconnect=AT_ONCE, **heard.hooks("reconnecting", "open", "error", "reconnected"))
    session.connect(retry=True)
    session.ask("hello", timeout=TIMEOUT)
    heard.wait("open")  # the last that callbacks hear of it

    assert [news.attempt for news in heard.values("reconnecting")] == [1, 2]
    assert heard.values("error") == heard.values("reconnected") == []
    assert [opened.resumed for opened in heard.values("open")] == [False]


def test_a_first_connect_that_takes_too_long_is_tried_again(server, make):
    """A time-out is one failure of many."""
    server.fail_next(silent=True)
    session = make(server, reconnect=AT_ONCE)
    session.connect(timeout=0.5, retry=True)

    assert server.attempts == 2


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": True}, {"code": 1013, "reason": "busy"}])
def test_a_first_connect_is_not_tried_again_unasked(server, make, heard, fault):
    """It raises, and can be tried by the program."""
    server.fail_next(**fault)
    session = make(server, reconnect=AT_ONCE, **heard.hooks("reconnecting", "close"))
    with pytest.raises(ConnectError):
        session.connect()
    assert session.status == "disconnected"
    session.connect()

    assert heard.values("reconnecting") == []


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 401},
        {"status": 403},
        {"status": 404},
        {"code": 1007, "reason": "Request contains an invalid argument."},
        {"code": 1007, "reason": "API key not valid. Please pass a valid API key."},
        {"code": 1008, "reason": "models/nope is not found for API version v1beta"},
    ],
)
def test_what_a_retry_cannot_change_is_raised_at_once(server, make, heard, fault):
    """Wished or not: one attempt."""
    server.fail_next(times=5, **fault)
    session = make(server, reconnect=AT_ONCE, **heard.hooks("reconnecting"))
    with pytest.raises((HandshakeError, SetupError, AuthError)):
        session.connect(retry=True)

    assert server.attempts == 1
    assert heard.values("reconnecting") == []
    assert session.status == "disconnected"


def test_a_first_connect_is_tried_within_the_bounds(server, make):
    """After max_attempts the last error is raised, and the session may be connected again."""
    server.fail_next(status=503, times=3)
    session = make(server, reconnect=ReconnectPolicy(base_delay=0, max_attempts=2))
    with pytest.raises(HandshakeError):
        session.connect(retry=True)

    assert server.attempts == 3
    assert session.status == "disconnected"
    session.connect()


def test_retry_without_a_policy_is_one_attempt(server, make):
    """reconnect=False: there are no bounds to try within."""
    server.fail_next(status=503)
    with pytest.raises(HandshakeError):
        make(server, reconnect=False).connect(retry=True)

    assert server.attempts == 1


def test_retry_is_a_flag(server, make):
    """Anything else is refused."""
    with pytest.raises(ConfigError, match="retry"):
        make(server).connect(retry=3)


def test_close_during_a_first_connect_that_is_being_retried(server, make, heard):
    """It ends the pause, and connect() says so."""
    server.fail_next(status=503, times=100)
    policy = ReconnectPolicy(base_delay=1000, max_delay=1000, budget=10000)
    session = make(server, reconnect=policy, **heard.hooks("reconnecting"))
    failed = []

    def connect():
        try:
            session.connect(retry=True)
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=connect)
    thread.start()
    heard.wait("reconnecting")
    session.close(timeout=5)
    thread.join(TIMEOUT)

    assert type(failed[0]).__name__ == "SessionClosed"


@pytest.mark.parametrize("phase", ["waiting", "dialling", "in setup", "changing over"])
def test_close_is_in_time_in_every_phase_of_an_outage(script, make, heard, phase):
    """It returns within its timeout, and what was not sent is told."""
    reached = threading.Event()
    first = leaving() if phase == "changing over" else give_and_drop
    delay = 1000.0 if phase == "waiting" else 0.0
    policy = ReconnectPolicy(base_delay=delay, max_delay=delay, budget=10000)
    server = script(chain(first, lambda peer: mute(peer, reached)))
    session = make(server, reconnect=policy, **heard.hooks("reconnecting", "close"))
    session.connect()
    if phase in ("waiting", "dialling"):
        heard.wait("reconnecting")
    else:
        assert reached.wait(TIMEOUT)
    eventually(lambda: session.status == "reconnecting")
    session.send_text("never sent")
    began = time.monotonic()
    session.close(timeout=2)
    took = time.monotonic() - began
    closed = heard.wait("close")

    assert took < 2.5
    assert closed.by == "user"
    if phase != "dialling":
        assert [unsent.kind for unsent in closed.unsent] == ["client_content"]
    assert session.status == "closed"
