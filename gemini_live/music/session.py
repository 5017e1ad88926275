"""A music session, as the program holds it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from .._clock import Deadline, check_seconds
from ..exceptions import ConfigError
from ..protocol import music_outgoing as outgoing
from ..session.hub import Hub
from ..session.living import Living
from ..session.outbox import Queued
from ..session.running import check_timeout
from ..types import MusicGenerationConfig, PlaybackControl, WeightedPrompt
from ..types.codec import snake
from .board import MusicBoard, MusicSnapshot
from .commands import Fade
from .options import MusicOptions, make_music_options
from .server import MusicServer

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from .keywords import MusicSessionOptions

    Prompt = WeightedPrompt | Mapping[str, Any] | str
    Prompts = Prompt | Mapping[str, float] | Sequence[Prompt]

_FIELDS = tuple(field.name for field in attrs.fields(MusicGenerationConfig) if field.name != "extra")


class MusicSession(Living):
    """Music that a model plays as long as it is wanted, kept by a thread of its own.

    Made, connected and closed as a :class:`Session`.  What the music is like is said in prompts with weights and in a
    configuration, and both can be changed while it plays.  Every method may be called by any thread; callbacks run on a
    thread of their own, one at a time and in order.  https://ai.google.dev/gemini-api/docs/music-generation

    When the connection is lost, another is made and told the prompts, the configuration and whether to play, in that
    order.  The service remembers nothing of the music before, so another piece begins: ``on_reconnected`` and the next
    chunk say how long the gap was.

    Example::

        with MusicSession.open(on_audio=lambda chunk: speaker.write(chunk.data)) as music:
            music.set_weighted_prompts({"minimal techno": 1.0, "piano": 0.5})
            music.set_music_generation_config(bpm=120)
            music.play()
            time.sleep(60)
    """

    _options: MusicOptions
    _board: MusicBoard

    def __init__(self, options: MusicOptions) -> None:
        """Start the actor; programs call :meth:`start_link`."""
        parts = self._gather(options, MusicBoard(), Hub(options.owner))
        self._config_lock = threading.RLock()  # a signal handler may come in the middle
        self._config = MusicGenerationConfig()
        self._start(MusicServer(options, **parts.server), parts)

    @classmethod
    def start_link(cls, **options: Unpack[MusicSessionOptions]) -> Self:
        """Check every option, start the session's thread and return; nothing is connected yet.

        Args:
            model: the model's name, ``"models/lyria-realtime-exp"`` unless said.
            auth: ``"gemini"``; Vertex AI does not offer Live Music.
            api_key: the key, else ``GOOGLE_API_KEY`` or ``GEMINI_API_KEY`` of the environment.  It goes in a header.
            credentials: and ``access_token``, ``headers``, ``base_url``, ``proxy``, ``ssl_context``: as for
                :meth:`Session.start_link`; ephemeral tokens there are none.
            api_version: ``"v1alpha"`` unless said.
            on_audio: told of every piece of music, a :class:`MusicChunk`: 16-bit PCM, 48 kHz, stereo.
            on_filtered_prompt: told of every prompt that the service does not play, and why.
            on_underrun: told when a player that plays the music as it comes has nothing left, an :class:`Underrun`.
            on_message: and ``on_open``, ``on_raw_message``, ``on_reconnecting``, ``on_reconnected``, ``on_error``,
                ``on_close``: as for a :class:`Session`.
            handler: and ``owner``, ``dispatch``, ``name``, ``transport``, ``outbox``, ``connect_timeout``,
                ``close_timeout``, ``max_message_bytes``, ``observer``, ``clock``: likewise.
            reconnect: likewise; of its fields ``replay`` is of no account here, and ``fresh`` says whether another
                connection is told what was asked for (``"seed"``), is not, which leaves it to the program
                (``"empty"``; :meth:`update_config` still goes on from what was sent last), or is not made (``"fail"``).
            underrun_after: seconds of music that the player holds back before it begins, 0.1; when more than that is
                missing ``on_underrun`` is told.

        Raises:
            ConfigError: an option is unknown or wrong, or Vertex AI is meant; the error names it.
            AuthError: there is no key.

        Example::

            music = MusicSession.start_link(on_audio=lambda chunk: speaker.write(chunk.data))
            music.connect()
        """
        return cls(make_music_options(options))

    @classmethod
    def open(cls, **options: Unpack[MusicSessionOptions]) -> Self:
        """Do :meth:`start_link` and :meth:`connect`; if the connect fails, the session is closed again.

        Raises:
            ConfigError, AuthError, ConnectError: as those two.
        """
        return cls.start_link(**options)._open()  # noqa: SLF001 - one object in two classes

    def set_weighted_prompts(self, prompts: Prompts, *, wait: bool = False, timeout: float | None = None) -> None:
        """Say what the music shall be like; it takes the place of all prompts before.

        A change that is large is heard as one: :meth:`transition` goes there step by step.

        Args:
            prompts: a mapping of texts to weights, one prompt, or a list of them; a prompt is ``{"text": …,
                "weight": …}``, a :class:`WeightedPrompt`, or a text, which then has the weight 1.  A weight is any
                number but 0, and counts in relation to the others.
            wait: return when the bytes are with the kernel, or later prompts have taken their place after a loss of
                the connection.
            timeout: seconds for that.

        Raises:
            ConfigError: there is no prompt, a weight is 0, or something else is wrong; every mistake is named.
            NotReadyError: the session is not connected.
            SessionClosed: it has ended.
            OutboxFullError: too much is waiting.
            CallTimeout: with ``wait``, it took too long.
            CallingSelfError: with ``wait``, from a callback with ``dispatch="inline"``.

        Example::

            music.set_weighted_prompts([{"text": "minimal techno", "weight": 1.0}, {"text": "piano", "weight": 0.5}])
        """
        self._enter()
        self._ask(outgoing.prompts(outgoing.read_prompts(prompts)), wait=wait, timeout=timeout)

    def transition(self, prompts: Prompts, seconds: float, *, wait: bool = False, timeout: float | None = None) -> None:
        """Go to other prompts step by step, so that no jump is heard.

        Each prompt's share of the whole moves evenly from what it is to what it shall be, four times a second; new ones
        come in from nothing, and those that are left out go there.  Prompts that are set meanwhile end it where it is.
        Without any prompts before, the new ones are set at once.  A step that the network does not take in time is left
        out; on another connection it goes on where it would be.  A prompt that the service does not play is told of
        with each step.

        Args:
            prompts: where to go, as for :meth:`set_weighted_prompts`.
            seconds: how long it takes, above 0 and at most a day.
            wait: return when it has come there, or other prompts have taken its place.
            timeout: seconds for that.

        Raises:
            ConfigError, NotReadyError, SessionClosed, OutboxFullError, CallTimeout, CallingSelfError: as
                :meth:`set_weighted_prompts`.

        Example::

            music.transition({"ambient": 1.0}, seconds=20)
        """
        self._enter()
        target = outgoing.read_prompts(prompts)
        span = check_seconds(seconds, "seconds")
        deadline = Deadline.after(check_timeout(timeout))
        message = outgoing.prompts(target)
        reply = self._admit(message, wait=wait, timeout=timeout)
        self._post(Fade(target, span, Queued(message, reply)), message, None, deadline)
        if reply is not None:
            self._await(reply, deadline, "the other prompts were not reached in time; the transition goes on")

    def set_music_generation_config(
        self,
        config: MusicGenerationConfig | Mapping[str, Any] | None = None,
        *,
        reset: str = "never",
        wait: bool = False,
        timeout: float | None = None,
        **fields: Any,
    ) -> None:
        """Say how it shall be played; it takes the place of the whole configuration before.

        What is left out goes back to the service's default, so that a call without any field makes everything the
        default.  :meth:`update_config` changes single fields.

        ``bpm`` and ``scale`` belong to what the music remembers: a change of them is heard from the next reset of the
        context on, which is a hard cut.  ``reset="auto"`` asks for one when, and only when, the music that plays (or is
        paused) began with another tempo or key.

        Args:
            config: the configuration, or
            fields: the same as keywords: ``temperature`` 0 to 3, ``top_k`` 1 to 1000, ``seed`` 0 to 2147483647,
                ``guidance`` 0 to 6, ``bpm`` 60 to 200, ``density`` and ``brightness`` 0 to 1, ``scale`` (see
                :class:`Scale`), ``mute_bass``, ``mute_drums``, ``only_bass_and_drums``, ``music_generation_mode``.
            reset: ``"never"``, ``"auto"`` or ``"always"``; where nothing plays or is paused there is nothing to reset.
            wait: as for :meth:`set_weighted_prompts`.
            timeout: likewise.

        Raises:
            ConfigError: a field is unknown, of the wrong type or out of its range; every mistake is named.
            NotReadyError, SessionClosed, OutboxFullError, CallTimeout, CallingSelfError: as
                :meth:`set_weighted_prompts`.

        Example::

            music.set_music_generation_config(bpm=140, scale="D_MAJOR_B_MINOR", reset="auto")
        """
        self._enter()
        if config is not None and fields:
            raise ConfigError("takes a mapping or single fields, not both", path="config")
        whole = outgoing.read_config(fields, "") if config is None else outgoing.read_config(config, "config")
        self._configure(lambda _: whole, reset, wait=wait, timeout=timeout)

    def update_config(
        self, *, reset: str = "never", wait: bool = False, timeout: float | None = None, **changes: Any
    ) -> None:
        """Change single fields of the configuration; the others stay as they were sent last.

        The service knows only whole configurations, so what was sent last is merged with the changes and sent again.
        Threads that change different fields at once lose nothing.

        Args:
            changes: as for :meth:`set_music_generation_config`; ``None`` makes a field the service's default.
            reset: likewise.
            wait: likewise.
            timeout: likewise.

        Raises:
            ConfigError: there is no change, or it is wrong; every mistake is named.
            NotReadyError, SessionClosed, OutboxFullError, CallTimeout, CallingSelfError: as
                :meth:`set_weighted_prompts`.

        Example::

            music.update_config(density=0.8)
        """
        self._enter()
        if not changes:
            raise ConfigError(f"update_config() takes at least one of {', '.join(_FIELDS)}")
        changed = outgoing.read_config(changes, "")
        news = {field: getattr(changed, field) for field in map(snake, changes)}
        self._configure(lambda last: attrs.evolve(last, **news), reset, wait=wait, timeout=timeout)

    def _configure(
        self,
        change: Callable[[MusicGenerationConfig], MusicGenerationConfig],
        reset: str,
        *,
        wait: bool,
        timeout: float | None,
    ) -> None:
        """Send a configuration that is made of the last one.

        Its place in the mailbox and what the next change is made of are settled together, under a lock that is not
        held while anybody waits; a change that another one came before, or into the middle of, is made anew.
        """
        how = outgoing.read_reset(reset)
        deadline = Deadline.after(check_timeout(timeout))
        while True:
            last = self._config
            whole = change(last)
            message = outgoing.config(whole, reset=how)
            reply = self._admit(message, wait=wait, timeout=deadline.remaining())
            with self._config_lock:
                if self._config is not last:
                    self._meter.release(message)
                    continue
                self._config = whole
                try:
                    self._post(Queued(message, reply), message, None, deadline)
                except BaseException:
                    self._config = last
                    raise
                if self._config is whole:
                    break
        if reply is not None:
            self._await_sent(reply, deadline)

    def play(self, *, wait: bool = False, timeout: float | None = None) -> None:
        """Play: go on where the music was paused, or begin.

        Args:
            wait: return when the bytes are with the kernel; after a loss of the connection, those of the control that
                was asked for last.
            timeout: seconds for that.

        Raises:
            NotReadyError, SessionClosed, OutboxFullError, CallTimeout, CallingSelfError: as
                :meth:`set_weighted_prompts`.
        """
        self._ask(outgoing.control(PlaybackControl.PLAY), wait=wait, timeout=timeout)

    def pause(self, *, wait: bool = False, timeout: float | None = None) -> None:
        """Have the music wait where it is; what has come already is for the player to play or to drop.

        Arguments and errors are those of :meth:`play`.
        """
        self._ask(outgoing.control(PlaybackControl.PAUSE), wait=wait, timeout=timeout)

    def stop(self, *, wait: bool = False, timeout: float | None = None) -> None:
        """End the music; prompts and configuration stay, and :meth:`play` begins another piece.

        Arguments and errors are those of :meth:`play`.
        """
        self._ask(outgoing.control(PlaybackControl.STOP), wait=wait, timeout=timeout)

    def reset_context(self, *, wait: bool = False, timeout: float | None = None) -> None:
        """Have the music forget what it was; it goes on with prompts and configuration as they are, with a hard cut.

        Arguments and errors are those of :meth:`play`.
        """
        self._ask(outgoing.control(PlaybackControl.RESET_CONTEXT), wait=wait, timeout=timeout)

    def _ask(self, message: outgoing.MusicOutgoing, *, wait: bool, timeout: float | None) -> None:
        self._enter()
        deadline = Deadline.after(check_timeout(timeout))
        reply = self._admit(message, wait=wait, timeout=timeout)
        self._post(Queued(message, reply), message, reply, deadline)

    def snapshot(self) -> MusicSnapshot:
        """Return the session's state at this moment, without touching the network or waiting for the actor."""
        self._enter()
        board, now = self._board, self._options.clock.monotonic()
        return MusicSnapshot(
            **self._facts(now),
            prompts=board.prompts,
            config=board.config,
            playback=board.playback,
            in_transition=board.in_transition,
            chunks=board.chunks,
            audio_bytes=board.audio_bytes,
            received_ms=board.received_ms,
            ahead_ms=0.0 if board.empty_at is None else max(0.0, (board.empty_at - now) * 1000),
            underruns=board.underruns,
            gap_ms=board.gap_ms,
            filtered=board.filtered,
        )
