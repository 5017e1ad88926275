"""What the command for music was asked for, out of its arguments; all that is wrong is said at once.  Pure."""

from __future__ import annotations

import argparse
import math
import re

import attrs

from ..exceptions import ConfigError
from ..protocol.music_outgoing import read_config, read_prompts
from ..types import MusicGenerationConfig, Scale, WeightedPrompt
from ..types.codec import collect
from ..types.kinds import Gather

FEWEST_SECONDS, MOST_SECONDS = 0.1, 21_600.0
"""A WAV file has room for six hours at 48 kHz and two channels."""
FIELDS = tuple(field.name for field in attrs.fields(MusicGenerationConfig) if field.name != "extra")
"""The fields of the configuration, each of which is an argument of the same name."""
_OTHER_FLAGS = {"music_generation_mode": "--mode"}
_LIKE_A_NUMBER = re.compile(r"[-+]?[\d.,]*\d[\d.,]*\s*%?")
"""What was meant to be a weight; other words after a colon belong to the text."""
_KEY = re.compile(r"([A-G])[\s_-]*(#|B|SHARP|FLAT)?[\s_-]*(MAJOR|MINOR)")
_TONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SHIFTS = {"#": 1, "SHARP": 1, "B": -1, "FLAT": -1}


@attrs.frozen(kw_only=True)
class MusicRequest:
    """What shall be played.

    Attributes:
        prompts: what it shall be like.
        config: how it shall be played; ``None`` if nothing was said of that.
        seconds: how much of it.
    """

    prompts: tuple[WeightedPrompt, ...]
    config: MusicGenerationConfig | None
    seconds: float


def read_request(arguments: argparse.Namespace) -> MusicRequest:
    """Check the arguments.

    Raises:
        ConfigError: one or several are wrong; every one of them is named, all on one line.
    """
    problems: list[ConfigError] = []
    prompts: list[WeightedPrompt] = []
    for argument in arguments.prompts:
        with Gather(problems):
            prompts.append(read_prompt(argument))
    config = None
    with Gather(problems):
        config = _config(arguments)
    if not FEWEST_SECONDS <= arguments.seconds <= MOST_SECONDS:
        words = f"must be {FEWEST_SECONDS:g} to {MOST_SECONDS:g}, not {arguments.seconds:g}"
        problems.append(ConfigError(words, path="--seconds"))
    if problems:
        raise ConfigError("; ".join(str(problem) for several in problems for problem in several.problems))
    return MusicRequest(prompts=tuple(prompts), config=config, seconds=arguments.seconds)


def _config(arguments: argparse.Namespace) -> MusicGenerationConfig | None:
    """Return the configuration, ``None`` if nothing was said of it; what is wrong is named as on the command line."""
    given = {name: getattr(arguments, name) for name in FIELDS if getattr(arguments, name) is not None}
    problems: list[ConfigError] = []
    if "scale" in given:
        with Gather(problems):
            given["scale"] = read_scale(given.pop("scale"))
    config = None
    with Gather(problems):
        config = read_config(given, "") if given else None
    collect(_as_flag(single) for problem in problems for single in problem.problems)
    return config


def read_prompt(argument: str) -> WeightedPrompt:
    """Return the prompt that an argument means: ``TEXT``, whose weight is 1, or ``TEXT:WEIGHT``.

    The last colon separates, if a number follows it; a text may have colons of its own.

    >>> read_prompt("minimal techno:0.5")
    WeightedPrompt(text='minimal techno', weight=0.5)
    >>> read_prompt("Act II: the storm")
    WeightedPrompt(text='Act II: the storm', weight=1.0)

    Raises:
        ConfigError: there is no text, or the weight is none; the argument is named.
    """
    text, colon, number = argument.rpartition(":")
    if not colon:
        text, weight = argument, 1.0
    else:
        try:
            weight = float(number)
        except ValueError:
            if not number.strip():
                raise _wrong(argument, "there is no weight after the colon") from None
            if _LIKE_A_NUMBER.fullmatch(number.strip()):
                raise _wrong(argument, f"{number.strip()} is no number; a weight is one such as 0.5") from None
            text, weight = argument, 1.0
    text = text.strip()
    if not text:
        raise _wrong(argument, "there is no text; a prompt is TEXT or TEXT:WEIGHT")
    if weight == 0 or not math.isfinite(weight):
        raise _wrong(argument, f"the weight may be any number but 0, not {number.strip()}")
    try:
        (prompt,) = read_prompts(WeightedPrompt(text=text, weight=weight))
    except ConfigError as error:
        raise _wrong(argument, str(error).partition(": ")[2]) from None
    return prompt


def _wrong(argument: str, words: str) -> ConfigError:
    shown = argument if len(argument) <= 60 else f"{argument[:40]}…{argument[-15:]}"
    return ConfigError(words, path=f"prompt {shown!r}")


def read_scale(text: str) -> Scale:
    """Return the key that is meant: ``"D major"``, ``"F# minor"``, ``"e flat major"``, or the API's name for it.

    >>> read_scale("B minor").value
    'D_MAJOR_B_MINOR'

    Raises:
        ConfigError: there is no such key.
    """
    wanted = text.strip().upper()
    key = _key(wanted)
    for scale in Scale:
        major, _, minor = scale.value.partition("_MAJOR_")
        if wanted == scale.value or (key is not None and key in (_key(f"{major}_MAJOR"), _key(minor))):
            return scale
    raise ConfigError(f'{text!r} is no key; say one such as "D major", "F# minor" or "E flat major"', path="scale")


def _key(name: str) -> tuple[int, str] | None:
    """Return tone and mode of a key; each tone has several names."""
    match = _KEY.fullmatch(name)
    return match and ((_TONES[match[1]] + _SHIFTS.get(match[2], 0)) % 12, match[3])


def _as_flag(problem: ConfigError) -> ConfigError:
    """Return what is wrong in the words of the command line."""
    flag = _OTHER_FLAGS.get(problem.path) or "--" + problem.path.replace("_", "-")
    return ConfigError(str(problem).removeprefix(f"{problem.path}: "), path=flag)
