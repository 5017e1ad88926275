"""A hundred dropped connections in a running conversation: what has arrived, how often, and in which order."""

from __future__ import annotations

import functools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import attrs

from gemini_live import Session
from gemini_live.emulator import Emulator
from gemini_live.emulator.records import EmulatedSession
from gemini_live.exceptions import SessionClosed
from gemini_live.protocol import Opened, Reconnected, Turn
from gemini_live.protocol.policy import ReconnectPolicy
from gemini_live.types import SessionResumptionUpdate, ToolCall

from .microphone import Microphone
from .result import Result, until
from .words import marks_in, spoken_end, tool_answer, tool_call

DROPS = 100
KINDS = ("rst", "1006", "1011", "1000", "hole")
_SPEED = 40.0
"""An answer takes some 50 ms, so that drops fall before, into and after answers."""
_EAGER = ReconnectPolicy(
    max_attempts=10_000, base_delay=0.01, max_delay=0.05, budget=3600, ping_after=0.15, dead_peer_after=0.45
)
POLICY = {"vertex": _EAGER, "gemini": attrs.evolve(_EAGER, replay="all")}
"""Where the server does not say what it has taken in, only "all" loses nothing; "auto" reports what it leaves out."""
BACKENDS: dict[str, dict[str, Any]] = {
    "vertex": {
        "model": "gemini-live-2.5-flash-native-audio",
        "project_id": "a-project",
        "access_token": "a-good-token",
        "session_resumption": {"transparent": True},
    },
    "gemini": {"model": "gemini-2.5-flash-native-audio-preview-12-2025", "api_key": "a-good-key"},
}


@attrs.define
class Heard:
    """What the program was told.  The callbacks' thread writes."""

    reconnected: list[Reconnected] = attrs.field(factory=list)
    errors: list[BaseException] = attrs.field(factory=list)
    closed: list[Any] = attrs.field(factory=list)


class Talk:
    """A program in conversation: every message has a mark, and is noted in the order in which it was accepted."""

    def __init__(self, server: Emulator, backend: str, seed: int) -> None:
        self.server = server
        self.heard = Heard()
        self.sent: list[str] = []
        self.calls = 0
        self.dropped: Counter[str] = Counter()
        self._chance = random.Random(f"{seed}:{backend}")  # noqa: S311 - no secret
        self._order = threading.Lock()
        self._opened = self._proved = 0
        self._doubtful = False
        self.session = Session.open(
            base_url=server.base_url,
            output_audio_transcription={},
            reconnect=POLICY[backend],
            on_reconnected=self.heard.reconnected.append,
            on_error=self.heard.errors.append,
            on_close=self.heard.closed.append,
            on_tool_call=self._answer,
            on_open=self._open,
            on_turn_complete=self._ended,
            on_session_resumption=self._updated,
            **BACKENDS[backend],
        )

    def _open(self, news: Opened) -> None:
        self._opened = news.connection

    def _ended(self, turn: Turn) -> None:
        if not turn.interrupted:
            self._proved = self._opened

    def _updated(self, update: SessionResumptionUpdate) -> None:
        if update.last_consumed_client_message_index:
            self._proved = self._opened

    def _prove(self) -> None:
        """Never lose two connections in a row that were good for nothing: the session would blame its handle."""
        if self._doubtful and not self._is_proved():
            with self._order:
                self._text(self.session.send_text)
            until(self._is_proved, "an answer")
        self._doubtful = not self._is_proved()

    def _is_proved(self) -> bool:
        return self._proved == self.session.snapshot().connection

    def _answer(self, call: ToolCall) -> None:
        for wanted in call.function_calls or ():
            mark = str(wanted.id)
            with self._order:
                try:
                    self.session.send_tool_response(tool_answer(mark))
                except SessionClosed:
                    return  # the soak is over
                self.sent.append(mark)

    def say(self) -> None:
        """Say something, in one of the ways."""
        way = self._chance.choice(("text", "text", "context", "realtime", "call"))
        if way == "call":
            self.calls += 1
            self.server.send_all(tool_call(f"call-{self.calls}"))
            if self._chance.random() < 0.5:
                for message in spoken_end():
                    self.server.send_all(message)
            return
        ways: dict[str, Callable[[str], None]] = {
            "text": self.session.send_text,
            "realtime": self.session.send_realtime_text,
            "context": functools.partial(self.session.send_client_content, turn_complete=False),
        }
        with self._order:
            self._text(ways[way])

    def _text(self, send: Callable[[str], None]) -> None:
        mark = f"note-{len(self.sent) + 1}"
        send(mark)
        self.sent.append(mark)

    def drop(self) -> None:
        """Drop the connection, which is there and whose setup is complete."""
        self._prove()
        connection = self.session.snapshot().connection
        kind = self._chance.choice(KINDS)
        if kind == "rst":
            self.server.drop_all()
        elif kind == "1006":
            number = len(self.server.sessions)
            self.server.fail_next(silent=True)  # the next one is accepted and never answered, and then reset
            self.server.drop_all()
            until(lambda: len(self.server.sessions) > number, "a connection after a reset")
            self.server.drop_all()
        elif kind == "hole":
            self.server.freeze_all()
        else:
            self.server.close_all(int(kind), "Internal error encountered." if kind == "1011" else "")
        self.dropped[kind] += 1
        for _ in range(self._chance.randint(0, 2)):
            self.say()  # into the gap
        until(lambda: self.session.snapshot().connection > connection, f"a connection after {kind}")
        until(lambda: self.session.status == "ready", f"ready after {kind}")

    def pause(self) -> None:
        """Let some time pass, or none."""
        if self._chance.random() < 0.6:
            time.sleep(self._chance.random() * 0.08)

    def run(self) -> None:
        """Talk and drop."""
        for _ in range(DROPS):
            for _ in range(self._chance.randint(1, 3)):
                self.say()
                if self._chance.random() < 0.3:
                    time.sleep(self._chance.random() * 0.02)
            self.drop()
            self.pause()
        self.session.ask("note-0", timeout=60.0)
        with self._order:
            self.sent.append("note-0")
        time.sleep(0.3)


