"""Which calls wait for an answer on one connection.  Owned by the server's event loop."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable

import attrs

from ..types import FunctionResponse
from .profiles import EmulatorProfile
from .shapes import Message
from .tool_rules import Wanted


@attrs.frozen
class OpenCall:
    """One call.

    Attributes:
        key: its id, or its name if it has none.
        name: the function's name.
        blocks: whether the model waits for the answer.
        mine: whether the model made it, and not a test.
    """

    key: str
    name: str
    blocks: bool
    mine: bool = True


class OpenCalls:
    """Calls by their keys.

    Args:
        profile: how ids look.
        with_ids: whether calls have ids at all.
        chance: decides the ids.
    """

    def __init__(self, profile: EmulatorProfile, *, with_ids: bool, chance: random.Random) -> None:
        self._profile = profile
        self._with_ids = with_ids
        self._chance = chance
        self._open: dict[str, OpenCall] = {}

    def make(self, wanted: Iterable[Wanted]) -> list[Message]:
        """Open calls; return them as they go out."""
        made = []
        for call in wanted:
            message: Message = {"name": call.name, "args": dict(call.args)}
            if self._with_ids:
                message["id"] = self._new_id()
            self._add(OpenCall(str(message.get("id", call.name)), call.name, call.blocks))
            made.append(message)
        return made

    def inject(self, keys: Iterable[str]) -> None:
        """Note calls that a test has made; the model neither waits for them nor speaks of them."""
        for key in keys:
            self._add(OpenCall(key, key, blocks=False, mine=False))

    def _add(self, call: OpenCall) -> None:
        self._open[call.key] = call

    def _new_id(self) -> str:
        prefix = self._profile.call_prefix
        if prefix is None:
            return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
        return f"{prefix}{self._chance.randrange(10**18, 10**19)}"

    def answered(self, answer: FunctionResponse) -> OpenCall | None:
        """Take an answer; return its call, ``None`` if nobody waits for it.  Parts leave the call open."""
        key = answer.id or str(answer.name)
        call = self._open.get(key)
        if call is not None and not answer.will_continue:
            del self._open[key]
        return call

    @property
    def keys(self) -> tuple[str, ...]:
        """What is open, oldest first."""
        return tuple(self._open)

    @property
    def waits(self) -> bool:
        """Whether the model waits for an answer."""
        return any(call.blocks for call in self._open.values())

    def close(self, keys: Iterable[str]) -> None:
        """Forget calls that are cancelled."""
        for key in keys:
            self._open.pop(key, None)

    def cancel(self) -> list[str]:
        """Forget the calls that the model waits for, and return their keys."""
        gone = [call.key for call in self._open.values() if call.blocks]
        self.close(gone)
        return gone
