"""The configurations that both clients are given, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

BOTH = ("gemini", "vertex_ai")
GEMINI = ("gemini",)
VERTEX = ("vertex_ai",)

SAMPLE = bytes(range(240, 256)) + b"\xfb\xef\xbe\xff"
"""Bytes whose base64 differs in the two alphabets and needs padding."""


@attrs.frozen(kw_only=True)
class Configuration:
    """One configuration for both clients.

    Attributes:
        name: what it is about.
        google: a ``LiveConnectConfig``.
        ours: the same as options of ``start_link``.
        backends: where it is for.
        expected: the setup without its model, where google-genai's is not what this library shall send.
        reason: why not.
    """

    name: str
    google: Mapping[str, Any]
    ours: Mapping[str, Any]
    backends: tuple[str, ...] = BOTH
    expected: Mapping[str, Any] | None = None
    reason: str = ""


def same(name: str, backends: tuple[str, ...] = BOTH, **options: Any) -> Configuration:
    """Give both clients the same options of the setup."""
    return Configuration(name=name, google=options, ours=options, backends=backends)


def generation(name: str, backends: tuple[str, ...] = BOTH, **fields: Any) -> Configuration:
    """Give both clients the same fields of the generation config, which are flat options at Google's."""
    return Configuration(name=name, google=fields, ours={"generation_config": fields}, backends=backends)


def nested(name: str, backends: tuple[str, ...] = BOTH, **fields: Any) -> Configuration:
    """Do the same with fields that Google's client takes in a nested ``generation_config`` only."""
    options = {"generation_config": fields}
    return Configuration(name=name, google=options, ours=options, backends=backends)


def tool(name: str, backends: tuple[str, ...] = BOTH, **fields: Any) -> Configuration:
    """Give both clients one tool."""
    return same(f"tool: {name}", backends, tools=[fields])


def function(name: str, **fields: Any) -> Configuration:
    """Give both clients one function declaration."""
    return tool(f"function {name}", function_declarations=[{"name": "look_up", **fields}])


def converted(name: str, given: Mapping[str, Any], sent: Mapping[str, Any], reason: str) -> Configuration:
    """Give both clients one function declaration that this library writes in other words."""
    options = {"tools": [{"function_declarations": [{"name": "look_up", **given}]}]}
    return Configuration(
        name=f"tool: function with {name}",
        google=options,
        ours=options,
        expected={"tools": [{"functionDeclarations": [{"name": "look_up", **sent}]}]},
        reason=reason,
    )


def detection(name: str, **fields: Any) -> Configuration:
    """Give both clients one setting of the automatic activity detection."""
    return same(f"detection: {name}", realtime_input_config={"automatic_activity_detection": fields})


def heard(name: str, **fields: Any) -> Configuration:
    """Give both clients one setting of the transcription, in both directions."""
    return same(f"transcription: {name}", input_audio_transcription=fields, output_audio_transcription=fields)


INSTRUCTIONS = [
    same("instruction: text", system_instruction="Be brief."),
    same("instruction: beyond ASCII", system_instruction='Sei höflich. „日本語“ 😀 "\\ \n\t </script> \u2028'),
    same("instruction: part", system_instruction={"text": "Be brief."}),
    same("instruction: content", system_instruction={"role": "user", "parts": [{"text": "Be"}, {"text": "brief."}]}),
    same("instruction: content without a role", system_instruction={"parts": [{"text": "Be brief."}]}),
    same("instruction: content of another role", system_instruction={"role": "system", "parts": [{"text": "Be"}]}),
    same("instruction: texts", system_instruction=["Be brief.", "Be kind."]),
    same("instruction: parts", system_instruction=[{"text": "Be brief."}, {"text": "Be kind."}]),
    same("instruction: texts and parts", system_instruction=["Be brief.", {"text": "Be kind."}]),
]

