"""A scenario out of lists and dicts, or out of a file; what is wrong with one is said with its step and field.

Pure but for the file; any thread.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ...exceptions import ConfigError
from ..faults import check_close_code
from .base import Cut, Drop, Freeze, GoAway, HangUp, Pause
from .scenario import (
    AnyTurn,
    Hush,
    Piece,
    Repeat,
    Scenario,
    ScriptCall,
    Speech,
    Step,
    TextTurn,
    ToolResult,
    Wait,
    Words,
)

T = TypeVar("T")

_WAITS: Mapping[str, Wait | None] = {
    "turn": AnyTurn(),
    "text": TextTurn(re.compile(""), ""),
    "speech": Speech(0, math.inf),
    "tool": ToolResult(None),
    "nothing": None,
}
_STEP = ("wait", "heard", "thought", "say", "audio_ms", "silent", "call", "pause_ms", "interrupt", "go_away", "fail")
_TOP = ("steps", "otherwise", "counters", "name")
_COUNTERS = ("session", "connection")


def scenario_of(source: Any) -> Scenario:
    """Read a scenario: a list of steps, a mapping that has them, or the path of a JSON or YAML file with either.

    Raises:
        ConfigError: something is wrong; it names the step and the field.
    """
    if isinstance(source, (str, os.PathLike)):
        source = _loaded(Path(source))
    top = {"steps": source} if isinstance(source, Sequence) else _mapping(source, "scenario", _TOP)
    steps: list[Step | Repeat] = []
    for place, entry in _listed(top.get("steps"), "scenario.steps", "steps"):
        _read_entry(entry, place, steps)
    if not steps:
        raise ConfigError("has no step", path="scenario.steps")
    otherwise = [
        _step(entry, place, AnyTurn())
        for place, entry in _listed(top.get("otherwise", []), "scenario.otherwise", "otherwise")
    ]
    counters = top.get("counters", "session")
    if counters not in _COUNTERS:
        raise ConfigError(f"must be one of {', '.join(_COUNTERS)}, not {counters!r}", path="scenario.counters")
    return Scenario(tuple(steps), tuple(otherwise), counters == "session")


def _loaded(path: Path) -> Any:
    """Read a file: JSON by its name, anything else is YAML."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {getattr(error, 'strerror', None) or error}", path="scenario") from error
    if path.suffix.lower() == ".json":
        try:
            return json.loads(text)
        except ValueError as error:
            raise ConfigError(f"{path} is no JSON: {error}", path="scenario") from error
    try:
        yaml: Any = importlib.import_module("yaml")
    except ImportError as error:
        raise ConfigError(
            f"{path} needs PyYAML, which is not installed: pip install 'gemini-live[scenario]', or write it as JSON",
            path="scenario",
        ) from error
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is no YAML: {error}", path="scenario") from error


def _mapping(value: Any, path: str, known: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigError(f"must be a mapping with {', '.join(known)}, not {value!r}", path=path)
    for name in value:
        if name not in known:
            raise ConfigError(f"is not known; known are {', '.join(known)}", path=f"{path}.{name}")
    return value


def _listed(value: Any, path: str, name: str) -> list[tuple[str, Any]]:
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise ConfigError(f"must be a list of {name}, not {value!r}", path=path)
    return [(f"{path}[{index}]", entry) for index, entry in enumerate(value)]


def _read_entry(entry: Any, path: str, steps: list[Step | Repeat]) -> None:
    """Add a step, or a loop of them."""
    if not isinstance(entry, Mapping) or "loop" not in entry:
        steps.append(_step(entry, path, None))
        return
    loop = _mapping(_mapping(entry, path, ("loop",))["loop"], f"{path}.loop", ("times", "steps"))
    start = len(steps)
    for place, inner in _listed(loop.get("steps"), f"{path}.loop.steps", "steps"):
        _read_entry(inner, place, steps)
    times = loop.get("times")
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
        raise ConfigError(f"must be a number from 1, or left out for ever, not {times!r}", path=f"{path}.loop.times")
    body = steps[start:]
    if not any(isinstance(step, Step) and step.wait is not None for step in body):
        raise ConfigError("has no step that waits for anything", path=f"{path}.loop.steps")
    steps.append(Repeat(start, times))


def _step(entry: Any, path: str, wait: Wait | None) -> Step:
    """Read one step.

    Args:
        entry: what the scenario has there.
        path: where that is.
        wait: what it waits for if it does not say.
    """
    fields = _mapping(entry, path, _STEP)

    def read(name: str, reader: Callable[[Any, str], T], default: T) -> T:
        return reader(fields[name], f"{path}.{name}") if name in fields else default

    pause = read("pause_ms", _milliseconds, None)
    pieces: list[Piece] = [] if pause is None else [Pause(pause)]
    pieces += read("say", _pieces, [])
    pieces += read("go_away", lambda value, at: [_go_away(value, at)], [])
    if read("interrupt", _flag, default=False):
        pieces.append(Cut())
    pieces += read("fail", lambda value, at: [_failure(value, at)], [])
    step = Step(
        place=path.removeprefix("scenario."),
        wait=read("wait", _wait, wait),
        heard=read("heard", _text, None),
        thought=read("thought", _text, ""),
        pieces=tuple(pieces),
        audio_ms=read("audio_ms", _milliseconds, None),
        silent=read("silent", _flag, default=False),
        calls=read("call", _calls, ()),
    )
    if step.audio_ms is not None and any(isinstance(piece, Hush) for piece in step.pieces):
        raise ConfigError("goes with say without silence_ms, which has a length already", path=f"{path}.audio_ms")
    return step


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"must be text, not {value!r}", path=path)
    return value


