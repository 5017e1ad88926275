"""A server that says anything in any order: the core neither raises nor loses its place."""

from __future__ import annotations

import base64
import json

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gemini_live.protocol import CALLBACKS, CONNECTED, OVER, Event, LiveProtocol, State, Trigger, advance

CONTENTS = [
    {},
    {"outputTranscription": {}},
    {"outputTranscription": {"text": "It is"}},
    {"outputTranscription": {"finished": True}},
    {"inputTranscription": {"text": " Hello"}},
    {"interimInputTranscription": {"text": "Hel"}},
    {"modelTurn": {"parts": [{"text": "**Thinking**", "thought": True}]}},
    {"modelTurn": {"role": "model", "parts": [{"text": "words"}, {"functionCall": {"name": "f"}}]}},
    {"generationComplete": True},
    {"turnComplete": True},
    {"turnComplete": True, "groundingMetadata": {}},
    {"turnComplete": True, "interactionStatus": "IN_PROGRESS"},
    {"turnComplete": True, "interactionStatus": "IDLE"},
    {"turnComplete": True, "turnCompleteReason": "RESPONSE_REJECTED"},
    {"interactionStatus": "IDLE"},
    {"interrupted": True},
]
OTHERS = [
    {"setupComplete": {}},
    {"setupComplete": {"sessionId": "df14c3dc"}},
    {"toolCall": {"functionCalls": [{"name": "get_weather", "args": {"city": "London"}, "id": "fc_1"}]}},
    {"toolCallCancellation": {"ids": ["fc_1"]}},
    {"usageMetadata": {"promptTokenCount": 10, "totalTokenCount": 12}},
    {"sessionResumptionUpdate": {"newHandle": "95e91930", "resumable": True}},
    {"sessionResumptionUpdate": {}},
    {"goAway": {"timeLeft": "50s"}},
    {"goAway": {}},
    {"voiceActivity": {"type": "ACTIVITY_START"}},
    {"error": {"code": 500, "message": "x"}},
    {"code": 400, "message": "y"},
    {"new": 1},
]
WIRE_NAMES = sorted({key for data in (*CONTENTS, *OTHERS) for key in data} | {"parts", "inlineData", "data", "text"})

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WIRE_NAMES) | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
spoken = st.binary(max_size=64).map(
    lambda pcm: {
        "modelTurn": {
            "parts": [{"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": base64.b64encode(pcm).decode()}}]
        }
    }
)
contents = st.lists(st.sampled_from(CONTENTS) | spoken, min_size=1, max_size=3).map(
    lambda pieces: {"serverContent": {key: value for piece in pieces for key, value in piece.items()}}
)
messages = st.lists(contents | st.sampled_from(OTHERS), min_size=1, max_size=3).map(
    lambda pieces: {key: value for piece in pieces for key, value in piece.items()}
)
plain = messages.map(json.dumps) | messages.map(lambda data: json.dumps(data).encode())
odd = anything.map(json.dumps) | st.text(max_size=20) | st.binary(max_size=20)

FROM_OUTSIDE = [
    *[Trigger.CONNECT_ASKED, Trigger.SOCKET_OPENED, Trigger.CONNECT_FAILED] * 3,
    *[Trigger.CONNECT_POSTPONED, Trigger.CONNECTION_LOST, Trigger.CHANGE_OVER] * 2,
    Trigger.GIVEN_UP, Trigger.CLOSE_ASKED, Trigger.ENDED,
]  # fmt: skip
"""What no message causes; the ends are rarer than the beginnings."""

MAY_COME_LATE = {"interrupted"}
"""What may speak of the turn before."""


