"""The messages that come by the hundred: words or sound of the model's, and nothing else.

They are told by their shape, and to the letter: whatever is not exactly like them is read as any message is.
"""

from __future__ import annotations

from typing import Any

from .._speed import read_base64
from ..types.server import is_audio

Part = tuple["str | None", "bytes | None", "str | None"]
"""Words, or sound and its mime type."""
_SOUND = {"mimeType", "data"}


def plain_parts(message: dict[str, Any]) -> list[Part] | None:
    """Return the parts of a message that has nothing but words or sound, ``None`` of any other."""
    content = message.get("serverContent")
    if type(content) is not dict or len(message) != 1 or len(content) != 1:
        return None
    turn = content.get("modelTurn")
    if type(turn) is not dict or (len(turn) != 1 and not (len(turn) == 2 and type(turn.get("role")) is str)):
        return None
    parts = turn.get("parts")
    if type(parts) is not list:
        return None
    found: list[Part] = []
    for part in parts:
        plain = _plain_part(part)
        if plain is None:
            return None
        found.append(plain)
    return found


def _plain_part(part: Any) -> Part | None:
    if type(part) is not dict or len(part) != 1:
        return None
    text, blob = part.get("text"), part.get("inlineData")
    if type(text) is str:
        return text, None, None
    if type(blob) is not dict or blob.keys() != _SOUND:
        return None
    mime_type, data = blob["mimeType"], blob["data"]
    if type(mime_type) is not str or type(data) is not str or not is_audio(mime_type):
        return None
    try:
        return None, read_base64(data), mime_type
    except ValueError:
        return None
