"""All that a server has seen since its start, to be read and waited for from any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import attrs

from .kept import Bounds, Kept
from .records import EmulatedRequest, EmulatedSession

Record = TypeVar("Record")


def _kept(ledger: Ledger) -> Kept[Any]:
    return Kept(ledger.bounds)


@attrs.define
class Ledger:
    """All records since the start.  Any thread.

    Attributes:
        keep: whether messages, requests and ended connections are kept.
        bounds: how many messages and requests, and how much of each connection's.
        attempts: how many upgrades were asked for.
    """

    keep: bool
    bounds: Bounds = attrs.field(factory=Bounds)
    attempts: int = 0
    _sessions: list[EmulatedSession] = attrs.field(factory=list)
    _requests: Kept[EmulatedRequest] = attrs.field(default=attrs.Factory(_kept, takes_self=True))
    _control: Kept[tuple[int, dict[str, Any]]] = attrs.field(default=attrs.Factory(_kept, takes_self=True))
    _opened: int = 0
    _changed: threading.Condition = attrs.field(factory=threading.Condition)

    def clear(self) -> None:
        """Forget everything, at a new start."""
        with self._changed:
            self._sessions.clear()
            self._requests, self._control = Kept(self.bounds), Kept(self.bounds)
            self._opened = 0
            self.attempts = 0

    def note_attempt(self) -> None:
        """Count an upgrade request, refused ones included."""
        with self._changed:
            self.attempts += 1

    def open(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> EmulatedSession:
        """Begin a record; in a server that keeps nothing, ended ones are forgotten here."""
        with self._changed:
            self._opened += 1
            session = EmulatedSession(
                path,
                query,
                headers,
                keep=self.keep,
                bounds=self.bounds,
                number=self._opened,
                on_control=self._note_control,
            )
            if not self.keep:
                self._sessions[:] = [known for known in self._sessions if known.open]
            self._sessions.append(session)
            self._changed.notify_all()
        return session

    def sessions(self) -> list[EmulatedSession]:
        """Return the connections, oldest first."""
        with self._changed:
            return list(self._sessions)

    def _note_control(self, number: int, message: dict[str, Any], size: int) -> None:
        with self._changed:
            if self.keep:
                self._control.add((number, message), size)

    def control_messages(self) -> list[tuple[int, dict[str, Any]]]:
        """Return the control messages of all connections with their connections' numbers, in order of arrival."""
        with self._changed:
            return list(self._control.items)

    @property
    def cut(self) -> int:
        """How many of the oldest requests and control messages are not kept any more."""
        with self._changed:
            return self._requests.cut + self._control.cut

    def add(self, request: EmulatedRequest) -> None:
        """Keep a request, in a server that keeps anything."""
        with self._changed:
            if self.keep:
                self._requests.add(request)
                self._changed.notify_all()

    def requests(self) -> list[EmulatedRequest]:
        """Return the requests, oldest first."""
        with self._changed:
            return list(self._requests.items)

    def wait_for_sessions(self, count: int, timeout: float) -> list[EmulatedSession]:
        """Wait for so many connections.

        Raises:
            TimeoutError: there are fewer after ``timeout`` seconds.
        """
        return self._wait(lambda: self._sessions, "connection", count, timeout)

    def wait_for_requests(self, count: int, timeout: float) -> list[EmulatedRequest]:
        """Wait for so many requests.

        Raises:
            TimeoutError: there are fewer after ``timeout`` seconds.
        """
        return self._wait(lambda: self._requests.items, "request", count, timeout)

    def _wait(self, records: Callable[[], list[Record]], name: str, count: int, timeout: float) -> list[Record]:
        with self._changed:
            if not self._changed.wait_for(lambda: len(records()) >= count, timeout):
                raise TimeoutError(f"{len(records())} {name}(s) after {timeout:g} s, not {count}")
            return list(records())
