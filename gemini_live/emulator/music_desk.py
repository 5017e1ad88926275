"""What a client has asked of the music, and what of it counts: prompts, configuration, playback.

It decides and does not act.  No sockets, no clock; owned by one connection.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

import attrs

from ..exceptions import ConfigError
from ..types import (
    FilteredPrompt,
    MusicClientContent,
    MusicClientMessage,
    MusicGenerationConfig,
    MusicGenerationMode,
    MusicSourceMetadata,
    OpenEnum,
    PlaybackControl,
    Scale,
    WeightedPrompt,
    parse,
)
from ..types._wire import WireValue
from .music_score import DRUMS, KEYS, Part, Score
from .music_styles import Blend, blend_of
from .refusals import invalid_argument
from .strictness import Check
from .wire_check import canonical

FORBIDDEN = frozenset({"explicit", "gore", "hateful", "obscene"})
"""Words whose prompts are not played."""
REASON = "The prompt contains words that are not allowed."
_TEMPERATURE, _TOP_K, _GUIDANCE = 1.1, 40, 4.0

Value = TypeVar("Value", bound=WireValue)
Member = TypeVar("Member", bound=OpenEnum)


@attrs.frozen(kw_only=True)
class Context:
    """What the music remembers until it is reset, and what is fixed as long.

    Attributes:
        number: which one of the session it is, from 1.
        bpm: the tempo.
        scale: the key.
        seed: what decides, where the configuration names none.
    """

    number: int
    bpm: int
    scale: Scale
    seed: int


class Desk:
    """One session's controls.

    Attributes:
        prompts: those that count, filtered ones left out.
        config: the configuration as it came last.
        playing: whether music is wanted.
        context: what the music remembers, ``None`` before it begins and after it was stopped.
    """

    def __init__(self, seed_of: Callable[[int], int], *, lenient: frozenset[Check] = frozenset()) -> None:
        """Begin with nothing asked for.

        Args:
            seed_of: returns the seed of each context by its number.
            lenient: what is let through although the service refuses it.
        """
        self.prompts: tuple[WeightedPrompt, ...] = ()
        self.config = MusicGenerationConfig()
        self.playing = False
        self.context: Context | None = None
        self._blend: Blend = blend_of(())
        self._contexts = 0
        self._seed_of = seed_of
        self._lenient = lenient

    def take(self, message: MusicClientMessage) -> list[FilteredPrompt]:
        """Take one message after the setup and return the prompts in it that are not played.

        Raises:
            RefusedError: it is against the rules, and the connection ends.
        """
        if message.setup is not None and Check.SECOND_SETUP not in self._lenient:
            raise invalid_argument()
        if message.client_content is not None:
            return self._prompt(_checked(MusicClientContent, message.client_content))
        if message.music_generation_config is not None:
            self.config = _checked(MusicGenerationConfig, message.music_generation_config)
        if message.playback_control is not None:
            self._control(canonical(message.playback_control))
        return []

    def _prompt(self, content: MusicClientContent) -> list[FilteredPrompt]:
        """Let other prompts count; where none of them may, those before still do."""
        given = content.weighted_prompts or ()
        played = tuple(prompt for prompt in given if not _forbidden(prompt))
        if played:
            self.prompts, self._blend = played, blend_of(played)
        return [FilteredPrompt(text=prompt.text, filtered_reason=REASON) for prompt in given if _forbidden(prompt)]

    def _control(self, control: OpenEnum) -> None:
        match control:
            case PlaybackControl.PLAY:
                self.playing = True
                self.context = self.context or self._new_context()
            case PlaybackControl.PAUSE:
                self.playing = False
            case PlaybackControl.STOP:
                self.playing, self.context = False, None
            case PlaybackControl.RESET_CONTEXT:
                self.context = self._new_context() if self.playing else None
            case _:
                if Check.UNKNOWN_NAMES not in self._lenient:
                    raise invalid_argument()

    def _new_context(self) -> Context:
        self._contexts += 1
        seed = self._seed_of(self._contexts)
        key = seed if self.config.seed is None else self.config.seed
        scale = _asked(self.config.scale, Scale)
        return Context(
            number=self._contexts,
            bpm=self.config.bpm or self._blend[0][0].rhythm.bpm,
            scale=KEYS[key % len(KEYS)] if scale is None else scale,
            seed=seed,
        )

    def score(self) -> Score:
        """Return what is played at this moment; only where there is a context."""
        assert self.context is not None
        config = self.config
        return Score(
            blend=self._blend,
            bpm=self.context.bpm,
            scale=self.context.scale,
            seed=self.context.seed if config.seed is None else config.seed,
            density=sum(style.rhythm.density * share for style, share in self._blend)
            if config.density is None
            else config.density,
            brightness=sum(style.rhythm.brightness * share for style, share in self._blend)
            if config.brightness is None
            else config.brightness,
            temperature=_TEMPERATURE if config.temperature is None else config.temperature,
            top_k=config.top_k or _TOP_K,
            guidance=_GUIDANCE if config.guidance is None else config.guidance,
            mode=_asked(config.music_generation_mode, MusicGenerationMode) or MusicGenerationMode.QUALITY,
            silent=_silent(config),
        )

    def source(self) -> MusicSourceMetadata:
        """Return the prompts and the configuration that are played at this moment, with what the client left open."""
        score = self.score()
        return MusicSourceMetadata(
            client_content=MusicClientContent(weighted_prompts=self.prompts) if self.prompts else None,
            music_generation_config=MusicGenerationConfig(
                temperature=score.temperature,
                top_k=score.top_k,
                seed=score.seed,
                guidance=score.guidance,
                bpm=score.bpm,
                density=round(score.density, 3),
                brightness=round(score.brightness, 3),
                scale=score.scale,
                mute_bass=self.config.mute_bass or None,  # what is false is left out
                mute_drums=self.config.mute_drums or None,
                only_bass_and_drums=self.config.only_bass_and_drums or None,
                music_generation_mode=score.mode,
            ),
        )


def _checked(cls: type[Value], value: Value) -> Value:
    """Return what a client may say; the service does not say what is wrong with the rest."""
    try:
        return parse(cls, value, "")
    except ConfigError:
        raise invalid_argument() from None


def _asked(value: OpenEnum | None, cls: type[Member]) -> Member | None:
    """Return a choice among those that are known; the unspecified one is none."""
    known = None if value is None else canonical(value)
    return known if isinstance(known, cls) and known.recognized and known.name != "UNSPECIFIED" else None


def _silent(config: MusicGenerationConfig) -> frozenset[Part]:
    silent: frozenset[Part] = frozenset()
    if config.mute_bass:
        silent |= {Part.BASS}
    if config.mute_drums:
        silent |= DRUMS
    if config.only_bass_and_drums:
        silent |= {Part.CHORD, Part.MELODY}
    return silent


def _forbidden(prompt: WeightedPrompt) -> bool:
    return not FORBIDDEN.isdisjoint(re.findall(r"\w+", (prompt.text or "").lower()))
