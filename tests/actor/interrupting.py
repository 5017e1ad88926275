"""Something that comes in the middle of a method, at a step that the test chooses."""

from __future__ import annotations

from types import FrameType
from typing import Any


class Interrupter:
    """Runs ``action`` once, on this thread, at the n-th step of a method: what a finalizer or a signal handler does.

    A step is a bytecode where the interpreter tells of each, and a line elsewhere.
    """

    def __init__(self, code: object, at: int, action: Any) -> None:
        self.code, self.left, self.action = code, at, action
        self.fired = False

    def __call__(self, frame: FrameType, event: str, argument: object) -> Any:
        """Trace calls; only the method under test is followed inside."""
        if frame.f_code is not self.code or self.fired:
            return None
        frame.f_trace_opcodes = True
        return self._inside

    def _inside(self, frame: FrameType, event: str, argument: object) -> Any:
        if event in {"opcode", "line"} and not self.fired:
            if self.left == 0:
                self.fired = True
                self.action()
            self.left -= 1
        return self._inside