GENERATION = [
    generation("modalities: audio", response_modalities=["AUDIO"]),
    generation("modalities: text", response_modalities=["TEXT"]),
    generation("modalities: image", response_modalities=["IMAGE"]),
    generation("modalities: video", response_modalities=["VIDEO"]),
    generation("modalities: two", response_modalities=["TEXT", "AUDIO"]),
    generation("temperature", temperature=0.7),
    generation("temperature: none at all", temperature=0),
    generation("temperature: highest", temperature=2.0),
    generation("top_p", top_p=0.95),
    generation("top_k", top_k=40),
    generation("max_output_tokens", max_output_tokens=256),
    generation("seed", seed=7),
    generation("seed: 0", seed=0),
    *[
        generation(f"media resolution: {level.lower()}", media_resolution=f"MEDIA_RESOLUTION_{level}")
        for level in ("LOW", "MEDIUM", "HIGH", "UNSPECIFIED")
    ],
    nested("candidate_count", candidate_count=1),
    nested("penalties", presence_penalty=0.5, frequency_penalty=-0.5),
    nested("audio_transcription_config", audio_transcription_config={"diarization": True, "language_codes": ["de-DE"]}),
    nested("civic answers", GEMINI, enable_enhanced_civic_answers=True),
    nested("model selection", VERTEX, model_selection_config={"feature_selection_preference": "PRIORITIZE_QUALITY"}),
    nested("an empty generation config", GEMINI),
    Configuration(
        name="affective dialog as an option",
        google={"enable_affective_dialog": True},
        ours={"enable_affective_dialog": True},
    ),
    generation("affective dialog", enable_affective_dialog=True),
    generation("affective dialog: off", enable_affective_dialog=False),
    same(
        "translation as an option",
        translation_config={"target_language_code": "es", "echo_target_language": True},
    ),
    generation("translation", translation_config={"target_language_code": "pt-BR"}),
    generation(
        "translation: no echo", translation_config={"target_language_code": "fr", "echo_target_language": False}
    ),
    Configuration(
        name="options beside a generation config",
        google={
            "temperature": 0.5,
            "enable_affective_dialog": True,
            "translation_config": {"target_language_code": "es"},
        },
        ours={
            "generation_config": {"temperature": 0.5},
            "enable_affective_dialog": True,
            "translation_config": {"target_language_code": "es"},
        },
    ),
]

THINKING = [
    *[
        generation(f"thinking: budget {budget}", thinking_config={"thinking_budget": budget})
        for budget in (0, -1, 1024)
    ],
    *[
        generation(f"thinking: level {level.lower()}", thinking_config={"thinking_level": level})
        for level in ("MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH")
    ],
    generation("thinking: thoughts shown", thinking_config={"include_thoughts": True, "thinking_level": "LOW"}),
    generation("thinking: thoughts hidden", thinking_config={"include_thoughts": False}),
    generation("thinking: nothing said", thinking_config={}),
]


def voice(name: str, backends: tuple[str, ...] = BOTH, **fields: Any) -> Configuration:
    """Give both clients one voice."""
    return generation(f"voice: {name}", backends, speech_config={"voice_config": fields})


SPEECH = [
    voice("by name", prebuilt_voice_config={"voice_name": "Kore"}),
    voice("speaker", voice="speaker-1"),
    voice("replicated", replicated_voice_config={"mime_type": "audio/wav", "voice_sample_audio": SAMPLE}),
    voice(
        "replicated with consent",
        GEMINI,
        replicated_voice_config={"mime_type": "audio/wav", "voice_sample_audio": SAMPLE, "consent_audio": SAMPLE[3:]},
    ),
    voice(
        "replicated with a signature",
        GEMINI,
        replicated_voice_config={"voice_sample_audio": SAMPLE, "voice_consent_signature": {"signature": "a_b-c=="}},
    ),
    generation("voice: language", speech_config={"language_code": "en-US"}),
    generation(
        "voice: name and language",
        speech_config={"language_code": "de-DE", "voice_config": {"prebuilt_voice_config": {"voice_name": "Puck"}}},
    ),
    Configuration(
        name="voice: name alone",
        google={"speech_config": {"voice_config": {"prebuilt_voice_config": {"voice_name": "Kore"}}}},
        ours={"generation_config": {"speech_config": "Kore"}},
    ),
]

