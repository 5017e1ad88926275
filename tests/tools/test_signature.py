"""Signatures: the declaration of a callable, and the arguments of a call."""

# ruff: noqa: UP045, RUF013, PLC2401 - hints are written in every way that programs write them in

from __future__ import annotations

import dataclasses
import functools
import sys
from typing import TYPE_CHECKING, Annotated, Any, Literal, NewType, Optional

import pytest

from gemini_live.exceptions import ConfigError
from gemini_live.tools.forms import ArgumentsError
from gemini_live.tools.signature import Signature, read_signature
from gemini_live.types import FunctionDeclaration, encode, parse

from .examples import Context, Point, Unit

if TYPE_CHECKING:
    from .examples import Context as ToolContext

ToolContextClass = type("ToolContext", (), {})


def read(function: Any, context_type: type = Context) -> Signature:
    """Read a signature, as of the first tool."""
    return read_signature(function, context_type=context_type, path="tools[0]")


def properties(function: Any) -> dict[str, Any]:
    """Return the schemas of a function's parameters."""
    schema = read(function).parameters
    return {} if schema is None else encode(schema).get("properties", {})


def weather(
    city: str,
    unit: Literal["c", "f"] = "c",
    days: Annotated[int, "how many of them"] = 3,
    *,
    near: Optional[Point] = None,
    context: Context,
) -> dict[str, Any]:
    """Tell the weather.

    Args:
        city: where
        days: not this
        near: a place nearby
        context: the call's
    """
    return {"city": city, "unit": unit, "days": days, "near": near, "context": context}


def test_a_function_is_declared():
    """Description, schemas, what is required, and none of the context."""
    pytest.importorskip("docstring_parser")

    signature = read(weather)

    assert signature.description == "Tell the weather."
    assert signature.context == "context"
    assert encode(signature.parameters) == {
        "type": "OBJECT",
        "properties": {
            "city": {"type": "STRING", "description": "where"},
            "unit": {"type": "STRING", "enum": ["c", "f"], "default": "c"},
            "days": {"type": "INTEGER", "description": "how many of them", "default": 3},
            "near": {
                "type": "OBJECT",
                "description": "a place nearby. A point.",
                "nullable": True,
                "properties": {
                    "x": {"type": "INTEGER", "description": "from the left"},
                    "y": {"type": "NUMBER", "description": "from the top", "default": 0},
                },
                "required": ["x"],
            },
        },
        "required": ["city"],
    }
    declaration = {"name": "weather", "description": signature.description, "parameters": signature.parameters}
    assert parse(FunctionDeclaration, declaration, "").parameters == signature.parameters


def test_arguments_become_keywords():
    """Converted; what is not given is left to the function."""
    signature = read(weather)

    assert signature.bind({"city": "Rome", "days": 2.0, "near": {"x": 1}}) == {
        "city": "Rome",
        "days": 2,
        "near": Point(1),
    }
    assert signature.bind({"city": "Rome", "near": None}) == {"city": "Rome", "near": None}


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (None, "city: is missing"),
        ({}, "city: is missing"),
        ({"city": 3, "unit": "k"}, "city: must be a string, not 3; unit: must be one of 'c', 'f'"),
        ({"citi": "Rome"}, "city: is missing; citi: unknown; did you mean city?"),
        ({"city": "Rome", "context": {}}, "context: unknown; known are city, days, near, unit"),
        ({"city": "Rome", "days": None}, "days: must be a whole number, not null"),
        ({"city": "Rome", "near": {"x": "a"}}, "near.x: must be a whole number, not 'a'"),
        (["Rome"], "must be an object, not a list"),
        ("Rome", "must be an object, not 'Rome'"),
    ],
)  # fmt: skip
def test_all_problems_of_a_call_are_told(args, text):
    """In one error, in words for the model."""
    with pytest.raises(ArgumentsError) as caught:
        read(weather).bind(args)

    assert str(caught.value) == text


