"""Where a player is that plays music as it comes: how much it has left, and when it had none.  Pure; time comes in."""

from __future__ import annotations


class Playhead:
    """Follows an imagined player.  Owner: the protocol.

    Args:
        patience: seconds that a player does without music before anybody is told.

    Attributes:
        wanted: whether music is to come.
        empty_at: when everything that has come will be played; ``None`` before the first piece.
    """

    def __init__(self, patience: float) -> None:
        self.wanted: bool = False
        self._patience = patience
        self.empty_at: float | None = None
        self._told = False

    def play(self, now: float) -> None:
        """Take the wish for music; what was played to its end before that leaves no gap."""
        if not self.wanted:
            self.wanted, self._told = True, False
            if self.ahead(now) == 0.0:
                self.empty_at = None

    def hold(self) -> None:
        """Take the wish for silence; what has come already may be played on."""
        self.wanted = False

    def came(self, seconds: float, now: float) -> float:
        """Take a piece of music; return the seconds of silence before it."""
        late = 0.0 if self.empty_at is None else now - self.empty_at
        begins = now if self.empty_at is None or late > 0 else self.empty_at
        self.empty_at, self._told = begins + seconds, False
        return late if self.wanted and late >= self._patience else 0.0

    def ahead(self, now: float) -> float:
        """Return the seconds of music that have come and are not played yet."""
        return 0.0 if self.empty_at is None else max(0.0, self.empty_at - now)

    @property
    def due_at(self) -> float | None:
        """When it is to be told that there is nothing left, unless more comes; ``None`` if it is not."""
        if not self.wanted or self._told or self.empty_at is None:
            return None
        return self.empty_at + self._patience

    def look(self, now: float) -> bool:
        """Return whether it is to be told now; true once for each silence."""
        due = self.due_at
        if due is None or now < due:
            return False
        self._told = True
        return True
