"""Field masks: which fields of a setup a token holds sessions to.  Pure.

Paths are in camelCase with commas between them: https://protobuf.dev/reference/protobuf/google.protobuf/#field-mask
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from ..exceptions import ConfigError
from ..types import GenerationConfig, Setup
from ..types._wire import WireValue
from ..types.codec import ObjectKind, plan_of

_GENERATION = "generationConfig"


def paths_of(setup: Mapping[str, Any]) -> list[str]:
    """Return the paths of a setup's fields: one level deep where a field is a message, else bare.

    Arrays, maps of the program's own keys and messages without any field stay bare.

    >>> paths_of({"model": "models/m", "generationConfig": {"temperature": 1}, "tools": [{}], "sessionResumption": {}})
    ['model', 'generationConfig.temperature', 'tools', 'sessionResumption']
    """
    paths = []
    fields = plan_of(Setup).by_key
    for name, value in setup.items():
        is_message = name in fields and isinstance(fields[name].kind, ObjectKind)
        if is_message and isinstance(value, dict) and value:
            paths += [f"{name}.{inner}" for inner in value]
        else:
            paths.append(name)
    return paths


def listed_paths(names: Iterable[str]) -> list[str]:
    """Return the paths of fields that a program names, in either spelling.

    Args:
        names: fields of the setup, or of its generation config with or without that in front; dots go deeper.

    Raises:
        ConfigError: there is no such field on the Gemini API.
    """
    return [_listed(name, f"lock_additional_fields[{index}]") for index, name in enumerate(names)]


def _listed(name: Any, where: str) -> str:
    if not isinstance(name, str):
        raise ConfigError(f"must be the name of a field, not {type(name).__name__}", path=where)
    parts = name.split(".")
    in_setup = parts[0] in plan_of(Setup).by_key
    if not in_setup and parts[0] in plan_of(GenerationConfig).by_key:
        parts = [_GENERATION, *parts]
    cls: type[WireValue] | None = Setup
    path = []
    for part in parts:
        field = plan_of(cls).by_key.get(part) if cls is not None else None
        if field is None:
            raise ConfigError(f"{name!r} is no field of a setup{_hint(part, cls)}", path=where)
        if field.only == "vertex_ai":
            raise ConfigError(f"{name!r} is for Vertex AI only, which has no tokens", path=where)
        path.append(field.wire_name)
        cls = field.kind.cls if isinstance(field.kind, ObjectKind) else None
    return ".".join(path)


def _hint(part: str, cls: type[WireValue] | None) -> str:
    if cls is None:
        return ""
    known = [field.attribute for field in plan_of(cls).fields]
    if cls is Setup:
        known += [field.attribute for field in plan_of(GenerationConfig).fields]
    near = difflib.get_close_matches(part, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def joined(paths: Iterable[str]) -> str:
    """Return one mask, each path once, and none that another one holds already.

    >>> joined(["model", "generationConfig.topK", "tools", "model", "generationConfig"])
    'model,tools,generationConfig'
    """
    once = list(dict.fromkeys(paths))
    whole = set(once)
    return ",".join(path for path in once if not any(parent in whole for parent in _parents(path)))


def _parents(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]
