"""How a model is called on each backend.

https://ai.google.dev/api/live#BidiGenerateContentSetup
"""

from __future__ import annotations

import re

from ..exceptions import ConfigError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@:-]*(/[A-Za-z0-9][A-Za-z0-9._@:-]*)*")
LIVE_METHOD = "bidiGenerateContent"
"""The method that makes a model a live one."""
MUSIC_METHOD = "bidiGenerateMusic"
"""The method that makes a model play music."""


def gemini_model_name(name: str) -> str:
    """Return a model's name as the Gemini API has it: ``models/m``, or ``tunedModels/m``.

    Args:
        name: ``m``, or the full name.

    Raises:
        ConfigError: it is no name, or one of Vertex AI's.
    """
    bare = _checked(name)
    if bare.startswith(("publishers/", "projects/", "models/publishers/", "models/projects/")):
        last = bare.rpartition("/")[2]
        raise ConfigError(f'{name!r} is a name on Vertex AI; write {last!r}, or use auth="vertex_ai"', path="model")
    return bare if bare.startswith(("models/", "tunedModels/")) else f"models/{bare}"


def vertex_model_name(name: str, project: str | None, location: str | None) -> str:
    """Return a model's name as Vertex AI has it: ``projects/P/locations/L/publishers/google/models/m``.

    Args:
        name: ``m``, ``models/m``, ``publisher/m``, ``publishers/google/models/m``, ``endpoints/e``, or the full name.
        project: the project's id; ``None``, with no location either, leaves both out, as an API key wants it.
        location: the region, or ``global``.

    Raises:
        ConfigError: it is no name, one of the Gemini API's, or project and location are not both known.
    """
    bare = _checked(name)
    if bare.startswith("projects/"):
        return bare
    if bare.startswith("tunedModels/"):
        raise ConfigError(f'{name!r} is a tuned model of the Gemini API; use auth="gemini"', path="model")
    path = _vertex_path(bare)
    if not project and not location:
        return path
    for value, option in ((project, "project_id"), (location, "location")):
        if not value:
            raise ConfigError("is needed for the model's name on Vertex AI", path=option)
    return f"projects/{project}/locations/{location}/{path}"


def _vertex_path(name: str) -> str:
    """Return a name from the publisher on."""
    name = name.removeprefix("models/")
    if name.startswith(("publishers/", "endpoints/")):
        return name
    publisher, slash, model = name.partition("/")
    return f"publishers/{publisher}/models/{model}" if slash else f"publishers/google/models/{name}"


def _checked(name: str) -> str:
    """Return a name without the method's; refuse what would become another path or a query."""
    if not isinstance(name, str):
        raise ConfigError(f"must be a model's name, not {type(name).__name__}", path="model")
    bare = name.removesuffix(f":{LIVE_METHOD}")
    if not _NAME.fullmatch(bare) or ".." in bare:
        raise ConfigError(f"{name!r} is no model's name", path="model")
    return bare
