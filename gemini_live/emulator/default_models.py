"""The models that are listed unless others are given, as rows of data.

Which live models there are on which backend: https://ai.google.dev/gemini-api/docs/models and
https://cloud.google.com/vertex-ai/generative-ai/docs/live-api.  The few that are no live models are there to be passed
over.
"""

from __future__ import annotations

from typing import Any

import attrs

from ..types.names import LIVE_METHOD
from .live_names import methods_of

Entry = dict[str, Any]
"""One entry of a listing, as JSON."""


@attrs.frozen(kw_only=True)
class Row:
    """One model.

    Attributes:
        name: its bare name.
        display_name: what people call it.
        gemini: whether the Gemini API has it.
        vertex: whether Vertex AI has it.
        stage: how far it has come, on Vertex AI.
        context: the size of its context, in tokens.
        output: the longest answer, in tokens.
        thinking: whether it thinks.
    """

    name: str
    display_name: str
    gemini: bool = True
    vertex: bool = False
    stage: str = "PUBLIC_PREVIEW"
    context: int = 131_072
    output: int = 8_192
    thinking: bool = True


ROWS = (
    Row(name="gemini-3.8-live", display_name="Gemini 3.8 Live", vertex=True, stage="GA", output=65_536),
    Row(
        name="gemini-3.8-live-extended-thinking",
        display_name="Gemini 3.8 Live Extended Thinking",
        vertex=True,
        stage="GA",
        output=65_536,
    ),
    Row(
        name="gemini-3.5-pro",
        display_name="Gemini 3.5 Pro",
        vertex=True,
        stage="GA",
        context=1_048_576,
        output=65_536,
    ),
    Row(
        name="gemini-3.5-live-translate-preview",
        display_name="Gemini 3.5 Live Translate Preview",
        vertex=True,
        thinking=False,
    ),
    Row(
        name="gemini-3.5-transcribe-live-preview",
        display_name="Gemini 3.5 Transcribe Live Preview",
        gemini=False,
        vertex=True,
        thinking=False,
    ),
    Row(name="gemini-3.1-flash-live-preview", display_name="Gemini 3.1 Flash Live Preview"),
    Row(name="gemini-2.5-flash-native-audio-latest", display_name="Gemini 2.5 Flash Native Audio Latest"),
    Row(
        name="gemini-2.5-flash-native-audio-preview-12-2025",
        display_name="Gemini 2.5 Flash Native Audio Preview 12-2025",
    ),
    Row(
        name="gemini-2.5-flash-native-audio-preview-09-2025",
        display_name="Gemini 2.5 Flash Native Audio Preview 09-2025",
    ),
    Row(
        name="gemini-live-2.5-flash-native-audio",
        display_name="Gemini Live 2.5 Flash Native Audio",
        gemini=False,
        vertex=True,
        stage="GA",
    ),
    Row(
        name="gemini-embedding-001",
        display_name="Gemini Embedding 001",
        vertex=True,
        stage="GA",
        context=2_048,
        output=1,
        thinking=False,
    ),
    Row(name="lyria-realtime-exp", display_name="Lyria RealTime Experimental", thinking=False),
)
"""The newest first."""


def gemini_entry(row: Row) -> Entry:
    """Return a model as the Gemini API lists it."""
    methods = methods_of(row.name)
    entry: Entry = {
        "name": f"models/{row.name}",
        "version": "001",
        "displayName": row.display_name,
        "description": row.display_name,
        "inputTokenLimit": row.context,
        "outputTokenLimit": row.output,
        "supportedGenerationMethods": methods,
    }
    if LIVE_METHOD in methods or "generateContent" in methods:
        entry |= {"temperature": 1, "topP": 0.95, "topK": 64, "maxTemperature": 2}
    return entry | ({"thinking": True} if row.thinking else {})


def vertex_entry(row: Row) -> Entry:
    """Return a model as Vertex AI lists it: there is no word about what can be done with it."""
    return {
        "name": f"publishers/google/models/{row.name}",
        "versionId": "default",
        "openSourceCategory": "PROPRIETARY",
        "launchStage": row.stage,
        "publisherModelTemplate": "projects/{project}/locations/{location}/publishers/google/models/" + row.name,
        "versionState": "VERSION_STATE_STABLE" if row.stage == "GA" else "VERSION_STATE_UNSTABLE",
    }
