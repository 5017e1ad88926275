"""One connection: the setup, then messages in and answers out.  Owned by the server's event loop."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

from .._logging import get_logger
from . import shapes
from .access import Caller
from .admission import Admission
from .conversation import Conversation, Interrupt
from .faults import CloseAtSetup, Fault, Silence
from .hub import Behaviour, Books
from .links import Link
from .paths import Target
from .records import EmulatedSession
from .refusals import INTERNAL, RefusedError, cut_reason, invalid_argument
from .settings import Settings
from .speaker import Speaker
from .tokens import IssuedToken
from .vad import Segmenter, webrtc_judge
from .wire_check import read_json, read_message

if TYPE_CHECKING:
    from aiohttp import web

    from ..types import ClientMessage

_log = get_logger("emulator")
_NO_CODE = 1005
"""What stands for a close frame without a code."""
ABNORMAL = 1006
"""What stands for an end without a close frame."""


def make_segmenter(settings: Settings) -> Segmenter:
    """Return the detector of speech that a setup asks for."""
    return Segmenter(webrtc_judge(settings.strictness), start_ms=settings.start_ms, silence_ms=settings.silence_ms)


class Connection:
    """One WebSocket from its upgrade to its end."""

    def __init__(
        self,
        websocket: web.WebSocketResponse,
        record: EmulatedSession,
        *,
        link: Link,
        behaviour: Behaviour,
        books: Books,
        number: int,
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
            number: which connection of the server this is, from 1.
            target: what the upgrade's path names.
            caller: the credentials of the upgrade.
            fault: a failure that shall happen.
        """
        self._websocket = websocket
        self._record = record
        self._link = link
        self._behaviour = behaviour
        self._books = books
        self._number = number
        self._target = target
        self._caller = caller
        self._fault = fault
        self._token: IssuedToken | None = None
        self._conversation: Conversation | None = None
        self._speaker: Speaker | None = None
        self._closing: asyncio.Task[Any] | None = None

    @property
    def ready(self) -> bool:
        """Whether the setup is complete."""
        return self._conversation is not None

    async def serve(self) -> None:
        """Serve until the connection has ended, from whichever side."""
        from aiohttp import WebSocketError, WSMsgType  # noqa: PLC0415 - only with the extra

        try:
            frame = await self._websocket.receive()
            while frame.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                await self._on_frame(frame.data)
                frame = await self._websocket.receive()
            if frame.type is WSMsgType.CLOSE:
                self._record.note_end(frame.data or _NO_CODE, frame.extra or "")
            elif frame.type is WSMsgType.ERROR and isinstance(frame.data, WebSocketError):
                self._record.note_end(frame.data.code, str(frame.data))
        except RefusedError as refusal:
            self.close(refusal.code, refusal.reason)
        except ConnectionError:  # the peer vanished while it was being written to
            self._record.note_end(ABNORMAL, "")
        except Exception:  # noqa: BLE001 - told to the client as the service would, and to the log
            self._fail()
        finally:
            await self._end()

    def _fail(self) -> None:
        """Close because the emulator itself, or its brain, is broken; the log says how."""
        _log.exception("connection %d: failed", self._number)
        self.close(INTERNAL, "Internal error encountered.")

    async def _end(self) -> None:
        if self._speaker is not None:
            await self._speaker.stop()
        if self._closing is not None:
            await asyncio.wait({self._closing})
        self._record.note_end(ABNORMAL, "")
        _log.info("connection %d: ended with %s", self._number, self._record.close_code)

    def close(self, code: int, reason: str) -> None:
        """Send a close frame and wait for the client's in the background; a second call does nothing."""
        if self._closing is None:
            reason = cut_reason(reason)
            self._record.note_end(code, reason)
            self._closing = asyncio.get_running_loop().create_task(self._close(code, reason))

    def drop(self) -> None:
        """Lose the connection without a close frame."""
        self._record.note_end(ABNORMAL, "")
        self._link.reset()

    async def _close(self, code: int, reason: str) -> None:
        if self._speaker is not None:
            await self._speaker.stop()
        with contextlib.suppress(ConnectionError):
            await self._websocket.close(code=code, message=reason.encode())

    async def send(self, message: dict[str, Any]) -> None:
        """Send one message, as JSON in a binary frame.

        Raises:
            ConnectionError: the connection has ended.
        """
        await self._websocket.send_bytes(json.dumps(message, separators=(",", ":")).encode())

    async def _on_frame(self, frame: str | bytes) -> None:
        data = read_json(frame)
        message: ClientMessage | None = None
        try:
            message = read_message(data, self._behaviour.profile, self._target.backend)
        finally:
            self._record.note_message(data, message)
        if self._closing is not None or isinstance(self._fault, Silence):
            return
        if self._conversation is None or self._speaker is None:
            await self._on_setup(message, data.get("setup"))
            return
        if self._token is not None:
            self._books.tokens.check_alive(self._token)
        for effect in self._conversation.handle(message):
            if isinstance(effect, Interrupt):
                await self._speaker.interrupt()
            else:
                await self._speaker.respond(effect.turn, interrupts=effect.interrupts)

    async def _on_setup(self, message: ClientMessage, sent: Any) -> None:
        admission = Admission(self._target, self._caller, self._behaviour, self._books)
        admission.check_caller()
        if isinstance(self._fault, CloseAtSetup):
            raise RefusedError(self._fault.code, self._fault.reason)
        if message.setup is None:
            raise invalid_argument()
        effective = admission.effective_setup(sent, message.setup)
        self._record.note_effective_setup(effective)
        settings, context = admission.admit(effective)
        self._token = admission.token
        self._speaker = Speaker(
            send=self.send,
            fail=self._fail,
            behaviour=self._behaviour,
            settings=settings,
            context=context,
            handles=self._books.handles,
            number=self._number,
        )
        self._conversation = Conversation(
            settings,
            self._behaviour.profile,
            context,
            make_segmenter,
            needs_call_ids=self._target.backend == "gemini",
        )
        _log.info("connection %d: ready", self._number)
        await self.send(shapes.setup_complete())
        await self._speaker.offer_handle()
