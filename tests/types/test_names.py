"""Model names: what each backend wants, and what is no name."""

from __future__ import annotations

from typing import Any

import pytest

from gemini_live.exceptions import ConfigError
from gemini_live.types import gemini_model_name, vertex_model_name

PREFIX = "projects/p/locations/us-central1"
GOOGLE = f"{PREFIX}/publishers/google/models"

NAMES = [
    ("m", "models/m", f"{GOOGLE}/m"),
    ("gemini-3.8-live", "models/gemini-3.8-live", f"{GOOGLE}/gemini-3.8-live"),
    ("m@001", "models/m@001", f"{GOOGLE}/m@001"),
    ("models/m", "models/m", f"{GOOGLE}/m"),
    ("models/m:bidiGenerateContent", "models/m", f"{GOOGLE}/m"),
    ("m:bidiGenerateContent", "models/m", f"{GOOGLE}/m"),
    ("tunedModels/m", "tunedModels/m", None),
    ("pub/m", "models/pub/m", f"{PREFIX}/publishers/pub/models/m"),
    ("publishers/google/models/m", None, f"{GOOGLE}/m"),
    ("publishers/other/models/m", None, f"{PREFIX}/publishers/other/models/m"),
    ("models/publishers/google/models/m", None, f"{GOOGLE}/m"),
    ("endpoints/12", "models/endpoints/12", f"{PREFIX}/endpoints/12"),
    (f"{GOOGLE}/m", None, f"{GOOGLE}/m"),
    (f"{GOOGLE}/m:bidiGenerateContent", None, f"{GOOGLE}/m"),
    ("projects/other/locations/eu/endpoints/1", None, "projects/other/locations/eu/endpoints/1"),
]


@pytest.mark.parametrize(("name", "gemini", "vertex"), NAMES, ids=[row[0] for row in NAMES])
def test_names_on_both_backends(name: str, gemini: str | None, vertex: str | None) -> None:
    """Short or full; a name of the other backend is refused and never mangled."""
    if gemini is None:
        with pytest.raises(ConfigError, match='Vertex AI; write .*, or use auth="vertex_ai"'):
            gemini_model_name(name)
    else:
        assert gemini_model_name(name) == gemini
        assert gemini_model_name(gemini) == gemini
    if vertex is None:
        with pytest.raises(ConfigError, match='use auth="gemini"'):
            vertex_model_name(name, "p", "us-central1")
    else:
        assert vertex_model_name(name, "p", "us-central1") == vertex
        assert vertex_model_name(vertex, "p", "us-central1") == vertex


@pytest.mark.parametrize(
    "name", ["", " ", "a b", " m", "m ", "m\n", "..", "a/../b", "m?x=1", "m&a", "m#a", "/m", "m/", "a//b", "mé", "m%2f", None, 5]
)  # fmt: skip
def test_what_is_no_name(name: Any) -> None:
    """Nothing that would become another path, a query or a header."""
    for normalise in (gemini_model_name, lambda it: vertex_model_name(it, "p", "l")):
        with pytest.raises(ConfigError) as caught:
            normalise(name)
        assert caught.value.path == "model"


def test_vertex_without_a_project() -> None:
    """With an API key neither is in the name; one without the other is an error, and never an empty piece of a path."""
    assert vertex_model_name("m", None, None) == "publishers/google/models/m"
    assert vertex_model_name("m", "", "") == "publishers/google/models/m"
    for project, location, path in (("p", None, "location"), (None, "l", "project_id"), ("p", "", "location")):
        with pytest.raises(ConfigError) as caught:
            vertex_model_name("m", project, location)
        assert caught.value.path == path
    assert vertex_model_name(f"{GOOGLE}/m", None, None) == f"{GOOGLE}/m"
