"""The server's messages, shape for shape.  Pure; any thread.

Fields that protobuf's JSON would leave out (false, zero, empty) are left out.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..types import Modality
from .profiles import EmulatorProfile

Message = dict[str, Any]
"""One JSON message."""


def setup_complete(session_id: str | None = None) -> Message:
    """Say that the setup was accepted, and what the session is called."""
    return {"setupComplete": {"sessionId": session_id} if session_id else {}}


def opening(profile: EmulatorProfile, *, transcribed: bool) -> Message:
    """Begin an answer with nothing, in the family's way; an empty message is none."""
    if profile.opens_with_nothing == "content":
        return {"serverContent": {}}
    if profile.opens_with_nothing == "transcription" and transcribed:
        return {"serverContent": {"outputTranscription": {}}}
    return {}


def thought(text: str) -> Message:
    """Give a thought."""
    return {"serverContent": {"modelTurn": {"parts": [{"text": text, "thought": True}]}}}


def audio(profile: EmulatorProfile, pcm: bytes) -> Message:
    """Give a piece of the answer's sound."""
    data = base64.b64encode(pcm).decode()
    turn: Message = {"parts": [{"inlineData": {"mimeType": profile.audio_mime_type, "data": data}}]}
    return {"serverContent": {"modelTurn": {"role": profile.role, **turn} if profile.role else turn}}


def input_transcription(text: str) -> Message:
    """Give a piece of what the user said."""
    return {"serverContent": {"inputTranscription": {"text": text}}}


def output_transcription(text: str) -> Message:
    """Give a piece of what the model says."""
    return {"serverContent": {"outputTranscription": {"text": text}}}


def transcription_finished() -> Message:
    """Say that what the model says has been written down."""
    return {"serverContent": {"outputTranscription": {"finished": True}}}


def bundled(messages: Iterable[Message]) -> Message:
    """Return the contents of several messages as one."""
    content: Message = {}
    for message in messages:
        content |= message["serverContent"]
    return {"serverContent": content}


def tool_call(calls: Iterable[Message]) -> Message:
    """Call functions."""
    return {"toolCall": {"functionCalls": list(calls)}}


def tool_call_cancellation(ids: Iterable[str]) -> Message:
    """Say that the answers to calls are not waited for."""
    return {"toolCallCancellation": {"ids": list(ids)}}


def generation_complete() -> Message:
    """Say that all of the answer has been sent."""
    return {"serverContent": {"generationComplete": True}}


def interrupted() -> Message:
    """Say that the user cut the answer."""
    return {"serverContent": {"interrupted": True}}


def turn_complete(profile: EmulatorProfile, usage: Message, *, more: bool) -> Message:
    """Say that the turn is over, whether more turns follow without new input, and what it cost."""
    content: Message = {"turnComplete": True}
    if profile.reports_status:
        content["interactionStatus"] = "IN_PROGRESS" if more else "IDLE"
    if profile.grounding:
        content["groundingMetadata"] = {}
    return {"serverContent": content, "usageMetadata": usage}


def usage(
    profile: EmulatorProfile, prompt: Mapping[Modality, int], spoken: int, thoughts: int, words: int = 0
) -> Message:
    """Count a turn: the whole context by modality, the answer's audio tokens, the thoughts', and perhaps its words'.

    The total is prompt and answer; thoughts are counted beside it.
    """
    prompt_total, written = sum(prompt.values()), words if profile.counts_words else 0
    counts: Message = {"promptTokenCount": prompt_total}
    if spoken or written:
        counts[profile.response_count] = spoken + written
    counts["totalTokenCount"] = prompt_total + spoken + written
    counts["promptTokensDetails"] = [_detail(modality, count) for modality, count in prompt.items()]
    if spoken or written:
        texts = [_detail(Modality.TEXT, written)] if profile.counts_words else []
        counts[profile.response_details] = [*texts, _detail(Modality.AUDIO, spoken)]
    if thoughts:
        counts["thoughtsTokenCount"] = thoughts
    return counts


def _detail(modality: Modality, count: int) -> Message:
    return {"modality": modality.value, "tokenCount": count} if count else {"modality": modality.value}


def new_handle(handle: str, consumed: int | None = None) -> Message:
    """Give a handle to resume with, and how many of the client's messages it covers; protobuf writes that as text."""
    update: Message = {"newHandle": handle, "resumable": True}
    if consumed:
        update["lastConsumedClientMessageIndex"] = str(consumed)
    return {"sessionResumptionUpdate": update}


def not_resumable() -> Message:
    """Say that the session can't be resumed as it is: no handle, and a false that is left out."""
    return {"sessionResumptionUpdate": {}}


def go_away(seconds: float | None) -> Message:
    """Announce the connection's end; ``None`` names no time."""
    if seconds is None:
        return {"goAway": {}}
    whole = float(seconds).is_integer()
    return {"goAway": {"timeLeft": f"{int(seconds)}s" if whole else f"{seconds:.3f}s"}}


def at(message: Any, *path: str) -> Any:
    """Return what stands at a path, ``None`` where there is nothing: what tests have sent may be any JSON."""
    for key in path:
        message = message.get(key) if isinstance(message, dict) else None
    return message


def path_of(message: Any, *path: str) -> tuple[str, ...]:
    """Return a path as a message spells it, in camelCase or snake_case."""
    found = []
    for key in path:
        snake = re.sub(r"([A-Z])", lambda match: f"_{match[1].lower()}", key)
        found.append(snake if isinstance(message, dict) and key not in message else key)
        message = at(message, found[-1])
    return tuple(found)


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects in a list, none if it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def gives_audio(message: Message) -> bool:
    """Return whether a message carries a piece of the answer's sound, or of music."""
    spoken = any("inlineData" in part for part in objects(at(message, "serverContent", "modelTurn", "parts")))
    return spoken or bool(objects(at(message, "serverContent", "audioChunks")))


def ends_turn(message: Message) -> bool:
    """Return whether a message is a turn's last."""
    return at(message, "serverContent", "turnComplete") is True
