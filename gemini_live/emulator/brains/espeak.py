"""eSpeak NG as a function from text to sound, by way of its C library.  Needs the extra ``offline-voice``.

https://github.com/espeak-ng/espeak-ng/blob/master/src/include/espeak-ng/speak_lib.h
"""

from __future__ import annotations

import ctypes
import importlib
import threading
from collections.abc import Iterator
from typing import Any

from ... import audio
from ...exceptions import GeminiLiveError

_SYNCHRONOUS = 2
"""Sound is handed over, nothing is played; the call returns when all of it has been."""
_NO_EXIT = 0x8000
_UTF8 = 1
_RATE_PARAMETER = 1
_PIECE_MS = 100
_VOICE = b"en-us"
WORDS_PER_MINUTE = 150

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Espeak:
    """The library, of which a process has one.  Any thread, one at a time: its state is its process's."""

    _lock = threading.Lock()
    _only: Espeak | None = None

    def __init__(self) -> None:
        """Load it; :meth:`load` does that once.

        Raises:
            ImportError: the extra is not installed.
            GeminiLiveError: it does not start.
        """
        loader: Any = importlib.import_module("espeakng_loader")
        self._library = ctypes.CDLL(str(loader.get_library_path()))
        data = str(loader.get_data_path()).encode()
        self.rate: int = self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, _NO_EXIT)
        if self.rate <= 0 or self._library.espeak_SetVoiceByName(_VOICE) != 0:
            raise GeminiLiveError("eSpeak NG does not start")
        self._library.espeak_Synth.argtypes = [
            ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int,
            ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p,
        ]  # fmt: skip
        self._library.espeak_SetParameter(_RATE_PARAMETER, WORDS_PER_MINUTE, 0)
        self._made = bytearray()
        self._take = _Callback(self._on_sound)
        self._library.espeak_SetSynthCallback(self._take)

    @classmethod
    def load(cls) -> Espeak:
        """Return the one of this process."""
        with cls._lock:
            if cls._only is None:
                cls._only = cls()
            return cls._only

    def _on_sound(self, samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            self._made += ctypes.string_at(samples, count * 2)
        return 0

    def say(self, text: str) -> bytes:
        """Return a text as PCM, at the library's own rate; no two times it is the same to the sample."""
        data = text.replace("\0", " ").encode()
        with self._lock:
            self._made.clear()
            self._library.espeak_Synth(data, len(data) + 1, 0, 0, 0, _UTF8, None, None)
            return bytes(self._made)


def resampled(pcm: bytes, source_rate: int, rate: int = audio.OUTPUT_RATE) -> Iterator[bytes]:
    """Yield PCM at another rate, a little at a time: all of it at once would stop the server."""
    resampler = audio.Resampler(source_rate, rate)
    for piece in audio.chunks(pcm, _PIECE_MS, rate=source_rate):
        yield resampler.process(piece)
    yield resampler.flush()


def spoken_wav(text: str, rate: int = audio.INPUT_RATE) -> audio.Wav:
    """Say a text as a recording, for whoever wants to speak to a model.

    Raises:
        ImportError: the extra is not installed.
    """
    espeak = Espeak.load()
    return audio.Wav(pcm=b"".join(resampled(espeak.say(text), espeak.rate, rate)), rate=rate)
