"""What a program says, checked and turned into messages: the last place where a mistake costs nothing."""

from __future__ import annotations

import enum
import functools
import io
import json
import sys
from json.encoder import encode_basestring
from typing import Any

import attrs

from .._speed import write_base64
from ..audio import INPUT_RATE, check_rate, input_mime_type, rate_of
from ..exceptions import ConfigError
from ..profiles import Profile, TextTransport
from ..types import Blob, ClientContent, ClientMessage, Content, Part, RealtimeInput, encode, parse
from ..types._wire import WireValue
from ..types.codec import collect, wrong_backend


class Lane(enum.Enum):
    """How a message is treated when the network can't keep up."""

    CONTROL = "control"
    AUDIO = "audio"
    VIDEO = "video"


CONTROL = Lane.CONTROL  # to look it up in its class takes as long as a call


@attrs.frozen(slots=False)  # without slots it is made in half the time, and there is one for every piece of sound
class Outgoing:
    """One message, ready for the wire.

    Attributes:
        kind: what it is, as :class:`Unsent` says it.
        payload: its JSON.
        lane: whether it may be dropped.
        asks: whether the model is to answer it.
        ends_input: whether it says that the user has finished speaking.
        answers: ids of the function calls that it settles.
        nameless: names of the functions whose calls, which had no id, it settles.
        concerns: ids of all function calls that it has answers to, or parts of answers.
        said: its words, each with the role of who said them.
        duration_ms: how long it sounds, in milliseconds.
    """

    kind: str
    payload: bytes = attrs.field(repr=False)
    lane: Lane = Lane.CONTROL
    asks: bool = False
    ends_input: bool = False
    answers: tuple[str, ...] = ()
    nameless: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ()
    said: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)
    duration_ms: float = 0.0

    def like(self, **changes: Any) -> Outgoing:
        """Return the same but for some attributes; what :func:`attrs.evolve` does, at a fifth of its price."""
        other = self.__class__.__new__(self.__class__)
        other.__dict__.update(self.__dict__, **changes)
        return other


AUDIO = "realtime_input.audio"
_SOUND = Outgoing(AUDIO, b"", Lane.AUDIO)
_WORDS = Outgoing("client_content", b"")


