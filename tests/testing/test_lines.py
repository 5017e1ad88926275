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


def test_only_a_line_feed_ends_a_line(tmp_path):
    """People, and models, say every other character that some take for one."""
    path = tmp_path / "r.jsonl"
    line = Line("received", {"text": "a\u2028b\u2029c\x85d\x1ce\x0bf"})
    path.write_bytes(f"{SETUP.to_json()}\r\n{line.to_json()}\n".encode())

    assert read_lines(path) == [SETUP, line]


@pytest.mark.parametrize(
    "torn", [READY.to_json().encode()[:30], '{"direction": "sent", "data": {"a": "ä'.encode()[:-1]]
)
def test_a_last_line_that_is_torn_is_left_out(tmp_path, caplog, torn):
    """A full disk or a killed program leaves one; the log says so.  In the middle it is refused."""
    path = tmp_path / "r.jsonl"
    path.write_bytes(SETUP.to_json().encode() + b"\n" + torn)

    assert read_lines(path) == [SETUP]
    assert [record.message for record in caplog.records] == [
        f"the recording {path} ends within line 2, which is left out"
    ]
    path.write_bytes(torn + b"\n" + SETUP.to_json().encode())
    with pytest.raises(ConfigError, match="line 1 is no"):
        read_lines(path)


@pytest.mark.parametrize("last", [b"3", b"[" * 100_000, b'{"\xe4": 1'])
def test_a_last_line_that_is_whole_and_wrong_is_refused(tmp_path, last):
    """Nobody tore it."""
    path = tmp_path / "r.jsonl"
    path.write_bytes(SETUP.to_json().encode() + b"\n" + last)

    with pytest.raises(ConfigError, match="line 2 is no"):
        read_lines(path)


def test_a_file_of_something_else_is_refused_with_its_line(tmp_path):
    """Its one line is no torn one."""
    path = tmp_path / "r.jsonl"
    path.write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigError, match="line 1 is no"):
        read_lines(path)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        *[({"end": {"code": code, "reason": ""}}, f"no server sends: {code}") for code in (0, 999, 1004, 1015, 5000)],
        *[({"connection": number}, "no number from 1") for number in ([1], "a", 0, True, 1.5)],
        ({"end": {"code": float("inf"), "reason": ""}}, "is no"),
    ],
)
def test_what_can_not_be_played_is_refused_with_its_line(more, words):
    """Before anything connects."""
    with pytest.raises(ConfigError, match=f"line 2 .*{words}"):
        read_lines([SETUP.to_json(), {"direction": "received", "data": {}, **more}])


@pytest.mark.parametrize("code", [1000, 1005, 1006, 1011, 4000])
def test_the_ends_that_there_are_can_be_read(code):
    """A break and a close without a code included."""
    line = Line("received", {}, end=(code, ""))

    assert read_lines([line.to_json()]) == [line]


def test_a_setup_begins_the_next_connection():
    """Where nothing else says so."""
    assert by_connection([SETUP, READY, SETUP, READY]) == [[SETUP, READY], [SETUP, READY]]
    assert by_connection([READY, SETUP]) == [[READY], [SETUP]]
    assert by_connection([]) == []


def test_connections_overlap_where_they_are_numbered():
    """At a go-away the old one still talks while the new one begins; a line without a number is the first one's."""
    second = Line("sent", {"setup": {}}, connection=2)

    assert by_connection([SETUP, second, READY]) == [[SETUP, READY], [second]]