REALTIME = [
    same("realtime input: nothing said", realtime_input_config={}),
    detection("nothing said"),
    detection("disabled", disabled=True),
    detection("enabled", disabled=False),
    *[
        detection(f"start {level.lower()}", start_of_speech_sensitivity=f"START_SENSITIVITY_{level}")
        for level in ("HIGH", "LOW", "UNSPECIFIED")
    ],
    *[
        detection(f"end {level.lower()}", end_of_speech_sensitivity=f"END_SENSITIVITY_{level}")
        for level in ("HIGH", "LOW", "UNSPECIFIED")
    ],
    detection("padding", prefix_padding_ms=20),
    detection("silence", silence_duration_ms=800),
    detection("no padding, no silence", prefix_padding_ms=0, silence_duration_ms=0),
    *[
        same(f"activity handling: {handling.lower()}", realtime_input_config={"activity_handling": handling})
        for handling in ("START_OF_ACTIVITY_INTERRUPTS", "NO_INTERRUPTION", "ACTIVITY_HANDLING_UNSPECIFIED")
    ],
    *[
        same(f"turn coverage: {coverage.lower()}", realtime_input_config={"turn_coverage": coverage})
        for coverage in (
            "TURN_INCLUDES_ONLY_ACTIVITY",
            "TURN_INCLUDES_ALL_INPUT",
            "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO",
            "TURN_COVERAGE_UNSPECIFIED",
        )
    ],
    same("interim timestamps", realtime_input_config={"interim_transcript_timestamp_enabled": True}),
    same(
        "realtime input: everything",
        realtime_input_config={
            "automatic_activity_detection": {
                "disabled": False,
                "start_of_speech_sensitivity": "START_SENSITIVITY_LOW",
                "end_of_speech_sensitivity": "END_SENSITIVITY_HIGH",
                "prefix_padding_ms": 300,
                "silence_duration_ms": 500,
            },
            "activity_handling": "NO_INTERRUPTION",
            "turn_coverage": "TURN_INCLUDES_ALL_INPUT",
            "interim_transcript_timestamp_enabled": False,
        },
    ),
]

SETUP = [
    Configuration(name="nothing at all", google={}, ours={}),
    same("resumption: handles asked for", session_resumption={}),
    same("resumption: handle", session_resumption={"handle": "handle-1"}),
    same("resumption: transparent", VERTEX, session_resumption={"transparent": True}),
    same("resumption: not transparent", VERTEX, session_resumption={"transparent": False}),
    same("resumption: transparent with a handle", VERTEX, session_resumption={"handle": "h", "transparent": True}),
    Configuration(
        name="resumption: handle as an option",
        google={"session_resumption": {"handle": "handle-1"}},
        ours={"resume_handle": "handle-1"},
    ),
    Configuration(
        name="resumption: asked for by default",
        google={"session_resumption": {}},
        ours={"reconnect": None},
    ),
    same("compression: nothing said", context_window_compression={}),
    same("compression: window", context_window_compression={"sliding_window": {}}),
    same("compression: trigger", context_window_compression={"trigger_tokens": 25_600}),
    same(
        "compression: trigger and target",
        context_window_compression={"trigger_tokens": 104_857, "sliding_window": {"target_tokens": 52_428}},
    ),
    same("transcription: input", input_audio_transcription={}),
    same("transcription: output", output_audio_transcription={}),
    heard("both"),
    heard("languages", language_codes=["en-US", "de-DE"]),
    heard("vocabulary", custom_vocabulary=["Gemini", "straße"]),
    heard("timestamps", word_timestamp=True),
    heard("speakers", diarization=True),
    heard("no speakers, no timestamps", diarization=False, word_timestamp=False),
    heard("verbatim", mode="VERBATIM"),
    heard("smart", mode="SMART", source_text="A text that is read aloud."),
    heard("automatic language", language_auto={}),
    heard("language hints", language_hints={"language_codes": ["en-US"]}),
    heard("phrases", adaptation_phrases=["Gemini"]),
    same("proactivity: nothing said", proactivity={}),
    same("proactivity: audio", proactivity={"proactive_audio": True}),
    same("proactivity: no audio", proactivity={"proactive_audio": False}),
    same("proactivity: video", proactivity={"proactive_audio": True, "proactive_video": True}),
    same("explicit VAD signal", VERTEX, explicit_vad_signal=True),
    same("no explicit VAD signal", VERTEX, explicit_vad_signal=False),
    same("history: nothing said", history_config={}),
    same("history: first", history_config={"initial_history_in_client_content": True}),
    same("history: none", history_config={"initial_history_in_client_content": False}),
    same("avatar: name", avatar_config={"avatar_name": "avatar_1"}),
    same(
        "avatar: own",
        avatar_config={"customized_avatar": {"image_mime_type": "image/png", "image_data": SAMPLE}},
    ),
    same(
        "avatar: rates", avatar_config={"avatar_name": "a", "audio_bitrate_bps": 64_000, "video_bitrate_bps": 2_000_000}
    ),
    *[
        same(
            f"safety: {category.lower()}",
            safety_settings=[{"category": f"HARM_CATEGORY_{category}", "threshold": threshold}],
        )
        for category, threshold in (
            ("HARASSMENT", "BLOCK_NONE"),
            ("HATE_SPEECH", "BLOCK_LOW_AND_ABOVE"),
            ("SEXUALLY_EXPLICIT", "BLOCK_MEDIUM_AND_ABOVE"),
            ("DANGEROUS_CONTENT", "BLOCK_ONLY_HIGH"),
            ("CIVIC_INTEGRITY", "OFF"),
            ("JAILBREAK", "HARM_BLOCK_THRESHOLD_UNSPECIFIED"),
        )
    ],
    same(
        "safety: several",
        safety_settings=[
            {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"},
            {"category": "HARM_CATEGORY_HATE_SPEECH", "threshold": "OFF"},
        ],
    ),
    *[
        same(
            f"safety: by {method.lower()}",
            VERTEX,
            safety_settings=[
                {"category": "HARM_CATEGORY_HARASSMENT", "method": method, "threshold": "BLOCK_ONLY_HIGH"}
            ],
        )
        for method in ("SEVERITY", "PROBABILITY")
    ],
    same("labels", labels={"team_name": "voice", "env": "test-1"}),
]

SCHEMA = {
    "type": "object",
    "description": "Where and when.",
    "required": ["city_name"],
    "property_ordering": ["city_name", "day_count", "units"],
    "properties": {
        "city_name": {"type": "string", "min_length": 1, "max_length": 80, "pattern": "^[A-Z]", "example": "Oslo"},
        "day_count": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 7, "default": 1},
        "units": {"type": "string", "enum": ["metric", "imperial_us"], "title": "Units", "nullable": True},
        "wanted_fields": {"type": "array", "items": {"type": "string"}, "min_items": 1, "max_items": 3},
        "either": {"any_of": [{"type": "number"}, {"type": "boolean"}]},
        "place": {
            "type": "object",
            "min_properties": 1,
            "max_properties": 2,
            "properties": {"at_lat": {"type": "NUMBER"}},
        },
    },
}
"""A schema that has nearly every field; its properties' names look like fields' and are none."""

