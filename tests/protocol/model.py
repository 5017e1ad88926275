"""A server that remembers, a network that loses, and the least session around the core: what its state machine drives."""

from __future__ import annotations

import itertools
import json
from collections import deque

import attrs

from gemini_live.protocol import CONNECTED, LiveProtocol, State, Trigger
from gemini_live.protocol.close_codes import Verdict, classify
from gemini_live.protocol.outgoing import Lane, Outgoing
from gemini_live.protocol.policy import ReconnectPolicy
from gemini_live.protocol.recovery import Plan, Recovery, Step
from gemini_live.protocol.replay import ReplayLog

NOBODY = Verdict(retryable=True, resumable=True)
"""What an attempt that reached nobody means."""


@attrs.frozen(eq=False)
class Sent:
    """One message of the program; an object that is known by its identity."""

    number: int
    kind: str
    turn: int | None = None
    asks: bool = False
    ids: tuple[str, ...] = ()

    @property
    def control(self):
        """Whether it may not be lost."""
        return self.kind != "realtime_input.audio"

    def outgoing(self):
        """Return what the core is told of it."""
        lane = Lane.CONTROL if self.control else Lane.AUDIO
        return Outgoing(self.kind, b"x" * 10, lane=lane, asks=self.asks, answers=self.ids)


class Server:
    """Answers one request after the other; what it knows at a handle it knows again when that is resumed."""

    def __init__(self, *, transparent):
        self.transparent = transparent
        self.known = []
        self.handles = {}
        self.requests = deque()
        self.generating = False
        self.called = None
        self.count = 0
        self.out = deque()
        self._names = itertools.count(1)

    def accept(self, handle):
        """Complete the setup of another connection; an answer that was cut is not continued."""
        self.known = list(self.handles[handle]) if handle is not None else []
        self.requests.clear()
        self.out.clear()
        self.generating, self.called, self.count = False, None, 0

    def say(self, **message):
        """Send something."""
        self.out.append(json.dumps(message))

    def consume(self, message):
        """Take in one message."""
        self.count += 1
        if message.control:
            self.known.append(message)
        if message.asks:
            if self.generating:
                self.say(serverContent={"interrupted": True})
                self.finish()
            self.requests.append(message)
        if self.called in message.ids:
            self.called = None

    @property
    def busy(self):
        """Whether it gives no handles."""
        return self.generating or self.called is not None

    def begin(self):
        """Begin to answer the oldest request, or something that was spoken."""
        self.generating = True
        if self.requests:
            self.requests.popleft()
        self.say(serverContent={"outputTranscription": {"text": "word "}}, usageMetadata={"totalTokenCount": 1})

    def call(self):
        """Call a function."""
        self.called = f"c{next(self._names)}"
        self.say(toolCall={"functionCalls": [{"id": self.called, "name": "f"}]})
        self.say(sessionResumptionUpdate={})

    def finish(self):
        """End the answer."""
        self.generating = False
        self.say(serverContent={"turnComplete": True})

    def update(self):
        """Return news of how it can be resumed."""
        if self.busy:
            return {}
        handle = f"h{next(self._names)}"
        self.handles[handle] = tuple(self.known)
        update = {"newHandle": handle, "resumable": True}
        if self.transparent and self.count:
            update["lastConsumedClientMessageIndex"] = str(self.count)
        return update


