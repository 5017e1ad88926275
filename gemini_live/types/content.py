"""What people and models say: contents made of parts.

Fields: https://ai.google.dev/api/caching#Content
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from ..exceptions import ConfigError
from ._wire import WireValue, sized, wire
from .content_enums import FunctionResponseScheduling, Language, MediaProcessing, Outcome, ToolType
from .kinds import join
from .media import (
    AudioMetadata,
    Blob,
    DocumentMetadata,
    FileData,
    FunctionResponsePart,
    PartMediaResolution,
    SpeechMetadata,
    SpreadsheetMetadata,
    Transcription,
    VideoMetadata,
)


@attrs.frozen(kw_only=True, slots=False)
class PartialArg(WireValue):
    """A piece of a call's arguments, sent before the rest is known (Vertex AI).

    Attributes:
        json_path: where in the arguments it belongs, as RFC 9535 writes it (``$.city``).
        null_value: ``"NULL_VALUE"`` if the piece is a null.
        will_continue: whether more of the same string follows.
    """

    json_path: str | None = wire("jsonPath")
    string_value: str | None = wire("stringValue")
    number_value: float | None = wire("numberValue")
    bool_value: bool | None = wire("boolValue")
    null_value: str | None = wire("nullValue")
    will_continue: bool | None = wire("willContinue")


@attrs.frozen(kw_only=True, slots=False)
class FunctionCall(WireValue):
    """The model asks for a function to be run.  ``args`` are the caller's data and keep their spelling."""

    id: str | None = wire("id")
    name: str | None = wire("name")
    args: dict[str, Any] | None = wire("args")
    partial_args: tuple[PartialArg, ...] | None = wire("partialArgs", only="vertex_ai")
    will_continue: bool | None = wire("willContinue", only="vertex_ai")


@attrs.frozen(kw_only=True, slots=False)
class FunctionResponse(WireValue):
    """What a function answered.  ``response`` is user data and keeps its spelling.

    Attributes:
        id: the call's id; the Gemini API insists on it.
        name: the function's name.
        response: the answer; its keys ``output`` and ``error`` have a meaning, without them the whole is the output.
        scheduling: when the model takes it up, for functions that do not block.
        will_continue: whether more answers to the same call follow (Gemini API).
        parts: media that belong to the answer.
    """

    id: str | None = wire("id")
    name: str | None = wire("name")
    response: dict[str, Any] | None = wire("response")
    scheduling: FunctionResponseScheduling | None = wire("scheduling")
    will_continue: bool | None = wire("willContinue", only="gemini")
    parts: tuple[FunctionResponsePart, ...] | None = wire("parts")


@attrs.frozen(kw_only=True, slots=False)
class ExecutableCode(WireValue):
    """Code that the model wrote and the server ran."""

    id: str | None = wire("id")
    language: Language | None = wire("language")
    code: str | None = wire("code")


@attrs.frozen(kw_only=True, slots=False)
class CodeExecutionResult(WireValue):
    """What that code printed."""

    id: str | None = wire("id")
    outcome: Outcome | None = wire("outcome")
    output: str | None = wire("output")


@attrs.frozen(kw_only=True, slots=False)
class PartToolCall(WireValue):
    """A tool of the service's own is run (the API's name is ``ToolCall``)."""

    id: str | None = wire("id")
    tool_type: ToolType | None = wire("toolType")
    args: dict[str, Any] | None = wire("args")


@attrs.frozen(kw_only=True, slots=False)
class PartToolResponse(WireValue):
    """What such a tool answered (the API's name is ``ToolResponse``)."""

    id: str | None = wire("id")
    tool_type: ToolType | None = wire("toolType")
    response: dict[str, Any] | None = wire("response")


PART_DATA = (
    "text", "inline_data", "file_data", "function_call", "function_response", "executable_code",
    "code_execution_result", "tool_call", "tool_response",
)  # fmt: skip
"""Fields of which a part has one."""


@attrs.frozen(kw_only=True, slots=False)
class Part(WireValue):
    """One piece of a content: text or a blob or a call…, and what is to be said about it.

    Attributes:
        thought: whether the text is a thought of the model's, and no part of its answer.
        thought_signature: what the model wants back with the part in a later turn.
        part_metadata: user data, which keeps its spelling (Gemini API).
    """

    text: str | None = wire("text")
    thought: bool | None = wire("thought")
    thought_signature: bytes | None = wire("thoughtSignature", repr=sized)
    inline_data: Blob | None = wire("inlineData")
    file_data: FileData | None = wire("fileData")
    function_call: FunctionCall | None = wire("functionCall")
    function_response: FunctionResponse | None = wire("functionResponse")
    executable_code: ExecutableCode | None = wire("executableCode")
    code_execution_result: CodeExecutionResult | None = wire("codeExecutionResult")
    tool_call: PartToolCall | None = wire("toolCall", only="gemini")
    tool_response: PartToolResponse | None = wire("toolResponse", only="gemini")
    part_metadata: dict[str, Any] | None = wire("partMetadata", only="gemini")
    audio_transcription: Transcription | None = wire("audioTranscription")
    media_resolution: PartMediaResolution | None = wire("mediaResolution")
    media_processing: MediaProcessing | None = wire("mediaProcessing")
    video_metadata: VideoMetadata | None = wire("videoMetadata")
    audio_metadata: AudioMetadata | None = wire("audioMetadata")
    speech_metadata: SpeechMetadata | None = wire("speechMetadata")
    document_metadata: DocumentMetadata | None = wire("documentMetadata")
    spreadsheet_metadata: SpreadsheetMetadata | None = wire("spreadsheetMetadata")

    @classmethod
    def coerce(cls, value: Any, path: str, problems: list[ConfigError]) -> Any:
        """Take a string for a text part and a :class:`Blob` for an inline one."""
        if isinstance(value, str):
            return {"text": value}
        return {"inline_data": value} if isinstance(value, Blob) else value

    def check(self, path: str) -> Iterator[ConfigError]:
        """A part is one thing."""
        given = [name for name in PART_DATA if getattr(self, name) is not None]
        if len(given) > 1:
            yield ConfigError(f"goes into a part of its own; this one has {given[0]}", path=join(path, given[1]))


@attrs.frozen(kw_only=True, slots=False)
class Content(WireValue):
    """One thing said, by a role: ``"user"`` or ``"model"``."""

    parts: tuple[Part, ...] | None = wire("parts")
    role: str | None = wire("role")

    @classmethod
    def coerce(cls, value: Any, path: str, problems: list[ConfigError]) -> Any:
        """Take a string, a part or a list of those for a content of the user."""
        if isinstance(value, (str, Part, Blob)):
            return {"parts": [value], "role": "user"}
        if isinstance(value, (list, tuple)):
            return {"parts": list(value), "role": "user"}
        if isinstance(value, Mapping) and value and not (set(value) & {"parts", "role"}):
            return {"parts": [value], "role": "user"}
        return value