FUNCTIONS = [
    function("by name"),
    function("with a description", description="Looks things up."),
    *[
        function(f"behaviour {behavior.lower()}", behavior=behavior)
        for behavior in ("BLOCKING", "NON_BLOCKING", "UNSPECIFIED")
    ],
    function("with parameters", parameters=SCHEMA),
    function("with an answer", response={"type": "object", "properties": {"the_answer": {"type": "string"}}}),
    function(
        "with field names for properties",
        parameters={
            "type": "OBJECT",
            "properties": {
                "max_items": {"type": "STRING"},
                "any_of": {"type": "STRING"},
                "response": {"type": "STRING"},
            },
        },
    ),
    tool(
        "several functions",
        function_declarations=[{"name": "a_b"}, {"name": "c.d-e:f", "description": "x"}, {"name": "_g"}],
    ),
    converted(
        "a JSON Schema",
        {
            "parameters_json_schema": {
                "type": "object",
                "properties": {"city_name": {"type": "string"}, "n": {"type": "integer"}},
                "required": ["city_name"],
            }
        },
        {
            "parameters": {
                "type": "OBJECT",
                "properties": {"city_name": {"type": "STRING"}, "n": {"type": "INTEGER"}},
                "required": ["city_name"],
            }
        },
        "a live session reads `parameters` alone; google-genai hands a JSON Schema through, this library converts it",
    ),
    converted(
        "an answer as JSON Schema",
        {"response_json_schema": {"type": "array", "items": {"type": "string", "maxLength": 3}}},
        {"response": {"type": "ARRAY", "items": {"type": "STRING", "maxLength": 3}}},
        "the same for answers",
    ),
    converted(
        "null among alternatives",
        {"parameters": {"type": "OBJECT", "properties": {"n": {"any_of": [{"type": "INTEGER"}, {"type": "NULL"}]}}}},
        {"parameters": {"type": "OBJECT", "properties": {"n": {"type": "INTEGER", "nullable": True}}}},
        "the API's own word for it is `nullable`; google-genai hands a NULL type through",
    ),
    converted(
        "a schema by reference",
        {
            "parameters": {
                "type": "OBJECT",
                "properties": {"home": {"ref": "place"}},
                "defs": {"place": {"type": "OBJECT", "properties": {"at_lat": {"type": "NUMBER"}}}},
            }
        },
        {
            "parameters": {
                "type": "OBJECT",
                "properties": {"home": {"type": "OBJECT", "properties": {"at_lat": {"type": "NUMBER"}}}},
            }
        },
        "the Gemini API has no references; this library puts the schema in the reference's place on both backends",
    ),
    tool(
        "function with more properties",
        VERTEX,
        function_declarations=[
            {
                "name": "f",
                "parameters": {"type": "OBJECT", "additional_properties": {"type": "STRING", "max_length": 3}},
            }
        ],
    ),
]

