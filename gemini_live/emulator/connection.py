"""One connection: the setup, then messages in and answers out.  Owned by the server's event loop."""

from __future__ import annotations

import abc
import asyncio
import json
import math
import uuid
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from .._logging import get_logger
from . import shapes
from .access import Caller
from .admission import Admission
from .brains import Act, Drop, GoAway, HangUp
from .disturbance import Disturbance
from .ending import ABNORMAL, Ending
from .faults import Close, Disturb, Fault, Freeze, Happening, Hold, Later, Mute, Phase, Reset, Say, phase_after
from .hub import Behaviour, Books
from .journal import Scribe
from .links import Link
from .live import Live
from .paths import Target
from .plan import Plan
from .records import EmulatedSession
from .refusals import INTERNAL, RefusedError, invalid_argument
from .strictness import Check
from .tokens import IssuedToken
from .wire_check import read_json, read_message
from .writing import Writer

if TYPE_CHECKING:
    from aiohttp import web

    from ..types import ClientMessage

MessageT = TypeVar("MessageT")
MessageT_contra = TypeVar("MessageT_contra", contravariant=True)

_log = get_logger("emulator")
_NO_CODE = 1005
"""What stands for a close frame without a code."""


class Session(Protocol[MessageT_contra]):
    """What goes on on a connection after its setup."""

    async def take(self, data: dict[str, Any], message: MessageT_contra) -> None:
        """Take one message: as it came, and as it was read."""

    async def sent(self, message: dict[str, Any]) -> None:
        """A test has had something sent."""

    async def stop(self) -> None:
        """Say nothing more."""


