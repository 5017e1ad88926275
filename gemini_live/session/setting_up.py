"""The setup message, from ``start_link``'s keywords."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ..backends import Backend
from ..exceptions import ConfigError
from ..types import SessionResumptionConfig, Setup, parse
from ..types.codec import collect, wrong_backend
from ..types.kinds import check_json

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


def make_setup(options: Mapping[str, Any], backend: Backend) -> Setup:
    """Return the setup that the options mean on a backend.

    Raises:
        ConfigError: everything that is wrong with them.
    """
    problems: list[ConfigError] = []
    given: dict[str, Any] = {name: options[name] for name in _FIELDS if name in options}
    for read in (_model, _resumption):
        try:
            given.update(read(options, backend))
        except ConfigError as error:  # noqa: PERF203 - two of them
            problems += error.problems
    try:
        given.update(_generation_config(options))
    except ConfigError as error:
        problems += error.problems
    setup = _parsed(given, problems)
    problems += wrong_backend(setup, backend.name, "")
    extra = options.get("extra_setup", {})
    if isinstance(extra, Mapping):
        extra = dict(extra)
        check_json(extra, "extra_setup")
    else:
        problems.append(ConfigError("must be a mapping, merged into the setup as it is", path="extra_setup"))
    collect(problems)
    return attrs.evolve(backend.complete(setup), extra=extra)


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


def _model(options: Mapping[str, Any], backend: Backend) -> dict[str, Any]:
    model = options.get("model")
    if not isinstance(model, str):
        example = 'the name of a model that serves the Live API, such as "gemini-3.8-live"'
        raise ConfigError(f"is required: {example}", path="model")
    return {"model": backend.model_path(model)}


def _generation_config(options: Mapping[str, Any]) -> dict[str, Any]:
    """Put the options that have their place inside the generation config there."""
    inside = {name: options[name] for name in _SHORTCUTS if name in options}
    if not inside:
        return {}
    config = options.get("generation_config", {})
    if isinstance(config, Mapping):
        for name in inside:
            if name in config:
                raise ConfigError("is given here and in generation_config", path=name)
        return {"generation_config": {**config, **inside}}
    return {"generation_config": attrs.evolve(config, **inside) if attrs.has(type(config)) else config}


def _resumption(options: Mapping[str, Any], _: Backend) -> dict[str, Any]:
    """Return the setup's ``session_resumption``: handles are asked for unless the program wants none."""
    reconnect = options.get("reconnect")
    if reconnect not in (None, False):
        raise ConfigError("must be False, or be left out", path="reconnect")
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
