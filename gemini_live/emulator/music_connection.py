"""One connection to the music endpoint.  Owned by the server's event loop."""

from __future__ import annotations

from typing import Any

from .._logging import get_logger
from ..types import MusicClientMessage
from . import shapes
from .connection import Connection
from .faults import Phase
from .music_session import Music
from .refusals import invalid_argument
from .strictness import Check
from .wire_check import Dialect, read_one

_log = get_logger("emulator")


class MusicConnection(Connection[MusicClientMessage]):
    """One WebSocket on which music is played.  The service announces no end there."""

    announces = False

    def _understand(self, data: dict[str, Any], size: int) -> MusicClientMessage:
        lenient = Check.UNKNOWN_NAMES in self._behaviour.lenient
        try:
            return read_one(MusicClientMessage, data, Dialect(self._target.backend), lenient=lenient)
        finally:
            self._record.note_message(data, None, size)

    async def _on_setup(self, message: MusicClientMessage, sent: Any) -> None:
        admission = self._admission()
        admission.check_caller()
        if not await self._reach(Phase.SETUP):
            return
        if message.setup is None:
            raise invalid_argument()
        self._record.note_effective_setup(sent)
        self._behaviour.catalogue.check_live(self._target, message.setup.model)
        self._session = Music(
            send=self.send,
            fail=self._fail,
            behaviour=self._behaviour,
            record=self._record,
            disturbed=lambda: self._writer.disturbance,
            quiet=lambda: self.ending.quiet,
        )
        _log.info("connection %d: ready to play", self._record.number)
        self._record.note_ready()
        await self.send(shapes.setup_complete())
