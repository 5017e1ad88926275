"""Where speech begins and ends in a stream of PCM.

Time is the stream's own: a second of samples is a second, however fast it arrives.  Whether 20 ms are speech is asked
of a function (webrtcvad in the server), so that everything else here is pure.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

import attrs

from ..audio import INPUT_RATE, duration_ms

FRAME_MS = 20
FRAME_BYTES = INPUT_RATE * FRAME_MS // 1000 * 2
PRE_ROLL_FRAMES = 10
"""What is kept from before the start, as detectors are late."""
TAIL_FRAMES = 5
"""What is kept of the silence at the end."""
_VOICED_SHARE = 0.8

IsSpeech = Callable[[bytes], bool]
"""Whether one frame of 16 kHz PCM is speech."""


@attrs.frozen
class SpeechStarted:
    """The user has begun to speak."""


@attrs.frozen
class SpeechEnded:
    """The user has finished.

    Attributes:
        pcm: what was said, 16 kHz, with a little of what was around it.
        speech_ms: how long the user spoke.
    """

    pcm: bytes = attrs.field(repr=lambda pcm: f"<{len(pcm)} bytes>")
    speech_ms: float


Event = SpeechStarted | SpeechEnded


@attrs.frozen(repr=False)
class Speech:
    """Speech that has not ended.

    Attributes:
        frames: what was said, in frames.
        rest: the beginning of the next one.
        silent: how many at the end are silence.
        lead: how many at the beginning are from before the speech.
    """

    frames: tuple[bytes, ...]
    rest: bytes
    silent: int
    lead: int


_MOST_FRAMES = 10 * 60 * 1000 // FRAME_MS
"""Speech without a pause is taken for ended when it is so long."""


class Segmenter:
    """Cuts a stream of 16 kHz PCM into what was spoken.  Thread affinity: one thread at a time."""

    def __init__(self, is_speech: IsSpeech, *, start_ms: int, silence_ms: int) -> None:
        """Start in silence.

        Args:
            is_speech: the judge of one frame.
            start_ms: how much speech makes a start.
            silence_ms: how much silence makes an end.
        """
        self._is_speech = is_speech
        self._start_frames = max(1, math.ceil(start_ms / FRAME_MS))
        self._silence_frames = max(1, math.ceil(silence_ms / FRAME_MS))
        self._rest = b""
        self._reset()

    def _reset(self) -> None:
        self._before: deque[bytes] = deque(maxlen=self._start_frames + PRE_ROLL_FRAMES)
        self._window: deque[bool] = deque(maxlen=self._start_frames)
        self._spoken: list[bytes] | None = None
        self._silent = 0
        self._lead = 0

    @property
    def speaking(self) -> bool:
        """Whether the user is speaking."""
        return self._spoken is not None

    def speech(self) -> Speech | None:
        """Return the speech that has not ended."""
        if self._spoken is None:
            return None
        return Speech(tuple(self._spoken), self._rest, self._silent, self._lead)

    def go_on(self, speech: Speech) -> None:
        """Go on in the middle of what another one hears."""
        self._spoken, self._rest = list(speech.frames), speech.rest
        self._silent, self._lead = speech.silent, speech.lead

    def feed(self, pcm: bytes) -> list[Event]:
        """Take some PCM of any length and return what was found in it."""
        data = self._rest + pcm
        whole = len(data) // FRAME_BYTES * FRAME_BYTES
        self._rest = data[whole:]
        events: list[Event] = []
        for start in range(0, whole, FRAME_BYTES):
            frame = data[start : start + FRAME_BYTES]
            event = self._on_speech(frame) if self.speaking else self._on_silence(frame)
            if event is not None:
                events.append(event)
        return events

    def flush(self) -> list[Event]:
        """End the stream: whoever speaks has finished.  What is fed next begins another stream."""
        self._rest = b""
        if self.speaking:
            return [self._end()]
        self._reset()
        return []

    def _on_silence(self, frame: bytes) -> Event | None:
        self._before.append(frame)
        self._window.append(self._is_speech(frame))
        if sum(self._window) < math.ceil(self._start_frames * _VOICED_SHARE):
            return None
        self._spoken = list(self._before)
        self._lead = max(0, len(self._spoken) - self._start_frames)
        return SpeechStarted()

    def _on_speech(self, frame: bytes) -> Event | None:
        assert self._spoken is not None
        self._spoken.append(frame)
        self._silent = 0 if self._is_speech(frame) else self._silent + 1
        over = self._silent >= self._silence_frames or len(self._spoken) >= _MOST_FRAMES
        return self._end() if over else None

    def _end(self) -> SpeechEnded:
        assert self._spoken is not None
        speech = len(self._spoken) - self._lead - self._silent
        pcm = b"".join(self._spoken[: self._lead + speech + TAIL_FRAMES])
        self._reset()
        return SpeechEnded(pcm=pcm, speech_ms=duration_ms(speech * FRAME_BYTES, rate=INPUT_RATE))


def webrtc_judge(strictness: int) -> IsSpeech:
    """Return WebRTC's voice activity detector, 0 (lenient) to 3 (strict).  Needs the extra."""
    import webrtcvad  # noqa: PLC0415 - only with the extra

    detector = webrtcvad.Vad(strictness)
    return lambda frame: bool(detector.is_speech(frame, INPUT_RATE))
