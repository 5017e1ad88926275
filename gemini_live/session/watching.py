"""The part of a session's actor that notices a server which is there no more."""

from __future__ import annotations

from typing import Any

from ..protocol.state import CONNECTED
from ..transport import ConnectionEnded
from . import commands
from .recovering import RecoveringServer

_LOOKS = 4
"""How often to look within the shortest of the times."""
_OFTENEST, _RAREST = 0.02, 10.0  # seconds


class WatchingServer(RecoveringServer):
    """Looks from time to time whether anything comes from the server.  Every method runs on the actor's thread.

    A pong that is late is no reason for anything by itself: it counts as any other sign of life, whenever it comes.
    """

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._pinged_at: float | None = None
        self._ready_at = 0.0

    @property
    def _is_owed(self) -> bool:
        """Whether something of the server's is due."""
        return False

    @property
    def _waits_since(self) -> float | None:
        """Since when the model owes a sign of itself; ``None`` if it owes none."""
        return None

    def _watch(self, now: float) -> None:
        """Begin to look, for the present connection."""
        self._heard_at = self._ready_at = now
        self._pinged_at = None
        self._look_later()

    def _look_later(self) -> None:
        policy = self._policy
        if policy is None:
            return
        times = [time for time in (policy.ping_after, policy.dead_peer_after, policy.stall_after) if time is not None]
        if times:
            pause = min(_RAREST, max(_OFTENEST, min(times) / _LOOKS))
            self.actor.send_after(pause, commands.Look(self._protocol.connection))

    def _look(self, message: commands.Look) -> None:
        policy, transport, now = self._policy, self._transport, self._now()
        if policy is None or transport is None or message.connection != self._protocol.connection:
            return
        if self._protocol.state not in CONNECTED:
            return
        silence = now - self._heard_at
        if self._pinged_at is not None and self._heard_at > self._pinged_at:
            self._pinged_at = None
        owed = self._pinged_at is not None or self._is_owed
        if policy.dead_peer_after is not None and owed and silence >= policy.dead_peer_after:
            self._cut(f"nothing was heard from the server for {silence:.0f} s")
            return
        waits = self._waits_since
        if policy.stall_after is not None and waits is not None:
            stalled = now - max(waits, self._ready_at)
            if stalled >= policy.stall_after:
                if self._recovery is not None:
                    self._recovery.stalled()
                self._cut(f"the model has shown no sign of an answer for {stalled:.0f} s")
                return
        if policy.ping_after is not None and self._pinged_at is None and silence >= policy.ping_after:
            self._pinged_at = now
            transport.ping()
            self._serve(transport.service())
        self._look_later()

    def _cut(self, reason: str) -> None:
        """Take the connection for lost."""
        transport = self._transport
        assert transport is not None
        self._connection_ended(ConnectionEnded(1006, reason, clean=False, by_peer=False))
        transport.abort()
