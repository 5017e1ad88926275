"""Which of several models is chosen, without asking anybody."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gemini_live import ConfigError, ModelNotFoundError
from gemini_live.models import Models
from gemini_live.types import Modality, Model

GEMINI = [
    "gemini-3.8-live", "gemini-3.8-live-extended-thinking", "gemini-3.1-flash-live-preview",
    "gemini-2.5-flash-native-audio-preview-12-2025", "gemini-2.5-flash-native-audio-preview-09-2025",
    "gemini-2.5-flash-native-audio-latest",
]  # fmt: skip
VERTEX = [
    "gemini-3.8-live", "gemini-3.8-live-extended-thinking", "gemini-live-2.5-flash-native-audio",
    "gemini-live-2.5-flash-preview-native-audio-09-2025", "gemini-live-2.5-flash-preview-native-audio",
]  # fmt: skip
LIVE = "bidiGenerateContent"
TRANSLATE = "gemini-3.5-live-translate-preview"
TRANSCRIBE = "gemini-3.5-transcribe-live"
ROBOTICS = "gemini-robotics-er-2-streaming-preview"


def resolve(available, *arguments, **options):
    """Choose among what is available."""
    return Models.resolve(*arguments, available_models=available, **options)


def test_choosing_loads_nothing_heavy():
    """Only a program that asks the service pays for what asks it."""
    program = (
        "import sys; from gemini_live.models import Models; Models.resolve(available_models=['a-live'])\n"
        "print({'requests', 'google.auth', 'websocket', 'aiohttp'} & set(sys.modules))"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=30, check=False
    )

    assert (done.stdout, done.stderr) == ("set()\n", "")


# The candidates


@pytest.mark.parametrize(("auth", "names"), [("gemini", GEMINI), ("vertex_ai", VERTEX)])
def test_the_candidates_are_the_table_s_in_its_order(auth, names):
    """The newest family first, each with the backend's own names."""
    assert Models.candidates(auth=auth) == names


def test_nothing_that_is_recommended_answers_in_text():
    """Models that only write are for one purpose, or there only where they are listed."""
    assert Models.candidates("text") == Models.candidates("text", auth="vertex_ai") == []


def test_a_list_of_candidates_is_the_caller_s_own():
    """Whoever changes it changes nobody else's."""
    Models.candidates().clear()

    assert Models.candidates() == GEMINI


@pytest.mark.parametrize("modality", ["audio", "AUDIO", " Audio ", Modality.AUDIO])
def test_a_modality_is_taken_in_any_case(modality):
    """As text, or as the value of the enum."""
    assert Models.candidates(modality) == GEMINI


def test_the_default_is_the_first_candidate():
    """On each backend one of its own."""
    assert Models.default() == Models.default("audio", auth="gemini") == GEMINI[0]
    assert Models.default(auth="vertex_ai") == VERTEX[0]