TOOLS = [
    tool("search", google_search={}),
    tool("search of both kinds", google_search={"search_types": {"web_search": {}, "image_search": {}}}),
    tool(
        "search in a time",
        GEMINI,
        google_search={
            "time_range_filter": {"start_time": "2026-01-01T00:00:00Z", "end_time": "2026-02-01T12:30:00Z"},
        },
    ),
    tool(
        "search without some domains",
        VERTEX,
        google_search={"exclude_domains": ["example.com"], "blocking_confidence": "BLOCK_HIGH_AND_ABOVE"},
    ),
    tool("old search", google_search_retrieval={}),
    tool(
        "old search, dynamic",
        google_search_retrieval={"dynamic_retrieval_config": {"mode": "MODE_DYNAMIC", "dynamic_threshold": 0.5}},
    ),
    tool("code", code_execution={}),
    tool("URLs", url_context={}),
    tool("maps", google_maps={}),
    tool("maps with a widget", google_maps={"enable_widget": True}),
    tool("maps with a key", google_maps={"auth_config": {"api_key": "key-1"}}),
    tool("maps of two kinds", VERTEX, google_maps={"grounding_types": {"places": {}, "routing": {}}}),
    tool("files", GEMINI, file_search={"file_search_store_names": ["stores/1"], "top_k": 3, "metadata_filter": "a=1"}),
    tool(
        "MCP servers",
        GEMINI,
        mcp_servers=[
            {
                "name": "server_1",
                "streamable_http_transport": {
                    "url": "https://example.com/mcp",
                    "headers": {"x_team_name": "a"},
                    "timeout": "5s",
                    "sse_read_timeout": "60s",
                    "terminate_on_close": False,
                },
            }
        ],
    ),
    tool(
        "computer",
        computer_use={"environment": "ENVIRONMENT_BROWSER", "excluded_predefined_functions": ["drag_and_drop"]},
    ),
    tool(
        "computer with safety",
        computer_use={
            "environment": "ENVIRONMENT_DESKTOP",
            "enable_prompt_injection_detection": True,
            "disabled_safety_policies": ["FINANCIAL_TRANSACTIONS"],
        },
    ),
    tool("enterprise search", VERTEX, enterprise_web_search={}),
    tool(
        "enterprise search without some domains",
        VERTEX,
        enterprise_web_search={"exclude_domains": ["example.com"], "blocking_confidence": "BLOCK_LOW_AND_ABOVE"},
    ),
    tool(
        "search of a data store",
        VERTEX,
        retrieval={
            "disable_attribution": True,
            "vertex_ai_search": {"datastore": "projects/p/d", "max_results": 3, "filter": "a: b"},
        },
    ),
    tool(
        "search of several data stores",
        VERTEX,
        retrieval={"vertex_ai_search": {"engine": "e", "data_store_specs": [{"data_store": "d", "filter": "f"}]}},
    ),
    tool(
        "corpora",
        VERTEX,
        retrieval={
            "vertex_rag_store": {
                "rag_resources": [{"rag_corpus": "c", "rag_file_ids": ["f_1"]}],
                "rag_retrieval_config": {
                    "top_k": 5,
                    "filter": {"metadata_filter": "m", "vector_distance_threshold": 0.5},
                    "hybrid_search": {"alpha": 0.25},
                    "ranking": {"rank_service": {"model_name": "r"}},
                },
                "store_context": True,
            }
        },
    ),
    tool(
        "an API",
        VERTEX,
        retrieval={
            "external_api": {
                "api_spec": "ELASTIC_SEARCH",
                "endpoint": "https://example.com",
                "api_auth": {"api_key_config": {"api_key_secret_version": "projects/p/secrets/s/versions/1"}},
                "elastic_search_params": {"index": "i", "num_hits": 3, "search_template": "t"},
            }
        },
    ),
    tool(
        "corpora as they were said once",
        VERTEX,
        retrieval={
            "vertex_rag_store": {
                "rag_corpora": ["c"],
                "similarity_top_k": 3,
                "vector_distance_threshold": 0.5,
                "rag_retrieval_config": {
                    "filter": {"vector_similarity_threshold": 0.75},
                    "ranking": {"llm_ranker": {"model_name": "r"}},
                },
            }
        },
    ),
    tool(
        "a simple API",
        VERTEX,
        retrieval={
            "external_api": {
                "api_spec": "SIMPLE_SEARCH",
                "api_auth": {"api_key_config": {"api_key_string": "key-1"}},
                "auth_config": {"auth_type": "NO_AUTH"},
                "simple_search_params": {},
            }
        },
    ),
    *[
        tool(f"maps, {auth_type.lower()}", VERTEX, google_maps={"auth_config": {"auth_type": auth_type, **fields}})
        for auth_type, fields in (
            (
                "API_KEY_AUTH",
                {
                    "api_key_config": {
                        "api_key_secret": "projects/p/secrets/s/versions/1",
                        "api_key_string": "key-1",
                        "http_element_location": "HTTP_IN_HEADER",
                        "name": "x_api_key",
                    }
                },
            ),
            ("HTTP_BASIC_AUTH", {"http_basic_auth_config": {"credential_secret": "s"}}),
            ("GOOGLE_SERVICE_ACCOUNT_AUTH", {"google_service_account_config": {"service_account": "a@b"}}),
            ("OAUTH", {"oauth_config": {"access_token": "t", "service_account": "a@b"}}),
            ("OIDC_AUTH", {"oidc_config": {"id_token": "t", "service_account": "a@b"}}),
        )
    ],
    *[
        tool(f"parallel search, {flag}", VERTEX, parallel_ai_search={"api_key": "k", flag: True})
        for flag in ("enable_data_retention", "enable_zero_data_retention")
    ],
    tool("parallel search", VERTEX, parallel_ai_search={"api_key": "key-1", "custom_configs": {"max_results": 3}}),
    tool("exa search", VERTEX, exa_ai_search={"api_key": "key-1", "custom_configs": {"num_results": 3}}),
    same(
        "tools: three in one",
        tools=[{"google_search": {}, "code_execution": {}, "url_context": {}}],
    ),
    same(
        "tools: three in a row",
        tools=[{"google_search": {}}, {"code_execution": {}}, {"function_declarations": [{"name": "look_up"}]}],
    ),
    Configuration(
        name="tools: functions between others",
        google={
            "tools": [
                {"function_declarations": [{"name": "a"}]},
                {"google_search": {}},
                {"function_declarations": [{"name": "b"}]},
            ]
        },
        ours={
            "tools": [
                {"function_declarations": [{"name": "a"}]},
                {"google_search": {}},
                {"function_declarations": [{"name": "b"}]},
            ]
        },
        expected={
            "tools": [
                {"functionDeclarations": [{"name": "a"}]},
                {"googleSearch": {}},
                {"functionDeclarations": [{"name": "b"}]},
            ]
        },
        reason="google-genai collects all functions in one tool at the end; this library sends the tools as they are given",
    ),
    Configuration(
        name="tools: none",
        google={"tools": []},
        ours={"tools": []},
        expected={"tools": []},
        reason="what is empty is a value here and is sent; google-genai leaves the list out, which means the same",
    ),
]

