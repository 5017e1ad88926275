"""The arguments of :class:`~.models.Models`, checked before anything is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..backends import WHERE_OPTIONS
from ..backends.choosing import wants_vertex
from ..exceptions import ConfigError
from ..types import Modality, Model, collect
from ..types._wire import BackendName
from ..types.codec import unknown_key
from .choosing import Wish, table_candidates

_MAX_PAGE = 1000
_MODALITIES = tuple(modality for modality in Modality if modality is not Modality.UNSPECIFIED)


def check_keywords(where: Mapping[str, Any], own: Iterable[str]) -> None:
    """Refuse keywords that nobody knows.

    Args:
        where: the keywords that are no arguments of the method.
        own: the method's arguments, among which the nearest name is looked for, too.

    Raises:
        ConfigError: there are some; it names all of them.
    """
    known = [*own, *WHERE_OPTIONS]
    collect(unknown_key(name, known) for name in where if name not in WHERE_OPTIONS)


def backend_name(where: Mapping[str, Any]) -> BackendName:
    """Return which backend the options and the environment mean, as a session would have it, without credentials.

    Raises:
        ConfigError: ``auth`` is none.
    """
    given = {name: value for name, value in where.items() if value is not None}
    return "vertex_ai" if wants_vertex(given) else "gemini"


def check_modality(value: Any) -> Modality:
    """Return a modality that is given as a text in any case, or as one.

    Raises:
        ConfigError: it is none.
    """
    if not isinstance(value, str):
        raise ConfigError(f"must be a string such as 'audio', not {type(value).__name__}", path="modality")
    modality = Modality(value.strip().upper())
    if modality not in _MODALITIES:
        known = ", ".join(repr(known.lower()) for known in _MODALITIES)
        raise ConfigError(f"must be one of {known}, not {str(value)!r}", path="modality")
    return modality


def check_method(value: Any) -> str:
    """Return the name of a method.

    Raises:
        ConfigError: it is none.
    """
    if not isinstance(value, str) or not value:
        raise ConfigError("must be a method's name, such as 'bidiGenerateContent'", path="require_method")
    return value


def check_page_size(value: Any) -> int | None:
    """Return how many entries a page shall have, 1 to 1000; ``None`` leaves it to the backend.

    Raises:
        ConfigError: it is something else.
    """
    if value is None or (type(value) is int and 1 <= value <= _MAX_PAGE):
        return value
    raise ConfigError(f"must be a whole number from 1 to {_MAX_PAGE}, not {value!r}", path="page_size")


def check_flag(value: Any, path: str) -> bool:
    """Return a flag.

    Raises:
        ConfigError: it is none.
    """
    if not isinstance(value, bool):
        raise ConfigError(f"must be True or False, not {type(value).__name__}", path=path)
    return value


def check_models(value: Any, path: str) -> tuple[Model, ...]:
    """Return the models that a program knows to be available, its names made values.

    Raises:
        ConfigError: they are something else.
    """
    return tuple(
        item if isinstance(item, Model) else Model(name=item)
        for item in _several(value, path, (str, Model), "a model's name or a Model")
    )


def check_candidates(value: Any) -> tuple[str, ...] | None:
    """Return the names that a program prefers; ``None`` if it gives none.

    Raises:
        ConfigError: they are something else.
    """
    return None if value is None else _several(value, "candidates", (str,), "a model's name")


def make_wish(modality: Any, auth: BackendName, candidates: Any, method: Any) -> Wish:
    """Return what is asked for; without candidates of the program's own, those of the table.

    Raises:
        ConfigError: an argument is wrong.
    """
    kind = check_modality(modality)
    own = check_candidates(candidates)
    return Wish(
        modality=kind,
        auth=auth,
        candidates=table_candidates(kind, auth) if own is None else own,
        method=check_method(method),
    )


def _several(value: Any, path: str, kinds: tuple[type, ...], what: str) -> tuple[Any, ...]:
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise ConfigError(f"must be several, each {what}, not one {type(value).__name__}", path=path)
    items = tuple(value)
    for index, item in enumerate(items):
        if not isinstance(item, kinds):
            raise ConfigError(f"must be {what}, not {type(item).__name__}", path=f"{path}[{index}]")
    return items
