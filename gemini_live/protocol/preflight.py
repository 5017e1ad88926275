"""What a model is known to refuse, said before anything is sent.

The server answers a setup that its model does not like with a bare 1007, 1011 or even 1000, so the reason is worth
knowing beforehand.  Only what the table in :mod:`gemini_live.profiles` states as a fact is refused here: an unknown
model, an unknown option and an unknown fact all pass, and so does whatever ``extra_setup`` brings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs

from ..exceptions import ConfigError
from ..profiles import AffectiveDialog, Proactivity, Profile, Thinking, bare_name, profile_of
from ..types import (
    Behavior,
    FunctionDeclaration,
    FunctionResponseScheduling,
    GenerationConfig,
    Modality,
    ProactivityConfig,
    Setup,
    ThinkingConfig,
    ThinkingLevel,
)
from ..types._wire import WireValue

GEMINI = "gemini"
"""The name of the Gemini API among the backends."""
_WITHOUT_EXTRAS = ("v1", "v1beta")


@attrs.frozen
class _Case:
    """One setup before one model.

    Attributes:
        setup: the setup.
        generation: its generation config, an empty one if it has none.
        proactivity: likewise.
        model: the model's bare name, for messages.
        profile: its family.
        on_gemini: whether it goes to the Gemini API.
        api_version: of the backend.
    """

    setup: Setup
    generation: GenerationConfig
    proactivity: ProactivityConfig
    model: str
    profile: Profile
    on_gemini: bool
    api_version: str


def check_setup(setup: Setup, *, model: str, backend: str, api_version: str) -> list[ConfigError]:
    """Return everything in a setup that its model is known to refuse.

    Args:
        setup: the setup.
        model: the model's name, with or without its path.
        backend: the backend's name.
        api_version: the version that the connection will ask for.

    Returns:
        Errors whose ``path`` is the option as the user writes it; empty if the model is unknown.
    """
    case = _Case(
        setup=setup,
        generation=setup.generation_config or GenerationConfig(),
        proactivity=setup.proactivity or ProactivityConfig(),
        model=bare_name(model),
        profile=profile_of(model),
        on_gemini=backend == GEMINI,
        api_version=api_version,
    )
    return [error for rule in _RULES for error in rule(case)]


def needs_alpha(setup: Setup, model: str) -> bool:
    """Whether a setup asks for something that the Gemini API serves under version v1alpha only."""
    return profile_of(model).extras_need_alpha and bool(_extras(setup))


def check_scheduling(profile: Profile, scheduling: str | None, *, path: str = "scheduling") -> ConfigError | None:
    """Return what is wrong with a function response's ``scheduling``, ``None`` if nothing is known to be."""
    if profile.scheduling is not False or scheduling is None or scheduling == FunctionResponseScheduling.UNSPECIFIED:
        return None
    message = f"{profile.name} models run functions one at a time and don't schedule responses: leave it out"
    return ConfigError(message, path=path)


def _extras(setup: Setup) -> list[str]:
    """Return the paths of the options that 2.5 models take in preview versions only."""
    generation, proactivity = setup.generation_config, setup.proactivity
    wanted = {
        "generation_config.enable_affective_dialog": generation and generation.enable_affective_dialog,
        "proactivity.proactive_audio": proactivity and proactivity.proactive_audio,
        "proactivity.proactive_video": proactivity and proactivity.proactive_video,
    }
    return [path for path, value in wanted.items() if value]


def _modalities(case: _Case) -> Iterator[ConfigError]:
    known = case.profile.modalities
    if known is None:
        return
    for modality in case.generation.response_modalities or ():
        if modality.recognized and modality not in (*known, Modality.UNSPECIFIED):
            advice = f"use {case.profile.default_modality}"
            if modality == Modality.TEXT:
                advice += ", and output_audio_transcription={} for the words"
            yield ConfigError(
                f"{case.model} does not answer in {modality}: {advice}", path="generation_config.response_modalities"
            )


def _thinking(case: _Case) -> Iterator[ConfigError]:
    config, path = case.generation.thinking_config, "generation_config.thinking_config"
    if config is None:
        return
    takes = case.profile.thinking
    if takes is Thinking.OMIT:
        yield ConfigError(f"{case.model} takes no thinking_config: leave it out", path=path)
    elif takes is Thinking.BUDGET and config.thinking_level is not None:
        yield ConfigError(f"{case.model} takes no level: use thinking_budget", path=f"{path}.thinking_level")
    elif takes is Thinking.LEVEL:
        yield from _thinking_level(case, config, path)


