"""What shall still go wrong on one connection.  Pure; owned by the server's event loop."""

from __future__ import annotations

import attrs

from .faults import Fault, Happening, Hold, Later, Phase, Say, Silence, phase_after
from .shapes import Message


@attrs.define(eq=False)
class _Planned:
    """One failure to come, and the message that it holds back."""

    fault: Later
    held: Message | None = None

    @property
    def waits(self) -> bool:
        """Whether there is nothing yet that could happen."""
        return isinstance(self.fault.what, Hold) and self.held is None

    def happening(self) -> Happening:
        """Return what happens: what was held back is said."""
        return self.fault.what if self.held is None else Say((self.held,))


class Plan:
    """The failures of one connection.

    Attributes:
        answers_setup: whether the setup is answered at all.
    """

    def __init__(self, fault: Fault | None) -> None:
        self.answers_setup = not isinstance(fault, Silence)
        self._planned = [_Planned(fault)] if isinstance(fault, Later) else []

    def add(self, fault: Later) -> None:
        """Plan one more failure."""
        self._planned.append(_Planned(fault))

    def holds(self, message: Message) -> bool:
        """Return whether a message is held back; it is kept then, until its time comes."""
        phase = phase_after(message)
        for planned in self._planned:
            if isinstance(planned.fault.what, Hold) and planned.fault.what.phase is phase and planned.waits:
                planned.held = message
                return True
        return False

    def reached(self, phase: Phase | None) -> list[Happening]:
        """Return what happens in a phase that was reached; it does so once."""
        due = [planned for planned in self._planned if planned.fault.at is phase and not planned.waits]
        self._planned = [planned for planned in self._planned if planned not in due]
        return [planned.happening() for planned in due]
