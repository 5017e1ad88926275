"""What a model is known to refuse."""

from __future__ import annotations

import attrs
import pytest

from gemini_live.profiles import PROFILES, UNKNOWN, profile_of
from gemini_live.protocol.preflight import check_scheduling, check_setup, needs_alpha
from gemini_live.types import (
    Behavior,
    GenerationConfig,
    Modality,
    Setup,
    ThinkingConfig,
    ThinkingLevel,
    Tool,
    parse,
)

OLD = "gemini-2.5-flash-native-audio-preview-12-2025"
VERTEX = "gemini-live-2.5-flash-native-audio"
CASCADE = "gemini-live-2.5-flash"
FLASH = "gemini-3.1-flash-live-preview"
NEW = "gemini-3.8-live"
DEEP = "gemini-3.8-live-extended-thinking"
TRANSLATE = "gemini-3.5-live-translate-preview"
TRANSCRIBE = "gemini-3.5-transcribe-live"
ROBOT = "gemini-robotics-er-2-streaming-preview"
ALL = (OLD, VERTEX, CASCADE, "gemini-2.0-flash-live-001", FLASH, NEW, DEEP, TRANSLATE, TRANSCRIBE, ROBOT)
STRANGE = "gemini-9-live"

MODALITIES = "generation_config.response_modalities"
THINKING = "generation_config.thinking_config"
AFFECTIVE = "generation_config.enable_affective_dialog"
AUDIO = "proactivity.proactive_audio"
VIDEO = "proactivity.proactive_video"
LANGUAGE = "generation_config.speech_config.language_code"
TARGET = "generation_config.translation_config.target_language_code"
POLISH = {"translation_config": {"target_language_code": "pl"}}


def modalities(*names):
    """Return a setup that asks for these modalities."""
    return {"generation_config": {"response_modalities": list(names)}}


def thinking(**config):
    """Return a setup with a thinking config."""
    return {"generation_config": {"thinking_config": config}}


def affective(value):
    """Return a setup with affective dialog."""
    return {"generation_config": {"enable_affective_dialog": value}}


def proactive(**config):
    """Return a setup with proactivity."""
    return {"proactivity": config}


def language(code):
    """Return a setup whose speech has a language and a voice."""
    voice = {"prebuilt_voice_config": {"voice_name": "Kore"}}
    return {"generation_config": {"speech_config": {"voice_config": voice, "language_code": code}}}


def functions(*behaviors):
    """Return a setup with one function for each behaviour, ``None`` for one that does not say."""
    declared = [{"name": f"f{n}", **({"behavior": b} if b else {})} for n, b in enumerate(behaviors)]
    return {"tools": [{"function_declarations": declared}]}


def check(model, setup, backend=None, api_version=None):
    """Check a setup given as a mapping, on the backend that serves the model."""
    backend = backend or ("vertex_ai" if model in (VERTEX, CASCADE) else "gemini")
    api_version = api_version or {"gemini": "v1alpha", "vertex_ai": "v1beta1"}[backend]
    return check_setup(parse(Setup, setup, ""), model=f"models/{model}", backend=backend, api_version=api_version)


