"""Everything that a client can say after the setup, as data for both clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from .configurations import BOTH, GEMINI, SAMPLE, SCHEMA, VERTEX


@attrs.frozen(kw_only=True)
class Send:
    """One call of both clients' session.

    Attributes:
        name: what it says.
        google: a method of google-genai's session and its keywords.
        ours: the same of this library's.
        backends: where it is for.
        options: what the session must have been started with, the same for both clients.
        expected: the message, where google-genai's is not what this library shall send.
        reason: why not.
    """

    name: str
    google: tuple[str, Mapping[str, Any]]
    ours: tuple[str, Mapping[str, Any]]
    backends: tuple[str, ...] = BOTH
    options: Mapping[str, Any] = attrs.field(factory=dict)
    expected: Mapping[str, Any] | None = None
    reason: str = ""


def said(name: str, turns: Any, *, backends: tuple[str, ...] = BOTH, ours: Any = None) -> Send:
    """Say something as client content, the same to both clients unless ``ours`` is another form of it."""
    return Send(
        name=f"content: {name}",
        google=("send_client_content", {"turns": turns}),
        ours=("send_client_content", {"turns": turns if ours is None else ours}),
        backends=backends,
    )


def part(name: str, backends: tuple[str, ...] = BOTH, **fields: Any) -> Send:
    """Say one part as client content."""
    return said(f"part with {name}", [{"role": "user", "parts": [fields]}], backends=backends)


def realtime(name: str, ours: tuple[str, Mapping[str, Any]] | None = None, **keywords: Any) -> Send:
    """Send one realtime input."""
    marks = {"realtime_input_config": {"automatic_activity_detection": {"disabled": True}}}
    return Send(
        name=f"realtime: {name}",
        google=("send_realtime_input", keywords),
        ours=ours or ("send_realtime_input", keywords),
        options=marks if keywords.keys() & {"activity_start", "activity_end"} else {},
    )


def answered(name: str, answers: Any, backends: tuple[str, ...] = BOTH, *, ours: Any = None) -> Send:
    """Answer function calls."""
    return Send(
        name=f"answer: {name}",
        google=("send_tool_response", {"function_responses": answers}),
        ours=("send_tool_response", {"responses": answers if ours is None else ours}),
        backends=backends,
    )


def updated(name: str, backends: tuple[str, ...] = BOTH, **keywords: Any) -> Send:
    """Change the context."""
    method = ("send_context_update", keywords)
    return Send(name=f"context: {name}", google=method, ours=method, backends=backends)


def user(*words: str) -> dict[str, Any]:
    """Return what a user says."""
    return {"role": "user", "parts": [{"text": text} for text in words]}


HISTORY = [user("My name is Alice."), {"role": "model", "parts": [{"text": "Hello Alice."}]}, user("Who am I?")]
CALL = {"id": "call-1", "name": "look_up", "args": {"city_name": "Oslo", "the_days": [1, {"at_noon": None}]}}
USERS_DATA = {"result_x": 1, "nested_y": {"a_b": [1, 2.0, None, {"c_d": True}]}, "camelCase": "as it is"}

VIDEO = {"mime_type": "video/mp4", "file_uri": "gs://b/v.mp4"}
FILE = {"mime_type": "application/octet-stream", "file_uri": "https://example.com/a_b"}

CONTENTS = [
    said("text", user("Hello"), ours="Hello"),
    said("text beyond ASCII", user('Grüße 😀 "\\ \u2028 </script>'), ours='Grüße 😀 "\\ \u2028 </script>'),
    said("texts", [user("Hello"), user("there")], ours=["Hello", "there"]),
    said("a part alone", user("Hello"), ours={"text": "Hello"}),
    said("parts alone", user("Hello", "there"), ours=[{"text": "Hello"}, {"text": "there"}]),
    said("one content", user("Hello")),
    said("a list of one", [user("Hello")]),
    said("several parts", user("Hello", "there")),
    said("a history", HISTORY),
    said("a content without a role", {"parts": [{"text": "Hello"}]}),
    Send(
        name="content: not complete",
        google=("send_client_content", {"turns": user("Hello"), "turn_complete": False}),
        ours=("send_client_content", {"turns": user("Hello"), "turn_complete": False}),
    ),
    Send(
        name="content: nothing but the end of the turn",
        google=("send_client_content", {}),
        ours=("send_client_content", {}),
    ),
    Send(
        name="content: nothing, not even the end of the turn",
        google=("send_client_content", {"turn_complete": False}),
        ours=("send_client_content", {"turn_complete": False}),
    ),
    Send(
        name="content: send_text",
        google=("send_client_content", {"turns": user("Hello")}),
        ours=("send_text", {"text": "Hello"}),
    ),
    Send(
        name="content: send_text, not complete",
        google=("send_client_content", {"turns": user("Hello"), "turn_complete": False}),
        ours=("send_text", {"text": "Hello", "turn_complete": False}),
    ),
    Send(
        name="content: seed_history",
        google=("send_client_content", {"turns": HISTORY[:2], "turn_complete": True}),
        ours=("seed_history", {"turns": HISTORY[:2]}),
        options={"history_config": {"initial_history_in_client_content": True}},
    ),
    Send(
        name="content: seed_history, not announced",
        google=("send_client_content", {"turns": HISTORY[:2], "turn_complete": False}),
        ours=("seed_history", {"turns": HISTORY[:2]}),
    ),
    part("an image", inline_data={"mime_type": "image/png", "data": SAMPLE}),
    part(
        "an image and its name", VERTEX, inline_data={"mime_type": "image/png", "data": SAMPLE, "display_name": "x y"}
    ),
    part("a file", file_data={"mime_type": "image/png", "file_uri": "https://example.com/a_b.png"}),
    part("a thought", text="Hm.", thought=True, thought_signature=SAMPLE),
    part("a call", function_call=CALL),
    part("an answer", function_response={"id": "call-1", "name": "look_up", "response": USERS_DATA}),
    part("code", executable_code={"id": "e-1", "code": "print(1)", "language": "PYTHON"}),
    part("what code said", code_execution_result={"id": "e-1", "outcome": "OUTCOME_OK", "output": "1\n"}),
    part(
        "a piece of a video",
        file_data={"mime_type": "video/mp4", "file_uri": "gs://b/v.mp4"},
        video_metadata={"start_offset": "1.5s", "end_offset": "10s", "fps": 0.5},
    ),
    part(
        "a resolution",
        inline_data={"mime_type": "image/png", "data": SAMPLE},
        media_resolution={"level": "MEDIA_RESOLUTION_HIGH", "num_tokens": 258},
    ),
    part("a file and its name", VERTEX, file_data={**FILE, "display_name": "a b"}),
    part("layers of a video", file_data=VIDEO, video_metadata={"content_layers": ["FRAMES", "TRANSCRIPT"]}),
    part("pages", file_data=FILE, document_metadata={"start_page": 1, "end_page": 3, "content_layers": ["PAGE_TEXT"]}),
    part(
        "cells",
        file_data=FILE,
        spreadsheet_metadata={"visible_cells": "A1:B2", "sheet_index": 0, "content_layers": ["DATA", "FORMULAS"]},
    ),
    part("a piece of a recording", file_data=FILE, audio_metadata={"start_offset": "1.5s", "end_offset": "2s"}),
    part("its processing", file_data=FILE, media_processing="STATIC"),
    part("a way to speak", text="Hello", speech_metadata={"speaker": "A", "style": "warm"}),
    part(
        "a transcript",
        audio_transcription={
            "text": "Hello",
            "finished": True,
            "language_code": "en-US",
            "speaker_label": "speaker_1",
            "words": [{"word": "Hello", "start_offset": "0.500s", "end_offset": "1s"}],
            "start_offset": "0.500s",
            "end_offset": "1s",
        },
    ),
    part(
        "a call in pieces",
        VERTEX,
        function_call={
            "id": "call-1",
            "name": "look_up",
            "will_continue": True,
            "partial_args": [
                {"json_path": "$.city_name", "string_value": "Os", "will_continue": True},
                {"json_path": "$.n", "number_value": 1.5},
                {"json_path": "$.b", "bool_value": False},
                {"json_path": "$.z", "null_value": "NULL_VALUE"},
            ],
        },
    ),
    part("a tool's call", GEMINI, tool_call={"id": "t", "tool_type": "GOOGLE_SEARCH_WEB", "args": {"the_query": "x"}}),
    part("a tool's answer", GEMINI, tool_response={"id": "t", "tool_type": "URL_CONTEXT", "response": {"a_b": None}}),
    part("data of the program's", GEMINI, text="Hello", part_metadata={"request_id": "r-1", "a_b": {"c_d": 1}}),
    said(
        "words and an image",
        {"role": "user", "parts": [{"text": "What?"}, {"inline_data": {"mime_type": "image/png", "data": SAMPLE}}]},
    ),
]

AUDIO = {"data": SAMPLE, "mime_type": "audio/pcm;rate=16000"}
IMAGE = {"data": SAMPLE, "mime_type": "image/jpeg"}

REALTIME = [
    realtime("audio", audio=AUDIO),
    realtime("audio of another rate", audio={"data": SAMPLE, "mime_type": "audio/pcm;rate=24000"}),
    realtime("audio that is empty", audio={"data": b"", "mime_type": "audio/pcm;rate=16000"}),
    realtime("send_audio", ("send_audio", {"pcm": SAMPLE}), audio=AUDIO),
    realtime(
        "send_audio of another rate",
        ("send_audio", {"pcm": SAMPLE, "rate": 8000}),
        audio={"data": SAMPLE, "mime_type": "audio/pcm;rate=8000"},
    ),
    realtime("video", video=IMAGE),
    realtime("video as PNG", video={"data": SAMPLE, "mime_type": "image/png"}),
    realtime("send_video", ("send_video", {"frame": SAMPLE}), video=IMAGE),
    realtime("text", text="Hello"),
    realtime("send_realtime_text", ("send_realtime_text", {"text": "Grüße 😀"}), text="Grüße 😀"),
    realtime("start of activity", activity_start={}),
    realtime("send_activity_start", ("send_activity_start", {}), activity_start={}),
    realtime("end of activity", activity_end={}),
    realtime("send_activity_end", ("send_activity_end", {}), activity_end={}),
    realtime("end of audio", audio_stream_end=True),
    realtime("send_audio_stream_end", ("send_audio_stream_end", {}), audio_stream_end=True),
]

ANSWER = {"id": "call-1", "name": "look_up", "response": {"output": 1}}

ANSWERS = [
    answered("one", ANSWER),
    answered("a list", [ANSWER, {**ANSWER, "id": "call-2", "response": {"error": "no such city"}}]),
    answered("data of the program's", {**ANSWER, "response": USERS_DATA}),
    answered("an empty one", {**ANSWER, "response": {}}),
    *[
        answered(f"scheduled {when.lower()}", {**ANSWER, "scheduling": when})
        for when in ("SILENT", "WHEN_IDLE", "INTERRUPT", "SCHEDULING_UNSPECIFIED")
    ],
    answered("to be continued", {**ANSWER, "will_continue": True}, GEMINI),
    answered("the last", {**ANSWER, "response": {}, "will_continue": False, "scheduling": "SILENT"}, GEMINI),
    answered("with bytes", {**ANSWER, "parts": [{"inline_data": {"mime_type": "image/png", "data": SAMPLE}}]}),
    answered(
        "with several parts",
        {
            **ANSWER,
            "parts": [
                {"inline_data": {"mime_type": "image/png", "data": SAMPLE, "display_name": "map_1.png"}},
                {"file_data": {"mime_type": "audio/wav", "file_uri": "gs://b/a_b.wav", "display_name": "a b"}},
            ],
        },
    ),
    answered(
        "with pieces of files",
        {
            **ANSWER,
            "parts": [
                {
                    "file_data": VIDEO,
                    "video_metadata": {"start_offset": "1s"},
                    "media_resolution": {"level": "MEDIA_RESOLUTION_LOW"},
                },
                {"file_data": FILE, "document_metadata": {"start_page": 2}},
                {"file_data": FILE, "spreadsheet_metadata": {"sheet_index": 1}},
                {"file_data": FILE, "audio_metadata": {"end_offset": "2s"}},
            ],
        },
    ),
    answered(
        "with a file to process", {**ANSWER, "parts": [{"file_data": FILE, "media_processing": "AGENTIC"}]}, GEMINI
    ),
    answered("without an id", {"name": "look_up", "response": {"output": 1}}, VERTEX),
    answered(
        "in the wire's own spelling",
        {**ANSWER, "will_continue": True, "parts": [{"inline_data": {"mime_type": "image/png", "data": SAMPLE}}]},
        GEMINI,
        ours={**ANSWER, "willContinue": True, "parts": [{"inlineData": {"mimeType": "image/png", "data": SAMPLE}}]},
    ),
]

UPDATES = [
    updated("instruction", system_instruction="Be brief."),
    updated(
        "instruction as a content", system_instruction={"role": "user", "parts": [{"text": "Be"}, {"text": "brief."}]}
    ),
    updated("tools", tools=[{"google_search": {}}]),
    updated(
        "functions",
        tools=[{"function_declarations": [{"name": "look_up", "parameters": SCHEMA, "behavior": "NON_BLOCKING"}]}],
    ),
    updated("no tools any more", tools=[]),
    updated(
        "both",
        system_instruction="Be brief.",
        tools=[{"google_search": {}}, {"function_declarations": [{"name": "f"}]}],
    ),
    updated("instruction, and no tools any more", system_instruction="Be brief.", tools=[]),
]

SENDS = [*CONTENTS, *REALTIME, *ANSWERS, *UPDATES]

REFUSED = [
    Send(
        name="realtime: nothing",
        google=("send_realtime_input", {}),
        ours=("send_realtime_input", {}),
    ),
    realtime("two at once", text="Hello", audio=AUDIO),
    realtime("an image for audio", audio=IMAGE),
    realtime("audio for an image", video=AUDIO),
    part(
        "a call in pieces",
        GEMINI,
        function_call={"id": "c", "name": "f", "partial_args": [{"json_path": "$.a", "bool_value": True}]},
    ),
    part("a call to be continued", GEMINI, function_call={"id": "c", "name": "f", "will_continue": True}),
    answered("without an id", {"name": "look_up", "response": {"output": 1}}, GEMINI),
    answered("one of two without an id", [ANSWER, {"name": "look_up", "response": {}}], GEMINI),
    answered("none", []),
    updated("nothing"),
    updated("Vertex AI's tools", GEMINI, tools=[{"enterprise_web_search": {}}]),
    updated("Gemini's tools", VERTEX, tools=[{"file_search": {"file_search_store_names": ["s"]}}]),
]
"""What google-genai refuses to send, and this library shall, too."""

STRICTER = [
    attrs.evolve(
        part("data of the program's", VERTEX, text="Hello", part_metadata={"request_id": "r-1"}),
        reason="a field of the Gemini API's; google-genai looks at client content on that backend only",
    ),
    attrs.evolve(
        part("a tool's call", VERTEX, tool_call={"id": "t", "tool_type": "GOOGLE_SEARCH_WEB"}),
        reason="the same",
    ),
    attrs.evolve(
        part("a tool's answer", VERTEX, tool_response={"id": "t", "tool_type": "GOOGLE_SEARCH_WEB"}),
        reason="the same",
    ),
    attrs.evolve(
        answered("to be continued", {**ANSWER, "will_continue": True}, VERTEX),
        reason="Vertex AI's answers have no such field; google-genai does not look at answers",
    ),
    attrs.evolve(
        answered(
            "with a file to process", {**ANSWER, "parts": [{"file_data": FILE, "media_processing": "STATIC"}]}, VERTEX
        ),
        reason="the same",
    ),
]
"""What google-genai sends and the service closes the connection for, and this library refuses."""
