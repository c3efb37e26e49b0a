"""The nouns of Among Kota's guide: places, small businesses, the agenda, conditions, the weather forecast.

Positions are degrees of WGS 84. Texts for people are mappings from language code ('id', 'en') to text; a text that is
known in one language only stands there alone, and is marked as such (`lang`) when it is shown to readers of the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Text = Mapping[str, str]


class PlaceKind(StrEnum):
    """What a place is."""

    TOURISM = "tourism"
    BUSINESS = "business"
    """A small or micro business (UMKM)."""
    SERVICE = "service"
    """What visitors need: parking, a market, a bus stop, a health post."""
    NATURE = "nature"


class PlaceState(StrEnum):
    """Whether it is shown to the public."""

    PUBLISHED = "published"
    DOUBTFUL = "doubtful"
    """Something about it contradicts itself (`doubt`): listed for correction, never shown as a fact."""
    DRAFT = "draft"
    """Registered by its owner, not checked by the officer yet."""
    WITHDRAWN = "withdrawn"


class Doubt(StrEnum):
    """Why a place is doubtful."""

    ADDRESS_AND_POINT = "address_and_point"
    """The village of the address and the village of the point disagree."""
    NO_POINT = "no_point"
    NO_VILLAGE = "no_village"
    """The point lies in no village although the address names the city."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place or a small business as its entry tells it now."""

    id: int
    code: str
    """As in its address: TP-2612-0001."""
    kind: PlaceKind
    category: str
    """A code of `guide.categories` in config.yaml."""
    name: str
    state: PlaceState
    lat: float | None = None
    lon: float | None = None
    address: str | None = None
    village: str | None = None
    """Code of the village in which the point lies; None: outside the city, or not known."""
    is_outside: bool = False
    """It lies outside the city, and is shown with the name of where it is."""
    doubt: Doubt | None = None
    text: Text | None = None
    opening_hours: str | None = None
    """In OpenStreetMap's syntax: 'Mo-Fr 08:00-16:00; Sa,Su 07:00-17:00'."""
    ticket_rupiah: int | None = None
    phone: str | None = None
    """Of the business, shown with dated consent only."""
    url: str | None = None
    capacity: int | None = None
    """People or parking lots; see its category."""
    business: Business | None = None
    source: str = ""
    demo: bool = False
    checked_at: datetime | None = None
    """When an officer last confirmed it."""
    updated_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Business:
    """What a small business tells of its permits. A well-formed number proves nothing: see `Place.checked_at`."""

    nib: str | None = None
    """13 digits."""
    kbli: str | None = None
    """5 digits, edition 2020."""
    pirt: str | None = None
    """13 digits, hyphen, 2 digits: the year of expiry."""
    halal: str | None = None
    """'ID' and digits."""
    phone_consent_at: datetime | None = None


class AgendaState(StrEnum):
    """Of an occurrence."""

    CONFIRMED = "confirmed"
    TENTATIVE = "tentative"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One taking place of an entry of the agenda: a recurring entry has many."""

    agenda_id: int
    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime
    """The first moment after it."""
    all_day: bool
    state: AgendaState
    text: str | None = None
    place_id: int | None = None
    place_name: str | None = None
    lat: float | None = None
    lon: float | None = None
    village: str | None = None
    expected: int | None = None
    """How many people are expected; None: nobody said."""
    url: str | None = None
    lang: str = "id"
    source: str = ""
    demo: bool = False
    heard_at: datetime | None = None
    """When its source last told of it."""


class ConditionKind(StrEnum):
    """What is observed."""

    PARKING = "parking"
    CROWD = "crowd"
    ROAD = "road"
    OUTAGE = "outage"
    """Of power, water or lights."""
    FACILITY = "facility"
    """Whether a place is open."""


class ConditionState(StrEnum):
    """What it is like. Full is not closed."""

    OPEN = "open"
    CLOSED = "closed"
    FULL = "full"
    BUSY = "busy"
    UNKNOWN = "unknown"
    """Nobody said, or what was said has expired."""


@dataclass(frozen=True, slots=True)
class Condition:
    """The last observation of one thing at one place."""

    kind: ConditionKind
    state: ConditionState
    """As observed; whether it still counts is said by `current`."""
    observed_at: datetime
    """By the source, not when it was fetched."""
    expires_at: datetime
    """From then on it is not known: observed_at and the time of its kind."""
    observed_by: str
    place_id: int | None = None
    name: str | None = None
    """Of a road or an area that is no place of ours."""
    lat: float | None = None
    lon: float | None = None
    free: int | None = None
    capacity: int | None = None
    """On the same base as `free`, and at least as much."""
    note: str | None = None
    source: str = ""
    demo: bool = False

    def current(self, now: datetime) -> ConditionState:
        """What is known now: an expired observation tells nothing."""
        return self.state if now < self.expires_at else ConditionState.UNKNOWN


@dataclass(frozen=True, slots=True)
class ForecastStep:
    """The forecast for one village and one moment (BMKG, 3 days in steps of 3 hours)."""

    village: str
    at: datetime
    analysed_at: datetime
    """When the forecast was computed: what it is labelled with."""
    weather: Text
    """BMKG's own words in both languages."""
    temperature_c: float | None = None
    humidity_percent: float | None = None
    cloud_percent: float | None = None
    wind_kmh: float | None = None
    wind_from: str | None = None
    rain_mm: float | None = None