CASES = [
    # modalities
    (OLD, modalities("TEXT"), [MODALITIES]),
    (OLD, modalities("AUDIO"), []),
    (OLD, modalities("AUDIO", "TEXT"), [MODALITIES]),
    (OLD, modalities("TEXT", "IMAGE"), [MODALITIES, MODALITIES]),
    (OLD, modalities("MODALITY_UNSPECIFIED"), []),
    (OLD, modalities(Modality("SMELL")), []),
    (OLD, modalities(), []),
    (VERTEX, modalities("TEXT"), [MODALITIES]),
    (VERTEX, modalities("AUDIO"), []),
    (VERTEX, modalities("VIDEO"), [MODALITIES]),
    (CASCADE, modalities("TEXT"), []),
    (CASCADE, modalities("IMAGE"), [MODALITIES]),
    (FLASH, modalities("TEXT"), [MODALITIES]),
    (FLASH, modalities("AUDIO"), []),
    (NEW, modalities("TEXT"), [MODALITIES]),
    (NEW, modalities("VIDEO"), []),
    (DEEP, modalities("TEXT"), [MODALITIES]),
    (DEEP, modalities("VIDEO"), []),
    (TRANSCRIBE, modalities("AUDIO"), [MODALITIES]),
    (TRANSCRIBE, modalities("TEXT"), []),
    (ROBOT, modalities("AUDIO"), [MODALITIES]),
    (ROBOT, modalities("TEXT"), []),
    (ROBOT, {}, []),
    # thinking
    (NEW, thinking(thinking_level="LOW"), [THINKING]),
    (NEW, thinking(), [THINKING]),
    (NEW, {"generation_config": {"temperature": 1.0}}, []),
    (DEEP, thinking(thinking_level="LOW"), []),
    (DEEP, thinking(thinking_level="HIGH", include_thoughts=True), []),
    (DEEP, thinking(thinking_level="MINIMAL"), [f"{THINKING}.thinking_level"]),
    (DEEP, thinking(thinking_level="XHIGH"), [f"{THINKING}.thinking_level"]),
    (DEEP, thinking(thinking_level=ThinkingLevel("DREAMY")), []),
    (DEEP, thinking(thinking_level="THINKING_LEVEL_UNSPECIFIED"), []),
    (DEEP, thinking(thinking_budget=0), [f"{THINKING}.thinking_budget"]),
    (FLASH, thinking(thinking_budget=128), [f"{THINKING}.thinking_budget"]),
    (FLASH, thinking(thinking_level="MINIMAL"), []),
    (FLASH, thinking(thinking_level="XHIGH"), [f"{THINKING}.thinking_level"]),
    (FLASH, thinking(include_thoughts=True), []),
    (OLD, thinking(thinking_level="LOW"), [f"{THINKING}.thinking_level"]),
    (OLD, thinking(thinking_budget=-1, include_thoughts=True), []),
    (VERTEX, thinking(thinking_level="LOW"), [f"{THINKING}.thinking_level"]),
    (VERTEX, thinking(thinking_budget=0), []),
    (CASCADE, thinking(thinking_level="LOW"), []),
    (ROBOT, thinking(thinking_level="LOW"), []),
    # proactivity
    (NEW, proactive(proactive_audio=False), [AUDIO]),
    (NEW, proactive(proactive_audio=True), []),
    (NEW, proactive(), []),
    (DEEP, proactive(proactive_audio=False), []),
    (FLASH, proactive(proactive_audio=True, proactive_video=True), [AUDIO, VIDEO]),
    (FLASH, proactive(proactive_audio=False), []),
    (OLD, proactive(proactive_audio=True), []),
    (OLD, proactive(proactive_audio=False), []),
    (VERTEX, proactive(proactive_audio=True), []),
    # affective dialog
    (NEW, affective(True), [AFFECTIVE]),
    (NEW, affective(False), [AFFECTIVE]),
    (DEEP, affective(True), []),
    (FLASH, affective(True), [AFFECTIVE]),
    (FLASH, affective(False), []),
    (OLD, affective(True), []),
    (VERTEX, affective(True), []),
    # the language of speech
    (OLD, language("en-US"), [LANGUAGE]),
    (OLD, {"generation_config": {"speech_config": "Kore"}}, []),
    (VERTEX, language("en-US"), []),
    (CASCADE, language("en-US"), []),
    (FLASH, language("en-US"), []),
    (NEW, language("en-US"), []),
    # translation
    (TRANSLATE, {}, [TARGET]),
    (TRANSLATE, {"generation_config": {"translation_config": {}}}, [TARGET]),
    (TRANSLATE, {"generation_config": {"translation_config": {"target_language_code": ""}}}, [TARGET]),
    (TRANSLATE, {"generation_config": POLISH}, []),
    (TRANSLATE, {"generation_config": POLISH, "system_instruction": "Be polite."}, ["system_instruction"]),
    (TRANSLATE, {"generation_config": POLISH, **functions(None)}, ["tools"]),
    (TRANSLATE, {"generation_config": POLISH, "tools": []}, []),
    (NEW, {"generation_config": POLISH}, []),
    (TRANSCRIBE, {"system_instruction": "Spell it Müller."}, []),
    # tools
    (NEW, {"tools": [{"code_execution": {}}]}, ["tools[0].code_execution"]),
    (NEW, {"tools": [{"google_search": {}}]}, []),
    (NEW, {"tools": [{"google_search": {}}, {"url_context": {}, "google_maps": {}}]},
     ["tools[1].google_maps", "tools[1].url_context"]),
    (DEEP, {"tools": [{"file_search": {}}]}, ["tools[0].file_search"]),
    (FLASH, {"tools": [{"url_context": {}}]}, ["tools[0].url_context"]),
    (FLASH, {"tools": [{"computer_use": {}}]}, []),
    (OLD, {"tools": [{"code_execution": {}}, {"url_context": {}}]}, []),
    (ROBOT, {"tools": [{"google_search": {}}]}, ["tools[0].google_search"]),
    (ROBOT, functions(None, "NON_BLOCKING"), []),
    # functions
    (FLASH, functions("NON_BLOCKING"), ["tools[0].function_declarations[0].behavior"]),
    (FLASH, functions(None, "BLOCKING", "UNSPECIFIED"), []),
    (FLASH, functions(None, "NON_BLOCKING"), ["tools[0].function_declarations[1].behavior"]),
    (FLASH, functions(Behavior("LEISURELY")), []),
    (DEEP, functions("BLOCKING"), ["tools[0].function_declarations[0].behavior"]),
    (DEEP, functions("NON_BLOCKING", None), []),
    (NEW, functions("BLOCKING", "NON_BLOCKING", None), []),
    (OLD, functions("BLOCKING", "NON_BLOCKING"), []),
    (VERTEX, functions("BLOCKING", "NON_BLOCKING"), []),
]  # fmt: skip


