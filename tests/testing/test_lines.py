"""Recordings as lines: what is read, what is refused, and which connection a line was on."""

from __future__ import annotations

import json

import pytest

from gemini_live import ConfigError
from gemini_live.testing.lines import Line, by_connection, read_lines

SETUP = Line("sent", {"setup": {}})
READY = Line("received", {"setupComplete": {}})


def test_a_line_is_read_as_it_was_written():
    """With everything that may stand beside the message."""
    line = Line("received", {"a": "\u2603"}, at=1.25, connection=2, end=(1011, "why"))

    assert read_lines([line.to_json()]) == [line]
    assert json.loads(SETUP.to_json()) == {"direction": "sent", "data": {"setup": {}}}


def test_lines_are_texts_mappings_or_a_file(tmp_path):
    """Empty lines are none."""
    path = tmp_path / "r.jsonl"
    path.write_text(f"{SETUP.to_json()}\n\n{READY.to_json()}\n", "utf-8")

    assert read_lines(path) == read_lines(str(path)) == [SETUP, READY]
    assert read_lines([json.loads(SETUP.to_json()), READY.to_json()]) == [SETUP, READY]


@pytest.mark.parametrize(
    "line",
    ["{", "[]", "3", '{"data": {}}', '{"direction": "sent"}', '{"direction": "said", "data": {}}',
     '{"direction": "sent", "data": []}', '{"direction": "received", "data": {}, "end": 1006}'],
)  # fmt: skip
def test_what_is_no_line_is_refused_with_its_number(line):
    """Whoever wrote it finds it."""
    with pytest.raises(ConfigError, match="line 2 is no"):
        read_lines([SETUP.to_json(), line])


def test_a_setup_begins_the_next_connection():
    """Where nothing else says so."""
    assert by_connection([SETUP, READY, SETUP, READY]) == [[SETUP, READY], [SETUP, READY]]
    assert by_connection([READY, SETUP]) == [[READY], [SETUP]]
    assert by_connection([]) == []


def test_connections_overlap_where_they_are_numbered():
    """At a go-away the old one still talks while the new one begins; a line without a number is the first one's."""
    second = Line("sent", {"setup": {}}, connection=2)

    assert by_connection([SETUP, second, READY]) == [[SETUP, READY], [second]]
