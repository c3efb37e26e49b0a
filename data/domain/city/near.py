"""What counts as near a case: `guide.near` of config.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

LANDMARKS = ("nature", "service", "tourism")


@dataclass(frozen=True, slots=True)
class NearRule:
    """When a case says what it lies near, and which cases are told beside a place."""

    within_m: float = 500
    kinds: tuple[str, ...] = LANDMARKS
    """Kinds of places that people know the way by."""
    before: timedelta = timedelta(hours=3)
    """So long before an event it counts ..."""
    after: timedelta = timedelta(hours=1)
    """... and so long after it."""
