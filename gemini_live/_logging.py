"""Log names and secret hygiene.

What the levels mean: DEBUG is every frame's kind and size and every transition; INFO is a session opened, closed or
resumed; WARNING is something that was dropped, delayed or guessed; ERROR is a callback of the program that raised where
nobody listens.  No level ever shows a key, a token, a handle, audio, a prompt or a transcript.
"""

from __future__ import annotations

import base64
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

from ._texts import told
from .exceptions import GeminiLiveError

E = TypeVar("E", bound=BaseException)
_SHORTEST_SECRET = 6
_SHORTEST_BEGINNING = 8
_PASSING_SECRETS = 16
_CAUSES = 8
"""How far an error's causes are followed."""
_DEPTH = 50
"""How deep an error document is followed."""


def header_names(headers: Mapping[str, str]) -> str:
    """Show headers by their names alone: some of their values are credentials."""
    return f"<{', '.join(sorted(headers))}>"


def get_logger(name: str) -> logging.Logger:
    """Return the library's logger ``gemini_live.<name>``."""
    return logging.getLogger(f"gemini_live.{name}")


class Redactor:
    """Takes known secrets out of text that comes from elsewhere, such as a server's close reason.

    Thread affinity: none; :meth:`add` replaces, under a lock, the tuple that :meth:`__call__` reads.

    Args:
        secrets: those that are known for good.
        passing: how many of those that others take the place of.
    """

    def __init__(self, secrets: Iterable[str] = (), *, passing: int = _PASSING_SECRETS) -> None:
        self._lock = threading.Lock()
        self._secrets: tuple[str, ...] = ()
        self._lasting: frozenset[str] = frozenset()
        self._passing: deque[frozenset[str]] = deque(maxlen=passing)
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Remember more secrets, and the forms in which a server may repeat them, percent-encoded and in base64.

        Text shorter than six characters is too common to search for.
        """
        forms = [_forms(secret) for secret in secrets if len(secret) >= _SHORTEST_SECRET]
        with self._lock:
            self._lasting = self._lasting.union(*forms)
            self._arrange()

    def add_passing(self, secret: str) -> None:
        """Remember a secret that others will take the place of, such as a resumption handle: the newest are known."""
        if len(secret) >= _SHORTEST_SECRET:
            with self._lock:
                self._passing.append(_forms(secret))
                self._arrange()

    def _arrange(self) -> None:
        """Order them, longest first: a secret that begins with another one must not leave its tail behind."""
        self._secrets = tuple(sorted(self._lasting.union(*self._passing), key=len, reverse=True))

    def __call__(self, text: str) -> str:
        """Return ``text`` with every known secret replaced by ``[redacted]``."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, "[redacted]")
        for secret in self._secrets:
            text = _without_beginning(secret, text)
        return text

    def __repr__(self) -> str:
        return "<Redactor>"


def _forms(secret: str) -> frozenset[str]:
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return frozenset({secret, quote(secret, safe=""), quote_plus(secret), encoded})


def _without_beginning(secret: str, text: str) -> str:
    """Cut the beginning of a secret off the end of a text: a close frame has room for 123 bytes of a reason."""
    if secret[:_SHORTEST_BEGINNING] not in text:
        return text
    for length in range(len(secret) - 1, _SHORTEST_BEGINNING - 1, -1):
        if text.endswith(secret[:length]):
            return f"{text[:-length]}[redacted]"
    return text


def redact_error(error: E, redact: Callable[[str], str]) -> E:
    """Take the secrets that a server may have echoed out of an error of ours and its causes, and return it.

    A stranger's exception is not written into, as its program may still use it: where one holds a secret, another one
    that says what it was stands in its place below ours.
    """
    current: BaseException = error
    for _ in range(_CAUSES):
        if isinstance(current, GeminiLiveError):
            current.args = _redacted(current.args, redact)
            for name, value in vars(current).items():
                setattr(current, name, _redacted(value, redact))
        cause = current.__cause__ or current.__context__
        if cause is None:
            break
        if not isinstance(cause, GeminiLiveError):
            stand_in = _stand_in(cause, redact)
            if stand_in is not cause:
                current.__cause__, current.__context__ = stand_in, None
                break  # what is below the stranger's hangs there no more
        current = cause
    return error


def _stand_in(error: BaseException, redact: Callable[[str], str]) -> BaseException:
    """Return a stranger's exception if it and what is below it show no secret, else one that says what it was."""
    seen: BaseException | None = error
    for _ in range(_CAUSES):
        if seen is None:
            return error
        if _shows_secret(seen, redact):
            return RuntimeError(redact(told(error)))
        seen = seen.__cause__ or seen.__context__
    return error


def _shows_secret(error: BaseException, redact: Callable[[str], str]) -> bool:
    try:
        shown = f"{error} {error.args!r} {getattr(error, '__notes__', '')}"
    except Exception:  # noqa: BLE001 - a stranger's class may raise anything here
        return True  # nobody can tell what it would show
    return redact(shown) != shown


def _redacted(value: Any, redact: Callable[[str], str], depth: int = 0) -> Any:
    """Return a value with its texts redacted; what is nested deeper than anybody reads is left out."""
    if isinstance(value, str):
        return redact(value)
    if not isinstance(value, (dict, list, tuple)):
        return value
    if depth >= _DEPTH:
        return "..."
    if isinstance(value, dict):
        return {_redacted(name, redact, depth + 1): _redacted(item, redact, depth + 1) for name, item in value.items()}
    # Named tuples and the like become plain ones: not everybody's can be made of an iterable.
    kind = list if isinstance(value, list) else tuple
    return kind(_redacted(item, redact, depth + 1) for item in value)