def _flag(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"must be true or false, not {value!r}", path=path)
    return value


def _milliseconds(value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ConfigError(f"must be a number of milliseconds, not {value!r}", path=path)
    return float(value)


def _wait(value: Any, path: str) -> Wait | None:
    if isinstance(value, str):
        if value not in _WAITS:
            raise ConfigError(f"must be one of {', '.join(_WAITS)}, or a mapping, not {value!r}", path=path)
        return _WAITS[value]
    fields = _mapping(value, path, ("text", "matches", "speech_ms", "tool"))
    if len(fields) != 1:
        raise ConfigError("must have exactly one of text, matches, speech_ms and tool", path=path)
    ((name, what),) = fields.items()
    at = f"{path}.{name}"
    if name == "speech_ms":
        return _speech(what, at)
    if name == "tool":
        return ToolResult(_text(what, at))
    written = _text(what, at)
    try:
        return TextTurn(re.compile(written if name == "matches" else re.escape(written), re.IGNORECASE), written)
    except re.error as error:
        raise ConfigError(f"is no regular expression: {error}", path=at) from error


def _speech(value: Any, path: str) -> Speech:
    """Read a length: at least so many milliseconds, or a range."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return Speech(_milliseconds(value, path), math.inf)
    if len(value) != 2:
        raise ConfigError(f"must be at least and at most, not {value!r}", path=path)
    shortest, longest = (_milliseconds(bound, f"{path}[{index}]") for index, bound in enumerate(value))
    if shortest > longest:
        raise ConfigError(f"must be at least and at most, not {value!r}", path=path)
    return Speech(shortest, longest)


def _pieces(value: Any, path: str) -> list[Piece]:
    if isinstance(value, str):
        return [Words(value)]
    return [_piece(entry, place) for place, entry in _listed(value, path, "texts and mappings")]


def _piece(value: Any, path: str) -> Piece:
    if isinstance(value, str):
        return Words(value)
    fields = _mapping(value, path, ("pause_ms", "silence_ms", "interrupt", "go_away", "fail"))
    if len(fields) != 1:
        raise ConfigError("must have exactly one of pause_ms, silence_ms, interrupt, go_away and fail", path=path)
    ((name, what),) = fields.items()
    at = f"{path}.{name}"
    if name == "pause_ms":
        return Pause(_milliseconds(what, at))
    if name == "silence_ms":
        return Hush(_milliseconds(what, at))
    if name == "interrupt":
        if not _flag(what, at):
            raise ConfigError("must be true, or left out", path=at)
        return Cut()
    return _go_away(what, at) if name == "go_away" else _failure(what, at)


def _go_away(value: Any, path: str) -> GoAway:
    fields = _mapping(value, path, ("seconds", "close")) if isinstance(value, Mapping) else {"seconds": value}
    seconds = fields.get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds < math.inf:
        raise ConfigError(f"must be a number of seconds, or have seconds and close, not {value!r}", path=path)
    return GoAway(float(seconds), _flag(fields.get("close", False), f"{path}.close"))


def _failure(value: Any, path: str) -> HangUp | Drop | Freeze:
    if value == "reset":
        return Drop()
    if value == "freeze":
        return Freeze()
    if not isinstance(value, Mapping):
        raise ConfigError(f"must be reset, freeze, or have code and reason, not {value!r}", path=path)
    fields = _mapping(value, path, ("code", "reason"))
    code = fields.get("code")
    if isinstance(code, bool) or not isinstance(code, int):
        raise ConfigError(f"must be a close code, not {code!r}", path=f"{path}.code")
    try:
        return HangUp(check_close_code(code), _text(fields.get("reason", ""), f"{path}.reason"))
    except ConfigError as error:
        if str(error).startswith("code"):
            raise ConfigError(f"{code} is carried by no close frame", path=f"{path}.code") from error
        raise


def _calls(value: Any, path: str) -> tuple[ScriptCall, ...]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        made = tuple(_call(entry, place) for place, entry in _listed(value, path, "calls"))
        if not made:
            raise ConfigError("takes at least one call", path=path)
        return made
    return (_call(value, path),)


def _call(value: Any, path: str) -> ScriptCall:
    if isinstance(value, str):
        return ScriptCall(value, {}, None)
    fields = _mapping(value, path, ("name", "args", "blocks"))
    args = fields.get("args", {})
    if not isinstance(args, Mapping):
        raise ConfigError(f"must be a mapping, not {args!r}", path=f"{path}.args")
    blocks = _flag(fields["blocks"], f"{path}.blocks") if "blocks" in fields else None
    return ScriptCall(_text(fields.get("name"), f"{path}.name"), dict(args), blocks)
