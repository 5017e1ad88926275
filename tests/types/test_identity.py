"""What the API may say is written back as it came: generated from the classes' own plans, with unknown keys everywhere."""

from __future__ import annotations

import base64
import functools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gemini_live.types import ClientMessage, Schema, ServerMessage, decode, encode, kinds, times
from gemini_live.types._wire import WireValue
from gemini_live.types.codec import ObjectKind, plan_of

from .conftest import CLASSES

anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False), st.text(max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=5,
)


def duration(nanoseconds: int) -> str:
    """Write a duration as protobuf does: with no, three, six or nine digits behind the point."""
    seconds, rest = divmod(abs(nanoseconds), 10**9)
    digits = next((places for places in (0, 3, 6) if rest % 10 ** (9 - places) == 0), 9)
    fraction = f".{rest:09d}"[: digits + 1] if digits else ""
    return f"{'-' if nanoseconds < 0 else ''}{seconds}{fraction}s"


DURATIONS = st.one_of(
    st.integers(-(10**12), 10**12).map(lambda milliseconds: milliseconds * 10**6),
    st.integers(-(10**14), 10**14),  # more digits than a float holds are kept in extra
)


SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    kinds.STR: st.text(max_size=6),
    kinds.BOOL: st.booleans(),
    kinds.INT: st.integers(-(2**31), 2**31 - 1),
    kinds.INT64: st.integers(-(2**63), 2**63 - 1).map(str),
    kinds.FLOAT: st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-100, 100)),
    kinds.BYTES: st.binary(max_size=6).map(lambda raw: base64.b64encode(raw).decode()),
    kinds.JSON: anything.filter(lambda value: value is not None),
    times.DURATION_MS: DURATIONS.map(duration),
    times.TIMESTAMP: st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
}


def values(kind: Any, depth: int) -> st.SearchStrategy[Any]:
    """JSON of a kind, in the form in which it is written."""
    if isinstance(kind, ObjectKind):
        return objects(kind.cls, depth)
    if isinstance(kind, kinds.ListKind):
        return st.lists(values(kind.item, depth), max_size=2)
    if isinstance(kind, kinds.MapKind):
        item = anything if kind.item is kinds.JSON else values(kind.item, depth)
        return st.dictionaries(st.text(max_size=6), item, max_size=2)
    if isinstance(kind, kinds.EnumKind):
        return st.sampled_from([*(member.value for member in kind.cls), "OF_NEXT_YEAR"])
    return SCALARS.get(kind, anything.filter(lambda value: value is not None))


@functools.cache
def objects(cls: type[WireValue], depth: int) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects of a class, with keys of next year's beside the known ones."""
    plan = plan_of(cls)
    known = {field.wire_name: values(field.kind, depth - 1) for field in plan.fields} if depth else {}
    unknown = st.dictionaries(st.text(max_size=6).filter(lambda key: key not in plan.by_key), anything, max_size=2)
    return st.builds(lambda mine, other: {**mine, **other}, st.fixed_dictionaries({}, optional=known), unknown)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(st.sampled_from(CLASSES).flatmap(lambda cls: st.tuples(st.just(cls), objects(cls, 2))))
def test_reading_and_writing_changes_nothing(case: tuple[type[WireValue], dict[str, Any]]) -> None:
    """Every class, every field, unknown keys and values at every level: equal JSON, and nothing that did not fit."""
    cls, data = case
    report: list[str] = []
    assert encode(decode(cls, data, report)) == data
    assert report == []


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=50, deadline=None)
@given(objects(ServerMessage, 4))
def test_a_servers_message_survives_whole(data: dict[str, Any]) -> None:
    """Down to the words of a transcription and the reviews of a place."""
    report: list[str] = []
    message = ServerMessage.from_json(data, report)
    assert json.loads(json.dumps(encode(message))) == json.loads(json.dumps(data))
    assert report == []
    assert message.raw is data


@pytest.mark.parametrize("depth", [50, 100, 300, 600, 900])
@pytest.mark.parametrize("key", ["items", "anyOf", "properties"])
def test_schemas_of_any_depth_can_be_read(key: str, depth: int) -> None:
    """Too deep a one is kept as it came from some level on; nothing is raised."""
    inner: dict[str, Any] = {"type": "STRING"}
    for _ in range(depth):
        inner = {key: {"items": inner, "anyOf": [inner], "properties": {"a_b": inner}}[key]}
    assert decode(Schema, inner) is not None
    message = decode(
        ClientMessage, {"setup": {"tools": [{"functionDeclarations": [{"name": "f", "parameters": inner}]}]}}
    )
    assert message.setup is not None
