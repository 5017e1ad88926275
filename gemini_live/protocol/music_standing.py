"""What a music session has been told by its program, and what another connection has to be told again.  Pure."""

from __future__ import annotations

from ..types import MusicGenerationConfig, PlaybackControl, WeightedPrompt
from .music_outgoing import MusicOutgoing, Reset

_NOTHING = MusicGenerationConfig()


class Standing:
    """The last word on each thing.  Owner: the actor; one thread."""

    def __init__(self) -> None:
        self._prompts: MusicOutgoing | None = None
        self._config: MusicOutgoing | None = None
        self._control: MusicOutgoing | None = None
        self._context: MusicGenerationConfig | None = None

    @property
    def prompts(self) -> tuple[WeightedPrompt, ...]:
        """The prompts; none before the first."""
        return self._prompts.prompts if self._prompts is not None else ()

    @property
    def config(self) -> MusicGenerationConfig:
        """The configuration; empty before the first."""
        return (self._config and self._config.config) or _NOTHING

    @property
    def playback(self) -> PlaybackControl | None:
        """The last of PLAY, PAUSE and STOP; ``None`` before the first."""
        return self._control.control if self._control is not None else None

    def take(self, message: MusicOutgoing) -> None:
        """Take the program's word."""
        if message.prompts:
            self._prompts = message
        elif message.config is not None:
            self._config = message
        elif message.control == PlaybackControl.RESET_CONTEXT:
            self._context = self.config if self._context is not None else None
        else:
            self._control = message
            if message.control == PlaybackControl.PLAY:
                self._context = self._context or self.config
            elif message.control == PlaybackControl.STOP:
                self._context = None

    def wants_reset(self, message: MusicOutgoing) -> bool:
        """Return whether a configuration that was taken needs a reset to be heard, or is to have one.

        Tempo and key belong to what the music remembers: they are those of the moment when it began to.
        """
        context, config = self._context, message.config
        if config is None or context is None or message.reset is Reset.NEVER:
            return False
        return message.reset is Reset.ALWAYS or (context.bpm, context.scale) != (config.bpm, config.scale)

    def again(self) -> list[MusicOutgoing]:
        """Return what a server that knows nothing is told now: prompts, configuration, playback, in that order."""
        self._context = self.config if self.playback == PlaybackControl.PLAY else None
        return [message for message in (self._prompts, self._config, self._control) if message is not None]
