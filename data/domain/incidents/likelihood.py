"""How likely two reports tell of the same event, from what speaks for it: distance, time and words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

LIKELY = 0.5
"""From here on two reports are proposed as one event."""


class Weights(NamedTuple):
    """What counts how much: the logarithm of the odds is `base` and each of the others times its share."""

    base: float
    distance: float
    """For the whole radius of the category; never above 0."""
    time: float
    """For its whole window; never above 0."""
    words: float
    """For all words alike; never below 0."""


class Evidence(NamedTuple):
    """Of two reports: distance and time as shares of what the category allows, the words that both have."""

    distance: float
    time: float
    words: float


@dataclass(frozen=True, slots=True)
class IncidentModel:
    """The weights in force."""

    usual: Weights
    of: Mapping[str, Weights] = field(default_factory=dict)
    """By category; others have the usual ones."""

    def likelihood(self, category: str, evidence: Evidence) -> float:
        """0 to 1."""
        weights = self.of.get(category, self.usual)
        odds = weights.base + sum(weight * share for weight, share in zip(weights[1:], evidence, strict=True))
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, odds))))


AS_SHIPPED = IncidentModel(Weights(base=1.0, distance=-4.0, time=-1.0, words=4.0))
"""Set on simulated bursts (tests/bench/bursts.py), precision before recall, until operators have folded something."""
