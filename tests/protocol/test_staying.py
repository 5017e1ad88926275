"""A session that outlives its connections, in any interleaving: nothing is lost in silence, nothing is done twice."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gemini_live.protocol import CONNECTED, TRANSITIONS, State
from gemini_live.protocol.close_codes import classify
from gemini_live.protocol.policy import ReconnectPolicy
from gemini_live.protocol.recovery import Step

from .model import NOBODY, Sent, Session

pytestmark = pytest.mark.timeout(400)  # a failure takes its time to become a short one
INVALID, NOT_FOUND = "Request contains an invalid argument.", "Requested entity was not found."
DROPS = [(1006, ""), (1011, "Deadline expired before operation could complete."), (1000, "")] * 8
ENDS = [*DROPS, (1007, INVALID), (1008, NOT_FOUND), *DROPS, (1009, ""), *DROPS]
"""How a connection ends; what can be resumed is the rule."""
A_FEW = st.integers(0, 3)
SAYS = ["client_content", "context_update", "realtime_input.activity_end", "realtime_input.audio"]
ACTS = ["answer", "answer", "handle", "handle", "call", "go away", "nothing"]
ATTEMPTS = st.lists(
    st.sampled_from(["plain", "bundled", "slow", "nobody"] * 4 + [(1006, ""), (1007, INVALID), "plain"]), max_size=3
)
UNDER_WAY = 0.9
"""Seconds after which nothing is on its way any more, in either direction; twice that is below what the log allows."""
STATES = {state for state, _ in TRANSITIONS}
SILENCE = 10.0
"""Seconds within which the server answers, or never does: twenty seconds later a question is taken for dropped."""
NOT_REPEATED = {"tool_response", "realtime_input.activity_end"}


def connected(machine):
    """Whether there is a connection."""
    return machine.session.protocol.state in CONNECTED


def is_over(machine):
    """Whether the session has given up."""
    return machine.session.protocol.state is State.CLOSING


def in_outage(machine):
    """Whether there is none, nor one whose setup is under way."""
    protocol = machine.session.protocol
    return protocol.state is State.RECONNECTING and not protocol.setup_pending


class Staying(RuleBasedStateMachine):
    """A program, a network and a server that do what they like, within what each of them promises."""

    transparent = False

    def __init__(self):
        super().__init__()
        self.numbers = itertools.count(1)
        self.expected = []
        self.turn_of = {}
        self.completed = 0
        self.lost = set()
        self.repeated = set()
        self.open_calls = set()
        self.over_calls = set()
        self.seen_reruns = 0

    @initialize(replay=st.sampled_from(["auto", "all", "none"]), is_heard=st.sampled_from([2, 1]))
    def begin(self, replay, is_heard):
        """A session is ready."""
        replay = "auto" if self.transparent else replay
        policy = ReconnectPolicy(replay=replay, max_attempts=40, budget=3600.0)
        self.session = Session(transparent=self.transparent, policy=policy)
        self.session.deliver(is_heard)

    # The program

    def _send(self, kind, turn=None, *, asks=False, ids=()):
        message = Sent(next(self.numbers), kind, turn, asks, ids)
        if self.session.send(message) and message.control:
            self.expected.append(message)

    @rule(what=st.lists(st.sampled_from(["ask", *SAYS]), min_size=1, max_size=5), writes=A_FEW)
    def program_says(self, what, writes):
        """The program asks, tells, or sends sound while there is somebody to hear it; the kernel takes some of it."""
        for kind in what:
            if kind == "ask":
                self._ask()
            elif kind != "realtime_input.audio" or connected(self):
                turns = self.session.protocol.turns
                self._send(kind, turns.next_number if kind == "client_content" else None)
        self.session.write(writes)

    def _ask(self):
        number = self.session.protocol.turns.request_sent(self.session.now)
        assert number > self.completed
        for request, other in self.turn_of.items():  # after a long silence this one takes the place of those before
            self.turn_of[request] = min(other, number)
        self._send("client_content", number, asks=True)
        self.turn_of[self.expected[-1]] = number

    @precondition(lambda self: self.open_calls)
    @rule(data=st.data())
    def program_answers(self, data):
        """The program answers a call."""
        call = data.draw(st.sampled_from(sorted(self.open_calls)))
        self._send("tool_response", ids=(call,))
        self._settle_call(call)

    def _settle_call(self, call):
        assert call in self.open_calls, "a call is settled once"
        self.open_calls.remove(call)
        self.over_calls.add(call)

    # The network and the server

    @rule(steps=st.lists(st.tuples(A_FEW, A_FEW, st.sampled_from(ACTS), A_FEW), min_size=2, max_size=8))
    def life_goes_on(self, steps):
        """The kernel takes something, the server takes in something and acts, the client hears something."""
        for writes, arrives, act, is_heard in steps:
            self.session.write(writes)
            self.session.arrive(arrives)
            if connected(self):
                self._act(act)
            self.session.deliver(is_heard)

    def _act(self, act):
        server = self.session.server
        if act == "answer" and server.generating and server.called is None:
            server.finish()
        elif act in ("answer", "call") and not server.generating and server.requests:
            server.begin()
        elif act == "call" and server.generating and server.called is None:
            server.call()
        elif act == "handle":
            server.say(sessionResumptionUpdate=server.update())
        elif act == "go away":
            server.say(goAway={"timeLeft": "50s"})

    @rule(seconds=st.sampled_from([0.1, 0.5, 3.0, 30.0, 100.0]))
    def time_passes(self, seconds):
        """Time passes, and with it whatever was on its way; nobody is silent for long and answers then all the same."""
        wire = self.session.wire
        if seconds >= SILENCE and connected(self):
            self.session.settle()
        elif seconds > UNDER_WAY / 2 or (wire and wire[0][0] + UNDER_WAY / 2 < self.session.now):
            self.session.arrive(1000)
            self.session.deliver(1000)
        self.session.now += seconds

    @rule(end=st.sampled_from([*ENDS, "change over"]), arrives=A_FEW, is_heard=A_FEW, attempts=ATTEMPTS)
    def connection_ends(self, end, arrives, is_heard, attempts):
        """The connection ends, wherever everything is, or the session changes over; attempts at another follow."""
        handle = self.session.protocol.handle
        if is_over(self):
            return
        if not in_outage(self):
            self.session.arrive(arrives)
            self.session.deliver(is_heard)
            if end != "change over":
                self.session.lose(*end)
            elif connected(self) and self.session.protocol.idle and not self.session.outbox and handle and handle.safe:
                self.session.leave()
        for attempt in attempts:
            if in_outage(self):
                self._try(attempt)

    def _try(self, attempt):
        """Try to get another connection; its setup is complete now or in a moment."""
        if attempt in ("plain", "bundled", "slow"):
            self.session.dial(bundled=attempt == "bundled")
            self.session.deliver(0 if attempt == "slow" else 2)
        else:
            self.session.refuse(NOBODY if attempt == "nobody" else classify(*attempt, in_setup=True))

    # What always holds

    @invariant()
    def everything_holds(self):
        """Whatever has happened, the news of it is consistent, and so is where it has led."""
        if hasattr(self, "session"):
            self.news_is_consistent()
            assert self.session.protocol.state in STATES
            self.what_the_server_knows_twice_was_said_to_be_sent_twice()
            if not is_over(self):
                self.every_request_has_an_end_ahead_or_behind()

    def news_is_consistent(self):
        """Turns end one after the other; a call is given up at most once, and never after its answer."""
        events, self.session.events = self.session.events, []
        for event in events:
            if event.name == "turn_complete":
                assert event.value.number == self.completed + 1
                self.completed = event.value.number
            elif event.name == "tool_call":
                for call in event.value.function_calls:
                    assert call.id not in self.open_calls | self.over_calls
                    self.open_calls.add(call.id)
            elif event.name == "tool_call_cancellation":
                for call in event.value.ids:
                    self._settle_call(call)
            else:
                assert event.name != "error"
        assert set(self.session.protocol.tool_calls.pending) == self.open_calls
        self._check_reruns()

    def _check_reruns(self):
        for resumed, rerun, waiting in self.session.reruns[self.seen_reruns :]:
            assert not set(rerun.again) & set(rerun.lost)
            assert len(set(rerun.again)) == len(rerun.again)
            assert sorted(rerun.again, key=lambda message: message.number) == list(rerun.again)
            self.repeated |= set(rerun.again)
            self.lost |= set(rerun.lost)
            if not resumed:
                self._forget_old_session(waiting)
            elif self.transparent:
                assert not rerun.lost
            assert not any(message.kind in NOT_REPEATED for message in rerun.again) or (resumed and self.transparent)
        self.seen_reruns = len(self.session.reruns)

    def _forget_old_session(self, waiting):
        """A fresh session has to know what it is told again and what waits; the rest was over, covered or is lost."""
        for message in self.expected:
            if message not in waiting and message not in self.lost:
                assert message.turn is None or message.turn <= self.completed
                assert message.kind != "context_update"
        self.expected = list(waiting)

    def every_request_has_an_end_ahead_or_behind(self):
        """The number that a program waits for has come or will."""
        turns = self.session.protocol.turns
        ahead = turns.number + len(turns._queued)
        for number in self.turn_of.values():
            assert number <= self.completed or (number <= ahead and (turns.awaiting or turns.generating))

    def what_the_server_knows_twice_was_said_to_be_sent_twice(self):
        """Where the server tells, nothing reaches it twice; elsewhere what does was counted as sent again."""
        known = self.session.server.known
        twice = {message for message in known if known.count(message) > 1} if len(set(known)) < len(known) else set()
        assert not (twice if self.transparent else twice - self.repeated)

    def teardown(self):
        """Everything comes to rest: the server knows what it was told, and every request has its answer."""
        if not hasattr(self, "session") or is_over(self):
            return
        session = self.session
        if in_outage(self):
            session.dial(bundled=False)
        session.settle()
        self.news_is_consistent()
        known = session.server.known
        if self.transparent:
            assert known == self.expected
        else:
            missing = set(self.expected) - set(known) - self.lost
            assert not missing
        if session.server.called is None:
            assert not session.protocol.turns.awaiting
            assert all(number <= self.completed for number in self.turn_of.values())


class StayingExactly(Staying):
    """The same with a server that tells what it has taken in."""

    transparent = True


Staying.TestCase.settings = settings(max_examples=80, stateful_step_count=40)
StayingExactly.TestCase.settings = settings(max_examples=80, stateful_step_count=40)
TestStaying = Staying.TestCase
TestStayingExactly = StayingExactly.TestCase


def test_a_fresh_plan_never_keeps_a_handle():
    """What the machine relies on: a session that begins afresh has given up its handle."""
    machine = Session(transparent=False, policy=ReconnectPolicy())
    machine.deliver(1)
    machine.server.say(sessionResumptionUpdate=machine.server.update())
    machine.deliver(1)

    machine.lose(1008, NOT_FOUND)

    assert machine.plan.step is Step.FRESH
    assert machine.protocol.handle is None
