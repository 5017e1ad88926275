"""Recordings played to sessions: a bug report, or an hour of production, becomes a test."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Literal

from .._clock import Deadline
from ..exceptions import ConfigError, ConnectError
from ..transport import Attempt, ConnectRequest, Transport
from .connection import FakeConnection
from .fake import FakeTransport
from .lines import Line, Source, by_connection, read_lines
from .script import PACES, Script

if TYPE_CHECKING:
    from collections.abc import Iterable

_BROKEN = 1006


class Player:
    """Plays the server's side of a recording: ``Session.open(…, transport=player)``.

    The recording is that of :class:`Recorder`, or any in its format (see :mod:`.lines`).  A session that connects again
    is played the recording's next connection.  Of what the session sends, only the kinds of messages count, never their
    words; sound may come in other pieces than it did: the first piece stands for all up to what the server said next.

    Thread affinity: none.

    Args:
        recording: the path of a file, or the lines, as text or as mappings.
        pace: when the server goes on: ``"as_sent"`` when the session has sent what was sent there before;
            ``"at_once"``, as soon as the setup has come; ``"by_hand"``, with each :meth:`step` after ``setupComplete``.
        check: whether each message of the session's must have the shape of the recorded one: the same fields with the
            same kinds of values.  What has not is in :attr:`mismatches`, and :meth:`wait_played` raises it.

    Raises:
        ConfigError: a line is no line of a recording, or there is none; or the pace is another.
        OSError: the file can't be read.

    Example::

        player = Player("bug-4711.jsonl")
        with Session.open(model="gemini-3.8-live", api_key="any", transport=player, on_audio=play) as session:
            session.send_text("What was it again?")
            player.wait_played()
    """

    def __init__(
        self, recording: Source, *, pace: Literal["as_sent", "at_once", "by_hand"] = "as_sent", check: bool = False
    ) -> None:
        if pace not in PACES:
            raise ConfigError(f"must be one of {', '.join(PACES)}, not {pace!r}", path="pace")
        parts = by_connection(read_lines(recording))
        if not parts:
            raise ConfigError("has no line", path="recording")
        self._check = check
        self._scripts = [Script(lines, pace, check=check) for lines in parts]
        self._changed = threading.Condition()
        self._fake = FakeTransport(accept=False, respond=self._sent)

    def __call__(self, request: ConnectRequest, attempt: Attempt) -> Transport:
        """Open a connection; the session does that, on its dial thread.

        Raises:
            ConnectError: it has connected as often as in the recording already.
        """
        recorded = len(self._scripts)
        if len(self._fake.connections) >= recorded:
            raise ConnectError(f"the recording has {recorded} connection{'s' * (recorded > 1)} and no other")
        return self._fake(request, attempt)

    def _sent(self, connection: FakeConnection, message: Any) -> None:
        """Go on; on the session's thread."""
        with self._changed:
            _say(connection, self._scripts[connection.number - 1].sent(message))
            self._changed.notify_all()

    def step(self, count: int = 1) -> int:
        """Have the server say what comes next on the newest connection, whatever the session has sent.

        Args:
            count: how many messages.

        Returns:
            how many it has said: fewer than ``count`` when there are no more.

        Raises:
            TimeoutError: nothing connects within five seconds.
        """
        connection = self._fake.connection
        for number in range(count):
            with self._changed:
                line = self._scripts[connection.number - 1].step()
                if line is None:
                    return number
                _say(connection, [line])
                self._changed.notify_all()
        return count

    def wait_played(self, timeout: float = 5.0) -> None:
        """Wait until everything was said on all connections, and the session's thread has dealt with it.

        Callbacks that have a thread of their own may still have work.

        Raises:
            TimeoutError: it has not; the error says what the server waits for.
            AssertionError: with ``check``, something the session sent has another shape than in the recording.
        """
        deadline = Deadline.after(timeout)
        with self._changed:
            self._changed.wait_for(lambda: self._waits_for() is None, timeout)
            waits = self._waits_for()
        if waits is not None:
            raise TimeoutError(f"after {timeout:g} s the recorded server waits for {waits}")
        self._fake.settle(deadline.remaining() or 0.0)
        if self.mismatches:
            raise AssertionError(
                "\n".join(["the session sent something else than in the recording:", *self.mismatches])
            )

    def _waits_for(self) -> str | None:
        for number, script in enumerate(self._scripts, 1):
            if script.waits_for is not None:
                if len(self._fake.connections) < number:
                    return f"connection {number}"
                return f"{script.waits_for} on connection {number}"
        return None

    @property
    def mismatches(self) -> list[str]:
        """With ``check``: what of the session's messages is not as in the recording, as sentences."""
        with self._changed:
            return [sentence for script in self._scripts for sentence in script.mismatches]

    @property
    def missing(self) -> list[str]:
        """The kinds of messages that were sent in the recording, and that the session has not sent (yet)."""
        with self._changed:
            return [kind for script in self._scripts for kind in script.missing]

    @property
    def sent(self) -> list[Any]:
        """What the session has sent so far on all connections, as JSON, in order, setups included."""
        return self._fake.sent

    @property
    def connections(self) -> list[FakeConnection]:
        """Every connection so far, oldest first."""
        return self._fake.connections

    def __repr__(self) -> str:
        return f"<Player of {len(self._scripts)} connections, {len(self.sent)} messages came>"


def _say(connection: FakeConnection, lines: Iterable[Line]) -> None:
    for line in lines:
        if line.end is None:
            connection.say(line.data)
        elif line.end[0] == _BROKEN:
            connection.drop()
        else:
            connection.close(*line.end)
