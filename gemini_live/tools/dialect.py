"""What the service takes of the API's dialect where it declares a function's parameters.

It is less than the dialect has (https://ai.google.dev/api/caching#Schema), and what is too much costs the whole setup:

- ``anyOf`` stands alone: "When using any_of, it must be the only field set";
- of formats of strings, ``enum`` and ``date-time``: "only 'enum' and 'date-time' are supported for STRING type";
- ``enum`` with strings: "only allowed for STRING type", and none of them empty.

What can't be said in other words is said in the description.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Dialect = dict[str, Any]
"""A schema on its way: camelCase keys, types in upper case."""

_STRING_FORMATS = ("enum", "date-time")


def described(schema: Dialect, text: str | None) -> Dialect:
    """Return a schema with a description; what it says of itself comes after that."""
    if not text:
        return schema
    if "anyOf" in schema:
        return {"anyOf": [described(option, text) for option in schema["anyOf"]]}
    own = schema.get("description")
    if own:
        text = f"{text}{'' if text.endswith(('.', '!', '?')) else '.'} {own}"
    return {**schema, "description": text}


def nullable(schema: Dialect) -> Dialect:
    """Return a schema that allows null as well."""
    if "anyOf" in schema:
        return {"anyOf": [nullable(option) for option in schema["anyOf"]]}
    return {**schema, "nullable": True}


def any_of(schemas: Iterable[Dialect]) -> Dialect:
    """Return a schema for a value that has one of several forms; what looks the same is said once."""
    options: list[Dialect] = []
    for schema in schemas:
        options += [option for option in schema.get("anyOf", [schema]) if option not in options]
    return options[0] if len(options) == 1 else {"anyOf": options}


def with_default(schema: Dialect, default: Any) -> Dialect:
    """Return a schema that says what is meant if nothing is given, where there is room for it."""
    outside = "enum" in schema and default not in schema["enum"]
    return schema if "anyOf" in schema or outside else {**schema, "default": default}


def one_of(texts: Iterable[str]) -> Dialect:
    """Return the schema of a string that is one of these."""
    kept = [text for text in dict.fromkeys(texts) if text]
    return {"type": "STRING", "enum": kept} if kept else {"type": "STRING"}


def accepted(schema: Dialect) -> Dialect:
    """Return a schema in the dialect that somebody else wrote, at every level as the service takes it."""
    result = dict(schema)
    if "properties" in result:
        result["properties"] = {name: accepted(inner) for name, inner in result["properties"].items()}
    if "items" in result:
        result["items"] = accepted(result["items"])
    if "anyOf" in result:
        options = any_of(accepted(option) for option in result["anyOf"])
        if result.get("nullable"):
            options = nullable(options)
        return described(options, result.get("description"))
    result.pop("additionalProperties", None)
    kind, form = result.get("type"), result.get("format")
    if "enum" in result and kind != "STRING":
        values = result.pop("enum")
        result.pop("format", None)
        return described({**result, "description": f"One of {', '.join(values)}."}, result.get("description"))
    if kind == "STRING" and form is not None and form not in _STRING_FORMATS:
        del result["format"]
        return described({**result, "description": f"Format: {form}."}, result.get("description"))
    return result
