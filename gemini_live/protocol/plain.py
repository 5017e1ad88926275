"""The messages that come by the hundred: words or sound of the model's, and nothing else.

They are told by their shape, and to the letter: whatever is not exactly like them is read as any message is.
"""

from __future__ import annotations

import functools
import re
from typing import Any

import attrs

from .._speed import read_base64, read_json, read_strict_base64, write_base64
from ..audio import rate_of
from ..types.server import is_audio

Part = tuple["str | None", "bytes | None", "str | None"]
"""Words, or sound and its mime type."""
_SOUND = {"mimeType", "data"}
_MOST_AROUND = 512
"""Bytes beside the string in a message that is nothing else."""
_BEGIN = re.compile(rb'"(data|text)"[ \t\r\n]*:[ \t\r\n]*"')
_UNESCAPED = re.compile(rb'[^"\\\x00-\x1f]*"')


@attrs.frozen
class Form:
    """How messages are written that are nothing but a piece of sound, or of text; the same from piece to piece.

    Attributes:
        before: what stands before the one string.
        after: what stands behind it.
        mime_type: the type of the sound; ``None`` of text.
        rate: the samples per second that this names.
    """

    before: bytes
    after: bytes
    mime_type: str | None
    rate: int

    @property
    def size(self) -> int:
        """Bytes beside the string."""
        return len(self.before) + len(self.after)


Sound = tuple[Form, bytes]
"""A message that is nothing but a piece of sound, and the sound."""


def as_written(sound: Sound) -> bytes:
    """Return such a message as it came, where :func:`is_exact` says so."""
    form, data = sound
    return b"".join((form.before, write_base64(data), form.after))


def is_exact(data: bytes) -> bool:
    """Whether there is only one way to write a sound: where base64 needs padding, some bits of it mean nothing."""
    return len(data) % 3 == 0


def plain_piece(payload: str | bytes, like: Form | None = None) -> tuple[Form, bytes | str] | None:
    """Return a message that has nothing but one piece of sound, or of text; ``None`` of any other.

    Most of such a message is one string without escapes.  That is cut out, and what is left, which is the same from
    piece to piece, is read as JSON once.

    Args:
        payload: the message.
        like: how the last one was written, as which this one most likely is.
    """
    try:
        message = payload if isinstance(payload, bytes) else payload.encode("utf-8")
        if like is not None and (value := _string_like(message, like)) is not None:
            return like, value
        found = _BEGIN.search(message, 0, _MOST_AROUND)
        if found is None:
            return None
        start = found.end()
        if found[1] == b"data":
            end = message.find(b'"', start)
        else:
            whole = _UNESCAPED.match(message, start)
            end = -1 if whole is None else whole.end() - 1
        if end < 0 or start + len(message) - end > _MOST_AROUND:
            return None
        form = _form(message[:start], message[end:], found[1])
        if form is None:
            return None
        string = message[start:end]
        if form.mime_type is None:
            return form, string.decode("utf-8")
        data = _sound(string)
        return (form, data) if data is not None else None
    except (ValueError, RecursionError):  # half a character, no JSON, no base64: who reads the whole of it will say so
        return None


def _string_like(message: bytes, form: Form) -> bytes | str | None:
    """Return the sound, or the text, of a message that is written like another one, ``None`` of any other.

    What stands between the two ends must be the whole of one string: strict base64 has no quotes.
    """
    start, end = len(form.before), len(message) - len(form.after)
    if not (message.startswith(form.before) and message.endswith(form.after, start)):
        return None
    try:
        if form.mime_type is None:
            whole = _UNESCAPED.match(message, start)
            return message[start:end].decode("utf-8") if whole is not None and whole.end() == end + 1 else None
        return _sound(message[start:end])
    except ValueError:
        return None


def _sound(string: bytes) -> bytes | None:
    """Return what strict base64 means, ``None`` if it has too much padding.

    Raises:
        ValueError: it is none.
    """
    data = read_strict_base64(string)
    return data if len(string) == (len(data) + 2) // 3 * 4 else None


@functools.lru_cache(maxsize=32)
def _form(before: bytes, after: bytes, name: bytes) -> Form | None:
    """Return how a message is written that a string was taken out of, ``None`` if there was more in it than that.

    Where a name is written twice, or with an escape, the string that was taken out may not be the one that counts.

    Raises:
        ValueError: it is no JSON.
    """
    around = before + after
    if around.count(b'"%b"' % name) != 1 or b"\\" in around:
        return None
    message = read_json(around)
    parts = plain_parts(message) if isinstance(message, dict) else None
    if parts is None or len(parts) != 1:
        return None
    text, sound, mime_type = parts[0]
    if (text, sound) != (("", None) if name == b"text" else (None, b"")):  # where what holds it is written twice
        return None
    return Form(before, after, mime_type, rate_of(mime_type))


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
