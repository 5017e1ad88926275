"""The server's messages, shape for shape.  Pure; any thread.

Fields that protobuf's JSON would leave out (false, zero, empty) are left out.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ..types import Modality
from .profiles import EmulatorProfile

Message = dict[str, Any]
"""One JSON message."""


def setup_complete() -> Message:
    """Say that the setup was accepted."""
    return {"setupComplete": {}}


def thought(text: str) -> Message:
    """Give a thought."""
    return {"serverContent": {"modelTurn": {"parts": [{"text": text, "thought": True}]}}}


def audio(profile: EmulatorProfile, pcm: bytes) -> Message:
    """Give a piece of the answer's sound."""
    data = base64.b64encode(pcm).decode()
    return {
        "serverContent": {"modelTurn": {"parts": [{"inlineData": {"mimeType": profile.audio_mime_type, "data": data}}]}}
    }


def input_transcription(text: str) -> Message:
    """Give a piece of what the user said."""
    return {"serverContent": {"inputTranscription": {"text": text}}}


def output_transcription(text: str) -> Message:
    """Give a piece of what the model says."""
    return {"serverContent": {"outputTranscription": {"text": text}}}


def generation_complete() -> Message:
    """Say that all of the answer has been sent."""
    return {"serverContent": {"generationComplete": True}}


def interrupted() -> Message:
    """Say that the user cut the answer."""
    return {"serverContent": {"interrupted": True}}


def turn_complete(usage: Message) -> Message:
    """Say that the turn is over, and what it cost."""
    return {"serverContent": {"turnComplete": True}, "usageMetadata": usage}


def usage(profile: EmulatorProfile, prompt: Mapping[Modality, int], spoken: int, thoughts: int) -> Message:
    """Count a turn: the whole context by modality, the answer's audio tokens, the thoughts'.

    The total is prompt and answer; thoughts are counted beside it.
    """
    prompt_total = sum(prompt.values())
    counts: Message = {"promptTokenCount": prompt_total}
    if spoken:
        counts[profile.response_count] = spoken
    counts["totalTokenCount"] = prompt_total + spoken
    counts["promptTokensDetails"] = [_detail(modality, count) for modality, count in prompt.items()]
    if spoken:
        counts[profile.response_details] = [_detail(Modality.AUDIO, spoken)]
    if thoughts:
        counts["thoughtsTokenCount"] = thoughts
    return counts


def _detail(modality: Modality, count: int) -> Message:
    return {"modality": modality.value, "tokenCount": count}


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


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects in a list, none if it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def gives_audio(message: Message) -> bool:
    """Return whether a message carries a piece of the answer's sound."""
    return any("inlineData" in part for part in objects(at(message, "serverContent", "modelTurn", "parts")))


def ends_turn(message: Message) -> bool:
    """Return whether a message is a turn's last."""
    return at(message, "serverContent", "turnComplete") is True
