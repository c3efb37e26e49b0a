"""What became of a record."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from data.texts import texts


class Became(StrEnum):
    """Weightiest first: what is said of an id that stands twice in one delivery."""

    REJECTED = "rejected"
    MERGED = "merged"
    """New, and told of an event that another case already speaks for."""
    NEW = "new"
    UPDATED = "updated"
    SAME = "same"


class Outcome(NamedTuple):
    """What became of one raw record."""

    became: Became
    external_id: str
    """As in the raw record."""
    code: str | None = None
    """Of the case; None of a rejected record."""
    case_id: int | None = None
    reason: str = ""
    """Why it was rejected, as the store keeps it (`data.domain.reasons`)."""
    received_at: datetime | None = None
    """Of a live record that could be read."""

    @property
    def words(self) -> str:
        """As a source is told: 'new', 'rejected: REASON', the reason in Indonesian."""
        return f"{self.became}: {texts('id').tell_stored(self.reason)}" if self.reason else str(self.became)


_WEIGHT = {became: n for n, became in enumerate(Became)}


def by_id(outcomes: Iterable[Outcome]) -> dict[str, str]:
    """What a source is told of each id."""
    heaviest: dict[str, Outcome] = {}
    for outcome in outcomes:
        known = heaviest.setdefault(outcome.external_id, outcome)
        if _WEIGHT[outcome.became] < _WEIGHT[known.became]:
            heaviest[outcome.external_id] = outcome
    return {external_id: outcome.words for external_id, outcome in heaviest.items()}


def brought(outcomes: Iterable[Outcome]) -> int:
    """How many new cases."""
    return sum(outcome.became in (Became.NEW, Became.MERGED) for outcome in outcomes)
