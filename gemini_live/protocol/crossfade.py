"""From one set of prompts to another, step by step.  Pure; time comes in."""

from __future__ import annotations

import attrs

from ..types import WeightedPrompt
from ..types.music import LEAST_WEIGHT

_DIGITS = 6
"""That tell one weight from another."""


@attrs.frozen(kw_only=True)
class Crossfade:
    """A smooth way between two sets of prompts.

    The service sets weights in relation to one another, so it is each prompt's share that moves evenly, and with it the
    sum of all.

    Attributes:
        before: the prompts at the beginning.
        after: those at the end.
        began: when it begins.
        seconds: how long it takes.
    """

    before: tuple[WeightedPrompt, ...]
    after: tuple[WeightedPrompt, ...]
    began: float
    seconds: float

    def is_over(self, now: float) -> bool:
        """Whether the end is reached."""
        return now >= self.began + self.seconds

    def at(self, now: float) -> tuple[WeightedPrompt, ...]:
        """Return the prompts of a moment; one without weight is left out."""
        if self.is_over(now) or not self.before:
            return self.after
        done = (now - self.began) / self.seconds
        before, after = _weights(self.before), _weights(self.after)
        sum_before, sum_after = _sum(before), _sum(after)
        whole = sum_before + (sum_after - sum_before) * done
        prompts = []
        for text in {**before, **after}:
            old, new = before.get(text, 0.0) / sum_before, after.get(text, 0.0) / sum_after
            weight = float(f"{(old + (new - old) * done) * whole:.{_DIGITS}g}")
            if abs(weight) >= LEAST_WEIGHT:
                prompts.append(WeightedPrompt(text=text, weight=weight))
        return tuple(prompts) or self.after


def _weights(prompts: tuple[WeightedPrompt, ...]) -> dict[str, float]:
    """Return the weight of each text; one that is there twice counts twice."""
    weights: dict[str, float] = {}
    for prompt in prompts:
        assert prompt.text is not None
        assert prompt.weight is not None
        weights[prompt.text] = weights.get(prompt.text, 0.0) + prompt.weight
    return weights


def _sum(weights: dict[str, float]) -> float:
    return sum(map(abs, weights.values())) or 1.0
