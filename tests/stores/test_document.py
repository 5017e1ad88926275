"""The text of the file, and what is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_live.stores.document import decode, encode
from gemini_live.stores.entries import Entry

from .conftest import HANDLE, NOW

TEXT = st.text(st.characters())
TIMES = st.floats(-1e14, 1e14)


def written(entry):
    """Return a file with one entry as JSON has it."""
    return json.dumps({"version": 1, "handles": {"a": entry}}).encode()


def test_the_format():
    """It is what other programs may rely on."""
    data = encode({"line-17": Entry(HANDLE, NOW)})

    assert json.loads(data) == {"version": 1, "handles": {"line-17": {"handle": HANDLE, "saved_at": NOW}}}


@given(st.dictionaries(TEXT, st.builds(Entry, TEXT, TIMES), max_size=5))
def test_every_entry_survives(entries):
    """In the same order, whatever the text."""
    decoded = decode(encode(entries))

    assert decoded is not None
    assert list(decoded.items()) == list(entries.items())


@pytest.mark.parametrize(
    "data",
    [
        b"{", b"\0\0\0\0", b"\xff\xfe\xfd", b"null", b"[]", b"7", b'"text"', b"{}", b" ",
        b'{"version": 1}', b'{"version": 2, "handles": {}}', b'{"handles": {}}', b'{"version": 1, "handles": []}',
        written(None), written("text"), written({}), written({"handle": "h"}), written({"saved_at": 1}),
        written({"handle": None, "saved_at": 1}), written({"handle": "h", "saved_at": "1"}),
        written({"handle": "h", "saved_at": True}), written({"handle": "h", "saved_at": float("nan")}),
        written({"handle": "h", "saved_at": float("inf")}), written({"handle": "h", "saved_at": 10**400}),
        b"[" * 100_000, b"9" * 10_000,
    ],
)  # fmt: skip
def test_what_is_no_file_of_handles(data):
    """Damaged, somebody else's, or of a newer version: nothing of it is taken, and nothing is raised."""
    assert decode(data) is None


def test_an_empty_file_holds_no_handles():
    """It is what ``mkstemp`` and ``touch`` make."""
    assert decode(b"") == {}


def test_what_is_added_later_does_not_disturb():
    """Other keys beside the known ones are passed over."""
    data = {"version": 1, "handles": {"a": {"handle": HANDLE, "saved_at": 1, "model": "m"}}, "note": "x"}

    assert decode(json.dumps(data).encode()) == {"a": Entry(HANDLE, 1.0)}


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything(data):
    """Whatever they are."""
    assert decode(data) in (None, {})


def test_a_time_that_is_none_is_not_written():
    """It would make the file unreadable."""
    with pytest.raises(ValueError, match="JSON compliant"):
        encode({"a": Entry(HANDLE, float("nan"))})
