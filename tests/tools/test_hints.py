"""Type hints: which schema each one has, and which values it takes."""

# ruff: noqa: UP006, UP007, UP045, PYI061, DTZ001 - hints are written in every way that programs write them in

from __future__ import annotations

import collections
import collections.abc
import datetime
import decimal
import enum
import math
import pathlib
import typing
import uuid
from typing import Annotated, Any, Literal, Optional, Union

import attrs
import pytest
import typing_extensions

from gemini_live.exceptions import ConfigError
from gemini_live.tools.forms import ArgumentsError
from gemini_live.tools.hints import Place, form_of
from gemini_live.types import FunctionDeclaration, encode, parse

from .examples import (
    Bare,
    Checked,
    City,
    Crooked,
    Empty,
    Lost,
    Movie,
    Node,
    Pair,
    Point,
    Priority,
    Rating,
    Route,
    Shapes,
    Silent,
    Text,
    Unit,
    Untyped,
)

PLACE = Place("tools[0].x", "f")
UTC = datetime.timezone.utc
STRING, INTEGER, NUMBER, BOOLEAN = ({"type": name} for name in ("STRING", "INTEGER", "NUMBER", "BOOLEAN"))
UUID = "12345678-1234-5678-1234-567812345678"
POINT = {
    "type": "OBJECT",
    "description": "A point.",
    "properties": {
        "x": {"type": "INTEGER", "description": "from the left"},
        "y": {"type": "NUMBER", "description": "from the top", "default": 0},
    },
    "required": ["x"],
}
RATING = {
    "type": "OBJECT",
    "properties": {
        "title": STRING,
        "year": INTEGER,
        "stars": {"type": "INTEGER", "description": "one to five"},
        "words": STRING,
    },
    "required": ["title", "stars"],
}


def array(items: Any, **more: Any) -> dict[str, Any]:
    """Return an array's schema."""
    return {"type": "ARRAY", "items": items, **more}


@attrs.frozen
class Doc:
    documentation: str


ForwardAlias = list["ForwardAlias"]

