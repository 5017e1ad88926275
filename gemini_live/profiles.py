"""What each family of models can do, as one table of data.

Sources: https://ai.google.dev/gemini-api/docs/live and the families' own model pages.
"""

from __future__ import annotations

import enum

import attrs


class TextTransport(enum.Enum):
    """How a family wants text during a session."""

    CLIENT_CONTENT = "clientContent"
    REALTIME_INPUT = "realtimeInput.text"


@attrs.frozen(kw_only=True)
class Profile:
    """One family.

    Attributes:
        name: the family, as the emulator's ``profile=`` calls it.
        prefixes: how its models' bare names begin.
        text_transport: what ``send_text`` sends.
    """

    name: str
    prefixes: tuple[str, ...]
    text_transport: TextTransport = TextTransport.CLIENT_CONTENT


PROFILES: tuple[Profile, ...] = (
    Profile(name="gemini-3.8", prefixes=("gemini-3.8-live",)),
    Profile(
        name="gemini-3.1",
        prefixes=("gemini-3.1-flash-live",),
        text_transport=TextTransport.REALTIME_INPUT,
    ),
    Profile(name="gemini-2.5", prefixes=("gemini-2.5-flash-native-audio", "gemini-live-2.5-flash")),
)

UNKNOWN = Profile(name="unknown", prefixes=())
"""What is assumed of a model that the table does not know: nothing special."""

DEFAULT_MODEL = "gemini-3.8-live"
"""The model that programs which do not care are given."""


def bare_name(model: str) -> str:
    """Return a model's name without its path and method.

    >>> bare_name("projects/p/locations/l/publishers/google/models/m1:bidiGenerateContent")
    'm1'
    """
    return model.rsplit("/", 1)[-1].partition(":")[0]


def profile_of(model: str) -> Profile:
    """Return the family of a model, :data:`UNKNOWN` if the table does not have it."""
    name = bare_name(model)
    for profile in PROFILES:
        if name.startswith(profile.prefixes):
            return profile
    return UNKNOWN