def test_a_function_may_take_nothing():
    """Then there is no schema, and no argument is known."""
    signature = read(lambda: 1)

    assert (signature.description, signature.parameters, signature.context) == (None, None, None)
    assert signature.bind(None) == signature.bind({}) == {}
    with pytest.raises(ArgumentsError, match="^x: unknown; nothing is taken here$"):
        signature.bind({"x": 1})


def test_bombs_are_arguments_errors():
    """Lists in lists in lists."""

    def take(data: dict, numbers: list[int] | None = None): ...

    bomb: Any = []
    for _ in range(100_000):
        bomb = [bomb]
    signature = read(take)

    for args in ({"data": {"a": bomb}}, {"data": {}, "numbers": bomb}, {"data": {}, "numbers": [bomb]}):
        with pytest.raises(ArgumentsError, match="nested more than 100 deep"):
            signature.bind(args)


def test_a_full_stack_is_an_arguments_error():
    """Where the program itself has left no room."""
    hint: Any = int
    args: Any = 1
    for _ in range(90):
        hint, args = list[hint], [args]

    def take(numbers: Any): ...

    take.__annotations__["numbers"] = hint
    signature = read(take)
    limit = sys.getrecursionlimit()

    def deep(levels: int) -> Any:
        return signature.bind({"numbers": args}) if levels == 0 else deep(levels - 1)

    def frames() -> int:
        frame, count = sys._getframe(), 0
        while frame:
            frame, count = frame.f_back, count + 1
        return count

    with pytest.raises(ArgumentsError, match="nested too deep"):
        deep(limit - frames() - 60)


@pytest.mark.parametrize("deeper", [lambda hint: list[hint], lambda hint: NewType("N", hint)], ids=["list", "NewType"])
def test_a_hint_that_is_too_deep_is_refused(deeper):
    """Nobody could read its schema."""
    hint: Any = int
    for _ in range(2000):
        hint = deeper(hint)

    def take(numbers: Any): ...

    take.__annotations__["numbers"] = hint

    with pytest.raises(ConfigError, match=r"^tools\[0\]"):
        read(take)


class Home:
    """A house."""

    def heat(self, room: str, degrees: float = 20) -> None:
        """Heat a room."""

    @classmethod
    def build(cls, room: str) -> None:
        """Build a room."""

    @staticmethod
    def paint(room: str) -> None:
        """Paint a room."""

    def __call__(self, room: str) -> None:
        """Enter a room."""

    light = functools.partialmethod(heat, degrees=5)


class Quiet:
    """Says nothing."""

    def __call__(self, room: str) -> None: ...


@functools.cache
def cached(room: str) -> str:
    """Look at a room."""
    return room