# hint, schema, values with what becomes of them, values that are refused
ROWS: list[tuple[Any, dict[str, Any], list[tuple[Any, Any]], list[Any]]] = [
    (str, STRING, [("a", "a"), ("", "")], [1, None, True, ["a"], {}]),
    (int, INTEGER, [(1, 1), (3.0, 3), (-(10**30), -(10**30))], [1.5, "1", True, None, math.inf, math.nan]),
    (float, NUMBER, [(1.5, 1.5), (3, 3.0)], ["1", True, None, 10**400, math.inf, math.nan, -math.inf]),
    (bool, BOOLEAN, [(True, True), (False, False)], [0, 1, "true", None]),
    (City, STRING, [("Rome", "Rome")], [1]),
    # lists and their like
    (list[int], array(INTEGER), [([1, 2.0], [1, 2]), ([], [])], [1, "12", {"0": 1}, [1, "2"], [True]]),
    (typing.List[int], array(INTEGER), [([1], [1])], [1]),
    (tuple[int, ...], array(INTEGER), [([1, 2], (1, 2))], [1, ["a"]]),
    (set[str], array(STRING), [(["a", "b", "a"], {"a", "b"})], [[1]]),
    (frozenset[Priority], array({"type": "STRING", "enum": ["1", "2"]}),
     [([1, "2", 1], frozenset({Priority.LOW, Priority.HIGH}))], [[3]]),
    (set[tuple[int, int]], array(array(INTEGER, minItems=2, maxItems=2)), [([[1, 2]], {(1, 2)})], [[[1]]]),
    (collections.abc.Sequence[int], array(INTEGER), [([1], [1])], [1]),
    (typing.Iterable[int], array(INTEGER), [([1], [1])], [1]),
    (collections.abc.Set[int], array(INTEGER), [([1, 1], {1})], [1]),
    (tuple[int, int], array(INTEGER, minItems=2, maxItems=2), [([1, 2], (1, 2))], [[1], [1, 2, 3], 1, [1, "2"]]),
    (tuple[int, str],
     array({"anyOf": [INTEGER, STRING]}, minItems=2, maxItems=2,
           description="A list of exactly 2: a whole number, a string."),
     [([1, "a"], (1, "a"))], [["a", 1], ["a"], {}]),
    # mappings
    (dict, {"type": "OBJECT"}, [({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]})], [1, [], None]),
    (dict[str, Any], {"type": "OBJECT"}, [({"a": 1}, {"a": 1})], [1]),
    (typing.Dict, {"type": "OBJECT"}, [({}, {})], [1]),
    (typing.Mapping, {"type": "OBJECT"}, [({}, {})], [1]),
    (collections.abc.Mapping[City, object], {"type": "OBJECT"}, [({"a": 1}, {"a": 1})], [1]),
    (dict[str, int], {"type": "OBJECT", "description": "Any names, each with a whole number."},
     [({"a b": 1, "": 2.0}, {"a b": 1, "": 2})], [{"a": "1"}, 1]),
    # alternatives
    (Optional[str], {**STRING, "nullable": True}, [("a", "a"), (None, None)], [1]),
    (int | None, {**INTEGER, "nullable": True}, [(1, 1), (None, None)], ["1"]),
    (Union[int, str], {"anyOf": [INTEGER, STRING]}, [(1, 1), ("1", "1"), (1.0, 1)], [None, True, 1.5]),
    (int | str | None, {"anyOf": [{**INTEGER, "nullable": True}, {**STRING, "nullable": True}]},
     [(1, 1), ("a", "a"), (None, None)], [True]),
    (int | float, {"anyOf": [INTEGER, NUMBER]}, [(1, 1), (1.5, 1.5)], ["a"]),
    (float | int, {"anyOf": [NUMBER, INTEGER]}, [(1, 1), (1.0, 1.0), (1.5, 1.5), (10**400, 10**400)], ["a", True]),
    (float | decimal.Decimal,
     {"anyOf": [NUMBER, {"type": "STRING", "description": "A decimal number such as 12.50."}]},
     [(1, 1.0), ("1.5", decimal.Decimal("1.5"))], ["a"]),
    (decimal.Decimal | int,
     {"anyOf": [{"type": "STRING", "description": "A decimal number such as 12.50."}, INTEGER]},
     [(1.5, decimal.Decimal("1.5")), (1, decimal.Decimal(1))], ["a"]),
    (bool | int, {"anyOf": [BOOLEAN, INTEGER]}, [(True, True), (1, 1)], ["a"]),
    (Literal["auto"] | int, {"anyOf": [{"type": "STRING", "enum": ["auto"]}, INTEGER]},
     [("auto", "auto"), (3, 3)], ["manual"]),
    (datetime.date | str,
     {"anyOf": [{"type": "STRING", "description": "A date such as 2025-12-31."}, STRING]},
     [("2025-01-02", datetime.date(2025, 1, 2)), ("soon", "soon")], [1]),
    (list[int] | set[int], array(INTEGER), [([1, 1], [1, 1])], [1]),
    (Optional[Union[Annotated[Union[int, str], "a"], bool]],
     {"anyOf": [{**INTEGER, "description": "a", "nullable": True}, {**STRING, "description": "a", "nullable": True},
                {**BOOLEAN, "nullable": True}]},
     [(1, 1), (True, True)], [[]]),
    # fixed values
    (Literal["c", "f"], {"type": "STRING", "enum": ["c", "f"]}, [("c", "c")], ["C", 1, None, ["c"], {}]),
    (Literal["c", None], {"type": "STRING", "enum": ["c"], "nullable": True}, [("c", "c"), (None, None)], ["f"]),
    (Literal[1, 2], {"type": "STRING", "enum": ["1", "2"]}, [(1, 1), ("2", 2), (2.0, 2)], [True, "3", 3, 1.5]),
    (Literal[True, False], BOOLEAN, [(True, True), ("false", False)], [1, 0, "no"]),
    (Literal["1", 1, True], {"type": "STRING", "enum": ["1", "true"]},
     [("1", "1"), (1, 1), (True, True), ("true", True)], [2]),
    (Literal["", "a"], {"type": "STRING", "enum": ["a"]}, [("", ""), ("a", "a")], ["b"]),
    (Literal[""], STRING, [("", "")], ["b"]),
    (Literal[Unit.CELSIUS], {"type": "STRING", "enum": ["c"]}, [("c", Unit.CELSIUS)], ["f"]),
    (Unit, {"type": "STRING", "enum": ["c", "f"]}, [("f", Unit.FAHRENHEIT)], ["FAHRENHEIT", 1, None]),
    (Priority, {"type": "STRING", "enum": ["1", "2"]}, [(1, Priority.LOW), ("2", Priority.HIGH)], [0, "LOW", True]),
    (Text, {"type": "STRING", "enum": ["plain"]}, [("plain", Text.PLAIN)], ["PLAIN"]),
    # written as strings
    (datetime.datetime, {"type": "STRING", "format": "date-time"},
     [("2025-01-02T03:04:05Z", datetime.datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)),
      ("2025-01-02T03:04:05.5+00:00", datetime.datetime(2025, 1, 2, 3, 4, 5, 500_000, tzinfo=UTC)),
      ("2025-01-02T03:04:05,123456789z", datetime.datetime(2025, 1, 2, 3, 4, 5, 123_456, tzinfo=UTC)),
      ("2025-01-02 03:04", datetime.datetime(2025, 1, 2, 3, 4))],
     ["tomorrow", "", "2025-13-01T00:00:00", 1, None, "\ud800"]),
    (datetime.date, {"type": "STRING", "description": "A date such as 2025-12-31."},
     [("2025-01-02", datetime.date(2025, 1, 2))], ["2025-02-30", "2025-01-02T03:04:05", 20250102]),
    (datetime.time, {"type": "STRING", "description": "A time such as 23:59:00."},
     [("03:04", datetime.time(3, 4)), ("03:04:05Z", datetime.time(3, 4, 5, tzinfo=UTC))], ["25:00", 3]),
    (uuid.UUID, {"type": "STRING", "description": "A UUID."}, [(UUID, uuid.UUID(UUID))], ["x", 1]),
    (decimal.Decimal, {"type": "STRING", "description": "A decimal number such as 12.50."},
     [("12.50", decimal.Decimal("12.50")), (0.1, decimal.Decimal("0.1")), (3, decimal.Decimal(3))],
     ["x", "NaN", "Infinity", True, None, math.nan]),
    # descriptions
    (Annotated[int, "how many"], {**INTEGER, "description": "how many"}, [(1, 1)], ["a"]),
    (Annotated[int, {}, 3, Doc(" how many ")], {**INTEGER, "description": "how many"}, [(1, 1)], ["a"]),
    (Annotated[int, typing_extensions.Doc("how many")], {**INTEGER, "description": "how many"}, [(1, 1)], []),
    (Annotated[int, []], INTEGER, [(1, 1)], ["a"]),
    (Annotated[int, "", Doc("  ")], INTEGER, [(1, 1)], []),
    (Annotated[Annotated[int, "inner"], "outer"], {**INTEGER, "description": "outer"}, [(1, 1)], []),
    (typing.NewType("Named", Annotated[int, "inner"]), {**INTEGER, "description": "inner"}, [(1, 1)], []),
    (Annotated[typing.NewType("Named", Annotated[int, "inner"]), "outer"],
     {**INTEGER, "description": "outer"}, [(1, 1)], []),
    (Annotated[datetime.date, "When to go"],
     {"type": "STRING", "description": "When to go. A date such as 2025-12-31."}, [], [1]),
    (Annotated[datetime.date, "When?"], {"type": "STRING", "description": "When? A date such as 2025-12-31."}, [], []),
    (list[Annotated[int, "an even one"]], array({**INTEGER, "description": "an even one"}), [([2], [2])], []),
    (Annotated[int | str, "id or name"],
     {"anyOf": [{**INTEGER, "description": "id or name"}, {**STRING, "description": "id or name"}]}, [(1, 1)], []),
    (Annotated[Point, "Where to go."], {**POINT, "description": "Where to go. A point."}, [({"x": 1}, Point(1))], []),
    # records
    (Point, POINT, [({"x": 1, "y": 2}, Point(1, 2.0)), ({"x": 1.0}, Point(1))],
     [{}, {"x": "1"}, {"x": 1, "z": 2}, [1, 2], None, {"x": 1, "y": None}]),
    (Bare, {"type": "OBJECT"}, [({}, Bare())], [{"x": 1}, []]),
    (list[Point], array(POINT), [([{"x": 1}], [Point(1)])], [[{}]]),
    (set[Point], array(POINT), [([{"x": 1}, {"x": 1}], {Point(1)})], [[{}]]),
    (Silent,
     {"type": "OBJECT",
      "properties": {"name": STRING, "unit": {"type": "STRING", "enum": ["c", "f"], "default": "c"},
                     "tags": array(STRING), "loud": {"type": "BOOLEAN", "default": False}},
      "required": ["name"]},
     [({"name": "n"}, Silent("n")), ({"name": "n", "unit": "f", "tags": ["t"], "loud": True},
                                     Silent("n", Unit.FAHRENHEIT, ["t"], loud=True))],
     [{"name": "n", "length": 3}]),
    (Checked, {"type": "OBJECT", "properties": {"count": INTEGER, "scale": {"type": "INTEGER", "default": 1}},
               "required": ["count"]},
     [({"count": 2, "scale": 3}, Checked(6))], [{"count": -1}, {"count": 7}, {"count": 8}]),
    (Route,
     {"type": "OBJECT",
      "properties": {"start": POINT, "stops": array(POINT), "speed": {"type": "NUMBER", "default": 1.5},
                     "name": {"type": "STRING", "default": "none"}},
      "required": ["start"]},
     [({"start": {"x": 1}, "stops": [{"x": 2}], "name": "n", "speed": 2},
       Route(Point(1), [Point(2)], name="n", speed=2.0))],
     [{"_start": {"x": 1}}, {"start": {}}]),
    (Movie, {"type": "OBJECT", "description": "A film.", "properties": {"title": STRING, "year": INTEGER},
             "required": ["title"]},
     [({"title": "t"}, {"title": "t"}), ({"title": "t", "year": 1.0}, {"title": "t", "year": 1})],
     [{"year": 1}, {"title": "t", "director": "d"}]),
    (Rating, RATING, [({"title": "t", "stars": 3}, {"title": "t", "stars": 3})], [{"title": "t"}, {"stars": 3}]),
    (Pair, {"type": "OBJECT", "properties": {"left": INTEGER, "right": {"type": "STRING", "default": "r"}},
            "required": ["left"]},
     [({"left": 1}, Pair(1)), ({"left": 1, "right": "x"}, Pair(1, "x"))], [[1, "x"], {"right": "x"}]),
    (Point | Movie, {"anyOf": [POINT, {"type": "OBJECT", "description": "A film.",
                                       "properties": {"title": STRING, "year": INTEGER}, "required": ["title"]}]},
     [({"x": 1}, Point(1)), ({"title": "t"}, {"title": "t"})], [{"x": 1, "title": "t"}, 3]),
    (typing_extensions.TypeAliasType("Ids", list[int]), array(INTEGER), [([1], [1])], []),
]  # fmt: skip
NAMES = [str(row[0]).replace("typing.", "") for row in ROWS]


