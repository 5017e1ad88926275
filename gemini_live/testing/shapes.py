"""What kind a client's message is, and whether two of them have the same shape.  Pure; any thread."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MEDIA = "realtimeInput with sound or pictures"
_MEDIA_FIELDS = {"audio", "video", "mediaChunks"}


def camel(name: str) -> str:
    """Return a field's name as the service writes it."""
    return re.sub(r"_+([a-z0-9])", lambda match: match[1].upper(), name)


def kind_of(message: Any) -> str:
    """Return which of the client's messages it is; sound and pictures, which come in any number, are one kind."""
    if not isinstance(message, Mapping) or not message:
        return "nothing"
    name = camel(str(next(iter(message))))
    inner = next(iter(message.values()))
    if name != "realtimeInput" or not isinstance(inner, Mapping):
        return name
    fields = {camel(str(field)) for field in inner}
    return MEDIA if fields & _MEDIA_FIELDS else f"{name}.{next(iter(fields), '')}"


def difference(recorded: Any, sent: Any, path: str = "") -> str | None:
    """Return where two messages differ in shape, ``None`` if they do not.

    Names of fields count (in either spelling), and whether a value is text, a number, a list and so on; values, and how
    many there are in a list, do not.
    """
    if isinstance(recorded, Mapping) and isinstance(sent, Mapping):
        return _field_difference(recorded, sent, path)
    if isinstance(recorded, list) and isinstance(sent, list):
        return _item_difference(recorded, sent, path)
    before, now = _type_of(recorded), _type_of(sent)
    return None if before == now else f"{path or 'the message'} is {now}, and was {before}"


def _field_difference(recorded: Mapping[str, Any], sent: Mapping[str, Any], path: str) -> str | None:
    before = {camel(name): value for name, value in recorded.items()}
    now = {camel(name): value for name, value in sent.items()}
    for name in sorted(before.keys() | now.keys()):
        here = f"{path}.{name}" if path else name
        if name not in now:
            return f"{here} is missing"
        if name not in before:
            return f"{here} is new"
        found = difference(before[name], now[name], here)
        if found is not None:
            return found
    return None


def _item_difference(recorded: list[Any], sent: list[Any], path: str) -> str | None:
    if bool(recorded) != bool(sent):
        return f"{path} is {'empty' if recorded else 'no longer empty'}"
    for number, item in enumerate(sent):
        found = [difference(one, item, f"{path}[{number}]") for one in recorded]
        if None not in found:
            return found[0]
    return None


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    names = {str: "text", list: "a list", dict: "an object", type(None): "null"}
    return names.get(type(value), type(value).__name__)
