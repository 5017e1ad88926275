"""What the connections of one server share.  Owned by the server's event loop."""

from __future__ import annotations

import random
from collections import deque

import attrs

from .access import Access
from .brains import Brain
from .catalogue import Catalogue
from .handles import HandleBook
from .limits import Limits
from .profiles import EmulatorProfile
from .tokens import TokenBook
from .tool_rules import Wanted


@attrs.frozen(kw_only=True)
class Behaviour:
    """How the server behaves; fixed when it is made.

    Attributes:
        profile: the family's ways.
        brain: what it answers.
        output_speed: how many times faster than it sounds an answer is given.
        chunk_ms: how short and how long a piece of the answer's sound may be.
        seed: decides everything that varies.
        access: which credentials are accepted.
        catalogue: which models there are.
        limits: what ends by itself.
        call_ids: whether function calls have ids.
    """

    profile: EmulatorProfile
    brain: Brain
    output_speed: float
    chunk_ms: tuple[float, float]
    seed: int
    access: Access
    catalogue: Catalogue = attrs.field(repr=False)
    limits: Limits
    call_ids: bool = True

    def chance(self, session: int, turn: int) -> random.Random:
        """Return what decides the lengths in one turn: the same in every run."""
        return random.Random(f"{self.seed}:{session}:{turn}")  # noqa: S311 - no secret


@attrs.frozen
class Books:
    """What one run of the server remembers.  One thread: the event loop's.

    Attributes:
        handles: the resumption handles.
        tokens: the ephemeral tokens.
        calls: function calls that the next texts are answered by, one list a text.
    """

    handles: HandleBook = attrs.field(factory=HandleBook)
    tokens: TokenBook = attrs.field(factory=TokenBook)
    calls: deque[tuple[Wanted, ...]] = attrs.field(factory=deque)
