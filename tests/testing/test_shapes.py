"""Which message it is, and whether two have the same shape."""

from __future__ import annotations

import pytest

from gemini_live.testing.shapes import MEDIA, camel, difference, kind_of


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ({"setup": {}}, "setup"),
        ({"client_content": {}}, "clientContent"),
        ({"realtimeInput": {"audio": {}}}, MEDIA),
        ({"realtime_input": {"media_chunks": []}}, MEDIA),
        ({"realtimeInput": {"text": "x"}}, "realtimeInput.text"),
        ({"realtime_input": {"activity_end": {}}}, "realtimeInput.activityEnd"),
        ({"realtimeInput": {}}, "realtimeInput."),
        ({}, "nothing"),
        ("text", "nothing"),
    ],
)
def test_the_kind_is_that_of_the_outermost_field(message, kind):
    """In either spelling; sound and pictures are one kind."""
    assert kind_of(message) == kind


@pytest.mark.parametrize(
    ("recorded", "sent", "found"),
    [
        ({"a_b": 1}, {"aB": 2.5}, None),
        ({"a": "x"}, {"a": "y"}, None),
        ({"a": True}, {"a": 1}, "a is a number, and was true or false"),
        ({"a": {"b": 1}}, {"a": {}}, "a.b is missing"),
        ({"a": {}}, {"a": {"b": 1}}, "a.b is new"),
        ({"a": [1]}, {"a": [1, 2, 3]}, None),
        ({"a": [1]}, {"a": []}, "a is empty"),
        ({"a": []}, {"a": [1]}, "a is no longer empty"),
        ({"a": [1, "x"]}, {"a": ["y", 2]}, None),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1}, {"c": 1}]}, "a[1].b is missing"),
        ({"a": None}, {"a": {}}, "a is an object, and was null"),
        ([1], "x", "the message is text, and was a list"),
    ],
)
def test_shapes_differ_in_fields_and_kinds_of_values(recorded, sent, found):
    """Values do not count, nor how many there are; the first difference is told with its path."""
    assert difference(recorded, sent) == found


def test_names_become_the_services():
    """Snake case becomes camel case, and that stays as it is."""
    assert [camel(name) for name in ("client_content", "clientContent", "a__b", "id")] == [
        "clientContent", "clientContent", "aB", "id",
    ]  # fmt: skip
