"""What of a message may be written down: no secret, and of its sound only as much as is wanted."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from .._logging import Redactor
from .._secret_names import REDACTED, names_secret, without_url_secrets
from .shapes import camel

KEEP, CUT, DROP = "keep", "cut", "drop"
AUDIO = (KEEP, CUT, DROP)
_CUT_CHARACTERS = 16
"""What is left of cut sound: twelve bytes, six samples."""
_MEDIA = ("audio/", "video/", "image/")
_MEDIA_FIELDS = {"audio", "video", "mediaChunks", "inlineData"}
_HANDLES = {("sessionResumption", "handle"), ("sessionResumptionUpdate", "newHandle")}
_REMEMBERED = 64
_DEPTH = 100
"""How deep a message is followed; the service's own are not a tenth as deep."""


class Cleaner:
    """Cleans messages for a file that others will see.

    A resumption handle becomes ``redacted-handle-1``, and so on: the same one the same, so that it can still be seen
    which was resumed with.  Every text in a field like ``apiKey`` becomes ``[redacted]``, and so do such
    parameters of URLs, and known secrets wherever they are repeated.

    Owner: the writer's thread, but for :meth:`add_secrets`, which any may call.

    Args:
        audio: whether sound and pictures are kept (``"keep"``), cut to a few bytes (``"cut"``) or taken out
            (``"drop"``: an empty string is left in their place).
    """

    def __init__(self, audio: str) -> None:
        self._audio = audio
        self._redact = Redactor(passing=_REMEMBERED)
        self._handles: OrderedDict[str, str] = OrderedDict()
        self._handles_seen = 0

    def add_secrets(self, secrets: Iterable[str]) -> None:
        """Know more secrets."""
        for secret in secrets:
            self._redact.add(secret)

    def __call__(self, message: dict[str, Any]) -> dict[str, Any]:
        """Return a cleaned copy of a message."""
        self._meet_handles(message)
        cleaned: dict[str, Any] = self._clean(message, "", 0)
        return cleaned

    def words(self, text: str) -> str:
        """Return a text, such as a close reason, without known secrets."""
        return self._handles.get(text) or without_url_secrets(self._redact(text))

    def _meet_handles(self, message: dict[str, Any]) -> None:
        """Give the handles of a message their names, before any text that may repeat one is looked at."""
        for parent, name in _HANDLES:
            for holder in (message, message.get("setup")):
                inner = _field(holder, parent)
                handle = _field(inner, name)
                if isinstance(handle, str) and handle:
                    self._name_of(handle)

    def _name_of(self, handle: str) -> str:
        name = self._handles.get(handle)
        if name is None:
            self._handles_seen += 1
            name = self._handles[handle] = f"redacted-handle-{self._handles_seen}"
            self._redact.add_passing(handle)
            if len(self._handles) > _REMEMBERED:
                self._handles.popitem(last=False)  # the oldest, as the redactor does
        return name

    def _clean(self, value: Any, parent: str, depth: int, *, hidden: bool = False) -> Any:
        """Return a value as it may be written, of one that is hidden only its form."""
        if isinstance(value, str):
            return REDACTED if hidden and value else self.words(value)
        if depth > _DEPTH:
            return REDACTED
        if isinstance(value, list):
            return [self._clean(item, parent, depth + 1, hidden=hidden) for item in value]
        if not isinstance(value, dict):
            return value
        media = parent in _MEDIA_FIELDS or _is_media(value)
        return {
            self.words(name): self._clean_field(name, item, parent, depth, media=media, hidden=hidden)
            for name, item in value.items()
        }

    def _clean_field(self, name: str, value: Any, parent: str, depth: int, *, media: bool, hidden: bool) -> Any:
        if isinstance(value, str) and value:
            if (parent, camel(name)) in _HANDLES:
                return self._name_of(value)
            if media and name == "data" and not hidden:
                return self._sound(value)
        secret = names_secret(name) and not (parent == "properties" and _is_schema(value))
        return self._clean(value, camel(name), depth + 1, hidden=hidden or secret)

    def _sound(self, data: str) -> str:
        if self._audio == KEEP:
            return data
        return data[:_CUT_CHARACTERS] if self._audio == CUT else ""


def _field(holder: Any, name: str) -> Any:
    """Return a field in either spelling, ``None`` if there is none."""
    if not isinstance(holder, dict):
        return None
    return next((value for key, value in holder.items() if camel(key) == name), None)


def _is_schema(value: Any) -> bool:
    """Return whether this declares a parameter: how a function's password is called opens nothing."""
    return isinstance(value, dict) and bool(value.keys() & {"type", "$ref", "anyOf", "any_of", "enum"})


def _is_media(value: dict[str, Any]) -> bool:
    mime_type = _field(value, "mimeType")
    return isinstance(mime_type, str) and mime_type.lower().startswith(_MEDIA)
