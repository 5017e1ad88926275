"""What may be shown of what came: never a credential or a handle, and sound only by its length.  Pure; any thread."""

from __future__ import annotations

import re
import threading
from collections import deque
from typing import Any

from .._logging import Redactor
from .._secret_names import names_secret, without_url_secrets
from .access import Caller

HIDDEN = "[redacted]"
_HANDLE = re.compile(r"handle|new_?handle|previous_?session_?handle", re.IGNORECASE)
"""Names of fields whose texts are nobody's business, beside those of credentials."""
_LONGEST_DATA = 64
_DEPTH = 100

_NEWEST = 16
"""How many credentials are known that are other callers'."""


class Secrets:
    """The newest credentials that anybody has come with.  Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: deque[str] = deque(maxlen=_NEWEST)
        self._redact = Redactor()

    def remember(self, caller: Caller) -> None:
        """Note who calls."""
        with self._lock:
            for secret in _credentials(caller):
                if secret not in self._newest:
                    self._newest.append(secret)
                    self._redact.add_passing(secret)

    def hider(self, caller: Caller) -> Hider:
        """Return what shows what one caller sent."""
        return Hider(caller, others=self._redact)


def _credentials(caller: Caller) -> list[str]:
    return [secret for secret in (caller.api_key, caller.bearer, caller.token) if secret]


class Hider:
    """Shows what came on one connection, or with one request, without anybody's credentials.  Any thread."""

    def __init__(self, caller: Caller, *, others: Redactor | None = None) -> None:
        """Begin with a caller.

        Args:
            caller: whose credentials are hidden for good.
            others: hides those of others that it knows.
        """
        self._own = Redactor(_credentials(caller))
        self._others = others or Redactor()

    def _redact(self, text: str) -> str:
        return without_url_secrets(self._others(self._own(text)))

    def __call__(self, value: Any) -> Any:
        """Return JSON as it may be shown."""
        return self._shown(value, hidden=False, depth=0)

    def _shown(self, value: Any, *, hidden: bool, depth: int) -> Any:
        if isinstance(value, str):
            return HIDDEN if hidden and value else self._redact(value)
        if not isinstance(value, (dict, list, tuple)):
            return value
        if depth > _DEPTH:
            return "..."
        if not isinstance(value, dict):
            return [self._shown(item, hidden=hidden, depth=depth + 1) for item in value]
        return {
            self._redact(name): self._field(name, item, hidden=hidden, depth=depth + 1) for name, item in value.items()
        }

    def _field(self, name: str, value: Any, *, hidden: bool, depth: int) -> Any:
        if name == "data" and isinstance(value, str) and len(value) > _LONGEST_DATA:
            return f"({len(value)} characters)"
        secret = names_secret(name) or _HANDLE.fullmatch(name) is not None
        return self._shown(value, hidden=hidden or secret, depth=depth)


def kind_of(message: Any) -> str:
    """Return in a word or several what a message is: its keys, and what is in the contents that hold others.

    >>> kind_of({"serverContent": {"turnComplete": True}, "usageMetadata": {}})
    'serverContent.turnComplete+usageMetadata'
    """
    if not isinstance(message, dict):
        return type(message).__name__
    return "+".join(_kind(str(key), value) for key, value in message.items())[:200]


def _kind(key: str, value: Any) -> str:
    if key in ("serverContent", "realtimeInput", "realtime_input") and isinstance(value, dict) and value:
        return f"{key}.{'.'.join(map(str, value))}"
    return key
