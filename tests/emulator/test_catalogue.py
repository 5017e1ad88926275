"""Which models there are, and which of them a session can have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_live.emulator import Emulator
from gemini_live.emulator.catalogue import catalogue_of
from gemini_live.emulator.http_errors import HttpError
from gemini_live.emulator.live_names import methods_of
from gemini_live.emulator.paging import page_of
from gemini_live.emulator.paths import Method, Target
from gemini_live.emulator.refusals import RefusedError
from gemini_live.exceptions import ConfigError
from gemini_live.types import Model, decode

LIVE = "bidiGenerateContent"
GEMINI = Target(backend="gemini", method=Method.LIVE, version="v1beta")
VERTEX = Target(backend="vertex_ai", method=Method.LIVE, version="v1beta1")
CONSTRAINED = Target(backend="gemini", method=Method.CONSTRAINED, version="v1alpha")


def names(catalogue, backend):
    key = "models" if backend == "gemini" else "publisherModels"
    return [entry["name"] for entry in catalogue.page(backend, {})[key]]


def refusal(target, model, catalogue=None):
    with pytest.raises(RefusedError) as caught:
        (catalogue or catalogue_of(None, None)).check_live(target, model)
    return caught.value


def test_the_default_listing_of_the_gemini_api_says_what_is_live():
    """Several live models, and others that are none."""
    entries = {entry["name"]: entry for entry in catalogue_of(None, None).page("gemini", {})["models"]}
    live = [name for name, entry in entries.items() if LIVE in entry["supportedGenerationMethods"]]
    assert live[0] == "models/gemini-3.8-live" and len(live) > 4
    assert entries["models/gemini-3.5-pro"]["supportedGenerationMethods"] == ["generateContent", "countTokens"]
    assert LIVE not in entries["models/gemini-embedding-001"]["supportedGenerationMethods"]
    assert "models/lyria-realtime-exp" in entries


def test_the_default_listing_of_vertex_ai_says_no_methods():
    """What is live has to be told by the name."""
    entries = {entry["name"]: entry for entry in catalogue_of(None, None).page("vertex_ai", {})["publisherModels"]}
    assert entries["publishers/google/models/gemini-live-2.5-flash-native-audio"]["launchStage"] == "GA"
    for entry in entries.values():
        assert entry["versionId"] and "supportedGenerationMethods" not in entry


@pytest.mark.parametrize(("backend", "key"), [("gemini", "models"), ("vertex_ai", "publisherModels")])
def test_the_default_entries_are_models_of_the_types(backend, key):
    """Nothing in them is foreign, but what Vertex AI says besides."""
    for entry in catalogue_of(None, None).page(backend, {})[key]:
        assert set(decode(Model, entry).extra) <= {"openSourceCategory", "publisherModelTemplate"}


def test_names_are_listed_where_they_belong():
    """A bare name is listed on both backends, a full one on its own, a whole entry as it is."""
    whole = {"name": "models/whole", "version": "7"}
    catalogue = catalogue_of(["bare-live", "models/g", "publishers/google/models/v", whole], None)
    assert names(catalogue, "gemini") == ["models/bare-live", "models/g", "models/whole"]
    assert names(catalogue, "vertex_ai") == ["publishers/google/models/bare-live", "publishers/google/models/v"]
    assert catalogue.page("gemini", {})["models"][2] == whole


@pytest.mark.parametrize(
    ("models", "words"),
    [
        ("one", "models: must be several models, not one"),
        ({"name": "models/x"}, "models: must be several models, not one"),
        ([""], r"models\[0\]: must be a model's name"),
        ([3], r"models\[0\]: must be a model's name"),
        (["a", {"version": "1"}], r"models\[1\]: must be a model's name"),
        ([{"name": "bare"}], r"models\[0\]\.name: must begin with models/ or publishers/google/models/"),
        (["tunedModels/x"], r"models\[0\]: is a bare name, or begins with models/ or publishers/google/models/"),
    ],
)
def test_what_is_no_model_is_refused(models, words):
    """A ConfigError names the entry."""
    with pytest.raises(ConfigError, match=words):
        Emulator(models=models)


@pytest.mark.parametrize("size", [0, -1, True, "3"])
def test_a_page_without_room_is_refused(size):
    """page_size is at least 1."""
    with pytest.raises(ConfigError, match="page_size: must be at least 1"):
        Emulator(page_size=size)


@given(st.integers(0, 30), st.integers(1, 40), st.one_of(st.none(), st.integers(1, 40)))
def test_pages_together_are_the_listing(count, size, longest):
    """Following the tokens gives every entry once, in order, in pages that are not too long."""
    entries, found, query = list(range(count)), [], {"pageSize": str(size)}
    while True:
        page = page_of(entries, query, longest)
        found += page.entries
        assert len(page.entries) <= min(size, longest or size)
        if page.next_token is None:
            break
        query = {"page_size": str(size), "page_token": page.next_token}
    assert found == entries


def test_fifty_are_on_a_page_unless_said():
    """A size of 0 counts as unsaid, and one of more than 1000 as that."""
    entries = list(range(1200))
    sizes = [len(page_of(entries, {"pageSize": size}, None).entries) for size in ("", "0", "1000", "5000")]
    assert sizes == [50, 50, 1000, 1000]


@pytest.mark.parametrize(
    "query",
    [{"pageSize": "many"}, {"pageSize": "-1"}, {"pageSize": "1.5"}, {"pageSize": "９"}, {"pageSize": "1" * 5000}],
)
def test_a_size_that_is_none_is_an_invalid_argument(query):
    """400 names the field."""
    with pytest.raises(HttpError) as caught:
        page_of([1], query, None)
    assert caught.value.document()["error"]["status"] == "INVALID_ARGUMENT"
    assert caught.value.details[0]["fieldViolations"][0]["field"] == "page_size"


@given(st.text(min_size=1))
def test_a_token_that_nobody_gave_is_an_invalid_argument(token):
    """400, whatever it looks like."""
    with pytest.raises(HttpError, match="400 Request contains an invalid argument"):
        page_of([1], {"pageToken": token}, 1)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_token_for_the_end_or_beyond_is_an_invalid_argument(count):
    """It was given out for a listing that was longer."""
    token = page_of([1, 2, 3], {"pageSize": "2"}, None).next_token
    assert page_of([1, 2, 3], {"pageToken": token}, None).entries == [3]
    with pytest.raises(HttpError, match="400 Request contains an invalid argument"):
        page_of([1, 2, 3][:count], {"pageToken": token}, None)


@pytest.mark.parametrize("model", ["models/gemini-9", "models/some-live-thing", "models/x-native-audio"])
def test_with_the_default_listing_newer_models_are_taken_on_trust(model):
    """Any name that sounds like a live model's will do."""
    catalogue = catalogue_of(None, None)
    catalogue.check_live(GEMINI, model)
    catalogue.check_live(CONSTRAINED, model)
    catalogue.check_live(VERTEX, model.replace("models/", "publishers/google/models/"))
    catalogue.check_live(VERTEX, model.replace("models/", "projects/p/locations/l/publishers/google/models/"))


