"""How each family of models talks on the wire, as one table of data.

Shapes differ by family in many small ways; every difference is a field here and none is a branch elsewhere.  What
differs by backend is said by the path, not here.
See https://ai.google.dev/api/live
"""

from __future__ import annotations

import attrs

from ..exceptions import ConfigError
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


PROFILES: dict[str, EmulatorProfile] = {profile.name: profile for profile in (EmulatorProfile(name="gemini-2.5"),)}


def profile_named(name: str) -> EmulatorProfile:
    """Return a profile by its name.

    Raises:
        ConfigError: there is none of that name; it lists those that there are.
    """
    if name not in PROFILES:
        raise ConfigError(f"{name!r} is not known; known are {', '.join(sorted(PROFILES))}", path="profile")
    return PROFILES[name]