@pytest.mark.parametrize(
    ("variables", "auth"),
    [
        ({}, "gemini"),
        ({"GEMINI_API_KEY": "k", "GOOGLE_CLOUD_PROJECT": "p"}, "gemini"),
        ({"GOOGLE_CLOUD_PROJECT": "p"}, "vertex_ai"),
        ({"GOOGLE_GENAI_USE_VERTEXAI": "true"}, "vertex_ai"),
        ({"GEMINI_API_KEY": "k", "GOOGLE_GENAI_USE_ENTERPRISE": "1"}, "vertex_ai"),
    ],
)
def test_the_environment_says_which_backend_is_meant(monkeypatch, variables, auth):
    """Without any credentials, and as for a session."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert Models.candidates(auth=None) == (GEMINI if auth == "gemini" else VERTEX)
    assert resolve(["gemini-live-2.5-flash-native-audio", "gemini-2.5-flash-native-audio-latest"]) == (
        GEMINI[-1] if auth == "gemini" else VERTEX[2]
    )


def test_text_has_no_default_and_the_error_says_what_to_do():
    """The transcription of speech is text, too."""
    with pytest.raises(ModelNotFoundError, match=r"answers in text; .*output_audio_transcription=\{\}"):
        Models.default("text")


def test_a_modality_that_nothing_answers_in_has_no_default():
    """There is no hint about text where it would not help."""
    with pytest.raises(ModelNotFoundError, match=r"answers in image; name one"):
        Models.default("image")


# Among what is available


def test_the_first_candidate_that_is_available_wins():
    """Not the first that is listed."""
    assert resolve(["models/b", "models/a"], candidates=["missing", "a", "b"]) == "a"


@pytest.mark.parametrize(
    "form",
    ["{}", "models/{}", "publishers/google/models/{}", "projects/p/locations/l/publishers/google/models/{}",
     "models/{}:bidiGenerateContent"],
)  # fmt: skip
@pytest.mark.parametrize("as_value", [False, True])
def test_path_and_method_do_not_matter(form, as_value):
    """Neither in what is available nor among the candidates, whose form is what is returned."""
    listed, other = form.format("m-1"), form.format("m-2")
    available = [Model(name=name) if as_value else name for name in (other, listed)]

    assert resolve(available, candidates=["m-1"]) == "m-1"
    assert resolve(["m-1"], candidates=[listed]) == listed


def test_case_matters():
    """A name in another case is another name."""
    assert Models.pick_from_available(["gemini-a"], ["Gemini-A"]) is None


def test_a_tuned_model_is_not_the_base_model_of_that_name():
    """Its path is a part of its name."""
    assert Models.pick_from_available(["tunedModels/m"], ["models/m"]) is None
    assert Models.pick_from_available(["tunedModels/m"], ["tunedModels/m"]) == "tunedModels/m"
    with pytest.raises(ModelNotFoundError):
        resolve(["tunedModels/my-live"])


def test_a_candidate_of_which_is_known_that_it_lacks_the_method_is_not_available():
    """One whose entry says nothing is: whoever named it will know."""
    silent, other = Model(name="models/silent"), Model(name="models/other", supported_generation_methods=("x",))

    assert resolve([other, silent], candidates=["other", "silent"]) == "silent"
    assert resolve([other, silent], candidates=["other", "silent"], require_method="x") == "other"


def test_families_with_candidates_come_in_the_table_s_order():
    """Whatever their versions are, and before all others, which come by age: a retired family has no precedence."""
    names = ["gemini-2.0-flash-live-001", "gemini-9-live", "gemini-2.5-flash-native-audio-preview-05-2026"]

    assert resolve(names) == names[2]
    assert resolve(names[:2]) == names[1]
    assert resolve(names[:1]) == names[0]


def test_within_a_family_the_newest_stable_model_comes_first():
    """By the order of names."""
    family = "gemini-3.8-live-"
    names = [f"{family}preview-01-2027", f"{family}002", f"{family}003", f"{family}exp"]

    assert resolve(names, auth="gemini") == f"{family}003"


def test_candidates_of_one_s_own_are_preferences():
    """If none of them is available, resolve still finds a model; picking among candidates does not."""
    assert resolve(["gemini-3.8-live"], candidates=["mine"]) == "gemini-3.8-live"
    assert Models.pick_from_available(["mine"], ["gemini-3.8-live"]) is None
    assert resolve(["gemini-3.8-live"], candidates=[]) == "gemini-3.8-live"


@pytest.mark.parametrize(("model", "modality"), [(TRANSLATE, "audio"), (TRANSCRIBE, "text"), (ROBOTICS, "text")])
def test_models_for_one_purpose_are_taken_only_when_they_are_named(model, modality):
    """They need their own configuration."""
    with pytest.raises(ModelNotFoundError):
        resolve([model], modality)
    assert resolve([model], modality, candidates=[model]) == model


@pytest.mark.parametrize("model", ["gemini-live-2.5-flash", "gemini-2.0-flash-live-001"])
def test_text_is_answered_by_what_really_is_there(model):
    """The few models that write and are no candidates."""
    assert resolve(["gemini-3.8-live", f"models/{model}"], "text") == model


def test_a_model_of_no_known_family_speaks_and_does_nothing_else():
    """So much is assumed, and no more."""
    assert resolve(["gemini-9-live"], "audio") == "gemini-9-live"
    for modality in ("text", "image", "video", "document"):
        with pytest.raises(ModelNotFoundError):
            resolve(["gemini-9-live"], modality)


def test_names_that_say_nothing_are_passed_over():
    """Empty ones, and entries without any."""
    assert resolve(["", "models/", Model(), "gemini-9-live"]) == "gemini-9-live"


def test_the_error_names_what_is_available():
    """Some of the live models in the text, all of them as data, and for text what to do."""
    names = [f"gemini-3.8-live-{number:03}" for number in range(30)]

    with pytest.raises(ModelNotFoundError) as caught:
        resolve([f"models/{name}" for name in (*names, "gemini-9-pro")], "text")

    text = str(caught.value)
    assert caught.value.available == tuple(names)
    assert names[19] in text and names[20] not in text and "and 10 more" in text
    assert "gemini-9-pro" not in text
    assert "output_audio_transcription={}" in text


def test_the_error_says_when_nothing_is_live():
    """Which there are, and what they lack."""
    with pytest.raises(
        ModelNotFoundError, match="of 2 models listed none has bidiGenerateContent: gemini-9-pro, m$"
    ) as caught:
        resolve(["models/gemini-9-pro", "m"])

    assert caught.value.available == ("gemini-9-pro", "m")


def test_the_error_shows_no_name_that_could_do_harm():
    """A line break or an escape sequence in a name is not written to anybody's terminal."""
    with pytest.raises(ModelNotFoundError) as caught:
        resolve([Model(name="models/evil\x1b[2J\nlive", supported_generation_methods=(LIVE,))])

    assert str(caught.value).isprintable()