FULL = {
    "system_instruction": "Be brief.",
    "tools": [{"google_search": {}}, {"function_declarations": [{"name": "look_up", "parameters": SCHEMA}]}],
    "session_resumption": {},
    "context_window_compression": {"trigger_tokens": 25_600, "sliding_window": {"target_tokens": 12_800}},
    "input_audio_transcription": {"language_codes": ["en-US"]},
    "output_audio_transcription": {},
    "realtime_input_config": {
        "automatic_activity_detection": {"disabled": False, "silence_duration_ms": 500},
        "turn_coverage": "TURN_INCLUDES_ALL_INPUT",
    },
    "proactivity": {"proactive_audio": True},
    "history_config": {"initial_history_in_client_content": True},
    "avatar_config": {"avatar_name": "x"},
    "safety_settings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
    "labels": {"a": "b"},
}
FULL_GENERATION = {
    "response_modalities": ["AUDIO"],
    "temperature": 0.5,
    "top_p": 0.9,
    "top_k": 40,
    "max_output_tokens": 100,
    "media_resolution": "MEDIA_RESOLUTION_LOW",
    "seed": 7,
    "speech_config": {
        "voice_config": {"prebuilt_voice_config": {"voice_name": "Kore"}},
        "language_code": "en-US",
    },
    "thinking_config": {"include_thoughts": True, "thinking_level": "LOW"},
    "enable_affective_dialog": True,
    "translation_config": {"target_language_code": "es", "echo_target_language": True},
}

