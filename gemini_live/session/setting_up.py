"""The setup message, from ``start_link``'s keywords."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

import attrs

from ..backends import Backend
from ..exceptions import ConfigError
from ..protocol.outgoing import to_json
from ..tools.function import FunctionTool
from ..tools.toolbox import Toolbox, declared_names, read_tools
from ..types import GenerationConfig, SessionResumptionConfig, Setup, decode, encode, parse
from ..types.codec import wrong_backend
from ..types.kinds import check_json
from .tool_context import ToolContext

_FIELDS = (
    "generation_config", "system_instruction", "tools", "realtime_input_config", "context_window_compression",
    "input_audio_transcription", "output_audio_transcription", "proactivity", "explicit_vad_signal", "history_config",
    "avatar_config", "safety_settings", "labels",
)  # fmt: skip
_SHORTCUTS = {"enable_affective_dialog", "translation_config"}
"""Options that stand inside the generation config on the wire."""
SETUP_OPTIONS = (
    "model",
    *_FIELDS,
    *sorted(_SHORTCUTS),
    "session_resumption",
    "resume_handle",
    "reconnect",
    "extra_setup",
)


@attrs.frozen
class SetupPlan:
    """A setup before and after ``extra_setup``.

    Attributes:
        checked: what the options say, with ``extra_setup`` beside it: for what the model is known to refuse.
        sent: both merged, as it goes out; what the session has to know of its setup is read here.
        toolbox: the functions that it declares.
    """

    checked: Setup
    sent: Setup
    toolbox: Toolbox


def make_setup(
    options: Mapping[str, Any], backend: Backend | None, problems: list[ConfigError], *, needs_model: bool = True
) -> SetupPlan:
    """Return the setup of those options that are right, and add what is wrong with the others to ``problems``.

    Without a backend, because its own options are wrong, the rest is checked all the same.
    """
    given: dict[str, Any] = {name: options[name] for name in _FIELDS if name in options}
    named = backend is not None and (needs_model or "model" in options)
    for read in (_model, _resumption, _generation_config) if named else (_resumption, _generation_config):
        try:
            given.update(read(options, backend))
        except ConfigError as error:  # noqa: PERF203 - a few of them, so that one hides no other
            problems += error.problems
    functions: dict[str, FunctionTool] = {}
    if "tools" in given:
        given["tools"], functions = read_tools(given["tools"], problems, context_type=ToolContext)
    setup = _parsed(given, problems)
    if backend is not None:
        problems += wrong_backend(setup, backend.name, "")
        setup = backend.complete(setup)
    extra = _extra(options, problems)
    sent = _merged(setup, extra, problems)
    toolbox = Toolbox(functions=functions, declared=declared_names(sent.tools))
    if "tools" in extra and not functions.keys() <= toolbox.declared:
        words = "takes the place of the functions in tools: give all of them there"
        problems.append(ConfigError(words, path="extra_setup.tools"))
    return SetupPlan(attrs.evolve(setup, extra=extra), sent, toolbox)


def _extra(options: Mapping[str, Any], problems: list[ConfigError]) -> dict[str, Any]:
    extra = options.get("extra_setup", {})
    if not isinstance(extra, Mapping):
        problems.append(ConfigError("must be a mapping, merged into the setup as it is", path="extra_setup"))
        return {}
    try:
        check_json(dict(extra), "extra_setup")
    except ConfigError as error:
        problems += error.problems
        return {}
    return copy.deepcopy(dict(extra))


def _merged(setup: Setup, extra: dict[str, Any], problems: list[ConfigError]) -> Setup:
    """Return a copy of the setup into which ``extra`` is merged at every level, known names in either spelling."""
    try:
        mine: dict[str, Any] = json.loads(to_json(setup))
    except ConfigError as error:  # an extra of a value that JSON can't hold
        problems += error.problems
        return setup
    return decode(Setup, _deep_merge(mine, encode(decode(Setup, extra))))


def _deep_merge(mine: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    merged = dict(mine)
    for name, value in extra.items():
        known = merged.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            merged[name] = _deep_merge(known, value)
        else:
            merged[name] = value
    return merged


def _parsed(given: Mapping[str, Any], problems: list[ConfigError]) -> Setup:
    """Return the setup of those options that are right, and add what is wrong with the others."""
    right: dict[str, Any] = {}
    for name, value in given.items():
        try:
            right[name] = getattr(parse(Setup, {name: value}, ""), name)
        except ConfigError as error:  # noqa: PERF203 - each option on its own, so that one hides no other
            problems += error.problems
    try:
        return parse(Setup, right, "")
    except ConfigError as error:  # what only shows when they stand together
        problems += error.problems
        return Setup()


def _model(options: Mapping[str, Any], backend: Backend | None) -> dict[str, Any]:
    assert backend is not None
    model = options.get("model")
    if not isinstance(model, str):
        example = 'the name of a model that serves the Live API, such as "gemini-3.8-live"'
        raise ConfigError(f"is required: {example}", path="model")
    return {"model": backend.model_path(model)}


def _generation_config(options: Mapping[str, Any], _: Backend | None) -> dict[str, Any]:
    """Put the options that have their place inside the generation config there."""
    inside = {name: options[name] for name in _SHORTCUTS if name in options}
    if not inside:
        return {}
    config = options.get("generation_config", {})
    for name in inside:
        told = name in config if isinstance(config, Mapping) else getattr(config, name, None) is not None
        if told:
            raise ConfigError("is given here and in generation_config", path=name)
    if isinstance(config, Mapping):
        return {"generation_config": {**config, **inside}}
    if not isinstance(config, GenerationConfig):
        return {}  # it is refused for itself
    parsed = parse(GenerationConfig, inside, "")
    return {"generation_config": attrs.evolve(config, **{name: getattr(parsed, name) for name in inside})}


def _resumption(options: Mapping[str, Any], _: Backend | None) -> dict[str, Any]:
    """Return the setup's ``session_resumption``: handles are asked for unless the program wants none."""
    reconnect = options.get("reconnect")
    wanted = options.get("session_resumption")
    handle = options.get("resume_handle")
    if handle is not None and not (isinstance(handle, str) and handle):
        raise ConfigError("must be a handle that an earlier session was given", path="resume_handle")
    if wanted is False or (wanted is None and reconnect is False and handle is None):
        if handle is not None:
            raise ConfigError("contradicts session_resumption=False", path="resume_handle")
        return {}
    config = {} if wanted in (None, True) else wanted
    if handle is None:
        return {"session_resumption": config}
    if isinstance(config, Mapping):
        return {"session_resumption": {**config, "handle": handle}}
    typed = parse(SessionResumptionConfig, config, "session_resumption")
    return {"session_resumption": attrs.evolve(typed, handle=handle)}