class Connection(abc.ABC, Generic[MessageT]):
    """One WebSocket from its upgrade to its end.

    Attributes:
        announces: whether the client hears of its end before that comes.
        ending: how it ends, and whether it has.
    """

    announces: ClassVar[bool] = True

    def __init__(
        self,
        websocket: web.WebSocketResponse,
        record: EmulatedSession,
        *,
        link: Link,
        behaviour: Behaviour,
        books: Books,
        target: Target,
        caller: Caller,
        scribe: Scribe,
        fault: Fault | None,
        disturbance: Disturbance,
    ) -> None:
        """Begin after the upgrade.

        Args:
            websocket: the upgraded connection.
            record: where everything is written down.
            link: what the connection runs on.
            behaviour: how the server behaves.
            books: the server's resumption handles and tokens.
            target: what the upgrade's path names.
            caller: the credentials of the upgrade.
            scribe: tells the log.
            fault: a failure that shall happen.
            disturbance: what is wrong with it from the start.
        """
        self.ending = Ending(websocket, link, record, self._stop_speaking)
        self._websocket = websocket
        self._record = record
        self._behaviour = behaviour
        self._books = books
        self._target = target
        self._caller = caller
        self._scribe = scribe
        self._plan = Plan(fault)
        self._writer = Writer(websocket, link, disturbance)
        self._token: IssuedToken | None = None
        self._session: Session[MessageT] | None = None
        self._born = asyncio.get_running_loop().time()

    @property
    def ready(self) -> bool:
        """Whether the setup is complete."""
        return self._session is not None

    async def serve(self) -> None:
        """Serve until the connection has ended, from whichever side."""
        from aiohttp import WebSocketError, WSMsgType  # noqa: PLC0415 - only with the extra

        if self._behaviour.limits.connection_seconds is not None:
            self.ending.close_after(self._behaviour.limits.connection_seconds)
        try:
            await self._reach(Phase.OPEN)
            while not self.ending.closing:  # the close reads on by itself, until the client says goodbye, too
                await self.ending.thawed()
                frame = await self._websocket.receive()
                if frame.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await self._on_frame(frame.data)
                elif frame.type is WSMsgType.PING:
                    await self._on_ping(frame.data)
                elif frame.type is WSMsgType.CLOSE:
                    self.ending.note(frame.data or _NO_CODE, frame.extra or "")
                    break
                elif frame.type is not WSMsgType.PONG:
                    if frame.type is WSMsgType.ERROR and isinstance(frame.data, WebSocketError):
                        self.ending.note(frame.data.code, str(frame.data))
                    break
        except RefusedError as refusal:
            self.ending.close(refusal.code, refusal.reason)
        except ConnectionError:  # the peer vanished while it was being written to
            self.ending.note(ABNORMAL, "")
        except Exception:  # noqa: BLE001 - told to the client as the service would, and to the log
            self._fail()
        finally:
            self.ending.note(ABNORMAL, "")
            await self._stop_speaking()
            await self.ending.wind_up()
            self._scribe.closed(self._record.close_code, self._record.close_reason)
            _log.info("connection %d: ended with %s", self._record.number, self._record.close_code)

    def _fail(self) -> None:
        """Close because the emulator itself, or its brain, is broken; the log says how."""
        _log.exception("connection %d: failed", self._record.number)
        self.ending.close(INTERNAL, "Internal error encountered.")

    async def _stop_speaking(self) -> None:
        if self._session is not None:
            await self._session.stop()
        self._writer.flush()

    async def send(self, message: dict[str, Any]) -> None:
        """Send one message, as JSON in a binary frame; on a connection that is quiet by now, or holds it back, nothing.

        Raises:
            ConnectionError: the connection has ended.
        """
        if self.ending.quiet or self._plan.holds(message):
            return
        data = json.dumps(message, separators=(",", ":")).encode()
        self._scribe.message("out", message, len(data))
        await self._writer.send(data)
        if shapes.gives_audio(message):
            self._record.note_audio_sent()
        await self._reach(phase_after(message))

    async def send_extra(self, message: dict[str, Any]) -> None:
        """Send what a test wants sent; a tool call is open from then on.

        Raises:
            ConnectionError: the connection has ended.
        """
        await self.send(message)
        if self._session is not None:
            await self._session.sent(message)

    async def go_away(self, seconds: float | None, *, close: bool = False, silence: bool = False) -> None:
        """Announce the connection's end, where the service does that, and bring it about.

        Args:
            seconds: how long it has; ``None`` names no time.
            close: whether it really is closed then.
            silence: whether nothing more is sent until then.

        Raises:
            ConnectionError: the connection has ended.
        """
        if close and seconds is not None:
            self.ending.close_after(seconds)
        try:
            if self.announces:
                await self.send(shapes.go_away(seconds))
        finally:
            if silence:
                self.ending.fall_silent()

    def disturb(self, disturbance: Disturbance) -> None:
        """Be disturbed like this from now on."""
        self._writer.disturb(disturbance)

    def plan(self, fault: Later) -> None:
        """Fail when this phase is reached next."""
        self._plan.add(fault)

    async def act(self, act: Act) -> None:
        """Do what a brain wants done.

        Raises:
            ConnectionError: the connection has ended.
        """
        if isinstance(act, GoAway):
            await self.go_away(act.seconds, close=act.close)
        elif isinstance(act, HangUp):
            self.ending.close(act.code, act.reason)
        elif isinstance(act, Drop):
            self.ending.drop()
        else:
            self.ending.freeze()

    async def _reach(self, phase: Phase | None) -> bool:
        """Let the failures happen that are planned for this phase; return whether the connection goes on.

        Raises:
            ConnectionError: the connection has ended.
        """
        for happening in self._plan.reached(phase):
            await self._befall(happening)
            if isinstance(happening, (Close, Reset, Freeze)):
                return False
        return True

    async def _befall(self, happening: Happening) -> None:
        match happening:
            case Close(code, reason):
                self.ending.close(code, reason)
            case Reset():
                self.ending.drop()
            case Freeze():
                self.ending.freeze()
            case Mute():
                self.ending.fall_silent()
            case Disturb(how):
                self.disturb(how)
            case Say(messages):
                for message in messages:
                    await self.send(message)
            case Hold():  # its message has come, and is said instead
                raise AssertionError(happening)

    async def _on_ping(self, payload: bytes) -> None:
        """Answer a ping, now or later; unless that is never."""
        seconds = self._writer.disturbance.pong_seconds
        if not seconds:
            await self._websocket.pong(payload)
        elif math.isfinite(seconds):
            self.ending.after(seconds, lambda: self._pong(payload))

    async def _pong(self, payload: bytes) -> None:
        if not self.ending.frozen:
            await self._websocket.pong(payload)

    async def _on_frame(self, frame: str | bytes) -> None:
        if self.ending.frozen:
            return
        data, message = self._read(frame)
        if self.ending.closing or not self._plan.answers_setup:
            return
        if self._session is None:
            await self._on_setup(message, data.get("setup"))
            return
        if not await self._reach(Phase.FIRST_MESSAGE):
            return
        if self._token is not None:
            self._books.tokens.check_alive(self._token)
        await self._session.take(data, message)

    def _read(self, frame: str | bytes) -> tuple[dict[str, Any], MessageT]:
        """Read a message and write it down.

        Raises:
            RefusedError: it is none that the service takes.
        """
        size = len(frame.encode()) if isinstance(frame, str) else len(frame)
        try:
            data = read_json(frame)
        except RefusedError:
            self._scribe.unreadable(size)
            raise
        self._scribe.message("in", data, size)
        return data, self._understand(data, size)

    def _admission(self) -> Admission:
        return Admission(self._target, self._caller, self._behaviour, self._books)

    @abc.abstractmethod
    def _understand(self, data: dict[str, Any], size: int) -> MessageT:
        """Read a message that is so many bytes large, and write it down however that goes.

        Raises:
            RefusedError: it is none that the service takes.
        """

    @abc.abstractmethod
    async def _on_setup(self, message: MessageT, sent: Any) -> None:
        """Take the first message, and what stands under ``setup`` in it.

        Raises:
            RefusedError: the caller or the setup is not accepted.
            ConnectionError: the connection has ended.
        """


