"""Where a player of the music is: how much it has left, and when it had none.  Pure; time comes in."""

from __future__ import annotations


class Playhead:
    """Follows an imagined player.  Owner: the protocol.

    Before it plays the first piece, and again after each silence, it holds it back for a while: so much later than it
    sounds may music come, all delays together, without being missed.

    Args:
        patience: seconds that it holds back.

    Attributes:
        wanted: whether music is to come.
        empty_at: when everything that has come will be played; ``None`` before the first piece.
    """

    def __init__(self, patience: float) -> None:
        self.wanted: bool = False
        self._patience = patience
        self._silence = 0.0
        self.empty_at: float | None = None
        self._told = False

    def play(self, now: float) -> None:
        """Take the wish for music; what was played to its end before that leaves no gap."""
        if not self.wanted:
            self.wanted, self._told = True, False
            if self.ahead(now) == 0.0:
                self.empty_at = None

    def hold(self, now: float) -> None:
        """Take the wish for silence; what has come already may be played on.

        A silence that nobody had wished ends here, and the next piece tells of it.
        """
        if self.wanted and self.empty_at is not None and now - self.empty_at >= self._patience:
            self._silence += now - self.empty_at
            self.empty_at = None
        self.wanted = False

    def came(self, seconds: float, now: float) -> float:
        """Take a piece of music; return the seconds of silence before it."""
        silence, self._silence = self._silence, 0.0
        begins = now if self.empty_at is None else self.empty_at
        if now - begins >= self._patience:
            silence += now - begins if self.wanted else 0.0
            begins = now
        self.empty_at, self._told = begins + seconds, False
        return silence

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
