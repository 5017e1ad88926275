"""An answer as a script: which message goes out at which moment.  Pure; any thread.

Moments are milliseconds of the answer's own sound.  The sound is sent a little ahead of its playback, and the turn is
over when the playback is: https://ai.google.dev/api/live#bidigeneratecontentservercontent
"""

from __future__ import annotations

import random
import re
from collections import deque
from collections.abc import Generator, Iterator, Mapping

import attrs

from ..audio import OUTPUT_RATE, bytes_for_duration, duration_ms
from ..types import Modality
from . import shapes
from .brains import Act, Answer, Cut, Pause, Said
from .context import Context, Entry, audio_tokens, text_tokens
from .profiles import EmulatorProfile
from .settings import Settings
from .shapes import Message
from .tool_rules import Wanted

LEAD_MS = 500.0
"""How far the sound runs ahead of its playback."""
_LONGEST_PIECE_WORDS = 2


@attrs.frozen
class Cue:
    """One message of an answer.

    Attributes:
        at_ms: when it goes out.
        message: what goes out.
        text: the words it carries.
        audio_ms: how much sound it carries.
        act: what happens to the connection then.
    """

    at_ms: float
    message: Message
    text: str = ""
    audio_ms: float = 0.0
    act: Act | None = None


@attrs.define(kw_only=True)
class Delivery:
    """The giving of one answer, and how far it has come.

    Attributes:
        answer: what is said; of a turn that waits for functions, what is said of their results comes later.
        settings: what the setup asked for.
        profile: the family's ways.
        prompt: the tokens of what it answers, by modality.
        chunk_ms: how short and how long a piece of the sound may be.
        chance: decides the lengths.
        calls: the functions that are called before anything is said.
        text: the words sent so far.
        audio_ms: the sound sent so far.
        thoughts: the tokens thought so far.
        ends_ms: when its playback ends, as far as that is known.
    """

    answer: Answer
    settings: Settings
    profile: EmulatorProfile
    prompt: Mapping[Modality, int]
    chunk_ms: tuple[float, float]
    chance: random.Random
    calls: tuple[Wanted, ...] = ()
    text: str = ""
    audio_ms: float = 0.0
    thoughts: int = 0
    ends_ms: float = 0.0

    @property
    def waits(self) -> bool:
        """Whether nothing is said before functions have answered."""
        return any(call.blocks for call in self.calls)

    def cues(self) -> Iterator[Cue]:
        """Yield the whole answer up to ``generationComplete``; a cue counts as sent once the next is asked for."""
        yield from self.opening()
        yield from self.words_and_sound()

    def words_and_sound(self) -> Iterator[Cue]:
        """Yield what is said, up to ``generationComplete`` or the cut; likewise."""
        for cue in self._script():
            yield cue
            self.text += cue.text
            self.audio_ms += cue.audio_ms

    def in_silence(self) -> Iterator[Cue]:
        """Yield what happens where nothing is said."""
        yield from self.heard()
        yield from self._parts()

    def opening(self) -> Iterator[Cue]:
        """Yield what comes before anything is said."""
        yield from self.heard()
        yield from self.nothing()
        if self.settings.thinks:
            yield Cue(0.0, shapes.thought(self.answer.thought))
            self.thoughts = text_tokens(self.answer.thought)

    def nothing(self) -> Iterator[Cue]:
        """Yield the empty message with which some families begin, and go on after calls."""
        message = shapes.opening(self.profile, transcribed=self.settings.output_transcription)
        if message:
            yield Cue(0.0, message)

    def closing(self) -> Iterator[Cue]:
        """Yield the end of a turn in which functions were called and nothing was said."""
        if self.profile.finishes and self.settings.output_transcription:
            yield Cue(0.0, shapes.transcription_finished())
        yield Cue(0.0, shapes.generation_complete())

    def heard(self) -> Iterator[Cue]:
        """Yield the transcription of what is answered."""
        if self.settings.input_transcription:
            for piece in self.answer.heard:
                yield Cue(0.0, shapes.input_transcription(piece))

    def _script(self) -> Iterator[Cue]:
        if self.profile.words_first:
            pieces = [piece for part in self.answer.sequence if isinstance(part, Said) for piece in self._pieces(part)]
            yield from self._rest(deque(pieces), 0.0)
            yield from self._finished(0.0)
        if (yield from self._parts()):
            return
        moment = max(0.0, self.ends_ms - LEAD_MS)
        if not self.profile.words_first:
            yield from self._finished(moment)
        yield Cue(moment, shapes.generation_complete())

    def _parts(self) -> Generator[Cue, None, bool]:
        """Yield the answer's parts, one after another; return whether it was cut."""
        for part in self.answer.sequence:
            if isinstance(part, Said):
                yield from self._said(part)
            elif isinstance(part, Pause):
                self.ends_ms += part.ms
            elif isinstance(part, Cut):
                yield Cue(self.ends_ms, shapes.interrupted())
                return True
            else:
                yield Cue(self.ends_ms, {}, act=part)
        return False

    def _pieces(self, part: Said) -> Iterator[tuple[float, str]]:
        return timed_words(part.text, part.audio_ms, self.chance)

    def _said(self, part: Said) -> Iterator[Cue]:
        start, position = self.ends_ms, self.ends_ms
        pieces = deque(() if self.profile.words_first else self._pieces(part))
        for pcm in recut(part.audio(), self.chunk_ms, self.chance):
            moment = max(0.0, position - LEAD_MS)
            words = []
            while pieces and start + pieces[0][0] <= position:
                words.append(self._words(moment, pieces.popleft()[1]))
            length = duration_ms(pcm, rate=OUTPUT_RATE)
            yield from self._together(words, Cue(moment, shapes.audio(self.profile, pcm), audio_ms=length))
            position += length
        self.ends_ms = position
        yield from self._rest(pieces, max(0.0, position - LEAD_MS))

    def _rest(self, pieces: deque[tuple[float, str]], moment: float) -> Iterator[Cue]:
        """Yield the words that are left."""
        while pieces:
            yield self._words(moment, pieces.popleft()[1])

    def _finished(self, moment: float) -> Iterator[Cue]:
        """Yield what marks the end of the words."""
        if self.profile.finishes and self.settings.output_transcription:
            yield Cue(moment, shapes.transcription_finished())

    def _together(self, words: list[Cue], sound: Cue) -> Iterator[Cue]:
        """Yield words and the sound to them, in one message where the family does so."""
        if not (self.profile.bundles and words and self.settings.output_transcription):
            yield from words
            yield sound
            return
        text = "".join(cue.text for cue in words)
        message = shapes.bundled([sound.message, shapes.output_transcription(text)])
        yield attrs.evolve(sound, message=message, text=text)

    def _words(self, moment: float, text: str) -> Cue:
        """Make the cue of some words; without a transcription it sends nothing, and they count as said all the same."""
        return Cue(moment, shapes.output_transcription(text) if self.settings.output_transcription else {}, text=text)

    def end(self, context: Context, *, more: bool = False) -> Message:
        """Finish the turn as far as it came: add it to the context and return ``turnComplete`` with its usage.

        Args:
            context: the conversation.
            more: whether another turn follows without new input.
        """
        context.add(Entry(role="model", text=self.text, audio_ms=self.audio_ms))
        words = text_tokens(self.text) + sum(text_tokens(f"{call.name}{call.args}") for call in self.calls)
        usage = shapes.usage(self.profile, self.prompt, audio_tokens(self.audio_ms), self.thoughts, words)
        return shapes.turn_complete(self.profile, usage, more=more)


