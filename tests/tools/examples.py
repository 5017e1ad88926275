"""Classes that functions of the tests take."""

from __future__ import annotations

import dataclasses
import enum
from typing import Annotated, Any, NamedTuple, NewType, TypedDict

import attrs
from typing_extensions import NotRequired, Required


class Context:
    """What a call is told of itself."""


class Unit(enum.Enum):
    CELSIUS = "c"
    FAHRENHEIT = "f"


class Priority(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Text(str, enum.Enum):
    PLAIN = "plain"


class Empty(enum.Enum):
    pass


class Shapes(enum.Enum):
    SQUARE = (1, 1)


City = NewType("City", str)


@dataclasses.dataclass(frozen=True)
class Point:
    """A point.

    Attributes:
        x: from the left
        y: from the top, and not this
    """

    x: int
    y: Annotated[float, "from the top"] = 0


@dataclasses.dataclass
class Silent:
    name: str
    unit: Unit = Unit.CELSIUS
    tags: list[str] = dataclasses.field(default_factory=list)
    length: int = dataclasses.field(init=False, default=0)
    loud: bool = dataclasses.field(default=False, kw_only=True)


def check(self: Any, scale: int) -> None:
    """Refuse some counts, each in another way."""
    if self.count < 0:
        raise ValueError("count must not be negative")
    if self.count == 7:
        raise ValueError
    if self.count == 8:
        raise KeyError("eight")
    self.count *= scale


# Python 3.10 can't resolve an InitVar in a postponed annotation, so it stands here as it is.
Checked = dataclasses.make_dataclass(
    "Checked", [("count", int), ("scale", dataclasses.InitVar[int], 1)], namespace={"__post_init__": check}
)


@dataclasses.dataclass
class Bare:
    pass


@attrs.frozen
class Route:
    _start: Point
    stops: list[Point] = attrs.field(factory=list)
    speed: float = attrs.field(default=1.5, kw_only=True)
    label: str = attrs.field(default="none", alias="name")
    made: int = attrs.field(default=0, init=False)


@attrs.define
class Untyped:
    x = attrs.field()


class Movie(TypedDict):
    """A film."""

    title: str
    year: NotRequired[int]


class Rating(Movie, total=False):
    stars: Required[Annotated[int, "one to five"]]
    words: str


class Pair(NamedTuple):
    left: int
    right: str = "r"


@dataclasses.dataclass
class Node:
    value: int
    children: list[Node]


@dataclasses.dataclass
class Lost:
    value: Nowhere  # noqa: F821 - it is not there, that is the point


@dataclasses.dataclass
class Crooked:
    value: "1 +"  # noqa: F722 - no expression