@pytest.mark.parametrize(("hint", "schema", "good", "bad"), ROWS, ids=NAMES)
def test_each_hint_has_a_schema_and_values(hint, schema, good, bad):
    """What it takes becomes of the type it names, and everything else is an ArgumentsError that says where."""
    form = form_of(hint, PLACE)

    assert form.schema() == schema
    for value, converted in good:
        result = form.convert(value, "x")
        assert (result, type(result)) == (converted, type(converted))
    for value in bad:
        with pytest.raises(ArgumentsError, match=r"^x.*: ") as caught:
            form.convert(value, "x")
        assert caught.value.path.startswith("x")


@pytest.mark.parametrize("schema", [row[1] for row in ROWS], ids=NAMES)
def test_each_schema_is_in_the_apis_dialect(schema):
    """A declaration takes it and sends it as it is."""
    declared = {"name": "f", "parameters": {"type": "OBJECT", "properties": {"x": schema}}}

    assert encode(parse(FunctionDeclaration, declared, "")) == declared


@pytest.mark.parametrize(
    ("hint", "value", "text"),
    [
        (str, 3, "x: must be a string, not 3"),
        (int, "a", "x: must be a whole number, not 'a'"),
        (list[int], [1, "a", 2.5], "x[1]: must be a whole number, not 'a'; x[2]: must be a whole number, not 2.5"),
        (dict[str, list[int]], {"a b": [None]}, "x.a b[0]: must be a whole number, not null"),
        (Literal["c", "f"], "k", "x: must be one of 'c', 'f'"),
        (Literal["c"], "k", "x: must be 'c'"),
        (Literal["auto", True], "k", "x: must be one of 'auto', true"),
        (enum.Enum("Many", [f"N{n}" for n in range(30)]), 99, f"x: must be one of {', '.join(map(str, range(1, 21)))}, …"),
        (tuple[int, str], [1], "x: must be a list of exactly 2: a whole number, a string, and has 1"),
        (int | str | None, [], "x: must be a whole number or a string, not a list"),
        (list[int | None], ["a"], "x[0]: must be a whole number, not 'a'"),
        (dict[str, int | None] | Annotated[bool, "b"], 1, "x: must be an object or true or false, not 1"),
        (tuple[int | None], [], "x: must be a list of exactly 1: a whole number or null, and has 0"),
        (datetime.date, "soon", "x: must be a date such as 2025-12-31, not 'soon'"),
        (Point, {"y": "a", "zz": 1}, "x.x: is missing; x.y: must be a number, not 'a'; x.zz: unknown; known are x, y"),
        (Point | Movie, {"titel": "t", "year": 1}, "x.title: is missing; x.titel: unknown; did you mean title?"),
        (Checked | str, {"count": -1}, "x: count must not be negative"),
        (Literal["auto"] | int, "a", "x: must be 'auto' or a whole number, not 'a'"),
        (Point | str, {"x": "a"}, "x.x: must be a whole number, not 'a'"),
        (Checked, {"count": -1}, "x: count must not be negative"),
        (Checked, {"count": 7}, "x: ValueError"),
        (Checked, {"count": 8}, "x: KeyError: 'eight'"),
        (set[Silent], [{"name": "n"}], "x: holds what can't be in a set"),
    ],
)  # fmt: skip
def test_problems_are_told_to_the_model(hint, value, text):
    """Where, what is wanted, and what was there."""
    with pytest.raises(ArgumentsError) as caught:
        form_of(hint, PLACE).convert(value, "x")

    assert str(caught.value) == text