class Session:
    """What a session does with the core, and nothing else: the actor without its thread and sockets."""

    def __init__(self, *, transparent, policy):
        self.transparent = transparent
        self.protocol = LiveProtocol()
        self.recovery = Recovery(policy)
        self.policy: ReconnectPolicy = policy
        self.log = ReplayLog(1_000_000, transparent=transparent)
        self.server = Server(transparent=transparent)
        self.outbox = deque()
        self.wire = deque()
        self.plan = Plan(Step.RESUME)
        self.events = []
        self.reruns = []
        self.now = 0.0
        self.protocol.trigger(Trigger.CONNECT_ASKED)
        self.protocol.trigger(Trigger.SOCKET_OPENED)
        self.server.accept(None)
        self._complete_setup(bundled=False)

    # What the program does

    def send(self, message):
        """Take a message; an answer to a call of an earlier connection is dropped."""
        if message.ids and self.protocol.tool_calls.stale(message.ids):
            return False
        if message.kind == "tool_response":
            self.protocol.tool_answered(message.ids)
        self.outbox.append(message)
        return True

    def write(self, most):
        """Give the kernel some of what waits."""
        while self.outbox and most and self.protocol.state in CONNECTED:
            message, most = self.outbox.popleft(), most - 1
            if message.control:
                self.log.sent(message, message.outgoing(), message.turn, self.now)
            else:
                self.log.passed(1)
            self.wire.append((self.now, message))

    # What the network does

    def arrive(self, most):
        """Have the server take in some of what is on its way."""
        while self.wire and most:
            self.server.consume(self.wire.popleft()[1])
            most -= 1

    def deliver(self, most):
        """Have the client hear some of what the server said."""
        while self.server.out and most and self.protocol.state is not State.CLOSING:
            self._hear(self.server.out.popleft())
            most -= 1

    def _hear(self, payload):
        protocol, before = self.protocol, self.protocol.state
        message = protocol.receive(payload, self.now)
        update = message.session_resumption_update
        if update is not None and before in CONNECTED and protocol.handle is not None and protocol.handle.safe:
            self.log.handle_came(self.now, update.last_consumed_client_message_index)
            if update.last_consumed_client_message_index:
                self.recovery.worked()
        if protocol.state in CONNECTED and before not in CONNECTED:
            self._ready()
        self._publish(worked=True)

    def _publish(self, *, worked):
        for event in self.protocol.take_events():
            self.events.append(event)
            if event.name == "turn_complete":
                self.log.answered(event.value.number)
                if worked:
                    self.recovery.worked()

    def _ready(self):
        first = self.protocol.connection == 1
        self._publish(worked=False)
        resumed = self.protocol.resuming
        self.recovery.ready(self.now, resumed=resumed)
        if first:
            return
        rerun = self.log.rerun(resumed=resumed, replay=self.policy.replay)
        self.outbox.extendleft(reversed(rerun.again))
        self.reruns.append((resumed, rerun, tuple(message for message in self.outbox if message.control)))
        repeated = sum(message.asks for message in self.outbox)
        self.protocol.cut(self.now, repeated=repeated, keep_calls=resumed and self.transparent)
        assert self.protocol.tool_calls.pending == (), "no handle covers an open call"
        self._publish(worked=False)

    # What becomes of connections

    def lose(self, code, reason):
        """Lose the connection and everything on its way."""
        self._forget_wire()
        if self.protocol.setup_pending:
            self.refuse(classify(code, reason, in_setup=True))
            return
        self.protocol.trigger(Trigger.CONNECTION_LOST)
        verdict = classify(code, reason, in_setup=False)
        self._follow(self.recovery.lost(verdict, self.now, has_handle=self.protocol.handle is not None, chance=0.0))

    def leave(self):
        """Change over."""
        self.protocol.trigger(Trigger.CHANGE_OVER)
        self._forget_wire()
        self.plan = Plan(Step.RESUME if self.protocol.handle is not None else Step.FRESH)

    def _forget_wire(self):
        self.wire.clear()
        self.server.out.clear()

    def _follow(self, plan):
        self.plan = plan
        if self.recovery.handle_is_bad:
            self.protocol.handle = None
        if plan.step is Step.FAIL:
            self.protocol.trigger(Trigger.GIVEN_UP)

    def refuse(self, verdict):
        """Have an attempt fail."""
        with_handle = self.plan.step is Step.RESUME and self.protocol.handle is not None
        self.protocol.setup_pending = False
        self._follow(self.recovery.refused(verdict, self.now, with_handle=with_handle, chance=0.0))

    def dial(self, *, bundled):
        """Open another connection, whose setup the server completes."""
        handle = self.protocol.handle if self.plan.step is Step.RESUME else None
        self.protocol.trigger(Trigger.SOCKET_OPENED)
        self.protocol.resuming = handle is not None
        self.server.accept(handle.value if handle is not None else None)
        self._complete_setup(bundled=bundled)

    def _complete_setup(self, *, bundled):
        """Have the server accept, and say how it can be resumed, in one message or two."""
        news = {"sessionResumptionUpdate": self.server.update()}
        if bundled:
            self.server.say(setupComplete={}, **news)
        else:
            self.server.say(setupComplete={})
            self.server.say(**news)

    def settle(self):
        """Let everything come to rest, or as far as the answer to a call."""
        for _ in range(10_000):
            self.write(100)
            self.arrive(100)
            self.deliver(100)
            if self.server.called is not None or self.protocol.state not in CONNECTED:
                return
            if self.server.generating:
                self.server.finish()
            elif self.server.requests:
                self.server.begin()
            elif not (self.outbox or self.wire or self.server.out):
                return
        raise AssertionError("it never comes to rest")
