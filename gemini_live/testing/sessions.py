"""Sessions with an emulator, opened by a test and closed after it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .._clock import Deadline
from ..session import Session

if TYPE_CHECKING:
    from typing_extensions import Self

    from ..emulator import Emulator

_MODELS = {
    "auto": "gemini-2.5-flash-native-audio-preview-12-2025",
    "gemini-2.5": "gemini-2.5-flash-native-audio-preview-12-2025",
    "gemini-3.1": "gemini-3.1-flash-live-preview",
    "vertex-2.5": "gemini-live-2.5-flash-native-audio",
    "gemini-3.8-thinking": "gemini-3.8-live-extended-thinking",
}
"""A model of each of the emulator's families; of others the newest."""
_NEWEST = "gemini-3.8-live"
_WHO = ("auth", "api_key", "token", "credentials", "access_token", "project_id")
_GEMINI = {"auth": "gemini", "api_key": "any-key"}
_VERTEX = {"auth": "vertex_ai", "project_id": "any-project", "access_token": "any-token"}
_CLOSE_SECONDS = 2.0
_GRACE_SECONDS = 2.0


class Sessions:
    """Opens sessions with an emulator; all of them are closed at the end, and none may leave a thread behind.

    Thread affinity: none, but for the ``with`` statement.

    Args:
        server: the emulator.
        profile: whose ways it has; that decides the model and the backend, unless a session's options say so.
        models: those that it has, if not any: of these the profile's own is taken, or else the first live one.
    """

    def __init__(
        self,
        server: Emulator,
        profile: str = "auto",
        models: Iterable[str | Mapping[str, Any]] | None = None,
    ) -> None:
        self._server = server
        self._profile = profile
        self._models = None if models is None else list(models)
        self._lock = threading.Lock()
        self._sessions: list[Session] = []

    def open(self, *, connect: bool = True, **options: Any) -> Session:
        """Open a session.

        Args:
            connect: whether it is connected; ``False`` only starts it.
            options: any of ``Session.start_link``; they win over what the emulator would have.

        Raises:
            ConfigError, ConnectError: as :meth:`Session.open`.
        """
        session = Session.start_link(**{**self._where(options), **options})
        with self._lock:
            self._sessions.append(session)
        if connect:
            session.connect()
        return session

    def _where(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options that say where and as whom, whatever the environment says."""
        who: dict[str, Any] = {}
        if not any(name in options for name in _WHO):
            who = _VERTEX if self._profile.startswith("vertex") else _GEMINI
        return {
            "model": self._model({**who, **options}),
            "base_url": self._server.base_url,
            "ssl_context": self._server.ssl_context,
            "proxy": False,
            **who,
        }

    def _model(self, options: dict[str, Any]) -> str:
        own = _MODELS.get(self._profile, _NEWEST)
        if self._models is None:
            return own
        from ..emulator.catalogue import catalogue_of  # noqa: PLC0415 - when a test says which models there are

        vertex = options.get("auth") == "vertex_ai" or "project_id" in options
        live = catalogue_of(self._models, None).live("vertex_ai" if vertex else "gemini")
        return own if own in live else next(iter(live), own)

    def close(self) -> None:
        """Close all sessions.

        Raises:
            AssertionError: a thread of theirs is left, such as one with a tool or a callback that does not end.
        """
        with self._lock:
            sessions, self._sessions = self._sessions, []
        for session in sessions:
            session.close(timeout=_CLOSE_SECONDS)
        names = {f"gemini-live:{session.name}" for session in sessions}
        left = [thread for thread in threading.enumerate() if _session_thread(thread.name) in names]
        deadline = Deadline.after(_GRACE_SECONDS)
        for thread in left:
            if thread is not threading.current_thread():
                thread.join(deadline.remaining())
        alive = sorted(thread.name for thread in left if thread.is_alive())
        if alive:
            raise AssertionError(f"session threads were left behind: {', '.join(alive)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _session_thread(name: str) -> str:
    """Return the name of the session's own thread for that of one of its helpers."""
    for helper in (":callbacks", ":dial", ":stream", ":store"):
        name = name.removesuffix(helper)
    return name.rpartition(":tool-")[0] or name
