"""The part of a session's actor that ends it where another process can go on."""

from __future__ import annotations

from typing import Any

from ..actor import Reply
from ..exceptions import NotReadyError
from ..protocol.state import CONNECTED
from . import commands
from .updating import UpdatingServer


class ParkingServer(UpdatingServer):
    """Waits for the moment at which nothing would be lost.  Every method runs on the actor's thread."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._parking: commands.Park | None = None
        self._parker: Reply | None = None

    @property
    def _awaits_quiet(self) -> bool:
        return self._parking is not None or super()._awaits_quiet

    def _settled(self) -> None:
        if self._parking is None:
            super()._settled()
        elif self._is_parkable():
            self._close(commands.Close(self._options.close_timeout))

    def _is_parkable(self) -> bool:
        handle, transport = self._protocol.handle, self._transport
        at_rest = self._protocol.idle and not self._outbox.waiting and transport is not None and not transport.buffered
        covers = handle is not None and handle.safe and handle.at > self._control_sent_at
        return self._protocol.state in CONNECTED and at_rest and covers

    def _park_expired(self) -> None:
        """End all the same, with the newest handle; without any there is nothing to be gained by that."""
        if self._protocol.handle is not None or self._protocol.state not in CONNECTED:
            self._close(commands.Close(self._options.close_timeout))
            return
        parker, self._parker, self._parking = self._parker, None, None
        assert parker is not None
        self._closers.remove(parker)
        parker.fail(NotReadyError(str(self._protocol.state), doing="be parked, as the server has given no handle,"))

    def _park(self, request: commands.Park, reply: Reply) -> None:
        self._closers.append(reply)
        self._parking, self._parker = request, reply
        self.actor.send_after(request.timeout, request)
        self._settled()
