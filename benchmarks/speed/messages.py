"""What server and clients say to each other: enough of the Live API's messages, and commands to the server. Pure.

A command is the text of a user's turn, so every client sends it by its own means.  No audio can be taken for one:
base64 has no colon.
"""

from __future__ import annotations

import base64
import json
import random
import struct

MODEL = "gemini-2.5-flash-native-audio-preview-12-2025"
API_KEY = "a-key-for-benchmarks"
INPUT_MIME_TYPE = "audio/pcm;rate=16000"
SETUP_COMPLETE = b'{"setupComplete": {}}'
TURN_COMPLETE = b'{"serverContent": {"turnComplete": true}}'
DELTA = " and so on,"
"""A text delta; the service's have a word or a few."""
_COMMAND = b"bench:"
_AUDIO_HEAD = (
    b'{"serverContent": {"modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "'
)
_AUDIO_TAIL = b'"}}]}}}'
_STAMP = struct.Struct("<q")
_STAMP_GROUPS = 9
"""Bytes of PCM whose base64 is made anew for a stamp: the eight of the stamp, filled up to whole groups of three."""


def command(verb: str, *arguments: object) -> str:
    """Return the text that has the server do something; see :mod:`.server`."""
    return " ".join((f"{_COMMAND.decode()}{verb}", *map(str, arguments)))


def read_command(payload: bytes) -> list[str] | None:
    """Return the words of the command in a client's message, ``None`` if there is none."""
    at = payload.find(_COMMAND)
    if at < 0:
        return None
    return payload[at + len(_COMMAND) : payload.index(b'"', at)].decode("ascii").split()


def noise(size: int, seed: int) -> bytes:
    """Return PCM that compresses as badly as speech; the same for the same seed."""
    return random.Random(seed).randbytes(size)  # noqa: S311 - no secret


def text_message(text: str) -> bytes:
    """Return a server's message with a text delta."""
    return json.dumps({"serverContent": {"modelTurn": {"parts": [{"text": text}]}}}).encode()


class AudioMessage:
    """A server's message with PCM, encoded beforehand.

    Args:
        size: bytes of PCM, divisible by three, so that base64 needs no padding, and at least nine.
        seed: decides the PCM.
    """

    def __init__(self, size: int, seed: int = 0) -> None:
        if size % 3 or size < _STAMP_GROUPS:
            raise ValueError(f"the size must be 9 or more and divisible by 3, not {size}")
        pcm = noise(size, seed)
        self.plain = b"".join((_AUDIO_HEAD, base64.b64encode(pcm), _AUDIO_TAIL))
        self._rest = base64.b64encode(pcm[_STAMP_GROUPS:]) + _AUDIO_TAIL

    def stamped(self, nanoseconds: int) -> bytes:
        """Return the message with a time in its first eight bytes of PCM."""
        stamp = base64.b64encode(_STAMP.pack(nanoseconds).ljust(_STAMP_GROUPS, b"\0"))
        return b"".join((_AUDIO_HEAD, stamp, self._rest))


def stamp_of(pcm: bytes) -> int:
    """Return the time in PCM, in nanoseconds of ``time.monotonic_ns()``, whose clock all processes share."""
    (stamp,) = _STAMP.unpack_from(pcm)
    return int(stamp)
