"""How each family of models talks on the wire, as one table of data.

Shapes differ by family in many small ways; every difference is a field here and none is a branch elsewhere.  What
differs by backend is said by the path, not here.
See https://ai.google.dev/api/live
"""

from __future__ import annotations

from typing import Any

import attrs

from ..exceptions import ConfigError
from ..profiles import profile_of
from ..types import Modality


@attrs.frozen(kw_only=True)
class EmulatorProfile:
    """One family's ways.

    Attributes:
        name: what ``Emulator(profile=…)`` calls it.
        modalities: the response modalities that its models have.
        thinks: whether a turn begins with a thought.
        audio_mime_type: the type of the answer's audio.
        response_count: the usage key of the answer's tokens.
        response_details: the usage key of the answer's tokens by modality.
        base_prompt_tokens: tokens that every prompt holds besides the conversation.
        media_chunks: whether ``realtimeInput.mediaChunks`` is still accepted.
        absent_fields: names that the family lacks although its backend has them, as dotted paths.
        chunk_ms: how short and how long a piece of the answer's audio may be.
        opens_with_nothing: what an answer begins with, empty: ``"content"``, ``"transcription"``, or nothing at all.
        bundles: whether one content holds a piece of audio and the words to it.
        words_first: whether all words come before all audio.
        finishes: whether the end of a transcription is marked, in a message of its own.
        role: the role that answers carry, if any.
        grounding: whether a turn's end carries grounding metadata, empty ones as well.
        counts_words: whether the usage counts the answer's words beside its audio.
        session_ids: whether ``setupComplete`` names the session.
        call_prefix: what a call's id begins with, before a number; ``None`` makes UUIDs.
        blocks: whether the model waits for a function whose declaration does not say.
        only_blocks: whether it waits for any function, whatever its declaration says.
        splits_tool_rounds: whether the answer to a call's result is a turn of its own.
        update_after_answers: whether a handle follows the answers to calls, unasked.
        reports_status: whether a turn's end says whether more turns follow without new input.
        input_cancels: whether any new input gives up the functions that are waited for.
        waits_for_user: whether a result that may interrupt lets a user who speaks finish.
        stream_end_ends: whether the end of the audio stream ends the user's turn.
        documented_only: nobody has recorded this family; its ways are what Google's pages say, and else those of the
            family before.
        families: the families of :mod:`gemini_live.profiles` that are played by it.
    """

    name: str
    modalities: frozenset[Modality] = frozenset({Modality.AUDIO})
    thinks: bool = True
    audio_mime_type: str = "audio/pcm;rate=24000"
    response_count: str = "responseTokenCount"
    response_details: str = "responseTokensDetails"
    base_prompt_tokens: int = 1115
    media_chunks: bool = True
    absent_fields: frozenset[str] = frozenset()
    chunk_ms: tuple[float, float] = (40.0, 1000.0)
    opens_with_nothing: str = ""
    bundles: bool = False
    words_first: bool = False
    finishes: bool = False
    role: str | None = None
    grounding: bool = False
    counts_words: bool = False
    session_ids: bool = False
    call_prefix: str | None = "function-call-"
    blocks: bool = True
    only_blocks: bool = False
    splits_tool_rounds: bool = False
    update_after_answers: bool = False
    reports_status: bool = False
    input_cancels: bool = False
    waits_for_user: bool = False
    stream_end_ends: bool = True
    documented_only: bool = False
    families: tuple[str, ...] = ()


# https://ai.google.dev/gemini-api/docs/models/gemini-3.8-live; shapes and numbers are those of 3.1.
_THREE_EIGHT: dict[str, Any] = {
    "thinks": False,
    "media_chunks": False,
    "base_prompt_tokens": 150,
    "opens_with_nothing": "content",
    "bundles": True,
    "call_prefix": "fc_",
    "blocks": False,
    "input_cancels": True,
    "waits_for_user": True,
    "stream_end_ends": False,
    "documented_only": True,
}
_ROWS = (
    # No tool round of this family was recorded: its calls are in the form of the others, its ids as users report them.
    EmulatorProfile(name="gemini-2.5", families=("gemini-2.5", "half-cascade")),
    EmulatorProfile(
        name="gemini-3.1",
        thinks=False,
        media_chunks=False,
        base_prompt_tokens=150,
        opens_with_nothing="content",
        bundles=True,
        call_prefix="fc_",
        only_blocks=True,
        update_after_answers=True,
        families=("gemini-3.1",),
    ),
    EmulatorProfile(
        name="vertex-2.5",
        thinks=False,
        audio_mime_type="audio/pcm",
        response_count="candidatesTokenCount",
        response_details="candidatesTokensDetails",
        base_prompt_tokens=10,
        opens_with_nothing="transcription",
        words_first=True,
        finishes=True,
        role="model",
        grounding=True,
        counts_words=True,
        session_ids=True,
        call_prefix=None,
        splits_tool_rounds=True,
        families=("vertex-2.5", "vertex-2.5-half-cascade"),
    ),
    EmulatorProfile(name="gemini-3.8", families=("gemini-3.8",), **_THREE_EIGHT),
    EmulatorProfile(
        name="gemini-3.8-thinking",
        families=("gemini-3.8-extended-thinking",),
        reports_status=True,
        **_THREE_EIGHT,
    ),
)
PROFILES: dict[str, EmulatorProfile] = {profile.name: profile for profile in _ROWS}
"""Every family by its name."""
AUTO = "auto"
"""In place of a name: the family of each session's model."""


def profile_for(model: str, backend: str) -> EmulatorProfile:
    """Return the profile that plays a model; a model of an unknown family is played as its backend's oldest."""
    family = profile_of(model).name
    fallback = "vertex-2.5" if backend == "vertex_ai" else "gemini-2.5"
    return next((profile for profile in _ROWS if family in profile.families), PROFILES[fallback])


def profile_named(name: str) -> EmulatorProfile | None:
    """Return a profile by its name, ``None`` for :data:`AUTO`.

    Raises:
        ConfigError: there is none of that name; it lists those that there are.
    """
    if name == AUTO:
        return None
    if name not in PROFILES:
        raise ConfigError(f"{name!r} is not known; known are {', '.join((AUTO, *sorted(PROFILES)))}", path="profile")
    return PROFILES[name]
