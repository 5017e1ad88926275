"""What a function returns, as the answer that goes to the model.  Pure; any thread."""

from __future__ import annotations

import datetime
import decimal
import enum
import json
import pathlib
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from ..types import FunctionResponse
from ..types._wire import WireValue
from ..types.codec import encode

_MAX_DEPTH = 100
_MAX_VALUES = 100_000
_AS_TEXT = (datetime.date, datetime.time, decimal.Decimal, uuid.UUID, pathlib.PurePath)


class UnsendableError(Exception):
    """A result that JSON has no form for; the text says what and where."""


def answer_of(result: Any, is_over: Callable[[], bool] = lambda: False) -> FunctionResponse:
    """Return the answer that a result makes; id, name and scheduling are the caller's to fill in.

    A mapping is the answer as it is, anything else its ``output``: 0, empty text, an empty list and ``None`` as well.
    A :class:`~gemini_live.types.FunctionResponse` is taken whole, with its scheduling and media.

    Args:
        result: what was returned.
        is_over: returns whether nobody wants the answer any more; then reading it ends.

    Raises:
        UnsendableError: JSON has no form for something in it.

    >>> answer_of({"degrees": 12}).response
    {'degrees': 12}
    >>> answer_of(0).response
    {'output': 0}
    """
    if isinstance(result, FunctionResponse):
        response = {} if result.response is None else plain(result.response, "response", is_over)
        return attrs.evolve(result, response=response)
    value = plain(result, "result", is_over)
    return FunctionResponse(response=value if isinstance(value, dict) else {"output": value})


def error_of(words: str) -> FunctionResponse:
    """Return the answer that tells the model of a failure."""
    return FunctionResponse(response={"error": words})


def plain(value: Any, path: str, is_over: Callable[[], bool] = lambda: False) -> Any:
    """Return a value as JSON knows it: records as objects, enums as their values, moments as ISO text.

    Raises:
        UnsendableError: there is no form for it, or there is no end to it.
    """
    return _Reader(is_over).read(value, path, 0)


class _Reader:
    """Reads one value, which may be endless."""

    def __init__(self, is_over: Callable[[], bool]) -> None:
        self._is_over = is_over
        self._count = 0

    def read(self, value: Any, path: str, depth: int) -> Any:
        """Return it as JSON knows it."""
        self._count += 1
        if self._count > _MAX_VALUES or depth > _MAX_DEPTH or self._is_over():
            raise UnsendableError(
                f"{path[:60]} is nested more than {_MAX_DEPTH} deep, contains itself, or holds more than"
                f" {_MAX_VALUES:,} values"
            )
        if isinstance(value, enum.Enum):
            return self.read(value.value, path, depth + 1)
        if value is None or isinstance(value, (bool, int)):
            return value
        if isinstance(value, str):
            return _text(value, path)
        if isinstance(value, float):
            return _number(value, path)
        if isinstance(value, Mapping):
            return {_key(key, path): self.read(item, f"{path}.{key}", depth + 1) for key, item in value.items()}
        if isinstance(value, WireValue):
            return encode(value)
        if isinstance(value, _AS_TEXT):
            return _as_text(value)
        return self._inside(value, path, depth + 1)

    def _inside(self, value: Any, path: str, depth: int) -> Any:
        fields = _fields(value)
        if fields is not None:
            return {name: self.read(item, f"{path}.{name}", depth) for name, item in fields.items()}
        if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray, memoryview)):
            return [self.read(item, f"{path}[{index}]", depth) for index, item in enumerate(value)]
        raise UnsendableError(f"{path} is a {type(value).__name__}, which JSON has no form for")


def _as_text(value: Any) -> str:
    moment = isinstance(value, (datetime.date, datetime.time))  # datetimes are dates
    return value.isoformat() if moment else str(value)


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