class AnyServer(RuleBasedStateMachine):
    """Any message in any order, with a program that connects, asks, loses the connection and closes in between."""

    def __init__(self):
        super().__init__()
        self.protocol = LiveProtocol(splits_tool_rounds=True)
        self.now = 0.0
        self.opened_on = []
        self.newest = 1
        self.cut_for = 1
        self.completed = 0
        self.audio = {}

    @initialize()
    def program_connects(self):
        """A socket is open and the setup is sent."""
        self.happens(Trigger.CONNECT_ASKED)
        self.happens(Trigger.SOCKET_OPENED)

    @rule(trigger=st.sampled_from(FROM_OUTSIDE))
    def happens(self, trigger):
        """Something other than a message happens; only what the table says follows."""
        before = self.protocol.state
        following = advance(before, trigger)

        assert self.protocol.trigger(trigger) is (following is not None)
        assert self.protocol.state is (following or before)

    @precondition(lambda self: self.protocol.state is State.READY and self.protocol.connection > self.cut_for)
    @rule(repeated=st.integers(0, 3), exact=st.booleans())
    def session_goes_on(self, repeated, exact):
        """Another connection is there, and what the loss of the last one has cut is told."""
        self.cut_for = self.protocol.connection
        self.protocol.cut(self.now, repeated=repeated, keep_calls=exact)
        for event in self.protocol.take_events():
            self._check_event(event)

    @rule()
    def program_asks(self):
        """The program asks for an answer."""
        assert self.protocol.turns.request_sent(self.now) > self.completed

    @precondition(lambda self: self.protocol.setup_pending and self.protocol.state not in OVER)
    @rule(beside=messages)
    def server_accepts(self, beside):
        """The server completes the setup, perhaps with something else in the same message."""
        self.server_says(json.dumps({**beside, "setupComplete": {}}), 0.1)

    @rule(data=messages)
    def server_goes_on(self, data):
        """The server says what a server says."""
        self.server_says(json.dumps(data), 0.1)

    @rule(payload=plain | odd, seconds=st.floats(0.0, 10.0))
    def server_says(self, payload, seconds):
        """The server says something; everything it causes is legal."""
        self.now += seconds
        before, expected = self.protocol.state, self.protocol.setup_pending

        message = self.protocol.receive(payload, self.now)

        events = self.protocol.take_events()
        self._check_state(before, [event.name for event in events], expected=expected)
        for event in events:
            self._check_event(event)
        if message is not None:
            said = b"".join(
                part.inline_data.data
                for part in message.parts()
                if part.inline_data is not None
                and part.inline_data.data is not None
                and (part.inline_data.mime_type or "audio/").lower().startswith("audio/")
            )
            assert said == b"".join(event.value.data for event in events if event.name == "audio")

    def _check_state(self, before, names, *, expected):
        became_ready = before not in CONNECTED and self.protocol.state in CONNECTED
        assert names.count("open") == became_ready
        assert expected or not became_ready
        assert self.protocol.state in (
            before,
            advance(before, Trigger.SETUP_COMPLETED),
            advance(before, Trigger.GO_AWAY_RECEIVED),
            advance(advance(before, Trigger.SETUP_COMPLETED), Trigger.GO_AWAY_RECEIVED),
        )

    def _check_event(self, event: Event):
        assert isinstance(event.value, CALLBACKS[event.name])
        if event.name == "open":
            assert self.protocol.connection not in self.opened_on
            self.opened_on.append(self.protocol.connection)
        number = getattr(event.value, "turn", getattr(event.value, "number", None))
        if number is not None and event.name not in MAY_COME_LATE:
            assert number >= self.newest
            self.newest = number
        if event.name == "interrupted" and event.value.cut and not event.value.complete:
            self.audio.pop(number, None)  # it begins again, and what was heard of it is void
        if event.name == "audio":
            self.audio[number] = self.audio.get(number, b"") + event.value.data
        if event.name == "turn_complete":
            assert number == self.completed + 1
            assert event.value.complete
            assert event.value.audio == self.audio.pop(number, b"")
            self.completed = number

    @invariant()
    def events_are_taken_once(self):
        """What was told is not told again."""
        assert self.protocol.take_events() == []

    @invariant()
    def the_open_turn_follows_the_last_that_ended(self):
        """No number is left out and none comes twice."""
        assert self.protocol.turns.number == self.completed + 1


AnyServer.TestCase.settings = settings(max_examples=80, stateful_step_count=30)
TestAnyServer = AnyServer.TestCase