def test_a_class_that_refuses_is_the_cause():
    """Its own exception can be looked at."""
    with pytest.raises(ArgumentsError) as caught:
        form_of(Checked, PLACE).convert({"count": -1}, "x")

    assert isinstance(caught.value.__cause__, ValueError)


T = typing.TypeVar("T")


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (Any, "Any says nothing of what is wanted; name a type"),
        (object, "Any says nothing"),
        (list[Any], "Any says nothing"),
        (bytes, "bytes can't be said to a model; a model can't write bytes; take a str"),
        (pathlib.Path, "Path can't be said to a model; take a str, and check where it leads"),
        (pathlib.PurePath, "take str, int, float"),
        (typing.Callable[[int], str], "look the function up"),
        (collections.abc.Callable, "look the function up"),
        (list, r"list does not say of what; write list\[str\]"),
        (typing.List, "list does not say of what"),
        (tuple, "tuple does not say of what"),
        (collections.abc.Iterable, "Iterable does not say of what"),
        (tuple[()], "an empty tuple"),
        (dict[int, str], "names in JSON are strings"),
        (set[list[int]], "a set can't hold lists"),
        (frozenset[dict], "a set can't hold lists"),
        (collections.deque[int], "can't be said to a model"),
        (T, "T can't be said to a model"),
        (type(None), "NoneType can't be said to a model"),
        (complex, "complex can't be said to a model; take str, int, float"),
        (3, "3 can't be said to a model"),
        (Empty, "the values of Empty must be strings, numbers or booleans, and at least one"),
        (Shapes, "the values of Shapes must be strings"),
        (Literal[b"x"], "the values of Literal must be strings"),
        (enum.Enum("Wild", {"NAN": math.nan}), "the values of Wild"),
        (Untyped, "x has no type hint; write one, such as x: str"),
        (Node, "Node contains itself, and no schema can say that"),
        (Lost, "Lost has a type hint with a name that is not there: name 'Nowhere'"),
        (Crooked, "Crooked can't be read: SyntaxError"),
        (ForwardAlias, "'ForwardAlias' contains itself, or is not there"),
        ("Point", "'Point' contains itself, or is not there"),
        (Union[bytes, complex], "bytes can't be said.*\n.*complex can't be said"),
    ],
)
def test_what_a_model_cant_be_told_is_refused(hint, words):
    """With what to do instead, where it stands, and in which function."""
    with pytest.raises(ConfigError, match=words) as caught:
        form_of(hint, PLACE)

    assert str(caught.value).startswith("tools[0].x")
    assert "in f(): " in str(caught.value)


class TypeAliasType:
    """What ``type Tree = list[Tree]`` makes on Python 3.12."""

    __name__ = "Tree"

    @property
    def __value__(self) -> Any:
        return list[self]  # type: ignore[misc]


def test_an_alias_that_contains_itself_is_refused():
    """As a class is."""
    with pytest.raises(ConfigError, match="Tree contains itself"):
        form_of(TypeAliasType(), PLACE)


def test_all_problems_of_a_class_are_found_at_once():
    """With the path of each field."""

    @attrs.frozen
    class Wrong:
        a: bytes
        b: int
        c: list[Any]

    Wrong.__annotations__.update(a=bytes, b=int, c=list[Any])

    with pytest.raises(ConfigError) as caught:
        form_of(list[Wrong], PLACE)

    assert [problem.path for problem in caught.value.problems] == ["tools[0].x.a", "tools[0].x.c"]
