"""How long what is offered and not sold still keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

"""What spoils within this time must be sold now."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """Of one offer at one moment."""

    spoils_at: datetime
    left: timedelta
    """Negative: it is spoiled."""


def freshness(ready_at: datetime, shelf_life: timedelta, now: datetime) -> Freshness:
    """ready_at: when it was harvested, or will be."""
    spoils_at = ready_at + shelf_life
    return Freshness(spoils_at, spoils_at - now)