# Wrong arguments


@pytest.mark.parametrize(
    ("options", "path", "words"),
    [
        ({"modality": "smell"}, "modality", "'text', 'image', 'audio', 'video', 'document'"),
        ({"modality": "MODALITY_UNSPECIFIED"}, "modality", "'audio'"),
        ({"modality": Modality.UNSPECIFIED}, "modality", "'audio'"),
        ({"modality": None}, "modality", "NoneType"),
        ({"modality": 5}, "modality", "int"),
        ({"auth": "google"}, "auth", "'gemini' or 'vertex_ai'"),
        ({"candidates": "gemini-3.8-live"}, "candidates", "several"),
        ({"candidates": 5}, "candidates", "several"),
        ({"candidates": ["a", None]}, "candidates[1]", "NoneType"),
        ({"candidates": [Model(name="a")]}, "candidates[0]", "Model"),
        ({"available_models": "gemini-3.8-live"}, "available_models", "several"),
        ({"available_models": {"name": "a"}}, "available_models", "several"),
        ({"available_models": ["a", {"name": "a"}]}, "available_models[1]", "dict"),
        ({"require_method": None}, "require_method", "method"),
        ({"require_method": ""}, "require_method", "method"),
        ({"timeout": 0}, "timeout", "above 0"),
        ({"timeout": None}, "timeout", "seconds"),
        ({"timeout": True}, "timeout", "seconds"),
        ({"timeout": float("nan")}, "timeout", "seconds"),
        ({"timeout": 90_000}, "timeout", "86400"),
        ({"refresh": 1}, "refresh", "True or False"),
        ({"modelity": "audio"}, "modelity", "did you mean modality?"),
        ({"candidate": []}, "candidate", "did you mean candidates?"),
        ({"base_ulr": "x"}, "base_ulr", "did you mean base_url?"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_refused_with_its_name(options, path, words):
    """Before anybody is asked, also where the available models are given."""
    with pytest.raises(ConfigError) as caught:
        Models.resolve(**options)

    assert caught.value.path == path
    assert words in str(caught.value)


def test_every_unknown_keyword_is_named():
    """All at once."""
    with pytest.raises(ConfigError) as caught:
        Models.resolve(one=1, two=2)

    assert [problem.path for problem in caught.value.problems] == ["one", "two"]


@pytest.mark.parametrize(
    ("candidates", "available", "path"),
    [
        ([], [5], "available_models[0]"),
        ([], None, "available_models"),
        ("m", [], "candidates"),
        ([5], [], "candidates[0]"),
    ],
)
def test_what_is_picked_from_is_checked(candidates, available, path):
    """The error names the argument."""
    with pytest.raises(ConfigError) as caught:
        Models.pick_from_available(candidates, available)

    assert caught.value.path == path