def logged(function: Any) -> Any:
    """Wrap a function."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


@logged
def decorated(room: str) -> None:
    """Clean a room."""


async def asynchronous(room: str) -> None:
    """Await a room."""


def generator(room: str) -> Any:
    """Yield rooms."""
    yield room


async def asynchronous_generator(room: str) -> Any:
    """Yield rooms later."""
    yield room


@dataclasses.dataclass
class Visit:
    """Visit a room."""

    room: str


home = Home()


@pytest.mark.parametrize(
    ("function", "description", "names"),
    [
        (home.heat, "Heat a room.", ["room", "degrees"]),
        (Home.build, "Build a room.", ["room"]),
        (Home.paint, "Paint a room.", ["room"]),
        (home, "Enter a room.", ["room"]),
        (Quiet(), "Says nothing.", ["room"]),
        (home.light, "Heat a room.", ["room"]),
        (functools.partial(home.heat, degrees=3), "Heat a room.", ["room"]),
        (functools.partial(home.heat, "kitchen"), "Heat a room.", ["degrees"]),
        (functools.partial(functools.partial(home.heat, "kitchen"), degrees=3), "Heat a room.", []),
        (functools.partial(decorated), "Clean a room.", ["room"]),
        (cached, "Look at a room.", ["room"]),
        (decorated, "Clean a room.", ["room"]),
        (logged(home.heat), "Heat a room.", ["room", "degrees"]),
        (logged(functools.partial(home.heat, degrees=3)), None, ["room"]),
        (asynchronous, "Await a room.", ["room"]),
        (generator, "Yield rooms.", ["room"]),
        (asynchronous_generator, "Yield rooms later.", ["room"]),
        (Visit, "Visit a room.", ["room"]),
        (lambda room="kitchen": room, None, None),
    ],
)
def test_every_kind_of_callable_is_read(function, description, names):
    """With its own docstring; what a partial gives is not offered."""
    if names is None:
        with pytest.raises(ConfigError, match=r"in <lambda>\(\): room has no type hint"):
            read(function)
        return
    signature = read(function)

    if description is not None:
        assert signature.description == description
    assert list(properties(function)) == names


def test_what_a_partial_gives_need_not_be_sayable():
    """A database is given by the program, and not by the model."""

    def look_up(name: str, database: Any) -> None: ...

    assert list(properties(functools.partial(look_up, database=object()))) == ["name"]


def test_a_wrapped_functions_names_are_those_of_its_module():
    """The wrapper lives somewhere else, and its own globals do not count."""
    wrapper = eval("lambda function: lambda *args, **kwargs: function(*args, **kwargs)", {})(weather)

    assert read(functools.wraps(weather)(wrapper)).context == "context"


def test_a_lambda_with_hints_is_read():
    """As far as anybody writes them."""
    function = lambda room: room  # noqa: E731 - it is about lambdas
    function.__annotations__["room"] = str

    assert properties(function) == {"room": {"type": "STRING"}}


# ToolContext is imported for type checkers alone, as programs do to keep imports light.
def direct(context: ToolContext, x: int): ...
def optional(x: int, context: ToolContext | None = None): ...
def old_optional(x: int, context: Optional[ToolContext] = None): ...
def annotated(x: int, context: Annotated[ToolContext, "the call's"]): ...


@pytest.mark.parametrize("function", [direct, annotated])
def test_the_context_is_found_by_its_class(function):
    """Also where that is imported for type checkers alone."""
    signature = read(function, ToolContextClass)

    assert signature.context == "context"
    assert list(encode(signature.parameters)["properties"]) == ["x"]
    assert signature.bind({"x": 1}) == {"x": 1}


@pytest.mark.parametrize("hint", [Optional[Context], "Context", "Optional[Context]", Context, "Context | None"])
def test_the_context_may_be_optional(hint):
    """As a hint or as text."""

    def take(x: int, context: Any = None): ...

    take.__annotations__.update(context=hint, x=int)

    assert read(take).context == "context"


@pytest.mark.parametrize("function", [optional, old_optional])
def test_an_optional_context_may_be_out_of_reach(function):
    """It is found by its name."""
    assert read(function, ToolContextClass).context == "context"


def test_a_name_of_the_programs_own_is_not_the_context():
    """What the module calls so comes first."""

    class Point: ...

    def take(x: Point): ...

    take.__annotations__["x"] = "Point"
    signature = read(take, Point)

    assert signature.context is None
    assert list(encode(signature.parameters)["properties"]) == ["x"]


def test_two_contexts_are_refused():
    """The second one is the mistake."""

    def take(first: Context, second: Context | None = None): ...

    with pytest.raises(ConfigError, match=r"^tools\[0\]\.second: in take\(\): first takes the context already"):
        read(take)


def test_everything_that_is_wrong_is_found_at_once():
    """Each problem with its path and the function's name."""

    def take(a, b: Any, c: bytes, /, d: Nowhere, größe: int, *args: int, e: 1 + 1, f: list[bytes | complex], **kw): ...  # noqa: F821

    with pytest.raises(ConfigError) as caught:
        read(take)

    paths = {problem.path.rpartition(".")[2] for problem in caught.value.problems}
    assert paths == {"a", "b", "c", "d", "größe", "args", "e", "f", "kw"}
    assert all("in take(): " in str(problem) for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ("x", "x has no type hint; write one, such as x: str"),
        ("x, /", "arguments come by name, and x can't be given so; remove the /"),
        ("*x: int", r"\*x says nothing of what is wanted; name each parameter"),
        ("**x: int", r"\*\*x says nothing of what is wanted; name each parameter"),
        ("*x", r"\*x says nothing of what is wanted"),
        ("x: 'Nowhere'", "its type hint names Nowhere, which is not there when the program runs"),
        ("x: '1 +'", "its type hint can't be read: SyntaxError"),
        ("x: 'str.nothing'", "its type hint can't be read: AttributeError"),
        (f"x{'y' * 64}: int", "at most 64 letters"),
        ("context: Context, /", "arguments come by name"),
    ],
)
def test_a_parameter_that_no_call_can_give_is_refused(parameters, words):
    """With what to do about it."""
    namespace: dict[str, Any] = {"Context": Context}
    exec(f"def take({parameters}): ...", namespace)

    with pytest.raises(ConfigError, match=words) as caught:
        read(namespace["take"])

    assert caught.value.path.startswith("tools[0].")


