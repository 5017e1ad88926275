"""How far a scenario has come on one connection, to be read and waited for from any thread."""

from __future__ import annotations

import threading


class ScriptRecord:
    """What a connection's scenario does.  Without a scenario it says nothing."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._error: str | None = None
        self._waiting: str | None = None
        self._done = False

    @property
    def error(self) -> str | None:
        """What the client did that no step waited for, the first such; ``None`` as long as there is none."""
        return self._error

    @property
    def waiting(self) -> str | None:
        """Which step waits for what; ``None`` without a scenario, and when it is over."""
        return self._waiting

    @property
    def done(self) -> bool:
        """Whether the last step has been begun."""
        return self._done

    @property
    def excuse(self) -> str:
        """Why a test may wait in vain, as it stands at the end of an error; empty if nothing is known."""
        reason = self._error or self._waiting
        return f"; of the scenario, {reason}" if reason else ""

    def wait_done(self, timeout: float = 5.0) -> None:
        """Wait until the last step has been begun.

        Raises:
            AssertionError: the client did something that no step waited for.
            TimeoutError: it has not within ``timeout`` seconds; it says which step waits for what.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._done or self._error is not None, timeout)
            if self._error is not None:
                raise AssertionError(self._error)
            if not self._done:
                raise TimeoutError(f"the scenario is not over after {timeout:g} s{self.excuse}")

    def wait_error(self, timeout: float = 5.0) -> str:
        """Wait until the client does something that no step waits for, and return what.

        Raises:
            TimeoutError: it has not within ``timeout`` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._error is not None, timeout):
                raise TimeoutError(f"nothing unexpected came within {timeout:g} s{self.excuse}")
            return str(self._error)

    def note_waiting(self, waiting: str | None) -> None:
        """Note which step waits for what, ``None`` if none is left; for the server."""
        with self._changed:
            self._waiting, self._done = waiting, waiting is None
            self._changed.notify_all()

    def note_error(self, error: str) -> None:
        """Note what was not waited for; for the server."""
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()
