"""What the connections of one server share.  Owned by the server's event loop."""

from __future__ import annotations

import random
import uuid
from collections import OrderedDict

import attrs

from .access import Access
from .brains import Brain
from .catalogue import Catalogue
from .context import Context
from .profiles import EmulatorProfile
from .refusals import unknown_handle
from .tokens import TokenBook

_MOST_HANDLES = 10_000


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
    """

    profile: EmulatorProfile
    brain: Brain
    output_speed: float
    chunk_ms: tuple[float, float]
    seed: int
    access: Access
    catalogue: Catalogue = attrs.field(repr=False)

    def chance(self, session: int, turn: int) -> random.Random:
        """Return what decides the lengths in one turn: the same in every run."""
        return random.Random(f"{self.seed}:{session}:{turn}")  # noqa: S311 - no secret


class HandleBook:
    """Resumption handles and what they resume.  One thread: the event loop's."""

    def __init__(self) -> None:
        self._contexts: OrderedDict[str, Context] = OrderedDict()

    def issue(self, context: Context) -> str:
        """Return a new handle for a conversation as it is now; the oldest of very many handles is forgotten."""
        handle = str(uuid.uuid4())
        self._contexts[handle] = context.copy()
        if len(self._contexts) > _MOST_HANDLES:
            self._contexts.popitem(last=False)
        return handle

    def resume(self, handle: str | None) -> Context:
        """Return the conversation of a handle, or an empty one.

        Raises:
            RefusedError: the handle is not known.
        """
        if handle is None:
            return Context()
        if handle not in self._contexts:
            raise unknown_handle()
        return self._contexts[handle].copy()


@attrs.frozen
class Books:
    """What one run of the server remembers.  One thread: the event loop's.

    Attributes:
        handles: the resumption handles.
        tokens: the ephemeral tokens.
    """

    handles: HandleBook = attrs.field(factory=HandleBook)
    tokens: TokenBook = attrs.field(factory=TokenBook)
