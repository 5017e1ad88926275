"""What a client says after the setup.  A client message holds exactly one of these.

Fields: https://ai.google.dev/api/live#client-messages
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from ..exceptions import ConfigError
from ._wire import WireValue, wire
from .content import Content, FunctionResponse
from .kinds import join
from .media import Blob
from .setup import Setup
from .tools import Tool, check_declarations


@attrs.frozen(kw_only=True, slots=False)
class ClientContent(WireValue):
    """Turns of the conversation; ``turn_complete`` makes the model answer."""

    turns: tuple[Content, ...] | None = wire("turns")
    turn_complete: bool | None = wire("turnComplete")


@attrs.frozen(kw_only=True, slots=False)
class ActivityStart(WireValue):
    """The user begins; there is nothing to be said of it."""


@attrs.frozen(kw_only=True, slots=False)
class ActivityEnd(WireValue):
    """The user has finished; there is nothing to be said of it."""


@attrs.frozen(kw_only=True, slots=False)
class RealtimeInput(WireValue):
    """Input as it happens; exactly one field is set.

    Attributes:
        audio: 16-bit little-endian mono PCM (``audio/pcm;rate=16000``).
        video: one picture (``image/jpeg`` or ``image/png``); at most one a second is of use.
        text: words that count as the user's activity.
        activity_start, activity_end: the user begins, has finished; only where automatic detection is disabled.
        audio_stream_end: the microphone is off; only where it is not.
        media_chunks: the older form of audio and video.
    """

    audio: Blob | None = wire("audio")
    video: Blob | None = wire("video")
    text: str | None = wire("text")
    activity_start: ActivityStart | None = wire("activityStart")
    activity_end: ActivityEnd | None = wire("activityEnd")
    audio_stream_end: bool | None = wire("audioStreamEnd")
    media_chunks: tuple[Blob, ...] | None = wire("mediaChunks")


@attrs.frozen(kw_only=True, slots=False)
class ToolResponse(WireValue):
    """Answers to function calls."""

    function_responses: tuple[FunctionResponse, ...] | None = wire("functionResponses")


@attrs.frozen(kw_only=True, slots=False)
class ContextUpdateTools(WireValue):
    """All tools from now on; an empty list takes all of them away."""

    tools: tuple[Tool, ...] | None = wire("tools")

    @classmethod
    def coerce(cls, value: Any, path: str, problems: list[ConfigError]) -> Any:
        """Take the list itself: the API wraps it in an object of the same name."""
        return {"tools": value} if isinstance(value, (list, tuple)) else value

    def check(self, path: str) -> Iterator[ConfigError]:
        """All functions together."""
        return check_declarations(self.tools, join(path, "tools"))


@attrs.frozen(kw_only=True, slots=False)
class ContextUpdate(WireValue):
    """A new system instruction, new tools or both, from here on in the conversation."""

    system_instruction: Content | None = wire("systemInstruction")
    tools: ContextUpdateTools | None = wire("tools")


@attrs.frozen(kw_only=True, slots=False)
class ClientMessage(WireValue):
    """One message to the server; exactly one field is set."""

    setup: Setup | None = wire("setup")
    client_content: ClientContent | None = wire("clientContent")
    realtime_input: RealtimeInput | None = wire("realtimeInput")
    tool_response: ToolResponse | None = wire("toolResponse")
    context_update: ContextUpdate | None = wire("contextUpdate")
