"""What the server saw: one record for each connection and each request, to be read from any thread."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from ..types import ClientMessage
from .kept import Bounds, Kept
from .music_records import EmulatedMusic
from .script_record import ScriptRecord
from .state import Past

Predicate = Callable[[dict[str, Any]], bool]
OnControl = Callable[[int, dict[str, Any], int], None]


class EmulatedSession:
    """One connection as the server saw it.  Any thread may read it, during the connection and after.

    Moments are seconds of ``time.monotonic()``.

    Attributes:
        number: which connection of the server it is, from 1.
        path: the upgrade's path as it came, doubled slashes included, without the query.
        query: the query's parameters.
        headers: the upgrade's headers, found in any case.
        opened_at: when the upgrade came.
        script: how far its scenario has come.
    """

    def __init__(
        self,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        *,
        keep: bool = True,
        bounds: Bounds | None = None,
        number: int = 1,
        on_control: OnControl | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin a record; the server does that.

        Args:
            path: see above.
            query: see above.
            headers: see above.
            keep: whether messages are kept.
            bounds: how many of them, and how much sound.
            number: see above.
            on_control: is told of every control message, with the connection's number and the message's bytes.
            now: tells the time.
        """
        self.number = number
        self.path = path
        self.query = query
        self.headers = headers
        self.opened_at = now()
        self._now = now
        self._on_control = on_control
        self._size = 0
        self._keep = keep
        self._bounds = bounds or Bounds()
        self._changed = threading.Condition()
        self._received: Kept[dict[str, Any]] = Kept(self._bounds)
        self._setup: dict[str, Any] | None = None
        self._effective_setup: dict[str, Any] | None = None
        self._audio = bytearray()
        self._audio_bytes = 0
        self._end: tuple[int, str] | None = None
        self._resumed = False
        self._remembered: Kept[dict[str, Any]] = Kept(self._bounds)
        self._tool_answers: Kept[dict[str, Any]] = Kept(self._bounds)
        self._stray_answers: Kept[dict[str, Any]] = Kept(self._bounds)
        self._open_calls: tuple[str, ...] = ()
        self._music: EmulatedMusic | None = None
        self._before = 0
        self._ready_at: float | None = None
        self._first_audio_at: float | None = None
        self._last_audio_at: float | None = None
        self._ended_at: float | None = None
        self.script = ScriptRecord()

    @property
    def setup(self) -> dict[str, Any] | None:
        """The setup's JSON (what stands under ``setup``), ``None`` before it came."""
        return self._setup

    @property
    def effective_setup(self) -> dict[str, Any] | None:
        """The setup that counted: the client's as it came, or in camelCase what a token made of it; ``None`` before."""
        return self._effective_setup

    @property
    def received(self) -> list[dict[str, Any]]:
        """Every message of the client so far, as it came; of very many the newest."""
        with self._changed:
            return list(self._received.items)

    @property
    def cut_messages(self) -> int:
        """How many of the oldest messages are not kept any more in :attr:`received`."""
        return self._received.cut

    @property
    def cut_audio_bytes(self) -> int:
        """How many of the first bytes of PCM are not kept any more in :attr:`audio`."""
        with self._changed:
            return self._audio_bytes - len(self._audio) if self._keep else 0

    @property
    def control(self) -> list[dict[str, Any]]:
        """The messages that were taken in on this connection, in order, but for the setup, sound and pictures.

        One that was refused, or came when the connection was being closed, is none of them.
        """
        with self._changed:
            return self._remembered.since(self._before)

    @property
    def remembered(self) -> list[dict[str, Any]]:
        """The control messages that the conversation consists of: those that the handle stood for, and :attr:`control`.

        A message that was taken in after the handle was issued is lost with its connection; sent again, it is here once
        and in :attr:`Emulator.control_messages` twice.
        """
        with self._changed:
            return list(self._remembered.items)

    @property
    def tool_answers(self) -> list[dict[str, Any]]:
        """The answers to function calls that were waited for, one by one, parts of answers included."""
        with self._changed:
            return list(self._tool_answers.items)

    @property
    def stray_answers(self) -> list[dict[str, Any]]:
        """The answers that nobody waited for: the call was cancelled, was answered before, or never was."""
        with self._changed:
            return list(self._stray_answers.items)

    @property
    def open_calls(self) -> tuple[str, ...]:
        """The ids of function calls that wait for an answer, or their names if they have no ids."""
        return self._open_calls

    @property
    def music(self) -> EmulatedMusic | None:
        """What is played, and of what; ``None`` if it is no music session, or not yet."""
        return self._music

    @property
    def script_error(self) -> str | None:
        """Which step of the scenario waited for what, and what came; ``None`` as long as all went by the book."""
        return self.script.error

    @property
    def resumed(self) -> bool:
        """Whether it goes on with an earlier connection's conversation."""
        return self._resumed

    @property
    def ready_at(self) -> float | None:
        """When ``setupComplete`` was sent, ``None`` before."""
        return self._ready_at

    @property
    def first_audio_at(self) -> float | None:
        """When the first sound of an answer, or of music, was sent, ``None`` before."""
        return self._first_audio_at

    @property
    def last_audio_at(self) -> float | None:
        """When sound was last sent, ``None`` if never."""
        return self._last_audio_at

    @property
    def ended_at(self) -> float | None:
        """When the connection ended, ``None`` while it is open."""
        return self._ended_at

    @property
    def audio_bytes(self) -> int:
        """How many bytes of PCM came."""
        return self._audio_bytes

    @property
    def audio(self) -> bytes:
        """The PCM that came."""
        with self._changed:
            return bytes(self._audio)

    @property
    def open(self) -> bool:
        """Whether the connection is open."""
        return self._end is None

    @property
    def close_code(self) -> int | None:
        """The code of the first close frame, from either side; 1006 if there was none; ``None`` while open."""
        return self._end[0] if self._end else None

    @property
    def close_reason(self) -> str | None:
        """The reason that goes with :attr:`close_code`."""
        return self._end[1] if self._end else None

    def wait_for(self, predicate: Predicate, timeout: float = 5.0) -> dict[str, Any]:
        """Wait until the client has sent a message that ``predicate`` is true of, and return the first such.

        Raises:
            TimeoutError: it has not within ``timeout`` seconds.
        """
        seen, found = 0, None

        def look() -> bool:
            nonlocal seen, found
            new = self._received.since(seen)
            seen = self._received.count
            found = next(filter(predicate, new), None)
            return found is not None

        with self._changed:
            self._changed.wait_for(look, timeout)
        if found is None:
            raise TimeoutError(f"no such message within {timeout:g} s; {seen} others came{self.script.excuse}")
        return found

    def wait_answered(self, timeout: float = 5.0) -> list[dict[str, Any]]:
        """Wait until functions were called and no call is open, and return :attr:`tool_answers`.

        Raises:
            TimeoutError: there is an open call after ``timeout`` seconds, or there was none.
        """
        with self._changed:
            done = self._changed.wait_for(lambda: self._tool_answers.count and not self._open_calls, timeout)
            if not done:
                raise TimeoutError(f"after {timeout:g} s these calls are open: {', '.join(self._open_calls) or 'none'}")
            return list(self._tool_answers.items)

    def wait_for_music(self, predicate: Callable[[EmulatedMusic], bool], timeout: float = 5.0) -> EmulatedMusic:
        """Wait until ``predicate`` is true of :attr:`music`, and return it as it was then.

        Raises:
            TimeoutError: it is not within ``timeout`` seconds.
        """
        found: EmulatedMusic | None = None

        def look() -> bool:
            nonlocal found
            found = self._music if self._music is not None and predicate(self._music) else None
            return found is not None

        with self._changed:
            self._changed.wait_for(look, timeout)
        if found is None:
            raise TimeoutError(f"no such music within {timeout:g} s; it is {self._music}")
        return found

    def wait_closed(self, timeout: float = 5.0) -> int:
        """Wait until the connection has ended, and return its close code.

        Raises:
            TimeoutError: it has not within ``timeout`` seconds.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._end is not None, timeout)
        if self._end is None:
            raise TimeoutError(f"the connection is still open after {timeout:g} s")
        return self._end[0]

    def note_message(self, data: dict[str, Any], message: ClientMessage | None, size: int = 0) -> None:
        """Add a message, as it came and, if it could be read, as it was read, and its bytes; for the server."""
        pcm = b"".join(_pcm_of(message)) if message is not None else b""
        with self._changed:
            self._size = size
            if self._setup is None and isinstance(data.get("setup"), dict):
                self._setup = data["setup"]
            self._audio_bytes += len(pcm)
            if self._keep:
                self._received.add(data, size)
                self._audio += pcm
                del self._audio[: -self._bounds.bytes]
            self._changed.notify_all()

    def note_effective_setup(self, setup: dict[str, Any]) -> None:
        """Note the setup that counts; for the server."""
        with self._changed:
            self._effective_setup = setup

    def note_resumed(self, remembered: list[dict[str, Any]]) -> None:
        """Note that an earlier conversation goes on, and the control messages that made it; for the server."""
        with self._changed:
            self._resumed = True
            self._remembered, self._before = Kept(self._bounds), len(remembered)
            for message in remembered:
                self._remembered.add(message, len(json.dumps(message)))

    def note_ready(self) -> None:
        """Note that ``setupComplete`` is being sent; for the server."""
        self._ready_at = self._now()

    def note_control(self, data: dict[str, Any]) -> None:
        """Add a control message that was taken in, which is the one that came last; for the server."""
        if self._keep:
            with self._changed:
                self._remembered.add(data, self._size)
        if self._on_control is not None:
            self._on_control(self.number, data, self._size)

    def note_calls(self, keys: tuple[str, ...]) -> None:
        """Note which function calls are open; for the server."""
        with self._changed:
            self._open_calls = keys
            self._changed.notify_all()

    def note_tool_answer(self, answer: dict[str, Any], *, stray: bool) -> None:
        """Add an answer to a function call, in the message that came last; for the server."""
        if self._keep:
            with self._changed:
                (self._stray_answers if stray else self._tool_answers).add(answer, self._size)

    def note_music(self, music: EmulatedMusic) -> None:
        """Note what is played now; for the server."""
        with self._changed:
            self._music = music
            self._changed.notify_all()

    def note_audio_sent(self) -> None:
        """Note that a piece of an answer's sound was sent; for the server."""
        self._last_audio_at = self._now()
        if self._first_audio_at is None:
            self._first_audio_at = self._last_audio_at

    def past(self) -> Past[dict[str, Any]]:
        """Return :attr:`remembered` as it is now, for a handle; for the server."""
        return Past(self._remembered.items, len(self._remembered.items))

    def note_end(self, code: int, reason: str) -> None:
        """Note the connection's end, the first of both sides' words; for the server."""
        with self._changed:
            if self._end is None:
                self._end, self._ended_at = (code, reason), self._now()
            self._changed.notify_all()

    def __repr__(self) -> str:
        state = "open" if self.open else f"closed {self.close_code}"
        return f"<EmulatedSession {state}, {self._received.count} messages>"


def _pcm_of(message: ClientMessage) -> Iterator[bytes]:
    realtime = message.realtime_input
    if realtime is not None:
        for blob in (*(realtime.media_chunks or ()), realtime.audio):
            if blob is not None and (blob.mime_type or "").lower().startswith("audio/"):
                yield blob.data or b""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class EmulatedRequest:
    """One request that was no WebSocket upgrade, as the server saw it.  Any thread.

    Attributes:
        method: ``"GET"``, ``"POST"``, ….
        path: the path as it came, doubled slashes included, without the query.
        query: the query's parameters.
        headers: the headers, found in any case.
        body: the JSON that came with it, ``None`` if there was none.
        status: what it was answered with; ``None`` if it never was.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    status: int | None

    def __repr__(self) -> str:
        return f"<EmulatedRequest {self.method} {self.path}, {self.status or 'not answered'}>"
