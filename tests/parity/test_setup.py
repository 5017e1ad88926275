"""The setup: what this library sends is what Google's own client sends."""

from __future__ import annotations

import pytest

from gemini_live.exceptions import ConfigError

from .canonical import shown, snake_names
from .configurations import BAD_MODEL_NAMES, CONFIGURATIONS, MODEL_NAMES, REFUSED, STRICTER
from .library import LOCATION, PROJECT

MODELS = {"gemini": "models/m1", "vertex_ai": f"projects/{PROJECT}/locations/{LOCATION}/publishers/google/models/m1"}
CASES = [
    pytest.param(configuration, backend, id=f"{configuration.name}, {backend}")
    for configuration in CONFIGURATIONS
    for backend in configuration.backends
]
REFUSALS = [
    pytest.param(configuration, backend, id=f"{configuration.name}, {backend}")
    for configuration in REFUSED
    for backend in configuration.backends
]


def expected_setup(configuration, backend):
    """Return the setup that a configuration's own ``expected`` means."""
    setup = {"model": MODELS[backend], **configuration.expected}
    if backend == "vertex_ai":
        setup["generationConfig"] = {"responseModalities": ["AUDIO"], **setup.get("generationConfig", {})}
    return {"setup": setup}


def test_there_are_enough_configurations():
    """At least sixty, no two of one name, each for Gemini, Vertex AI or both, and each departure has its reason."""
    names = [configuration.name for configuration in CONFIGURATIONS]

    assert len(names) >= 60
    assert len(set(names)) == len(names)
    assert all(configuration.backends for configuration in CONFIGURATIONS)
    assert all((configuration.expected is None) == (not configuration.reason) for configuration in CONFIGURATIONS)


@pytest.mark.parametrize("configuration, backend", CASES)
def test_the_setup_is_googles(configuration, backend, google, library):
    """Both clients, told the same, say the same; where Google's is not to be followed, its fault is still there."""
    (theirs,) = google.talk(backend, configuration.google).frames
    (ours,) = library.talk(backend, configuration.ours).frames

    wanted = theirs
    if configuration.expected is not None:
        assert shown(wanted) != shown(expected_setup(configuration, backend)), "google-genai agrees by now"
        wanted = expected_setup(configuration, backend)
    assert shown(ours) == shown(wanted)
    assert snake_names(ours) == []


@pytest.mark.parametrize("configuration, backend", REFUSALS)
def test_what_google_refuses_is_refused(configuration, backend, google, library, recorder):
    """An option that the backend does not have, or Live does not, is an error of both clients; neither connects."""
    before = recorder.conversations
    with pytest.raises(ValueError, match="only supported in|not supported in"):
        google.run(backend, configuration.google)
    with pytest.raises(ConfigError):
        library.start(backend, configuration.ours).close()

    assert recorder.conversations == before


@pytest.mark.parametrize("configuration", STRICTER, ids=lambda configuration: configuration.name)
def test_what_google_only_overlooks_is_refused(configuration, google, library):
    """A field that the backend does not have is an error here wherever it stands; Google's client sends some."""
    (backend,) = configuration.backends

    assert configuration.reason
    assert google.talk(backend, configuration.google).frames, "google-genai agrees by now"
    with pytest.raises(ConfigError):
        library.start(backend, configuration.ours).close()


@pytest.mark.parametrize("name", MODEL_NAMES, ids=lambda name: f"{name.given}, {name.backend}")
def test_the_model_is_named_as_google_names_it(name, google, library):
    """Every form of a model's name becomes what the service wants; a name of the other backend is refused."""
    (theirs,) = google.talk(name.backend, None, model=name.given).frames
    theirs = theirs["setup"]["model"]
    if name.expected is not None:
        assert theirs != name.expected, "google-genai agrees by now"
    if name.expected == "":
        with pytest.raises(ConfigError):
            library.start(name.backend, {}, model=name.given).close()
        return
    (ours,) = library.talk(name.backend, {}, model=name.given).frames

    assert ours["setup"]["model"] == (name.expected or theirs)


@pytest.mark.parametrize("backend", list(MODELS))
@pytest.mark.parametrize("model", BAD_MODEL_NAMES)
def test_what_is_no_models_name_is_refused(model, backend, google, library, recorder):
    """Neither client connects with a name that could change the path."""
    before = recorder.conversations
    with pytest.raises(ValueError, match="model"):
        google.run(backend, None, model=model)
    with pytest.raises(ConfigError, match="model"):
        library.start(backend, {}, model=model).close()

    assert recorder.conversations == before


@pytest.mark.parametrize("backend", list(MODELS))
def test_the_upgrade_is_googles(backend, google, library):
    """Path and credentials are those of Google's client; nothing secret is in the path."""
    theirs = google.talk(backend, None)
    ours = library.talk(backend, {})

    assert ours.path == theirs.path
    assert "?" not in ours.path
    for header in ("x-goog-api-key", "authorization", "x-goog-user-project", "content-type"):
        assert ours.headers.get(header) == theirs.headers.get(header)


@pytest.mark.parametrize("backend", list(MODELS))
def test_client_messages_are_text_frames(backend, google, library):
    """Both clients send text; only the server's answers are binary."""
    assert not google.talk(backend, None).binary
    assert not library.talk(backend, {}).binary
