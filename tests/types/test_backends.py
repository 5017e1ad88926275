"""Fields that one backend lacks: data on the field, refused on the other backend with what to do."""

from __future__ import annotations

from typing import Any

import pytest

from gemini_live.exceptions import ConfigError
from gemini_live.types import ClientMessage, ContextUpdate, Setup, ToolResponse, parse, wrong_backend
from gemini_live.types._wire import WireValue

VOICE = "generation_config.speech_config.voice_config.replicated_voice_config"
PART = "client_content.turns[0].parts[0]"
PARAMETERS = "tools[0].function_declarations[0].parameters"


def part(value: dict[str, Any]) -> dict[str, Any]:
    """Return a client message with one part."""
    return {"client_content": {"turns": [{"parts": [value]}]}}


def voice(value: dict[str, Any]) -> dict[str, Any]:
    """Return a setup with a copied voice."""
    return {"generation_config": {"speech_config": {"voice_config": {"replicated_voice_config": value}}}}


def tool(value: dict[str, Any]) -> dict[str, Any]:
    """Return a setup with one tool."""
    return {"tools": [value]}


def schema(value: dict[str, Any]) -> dict[str, Any]:
    """Return a setup with a function whose argument ``a_b`` has this schema."""
    return tool({"function_declarations": [{"name": "f", "parameters": {"properties": {"a_b": value}}}]})


ONLY: list[tuple[str, type[WireValue], dict[str, Any], str]] = [
    ("vertex_ai", Setup, {"session_resumption": {"transparent": True}}, "session_resumption.transparent"),
    ("vertex_ai", Setup, {"session_resumption": {"transparent": False}}, "session_resumption.transparent"),
    ("vertex_ai", Setup, {"explicit_vad_signal": True}, "explicit_vad_signal"),
    (
        "vertex_ai",
        Setup,
        {"safety_settings": [{"category": "HARM_CATEGORY_JAILBREAK", "threshold": "OFF", "method": "SEVERITY"}]},
        "safety_settings[0].method",
    ),
    (
        "vertex_ai",
        Setup,
        {"generation_config": {"model_selection_config": {}}},
        "generation_config.model_selection_config",
    ),
    (
        "gemini",
        Setup,
        {"generation_config": {"enable_enhanced_civic_answers": True}},
        "generation_config.enable_enhanced_civic_answers",
    ),
    ("gemini", Setup, voice({"consent_audio": b"x"}), f"{VOICE}.consent_audio"),
    ("gemini", Setup, voice({"voice_consent_signature": {}}), f"{VOICE}.voice_consent_signature"),
    ("gemini", Setup, tool({"file_search": {}}), "tools[0].file_search"),
    ("gemini", Setup, tool({"mcp_servers": [{"name": "x"}]}), "tools[0].mcp_servers"),
    (
        "gemini",
        Setup,
        tool({"google_search": {"time_range_filter": {}}}),
        "tools[0].google_search.time_range_filter",
    ),
    (
        "vertex_ai",
        Setup,
        tool({"google_search": {"blocking_confidence": "BLOCK_ONLY_EXTREMELY_HIGH"}}),
        "tools[0].google_search.blocking_confidence",
    ),
    (
        "vertex_ai",
        Setup,
        tool({"google_search": {"exclude_domains": ["x.org"]}}),
        "tools[0].google_search.exclude_domains",
    ),
    ("vertex_ai", Setup, tool({"google_maps": {"grounding_types": {}}}), "tools[0].google_maps.grounding_types"),
    (
        "vertex_ai",
        Setup,
        tool({"google_maps": {"auth_config": {"auth_type": "NO_AUTH"}}}),
        "tools[0].google_maps.auth_config.auth_type",
    ),
    ("vertex_ai", Setup, tool({"retrieval": {}}), "tools[0].retrieval"),
    ("vertex_ai", Setup, tool({"enterprise_web_search": {}}), "tools[0].enterprise_web_search"),
    ("vertex_ai", Setup, tool({"parallel_ai_search": {}}), "tools[0].parallel_ai_search"),
    ("vertex_ai", Setup, tool({"exa_ai_search": {}}), "tools[0].exa_ai_search"),
    (
        "vertex_ai",
        Setup,
        schema({"type": "OBJECT", "additional_properties": {"type": "STRING"}}),
        f"{PARAMETERS}.properties.a_b.additional_properties",
    ),
    ("vertex_ai", ContextUpdate, {"tools": [{"retrieval": {}}]}, "tools.tools[0].retrieval"),
    ("gemini", ClientMessage, part({"part_metadata": {"a": 1}}), f"{PART}.part_metadata"),
    ("gemini", ClientMessage, part({"tool_call": {"id": "1"}}), f"{PART}.tool_call"),
    ("gemini", ClientMessage, part({"tool_response": {"id": "1"}}), f"{PART}.tool_response"),
    (
        "gemini",
        ClientMessage,
        part({"function_response": {"name": "f", "parts": [{"media_processing": "STATIC"}]}}),
        f"{PART}.function_response.parts[0].media_processing",
    ),
    (
        "vertex_ai",
        ClientMessage,
        part({"function_call": {"name": "f", "partial_args": []}}),
        f"{PART}.function_call.partial_args",
    ),
    (
        "vertex_ai",
        ClientMessage,
        part({"function_call": {"name": "f", "will_continue": True}}),
        f"{PART}.function_call.will_continue",
    ),
    (
        "gemini",
        ToolResponse,
        {"function_responses": [{"name": "f", "will_continue": True}]},
        "function_responses[0].will_continue",
    ),
]
HOME = {"gemini": "the Gemini API", "vertex_ai": "Vertex AI"}


@pytest.mark.parametrize(("home", "cls", "value", "path"), ONLY, ids=[f"{row[0]}-{row[3]}" for row in ONLY])
def test_a_field_is_refused_where_it_is_not(home: str, cls: type[WireValue], value: Any, path: str) -> None:
    """On the one backend it passes, on the other it is an error that says what to do."""
    parsed = parse(cls, value, "")
    other = "gemini" if home == "vertex_ai" else "vertex_ai"
    assert wrong_backend(parsed, home) == []
    (problem,) = wrong_backend(parsed, other)
    assert isinstance(problem, ConfigError)
    assert problem.path == path
    assert str(problem) == f'{path}: is for {HOME[home]} only; leave it out, or use auth="{home}"'
    assert [found.path for found in wrong_backend(parsed, other, "here")] == [f"here.{path}"]


def test_several_fields_are_all_named() -> None:
    """In the order of the fields."""
    setup = parse(
        Setup,
        {"explicit_vad_signal": True, "session_resumption": {"transparent": True}, "tools": [{"file_search": {}}]},
        "",
    )
    assert [problem.path for problem in wrong_backend(setup, "gemini")] == [
        "session_resumption.transparent",
        "explicit_vad_signal",
    ]
    assert [problem.path for problem in wrong_backend(setup, "vertex_ai")] == ["tools[0].file_search"]


def test_what_both_have_is_never_refused() -> None:
    """Labels, avatars and translation among them."""
    setup = parse(
        Setup,
        {
            "labels": {"a": "b"},
            "avatar_config": {"avatar_name": "x"},
            "generation_config": {
                "translation_config": {"target_language_code": "de"},
                "enable_affective_dialog": True,
            },
            "history_config": {"initial_history_in_client_content": True},
            "tools": [{"google_search": {}}, {"code_execution": {}}, {"url_context": {}}, {"name": "f"}],
            "session_resumption": {"handle": "h"},
        },
        "",
    )
    assert wrong_backend(setup, "gemini") == wrong_backend(setup, "vertex_ai") == []
