"""What a docstring says of a function or a class, and of its parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import attrs


@attrs.frozen
class Said:
    """What a docstring says.

    Attributes:
        description: what the whole is; without a section of parameters, if it could be told apart.
        parameters: what each parameter, or attribute, is.
    """

    description: str | None = None
    parameters: Mapping[str, str] = attrs.field(factory=dict)


def read_docstring(text: str | None) -> Said:
    """Read a docstring in Google's, NumPy's or Sphinx's style.

    That takes ``docstring-parser`` (``pip install gemini-live[tools]``); without it everything is the description.
    """
    text = inspect.cleandoc(text or "").strip()
    if not text:
        return Said()
    try:
        from docstring_parser import parse  # noqa: PLC0415 - an extra
    except ImportError:
        return Said(text)
    try:
        docstring = parse(f"\n{text}")  # it cleans once more, and takes a first line for one without indentation
    except Exception:  # noqa: BLE001 - whatever is wrong with a docstring, the function is not
        return Said(text)
    parameters = {param.arg_name: param.description.strip() for param in docstring.params if param.description}
    return Said((docstring.description or "").strip() or None, parameters)


def docstring_of_class(cls: type) -> str | None:
    """Return a class's own docstring; none that was generated from its fields."""
    text = cls.__dict__.get("__doc__")
    return text if isinstance(text, str) and not text.startswith(f"{cls.__name__}(") else None


def docstring_of_function(function: Callable[..., Any]) -> str | None:
    """Return a callable's docstring; of an instance, its ``__call__``'s or its class's."""
    if inspect.isclass(function):
        return docstring_of_class(function)
    if inspect.isroutine(function) or "__doc__" in getattr(function, "__dict__", {}):
        return inspect.getdoc(function)
    return type(function).__call__.__doc__ or docstring_of_class(type(function))