class LiveConnection(Connection["ClientMessage"]):
    """One WebSocket on which the model is spoken to."""

    def _understand(self, data: dict[str, Any], size: int) -> ClientMessage:
        if self._session is None:
            self._behaviour = self._behaviour.for_setup(data.get("setup"), self._target.backend)
        message: ClientMessage | None = None
        lenient = Check.UNKNOWN_NAMES in self._behaviour.lenient
        try:
            message = read_message(data, self._behaviour.profile, self._target.backend, lenient=lenient)
        finally:
            self._record.note_message(data, message, size)
        return message

    async def _on_setup(self, message: ClientMessage, sent: Any) -> None:
        admission = self._admission()
        admission.check_caller()
        if not await self._reach(Phase.SETUP):
            return
        if message.setup is None:
            raise invalid_argument()
        effective = admission.effective_setup(sent, message.setup)
        self._record.note_effective_setup(effective)
        settings, stay = admission.admit(effective)
        self.ending.stay, self._token = stay, admission.token
        if stay.resumed:
            self._record.note_resumed(stay.state.taken.copy())
        self._session = live = Live(
            send=self.send,
            act=self.act,
            fail=self._fail,
            behaviour=self._behaviour,
            settings=settings,
            target=self._target,
            stay=stay,
            record=self._record,
            script=self._books.calls,
            disturbed=lambda: self._writer.disturbance,
        )
        _log.info("connection %d: ready", self._record.number)
        self._record.note_ready()
        await self.send(shapes.setup_complete(str(uuid.uuid4()) if self._behaviour.profile.session_ids else None))
        if self.ending.closing:
            return
        if stay.poison is not None and stay.poison.closes:
            self.ending.close(stay.poison.code, stay.poison.reason)
            return
        await live.greet()
        self._announce_end()

    def _announce_end(self) -> None:
        """See to it that the client hears in time of the end of a connection that gets too old."""
        announcement = self._behaviour.limits.announcement(asyncio.get_running_loop().time() - self._born)
        if announcement is not None:
            wait, left = announcement
            self.ending.after(wait, lambda: self.go_away(left))
