"""Declarations of functions, beside those that Google's own client makes of them."""

from __future__ import annotations

from typing import Any, Literal, Optional, Union

import pytest

from gemini_live.tools.signature import read_signature
from gemini_live.types import encode

from .examples import Context

# ruff: noqa: UP007, UP045 - both ways of writing an optional one are in use


def scalars(a: str, b: int, c: float, d: bool): ...
def lists(a: list[str], b: list[list[int]]): ...
def literals(a: Literal["c", "f"]): ...
def defaults(a: str = "x", b: int = 3, c: float = 1.5, d: bool = False, e: Literal["c", "f"] = "c"): ...
def optional(a: Optional[str], b: int | None, c: Optional[str] = None): ...
def mappings(a: dict, b: dict[str, int]): ...
def unions(a: Union[int, str], b: int | str | None = None): ...
def nothing(): ...


def googles(function: Any) -> dict[str, Any]:
    """Return the parameters as google-genai declares them, as JSON in its own dialect."""
    types = pytest.importorskip("google.genai.types")
    declaration = types.FunctionDeclaration.from_callable_with_api_option(callable=function, api_option="VERTEX_AI")
    return declaration.to_json_dict().get("parameters", {})


def ours(function: Any) -> dict[str, Any]:
    """Return the same from this library; keys in google-genai's spelling."""
    schema = read_signature(function, context_type=Context, path="").parameters
    return {} if schema is None else respelled(encode(schema))


def respelled(schema: Any) -> Any:
    """Return a schema in snake_case, as far as these tests go."""
    if isinstance(schema, list):
        return [respelled(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {"any_of" if key == "anyOf" else key: respelled(value) for key, value in schema.items()}


def without(schema: Any, *keys: str) -> dict[str, Any]:
    """Return an object's schema without keys of its properties."""
    properties = {
        name: {key: value for key, value in inner.items() if key not in keys}
        for name, inner in schema["properties"].items()
    }
    return {**schema, "properties": properties}


@pytest.mark.parametrize("function", [scalars, lists, literals, nothing])
def test_plain_parameters_are_declared_alike(function):
    """Types, elements, choices and what is required."""
    assert ours(function) == googles(function)


def test_defaults_are_declared_alike():
    """And none of them has to be given."""
    assert ours(defaults)["properties"] == googles(defaults)["properties"]
    assert "required" not in ours(defaults)


def test_optional_parameters_are_declared_alike():
    """Except that what has no default has to be given here, as Python has it, and may be null."""
    assert ours(optional)["properties"] == googles(optional)["properties"]
    assert ours(optional)["required"] == ["a", "b"]
    assert not googles(optional).get("required")


def test_mappings_say_their_values_here():
    """In the description; Google's client says nothing of them."""
    assert without(ours(mappings), "description") == googles(mappings)
    assert ours(mappings)["properties"]["b"]["description"] == "Any names, each with a whole number."


def test_alternatives_stand_alone_here():
    """Google's client writes OBJECT and nullable beside them, which the service refuses: "must be the only field set"."""
    theirs = googles(unions)["properties"]

    assert theirs["a"]["any_of"] == ours(unions)["properties"]["a"]["any_of"]
    assert set(theirs["a"]) == {"any_of", "type"}
    assert ours(unions)["properties"] == {
        "a": {"any_of": [{"type": "INTEGER"}, {"type": "STRING"}]},
        "b": {"any_of": [{"type": "INTEGER", "nullable": True}, {"type": "STRING", "nullable": True}]},
    }
