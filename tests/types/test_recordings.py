"""Real messages, and messages in the documented shapes: read and written without loss."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from gemini_live._speed import read_base64
from gemini_live.types import (
    ClientMessage,
    MusicClientMessage,
    MusicServerMessage,
    ServerMessage,
    decode,
    encode,
    parse,
)
from gemini_live.types._wire import WireValue
from gemini_live.types.codec import ObjectKind, plan_of
from gemini_live.types.kinds import Kind, ListKind, MapKind

GOLDEN = Path(__file__).with_name("golden")
SENT: dict[str, type[ClientMessage | MusicClientMessage]] = {
    "sent": ClientMessage,
    "sent to play": MusicClientMessage,
}
RECEIVED: dict[str, type[ServerMessage | MusicServerMessage]] = {
    "received": ServerMessage,
    "received, played": MusicServerMessage,
}
"""What a golden file's direction means; the second of each is the music endpoint's."""


def canonical(kind: Kind, value: Any) -> Any:
    """Return a message as the codec writes it: camelCase, standard base64; everything else as it is."""
    if isinstance(kind, ObjectKind) and isinstance(value, dict):
        return canonical_object(kind.cls, value)
    if isinstance(kind, ListKind) and isinstance(value, list):
        return [canonical(kind.item, item) for item in value]
    if type(kind).__name__ == "_Bytes":
        return base64.b64encode(read_base64(value)).decode()
    if type(kind).__name__ == "_Int64":
        return str(value)
    return value


def canonical_object(cls: type[WireValue], value: dict[str, Any]) -> dict[str, Any]:
    """Return an object in the codec's own form."""
    result, by_key = {}, plan_of(cls).by_key
    for key, item in value.items():
        field = by_key.get(key)
        result[key if field is None else field.wire_name] = item if field is None else canonical(field.kind, item)
    return result


def check_received(data: dict[str, Any], cls: type[ServerMessage | MusicServerMessage] = ServerMessage) -> None:
    """Assert that a server's message fits, is known, and is written back as it was."""
    report: list[str] = []
    message = cls.from_json(data, report)
    assert report == []
    assert message.extra == {}
    assert message.raw is data
    assert encode(message) == canonical_object(cls, data)


def check_sent(data: dict[str, Any], cls: type[ClientMessage | MusicClientMessage] = ClientMessage) -> None:
    """Assert that a client's message is understood and written in the wire's own spelling."""
    written = encode(decode(cls, data))
    assert written == canonical_object(cls, data)
    assert encode(parse(cls, written, "")) == written


NAMES = [
    "gemini-2.5-audio-in-server-vad",
    "gemini-2.5-history-seeding",
    "gemini-2.5-text-in-audio-out",
    "gemini-3.1-history-seeding",
    "gemini-3.1-tool-round",
    "vertex-2.5-text-in-audio-out",
    "vertex-2.5-tool-round",
]


@pytest.mark.parametrize("name", NAMES)
def test_every_recorded_message_survives(name: str, recordings: Path) -> None:
    """What Google's servers said and a real client sent comes through the codec without loss."""
    lines = (recordings / f"{name}.jsonl").read_text("utf-8").splitlines()
    assert lines
    for line in lines:
        entry = json.loads(line)
        (check_sent if entry["direction"] == "sent" else check_received)(entry["data"])


def test_no_recording_is_left_out(recordings: Path) -> None:
    """A new file in the folder must be named above."""
    assert sorted(path.stem for path in recordings.glob("*.jsonl")) == NAMES


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_every_golden_message_survives(path: Path) -> None:
    """Messages of the documented shapes, one file for each direction and kind; they are in canonical form already."""
    entry = json.loads(path.read_text("utf-8"))
    direction = entry["direction"]
    for data in entry["messages"]:
        report: list[str] = []
        assert encode(decode({**SENT, **RECEIVED}[direction], data, report)) == data
        assert report == []
        if direction in SENT:
            check_sent(data, SENT[direction])
        else:
            check_received(data, RECEIVED[direction])


def test_there_are_golden_messages() -> None:
    """The folder is there, with every field of every kind of message in it."""
    found: dict[str, set[str]] = {direction: set() for direction in {**SENT, **RECEIVED}}
    for path in GOLDEN.glob("*.json"):
        entry = json.loads(path.read_text("utf-8"))
        for data in entry["messages"]:
            found[entry["direction"]] |= set(data)
    for direction, cls in {**SENT, **RECEIVED}.items():
        assert found[direction] == {field.wire_name for field in plan_of(cls).fields}


def fields_in(kind: Any, value: Any) -> set[tuple[str, str]]:
    """Return the fields, as class and JSON name, that a message has something in."""
    if isinstance(kind, ObjectKind):
        by_key, found = plan_of(kind.cls).by_key, set()
        for key, item in value.items():
            if key in by_key:
                found |= {(kind.cls.__name__, by_key[key].wire_name)} | fields_in(by_key[key].kind, item)
        return found
    if isinstance(kind, ListKind):
        return {pair for item in value for pair in fields_in(kind.item, item)}
    if isinstance(kind, MapKind):
        return {pair for item in value.values() for pair in fields_in(kind.item, item)}
    return set()


def all_fields(cls: type[WireValue], seen: set[type[WireValue]]) -> set[tuple[str, str]]:
    """Return every field that a message of a class can have, at every level."""
    if cls in seen:
        return set()
    seen.add(cls)
    found = set()
    for field in plan_of(cls).fields:
        found.add((cls.__name__, field.wire_name))
        kind: Any = field.kind
        while isinstance(kind, (ListKind, MapKind)):
            kind = kind.item
        if isinstance(kind, ObjectKind):
            found |= all_fields(kind.cls, seen)
    return found


REWRITTEN = {
    ("FunctionDeclaration", "parametersJsonSchema"),
    ("FunctionDeclaration", "responseJsonSchema"),
    ("Schema", "defs"),
    ("Schema", "ref"),
}
"""Fields that parse turns into others; tests/types/test_schema.py has them."""


@pytest.mark.parametrize(("direction", "cls"), {**SENT, **RECEIVED}.items())
def test_every_field_is_in_a_golden_message(direction: str, cls: type[WireValue]) -> None:
    """No documented field, however deep, is without an example."""
    found: set[tuple[str, str]] = set()
    for path in GOLDEN.glob("*.json"):
        entry = json.loads(path.read_text("utf-8"))
        if entry["direction"] == direction:
            found |= {pair for data in entry["messages"] for pair in fields_in(ObjectKind(cls), data)}
    missing = all_fields(cls, set()) - found - REWRITTEN
    if direction == "received":  # the model's turn is made of the same parts as the client's; they are in parts.json
        shared = {name for name, _ in all_fields(ClientMessage, set())}
        missing = {pair for pair in missing if pair[0] not in shared}
    assert missing == set()