@pytest.mark.parametrize(("model", "setup", "paths"), CASES)
def test_a_setup_is_refused_exactly_where_the_model_is_known_to_refuse_it(model, setup, paths):
    """The errors' paths are the options as the user writes them."""
    assert [error.path for error in check(model, setup)] == paths


@pytest.mark.parametrize(("model", "setup", "paths"), [case for case in CASES if case[2]])
def test_every_message_names_the_model_and_the_option(model, setup, paths):
    """Whoever reads it knows which model minds what."""
    for error, path in zip(check(model, setup), paths, strict=True):
        assert model in str(error)
        assert str(error).startswith(f"{path}: ")


@pytest.mark.parametrize(("model", "setup", "paths"), CASES)
def test_an_unknown_model_passes_everything(model, setup, paths):
    """The service may know it already, and it may take anything."""
    assert check(STRANGE, setup, api_version="v1") == []


@pytest.mark.parametrize("model", ALL)
def test_an_ordinary_setup_passes_for_every_model(model):
    """Whatever is not in the table is nobody's business here."""
    generation = {"temperature": 0.5, **(POLISH if model == TRANSLATE else {})}
    setup = {"generation_config": generation, "session_resumption": {}, "input_audio_transcription": {}}

    assert check(model, setup) == []


def test_every_problem_is_reported_at_once():
    """One round is enough to mend a setup."""
    setup = {
        "generation_config": {"response_modalities": ["TEXT"], "thinking_config": {}, "enable_affective_dialog": True},
        "proactivity": {"proactive_audio": False},
        "tools": [{"code_execution": {}}],
    }

    assert {error.path for error in check(NEW, setup)} == {
        MODALITIES, THINKING, AFFECTIVE, AUDIO, "tools[0].code_execution",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("model", "setup", "advice"),
    [
        (NEW, thinking(), "gemini-3.8-live takes no thinking_config: leave it out"),
        (NEW, modalities("TEXT"), "output_audio_transcription"),
        (ROBOT, modalities("AUDIO"), "use TEXT"),
        (FLASH, thinking(thinking_budget=1), "use thinking_level (MINIMAL, LOW, MEDIUM, HIGH)"),
        (OLD, thinking(thinking_level="LOW"), "use thinking_budget"),
        (TRANSLATE, {}, f"gemini-3.5-live-translate-preview needs {TARGET}, or it answers with silence"),
        (FLASH, functions("NON_BLOCKING"), "BLOCKING only"),
        (NEW, {"tools": [{"url_context": {}}]}, "google_search, function_declarations"),
    ],
)
def test_a_message_says_what_to_do(model, setup, advice):
    """It names what the model takes instead."""
    (error,) = check(model, setup)

    assert advice in str(error)


