"""One connection: the setup, then messages in and answers out.  Owned by the server's event loop."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import TYPE_CHECKING, Any

from .._logging import get_logger
from . import shapes
from .access import Caller
from .admission import Admission
from .ending import ABNORMAL, Ending
from .faults import Close, Fault, Later, Reset, Silence, phase_after
from .hub import Behaviour, Books
from .links import Link
from .live import Live
from .paths import Target
from .records import EmulatedSession
from .refusals import INTERNAL, RefusedError, invalid_argument
from .strictness import Check
from .tokens import IssuedToken
from .wire_check import read_json, read_message

if TYPE_CHECKING:
    from aiohttp import web

    from ..types import ClientMessage

_log = get_logger("emulator")
_NO_CODE = 1005
"""What stands for a close frame without a code."""


class Connection:
    """One WebSocket from its upgrade to its end.

    Attributes:
        ending: how it ends, and whether it has.
    """

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
        fault: Fault | None,
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
            fault: a failure that shall happen.
        """
        self.ending = Ending(websocket, link, record, self._stop_speaking)
        self._websocket = websocket
        self._record = record
        self._behaviour = behaviour
        self._books = books
        self._target = target
        self._caller = caller
        self._fault = fault
        self._token: IssuedToken | None = None
        self._live: Live | None = None
        self._born = asyncio.get_running_loop().time()

    @property
    def ready(self) -> bool:
        """Whether the setup is complete."""
        return self._live is not None

    async def serve(self) -> None:
        """Serve until the connection has ended, from whichever side."""
        from aiohttp import WebSocketError, WSMsgType  # noqa: PLC0415 - only with the extra

        if self._behaviour.limits.connection_seconds is not None:
            self.ending.close_after(self._behaviour.limits.connection_seconds)
        try:
            frame = await self._websocket.receive()
            while frame.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                await self._on_frame(frame.data)
                await self.ending.thawed()
                frame = await self._websocket.receive()
            if frame.type is WSMsgType.CLOSE:
                self.ending.note(frame.data or _NO_CODE, frame.extra or "")
            elif frame.type is WSMsgType.ERROR and isinstance(frame.data, WebSocketError):
                self.ending.note(frame.data.code, str(frame.data))
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
            _log.info("connection %d: ended with %s", self._record.number, self._record.close_code)

    def _fail(self) -> None:
        """Close because the emulator itself, or its brain, is broken; the log says how."""
        _log.exception("connection %d: failed", self._record.number)
        self.ending.close(INTERNAL, "Internal error encountered.")

    async def _stop_speaking(self) -> None:
        if self._live is not None:
            await self._live.stop()

    async def send(self, message: dict[str, Any]) -> None:
        """Send one message, as JSON in a binary frame; on a connection that is quiet by now, nothing.

        Raises:
            ConnectionError: the connection has ended.
        """
        if self.ending.quiet:
            return
        await self._websocket.send_bytes(json.dumps(message, separators=(",", ":")).encode())
        if shapes.gives_audio(message):
            self._record.note_audio_sent()
        self._strikes(phase_after(message))

    async def send_extra(self, message: dict[str, Any]) -> None:
        """Send what a test wants sent; a tool call is open from then on.

        Raises:
            ConnectionError: the connection has ended.
        """
        await self.send(message)
        if self._live is not None:
            await self._live.sent(message)

    async def go_away(self, seconds: float | None, *, close: bool = False, silence: bool = False) -> None:
        """Announce the connection's end.

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
            await self.send(shapes.go_away(seconds))
        finally:
            if silence:
                self.ending.fall_silent()

    def _strikes(self, phase: str | None) -> bool:
        """Let the failure happen that is planned for this phase, and return whether there was one."""
        fault = self._fault
        if not isinstance(fault, Later) or fault.at != phase:
            return False
        self._fault = None
        if isinstance(fault.what, Close):
            self.ending.close(fault.what.code, fault.what.reason)
        elif isinstance(fault.what, Reset):
            self.ending.drop()
        else:
            self.ending.freeze()
        return True

    async def _on_frame(self, frame: str | bytes) -> None:
        if self.ending.frozen:
            return
        data = read_json(frame)
        if self._live is None:
            self._behaviour = self._behaviour.for_setup(data.get("setup"), self._target.backend)
        message: ClientMessage | None = None
        try:
            message = read_message(
                data,
                self._behaviour.profile,
                self._target.backend,
                lenient=Check.UNKNOWN_NAMES in self._behaviour.lenient,
            )
        finally:
            self._record.note_message(data, message)
        if self.ending.closing or isinstance(self._fault, Silence):
            return
        if self._live is None:
            await self._on_setup(message, data.get("setup"))
            return
        if self._strikes("first_message"):
            return
        if self._token is not None:
            self._books.tokens.check_alive(self._token)
        await self._live.take(data, message)

    async def _on_setup(self, message: ClientMessage, sent: Any) -> None:
        admission = Admission(self._target, self._caller, self._behaviour, self._books)
        admission.check_caller()
        if isinstance(self._fault, Close):
            raise RefusedError(self._fault.code, self._fault.reason)
        if message.setup is None:
            raise invalid_argument()
        effective = admission.effective_setup(sent, message.setup)
        self._record.note_effective_setup(effective)
        settings, stay = admission.admit(effective)
        self.ending.stay, self._token = stay, admission.token
        if stay.resumed:
            self._record.note_resumed(stay.state.taken.copy())
        self._live = Live(
            send=self.send,
            fail=self._fail,
            behaviour=self._behaviour,
            settings=settings,
            target=self._target,
            stay=stay,
            record=self._record,
            script=self._books.calls,
        )
        _log.info("connection %d: ready", self._record.number)
        self._record.note_ready()
        await self.send(shapes.setup_complete(str(uuid.uuid4()) if self._behaviour.profile.session_ids else None))
        if stay.poison is not None and stay.poison.closes:
            self.ending.close(stay.poison.code, stay.poison.reason)
            return
        await self._live.greet()
        self._announce_end()

    def _announce_end(self) -> None:
        """See to it that the client hears in time of the end of a connection that gets too old."""
        announcement = self._behaviour.limits.announcement(asyncio.get_running_loop().time() - self._born)
        if announcement is not None:
            wait, left = announcement
            self.ending.after(wait, lambda: self.go_away(left))