def _is_seed(record: EmulatedSession, index: int) -> bool:
    """Whether a control message tells a fresh session what was said before."""
    return index == 0 and record.number > 1 and not record.resumed


def drops(backend: str, seed: int) -> Result:
    """Drop a hundred connections of one conversation."""
    result = Result(f"drops on {backend}")
    with Emulator(tls=False, output_speed=_SPEED) as server:
        talk = Talk(server, backend, seed)
        with talk.session, Microphone(talk.session) as microphone:
            talk.run()
            microphone.stop()
            result.require(microphone.error is None, f"the microphone was refused: {microphone.error!r}")
            result.require(not talk.heard.closed, f"it was closed: {talk.heard.closed}")
            stale = talk.session.snapshot().stale_answers
        sessions = server.sessions
    _judge(result, talk, sessions, stale, exact=backend == "vertex")
    return result


def _judge(result: Result, talk: Talk, sessions: list[EmulatedSession], stale: int, *, exact: bool) -> None:
    heard, sent = talk.heard, talk.sent
    came = Counter[str]()
    for record in sessions:
        for index, message in enumerate(record.control):
            if not _is_seed(record, index):
                came.update(marks_in(message))
    known = [mark for message in sessions[-1].remembered for mark in marks_in(message)]
    lost = {mark for news in heard.reconnected for unsent in news.lost for mark in marks_in(unsent.content)}
    replayed = sum(news.replayed for news in heard.reconnected)
    twice = sum(count - 1 for count in came.values())
    absent = [mark for mark in sent if mark not in set(known)]
    notes = [mark for mark in absent if mark.startswith("note")]
    answers = [mark for mark in absent if mark.startswith("call")]
    fresh = sum(not news.resumed for news in heard.reconnected)
    result.figures = {
        "drops": sum(talk.dropped.values()),
        "connections": len(sessions),
        "sent": len(sent),
        "lost": len(absent),
        "of them reported": len(lost & set(absent)),
        "arrived again": twice,
        "reported replayed": replayed,
        "fresh": fresh,
        "stale answers": stale,
        "audio s": round(sum(record.audio_bytes for record in sessions) / 32_000, 1),
    }
    result.require(sum(talk.dropped.values()) == DROPS, f"only these were dropped: {dict(talk.dropped)}")
    result.require(not heard.errors, f"on_error was told {heard.errors[:3]}")
    result.require(twice <= replayed, f"{twice} arrived again, but only {replayed} were reported as replayed")
    result.require(not fresh, f"{fresh} sessions were not resumed")
    untold = [mark for mark in answers if mark not in lost]
    result.require(len(untold) <= stale, f"{stale} answers were counted as stale, these are gone: {untold}")
    if exact:
        result.require(len(answers) == stale, f"{stale} answers were counted as stale, but {len(answers)} are gone")
        wanted = [mark for mark in sent if mark not in answers]
        result.require(known == wanted, _difference(wanted, known))
        told = sorted(lost - set(answers))
        result.require(not told, f"reported as lost: {told[:5]}")
    else:
        silent = [mark for mark in notes if mark not in lost]
        told = [mark for mark in notes if mark in lost]
        result.require(not silent, f"texts that the last conversation lacks, in silence: {silent[:10]}")
        result.require(not told, f"texts that the last conversation lacks, reported as lost: {told[:10]}")


def _difference(sent: list[str], known: list[str]) -> str:
    """Say how two lists differ, if they do."""
    if sent == known:
        return ""
    count = Counter(known)
    missing = [mark for mark in sent if not count[mark]]
    twice = [mark for mark, number in count.items() if number > 1]
    if missing or twice:
        return f"of what was sent the conversation lacks {missing[:10]} and has twice {twice[:10]}"
    at = next(index for index, (one, other) in enumerate(zip(sent, known, strict=False)) if one != other)
    return f"not in order: sent {sent[at : at + 4]}, the conversation has {known[at : at + 4]}"
