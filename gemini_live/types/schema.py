"""What a function takes and returns: the API's schemas, and JSON Schema turned into them.

Fields: https://ai.google.dev/api/caching#Schema.  The Live API reads this dialect alone and overlooks a
``parametersJsonSchema`` without a word, so what a program or a tool server has as JSON Schema
(https://json-schema.org/draft/2020-12) is turned into it here; what it can't say is refused.
"""

from __future__ import annotations

from typing import Any

import attrs

from ..exceptions import ConfigError
from ._wire import WireValue, wire
from .codec import ObjectKind, encode
from .json_schema import Nested, convert
from .kinds import Report
from .tool_enums import Type


class _SchemaAsJson:
    """A schema or a boolean, which stays JSON: the API declares the field as any value."""

    def decode(self, value: Any, report: Report) -> Any:
        return value

    def parse(self, value: Any, path: str) -> Any:
        return value if isinstance(value, bool) else encode(ObjectKind(Schema).parse(value, path))

    def encode(self, value: Any) -> Any:
        return encode(value) if isinstance(value, Schema) else value


@attrs.frozen(kw_only=True, slots=False)
class Schema(WireValue):
    """The form of a value.

    A program may write it as this class, or as a mapping in this dialect (types in any case) or in JSON Schema's.
    Names of properties, defaults and examples are user data and keep their spelling.

    Attributes:
        type: what the value is.
        format: a finer type, such as ``int32``, ``date-time`` or ``enum``.
        nullable: whether it may be null.
        enum: all values there are; numbers, too, are written as strings.
        properties: an object's fields by name.
        required: names of those that may not be left out.
        property_ordering: the order in which the model writes them.
        items: the form of an array's elements.
        any_of: the value has one of these forms.
        min_items, max_items: how many elements.
        min_properties, max_properties: how many fields.
        min_length, max_length: how many characters.
        minimum, maximum: the lowest and the highest number, both allowed.
        pattern: a regular expression for a string.
        additional_properties: the form of fields that are not in ``properties`` (Vertex AI).
        defs, ref: forms by name, and a form that is one of them (Vertex AI); in a mapping they are put in place.
    """

    type: Type | None = wire("type")
    format: str | None = wire("format")
    title: str | None = wire("title")
    description: str | None = wire("description")
    nullable: bool | None = wire("nullable")
    default: Any = wire("default")
    example: Any = wire("example")
    enum: tuple[str, ...] | None = wire("enum", aliases=("const",))
    properties: dict[str, Schema] | None = wire("properties")
    required: tuple[str, ...] | None = wire("required")
    property_ordering: tuple[str, ...] | None = wire("propertyOrdering")
    items: Schema | None = wire("items")
    any_of: tuple[Schema, ...] | None = wire("anyOf", aliases=("oneOf", "one_of"))
    min_items: int | None = wire("minItems", range=(0, None))
    max_items: int | None = wire("maxItems", range=(0, None))
    min_properties: int | None = wire("minProperties", range=(0, None))
    max_properties: int | None = wire("maxProperties", range=(0, None))
    min_length: int | None = wire("minLength", range=(0, None))
    max_length: int | None = wire("maxLength", range=(0, None))
    minimum: float | None = wire("minimum")
    maximum: float | None = wire("maximum")
    pattern: str | None = wire("pattern")
    additional_properties: Any = wire("additionalProperties", kind=_SchemaAsJson(), only="vertex_ai")
    defs: dict[str, Schema] | None = wire("defs", only="vertex_ai")
    ref: str | None = wire("ref", only="vertex_ai")

    @classmethod
    def coerce(cls, value: Any, path: str, problems: list[ConfigError]) -> Any:
        """Take JSON Schema."""
        if isinstance(value, Nested) and isinstance(value.schema, cls):
            return value.schema
        return convert(value, path, problems)
