"""What lies in a music session's mailbox, beside what lies in every session's."""

from __future__ import annotations

import attrs

from ..session.outbox import Queued
from ..types import WeightedPrompt


@attrs.define(eq=False)
class Fade:
    """Change the prompts step by step.

    Attributes:
        target: the prompts at the end.
        seconds: how long it takes.
        last: the message that is sent at the end.
    """

    target: tuple[WeightedPrompt, ...]
    seconds: float
    last: Queued


@attrs.frozen
class FadeOn:
    """Take the next step."""

    fade: Fade


@attrs.frozen
class Listen:
    """Look whether a player would have anything left."""
