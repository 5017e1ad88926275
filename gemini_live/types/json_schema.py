"""JSON Schema in the API's dialect, one level at a time; the codec's own walk does the levels below."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import attrs

from ..exceptions import ConfigError
from .kinds import TooLarge, join

_MAX_SCHEMAS = 10_000
"""As many as no model reads; it ends references that multiply."""

_ANNOTATIONS = frozenset({
    "$schema", "$id", "$comment", "$anchor", "$defs", "definitions", "defs", "readOnly", "writeOnly", "deprecated",
    "discriminator", "xml", "externalDocs", "examples",
})  # fmt: skip
"""Keys that say nothing about which values are right."""

_INEXPRESSIBLE = frozenset({
    "not", "if", "then", "else", "patternProperties", "propertyNames", "dependencies", "dependentRequired",
    "dependentSchemas", "unevaluatedProperties", "contains", "minContains", "maxContains", "prefixItems",
    "additionalItems", "unevaluatedItems", "uniqueItems", "multipleOf", "contentEncoding", "contentMediaType",
    "contentSchema", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary",
})  # fmt: skip

_MOST = sys.float_info.max
"""The largest number that others read as one."""
_FAMILIES = {
    "string": {"minLength", "maxLength", "pattern", "format"},
    "integer": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "format"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "format"},
    "array": {"items", "minItems", "maxItems"},
    "object": {"properties", "required", "propertyOrdering", "additionalProperties", "minProperties", "maxProperties"},
}
"""Keys that are about one type only."""


@attrs.define
class _Root:
    """The outermost schema, which references are about.

    Attributes:
        schema: the mapping.
        count: how many schemas inside it were read.
    """

    schema: Mapping[Any, Any]
    count: int = 0


@attrs.frozen
class Nested:
    """A schema inside another one.

    Attributes:
        schema: what stands there.
        root: the outermost schema.
        refs: the references that led here.
    """

    schema: Any
    root: _Root = attrs.field(repr=False)
    refs: tuple[str, ...] = ()


def convert(value: Any, path: str, problems: list[ConfigError]) -> Any:
    """Return a mapping in the API's dialect, its keys spelled as they were, for one in that dialect or JSON Schema.

    Schemas inside are :class:`Nested`, to be converted in their turn.  What is no schema is returned as it is.
    """
    if not isinstance(value, Nested):
        if not isinstance(value, Mapping):
            return value
        value = Nested(value, _Root(value))
    if not isinstance(value.schema, Mapping):
        return {} if value.schema is True else value.schema
    value.root.count += 1
    if value.root.count > _MAX_SCHEMAS:
        raise TooLarge(f"holds more than {_MAX_SCHEMAS:,} schemas, or one that contains itself")
    return _Level(value, path, problems).result()


class _Level:
    """One schema on its way; ``keys`` are in camelCase, ``spelled`` knows how they were written."""

    def __init__(self, nested: Nested, path: str, problems: list[ConfigError]) -> None:
        self.root = nested.root
        self.refs = nested.refs
        self.path = path
        self.problems = problems
        self.spelled: dict[str, str] = {}
        self.keys = self._camel(nested.schema)

    def _camel(self, schema: Mapping[Any, Any]) -> dict[Any, Any]:
        keys: dict[Any, Any] = {}
        for key, value in schema.items():
            name = re.sub(r"_([a-z])", lambda match: match[1].upper(), key) if isinstance(key, str) else key
            if name in keys:
                self.problems.append(ConfigError("is given in both spellings", path=join(self.path, key)))
            else:
                keys[name] = value
                self.spelled.setdefault(name, key)
        return keys

    def _refuse(self, key: str, why: str) -> None:
        self.problems.append(ConfigError(why, path=join(self.path, str(self.spelled.get(key, key)))))

    def result(self) -> dict[Any, Any]:
        """Return the schema in the API's dialect."""
        self._inline()
        self._merge_all_of()
        self._alternatives()
        self._types()
        self._constants()
        self._bounds()
        self._drop()
        self._wrap()
        return {self.spelled.get(key, key): value for key, value in self.keys.items()}

    def _inline(self) -> None:
        """Put what a reference means in its place; keys beside the reference win."""
        while True:
            key = next((key for key in ("$ref", "ref") if self.keys.get(key) is not None), None)
            if key is None:
                return
            ref = self.keys.pop(key)
            if ref in self.refs or ref == "#":
                self._refuse(key, f"{ref} contains itself, which can't be written out")
                return
            target = self._resolve(ref)
            if target is None:
                self._refuse(key, f"{ref!r} is not defined inside this schema")
                return
            self.refs = (*self.refs, ref)
            self._add(target)

    def _resolve(self, ref: Any) -> Mapping[Any, Any] | None:
        """Return the schema that a reference names: a JSON pointer, or a bare name among the definitions."""
        if not isinstance(ref, str):
            return None
        names = unquote(ref).split("/")[1:] if ref.startswith("#/") else ["defs", ref]
        place: Any = self.root.schema
        for name in names:
            unescaped = name.replace("~1", "/").replace("~0", "~")
            if isinstance(place, Mapping) and unescaped in place:
                place = place[unescaped]
            elif isinstance(place, list) and unescaped.isdecimal() and int(unescaped) < len(place):
                place = place[int(unescaped)]
            else:
                return None
        return place if isinstance(place, Mapping) else {} if place is True else None

    def _add(self, other: Mapping[Any, Any]) -> None:
        """Add another schema's keys; those that are there already stay."""
        for key, value in self._camel(other).items():
            self.keys.setdefault(key, value)

    def _merge_all_of(self) -> None:
        """Make one schema of several that all hold, as far as they do not say different things."""
        parts = self.keys.pop("allOf", None)
        if parts is None:
            return
        if not isinstance(parts, (list, tuple)) or not all(isinstance(part, Mapping) for part in parts):
            self._refuse("allOf", "must be a list of schemas")
            return
        for part in parts:
            inner = _Level(Nested(part, self.root, self.refs), self.path, self.problems)
            inner._inline()
            inner._merge_all_of()
            self.refs = tuple(dict.fromkeys((*self.refs, *inner.refs)))
            for key, value in inner.keys.items():
                self._merge(key, value)

    def _merge(self, key: str, value: Any) -> None:
        mine = self.keys.setdefault(key, value)
        if mine is value or mine == value or key in ("title", "description", "default", "example", *_ANNOTATIONS):
            return
        if key == "required" and isinstance(mine, list) and isinstance(value, list):
            self.keys[key] = [*mine, *(name for name in value if name not in mine)]
        elif (
            key == "properties"
            and isinstance(mine, Mapping)
            and isinstance(value, Mapping)
            and all(mine[name] == value[name] for name in mine.keys() & value.keys())
        ):
            self.keys[key] = {**mine, **value}
        else:
            self._refuse("allOf", f"has parts that differ in {key}, which this API can't say")

    def _alternatives(self) -> None:
        """Read ``anyOf`` and ``oneOf``; null among them makes the value nullable, a single other one is the value."""
        for key in ("oneOf", "anyOf"):
            options = self.keys.get(key)
            if not isinstance(options, (list, tuple)):
                if options is not None and key == "oneOf":
                    self._refuse(key, "must be a list of schemas")
                    del self.keys[key]
                continue
            kept = [option for option in options if not _is_null(option)]
            if len(kept) < len(options):
                self.keys["nullable"] = True
            del self.keys[key]
            if len(kept) == 1 and isinstance(kept[0], Mapping):
                self._add(kept[0])
                self._inline()
                self._alternatives()
                self._merge_all_of()
            elif kept and "anyOf" in self.keys:
                self._refuse(key, "can't stand beside anyOf in this API")
            elif kept:
                self.keys["anyOf"] = kept
                self.spelled["anyOf"] = self.spelled.get(key, key)
            elif options:
                self.keys.setdefault("type", "null")

    def _types(self) -> None:
        """Read a list of types, and find out a type that is not said."""
        kinds = self.keys.get("type")
        if isinstance(kinds, (list, tuple)) and all(isinstance(kind, str) for kind in kinds):
            others = [kind for kind in dict.fromkeys(kinds) if kind.lower() != "null"]
            if others and len(others) < len(kinds):
                self.keys["nullable"] = True
            if len(others) > 1:
                self._split(others)
            else:
                self.keys["type"] = others[0] if others else "null"
        elif kinds is None and "anyOf" not in self.keys:
            for key, kind in (("properties", "object"), ("items", "array")):
                if self.keys.get(key) is not None:
                    self.keys["type"] = kind

    def _split(self, types: list[str]) -> None:
        """Write several types as alternatives, each with the keys that are about it."""
        if self.keys.keys() & {"anyOf", "enum", "const"}:
            self._refuse("type", "can't be several beside anyOf, enum or const in this API")
            self.keys.pop("type")
            return
        del self.keys["type"]
        special = {key: self.keys.pop(key) for key in set().union(*_FAMILIES.values()) & self.keys.keys()}
        self.keys["anyOf"] = [
            {"type": kind, **{key: special[key] for key in sorted(_FAMILIES.get(kind.lower(), set()) & special.keys())}}
            for kind in types
        ]

    def _constants(self) -> None:
        """Write ``const`` and the numbers of an ``enum`` as the strings that the API has there."""
        if "const" in self.keys:
            const = self.keys.pop("const")
            if const is None:
                self.keys["type"] = "null"
            elif "enum" in self.keys:
                self._refuse("const", "can't stand beside enum in this API")
            else:
                self.spelled["enum"] = self.spelled.get("const", "const")
                self.keys["enum"] = [const]
        values = self.keys.get("enum")
        if not isinstance(values, (list, tuple)):
            return
        if None in values:
            self.keys["nullable"] = True
            values = [value for value in values if value is not None]
        numbers = [value for value in values if type(value) in (int, float) and -_MOST <= value <= _MOST]
        words = [value for value in values if isinstance(value, str)]
        if len(numbers) != len(values) and len(words) != len(values):
            self._refuse("enum", "can hold strings, or numbers, and not both in this API")
            values = words
        if any(not isinstance(value, str) for value in values):
            self.keys.setdefault("type", "integer" if all(isinstance(value, int) for value in values) else "number")
            self.keys.setdefault("format", "enum")
            values = [value if isinstance(value, str) else str(value) for value in values]
        elif values:
            self.keys.setdefault("type", "string")
        self.keys["enum"] = values

    def _bounds(self) -> None:
        """Write bounds that are not allowed themselves as ones that are, which works for whole numbers."""
        for key, plain, step in (("exclusiveMinimum", "minimum", 1), ("exclusiveMaximum", "maximum", -1)):
            bound = self.keys.pop(key, None)
            if bound is None or bound is False:
                continue
            whole = str(self.keys.get("type")).lower() == "integer"
            if whole and isinstance(bound, int) and not isinstance(bound, bool) and plain not in self.keys:
                self.keys[plain] = bound + step
            elif whole and bound is True and isinstance(self.keys.get(plain), int):
                self.keys[plain] += step
            else:
                self._refuse(key, f"can't be said in this API; use {plain}, or say it in the description")

    def _drop(self) -> None:
        """Leave out what does not matter, and refuse what matters and can't be said."""
        examples = self.keys.get("examples")
        if isinstance(examples, (list, tuple)) and examples:
            self.keys.setdefault("example", examples[0])
        for key in list(self.keys):
            if key in _ANNOTATIONS or (isinstance(key, str) and key.startswith("x-")):
                del self.keys[key]
            elif key in _INEXPRESSIBLE and self.keys.pop(key) not in (False, None):
                self._refuse(key, "can't be said in this API; leave it out, or say it in the description")

    def _wrap(self) -> None:
        """Mark the schemas inside, so that they know the root."""
        keys = self.keys
        if isinstance(keys.get("additionalProperties"), bool):
            del keys["additionalProperties"]
        for key in ("items", "additionalProperties"):
            if keys.get(key) is not None:
                keys[key] = self._nested(keys[key])
        if isinstance(keys.get("properties"), Mapping):
            keys["properties"] = {name: self._nested(item) for name, item in keys["properties"].items()}
        if isinstance(keys.get("anyOf"), (list, tuple)):
            keys["anyOf"] = [self._nested(option) for option in keys["anyOf"]]

    def _nested(self, schema: Any) -> Nested:
        return Nested(schema, self.root, self.refs)


def _is_null(schema: Any) -> bool:
    """Whether a schema allows null alone."""
    if not isinstance(schema, Mapping):
        return False
    kind = schema.get("type")
    return (
        (isinstance(kind, str) and kind.lower() == "null")
        or kind in (["null"], ("null",))
        or ("const" in schema and schema["const"] is None)
    )
