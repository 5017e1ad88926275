"""How each family of models talks on the wire, as one table of data.

Shapes differ by family in many small ways; every difference is a field here and none is a branch elsewhere.
See https://ai.google.dev/api/live
"""

from __future__ import annotations

import re

import attrs

from ..exceptions import ConfigError
from ..types import Modality


@attrs.frozen(kw_only=True)
class EmulatorProfile:
    """One family's ways.

    Attributes:
        name: what ``Emulator(profile=…)`` calls it.
        path: the upgrade's path after repeated slashes are collapsed; its group ``version`` is the API version.
        modalities: the response modalities that its models have.
        thinks: whether a turn begins with a thought.
        audio_mime_type: the type of the answer's audio.
        response_count: the usage key of the answer's tokens.
        response_details: the usage key of the answer's tokens by modality.
        base_prompt_tokens: tokens that every prompt holds besides the conversation.
        media_chunks: whether ``realtimeInput.mediaChunks`` is still accepted.
        absent_fields: names in the types that this API does not have, as dotted paths.
        chunk_ms: how short and how long a piece of the answer's audio may be.
    """

    name: str
    path: re.Pattern[str]
    modalities: frozenset[Modality] = frozenset({Modality.AUDIO})
    thinks: bool = True
    audio_mime_type: str = "audio/pcm;rate=24000"
    response_count: str = "responseTokenCount"
    response_details: str = "responseTokensDetails"
    base_prompt_tokens: int = 1115
    media_chunks: bool = True
    absent_fields: frozenset[str] = frozenset()
    chunk_ms: tuple[float, float] = (40.0, 1000.0)


_GEMINI_PATH = re.compile(
    r"/ws/google\.ai\.generativelanguage\.(?P<version>v[0-9a-z]+)\.GenerativeService\.BidiGenerateContent"
)

PROFILES: dict[str, EmulatorProfile] = {
    profile.name: profile
    for profile in (
        EmulatorProfile(
            name="gemini-2.5",
            path=_GEMINI_PATH,
            absent_fields=frozenset({"setup.explicit_vad_signal", "setup.session_resumption.transparent"}),
        ),
    )
}


def profile_named(name: str) -> EmulatorProfile:
    """Return a profile by its name.

    Raises:
        ConfigError: there is none of that name; it lists those that there are.
    """
    if name not in PROFILES:
        raise ConfigError(f"{name!r} is not known; known are {', '.join(sorted(PROFILES))}", path="profile")
    return PROFILES[name]


def version_of(profile: EmulatorProfile, path: str) -> str | None:
    """Return the API version that an upgrade's path names, ``None`` if it is no path of this profile.

    Clients that join a base URL and a path by hand double the slash; the service takes that, and so does this.
    """
    match = profile.path.fullmatch(re.sub(r"/{2,}", "/", path))
    return match["version"] if match else None
