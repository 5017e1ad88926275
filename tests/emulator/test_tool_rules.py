"""Which functions the model calls, with which arguments, and what it says of the results."""

from __future__ import annotations

import pytest

from gemini_live.emulator.profiles import PROFILES
from gemini_live.emulator.tool_rules import functions_of, spoken, wanted
from gemini_live.types import Tool, decode


def functions(*declarations, profile="gemini-2.5"):
    """Return functions as the emulator reads them from a setup."""
    tools = (decode(Tool, {"functionDeclarations": list(declarations)}),)
    return functions_of(tools, PROFILES[profile])


def declared(name, required=(), behavior=None, **properties):
    """Return a declaration."""
    parameters = {"type": "OBJECT", "properties": properties, "required": list(required)}
    return {"name": name, "parameters": parameters, **({"behavior": behavior} if behavior else {})}


TEXT, NUMBER, INTEGER, YES = {"type": "STRING"}, {"type": "NUMBER"}, {"type": "INTEGER"}, {"type": "BOOLEAN"}
UNIT = {"type": "STRING", "enum": ["celsius", "fahrenheit"]}
WEATHER = declared("get_weather", ["city"], city=TEXT, unit=UNIT)
LIGHTS = declared("turn_on_the_lights")
DIM = declared("setBrightness", ["level", "on"], level=INTEGER, on=YES, room=TEXT)
ADD = declared("add", ["a", "b"], a=NUMBER, b=NUMBER)
KNOWN = functions(WEATHER, LIGHTS, DIM, ADD)


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("What is the weather in London?", [("get_weather", {"city": "London"})]),
        ("the weather for New York in Fahrenheit, please", [("get_weather", {"city": "New York", "unit": "fahrenheit"})]),
        ('Weather of "where I am"', [("get_weather", {"city": "where I am"})]),
        ("how is the weather", [("get_weather", {"city": "how is the weather"})]),
        ("Please turn on the lights.", [("turn_on_the_lights", {})]),
        ("Please turn on the light!", [("turn_on_the_lights", {})]),
        ("Set the brightness to 40, on, in the Kitchen", [("setBrightness", {"level": 40, "on": True, "room": "Kitchen"})]),
        ("brightness off", [("setBrightness", {"level": 0, "on": False})]),
        ("brightness", [("setBrightness", {"level": 0, "on": False})]),
        ("Add 2 and 3.5", [("add", {"a": 2.0, "b": 3.5})]),
        ('call get_weather with {"city": "Paris"}', [("get_weather", {"city": "Paris"})]),
        ("call get_weather in Rome", [("get_weather", {"city": "Rome"})]),
        ('call get_weather with {"city": "A"} and call add with {"a": 1, "b": 2}',
         [("get_weather", {"city": "A"}), ("add", {"a": 1, "b": 2})]),
        ('Do get_weather(city="Rome") and add(a=1, b=2)', [("get_weather", {"city": "Rome"}), ("add", {"a": 1, "b": 2})]),
        ("call made_up_name with {}", [("made_up_name", {})]),
        ("call made_up_name", [("made_up_name", {})]),
        ("call get_weather with [1]", []),
        ("get_weather(city=unknown)", []),
        ("other_name(a=1)", []),
        ("call me tomorrow", []),
        ("My name is Alice.", []),
        ("", []),
    ],
)  # fmt: skip
def test_a_text_asks_for_calls(text, calls):
    """By writing them out, or by the words of a function's name; arguments come from the text."""
    found = [(call.name, dict(call.args)) for call in wanted(text, KNOWN)]

    if calls or "get_weather" not in text:
        assert found == calls
    else:
        assert not [call for call in found if call[1].get("city") == "unknown"]


def test_without_functions_nothing_is_called():
    """Whatever the text says."""
    assert wanted('call get_weather with {"city": "Paris"}', ()) == ()


def test_arguments_of_every_kind_are_found_or_made_up():
    """Lists of one, objects by their fields; what is not required and not said is left out."""
    known = functions(
        declared(
            "book",
            ["cities", "who"],
            cities={"type": "ARRAY", "items": TEXT},
            who={"type": "OBJECT", "properties": {"seats": INTEGER}, "required": ["seats"]},
            extra={"type": "OBJECT"},
            more={"type": "ARRAY", "items": INTEGER},
            mode={"type": "STRING", "enum": ["a1", "b2"]},
            must={"type": "STRING", "enum": ["x9"]},
        )
    )

    (call,) = wanted("book a flight to Lisbon for 3", known)

    assert call.args == {"cities": ["Lisbon"], "who": {"seats": 3}, "more": [3]}


@pytest.mark.parametrize(
    ("behavior", "profile", "blocks"),
    [
        (None, "gemini-2.5", True),
        ("BLOCKING", "gemini-2.5", True),
        ("NON_BLOCKING", "gemini-2.5", False),
        ("UNSPECIFIED", "gemini-2.5", True),
        ("NON_BLOCKING", "gemini-3.1", True),
    ],
)
def test_a_declaration_says_whether_the_model_waits(behavior, profile, blocks):
    """Where the family can do anything but wait."""
    (function,) = functions(declared("f", behavior=behavior), profile=profile)

    assert function.blocks is blocks


@pytest.mark.parametrize(
    ("responses", "text"),
    [
        ([{"output": "It is foggy"}], "It is foggy."),
        ([{"output": 12}], "12."),
        ([{"degrees": 12, "sky": "grey"}], "degrees: 12, sky: grey."),
        ([{"error": "no such city"}], "That did not work: no such city."),
        ([{"output": "A!"}, {"output": ["b"]}], 'A! ["b"].'),
        ([{}], ""),
        ([{"output": ""}], ""),
    ],
)
def test_results_are_spoken_of(responses, text):
    """Text as it is, anything else by its values."""
    assert spoken(responses) == text
