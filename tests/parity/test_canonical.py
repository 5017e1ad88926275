"""The form in which the comparison is made: it forgives spelling, and nothing else."""

from __future__ import annotations

import pytest

from .canonical import canonical, shown, snake_names

SAME = [
    ({"client_content": {"turn_complete": True}}, {"clientContent": {"turnComplete": True}}),
    ({"inline_data": {"data": "_-8="}}, {"inlineData": {"data": "/+8"}}),
    ({"triggerTokens": "25600"}, {"trigger_tokens": 25600}),
    ({"topK": 40.0}, {"topK": 40}),
    ({"text": "a", "thought": None}, {"text": "a"}),
    ({"parts": [], "role": "user"}, {"role": "user", "parts": []}),
    ({"startTime": "2026-01-01T00:00:00Z"}, {"start_time": "2026-01-01T01:00:00+01:00"}),
    ({"start_offset": "0.500s"}, {"startOffset": "0.5s"}),
    ({"properties": {"a_b": {"max_length": "3"}}}, {"properties": {"a_b": {"maxLength": 3}}}),
    (
        {"functionDeclarations": [{"response": {"any_of": []}}]},
        {"functionDeclarations": [{"response": {"anyOf": []}}]},
    ),
]

DIFFERENT = [
    ({"a": True}, {"a": 1}),
    ({"a": "1"}, {"a": 1}),
    ({"a": {}}, {}),
    ({"a": []}, {}),
    ({"a": [1, 2]}, {"a": [2, 1]}),
    ({"args": {"a_b": 1}}, {"args": {"aB": 1}}),
    ({"args": {"a": None}}, {"args": {}}),
    ({"functionResponses": [{"response": {"a_b": 1}}]}, {"functionResponses": [{"response": {"aB": 1}}]}),
    ({"properties": {"a_b": {}}}, {"properties": {"aB": {}}}),
    ({"labels": {"a_b": "c"}}, {"labels": {"aB": "c"}}),
    ({"partMetadata": {"a_b": 1}}, {"partMetadata": {"aB": 1}}),
    ({"data": "AAAA"}, {"data": "AAAB"}),
    ({"signature": "a_b"}, {"signature": "a/b"}),
]


@pytest.mark.parametrize("one, other", SAME)
def test_two_spellings_of_one_thing_are_one(one, other):
    """What the service reads alike is alike."""
    assert shown(one) == shown(other)
    assert canonical(canonical(one)) == canonical(one)


@pytest.mark.parametrize("one, other", DIFFERENT)
def test_two_things_stay_two(one, other):
    """What the service, or the program on the other side of it, would tell apart stays apart."""
    assert shown(one) != shown(other)


def test_what_is_said_twice_is_found():
    """A field in both spellings is a fault that no form hides."""
    with pytest.raises(AssertionError, match="said twice"):
        canonical({"turn_complete": True, "turnComplete": True})


def test_snake_names_are_found_outside_the_programs_own_data():
    """The names of fields are looked at, the program's own are not."""
    message = {
        "tool_response": {"functionResponses": [{"response": {"a_b": 1}, "will_continue": True}]},
        "tools": [{"functionDeclarations": [{"parameters": {"properties": {"c_d": {"max_length": 1}}}}]}],
        "labels": {"e_f": "g"},
    }

    assert snake_names(message) == ["tool_response", "will_continue", "max_length"]
