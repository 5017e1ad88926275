"""What the connections of one server share.  Owned by the server's event loop."""

from __future__ import annotations

import random
from collections import deque
from typing import Any

import attrs

from .access import Access
from .brains import Brain
from .catalogue import Catalogue
from .disturbance import NOTHING_WRONG, Disturbance
from .handles import HandleBook
from .limits import Limits
from .music_pace import Pace
from .profiles import EmulatorProfile, profile_for
from .strictness import Check
from .tokens import TokenBook
from .tool_rules import Wanted

MAX_MESSAGE_BYTES = 64 * 2**20
"""How long a client's message may be; the service has some such bound, and nowhere says which."""


@attrs.frozen(kw_only=True)
class Behaviour:
    """How the server behaves; fixed when it is made.

    Attributes:
        profile: the family's ways; of the emulator as a whole, those of sessions before their setup.
        by_model: whether each session has the ways of its model's family.
        brain: what it answers.
        output_speed: how many times faster than it sounds an answer is given.
        given_chunk_ms: how short and how long a piece of the answer's sound may be; ``None`` is the family's own.
        seed: decides everything that varies.
        access: which credentials are accepted.
        catalogue: which models there are.
        limits: what ends by itself.
        call_ids: whether function calls have ids.
        lenient: what the service refuses and this server lets through.
        disturbance: what is wrong with connections from the start.
        max_message_bytes: how long a client's message may be.
        music: how music is sent.
    """

    profile: EmulatorProfile
    by_model: bool
    brain: Brain
    output_speed: float
    given_chunk_ms: tuple[float, float] | None
    seed: int
    access: Access
    catalogue: Catalogue = attrs.field(repr=False)
    limits: Limits
    call_ids: bool = True
    lenient: frozenset[Check] = frozenset()
    disturbance: Disturbance = NOTHING_WRONG
    max_message_bytes: int = MAX_MESSAGE_BYTES
    music: Pace = attrs.field(factory=Pace)

    @property
    def chunk_ms(self) -> tuple[float, float]:
        """How short and how long a piece of the answer's sound may be."""
        return self.given_chunk_ms or self.profile.chunk_ms

    def for_setup(self, setup: Any, backend: str) -> Behaviour:
        """Return how a session behaves whose setup is this, as it came."""
        model = setup.get("model") if isinstance(setup, dict) else None
        if not self.by_model or not isinstance(model, str):
            return self
        return attrs.evolve(self, profile=profile_for(model, backend))

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
