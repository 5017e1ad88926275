"""What a program says of the music it wants, checked and turned into messages."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from ..exceptions import ConfigError
from ..types import (
    MusicClientContent,
    MusicClientMessage,
    MusicGenerationConfig,
    MusicSetup,
    PlaybackControl,
    WeightedPrompt,
    parse,
)
from .outgoing import Outgoing, to_json

PROMPTS, CONFIG, CONTROL = "client_content", "music_generation_config", "playback_control"
"""The kinds of message, as :class:`Unsent` says them."""


class Reset(enum.Enum):
    """Whether the music forgets what it was when its configuration changes."""

    NEVER = "never"
    AUTO = "auto"
    ALWAYS = "always"


@attrs.frozen(kw_only=True, slots=False)
class MusicOutgoing(Outgoing):
    """One message, and what it says.

    Attributes:
        prompts: all prompts from now on.
        config: the whole configuration from now on.
        control: what becomes of the music.
        reset: whether a configuration is followed by a reset.
    """

    prompts: tuple[WeightedPrompt, ...] = attrs.field(default=(), repr=False)
    config: MusicGenerationConfig | None = attrs.field(default=None, repr=False)
    control: PlaybackControl | None = None
    reset: Reset = Reset.NEVER


def setup(model: str) -> bytes:
    """Return the first message of a connection."""
    return to_json(MusicClientMessage(setup=MusicSetup(model=model)))


def read_prompts(prompts: Any) -> tuple[WeightedPrompt, ...]:
    """Return prompts out of one or many of them.

    Args:
        prompts: a mapping of texts to weights; one ``{"text": …, "weight": …}``, :class:`WeightedPrompt` or text, which
            then has the weight 1; or several of those, a list for example.

    Raises:
        ConfigError: there is none, or one of them is wrong; every one is named.
    """
    if isinstance(prompts, Mapping) and not _is_prompt(prompts):
        prompts = [{"text": text, "weight": weight} for text, weight in prompts.items()]
    if isinstance(prompts, (Mapping, WeightedPrompt, str)) or not isinstance(prompts, Iterable):
        prompts = [prompts]
    given = [{"text": prompt, "weight": 1.0} if isinstance(prompt, str) else prompt for prompt in prompts]
    return parse(MusicClientContent, {"weighted_prompts": given}, "").weighted_prompts or ()


def _is_prompt(mapping: Mapping[Any, Any]) -> bool:
    """Whether a mapping is one prompt, and no mapping of texts to weights."""
    return isinstance(mapping.get("text"), str) or mapping.keys() == {"text", "weight"}


def prompts(weighted: tuple[WeightedPrompt, ...]) -> MusicOutgoing:
    """Make the message that replaces all prompts."""
    value = MusicClientMessage(client_content=MusicClientContent(weighted_prompts=weighted))
    return MusicOutgoing(kind=PROMPTS, payload=to_json(value), prompts=weighted)


def read_config(given: Any, path: str) -> MusicGenerationConfig:
    """Return a configuration out of a mapping in either spelling, or a value.

    Args:
        given: that.
        path: what errors call it.

    Raises:
        ConfigError: a field is unknown, of the wrong type or out of its range; every one is named.
    """
    return parse(MusicGenerationConfig, given, path)


def read_reset(value: Any) -> Reset:
    """Return what ``reset=`` says.

    Raises:
        ConfigError: it is none of the words.
    """
    try:
        return Reset(value)
    except ValueError:
        words = ", ".join(repr(reset.value) for reset in Reset)
        raise ConfigError(f"must be one of {words}, not {value!r}", path="reset") from None


def config(value: MusicGenerationConfig, *, reset: Reset = Reset.NEVER) -> MusicOutgoing:
    """Make the message that replaces the whole configuration."""
    payload = to_json(MusicClientMessage(music_generation_config=value))
    return MusicOutgoing(kind=CONFIG, payload=payload, config=value, reset=reset)


def control(value: PlaybackControl) -> MusicOutgoing:
    """Make the message that says what becomes of the music."""
    return MusicOutgoing(kind=CONTROL, payload=to_json(MusicClientMessage(playback_control=value)), control=value)
