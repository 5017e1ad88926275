"""The part of a session's actor that changes the settings: it goes on, on another connection with another setup."""

from __future__ import annotations

from ..actor import Reply
from ..exceptions import ConnectError
from ..protocol.state import CONNECTED
from . import commands
from .staying import StayingServer


class UpdatingServer(StayingServer):
    """Takes one change at a time.  Every method runs on the actor's thread."""

    def _update(self, request: commands.Update, reply: Reply) -> None:
        """Take the wish for another setup."""
        if self._protocol.state not in CONNECTED or self._policy is None or self._wants_change is not None:
            reply.fail(
                ConnectError("settings are changed on a connected session that reconnects, one change at a time")
            )
            return
        self._wants_change = request
        request.reply = reply
        self._setups.propose(request.setup)
        self._update_latest = self.actor.send_after(request.timeout, commands.ChangeNow(self._protocol.connection))
        self._prepare()
        self._settled()

    def _update_done(self) -> None:
        request, self._wants_change = self._wants_change, None
        if request is not None and request.reply is not None:
            self._setups.accept()
            request.reply.answer()
