"""What a client says after the setup.  A client message holds exactly one of these.

Fields: https://ai.google.dev/api/live#client-messages
"""

from __future__ import annotations

from typing import Any

import attrs

from ._wire import WireValue, wire
from .content import Blob, Content, FunctionResponse
from .setup import Setup


@attrs.frozen(kw_only=True)
class ClientContent(WireValue):
    """Turns of the conversation; ``turn_complete`` makes the model answer."""

    turns: tuple[Content, ...] | None = wire("turns")
    turn_complete: bool | None = wire("turnComplete")


@attrs.frozen(kw_only=True)
class RealtimeInput(WireValue):
    """Input as it happens; exactly one field is set."""

    audio: Blob | None = wire("audio")
    video: Blob | None = wire("video")
    text: str | None = wire("text")
    activity_start: dict[str, Any] | None = wire("activityStart")
    activity_end: dict[str, Any] | None = wire("activityEnd")
    audio_stream_end: bool | None = wire("audioStreamEnd")
    media_chunks: tuple[Blob, ...] | None = wire("mediaChunks")


@attrs.frozen(kw_only=True)
class ToolResponse(WireValue):
    """Answers to function calls."""

    function_responses: tuple[FunctionResponse, ...] | None = wire("functionResponses")


@attrs.frozen(kw_only=True)
class ClientMessage(WireValue):
    """One message to the server; exactly one field is set."""

    setup: Setup | None = wire("setup")
    client_content: ClientContent | None = wire("clientContent")
    realtime_input: RealtimeInput | None = wire("realtimeInput")
    tool_response: ToolResponse | None = wire("toolResponse")
    context_update: dict[str, Any] | None = wire("contextUpdate")
