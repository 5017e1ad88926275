"""What a soak has found."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import attrs

_SHOWN_PROBLEMS = 12


@attrs.define
class Result:
    """One soak's figures, and what speaks against it.

    Attributes:
        name: the soak's.
        figures: what was measured, in the order in which it is shown.
        problems: what must not be; empty is a pass.
        seconds: how long it took.
    """

    name: str
    figures: dict[str, Any] = attrs.field(factory=dict)
    problems: list[str] = attrs.field(factory=list)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.problems

    def require(self, holds: object, problem: str) -> None:
        """Note a problem unless something holds."""
        if not holds:
            self.problems.append(problem)

    def line(self) -> str:
        """Return the figures and the verdict in one line, and after a failure why, one line each."""
        figures = ", ".join(f"{name} {_shown(value)}" for name, value in self.figures.items())
        verdict = "PASS" if self.passed else "FAIL"
        lines = [f"{verdict} {self.name} ({self.seconds:.1f} s): {figures}"]
        lines += [f"     - {problem}" for problem in self.problems[:_SHOWN_PROBLEMS]]
        if len(self.problems) > _SHOWN_PROBLEMS:
            lines.append(f"     - and {len(self.problems) - _SHOWN_PROBLEMS} more")
        return "\n".join(lines)

    def to_json(self) -> str:
        """Return everything as one line of JSON."""
        return json.dumps({**attrs.asdict(self), "passed": self.passed}, default=str)


def _shown(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def timed(run: Callable[[int], Result], seed: int) -> Result:
    """Run a soak and note how long it took."""
    began = time.monotonic()
    result = run(seed)
    result.seconds = time.monotonic() - began
    return result


def until(condition: Callable[[], object], what: str, seconds: float = 20.0) -> None:
    """Wait until a condition holds that nothing announces.

    Raises:
        TimeoutError: it does not in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {seconds:g} s still not: {what}")
        time.sleep(0.0005)