@pytest.mark.parametrize("function", [3, None, type(dict.get).__get__])
def test_what_has_no_signature_is_refused(function):
    """As a whole."""
    with pytest.raises(ConfigError, match=r"^tools\[0\]"):
        read(function)


def test_a_wrapper_that_wraps_itself_is_refused():
    """No loop without an end."""

    def take(): ...

    take.__wrapped__ = take

    with pytest.raises(ConfigError, match="signature can't be read"):
        read(take)


class Odd:
    """Compares itself with nothing."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = None


@pytest.mark.parametrize(
    ("hint", "default", "said"),
    [
        (int, 3, 3),
        (float, 3, 3),
        (float, float("inf"), None),
        (int, 10**400, None),
        (bool, False, False),
        (str, "", ""),
        (str, "\ud800", None),
        (str, 3, None),
        (str, Odd(), None),
        (int, None, None),
        (Unit, Unit.FAHRENHEIT, "f"),
        (Literal[1, 2], 2, "2"),
        (Literal[True], True, True),
        (list[int], [1, 2], [1, 2]),
        (list[int], (1, 2), None),
        (tuple[int, str], (1, "a"), [1, "a"]),
        (set[str], {"b", "a"}, ["a", "b"]),
        (frozenset[int], frozenset(), []),
        (dict[str, int], {"a": 1}, {"a": 1}),
        ("datetime.date", "datetime.date(2025, 1, 2)", "2025-01-02"),
        ("datetime.datetime", "datetime.datetime(2025, 1, 2, 3)", "2025-01-02T03:00:00"),
        ("datetime.time", "datetime.time(3)", "03:00:00"),
        ("uuid.UUID", "uuid.UUID(int=1)", "00000000-0000-0000-0000-000000000001"),
        ("decimal.Decimal", "decimal.Decimal('1.50')", "1.50"),
        (Point, Point(1), None),
        (int | str, 3, None),
    ],
)
def test_a_default_is_said_where_json_can_say_it(hint, default, said):
    """And makes the parameter one that need not be given."""
    import datetime
    import decimal
    import uuid

    modules = {"datetime": datetime, "decimal": decimal, "uuid": uuid}
    if isinstance(hint, str):
        hint, default = eval(hint, modules), eval(default, modules)

    def take(x: Any = default): ...

    take.__annotations__["x"] = hint
    schema = encode(read(take).parameters)

    assert "required" not in schema
    assert schema["properties"]["x"].get("default") == said
    assert type(schema["properties"]["x"].get("default")) is type(said)
    assert read(take).bind({}) == {}


def test_a_default_of_none_takes_null():
    """Whatever the hint says."""

    def take(x: int = None, y: str | None = None): ...

    assert properties(take) == {
        "x": {"type": "INTEGER", "nullable": True},
        "y": {"type": "STRING", "nullable": True},
    }
    assert read(take).bind({"x": None, "y": None}) == {"x": None, "y": None}


def test_a_description_in_the_hint_counts_more_than_the_docstring():
    """Also inside an optional one."""
    pytest.importorskip("docstring_parser")

    def take(x: Annotated[int, "this"], y: Annotated[int, "this"] | None = None, z: int | None = None):
        """Do.

        Args:
            x: not this
            y: not this
            z: that
        """

    assert [schema["description"] for schema in properties(take).values()] == ["this", "this", "that"]
