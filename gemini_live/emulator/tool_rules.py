"""Which functions the model calls, with which arguments, and what it says of the results.  Pure; any thread.

It reads what is asked literally: a call that is written out, or a text that has the words of a function's name.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from ..exceptions import ConfigError
from ..types import Behavior, Schema, Tool, Type
from .profiles import EmulatorProfile
from .wire_check import canonical

_ORDER = re.compile(r"\bcall\s+(?P<name>[A-Za-z_][\w.:-]*)(?:\s+with)?\s*", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z0-9]+")
_PLACE = re.compile(r"\b(?:in|for|of|to|at|from|about)\s+((?:[A-Z][\w'-]*)(?:\s+[A-Z][\w'-]*)*)")
_QUOTED = re.compile(r"[\"“'‘]([^\"”'’]+)[\"”'’]")
_NUMBER = re.compile(r"-?\b\d+(?:\.\d+)?\b")
_COMMON = frozenset(
    ["get", "set", "look", "up", "find", "fetch", "search", "show", "check", "tell", "list", "the", "a"]
)
"""Words of a function's name that say little about what it is for."""
_YES, _NO = frozenset({"on", "yes", "true", "enable"}), frozenset({"off", "no", "false", "disable"})


@attrs.frozen
class Function:
    """A function that a setup declares.

    Attributes:
        name: its name.
        parameters: the arguments' schema.
        blocks: whether the model waits for the answer.
    """

    name: str
    parameters: Schema
    blocks: bool


@attrs.frozen
class Wanted:
    """A call that the model makes; ``blocks`` as above, and a function that nobody declared is waited for."""

    name: str
    args: Mapping[str, Any]
    blocks: bool = True


def functions_of(tools: Iterable[Tool], profile: EmulatorProfile) -> tuple[Function, ...]:
    """Return the functions that a setup declares; a JSON Schema of arguments is overlooked, as the service does."""
    return tuple(
        Function(declared.name or "", declared.parameters or Schema(), _blocks(declared.behavior, profile))
        for tool in tools
        for declared in tool.function_declarations or ()
    )


def _blocks(behavior: Behavior | None, profile: EmulatorProfile) -> bool:
    said = None if behavior is None else canonical(behavior)
    if profile.only_blocks or said == Behavior.BLOCKING:
        return True
    return profile.blocks if said != Behavior.NON_BLOCKING else False


def scripted(calls: Iterable[Mapping[str, Any]]) -> tuple[Wanted, ...]:
    """Make of ``Emulator.call_next``'s arguments what the model calls.

    Raises:
        ConfigError: one is no call, or there is none.
    """
    made = []
    for index, call in enumerate(calls):
        if not isinstance(call, Mapping) or not isinstance(call.get("name"), str):
            raise ConfigError('must be a mapping such as {"name": …, "args": {…}}', path=f"calls[{index}]")
        made.append(Wanted(call["name"], dict(call.get("args") or {}), bool(call.get("blocks", True))))
    if not made:
        raise ConfigError("takes at least one call", path="calls")
    return tuple(made)


def wanted(text: str, functions: tuple[Function, ...]) -> tuple[Wanted, ...]:
    """Return the calls that a text asks for, in its order; none if it asks for none."""
    if not functions:
        return ()
    known = {function.name: function for function in functions}
    ordered = [*_orders(text, known), *_written(text, known)]
    if ordered:
        return tuple(ordered)
    words = {_stem(word) for word in _WORD.findall(text.lower())}
    for function in functions:
        named = _significant(function.name)
        if named and named <= words:
            return (Wanted(function.name, _filled(function.parameters, text), function.blocks),)
    return ()


def _orders(text: str, known: Mapping[str, Function]) -> Iterator[Wanted]:
    """Yield ``call name with {…}``, of undeclared names as well: models make names up."""
    for match in _ORDER.finditer(text):
        name = match["name"].rstrip(".:")
        if "_" not in name and name not in known:
            continue  # "call me" is no function
        try:
            args, _ = json.JSONDecoder().raw_decode(text[match.end() :])
        except ValueError:
            args = _filled(known[name].parameters, text[match.end() :]) if name in known else {}
        if isinstance(args, dict):
            yield Wanted(name, args, known[name].blocks if name in known else True)


def _written(text: str, known: Mapping[str, Function]) -> Iterator[Wanted]:
    """Yield ``name(key=value, …)``."""
    for match in re.finditer(r"\b([A-Za-z_]\w*)\(([^()]*)\)", text):
        function = known.get(match[1])
        if function is None:
            continue
        try:
            call = ast.parse(match[0], mode="eval").body
            assert isinstance(call, ast.Call)
            args = {key.arg: ast.literal_eval(key.value) for key in call.keywords if key.arg}
        except (SyntaxError, ValueError):
            continue
        yield Wanted(function.name, args, function.blocks)


def _significant(name: str) -> set[str]:
    parts = {part.lower() for part in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", name)}
    return {_stem(part) for part in parts - _COMMON or parts}


def _stem(word: str) -> str:
    """Return a word without the ending of its plural."""
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


class _Words:
    """What of a text can be an argument; each is used once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names: list[str] = [
            *_QUOTED.findall(text),
            *_PLACE.findall(text),
            *re.findall(r"(?<!^)(?<![.!?]\s)\b[A-Z]\w+", text),
        ]
        self.numbers = _NUMBER.findall(text)
        self.words = set(_WORD.findall(text.lower()))

    def name(self) -> str | None:
        """Take the next name."""
        if not self.names:
            return None
        first = self.names.pop(0)
        self.names = [name for name in self.names if name not in first]
        return first.strip()


def _filled(schema: Schema, text: str) -> dict[str, Any]:
    """Return arguments out of a text; what is required and not to be found is made up."""
    words, args = _Words(text), {}
    for name, form in (schema.properties or {}).items():
        required = name in (schema.required or ())
        value = _value(form, words, required=required)
        if value is not None:
            args[name] = value
    return args


def _value(form: Schema, words: _Words, *, required: bool) -> Any:
    kind = None if form.type is None else canonical(form.type)
    if form.enum:
        found = [value for value in form.enum if value.lower() in words.text.lower()]
        return found[0] if found else form.enum[0] if required else None
    if kind in (Type.INTEGER, Type.NUMBER):
        number = words.numbers.pop(0) if words.numbers else "0" if required else None
        return None if number is None else float(number) if kind == Type.NUMBER else int(float(number))
    if kind == Type.BOOLEAN:
        said = True if words.words & _YES else False if words.words & _NO else None
        return False if said is None and required else said
    if kind == Type.ARRAY:
        item = _value(form.items or Schema(type=Type.STRING), words, required=required)
        return None if item is None else [item]
    if kind == Type.OBJECT:
        return _filled(form, words.text) if required else None
    return words.name() or (words.text.strip(" .!?") if required else None)


LOOKING = "One moment, I am looking that up."
"""What the model says while it does not wait."""


def spoken(responses: Iterable[Mapping[str, Any]]) -> str:
    """Return what the model says of results.

    >>> spoken([{"output": "It is foggy."}, {"degrees": 12}, {"error": "no such city"}])
    'It is foggy. degrees: 12. That did not work: no such city.'
    """
    return " ".join(filter(None, map(_sentence, responses)))


def _sentence(response: Mapping[str, Any]) -> str:
    if "error" in response:
        words = f"That did not work: {response['error']}"
    elif set(response) == {"output"}:
        words = _said(response["output"])
    else:
        words = ", ".join(f"{name}: {_said(value)}" for name, value in response.items())
    words = words.strip()
    return words if not words or words.endswith((".", "!", "?")) else f"{words}."


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
