"""What the service refuses, point by point, so that each can be let through.  Pure; any thread."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from ..exceptions import ConfigError
from ..protocol.preflight import check_setup
from ..types import Content, Setup
from ..types._wire import BackendName
from .refusals import INTERNAL, RefusedError, invalid_argument


class Check(enum.Enum):
    """One thing that is refused.

    ``UNKNOWN_NAMES``: fields that the API does not have, and values that don't fit.
    ``SECOND_SETUP``: a setup after the setup.
    ``MEDIA_CHUNKS``: ``realtimeInput.mediaChunks``, on models from 3.x on.
    ``RESPONSE_IDS``: an answer to a function call without its id, on the Gemini API.
    ``MODALITIES``: a response modality that the family lacks.
    ``KNOWN_LIMITS``: what the model is otherwise known not to take, as :mod:`gemini_live.profiles` has it.
    ``HISTORY_PARTS``: function calls and their results among the turns of client content.
    """

    UNKNOWN_NAMES = "unknown_names"
    SECOND_SETUP = "second_setup"
    MEDIA_CHUNKS = "media_chunks"
    RESPONSE_IDS = "response_ids"
    MODALITIES = "modalities"
    KNOWN_LIMITS = "known_limits"
    HISTORY_PARTS = "history_parts"


_ENDS = {
    "generation_config.speech_config.language_code": RefusedError(1000, ""),
    "generation_config.enable_affective_dialog": RefusedError(INTERNAL, "Internal error encountered."),
}
"""How the service ends a session for a setup that its model does not take, where that is not an invalid argument."""


def check_lenient(names: Iterable[str]) -> frozenset[Check]:
    """Return what is let through.

    Raises:
        ConfigError: there is no such check.
    """
    if isinstance(names, str):
        raise ConfigError("must be several names, not one string", path="lenient")
    known = {check.value: check for check in Check}
    wrong = [str(name) for name in names if name not in known]
    if wrong:
        raise ConfigError(f"{', '.join(wrong)}: not known; known are {', '.join(known)}", path="lenient")
    return frozenset(known[name] for name in names)


def check_limits_of(setup: Setup, backend: BackendName, version: str) -> None:
    """Refuse what a setup asks of a model that is known not to take it.

    Raises:
        RefusedError: as the service ends the session.
    """
    for problem in check_setup(setup, model=setup.model or "", backend=backend, api_version=version):
        if not problem.path.startswith("generation_config.response_modalities"):
            raise _ENDS.get(problem.path, invalid_argument())


def check_history(turns: Iterable[Content]) -> None:
    """Refuse function calls and their results among turns.

    Raises:
        RefusedError: there are some.
    """
    for content in turns:
        for part in content.parts or ():
            if part.function_call is not None or part.function_response is not None:
                raise invalid_argument()
