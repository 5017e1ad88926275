"""Whether JSON fits an annotation, and what an annotation means in words.  Pure; any thread."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from typing import Any

_SCALARS: dict[Any, tuple[str, tuple[type, ...]]] = {
    bool: ("true or false", (bool,)),
    int: ("a whole number", (int,)),
    float: ("a number", (int, float)),
    str: ("text", (str,)),
    type(None): ("null", (type(None),)),
}

_PLURALS = {"an object": "objects", "a list of 2": "lists of 2", "a number": "numbers"}


def _choices(hint: Any) -> list[Any]:
    """Return what JSON can be of a union; there are no bytes in it."""
    union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    return [choice for choice in (typing.get_args(hint) if union else (hint,)) if choice is not bytes]


def _is_object(hint: Any) -> bool:
    origin = typing.get_origin(hint) or hint
    return isinstance(origin, type) and issubclass(origin, Mapping)


def matches(value: Any, hint: Any) -> bool:
    """Return whether JSON fits an annotation; what is in objects is not looked at.

    >>> matches([[200, 0.5]], list[tuple[float, float]]), matches(True, int), matches(None, str | None)
    (True, False, True)
    """
    return any(_matches(value, choice) for choice in _choices(hint))


def _matches(value: Any, hint: Any) -> bool:
    if hint in _SCALARS:
        return isinstance(value, _SCALARS[hint][1]) and (hint is bool or not isinstance(value, bool))
    if _is_object(hint):
        return isinstance(value, dict)
    items = typing.get_args(hint)
    if not isinstance(value, list):
        return False
    if typing.get_origin(hint) is tuple:
        return len(value) == len(items) and all(map(matches, value, items))
    return all(matches(item, items[0]) for item in value)


def words(hint: Any) -> str:
    """Return an annotation in words.

    >>> words(list[tuple[float, float]]), words(str | None)
    ('a list of lists of 2', 'text or null')
    """
    return " or ".join(_words(choice) for choice in _choices(hint))


def _words(hint: Any) -> str:
    if hint in _SCALARS:
        return _SCALARS[hint][0]
    if _is_object(hint):
        return "an object"
    items = typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        return f"a list of {len(items)}"
    return f"a list of {_PLURALS.get(_words(items[0]), _words(items[0]))}"