def timed_words(text: str, audio_ms: float, chance: random.Random) -> Iterator[tuple[float, str]]:
    """Cut a text into pieces of one or two words, each with the moment at which it is spoken.

    >>> list(timed_words("Hello there.", 900, random.Random(1)))
    [(0.0, 'Hello there.')]
    """
    words = re.findall(r"\s*\S+", text)
    spoken = 0
    while words:
        count = len(words) if len(words) <= _LONGEST_PIECE_WORDS else chance.randint(1, _LONGEST_PIECE_WORDS)
        piece = "".join(words[:count])
        del words[:count]
        yield audio_ms * spoken / len(text), piece
        spoken += len(piece)


def recut(pcm: Iterator[bytes], chunk_ms: tuple[float, float], chance: random.Random) -> Iterator[bytes]:
    """Cut a stream of 24 kHz PCM into pieces of varying length, short ones more often than long ones."""
    shortest, longest = chunk_ms

    def next_size() -> int:
        return bytes_for_duration(shortest * (longest / shortest) ** chance.random(), rate=OUTPUT_RATE)

    held, size = bytearray(), next_size()
    for piece in pcm:
        held += piece
        while len(held) >= size:
            yield bytes(held[:size])
            del held[:size]
            size = next_size()
    if held:
        yield bytes(held)
