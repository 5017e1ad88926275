"""One form for every way in which JSON can say the same thing to the service.

Protobuf's JSON mapping reads field names in camelCase and in snake_case, base64 in both alphabets with and without
padding, 64-bit integers as numbers and as strings, and takes ``null`` for absence:
https://protobuf.dev/programming-guides/json/.  What a program says in its own words (arguments, answers, names of
properties, labels) has one form only and stays as it is.
"""

from __future__ import annotations

import base64
import datetime
import json
import re
from typing import Any

MINE = frozenset({
    "args", "partMetadata", "labels", "headers", "customConfigs", "default", "example", "parametersJsonSchema",
    "responseJsonSchema",
})  # fmt: skip
"""Fields whose value is the program's own data: nothing inside is touched."""

NAMED = frozenset({"properties", "defs"})
"""Maps from the program's names to schemas: the names stay, the schemas are brought into form."""

BYTES = frozenset({"data", "thoughtSignature", "voiceSampleAudio", "consentAudio", "imageData"})

INT64 = frozenset({
    "triggerTokens", "targetTokens", "maxItems", "minItems", "maxLength", "minLength", "maxProperties", "minProperties",
})  # fmt: skip

DURATIONS = frozenset({"startOffset", "endOffset", "timeout", "sseReadTimeout"})

TIMES = frozenset({"startTime", "endTime"})


def camel(name: str) -> str:
    """Return a field's name in camelCase.

    >>> camel("voice_sample_audio")
    'voiceSampleAudio'
    """
    return re.sub("_([a-z0-9])", lambda match: match[1].upper(), name)


def canonical(message: Any) -> Any:
    """Return a client message, or a piece of one, in its one form; order in lists is kept, in objects it means nothing."""
    return _value(message, "", "")


def shown(message: Any) -> str:
    """Return a message's form as text, in which every difference is one: ``1`` is not ``true`` there."""
    return json.dumps(canonical(message), indent=1, sort_keys=True, ensure_ascii=False)


def _value(value: Any, key: str, owner: str) -> Any:
    """Bring a value into form; ``key`` is the field it is the value of, ``owner`` the field that holds that field."""
    if key in MINE or (key == "response" and owner != "functionDeclarations"):
        return value
    if isinstance(value, dict):
        if key in NAMED:
            return {name: _value(item, "schema", key) for name, item in value.items()}
        return _object(value, key)
    if isinstance(value, list):
        return [_value(item, key, owner) for item in value]
    return _scalar(value, key)


def _object(value: dict[str, Any], owner: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, item in value.items():
        if item is not None:
            assert camel(name) not in result, f"{name} is said twice"
            result[camel(name)] = _value(item, camel(name), owner)
    return result


def _scalar(value: Any, key: str) -> Any:
    if isinstance(value, str) and key in BYTES:
        bare = value.rstrip("=")
        return base64.b64encode(
            base64.urlsafe_b64decode(bare.translate({43: 45, 47: 95}) + "=" * (-len(bare) % 4))
        ).decode()
    if isinstance(value, str) and key in INT64:
        return int(value)
    if isinstance(value, str) and key in DURATIONS:
        return f"{float(value.removesuffix('s')):.9f}s"
    if isinstance(value, str) and key in TIMES:
        moment = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        return moment.astimezone(datetime.timezone.utc).isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def snake_names(message: Any) -> list[str]:
    """Return the names that :func:`canonical` would rewrite: the service takes them, this library does not use them."""
    found: list[str] = []

    def look(value: Any, key: str, owner: str) -> None:
        if key in MINE or (key == "response" and owner != "functionDeclarations"):
            return
        if isinstance(value, list):
            for item in value:
                look(item, key, owner)
        elif isinstance(value, dict):
            for name, item in value.items():
                if key not in NAMED and camel(name) != name:
                    found.append(name)
                look(item, "schema" if key in NAMED else camel(name), key)

    look(message, "", "")
    return found
