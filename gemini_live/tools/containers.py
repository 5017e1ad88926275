"""Forms that are made of other forms: lists, tuples, mappings, alternatives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from . import dialect
from .forms import ArgumentsError, Form, Gather, collect, inside, wrong

_NUMBERS = (int, float)


def _convert_all(pairs: Iterable[tuple[Form, Any]], path: str) -> list[Any]:
    """Return every element converted; all that is wrong is found."""
    problems: list[ArgumentsError] = []
    converted = []
    for index, (form, item) in enumerate(pairs):
        with Gather(problems):
            converted.append(form.convert(item, f"{path}[{index}]"))
    collect(problems)
    return converted


@attrs.frozen
class Listed:
    """Any number of elements of one form.

    Attributes:
        item: an element's form.
        make: what the function wants: ``list``, ``tuple``, ``set`` or ``frozenset``.
    """

    item: Form
    make: Callable[[list[Any]], Any] = list
    wanted: str = attrs.field(default="a list", init=False)

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        return {"type": "ARRAY", "items": self.item.schema()}

    def convert(self, value: Any, path: str) -> Any:
        """Convert every element."""
        if not isinstance(value, (list, tuple)):
            raise wrong(path, self.wanted, value)
        converted = _convert_all(((self.item, item) for item in value), path)
        try:
            return self.make(converted)
        except TypeError:  # the elements have no hash
            raise ArgumentsError("holds what can't be in a set", path=path) from None


@attrs.frozen
class Fixed:
    """A tuple whose elements have each their own form.

    The dialect can't tell them apart, so the description does.
    """

    items: tuple[Form, ...]

    @property
    def wanted(self) -> str:
        """The elements."""
        return f"a list of exactly {len(self.items)}: {', '.join(item.wanted for item in self.items)}"

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        count = len(self.items)
        items = dialect.any_of(item.schema() for item in self.items)
        schema = {"type": "ARRAY", "items": items, "minItems": count, "maxItems": count}
        return {**schema, "description": f"A{self.wanted[1:]}."} if "anyOf" in items else schema

    def convert(self, value: Any, path: str) -> tuple[Any, ...]:
        """Convert each element by its own form."""
        if not isinstance(value, (list, tuple)):
            raise wrong(path, self.wanted, value)
        if len(value) != len(self.items):
            raise ArgumentsError(f"must be {self.wanted}, and has {len(value)}", path=path)
        return tuple(_convert_all(zip(self.items, value, strict=True), path))


@attrs.frozen
class Mapped:
    """An object whose names are data.

    Attributes:
        item: a value's form; ``None`` takes whatever JSON has.
    """

    item: Form | None = None
    wanted: str = attrs.field(default="an object", init=False)

    def schema(self) -> dict[str, Any]:
        """Return the schema; only Vertex AI could say the values' form, so the description does."""
        if self.item is None:
            return {"type": "OBJECT"}
        return {"type": "OBJECT", "description": f"Any names, each with {self.item.wanted}."}

    def convert(self, value: Any, path: str) -> dict[str, Any]:
        """Convert every value; names stay as they are."""
        if not isinstance(value, Mapping):
            raise wrong(path, self.wanted, value)
        if self.item is None:
            return dict(value)
        problems: list[ArgumentsError] = []
        converted = {}
        for key, item in value.items():
            with Gather(problems):
                converted[key] = self.item.convert(item, inside(path, key))
        collect(problems)
        return converted


@attrs.frozen
class Nullable:
    """A form, or null."""

    form: Form

    @property
    def wanted(self) -> str:
        """The form, or null."""
        return f"{self.form.wanted} or null"

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        return dialect.nullable(self.form.schema())

    def convert(self, value: Any, path: str) -> Any:
        """Return ``None`` for null."""
        return None if value is None else self.form.convert(value, path)


@attrs.frozen
class Described:
    """A form with a description."""

    form: Form
    description: str

    @property
    def wanted(self) -> str:
        """As the form itself."""
        return self.form.wanted

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        return dialect.described(self.form.schema(), self.description)

    def convert(self, value: Any, path: str) -> Any:
        """Convert by the form itself."""
        return self.form.convert(value, path)


@attrs.frozen
class Alternatives:
    """One of several forms; the first that fits counts, except that a number keeps its type where it can."""

    forms: tuple[Form, ...]

    @property
    def wanted(self) -> str:
        """Each of them."""
        return " or ".join(dict.fromkeys(form.wanted for form in self.forms))

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        return dialect.any_of(form.schema() for form in self.forms)

    def convert(self, value: Any, path: str) -> Any:
        """Try one after the other."""
        fitting: list[Any] = []
        meant: list[ArgumentsError] = []
        for form in self.forms:
            problems: list[ArgumentsError] = []
            with Gather(problems):
                converted = form.convert(value, path)
                if type(value) not in _NUMBERS or type(converted) is type(value):
                    return converted
                fitting.append(converted)
                if type(converted) not in _NUMBERS:
                    break
            # A form that takes the value as such, and finds a problem further inside, is one that may be meant.
            meant += [error for error in problems if not str(error).startswith(f"{path}: must be {form.wanted}")]
        if fitting:
            return fitting[0]
        if meant:
            raise min(meant, key=lambda error: len(error.problems))
        raise wrong(path, self.wanted, value)
