"""Schemas of functions: the API's own dialect, and JSON Schema turned into it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_live.exceptions import ConfigError
from gemini_live.types import FunctionDeclaration, Schema, Tool, Type, encode, parse
from gemini_live.types.codec import plan_of

PERSON = {"type": "object", "properties": {"first_name": {"type": "string"}}}
PERSON_OUT = {"type": "OBJECT", "properties": {"first_name": {"type": "STRING"}}}

CONVERSIONS: list[tuple[Any, Any]] = [
    # the API's own dialect, in any case and either spelling
    ({"type": "string"}, {"type": "STRING"}),
    ({"type": "STRING", "format": "date-time"}, {"type": "STRING", "format": "date-time"}),
    ({"type": Type.NUMBER, "minimum": 0, "maximum": 1.5}, {"type": "NUMBER", "minimum": 0, "maximum": 1.5}),
    ({"type": "array", "items": {"type": "integer"}}, {"type": "ARRAY", "items": {"type": "INTEGER"}}),
    ({"type": "array", "min_items": 1, "maxItems": 3}, {"type": "ARRAY", "minItems": 1, "maxItems": 3}),
    ({"any_of": [{"type": "string"}, {"type": "number"}]}, {"anyOf": [{"type": "STRING"}, {"type": "NUMBER"}]}),
    (PERSON, PERSON_OUT),
    ({"type": "string", "nullable": True, "title": "T"}, {"type": "STRING", "nullable": True, "title": "T"}),
    ({}, {}),
    # null
    ({"type": ["string", "null"]}, {"type": "STRING", "nullable": True}),
    ({"type": ["null"]}, {"type": "NULL"}),
    ({"type": "null"}, {"type": "NULL"}),
    (
        {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None, "title": "Name"},
        {"type": "STRING", "nullable": True, "title": "Name"},
    ),
    ({"anyOf": [{"type": "null"}]}, {"type": "NULL", "nullable": True}),
    (
        {"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
        {"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}], "nullable": True},
    ),
    ({"enum": ["a", None], "type": ["string", "null"]}, {"enum": ["a"], "type": "STRING", "nullable": True}),
    # several types
    (
        {"type": ["string", "integer", "null"], "minLength": 1, "minimum": 0, "description": "d"},
        {
            "anyOf": [{"type": "STRING", "minLength": 1}, {"type": "INTEGER", "minimum": 0}],
            "nullable": True,
            "description": "d",
        },
    ),
    # constants
    ({"const": "on"}, {"type": "STRING", "enum": ["on"]}),
    ({"const": "on", "type": "string", "title": "Mode"}, {"type": "STRING", "enum": ["on"], "title": "Mode"}),
    ({"const": 5}, {"type": "INTEGER", "format": "enum", "enum": ["5"]}),
    ({"const": None}, {"type": "NULL"}),
    ({"enum": ["type", "STRING", "a_b"]}, {"type": "STRING", "enum": ["type", "STRING", "a_b"]}),
    ({"enum": [1, 2], "type": "integer"}, {"type": "INTEGER", "format": "enum", "enum": ["1", "2"]}),
    ({"enum": [1.5, 2]}, {"type": "NUMBER", "format": "enum", "enum": ["1.5", "2"]}),
    # bounds
    ({"type": "integer", "exclusiveMinimum": 0}, {"type": "INTEGER", "minimum": 1}),
    ({"type": "integer", "exclusiveMaximum": 10}, {"type": "INTEGER", "maximum": 9}),
    ({"type": "integer", "minimum": 0, "exclusiveMinimum": True}, {"type": "INTEGER", "minimum": 1}),
    ({"type": "number", "minimum": 0, "exclusiveMinimum": False}, {"type": "NUMBER", "minimum": 0}),
    # references
    (
        {"type": "object", "properties": {"p": {"$ref": "#/$defs/P"}}, "$defs": {"P": PERSON}},
        {"type": "OBJECT", "properties": {"p": PERSON_OUT}},
    ),
    (
        {"$ref": "#/definitions/P", "description": "mine", "definitions": {"P": {**PERSON, "description": "theirs"}}},
        {**PERSON_OUT, "description": "mine"},
    ),
    ({"defs": {"P": PERSON}, "type": "array", "items": {"ref": "P"}}, {"type": "ARRAY", "items": PERSON_OUT}),
    (
        {"$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"type": "string"}}, "items": {"$ref": "#/$defs/A"}},
        {"type": "ARRAY", "items": {"type": "STRING"}},
    ),
    (
        {"$defs": {"a/b~c d": {"type": "string"}}, "items": {"$ref": "#/$defs/a~1b~0c%20d"}},
        {"type": "ARRAY", "items": {"type": "STRING"}},
    ),
    (
        {"anyOf": [{"$ref": "#/$defs/P"}, {"type": "null"}], "$defs": {"P": PERSON}},
        {**PERSON_OUT, "nullable": True},
    ),
    (
        {
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/P"}, "b": {"$ref": "#/$defs/P"}},
            "$defs": {"P": {"type": "string"}},
        },
        {"type": "OBJECT", "properties": {"a": {"type": "STRING"}, "b": {"type": "STRING"}}},
    ),
    # all of
    ({"allOf": [{"$ref": "#/$defs/P"}], "title": "T", "$defs": {"P": PERSON}}, {**PERSON_OUT, "title": "T"}),
    (
        {
            "allOf": [
                {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
                {"type": "object", "properties": {"b": {"type": "string"}}, "required": ["a", "b"]},
            ]
        },
        {
            "type": "OBJECT",
            "properties": {"a": {"type": "STRING"}, "b": {"type": "STRING"}},
            "required": ["a", "b"],
        },
    ),
    # what says nothing about values
    (
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "x",
            "$comment": "c",
            "readOnly": True,
            "deprecated": True,
            "x-order": 1,
            "examples": ["e", "f"],
            "type": "string",
        },
        {"type": "STRING", "example": "e"},
    ),
    ({"type": "object", "additionalProperties": False}, {"type": "OBJECT"}),
    ({"type": "object", "additionalProperties": True}, {"type": "OBJECT"}),
    (
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": "OBJECT", "additionalProperties": {"type": "STRING"}},
    ),
    ({"type": "array", "uniqueItems": False}, {"type": "ARRAY"}),
    ({"type": "array", "items": True}, {"type": "ARRAY", "items": {}}),
    # a type that is not said
    ({"properties": {"a": {"type": "string"}}}, {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}),
    ({"items": {"type": "string"}}, {"type": "ARRAY", "items": {"type": "STRING"}}),
]


@pytest.mark.parametrize(
    ("given_schema", "written"), CONVERSIONS, ids=[str(number) for number in range(len(CONVERSIONS))]
)
def test_schemas_are_written_in_the_apis_dialect(given_schema: Any, written: Any) -> None:
    """Nothing of the given one is changed, and what came out is taken as it is."""
    before = copy.deepcopy(given_schema)
    schema = parse(Schema, given_schema, "")
    assert encode(schema) == written
    assert given_schema == before
    assert parse(Schema, schema, "") == schema
    assert parse(Schema, encode(schema), "") == schema


REFUSED: list[tuple[Any, str]] = [
    ({"type": "strin"}, "s.type: 'strin' is not one of "),
    ({"tpye": "string"}, "s.tpye: unknown; did you mean type?"),
    ({"type": "object", "properties": {"a": {"type": "strin"}}}, "s.properties.a.type: "),
    ({"type": "object", "properties": {"a": "string"}}, "s.properties.a: must be a Schema or a mapping, not str"),
    ({"type": "object", "properties": ["a"]}, "s.properties: must be a mapping"),
    ({"type": "array", "items": [{"type": "string"}]}, "s.items: must be a Schema or a mapping, not list"),
    ({"anyOf": [{"type": "string"}, {"type": "x"}]}, "s.anyOf[1].type: "),
    ({"oneOf": [{"type": "string"}, {"type": "x"}]}, "s.oneOf[1].type: "),
    ({"oneOf": "string"}, "s.oneOf: must be a list of schemas"),
    ({"any_of": "string"}, "s.any_of: must be a list"),
    ({"allOf": ["string"]}, "s.allOf: must be a list of schemas"),
    ({"allOf": [{"type": "string"}, {"type": "number"}]}, "s.allOf: has parts that differ in type"),
    (
        {"anyOf": [{"type": "string"}, {"type": "number"}], "oneOf": [{"minimum": 1}, {"minimum": 2}]},
        "s.oneOf: can't stand beside anyOf",
    ),
    ({"$ref": "#/$defs/A"}, "s.$ref: '#/$defs/A' is not defined inside this schema"),
    ({"$ref": "https://x.org/schema.json"}, "s.$ref: 'https://x.org/schema.json' is not defined inside this schema"),
    ({"$ref": 5}, "s.$ref: 5 is not defined inside this schema"),
    ({"$ref": "#"}, "s.$ref: # contains itself"),
    (
        {"$ref": "#/$defs/T", "$defs": {"T": {"type": "object", "properties": {"next": {"$ref": "#/$defs/T"}}}}},
        "s.properties.next.$ref: #/$defs/T contains itself",
    ),
    ({"$ref": "#/$defs/T", "$defs": {"T": {"$ref": "#/$defs/T"}}}, "s.$ref: #/$defs/T contains itself"),
    ({"not": {"type": "string"}}, "s.not: can't be said in this API"),
    ({"type": "array", "uniqueItems": True}, "s.uniqueItems: can't be said in this API"),
    ({"type": "array", "prefixItems": []}, "s.prefixItems: can't be said in this API"),
    ({"type": "integer", "multiple_of": 5}, "s.multiple_of: can't be said in this API"),
    ({"type": "number", "exclusiveMinimum": 0}, "s.exclusiveMinimum: can't be said in this API; use minimum"),
    ({"type": "integer", "exclusiveMinimum": 0, "minimum": 0}, "s.exclusiveMinimum: can't be said"),
    ({"const": True}, "s.const: can hold strings, or numbers"),
    ({"enum": [["a"]]}, "s.enum: can hold strings, or numbers"),
    ({"enum": [1, 10**400]}, "s.enum: can hold strings, or numbers"),
    ({"const": -(10**5000)}, "s.const: can hold strings, or numbers"),
    ({"enum": "a"}, "s.enum: must be a list"),
    ({"const": "a", "enum": ["a", "b"]}, "s.const: can't stand beside enum"),
    ({"type": ["string", "integer"], "enum": ["a"]}, "s.type: can't be several beside anyOf, enum or const"),
    ({"min_length": 1, "minLength": 2}, "s.minLength: is given in both spellings"),
    ({"minLength": -1}, "s.minLength: must be at least 0, not -1"),
    ({"type": "object", "additionalProperties": {"type": "x"}}, "s.additionalProperties.type: "),
    ({5: 1}, "s.5: unknown"),
    ([], "s: must be a Schema or a mapping, not list"),
    (False, "s: must be a Schema or a mapping, not bool"),
]


@pytest.mark.parametrize(("value", "message"), REFUSED, ids=[str(number) for number in range(len(REFUSED))])
def test_what_can_not_be_said_is_refused(value: Any, message: str) -> None:
    """With the place, spelled as the program spelled it."""
    with pytest.raises(ConfigError) as caught:
        parse(Schema, value, "s")
    assert len(caught.value.problems) == 1
    assert str(caught.value).startswith(message)


def test_all_problems_of_a_schema_are_told() -> None:
    """At every level."""
    schema = {
        "type": "object",
        "not": {},
        "properties": {"a": {"type": "x", "if": {}}, "b": {"type": "array", "items": {"typ": "string"}}},
        "required": "a",
    }
    with pytest.raises(ConfigError) as caught:
        parse(Schema, schema, "s")
    assert sorted(problem.path for problem in caught.value.problems) == [
        "s.not",
        "s.properties.a.if",
        "s.properties.a.type",
        "s.properties.b.items.typ",
        "s.required",
    ]


def test_names_and_values_of_the_user_keep_their_spelling() -> None:
    """Properties may be called as keys of the dialect are."""
    user = {"a_b": 1, "cD": [{"type": "string"}]}
    properties: dict[str, Any] = {
        name: {"type": "string"} for name in ("snake_case", "camelCase", "any_of", "type", "$ref", "not", "const")
    }
    schema = {
        "type": "object",
        "properties": {**properties, "nested": {"type": "object", "default": user, "example": user}},
        "required": ["snake_case", "camelCase"],
        "property_ordering": ["camelCase"],
    }
    written = encode(parse(Schema, schema, ""))
    assert written == {
        "type": "OBJECT",
        "properties": {
            **{name: {"type": "STRING"} for name in properties},
            "nested": {"type": "OBJECT", "default": user, "example": user},
        },
        "required": ["snake_case", "camelCase"],
        "propertyOrdering": ["camelCase"],
    }


def test_values_and_mappings_can_be_mixed() -> None:
    """A Schema inside a mapping, and a mapping inside a Schema."""
    inner = Schema(type=Type.STRING)
    outer = {"type": "object", "properties": {"a": inner}, "anyOf": [inner, {"type": "number"}]}
    assert encode(parse(Schema, outer, "")) == {
        "type": "OBJECT",
        "properties": {"a": {"type": "STRING"}},
        "anyOf": [{"type": "STRING"}, {"type": "NUMBER"}],
    }
    value = Schema(type="object", properties={"a": {"type": ["string", "null"]}})  # type: ignore[arg-type,dict-item]
    assert encode(parse(Schema, value, "")) == {
        "type": "OBJECT",
        "properties": {"a": {"type": "STRING", "nullable": True}},
    }


@pytest.mark.parametrize("key", ["parameters_json_schema", "parametersJsonSchema"])
def test_json_schema_becomes_parameters(key: str) -> None:
    """The Live API overlooks parametersJsonSchema without a word, so it is never sent."""
    declaration = parse(FunctionDeclaration, {"name": "f", key: PERSON, "response_json_schema": PERSON}, "d")
    assert encode(declaration) == {"name": "f", "parameters": PERSON_OUT, "response": PERSON_OUT}
    value = FunctionDeclaration(name="f", parameters_json_schema=PERSON)
    assert encode(parse(FunctionDeclaration, value, "d")) == {"name": "f", "parameters": PERSON_OUT}
    assert encode(parse(Tool, {"functionDeclarations": [value]}, "d")) == {
        "functionDeclarations": [{"name": "f", "parameters": PERSON_OUT}]
    }


def test_json_schema_is_blamed_where_it_stands() -> None:
    """And both forms at once are too many."""
    with pytest.raises(ConfigError, match=r"^d\.parametersJsonSchema\.properties\.a\.type: 'x' is not one of"):
        wrong = {"properties": {"a": {"type": "x"}}}
        parse(FunctionDeclaration, {"name": "f", "parametersJsonSchema": wrong}, "d")
    with pytest.raises(ConfigError, match=r"^d\.response_json_schema: says the same as response; give one of them$"):
        parse(FunctionDeclaration, {"name": "f", "response": PERSON, "response_json_schema": PERSON}, "d")
    with pytest.raises(ConfigError, match=r"^d\.parameters_json_schema: says the same as parameters"):
        both = FunctionDeclaration(name="f", parameters=Schema(), parameters_json_schema=PERSON)
        parse(FunctionDeclaration, both, "d")


def test_references_that_multiply_are_stopped() -> None:
    """Thirty levels of two references each would be a thousand million schemas."""
    definitions: dict[str, Any] = {"d30": {"type": "string"}}
    for level in range(30):
        ref = {"$ref": f"#/$defs/d{level + 1}"}
        definitions[f"d{level}"] = {"type": "object", "properties": {"a": ref, "b": ref}}
    with pytest.raises(ConfigError, match="more than 10,000 schemas"):
        parse(Schema, {"$ref": "#/$defs/d0", "$defs": definitions}, "s")


json_values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-9, 9), st.sampled_from(["string", "null", "object", "#/$defs/a", "x"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=4,
)
KEYS = [
    *plan_of(Schema).by_key,
    *("$ref", "$defs", "const", "oneOf", "allOf", "not", "exclusiveMinimum", "definitions", "examples", "x-a"),
]
schemas = st.recursive(
    st.dictionaries(st.sampled_from(KEYS), json_values, max_size=4),
    lambda inner: st.dictionaries(
        st.sampled_from(KEYS),
        st.one_of(
            inner, st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3), json_values
        ),
        max_size=5,
    ),
    max_leaves=8,
)


@given(schemas)
def test_any_schema_is_converted_or_refused(value: dict[str, Any]) -> None:
    """Nothing but a configuration error with a path comes out, and what was converted once stays as it is."""
    before = copy.deepcopy(value)
    try:
        schema = parse(Schema, value, "s")
    except ConfigError as error:
        assert all(problem.path.startswith("s") for problem in error.problems)
    else:
        assert parse(Schema, encode(schema), "s") == schema
    assert value == before
