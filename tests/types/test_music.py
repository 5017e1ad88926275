"""What a program may say of the music it wants, and what it hears."""

from __future__ import annotations

from typing import Any

import pytest

from gemini_live.exceptions import ConfigError
from gemini_live.types import (
    MusicClientMessage,
    MusicGenerationConfig,
    MusicServerMessage,
    PlaybackControl,
    Scale,
    decode,
    encode,
    parse,
)

RANGES = [
    ("temperature", 0, 3, 3.1, "0 to 3"),
    ("top_k", 1, 1000, 0, "1 to 1000"),
    ("seed", 0, 2**31 - 1, -1, "0 to 2147483647"),
    ("guidance", 0.0, 6.0, -0.5, "0 to 6"),
    ("bpm", 60, 200, 201, "60 to 200"),
    ("density", 0, 1, 1.5, "0 to 1"),
    ("brightness", 0, 1, -1, "0 to 1"),
]


@pytest.mark.parametrize(("name", "low", "high", "wrong", "words"), RANGES, ids=[row[0] for row in RANGES])
def test_numbers_out_of_range_are_refused(name: str, low: Any, high: Any, wrong: Any, words: str) -> None:
    """With the bounds, which are allowed themselves, and the number."""
    for right in (low, high):
        assert getattr(parse(MusicGenerationConfig, {name: right}, ""), name) == right
    with pytest.raises(ConfigError) as caught:
        parse(MusicGenerationConfig, {name: wrong}, "config")
    assert str(caught.value) == f"config.{name}: must be {words}, not {wrong}"


@pytest.mark.parametrize(
    ("prompts", "path"),
    [
        ([], "client_content.weighted_prompts"),
        (
            [{"text": "Piano", "weight": 1}, {"text": "Techno", "weight": 0.0}],
            "client_content.weighted_prompts[1].weight",
        ),
        ([{"text": "Piano"}], "client_content.weighted_prompts[0].weight"),
        ([{"weight": 1}], "client_content.weighted_prompts[0].text"),
    ],
)
def test_prompts_need_words_and_a_weight(prompts: list[Any], path: str) -> None:
    """At least one, and none of no weight; weights below 0 are taken."""
    with pytest.raises(ConfigError) as caught:
        parse(MusicClientMessage, {"client_content": {"weighted_prompts": prompts}}, "")
    assert caught.value.path == path
    parse(MusicClientMessage, {"client_content": {"weighted_prompts": [{"text": "Piano", "weight": -0.5}]}}, "")


def test_enums_stay_open() -> None:
    """A key or a control of next year's is kept."""
    message = decode(MusicClientMessage, {"playbackControl": "REWIND"})
    assert message.playback_control is not None and not message.playback_control.recognized
    assert encode(message) == {"playbackControl": "REWIND"}
    assert parse(MusicGenerationConfig, {"scale": "C_MAJOR_A_MINOR"}, "").scale is Scale.C_MAJOR_A_MINOR
    assert parse(MusicClientMessage, {"playback_control": "PLAY"}, "").playback_control is PlaybackControl.PLAY


def test_the_music_of_a_message_is_all_its_pieces() -> None:
    """Joined; none is not the same as an empty one, and nothing of it is in the repr."""
    message = MusicServerMessage.from_json({"serverContent": {"audioChunks": [{"data": "AAA="}, {}, {"data": "AQE="}]}})
    assert message.audio == b"\0\0\1\1"
    assert "<2 bytes>" in repr(message)
    assert MusicServerMessage.from_json({"serverContent": {"audioChunks": [{"data": ""}]}}).audio == b""
    for silent in ({"warning": "…"}, {"serverContent": {}}, {"serverContent": {"audioChunks": [{}]}}):
        assert MusicServerMessage.from_json(silent).audio is None


def test_what_is_not_known_is_kept() -> None:
    """A warning that is no text, a field of next year's: both are written back as they came."""
    data = {"warning": {"code": 3}, "musicHint": {"x": [1]}}
    message = MusicServerMessage.from_json(data)
    assert message.warning is None
    assert message.extra == data == encode(message)
