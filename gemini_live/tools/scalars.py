"""Forms of single values: text, numbers, choices, and what is written as text."""

from __future__ import annotations

import datetime
import decimal
import math
import re
import uuid
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

import attrs

from . import dialect
from .forms import ArgumentsError, Form, wrong

_SHOWN_CHOICES = 20


@attrs.frozen
class Text:
    """A string."""

    wanted: str = "a string"

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        return {"type": "STRING"}

    def convert(self, value: Any, path: str) -> str:
        """Take a string; nothing else is turned into one."""
        if isinstance(value, str):
            return value
        raise wrong(path, self.wanted, value)


@attrs.frozen
class Truth:
    """True or false."""

    wanted: str = "true or false"

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        return {"type": "BOOLEAN"}

    def convert(self, value: Any, path: str) -> bool:
        """Take a boolean; neither 1 nor "true" is one."""
        if isinstance(value, bool):
            return value
        raise wrong(path, self.wanted, value)


@attrs.frozen
class Whole:
    """An integer."""

    wanted: str = "a whole number"

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        return {"type": "INTEGER"}

    def convert(self, value: Any, path: str) -> int:
        """Take an integer, also one that is written 3.0: JSON has one kind of numbers."""
        if _is_number(value) and (isinstance(value, int) or value.is_integer()):
            return int(value)
        raise wrong(path, self.wanted, value)


@attrs.frozen
class Number:
    """A float."""

    wanted: str = "a number"

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        return {"type": "NUMBER"}

    def convert(self, value: Any, path: str) -> float:
        """Take any finite number that a float can hold."""
        if _is_number(value):
            try:
                number = float(value)
            except OverflowError:
                number = math.inf
            if math.isfinite(number):
                return number
        raise wrong(path, self.wanted, value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@attrs.frozen
class Written:
    """A value that JSON has no type for, written as a string.

    Attributes:
        wanted: what is wanted.
        read: returns the value of a string, or raises ``ValueError`` or ``ArithmeticError``.
        format: how the API calls it, where it knows it.
        numbers: whether a number will do as well.
    """

    wanted: str
    read: Callable[[str], Any]
    format: str | None = None
    numbers: bool = False

    def schema(self) -> dict[str, Any]:
        """Return the schema, with a description where no format says it."""
        if self.format is not None:
            return {"type": "STRING", "format": self.format}
        return {"type": "STRING", "description": f"{self.wanted[0].upper()}{self.wanted[1:]}."}

    def convert(self, value: Any, path: str) -> Any:
        """Read the string."""
        if isinstance(value, str) or (self.numbers and _is_number(value)):
            try:
                return self.read(value if isinstance(value, str) else repr(value))
            except (ValueError, ArithmeticError):
                pass
        raise wrong(path, self.wanted, value)


def _iso(text: str) -> str:
    """Return a time as Python 3.10 reads it: no Z, and a fraction of six digits."""
    text = re.sub(r"[.,](\d+)", lambda fraction: f".{fraction[1][:6]:0<6}", text)
    return re.sub(r"[Zz]$", "+00:00", text)


def _decimal(text: str) -> decimal.Decimal:
    number = decimal.Decimal(text)
    if not number.is_finite():
        raise ValueError("not finite")
    return number


SCALARS: Mapping[type, Form] = {
    str: Text(),
    bool: Truth(),
    int: Whole(),
    float: Number(),
    datetime.datetime: Written(
        "a date and time such as 2025-12-31T23:59:00+01:00",
        lambda text: datetime.datetime.fromisoformat(_iso(text)),
        format="date-time",
    ),
    datetime.date: Written("a date such as 2025-12-31", datetime.date.fromisoformat),
    datetime.time: Written("a time such as 23:59:00", lambda text: datetime.time.fromisoformat(_iso(text))),
    uuid.UUID: Written("a UUID", uuid.UUID),
    decimal.Decimal: Written("a decimal number such as 12.50", _decimal, numbers=True),
}
"""The forms of classes that have one each."""


@attrs.frozen
class Choice:
    """One of several fixed values, with what each of them means in Python.

    Attributes:
        options: the values as JSON has them (strings, numbers, booleans), each with its meaning.
    """

    options: tuple[tuple[Any, Any], ...]

    @property
    def wanted(self) -> str:
        """The values."""
        shown = [_text(value) if isinstance(value, bool) else repr(value) for value, _ in self.options]
        more = ["…"] if len(shown) > _SHOWN_CHOICES else []
        return f"one of {', '.join([*shown[:_SHOWN_CHOICES], *more])}" if len(shown) > 1 else shown[0]

    def schema(self) -> dict[str, Any]:
        """Return the schema: strings, also for numbers, except where there are only booleans."""
        if all(isinstance(value, bool) for value, _ in self.options):
            return {"type": "BOOLEAN"}
        return dialect.one_of(_text(value) for value, _ in self.options)

    def convert(self, value: Any, path: str) -> Any:
        """Take a value of the same type, the same number, or else the text that the schema has for it."""
        for fits in (_is_same, _is_same_number, _is_text_of):
            for option, meaning in self.options:
                if fits(value, option):
                    return meaning
        raise ArgumentsError(f"must be {self.wanted}", path=path)


def _is_same(value: Any, option: Any) -> bool:
    return type(value) is type(option) and bool(value == option)


def _is_same_number(value: Any, option: Any) -> bool:
    return _is_number(value) and _is_number(option) and bool(value == option)


def _is_text_of(value: Any, option: Any) -> bool:
    return isinstance(value, str) and value == _text(option)


def _text(option: Any) -> str:
    return str(option).lower() if isinstance(option, bool) else str(option)


def choice_of(values: tuple[Any, ...]) -> Choice | None:
    """Return the choice among literals and members of enums, or ``None`` if JSON can't tell one of them."""
    options = []
    for meaning in values:
        value = meaning.value if isinstance(meaning, Enum) else meaning
        if type(value) not in (str, bool, int, float) or (isinstance(value, float) and not math.isfinite(value)):
            return None
        options.append((value, meaning))
    return Choice(tuple(options)) if options else None