COMBINATIONS = [
    Configuration(
        name="everything",
        google={**FULL, **FULL_GENERATION},
        ours={**FULL, "generation_config": FULL_GENERATION},
    ),
    Configuration(
        name="everything that Vertex AI has",
        google={
            **FULL,
            **FULL_GENERATION,
            "explicit_vad_signal": True,
            "session_resumption": {"handle": "h", "transparent": True},
        },
        ours={
            **FULL,
            "generation_config": FULL_GENERATION,
            "explicit_vad_signal": True,
            "session_resumption": {"handle": "h", "transparent": True},
        },
        backends=VERTEX,
    ),
    Configuration(
        name="a voice agent",
        google={
            "response_modalities": ["AUDIO"],
            "speech_config": {"voice_config": {"prebuilt_voice_config": {"voice_name": "Aoede"}}},
            "system_instruction": "You answer the telephone.",
            "input_audio_transcription": {},
            "output_audio_transcription": {},
            "context_window_compression": {"sliding_window": {}},
            "session_resumption": {},
        },
        ours={
            "generation_config": {"response_modalities": ["AUDIO"], "speech_config": "Aoede"},
            "system_instruction": "You answer the telephone.",
            "input_audio_transcription": {},
            "output_audio_transcription": {},
            "context_window_compression": {"sliding_window": {}},
            "session_resumption": True,
        },
    ),
    Configuration(
        name="push to talk, in text",
        google={
            "response_modalities": ["TEXT"],
            "temperature": 0.2,
            "realtime_input_config": {"automatic_activity_detection": {"disabled": True}},
        },
        ours={
            "generation_config": {"response_modalities": ["TEXT"], "temperature": 0.2},
            "realtime_input_config": {"automatic_activity_detection": {"disabled": True}},
        },
    ),
    Configuration(
        name="an interpreter",
        google={
            "response_modalities": ["AUDIO"],
            "translation_config": {"target_language_code": "es", "echo_target_language": True},
            "input_audio_transcription": {},
            "output_audio_transcription": {},
        },
        ours={
            "generation_config": {"response_modalities": ["AUDIO"]},
            "translation_config": {"target_language_code": "es", "echo_target_language": True},
            "input_audio_transcription": {},
            "output_audio_transcription": {},
        },
    ),
    Configuration(
        name="the wire's own spelling",
        google={
            "temperature": 0.5,
            "max_output_tokens": 10,
            "realtime_input_config": {
                "automatic_activity_detection": {"silence_duration_ms": 500},
                "turn_coverage": "TURN_INCLUDES_ALL_INPUT",
            },
            "tools": [
                {"function_declarations": [{"name": "f", "parameters": {"type": "OBJECT", "max_properties": 2}}]}
            ],
            "session_resumption": {"handle": "h"},
        },
        ours={
            "generation_config": {"temperature": 0.5, "maxOutputTokens": 10},
            "realtime_input_config": {
                "automaticActivityDetection": {"silenceDurationMs": 500},
                "turnCoverage": "TURN_INCLUDES_ALL_INPUT",
            },
            "tools": [{"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT", "maxProperties": 2}}]}],
            "session_resumption": {"handle": "h"},
        },
    ),
    Configuration(
        name="base64 as text",
        google={"avatar_config": {"customized_avatar": {"image_mime_type": "image/png", "image_data": SAMPLE}}},
        ours={
            "avatar_config": {
                "customized_avatar": {"image_mime_type": "image/png", "image_data": "8PHy8_T19vf4-fr7_P3-__vvvv8="},
            },
        },
    ),
]

CONFIGURATIONS = [
    *SETUP, *INSTRUCTIONS, *GENERATION, *THINKING, *SPEECH, *REALTIME, *FUNCTIONS, *TOOLS, *COMBINATIONS,
]  # fmt: skip


def unsupported(name: str, backends: tuple[str, ...], **options: Any) -> Configuration:
    """Make a configuration that the backend has no such option for."""
    return same(name, backends, **options)