@pytest.mark.parametrize(
    ("setup", "path"),
    [
        (affective(True), AFFECTIVE),
        (proactive(proactive_audio=True), AUDIO),
    ],
)
def test_what_2_5_has_in_previews_needs_version_v1alpha(setup, path):
    """The Gemini API refuses it under the other versions; Vertex AI has no such version and takes it."""
    assert [error.path for error in check(OLD, setup, api_version="v1beta")] == [path]
    assert [error.path for error in check(OLD, setup, api_version="v1")] == [path]
    assert check(OLD, setup, api_version="v1alpha") == []
    assert check(OLD, setup, api_version="v1gamma") == []
    assert check(OLD, setup, backend="vertex_ai") == []
    assert needs_alpha(parse(Setup, setup, ""), f"models/{OLD}")


def test_the_message_about_the_version_says_which_one():
    """It can be mended by naming the version."""
    (error,) = check(OLD, affective(True), api_version="v1beta")

    assert 'api_version="v1alpha"' in str(error)


@pytest.mark.parametrize(
    ("model", "setup"),
    [
        (OLD, {}),
        (OLD, affective(False)),
        (OLD, proactive(proactive_audio=False)),
        (OLD, thinking(thinking_budget=0)),
        (NEW, proactive(proactive_audio=True)),
        (VERTEX, affective(True)),
        (STRANGE, affective(True)),
    ],
)
def test_nothing_else_needs_version_v1alpha(model, setup):
    """Turned off, or on another family, the version does not matter."""
    assert not needs_alpha(parse(Setup, setup, ""), model)


def test_affective_dialog_is_gone_from_the_gemini_api_only():
    """What Vertex AI does with the option on 3.8 is not documented, so it passes there."""
    assert check(NEW, affective(True), backend="vertex_ai") == []


@pytest.mark.parametrize(
    "extra",
    [
        {"generationConfig": {"translationConfig": {"targetLanguageCode": "pl"}}},
        {"generation_config": {"translation_config": {"target_language_code": "pl"}}},
    ],
)
def test_what_extra_setup_brings_is_not_missed(extra):
    """The target language may come in the raw JSON that is merged last."""
    setup = Setup(extra=extra)

    assert check_setup(setup, model=TRANSLATE, backend="gemini", api_version="v1beta") == []


def test_extra_setup_is_not_looked_into():
    """It is for what this library does not know, so it refuses nothing there."""
    setup = Setup(extra={"generationConfig": {"thinkingConfig": {}}, "tools": [{"codeExecution": {}}]})

    assert check_setup(setup, model=NEW, backend="gemini", api_version="v1beta") == []


@pytest.mark.parametrize(
    "form", ["{}", "models/{}", "projects/p/locations/l/publishers/google/models/{}", "{}:bidiGenerateContent"]
)
def test_the_model_may_be_written_in_any_way(form):
    """The message says the bare name."""
    config = GenerationConfig(thinking_config=ThinkingConfig(thinking_level=ThinkingLevel.LOW))
    (error,) = check_setup(
        Setup(generation_config=config), model=form.format(NEW), backend="vertex_ai", api_version="v1beta1"
    )

    assert str(error) == f"{THINKING}: {NEW} takes no thinking_config: leave it out"


@pytest.mark.parametrize("scheduling", ["SILENT", "WHEN_IDLE", "INTERRUPT"])
def test_scheduling_is_refused_where_functions_block(scheduling):
    """3.1 is known not to schedule; whoever is not known to pass."""
    error = check_scheduling(profile_of(FLASH), scheduling, path="responses[1].scheduling")

    assert error is not None
    assert error.path == "responses[1].scheduling"
    assert "gemini-3.1" in str(error)
    for model in (OLD, NEW, DEEP, VERTEX, ROBOT):
        assert check_scheduling(profile_of(model), scheduling) is None
    assert check_scheduling(UNKNOWN, scheduling) is None


@pytest.mark.parametrize("scheduling", [None, "SCHEDULING_UNSPECIFIED"])
def test_no_scheduling_passes_everywhere(scheduling):
    """A response that does not say when is every model's."""
    assert [check_scheduling(profile, scheduling) for profile in PROFILES] == [None] * len(PROFILES)


def test_the_tools_of_the_table_are_tools():
    """A misspelt name would never match."""
    names = {field.name for field in attrs.fields(Tool)}

    for profile in PROFILES:
        assert profile.built_in_tools | profile.refused_tools <= names
