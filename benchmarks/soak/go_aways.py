"""Fifty go-aways while the model speaks and calls and a microphone streams: what the program notices of them."""

from __future__ import annotations

import itertools
import random
import statistics
import threading
import time
from typing import Any

import attrs

from gemini_live import Session
from gemini_live.emulator import Emulator
from gemini_live.protocol import Opened, Turn
from gemini_live.protocol.policy import ReconnectPolicy
from gemini_live.testing import ManualClock
from gemini_live.types import ToolCall

from .microphone import CHUNK, Microphone
from .relay import Relay
from .result import Result, until
from .words import spoken_end, tool_answer, tool_call

KINDS = ("speech",) * 35 + ("call",) * 8 + ("long speech",) * 4 + ("long call",) * 3
"""What goes on when a go-away comes; the long ones are still going on at its deadline, so it forces the change."""
ONE_WAY = 0.030
MOST_ROUND_TRIPS = 3.0
TIME_LEFT = 30.0
LIFE = 6.0
"""Seconds of the session's clock between two of them: a connection that is left sooner counts as left in haste."""
_AUDIO_BYTES = len(CHUNK)
"""Every frame with sound has more bytes than that, as base64; no other frame comes near."""


@attrs.define
class Watch:
    """Follows what is going on, in the order in which the program is told.  The callbacks' thread writes.

    Attributes:
        speaking: whether the model has begun and not ended.
        calls: calls that are open.
        forced: whether the deadline has come, so that a change may cut something.
        inside: changes that cut something and were not forced.
        cut: changes that cut something and were.
    """

    speaking: bool = False
    calls: set[str] = attrs.field(factory=set)
    forced: bool = False
    inside: int = 0
    cut: int = 0
    turns: list[Turn] = attrs.field(factory=list)
    noticed: list[Any] = attrs.field(factory=list)

    def opened(self, news: Opened) -> None:
        """Take a change of the connection."""
        if news.connection > 1 and self.speaking:
            self._was_cut()

    def _was_cut(self) -> None:
        self.inside += not self.forced
        self.cut += self.forced

    def spoke(self, _: object) -> None:
        """Take a sign of an answer."""
        self.speaking = True

    def ended(self, turn: Turn) -> None:
        """Take the end of an answer."""
        self.speaking = False
        self.turns.append(turn)

    def called(self, call: ToolCall) -> None:
        """Take calls."""
        self.calls.update(str(wanted.id) for wanted in call.function_calls or ())

    def cancelled(self, cancellation: Any) -> None:
        """Take the end of calls without an answer; this server never asks for it, so a change has."""
        if self.calls.intersection(cancellation.ids or ()):
            self._was_cut()
        self.calls.difference_update(cancellation.ids or ())


@attrs.define
class Round:
    """One go-away after another."""

    server: Emulator
    session: Session
    clock: ManualClock
    watch: Watch
    number: int = 0
    asked: int = 0

    def go(self, kind: str) -> None:
        """Let one happen, and wait until the session is on the next connection and at rest."""
        self.number += 1
        self.clock.advance(LIFE)
        long = kind.startswith("long")
        connection = self.session.snapshot().connection
        if kind.endswith("speech"):
            self.asked += 1
            self.session.send_text(f"This is number {self.number}." + " It goes on and on." * (9 if long else 1))
            until(lambda: self.watch.speaking, "speech")
        else:
            self.server.send_all(tool_call(f"call-{self.number}"))
            until(lambda: self.watch.calls, "a call")
        self.server.go_away(TIME_LEFT)
        until(lambda: self.session.snapshot().time_left is not None, "the go-away")
        if kind == "call":
            self._answer()
        if long:
            time.sleep(0.2)  # a second connection is made ready meanwhile
            self.watch.forced = True
            self.clock.advance(TIME_LEFT)
        until(lambda: self._is_on(connection + 1), f"the change during {kind}")
        until(lambda: not self.watch.speaking and not self.watch.calls, "rest")
        until(lambda: len(self.watch.turns) >= self.asked, "the answer")
        self.watch.forced = False
        time.sleep(0.1)  # for some sound on the new connection

    def _answer(self) -> None:
        """Answer the call, later; then the model says a word."""
        time.sleep(0.15)
        (mark,) = self.watch.calls
        self.session.send_tool_response(tool_answer(mark), wait=True, timeout=5.0)
        self.watch.calls.discard(mark)
        time.sleep(2 * ONE_WAY)
        self.asked += 1
        self.watch.speaking = True
        for message in spoken_end():
            self.server.send_all(message)

    def _is_on(self, connection: int) -> bool:
        return self.session.status == "ready" and self.session.snapshot().connection == connection