REFUSED = [
    unsupported("transparent resumption", GEMINI, session_resumption={"transparent": True}),
    unsupported("explicit VAD signal", GEMINI, explicit_vad_signal=True),
    unsupported(
        "safety by method",
        GEMINI,
        safety_settings=[{"category": "HARM_CATEGORY_HARASSMENT", "method": "SEVERITY", "threshold": "OFF"}],
    ),
    unsupported("excluded domains", GEMINI, tools=[{"google_search": {"exclude_domains": ["example.com"]}}]),
    unsupported(
        "blocking confidence", GEMINI, tools=[{"google_search": {"blocking_confidence": "BLOCK_LOW_AND_ABOVE"}}]
    ),
    unsupported("kinds of maps", GEMINI, tools=[{"google_maps": {"grounding_types": {"places": {}}}}]),
    unsupported(
        "maps by OAuth", GEMINI, tools=[{"google_maps": {"auth_config": {"oauth_config": {"access_token": "t"}}}}]
    ),
    unsupported("retrieval", GEMINI, tools=[{"retrieval": {"vertex_ai_search": {"datastore": "d"}}}]),
    unsupported("enterprise search", GEMINI, tools=[{"enterprise_web_search": {}}]),
    unsupported("parallel search", GEMINI, tools=[{"parallel_ai_search": {"api_key": "k"}}]),
    unsupported("exa search", GEMINI, tools=[{"exa_ai_search": {"api_key": "k"}}]),
    unsupported("file search", VERTEX, tools=[{"file_search": {"file_search_store_names": ["s"]}}]),
    unsupported("MCP servers", VERTEX, tools=[{"mcp_servers": [{"name": "s"}]}]),
    Configuration(
        name="consent",
        google={"speech_config": {"voice_config": {"replicated_voice_config": {"consent_audio": SAMPLE}}}},
        ours={
            "generation_config": {
                "speech_config": {"voice_config": {"replicated_voice_config": {"consent_audio": SAMPLE}}}
            }
        },
        backends=VERTEX,
    ),
    Configuration(
        name="consent's signature",
        google={
            "speech_config": {
                "voice_config": {"replicated_voice_config": {"voice_consent_signature": {"signature": "s"}}}
            }
        },
        ours={
            "generation_config": {
                "speech_config": {
                    "voice_config": {"replicated_voice_config": {"voice_consent_signature": {"signature": "s"}}}
                }
            }
        },
        backends=VERTEX,
    ),
    nested("civic answers", VERTEX, enable_enhanced_civic_answers=True),
    generation(
        "several speakers",
        BOTH,
        speech_config={
            "multi_speaker_voice_config": {
                "speaker_voice_configs": [
                    {"speaker": "A", "voice_config": {"prebuilt_voice_config": {"voice_name": "Kore"}}},
                    {"speaker": "B", "voice_config": {"prebuilt_voice_config": {"voice_name": "Puck"}}},
                ]
            }
        },
    ),
]
"""What google-genai refuses before it connects, and this library shall, too."""

STRICTER = [
    attrs.evolve(
        nested("model selection", GEMINI, model_selection_config={"feature_selection_preference": "BALANCED"}),
        reason="a field of Vertex AI's; google-genai looks at the nested generation config on Vertex AI only",
    ),
    attrs.evolve(
        tool(
            "function with more properties",
            GEMINI,
            function_declarations=[
                {"name": "f", "parameters": {"type": "OBJECT", "additional_properties": {"type": "STRING"}}}
            ],
        ),
        reason="the Gemini API's schemas have no such field; google-genai does not look into schemas",
    ),
]
"""What google-genai sends and the service closes the connection for, and this library refuses."""


@attrs.frozen
class ModelName:
    """A model's name as a program gives it.

    Attributes:
        backend: whose.
        given: the name.
        expected: what shall be sent where google-genai sends something else; ``None`` for the same, ``""`` for nothing,
            because it is refused.
        reason: why.
    """

    backend: str
    given: str
    expected: str | None = None
    reason: str = ""


_HERE = "projects/project-1/locations/europe-west4"

MODEL_NAMES = [
    ModelName("gemini", "m1"),
    ModelName("gemini", "models/m1"),
    ModelName("gemini", "gemini-2.5-flash-native-audio-preview-12-2025"),
    ModelName("gemini", "tunedModels/t1"),
    ModelName("gemini", "publishers/google/models/m1", "", "google-genai sends models/publishers/…, which is no model"),
    ModelName("gemini", f"{_HERE}/publishers/google/models/m1", "", "google-genai sends models/projects/…, no model"),
    ModelName("gemini", "pub/m1"),
    ModelName(
        "gemini", "m1:bidiGenerateContent", "models/m1", "the method is no part of the name; google-genai leaves it"
    ),
    ModelName("vertex_ai", "m1"),
    ModelName("vertex_ai", "gemini-live-2.5-flash-native-audio"),
    ModelName("vertex_ai", "meta/m1"),
    ModelName("vertex_ai", "publishers/google/models/m1"),
    ModelName("vertex_ai", "projects/p/locations/l/publishers/google/models/m1"),
    ModelName(
        "vertex_ai",
        "models/m1",
        f"{_HERE}/publishers/google/models/m1",
        "google-genai sends models/m1, a Gemini name that Vertex AI does not know",
    ),
    ModelName(
        "vertex_ai", "tunedModels/t1", "", "google-genai makes a publisher of it: publishers/tunedModels/models/t1"
    ),
    ModelName("vertex_ai", "endpoints/123", f"{_HERE}/endpoints/123", "google-genai makes a publisher of it, too"),
]

BAD_MODEL_NAMES = ["", "a/../b", "m?key=1", "m&x"]
