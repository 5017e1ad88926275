"""Classes that say their schema and read JSON by themselves: pydantic's models, and their like."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar, Literal

import pytest

from gemini_live.exceptions import ConfigError
from gemini_live.tools.forms import ArgumentsError
from gemini_live.tools.hints import Place, form_of

PLACE = Place("tools[0].x", "f")


class Model:
    """Has the two methods, and no library behind it."""

    schema: ClassVar[Any] = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}

    def __init__(self, a: int) -> None:
        self.a = a

    @classmethod
    def model_json_schema(cls) -> Any:
        return cls.schema

    @classmethod
    def model_validate(cls, value: Any) -> Model:
        return cls(value["a"])


class Recursive(Model):
    schema: ClassVar[Any] = {"$ref": "#/$defs/R", "$defs": {"R": {"properties": {"a": {"$ref": "#/$defs/R"}}}}}


class Broken(Model):
    @classmethod
    def model_json_schema(cls) -> Any:
        raise RuntimeError("no schema")


def test_the_two_methods_are_enough():
    """The schema is theirs, and so is the value."""
    form = form_of(list[Model], PLACE)

    assert form.schema() == {
        "type": "ARRAY",
        "items": {"type": "OBJECT", "properties": {"a": {"type": "INTEGER"}}, "required": ["a"]},
    }
    assert [model.a for model in form.convert([{"a": 1}], "x")] == [1]


@pytest.mark.parametrize(
    ("value", "text"),
    [([1], "x[0]: must be an object, not 1"), ([{}], "x[0]: 'a'"), (None, "x: must be a list, not null")],
)
def test_what_they_raise_is_told(value, text):
    """Whatever it is."""
    with pytest.raises(ArgumentsError) as caught:
        form_of(list[Model], PLACE).convert(value, "x")

    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("cls", "words"),
    [
        (Recursive, r"in f\(\): Recursive's schema: .*contains itself"),
        (Broken, r"in f\(\): Broken can't be read: RuntimeError: no schema"),
    ],
)
def test_a_schema_that_cant_be_said_is_refused(cls, words):
    """With the class's name."""
    with pytest.raises(ConfigError, match=words):
        form_of(cls, PLACE)


@pytest.fixture
def trip() -> Any:
    """A pydantic model with another one inside."""
    pydantic = pytest.importorskip("pydantic")

    class Stop(pydantic.BaseModel):
        """Where to stop."""

        city: str = pydantic.Field(description="its name", min_length=1)
        days: int = 1

    class Trip(pydantic.BaseModel):
        """A journey."""

        start: datetime.date
        stops: list[Stop]
        kind: Literal["work", "leisure"] = "work"
        note: str | int | None = pydantic.Field(None, description="anything")

    Trip.model_rebuild(_types_namespace={"Stop": Stop, "datetime": datetime, "Literal": Literal})
    return Trip


def test_a_pydantic_model_is_declared(trip):
    """In the dialect, with what the service takes of it."""
    schema = form_of(trip, PLACE).schema()

    assert schema["type"] == "OBJECT"
    assert schema["description"] == "A journey."
    assert schema["required"] == ["start", "stops"]
    properties = schema["properties"]
    assert properties["start"] == {"type": "STRING", "title": "Start", "description": "Format: date."}
    assert properties["stops"]["items"]["properties"]["city"] == {
        "type": "STRING", "title": "City", "description": "its name", "minLength": 1,
    }  # fmt: skip
    assert properties["kind"]["enum"] == ["work", "leisure"]
    assert properties["note"] == {
        "anyOf": [
            {"type": "STRING", "nullable": True, "description": "anything"},
            {"type": "INTEGER", "nullable": True, "description": "anything"},
        ]
    }


def test_a_pydantic_model_is_made(trip):
    """By its own rules."""
    made = form_of(trip, PLACE).convert({"start": "2025-01-02", "stops": [{"city": "Rome"}]}, "x")

    assert isinstance(made, trip)
    assert (made.start, made.stops[0].city, made.stops[0].days) == (datetime.date(2025, 1, 2), "Rome", 1)


def test_what_pydantic_finds_is_told(trip):
    """All of it, with its place."""
    with pytest.raises(ArgumentsError) as caught:
        form_of(trip, PLACE).convert({"start": "soon", "stops": [{"city": ""}, {}]}, "x")

    assert [problem.path for problem in caught.value.problems] == ["x.start", "x.stops[0].city", "x.stops[1].city"]
    assert "x.stops[1].city: Field required" in str(caught.value)
