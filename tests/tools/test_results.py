"""What a function returns, as the answer that goes to the model."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import json
import math
import pathlib
import typing
import uuid

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_live.tools.results import UnsendableError, answer_of, error_of, plain
from gemini_live.types import Blob, FunctionResponse


class Colour(enum.Enum):
    """A closed set."""

    RED = "red"


@dataclasses.dataclass
class Point:
    """A record of the standard library's."""

    x: int
    y: int


@attrs.frozen
class Line:
    """A record of attrs'."""

    ends: list[Point]
    colour: Colour


class Pair(typing.NamedTuple):
    """A record that is a tuple."""

    first: int
    second: str


class Model:
    """What pydantic's models look like from outside."""

    def model_dump(self, *, mode):
        """Return the fields."""
        return {"mode": mode}


class Text(str):
    """A string of a program's own."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (1.5, 1.5),
        ("ä", "ä"),
        (Text("x"), "x"),
        (Colour.RED, "red"),
        ((1, 2), [1, 2]),
        ({"a"}, ["a"]),
        (range(3), [0, 1, 2]),
        ({1: Colour.RED, Colour.RED: 2}, {"1": "red", "red": 2}),
        (datetime.date(2026, 11, 26), "2026-11-26"),
        (datetime.datetime(2026, 11, 26, 12, 30, tzinfo=datetime.timezone.utc), "2026-11-26T12:30:00+00:00"),
        (datetime.time(12, 30), "12:30:00"),
        (decimal.Decimal("1.10"), "1.10"),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (pathlib.PurePosixPath("a/b"), "a/b"),
        (Line([Point(1, 2)], Colour.RED), {"ends": [{"x": 1, "y": 2}], "colour": "red"}),
        (Pair(1, "b"), {"first": 1, "second": "b"}),
        (Model(), {"mode": "json"}),
        (Blob(data=b"\xff", mime_type="image/png"), {"data": "/w==", "mimeType": "image/png"}),
    ],
)
def test_values_become_json(value, expected):
    """Records are objects, enums their values, moments ISO text."""
    assert plain(value, "result") == expected


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (object(), "result is a object"),
        (b"x", "result is a bytes"),
        ([1, {"a": [object()]}], r"result\[1\].a\[0\] is a object"),
        (math.inf, "result is inf"),
        ({"a": math.nan}, "result.a is nan"),
        ("\ud800", "result holds half a character"),
        ({"\ud800": 1}, "result holds half a character"),
        ({1.5: 1}, "result has a key that is a float"),
        ({None: 1}, "result has a key that is a NoneType"),
        (Line([Point(1, b"y")], Colour.RED), r"result.ends\[0\].y is a bytes"),
    ],
)
def test_what_json_has_no_form_for_is_named(value, words):
    """With its place."""
    with pytest.raises(UnsendableError, match=words):
        plain(value, "result")


def test_what_contains_itself_is_refused():
    """Rather than followed for ever."""
    loop: list = []
    loop.append(loop)

    with pytest.raises(UnsendableError, match="contains itself"):
        plain(loop, "result")


ANY_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.integers(), inner, max_size=4),
    max_leaves=12,
)


@given(ANY_VALUE)
def test_any_value_is_sent_or_refused(value):
    """What comes out is JSON, and nothing else is raised."""
    try:
        result = plain(value, "result")
    except UnsendableError:
        return
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_a_whole_answer_is_taken_as_it_is():
    """With its scheduling and media."""
    given_answer = FunctionResponse(response={"when": datetime.date(2026, 1, 1)}, scheduling="SILENT")

    assert answer_of(given_answer) == FunctionResponse(response={"when": "2026-01-01"}, scheduling="SILENT")
    assert answer_of(FunctionResponse()) == FunctionResponse(response={})


def test_an_error_says_so():
    """Under the key that the service knows."""
    assert error_of("gone") == FunctionResponse(response={"error": "gone"})
