"""Schemas as the service takes them in declarations."""

from __future__ import annotations

import pytest

from gemini_live.tools.dialect import accepted, any_of, described, nullable, one_of, with_default

STRING = {"type": "STRING"}
UNION = {"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]}


@pytest.mark.parametrize(
    ("schema", "text", "written"),
    [
        (STRING, "A city", {"type": "STRING", "description": "A city"}),
        (STRING, None, STRING),
        (STRING, "", STRING),
        ({**STRING, "description": "A date."}, "When", {"type": "STRING", "description": "When. A date."}),
        ({**STRING, "description": "A date."}, "When!", {"type": "STRING", "description": "When! A date."}),
        (UNION, "d", {"anyOf": [{"type": "STRING", "description": "d"}, {"type": "INTEGER", "description": "d"}]}),
    ],
)
def test_a_description_goes_in_front(schema, text, written):
    """Of what a schema says of itself, and into alternatives."""
    assert described(schema, text) == written


def test_alternatives_stand_alone():
    """Nothing is beside them."""
    both = {"anyOf": [{"type": "STRING", "nullable": True}, {"type": "INTEGER", "nullable": True}]}

    assert nullable(UNION) == both
    assert with_default(UNION, 3) == UNION
    assert with_default(STRING, "a") == {"type": "STRING", "default": "a"}
    assert any_of([UNION, STRING, {"type": "NULL"}]) == {"anyOf": [*UNION["anyOf"], {"type": "NULL"}]}
    assert any_of([STRING, STRING]) == STRING


def test_choices_are_strings():
    """Each once, none of them empty."""
    assert one_of(["a", "", "b", "a"]) == {"type": "STRING", "enum": ["a", "b"]}
    assert one_of([""]) == STRING


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        (STRING, STRING),
        (UNION, UNION),
        ({"type": "STRING", "format": "date-time"}, {"type": "STRING", "format": "date-time"}),
        ({"type": "STRING", "format": "uuid"}, {"type": "STRING", "description": "Format: uuid."}),
        (
            {"type": "STRING", "format": "date", "description": "When"},
            {"type": "STRING", "description": "When. Format: date."},
        ),
        ({"type": "INTEGER", "format": "int32"}, {"type": "INTEGER", "format": "int32"}),
        (
            {"type": "INTEGER", "format": "enum", "enum": ["1", "2"]},
            {"type": "INTEGER", "description": "One of 1, 2."},
        ),
        ({"type": "STRING", "enum": ["a"]}, {"type": "STRING", "enum": ["a"]}),
        ({"type": "OBJECT", "additionalProperties": STRING}, {"type": "OBJECT"}),
        (
            {**UNION, "nullable": True, "description": "d", "title": "T", "default": 3},
            {
                "anyOf": [
                    {"type": "STRING", "nullable": True, "description": "d"},
                    {"type": "INTEGER", "nullable": True, "description": "d"},
                ]
            },
        ),
        (
            {
                "type": "OBJECT",
                "properties": {"format": {"type": "ARRAY", "items": {"type": "STRING", "format": "ip"}}},
            },
            {
                "type": "OBJECT",
                "properties": {"format": {"type": "ARRAY", "items": {"type": "STRING", "description": "Format: ip."}}},
            },
        ),
    ],
)
def test_others_schemas_are_made_acceptable(schema, written):
    """At every level; what can't be said is in the description."""
    assert accepted(schema) == written
