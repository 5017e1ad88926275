"""What a program may write: ranges, fields that don't go together, and every problem in one error."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from gemini_live.exceptions import ConfigError
from gemini_live.types import (
    AvatarConfig,
    Content,
    FunctionDeclaration,
    GenerationConfig,
    Part,
    Setup,
    ThinkingConfig,
    Tool,
    collect,
    encode,
    parse,
)

RANGES = [
    ("generation_config.temperature", 0, 2, 3, "0 to 2"),
    ("generation_config.temperature", 0.0, 2.0, -0.1, "0 to 2"),
    ("generation_config.top_p", 0, 1, 1.5, "0 to 1"),
    ("generation_config.top_k", 1, 1000, 0, "at least 1"),
    ("generation_config.max_output_tokens", 1, 2**31 - 1, 0, "at least 1"),
    ("generation_config.candidate_count", 1, 8, 0, "at least 1"),
    ("generation_config.presence_penalty", -2, 2, 2.1, "-2 to 2"),
    ("generation_config.frequency_penalty", -2, 2, -3, "-2 to 2"),
    ("generation_config.thinking_config.thinking_budget", -1, 24576, -2, "at least -1"),
    ("realtime_input_config.automatic_activity_detection.prefix_padding_ms", 0, 500, -1, "at least 0"),
    ("realtime_input_config.automatic_activity_detection.silence_duration_ms", 0, 2000, -1, "at least 0"),
    ("context_window_compression.trigger_tokens", 0, 2**40, -1, "at least 0"),
    ("context_window_compression.sliding_window.target_tokens", 0, "4096", "-1", "at least 0"),
    ("avatar_config.audio_bitrate_bps", 1, 64_000, 0, "at least 1"),
    ("avatar_config.video_bitrate_bps", 1, 2_000_000, -5, "at least 1"),
]


def nested(path: str, value: Any) -> dict[str, Any]:
    """Return a mapping with a value at a path."""
    head, _, tail = path.partition(".")
    return {head: nested(tail, value) if tail else value}


@pytest.mark.parametrize(("path", "low", "high", "wrong", "words"), RANGES, ids=[row[0] for row in RANGES])
def test_numbers_out_of_range_are_refused(path: str, low: Any, high: Any, wrong: Any, words: str) -> None:
    """With the bounds, which are allowed themselves, and the number."""
    for right in (low, high):
        parse(Setup, nested(path, right), "")
    with pytest.raises(ConfigError) as caught:
        parse(Setup, nested(path, wrong), "")
    assert str(caught.value) == f"{path}: must be {words}, not {wrong}"
    assert caught.value.path == path


def test_ranges_hold_for_values_as_well() -> None:
    """A constructor takes anything; parse looks through it."""
    with pytest.raises(ConfigError, match=r"^config\.temperature: must be 0 to 2, not 3$"):
        parse(GenerationConfig, GenerationConfig(temperature=3), "config")


def test_whole_numbers_have_the_bits_of_their_field() -> None:
    """32, and 64 where the API says so."""
    for seed in (-(2**31), 2**31 - 1):
        assert parse(GenerationConfig, {"seed": seed}, "").seed == seed
    for seed in (-(2**31) - 1, 2**31):
        with pytest.raises(ConfigError, match="at most 32 bits"):
            parse(GenerationConfig, {"seed": seed}, "")
    with pytest.raises(ConfigError, match="at most 64 bits"):
        parse(Setup, {"context_window_compression": {"trigger_tokens": 2**63}}, "")


TOGETHER = [
    (
        {"context_window_compression": {"trigger_tokens": 100, "sliding_window": {"target_tokens": 100}}},
        "context_window_compression.sliding_window.target_tokens: must be less than trigger_tokens (100), not 100",
    ),
    (
        {"generation_config": {"thinking_config": {"thinking_budget": 0, "thinking_level": "LOW"}}},
        "generation_config.thinking_config.thinking_level: can't stand beside thinking_budget; give one of them",
    ),
    (
        {"generation_config": {"speech_config": {"voice_config": {"voice": "a", "prebuilt_voice_config": {}}}}},
        (
            "generation_config.speech_config.voice_config.voice: can't stand beside prebuilt_voice_config: a session "
            "has one voice"
        ),
    ),
    (
        {"generation_config": {"response_modalities": ["AUDIO", "DOCUMENT"]}},
        "generation_config.response_modalities[1]: DOCUMENT is nothing that a model answers in",
    ),
    (
        {"input_audio_transcription": {"mode": "verbatim", "source_text": "Once"}},
        'input_audio_transcription.source_text: goes with mode="SMART"',
    ),
    (
        {"proactivity": {"proactive_video": True}},
        "proactivity.proactive_video: needs proactive_audio=True beside it",
    ),
    (
        {"avatar_config": {"avatar_name": "a", "customized_avatar": {}}},
        "avatar_config.customized_avatar: can't stand beside avatar_name; give one of them",
    ),
    ({"safety_settings": [{"category": "HARM_CATEGORY_HARASSMENT"}]}, "safety_settings[0].threshold: is missing"),
    ({"tools": [{"function_declarations": [{}]}]}, "tools[0].function_declarations[0].name: is missing"),
    (
        {"system_instruction": {"parts": [{"text": "a", "inline_data": {}}]}},
        "system_instruction.parts[0].inline_data: goes into a part of its own; this one has text",
    ),
    (
        {"tools": [{"function_declarations": [{"name": "f"}]}, {"functionDeclarations": [{"name": "f"}]}]},
        "tools[1].function_declarations[0].name: 'f' is declared twice",
    ),
    (
        {"tools": [{"functionDeclarations": [{"name": f"f{number}"} for number in range(513)]}]},
        "tools: declare at most 512 functions, not 513",
    ),
]


@pytest.mark.parametrize(("value", "message"), TOGETHER, ids=[row[1].partition(":")[0] for row in TOGETHER])
def test_fields_that_do_not_go_together(value: Any, message: str) -> None:
    """Each is right by itself; the error names the one that is too many, or missing."""
    with pytest.raises(ConfigError) as caught:
        parse(Setup, value, "")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "value",
    [
        {"context_window_compression": {"trigger_tokens": 100, "sliding_window": {"target_tokens": 99}}},
        {"context_window_compression": {"sliding_window": {}}},
        {"proactivity": {"proactive_video": True, "proactive_audio": True}},
        {"input_audio_transcription": {"mode": "SMART", "source_text": "Once"}},
        {"tools": [{"function_declarations": [{"name": f"f{number}"} for number in range(512)]}]},
        {"tools": []},
        {"labels": {"a": "", "team-1_x": "b2", "ключ": "日本"}},
    ],
)
def test_what_goes_together(value: Any) -> None:
    """The bounds themselves, and pairs that belong to each other."""
    assert parse(Setup, value, "") is not None


@pytest.mark.parametrize("name", ["f", "_", "a.b:c-d_9", "F" * 128])
def test_names_of_functions(name: str) -> None:
    """A letter or _ first, at most 128 characters."""
    assert parse(FunctionDeclaration, {"name": name}, "").name == name


@pytest.mark.parametrize("name", ["", "9f", "-f", "f g", "f(", "é", "F" * 129, "f\n"])
def test_names_that_no_function_may_have(name: str) -> None:
    """The service refuses them, too."""
    with pytest.raises(ConfigError, match=r"^declaration\.name: must be a letter or _"):
        parse(FunctionDeclaration, {"name": name}, "declaration")


@pytest.mark.parametrize(
    ("labels", "path"),
    [
        ({"Team": "a"}, "labels.Team"),
        ({"1a": "a"}, "labels.1a"),
        ({"": "a"}, "labels."),
        ({"a b": "a"}, "labels.a b"),
        ({"a" * 64: "a"}, f"labels.{'a' * 63}"),
        ({"a": "B"}, "labels.a"),
        ({"a": "b" * 64}, "labels.a"),
        ({"a": "b.c"}, "labels.a"),
    ],
)
def test_labels_that_the_bill_does_not_take(labels: dict[str, str], path: str) -> None:
    """Lower case, digits, _ and -; 63 characters."""
    with pytest.raises(ConfigError) as caught:
        parse(Setup, {"labels": labels}, "")
    assert caught.value.path == path


def test_every_problem_is_in_one_error() -> None:
    """Unknown names, types, ranges, lists, maps and pairs, in the order in which they stand; each on its line."""
    with pytest.raises(ConfigError) as caught:
        parse(
            Setup,
            {
                "modle": "m",
                "generation_config": {"temprature": 1, "topP": 2, "response_modalities": ["AUDIO", "SMELL", 5]},
                "labels": {"a": 1, "b": "c", "d": None},
                "tools": [{"google_serch": {}}, 7, {"function_declarations": [{"name": "1"}, {"name": "f"}]}],
                "context_window_compression": {
                    "trigger_tokens": 1,
                    "sliding_window": {"target_tokens": 2},
                    "newer": 1,
                },
                "system_instruction": ["fine", {"txt": "wrong"}],
            },
            "",
        )
    error = caught.value
    assert [problem.path for problem in error.problems] == [
        "modle",
        "generation_config.temprature",
        "generation_config.topP",
        "generation_config.response_modalities[1]",
        "generation_config.response_modalities[2]",
        "labels.a",
        "labels.d",
        "tools[0].google_serch",
        "tools[1]",
        "tools[2].function_declarations[0].name",
        "context_window_compression.newer",
        "context_window_compression.sliding_window.target_tokens",
        "system_instruction.parts[1].txt",
    ]
    assert error.path == "modle"
    assert str(error) == "\n".join(str(problem) for problem in error.problems)
    assert all(problem.problems == (problem,) for problem in error.problems)


def test_values_tell_all_their_problems_too() -> None:
    """The same for attrs values as for mappings."""
    value = GenerationConfig(temperature=5, top_p="x", thinking_config=ThinkingConfig(thinking_budget=-9))  # type: ignore[arg-type]
    with pytest.raises(ConfigError) as caught:
        parse(GenerationConfig, value, "config")
    assert [problem.path for problem in caught.value.problems] == [
        "config.temperature",
        "config.top_p",
        "config.thinking_config.thinking_budget",
    ]


def test_a_wrong_value_hides_no_rule_and_breaks_none() -> None:
    """A rule about two fields holds its tongue when one of them is wrong by itself."""
    with pytest.raises(ConfigError) as caught:
        parse(
            Setup,
            {"context_window_compression": {"trigger_tokens": "x", "sliding_window": {"target_tokens": 2}}},
            "",
        )
    assert [problem.path for problem in caught.value.problems] == ["context_window_compression.trigger_tokens"]


def test_problems_of_several_options_are_collected() -> None:
    """One error for all of them; none for none."""
    collect([])
    collect(iter(()))
    one = ConfigError("wrong", path="a")
    with pytest.raises(ConfigError) as caught:
        collect([one])
    assert caught.value is one
    several = ConfigError.of([one, ConfigError("odd", path="b")])
    with pytest.raises(ConfigError) as caught:
        collect([several, ConfigError("bad")])
    assert str(caught.value) == "a: wrong\nb: odd\nbad"
    assert [problem.path for problem in caught.value.problems] == ["a", "b", ""]


def test_a_value_without_end_is_an_error() -> None:
    """However often it contains itself."""
    schema: dict[str, Any] = {"type": "object"}
    schema["properties"] = {"a": schema, "b": schema, "c": schema}
    with pytest.raises(ConfigError, match="contains itself"):
        parse(Tool, {"function_declarations": [{"name": "f", "parameters": schema}]}, "tool")


SHORT: list[tuple[Any, Any]] = [
    ({"system_instruction": "be brief"}, {"systemInstruction": {"parts": [{"text": "be brief"}], "role": "user"}}),
    (
        {"system_instruction": Part(text="be brief")},
        {"systemInstruction": {"parts": [{"text": "be brief"}], "role": "user"}},
    ),
    (
        {"system_instruction": Content(parts=(Part(text="be brief"),))},
        {"systemInstruction": {"parts": [{"text": "be brief"}]}},
    ),
    (
        {"system_instruction": ["be brief", {"text": "be kind"}]},
        {"systemInstruction": {"parts": [{"text": "be brief"}, {"text": "be kind"}], "role": "user"}},
    ),
    (
        {"generation_config": {"speech_config": "Kore"}},
        {"generationConfig": {"speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}}}},
    ),
    (
        {"generation_config": {"speech_config": {"voice_config": "Kore"}}},
        {"generationConfig": {"speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}}}},
    ),
    ({"tools": [Tool(google_search={})]}, {"tools": [{"googleSearch": {}}]}),  # type: ignore[arg-type]
    ({"tools": [{"googleSearch": {}}, {"google_maps": {}}]}, {"tools": [{"googleSearch": {}}, {"googleMaps": {}}]}),
    ({"tools": [FunctionDeclaration(name="f")]}, {"tools": [{"functionDeclarations": [{"name": "f"}]}]}),
    ({"tools": [{"name": "f"}]}, {"tools": [{"functionDeclarations": [{"name": "f"}]}]}),
    (
        {"tools": [[FunctionDeclaration(name="f"), {"name": "g"}]]},
        {"tools": [{"functionDeclarations": [{"name": "f"}, {"name": "g"}]}]},
    ),
    (
        {"generation_config": {"modelSelectionConfig": {"featureSelectionPreference": "balanced"}}},
        {"generationConfig": {"modelConfig": {"featureSelectionPreference": "BALANCED"}}},
    ),
    (
        {"generation_config": {"speech_config": {"voice_config": {"replicated_voice_config": {"voice_consent_signature": "s"}}}}},
        {"generationConfig": {"speechConfig": {"voiceConfig": {"replicatedVoiceConfig": {"voiceConsentSignature": {"signature": "s"}}}}}},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("value", "written"), SHORT, ids=[str(number) for number in range(len(SHORT))])
def test_short_forms(value: Any, written: Any) -> None:
    """What is handy to write becomes what the API reads."""
    setup = parse(Setup, value, "")
    assert encode(setup) == written
    assert parse(Setup, setup, "") == setup


@pytest.mark.parametrize(
    ("tool", "path"),
    [
        ({"name": "9"}, "tools[0].name"),
        ([{"name": "9"}], "tools[0][0].name"),
        (FunctionDeclaration(name="9"), "tools[0].name"),
        ("google_search", "tools[0]"),
        ({"name": "f", "google_search": {}}, "tools[0].name"),
    ],
)
def test_short_forms_are_blamed_where_they_stand(tool: Any, path: str) -> None:
    """The path is the one that the program wrote."""
    with pytest.raises(ConfigError) as caught:
        parse(Setup, {"tools": [tool]}, "")
    assert caught.value.path == path


def test_moments_are_text_or_datetimes() -> None:
    """RFC 3339, and a datetime must know its zone."""
    zone = datetime.timezone(datetime.timedelta(hours=2))
    moment = datetime.datetime(2026, 1, 31, 12, tzinfo=zone)
    filters = {"start_time": moment, "end_time": "2026-02-01T00:00:00.5+01:00"}
    assert encode(parse(Tool, {"google_search": {"time_range_filter": filters}}, "")) == {
        "googleSearch": {
            "timeRangeFilter": {"startTime": "2026-01-31T10:00:00Z", "endTime": "2026-02-01T00:00:00.5+01:00"}
        }
    }
    for wrong in ("yesterday", "2026-01-31", "2026-13-01T00:00:00Z", datetime.datetime(2026, 1, 31), 5):  # noqa: DTZ001
        with pytest.raises(ConfigError) as caught:
            parse(Tool, {"google_search": {"time_range_filter": {"start_time": wrong}}}, "")
        assert caught.value.path == "google_search.time_range_filter.start_time"


def test_durations_of_tool_servers_are_milliseconds() -> None:
    """Or text, under the API's own name in either spelling; header names are user data."""
    transport = {"url": "https://x", "headers": {"X-Team_Name": "a"}, "timeout": "30s", "sse_read_timeout": "1.5s"}
    tool = parse(Tool, {"mcp_servers": [{"name": "x", "streamable_http_transport": transport}]}, "")
    assert tool.mcp_servers is not None
    found = tool.mcp_servers[0].streamable_http_transport
    assert found is not None
    assert (found.timeout_ms, found.sse_read_timeout_ms) == (30_000, 1_500)
    assert "X-Team" not in repr(tool)
    assert encode(found) == {
        "url": "https://x",
        "headers": {"X-Team_Name": "a"},
        "timeout": "30s",
        "sseReadTimeout": "1.500s",
    }


def test_an_avatar_is_shown_by_its_size() -> None:
    """Pictures stay out of a repr."""
    avatar = parse(AvatarConfig, {"customized_avatar": {"image_mime_type": "image/png", "image_data": b"SECRET"}}, "")
    assert "<6 bytes>" in repr(avatar)
    assert "SECRET" not in repr(avatar)
