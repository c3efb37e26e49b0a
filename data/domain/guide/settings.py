"""What the city decides about its guide: categories of places, how long an observation counts, the agenda's window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from data.domain.guide.nouns import ConditionKind, PlaceKind, Text

DEFAULT_EXPIRY: Mapping[ConditionKind, timedelta] = {
    ConditionKind.PARKING: timedelta(minutes=15),
    ConditionKind.CROWD: timedelta(minutes=60),
    ConditionKind.ROAD: timedelta(hours=6),
    ConditionKind.OUTAGE: timedelta(hours=6),
    ConditionKind.FACILITY: timedelta(hours=24),
}


@dataclass(frozen=True, slots=True)
class PlaceCategory:
    """A category of places."""

    code: str
    name: Text
    kind: PlaceKind
    words: tuple[str, ...] = ()
    """Other names that sources use, lower case."""


@dataclass(frozen=True, slots=True)
class Guide:
    """The section `guide` of config.yaml."""

    categories: Mapping[str, PlaceCategory] = field(default_factory=dict)
    other: str = ""
    """The category of a place whose own is unknown."""
    expiry: Mapping[ConditionKind, timedelta] = field(default_factory=lambda: dict(DEFAULT_EXPIRY))
    window: timedelta = timedelta(days=180)
    """How far ahead occurrences of the agenda are known."""

    def category_named(self, told: str | None) -> PlaceCategory | None:
        """By code, name in any language, or word; the category for others when it is none of these."""
        asked = " ".join((told or "").split()).casefold()
        for each in self.categories.values():
            if asked and (
                asked in (each.code, *each.words) or asked in (name.casefold() for name in each.name.values())
            ):
                return each
        return self.categories.get(self.other)
