"""What the connections of one server share.  Owned by the server's event loop."""

from __future__ import annotations

import random
import uuid
from collections import OrderedDict

import attrs

from .brains import Brain
from .context import Context
from .profiles import EmulatorProfile
from .refusals import invalid_key, no_key, unknown_handle

_MOST_HANDLES = 10_000
_TOKEN_PREFIX = "auth_tokens/"  # noqa: S105 - how tokens begin, none itself


@attrs.frozen(kw_only=True)
class Behaviour:
    """How the server behaves; fixed when it is made.

    Attributes:
        profile: the family's ways.
        brain: what it answers.
        output_speed: how many times faster than it sounds an answer is given.
        chunk_ms: how short and how long a piece of the answer's sound may be.
        seed: decides everything that varies.
        api_keys: the keys that are accepted; ``None`` for any that is not plainly bad.
    """

    profile: EmulatorProfile
    brain: Brain
    output_speed: float
    chunk_ms: tuple[float, float]
    seed: int
    api_keys: frozenset[str] | None = attrs.field(repr=False)

    def check_key(self, key: str) -> None:
        """Refuse a missing key, one that is not accepted, and a token where none is taken.

        Raises:
            RefusedError: with the service's words, which don't repeat the key.
        """
        if not key or key.startswith(_TOKEN_PREFIX):
            raise no_key()
        if key.startswith("bad") if self.api_keys is None else key not in self.api_keys:
            raise invalid_key()

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
