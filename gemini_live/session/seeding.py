"""What a server that knows nothing is told of a conversation."""

from __future__ import annotations

from ..exceptions import ConfigError
from ..profiles import HistorySeeding
from ..protocol.histories import seed
from ..protocol.outgoing import Outgoing
from ..types import Content
from .options import Options


def seed_message(contents: tuple[Content, ...], options: Options) -> Outgoing | None:
    """Return the message that tells the conversation so far, ``None`` if the model takes no history."""
    if options.profile.history is HistorySeeding.NONE:
        return None
    try:
        return seed(
            contents,
            backend=options.backend.name,
            profile=options.profile,
            announced=options.profile.history is HistorySeeding.HISTORY_CONFIG,
            strict=False,
        )
    except ConfigError:  # words that no message can hold: the session goes on without them
        return None