@pytest.mark.parametrize("model", ["gemini-live", "models/not-a-model-live", "models/bert", "tunedModels/live"])
def test_an_unknown_model_is_refused_by_name(model):
    """A model that is none closes with 1008 and names it and the version."""
    error = refusal(GEMINI, model)
    assert error.code == 1008
    assert error.reason.startswith("models/") and model in error.reason
    assert "is not found for API version v1beta, or is not supported for bidiGenerateContent" in error.reason


@pytest.mark.parametrize(
    "model",
    [
        "gemini-3.8-live",
        "models/gemini-3.8-live",
        "publishers/other/models/gemini-3.8-live",
        "projects/p/publishers/google/models/gemini-3.8-live",
        "projects/p/locations/l/models/gemini-3.8-live",
        "projects/p/locations/l/publishers/google/models/not-a-model",
        "publishers/google/models/",
    ],
)
def test_vertex_ai_knows_models_by_their_full_names_only(model):
    """Anything else is a publisher model that was not found."""
    error = refusal(VERTEX, model)
    assert error.code == 1008
    assert error.reason.startswith(f"Publisher Model `{model}` was not found or your project does not have access")


@pytest.mark.parametrize("target", [GEMINI, VERTEX])
@pytest.mark.parametrize("model", [None, ""])
def test_a_setup_names_a_model(target, model):
    """Without one it closes with 1007."""
    assert str(refusal(target, model)) == "1007 Request contains an invalid argument."


@pytest.mark.parametrize("model", [None, "", "models/bert", "tunedModels/live"])
def test_with_a_token_a_wrong_model_is_told_otherwise(model):
    """It closes with 1007, and the words are about tuned models."""
    error = refusal(CONSTRAINED, model)
    assert (error.code, error.reason) == (
        1007,
        "token-based requests cannot use project-scoped features such as tuned models",
    )


def test_with_models_given_a_session_must_have_one_of_them():
    """Others there are not, however they sound; a listed one that is not live is refused too."""
    catalogue = catalogue_of(["mine", "gemini-3.5-pro", {"name": "models/silent"}], None)
    catalogue.check_live(GEMINI, "models/mine")
    catalogue.check_live(GEMINI, "models/silent")
    catalogue.check_live(VERTEX, "projects/p/locations/l/publishers/google/models/mine")
    for model in ("models/gemini-3.8-live", "models/gemini-3.5-pro"):
        assert refusal(GEMINI, model, catalogue).code == 1008
    for model in ("publishers/google/models/silent", "publishers/google/models/gemini-3.5-pro"):
        assert refusal(VERTEX, model, catalogue).code == 1008


@pytest.mark.parametrize(
    ("name", "live"),
    [
        ("gemini-3.8-live", True),
        ("gemini-robotics-er-2-streaming-preview", True),
        ("publishers/google/models/m1", True),
        ("gemini-3.5-pro", False),
        ("gemini-embedding-001", False),
        ("models/lyria-realtime-exp", False),
        ("imagen-9", False),
    ],
)
def test_methods_are_told_by_the_name(name, live):
    """A name that tells nothing is a live model's."""
    assert (LIVE in methods_of(name)) == live


def test_a_session_on_a_server_with_models(dial, wire):
    """The closed listing reaches the sockets of both backends."""
    with Emulator(tls=False, models=["mine"]) as server:
        assert dial(server).setup(model="models/mine").keys() == {"setupComplete"}
        vertex = dial(server, path=wire.vertex)
        assert vertex.setup(model="publishers/google/models/mine").keys() == {"setupComplete"}
        stranger = dial(server)
        stranger.send({"setup": {"model": wire.model}})
        code, reason = stranger.closed()
        assert code == 1008 and reason.startswith(f"{wire.model} is not found for API version v1beta")
