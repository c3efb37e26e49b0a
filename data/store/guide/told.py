"""What a source tells of the guide, understood: places are judged, entries are calendars, states are ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from data.domain.guide.nouns import (
    AgendaState,
    Business,
    ConditionKind,
    ConditionState,
    Doubt,
    ForecastStep,
    PlaceKind,
    PlaceState,
    Text,
)
from data.store.guide.calendar import Taking
from data.store.market.told import Became, Taken

__all__ = ["Became", "ConditionTold", "EntryTold", "ForecastTold", "PlaceTold", "Position", "Taken"]


@dataclass(frozen=True, slots=True)
class Position:
    """Where something is, as far as it is known."""

    lat: float | None = None
    lon: float | None = None
    village: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceTold:
    """A place or a business."""

    external_id: str
    at: datetime
    kind: PlaceKind
    category: str
    name: str
    state: PlaceState
    position: Position = Position()
    address: str | None = None
    is_outside: bool = False
    doubt: Doubt | None = None
    text: Text | None = None
    opening_hours: str | None = None
    ticket_rupiah: int | None = None
    phone: str | None = None
    url: str | None = None
    capacity: int | None = None
    business: Business | None = None
    told_at: datetime | None = None
    demo: bool = False


@dataclass(frozen=True, slots=True)
class EntryTold:
    """An entry of the agenda, or one moved or cancelled occurrence of it (`recurrence_id`)."""

    uid: str
    recurrence_id: str
    at: datetime
    sequence: int
    event: str
    """A calendar with this one VEVENT."""
    title: str
    starts_at: datetime
    ends_at: datetime
    all_day: bool
    recurs: bool
    state: AgendaState
    text: str | None = None
    lang: str = "id"
    place: str | None = None
    """As told: a name, or a code or id of a place."""
    position: Position = Position()
    expected: int | None = None
    url: str | None = None
    told_at: datetime | None = None
    demo: bool = False
    takings: Sequence[Taking] | None = None
    """What takes place in the window when nothing of it was moved or cancelled: computed before the store is locked."""

    @property
    def external_id(self) -> str:
        """What tells it from all others of its source."""
        return f"{self.uid} {self.recurrence_id}" if self.recurrence_id else self.uid


@dataclass(frozen=True, slots=True)
class ConditionTold:
    """An observation."""

    external_id: str
    at: datetime
    kind: ConditionKind
    state: ConditionState
    expires_at: datetime
    observed_by: str
    place: str | None = None
    """As told: a name, or a code or id of a place."""
    name: str | None = None
    position: Position = Position()
    free: int | None = None
    capacity: int | None = None
    note: str | None = None
    demo: bool = False


@dataclass(frozen=True, slots=True)
class ForecastTold:
    """The forecast for one village."""

    external_id: str
    at: datetime
    """When it was computed."""
    village: str
    steps: tuple[ForecastStep, ...]
    demo: bool = False


Told = PlaceTold | EntryTold | ConditionTold | ForecastTold
Fields = Mapping[str, object]
