"""Which of several models to take.  Pure; any thread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from ..exceptions import ModelNotFoundError
from ..profiles import PROFILES, UNKNOWN, profile_of
from ..types import Modality, Model
from ..types._wire import BackendName
from ..types.names import LIVE_METHOD
from .names import Age, age_of, is_plain, is_special, key_of, sounds_live

_MOST = 400
"""How many characters of names an error's text has at most where none of the models has the method."""
_SHOWN = 20
"""How many names it has at most where some have."""
_TEXT_HINT = "; for text ask for audio and pass output_audio_transcription={}, the answer's words come along"


@attrs.frozen(kw_only=True)
class Wish:
    """What is asked for.

    Attributes:
        modality: what the model shall answer in.
        auth: the backend.
        candidates: the names to take before any other, the best first.
        method: what the model must support.
    """

    modality: Modality
    auth: BackendName
    candidates: tuple[str, ...]
    method: str = LIVE_METHOD


@attrs.frozen
class Choice:
    """A model's name, and in a few words why it was taken."""

    name: str
    reason: str


def table_candidates(modality: Modality, auth: BackendName) -> tuple[str, ...]:
    """Return the names that the table of families has for a backend, in the table's order."""
    return tuple(
        name
        for profile in PROFILES
        if not profile.special and modality in (profile.modalities or ())
        for name in (profile.gemini_models if auth == "gemini" else profile.vertex_models)
    )


def default_model(modality: Modality, auth: BackendName) -> str:
    """Return the best name that may be taken unseen.

    Raises:
        ModelNotFoundError: there is none for this modality.
    """
    names = table_candidates(modality, auth)
    if not names:
        hint = _TEXT_HINT if modality is Modality.TEXT else "; name one yourself"
        raise ModelNotFoundError(f"no live model is known that answers in {modality.lower()}{hint}")
    return names[0]


def supports(model: Model, method: str) -> bool:
    """Return whether a model has a method; where its entry does not say, a name that sounds live has the live one."""
    methods = model.supported_generation_methods
    if methods:
        return method in methods
    return method == LIVE_METHOD and model.name is not None and sounds_live(model.name)


def live_names(models: Iterable[Model], method: str) -> tuple[str, ...]:
    """Return the bare names of the models that have a method, each once, in the order they came in."""
    keys = (key_of(model.name) for model in models if model.name is not None and supports(model, method))
    return tuple(dict.fromkeys(key for key in keys if key))


def pick_candidate(models: Iterable[Model], candidates: Iterable[str], method: str) -> str | None:
    """Return the first candidate that is there, as it is written among the candidates; ``None`` if none is.

    One whose entry does not say what it can do is there: whoever named it will know.
    """
    there = {
        key_of(model.name)
        for model in models
        if model.name is not None and method in (model.supported_generation_methods or (method,))
    }
    return next((name for name in candidates if key_of(name) in there), None)


def choose(models: Sequence[Model], wish: Wish) -> Choice | None:
    """Return what to take of the models that there are; ``None`` if nothing of it serves.

    First the candidates; then any other live model of their families, in the table's order; then all others, the
    newest first.  Those of no known family are assumed to speak and to do nothing else.  Models for one purpose are
    never taken unasked.
    """
    candidate = pick_candidate(models, wish.candidates, wish.method)
    if candidate is not None:
        return Choice(candidate, "the first candidate that is available")
    fitting = [name for name in live_names(models, wish.method) if is_plain(name) and _serves(name, wish.modality)]
    if not fitting:
        return None
    name = min(fitting, key=_rank)
    profile = profile_of(name)
    if profile is UNKNOWN:
        return Choice(name, "no candidate is available; a live model of no known family")
    return Choice(name, f"no candidate is available; of the family {profile.name}")


def not_found(models: Sequence[Model], wish: Wish) -> ModelNotFoundError:
    """Return the error for a listing in which nothing serves; it has the names of the live models that there are."""
    names = live_names(models, wish.method)
    shown = [name for name in names if is_plain(name)][:_SHOWN]
    more = [f"and {len(names) - len(shown)} more"] if len(names) > len(shown) else []
    some = ", ".join(name for name in (key_of(model.name) for model in models if model.name) if is_plain(name))
    what = f"of {len(models)} models listed none has {wish.method}{f': {some[:_MOST]}' if some else ''}"
    if names:
        what = f"none of these will do for {wish.modality.lower()}: {', '.join([*shown, *more])}"
    hint = _TEXT_HINT if wish.modality is Modality.TEXT else ""
    every = tuple(dict.fromkeys(key_of(model.name) for model in models if model.name))
    return ModelNotFoundError(f"no available model serves; {what}{hint}", available=names or every)


def _serves(name: str, modality: Modality) -> bool:
    """Return whether a model answers in a modality and may be taken unasked."""
    profile = profile_of(name)
    known = profile.modalities if profile is not UNKNOWN else frozenset({Modality.AUDIO})
    return modality in (known or ()) and not is_special(name)


def _rank(name: str) -> tuple[int, Age]:
    """Return a name's place: its family's in the table, behind all of them if it is not chosen from; then its age.

    A family without candidates is retired, or not for everybody: its models have no precedence over what is newer.
    """
    profile = profile_of(name)
    is_chosen_from = bool(profile.gemini_models or profile.vertex_models)
    return PROFILES.index(profile) if is_chosen_from else len(PROFILES), age_of(name)
