"""Whatever a model sends: it fits, or is an ArgumentsError; and what fits goes through."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Any, Literal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemini_live.tools.forms import ArgumentsError
from gemini_live.tools.hints import Place, form_of
from gemini_live.tools.signature import read_signature

from .examples import Checked, City, Context, Movie, Pair, Point, Priority, Rating, Route, Silent, Unit

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["c", "1", "true"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=4) | st.sampled_from(["x", "y", "title", "count", "a"]), inner, max_size=4)
    ),
    max_leaves=12,
)


def everything(
    a: int, b: float, c: bool, d: str, e: list[int], f: tuple[int, str], g: set[str], h: dict[str, float],
    i: Unit, j: Priority, k: Literal["c", 1, True], m: Point, n: Movie, o: Route, p: Silent, q: Checked, r: Pair,
    s: datetime.datetime, t: datetime.date, u: datetime.time, v: uuid.UUID, w: decimal.Decimal,
    x: int | Point | Movie | list[Point], y: dict, z: set[Rating] | None = None, *, city: City,
): ...  # fmt: skip


SIGNATURE = read_signature(everything, context_type=Context, path="")
NAMES = sorted(everything.__annotations__)


@given(st.dictionaries(st.sampled_from(NAMES) | st.text(), ANY_JSON, max_size=30) | ANY_JSON)
def test_no_argument_raises_anything_else(args):
    """Any JSON for any parameter."""
    try:
        bound = SIGNATURE.bind(args)
    except ArgumentsError as error:
        assert error.problems
        str(error).encode()
    else:
        assert bound.keys() == args.keys()


@settings(max_examples=200)
@given(value=ANY_JSON)
def test_no_value_of_one_parameter_raises_anything_else(value):
    """Each form by itself, and all of them with the same values."""
    assert len(SIGNATURE._fields.fields) == len(NAMES)
    for field in SIGNATURE._fields.fields:
        try:
            field.form.convert(value, field.name)
        except ArgumentsError as error:
            assert all(problem.path.startswith(field.name) for problem in error.problems)


FINITE = st.floats(allow_nan=False, allow_infinity=False)
DATA: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(),
    float: FINITE,
    bool: st.booleans(),
    str: st.text(),
    Unit: st.sampled_from(["c", "f"]),
    Literal["a", 1, False]: st.sampled_from(["a", 1, False]),
}


def lists(hint: Any) -> tuple[Any, st.SearchStrategy[Any]]:
    """Return a list's hint and data."""
    return list[hint], st.lists(DATA[hint], max_size=5)


HINTS_AND_DATA = [*DATA.items(), *(lists(hint) for hint in DATA), (dict, st.dictionaries(st.text(), ANY_JSON))]


def back(value: Any) -> Any:
    """Return what a value was in JSON."""
    return [back(item) for item in value] if isinstance(value, list) else getattr(value, "value", value)


@pytest.mark.parametrize(("hint", "strategy"), HINTS_AND_DATA, ids=[str(hint) for hint, _ in HINTS_AND_DATA])
@given(data=st.data())
def test_what_fits_goes_through_unchanged(hint, strategy, data):
    """The value of each form is the value that was sent."""
    value = data.draw(strategy)
    converted = form_of(hint, Place("", "f")).convert(value, "x")

    assert repr(back(converted)) == repr(value)


@given(
    st.datetimes(timezones=st.none() | st.just(datetime.timezone.utc)),
    st.uuids(),
    st.decimals(allow_nan=False, allow_infinity=False),
)
def test_what_is_written_as_text_is_read_again(moment, identity, number):
    """ISO times, UUIDs and decimal numbers."""
    for hint, value, text in [
        (datetime.datetime, moment, moment.isoformat()),
        (datetime.datetime, moment, moment.isoformat().replace("+00:00", "Z")),
        (datetime.date, moment.date(), moment.date().isoformat()),
        (datetime.time, moment.timetz(), moment.timetz().isoformat()),
        (uuid.UUID, identity, str(identity)),
        (decimal.Decimal, number, str(number)),
    ]:
        assert form_of(hint, Place("", "f")).convert(text, "x") == value


@given(st.builds(Point, st.integers(), FINITE), st.lists(st.builds(Point, st.integers(), FINITE), max_size=3))
def test_records_are_read_again(start, stops):
    """Inside each other."""
    route = Route(start, stops)
    data = {"start": {"x": start.x, "y": start.y}, "stops": [{"x": stop.x, "y": stop.y} for stop in stops]}

    assert form_of(Route, Place("", "f")).convert(data, "x") == attrs.evolve(route)
