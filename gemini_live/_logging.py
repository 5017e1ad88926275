"""Log names and secret hygiene.

What the levels mean: DEBUG is every frame's kind and size and every transition; INFO is a session opened, closed or
resumed; WARNING is something that was dropped, delayed or guessed; ERROR is a callback of the program that raised where
nobody listens.  No level ever shows a key, a token, a handle, audio, a prompt or a transcript.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from .exceptions import GeminiLiveError

E = TypeVar("E", bound=BaseException)
_SHORTEST_SECRET = 6
_SHORTEST_BEGINNING = 8
_CAUSES = 8
"""How far an error's causes are followed."""


def get_logger(name: str) -> logging.Logger:
    """Return the library's logger ``gemini_live.<name>``."""
    return logging.getLogger(f"gemini_live.{name}")


class Redactor:
    """Takes known secrets out of text that comes from elsewhere, such as a server's close reason.

    Thread affinity: none; :meth:`add` replaces, under a lock, the tuple that :meth:`__call__` reads.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._secrets: tuple[str, ...] = ()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Remember one more secret; text shorter than six characters is too common to search for."""
        if len(secret) >= _SHORTEST_SECRET:
            with self._lock:
                # Longest first: a secret that begins with another one must not leave its tail behind.
                self._secrets = tuple(sorted({*self._secrets, secret}, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        """Return ``text`` with every known secret replaced by ``[redacted]``."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, "[redacted]")
        for secret in self._secrets:
            text = _without_beginning(secret, text)
        return text

    def __repr__(self) -> str:
        return f"<Redactor of {len(self._secrets)} secret(s)>"


def _without_beginning(secret: str, text: str) -> str:
    """Cut the beginning of a secret off the end of a text: a close frame has room for 123 bytes of a reason."""
    for length in range(len(secret) - 1, _SHORTEST_BEGINNING - 1, -1):
        if text.endswith(secret[:length]):
            return f"{text[:-length]}[redacted]"
    return text


def redact_error(error: E, redact: Callable[[str], str]) -> E:
    """Take the secrets that a server may have echoed out of an error and its causes, and return it."""
    cause: BaseException | None = error
    for _ in range(_CAUSES):
        if cause is None:
            break
        cause.args = _redacted(cause.args, redact)
        if isinstance(cause, GeminiLiveError):
            for name, value in vars(cause).items():
                setattr(cause, name, _redacted(value, redact))
        cause = cause.__cause__ or cause.__context__
    return error


def _redacted(value: Any, redact: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {_redacted(name, redact): _redacted(item, redact) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_redacted(item, redact) for item in value)
    return value