def _gaps(relay: Relay) -> list[float]:
    """Return the seconds from each connection's last frame with sound to the next one's first."""
    spoken = [[frame.at for frame in passage.frames if frame.size > _AUDIO_BYTES] for passage in relay.passages]
    spoken = sorted(times for times in spoken if times)
    return [later[0] - earlier[-1] for earlier, later in itertools.pairwise(spoken)]


def go_aways(seed: int) -> Result:
    """Let the server go away fifty times."""
    result = Result("go-aways")
    kinds = list(KINDS)
    random.Random(seed).shuffle(kinds)  # noqa: S311 - no secret
    watch, clock = Watch(), ManualClock()
    with Emulator(tls=False, output_speed=8.0) as server, Relay(server.port, ONE_WAY) as relay:
        session = Session.open(
            model="gemini-2.5-flash-native-audio-preview-12-2025",
            api_key="a-good-key",
            base_url=relay.base_url,
            output_audio_transcription={},
            clock=clock,
            reconnect=ReconnectPolicy(),
            on_open=watch.opened,
            on_audio=watch.spoke,
            on_turn_complete=watch.ended,
            on_tool_call=watch.called,
            on_tool_call_cancellation=watch.cancelled,
            on_reconnecting=watch.noticed.append,
            on_error=watch.noticed.append,
            on_close=watch.noticed.append,
            on_overflow=watch.noticed.append,
        )
        with session, Microphone(session) as microphone:
            rounds = Round(server, session, clock, watch)
            for kind in kinds:
                rounds.go(kind)
            microphone.stop()
            noticed = list(watch.noticed)
            snapshot = session.snapshot()
        _judge(result, watch, noticed, _gaps(relay), snapshot.connection)
        heard = sum(record.audio_bytes for record in server.sessions) // len(CHUNK)
        result.figures["audio frames lost"] = microphone.sent - heard
        result.require(microphone.error is None, f"the microphone was refused: {microphone.error!r}")
        result.require(heard == microphone.sent, f"{microphone.sent} frames of sound were sent, {heard} arrived")
        result.require(threading.active_count() < 20, "threads were left over")
    return result


def _judge(result: Result, watch: Watch, noticed: list[Any], gaps: list[float], connections: int) -> None:
    trips = [gap / (2 * ONE_WAY) for gap in gaps]
    expected = sum(kind.startswith("long") for kind in KINDS)
    result.figures = {
        "go-aways": len(KINDS),
        "connections": connections,
        "noticed": len(noticed),
        "changes inside": watch.inside,
        "forced inside": watch.cut,
        "gap median RTT": statistics.median(trips) if trips else None,
        "gap max RTT": max(trips, default=None),
    }
    result.require(connections == len(KINDS) + 1, f"{connections} connections, not {len(KINDS) + 1}")
    result.require(not noticed, f"the program was told {noticed[:3]}")
    result.require(not watch.inside, f"{watch.inside} changes cut an answer or a call without need")
    result.require(watch.cut == expected, f"{watch.cut} changes were forced into something, not {expected}")
    result.require(len(gaps) == len(KINDS), f"{len(gaps)} gaps were measured")
    slow = [f"{trip:.2f}" for trip in trips if trip >= MOST_ROUND_TRIPS]
    result.require(not slow, f"gaps of {MOST_ROUND_TRIPS:g} round trips and more: {slow}")