def to_json(value: WireValue) -> bytes:
    """Return a value's JSON as it goes over the wire.

    Raises:
        ConfigError: something in it can't be written: half a character, or, in an ``extra``, what JSON does not know.
    """
    try:
        return json.dumps(encode(value), separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode("utf-8")
    except UnicodeEncodeError:
        raise ConfigError("text holds half a character (a lone surrogate), which UTF-8 has no form for") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(f"can't be written as JSON: {error}") from None


def client_content(turns: Any = None, *, turn_complete: bool = True, backend: str = "") -> Outgoing:
    """Make a ``clientContent`` from a string, one content, or a list of either; nothing only ends the turn.

    With a ``backend``, what only the other one has is refused.
    """
    _check_flag(turn_complete, "turn_complete")
    if type(turns) is str and _is_text(turns):
        before, after = _around_words(turn_complete)
        payload = b"".join((before, encode_basestring(turns).encode("utf-8"), after))
        return _WORDS.like(payload=payload, asks=turn_complete, said=(("user", turns),) if turns else ())
    value = ClientContent(turns=_contents(turns), turn_complete=turn_complete)
    if backend:
        collect(wrong_backend(value, backend, ""))
    said = words_of(value.turns)
    return Outgoing("client_content", to_json(ClientMessage(client_content=value)), asks=turn_complete, said=said)


def _is_text(words: str) -> bool:
    """Whether UTF-8 has a form for it."""
    if words.isascii():
        return True
    try:
        words.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


@functools.lru_cache(maxsize=2)
def _around_words(turn_complete: bool) -> tuple[bytes, bytes]:  # noqa: FBT001 - the cache wants it so
    """Return what stands before and after the words of a turn that is nothing but those."""
    content = ClientContent(turns=_contents(""), turn_complete=turn_complete)
    before, _, after = to_json(ClientMessage(client_content=content)).partition(b'""')
    return before, after


def words_of(contents: tuple[Content, ...] | None) -> tuple[tuple[str, str], ...]:
    """Return who said what in some contents; whoever is not the model is the user."""
    return tuple(
        ("model" if content.role == "model" else "user", part.text)
        for content in contents or ()
        for part in content.parts or ()
        if part.text and not part.thought
    )


def _check_flag(value: Any, path: str) -> None:
    if not isinstance(value, bool):
        raise ConfigError(f"must be True or False, not {type(value).__name__}", path=path)


def _contents(turns: Any) -> tuple[Content, ...] | None:
    if turns is None:
        return None
    if not isinstance(turns, (list, tuple)) or (turns and all(_is_part(item) for item in turns)):
        turns = [turns]
    return tuple(parse(Content, item, f"turns[{index}]") for index, item in enumerate(turns))


def _is_part(item: Any) -> bool:
    return isinstance(item, (Part, Blob)) or (isinstance(item, dict) and not set(item) & {"parts", "role"})


def text(words: str, profile: Profile, *, turn_complete: bool = True) -> Outgoing:
    """Make a text turn in the way that the model's family wants it."""
    if not isinstance(words, str):
        raise ConfigError(f"must be a string, not {type(words).__name__}", path="text")
    _check_flag(turn_complete, "turn_complete")
    if profile.text_transport is TextTransport.REALTIME_INPUT and turn_complete:
        return realtime_input(text=words)
    return client_content(words, turn_complete=turn_complete)


ACTIVITY_END = "realtime_input.activity_end"
ACTIVITY_MARKS = ("realtime_input.activity_start", ACTIVITY_END)
"""Kinds of message that say when the user is active, where the server does not find it out."""
_REALTIME_FIELDS = ("audio", "video", "text", "activity_start", "activity_end", "audio_stream_end")


def realtime_input(**given: Any) -> Outgoing:
    """Make a ``realtimeInput`` with exactly one of its fields."""
    chosen = {name: value for name, value in given.items() if value is not None and value is not False}
    if len(chosen) != 1:
        got = " and ".join(chosen) or "none of them"
        raise ConfigError(f"send_realtime_input takes exactly one of {', '.join(_REALTIME_FIELDS)}, not {got}")
    ((name, value),) = chosen.items()
    if name in ("activity_start", "activity_end") and value is True:
        value = {}
    if name == "video":
        value = as_jpeg(value)
    field = parse(RealtimeInput, {name: value}, "realtime_input")
    duration = 0.0
    if name in ("audio", "video"):
        blob = getattr(field, name)
        _check_blob(blob, name)
        if name == "audio":
            duration = len(blob.data) // 2 * 1000 / rate_of(blob.mime_type, default=INPUT_RATE)
    return Outgoing(
        f"realtime_input.{name}",
        to_json(ClientMessage(realtime_input=field)),
        lane={"audio": Lane.AUDIO, "video": Lane.VIDEO}.get(name, Lane.CONTROL),
        asks=name == "text",
        ends_input=name in ("activity_end", "audio_stream_end"),
        said=(("user", value),) if name == "text" else (),
        duration_ms=duration,
    )


def as_jpeg(frame: Any) -> Any:
    """Return a Pillow image as a JPEG blob, and anything else as it is.  Pillow is never imported for this."""
    pillow = sys.modules.get("PIL.Image")
    if pillow is None or not isinstance(frame, pillow.Image):
        return frame
    buffer = io.BytesIO()
    try:
        frame.convert("RGB").save(buffer, format="JPEG")
    except Exception as error:  # closed, cut short, empty, too large: Pillow has an exception for each
        raise ConfigError(f"can't be written as a JPEG: {error}", path="video") from error
    return Blob(data=buffer.getvalue(), mime_type="image/jpeg")


def _check_blob(blob: Blob, name: str) -> None:
    family = "audio/" if name == "audio" else "image/"
    if not (blob.mime_type or "").lower().startswith(family):
        raise ConfigError(f"must begin with {family!r}, not {blob.mime_type!r}", path=f"{name}.mime_type")
    if blob.data is None:
        raise ConfigError("is missing", path=f"{name}.data")


def audio(pcm: Any, *, rate: int) -> Outgoing:
    """Make realtime input of 16-bit mono PCM."""
    if not isinstance(pcm, bytes):
        if not isinstance(pcm, (bytearray, memoryview)):
            raise ConfigError(f"must be bytes of 16-bit PCM, not {type(pcm).__name__}", path="pcm")
        pcm = bytes(pcm)
    size = len(pcm)
    if size % 2:
        raise ConfigError(f"must be whole 16-bit samples, not {size} bytes", path="pcm")
    before, after = _around_audio(rate if type(rate) is int else check_rate(rate))
    return _SOUND.like(payload=b"".join((before, write_base64(pcm), after)), duration_ms=size * 500 / rate)


@functools.lru_cache(maxsize=16)
def _around_audio(rate: int) -> tuple[bytes, bytes]:
    """Return what stands before and after the base64 of sound: to write only that is a third of the work."""
    blob = Blob(data=b"", mime_type=input_mime_type(check_rate(rate)))
    whole = to_json(ClientMessage(realtime_input=RealtimeInput(audio=blob)))
    before, data, after = whole.partition(b'"data":"')
    return before + data, after


def asking(message: Outgoing) -> Outgoing:
    """Return the same message as one that the model is to answer."""
    return attrs.evolve(message, asks=True)