def _thinking_level(case: _Case, config: ThinkingConfig, path: str) -> Iterator[ConfigError]:
    levels, level = case.profile.thinking_levels, config.thinking_level
    names = ", ".join(levels)
    if config.thinking_budget is not None:
        yield ConfigError(f"{case.model} takes no budget: use thinking_level ({names})", path=f"{path}.thinking_budget")
    if level is not None and level.recognized and level not in (*levels, ThinkingLevel.UNSPECIFIED):
        yield ConfigError(f"{case.model} does not know {level}: use one of {names}", path=f"{path}.thinking_level")


def _proactive(case: _Case) -> Iterator[ConfigError]:
    config, kind = case.proactivity, case.profile.proactivity
    if kind is Proactivity.ALWAYS_ON and config.proactive_audio is False:
        yield ConfigError(
            f"{case.model} is always proactive, and turning that off is an error: leave it out",
            path="proactivity.proactive_audio",
        )
    if kind is Proactivity.UNSUPPORTED:
        for name in ("proactive_audio", "proactive_video"):
            if getattr(config, name):
                yield ConfigError(f"{case.model} has no proactivity: leave it out", path=f"proactivity.{name}")


def _affective(case: _Case) -> Iterator[ConfigError]:
    value, kind = case.generation.enable_affective_dialog, case.profile.affective_dialog
    path = "generation_config.enable_affective_dialog"
    if kind is AffectiveDialog.UNSUPPORTED and value:
        yield ConfigError(f"{case.model} has no affective dialog: leave it out", path=path)
    if kind is AffectiveDialog.REMOVED and value is not None and case.on_gemini:
        yield ConfigError(f"{case.model} no longer has this option on the Gemini API: leave it out", path=path)


def _version(case: _Case) -> Iterator[ConfigError]:
    if case.on_gemini and case.profile.extras_need_alpha and case.api_version in _WITHOUT_EXTRAS:
        for path in _extras(case.setup):
            yield ConfigError(f'{case.model} needs api_version="v1alpha" for it, not {case.api_version!r}', path=path)


def _language(case: _Case) -> Iterator[ConfigError]:
    speech = case.generation.speech_config
    if case.profile.language_code is False and speech is not None and speech.language_code is not None:
        yield ConfigError(
            f"{case.model} chooses the language itself and refuses a code: leave it out, or ask for the language in"
            " system_instruction",
            path="generation_config.speech_config.language_code",
        )


def _translation(case: _Case) -> Iterator[ConfigError]:
    config = case.generation.translation_config
    if not case.profile.needs_translation_config or (config is not None and config.target_language_code):
        return
    places: tuple[tuple[WireValue | None, str, str], ...] = (
        (case.setup, "generationConfig", "generation_config"),
        (case.generation, "translationConfig", "translation_config"),
        (config, "targetLanguageCode", "target_language_code"),
    )
    if any(value is not None and {camel, snake} & set(value.extra) for value, camel, snake in places):
        return
    path = "generation_config.translation_config.target_language_code"
    yield ConfigError(f"{case.model} needs {path}, or it answers with silence", path=path)


def _instruction(case: _Case) -> Iterator[ConfigError]:
    if case.profile.system_instruction is False and case.setup.system_instruction is not None:
        yield ConfigError(f"{case.model} takes no instructions: leave it out", path="system_instruction")


def _tools(case: _Case) -> Iterator[ConfigError]:
    tools = case.setup.tools or ()
    if case.profile.tools is False and tools:
        yield ConfigError(f"{case.model} takes no tools: leave them out", path="tools")
        return
    for index, tool in enumerate(tools):
        for name in sorted(case.profile.refused_tools):
            if getattr(tool, name, None) is not None:
                others = ", ".join((*sorted(case.profile.built_in_tools), "function_declarations"))
                yield ConfigError(f"{case.model} has no {name}, only {others}", path=f"tools[{index}].{name}")
        for number, function in enumerate(tool.function_declarations or ()):
            yield from _behavior(case, function, f"tools[{index}].function_declarations[{number}].behavior")


def _behavior(case: _Case, function: FunctionDeclaration, path: str) -> Iterator[ConfigError]:
    allowed, behavior = case.profile.behaviors, function.behavior
    if allowed is None or behavior is None or not behavior.recognized:
        return
    if behavior not in (*allowed, Behavior.UNSPECIFIED):
        names = " or ".join(sorted(allowed))
        yield ConfigError(f"{case.model} runs functions {names} only: say that, or leave it out", path=path)


_RULES: tuple[Callable[[_Case], Iterator[ConfigError]], ...] = (
    _modalities, _thinking, _proactive, _affective, _version, _language, _translation, _instruction, _tools,
)  # fmt: skip
