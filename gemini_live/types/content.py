"""What people and models say: contents made of parts.

Fields: https://ai.google.dev/api/caching#Content
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ._wire import WireValue, sized, wire


@attrs.frozen(kw_only=True)
class Blob(WireValue):
    """Bytes with a type.  In ``data``, ``bytes`` are raw and a string is base64 already."""

    mime_type: str | None = wire("mimeType")
    data: bytes | None = wire("data", repr=sized)
    display_name: str | None = wire("displayName")


@attrs.frozen(kw_only=True)
class FileData(WireValue):
    """A reference to an uploaded file."""

    mime_type: str | None = wire("mimeType")
    file_uri: str | None = wire("fileUri")
    display_name: str | None = wire("displayName")


@attrs.frozen(kw_only=True)
class FunctionCall(WireValue):
    """The model asks for a function to be run.  ``args`` are the caller's data and keep their spelling."""

    id: str | None = wire("id")
    name: str | None = wire("name")
    args: dict[str, Any] | None = wire("args")
    partial_args: tuple[Any, ...] | None = wire("partialArgs")
    will_continue: bool | None = wire("willContinue")


@attrs.frozen(kw_only=True)
class FunctionResponse(WireValue):
    """What a function answered.  ``response`` is user data and keeps its spelling."""

    id: str | None = wire("id")
    name: str | None = wire("name")
    response: dict[str, Any] | None = wire("response")
    scheduling: str | None = wire("scheduling")
    will_continue: bool | None = wire("willContinue")
    parts: tuple[Any, ...] | None = wire("parts")


@attrs.frozen(kw_only=True)
class ExecutableCode(WireValue):
    """Code that the model wrote and the server ran."""

    id: str | None = wire("id")
    language: str | None = wire("language")
    code: str | None = wire("code")


@attrs.frozen(kw_only=True)
class CodeExecutionResult(WireValue):
    """What that code printed."""

    id: str | None = wire("id")
    outcome: str | None = wire("outcome")
    output: str | None = wire("output")


@attrs.frozen(kw_only=True)
class Part(WireValue):
    """One piece of a content; one of its fields is set, ``thought`` may go with ``text``."""

    text: str | None = wire("text")
    thought: bool | None = wire("thought")
    thought_signature: bytes | None = wire("thoughtSignature", repr=sized)
    inline_data: Blob | None = wire("inlineData")
    file_data: FileData | None = wire("fileData")
    function_call: FunctionCall | None = wire("functionCall")
    function_response: FunctionResponse | None = wire("functionResponse")
    executable_code: ExecutableCode | None = wire("executableCode")
    code_execution_result: CodeExecutionResult | None = wire("codeExecutionResult")
    video_metadata: dict[str, Any] | None = wire("videoMetadata")
    part_metadata: dict[str, Any] | None = wire("partMetadata")

    @classmethod
    def coerce(cls, value: Any) -> Any:
        """Take a string for a text part and a :class:`Blob` for an inline one."""
        if isinstance(value, str):
            return cls(text=value)
        return cls(inline_data=value) if isinstance(value, Blob) else value


@attrs.frozen(kw_only=True)
class Content(WireValue):
    """One thing said, by a role: ``"user"`` or ``"model"``."""

    parts: tuple[Part, ...] | None = wire("parts")
    role: str | None = wire("role")

    @classmethod
    def coerce(cls, value: Any) -> Any:
        """Take a string, a part or a list of those for a content of the user."""
        if isinstance(value, (str, Part, Blob)):
            return cls(parts=(Part.coerce(value),), role="user")
        if isinstance(value, (list, tuple)):
            return {"parts": list(value), "role": "user"}
        if isinstance(value, Mapping) and value and not (set(value) & {"parts", "role"}):
            return {"parts": [value], "role": "user"}
        return value
