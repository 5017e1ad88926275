"""What a model's name tells about what it does.  Pure; any thread."""

from __future__ import annotations

from ..profiles import UNKNOWN, bare_name, profile_of
from ..types.names import LIVE_METHOD, MUSIC_METHOD

_OTHER_KINDS = {
    "embedding": ["embedContent", "countTextTokens", "countTokens", "asyncBatchEmbedContent"],
    "lyria-realtime": [MUSIC_METHOD],
    "imagen": ["predict"],
    "veo": ["predictLongRunning"],
}
"""What is neither a live model nor one that answers texts, by a piece of its name."""


def methods_of(model: str) -> list[str]:
    """Return what a model is likely to do, by its name: a name that tells nothing is a live model's.

    >>> methods_of("models/gemini-3.8-live"), methods_of("gemini-3.5-pro"), methods_of("m1")
    (['countTokens', 'bidiGenerateContent'], ['generateContent', 'countTokens'], ['countTokens', 'bidiGenerateContent'])
    """
    name = bare_name(model)
    for kind, methods in _OTHER_KINDS.items():
        if kind in name:
            return list(methods)
    known = profile_of(name) is not UNKNOWN or "live" in name or "native-audio" in name
    if known or not name.startswith(("gemini", "gemma")):
        return ["countTokens", LIVE_METHOD]
    return ["generateContent", "countTokens"]


def may_be_live(model: str) -> bool:
    """Return whether a name can be a live model's, where nobody has said which models there are.

    Newer models are taken on trust, and so is every ``gemini``; a name with ``not-a-model`` in it is none.
    """
    name = bare_name(model)
    live = "live" in name or "native-audio" in name or name.startswith("gemini")
    return live and "not-a-model" not in name
