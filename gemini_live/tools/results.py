"""What a function returns, as the answer that goes to the model.  Pure; any thread."""

from __future__ import annotations

import datetime
import decimal
import enum
import json
import pathlib
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from ..types import FunctionResponse
from ..types._wire import WireValue
from ..types.codec import encode

_MAX_DEPTH = 100
_AS_TEXT = (datetime.datetime, datetime.date, datetime.time)


class UnsendableError(Exception):
    """A result that JSON has no form for; the text says what and where."""


def answer_of(result: Any) -> FunctionResponse:
    """Return the answer that a result makes; id, name and scheduling are the caller's to fill in.

    A mapping is the answer as it is, anything else its ``output``: 0, empty text, an empty list and ``None`` as well.
    A :class:`~gemini_live.types.FunctionResponse` is taken whole, with its scheduling and media.

    Raises:
        UnsendableError: JSON has no form for something in it.

    >>> answer_of({"degrees": 12}).response
    {'degrees': 12}
    >>> answer_of(0).response
    {'output': 0}
    """
    if isinstance(result, FunctionResponse):
        response = {} if result.response is None else plain(result.response, "response")
        return attrs.evolve(result, response=response)
    value = plain(result, "result")
    return FunctionResponse(response=value if isinstance(value, dict) else {"output": value})


def error_of(words: str) -> FunctionResponse:
    """Return the answer that tells the model of a failure."""
    return FunctionResponse(response={"error": words})


def plain(value: Any, path: str, depth: int = 0) -> Any:
    """Return a value as JSON knows it: records as objects, enums as their values, moments as ISO text.

    Raises:
        UnsendableError: there is no form for it.
    """
    if depth > _MAX_DEPTH:
        raise UnsendableError(f"{path[:60]}… is nested more than {_MAX_DEPTH} deep, or contains itself")
    if isinstance(value, enum.Enum):
        return plain(value.value, path, depth + 1)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, float):
        return _number(value, path)
    if isinstance(value, Mapping):
        return {_key(key, path): plain(item, f"{path}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, _AS_TEXT):
        return value.isoformat()
    if isinstance(value, (decimal.Decimal, uuid.UUID, pathlib.PurePath)):
        return str(value)
    if isinstance(value, WireValue):
        return encode(value)
    fields = _fields(value)
    if fields is not None:
        return {name: plain(item, f"{path}.{name}", depth + 1) for name, item in fields.items()}
    if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray, memoryview)):
        return [plain(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(value)]
    raise UnsendableError(f"{path} is a {type(value).__name__}, which JSON has no form for")


def _fields(value: Any) -> dict[str, Any] | None:
    """Return a record's fields, ``None`` if it is none: attrs, dataclasses, named tuples, pydantic models."""
    cls = type(value)
    if attrs.has(cls):
        return {field.name: getattr(value, field.name) for field in attrs.fields(cls)}
    if hasattr(cls, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in cls.__dataclass_fields__}
    if isinstance(value, tuple) and hasattr(cls, "_fields"):
        return dict(zip(cls._fields, value, strict=True))
    dump = getattr(value, "model_dump", None)
    dumped = dump(mode="json") if callable(dump) else None
    return dumped if isinstance(dumped, dict) else None


def _text(value: str, path: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise UnsendableError(f"{path} holds half a character (a lone surrogate)") from None
    return str.__str__(value)


def _number(value: float, path: str) -> float:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        raise UnsendableError(f"{path} is {value!r}, which JSON has no form for") from None
    return value


def _key(key: Any, path: str) -> str:
    if isinstance(key, enum.Enum):
        key = key.value
    if not isinstance(key, (str, int, float, bool)) or isinstance(key, float):
        raise UnsendableError(f"{path} has a key that is a {type(key).__name__}: JSON's are text")
    return _text(key if isinstance(key, str) else str(key), path)
