"""city_board's answer, which its drawing draws: warnings in force, the agenda of two days, places with something wrong
near them, how the city's conditions stand against their targets, the weather of each kecamatan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data.domain.guide.nouns import ForecastStep, Occurrence
from data.domain.guide.scores import TileBoard
from data.domain.warnings.nouns import PublicWarning


class Heard(StrEnum):
    """What is known of the sources of warnings."""

    NOW = "now"
    """All of them were heard of: no row means that there is none."""
    SILENT = "silent"
    """One at least was not heard of for longer than expected: what it would say is not known."""
    NEVER = "never"
    """No source is configured, or none was ever heard of."""


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning in force and where it is, by name."""

    warning: PublicWarning
    villages: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WarningsNow:
    """The warnings in force for the city, and whether these are all."""

    rows: tuple[Warned, ...] = ()
    """The gravest first; at most what the board may show."""
    total: int = 0
    heard: Heard = Heard.NEVER
    at: datetime | None = None
    """NOW: when the one that was silent for longest last told; SILENT: since when it is not known."""


@dataclass(frozen=True, slots=True)
class Agenda:
    """What takes place on one day and is not over."""

    rows: tuple[Occurrence, ...] = ()
    """The first one first."""
    total: int = 0


@dataclass(frozen=True, slots=True)
class PlaceTrouble:
    """What is wrong near one place. Private cases are in none of these numbers."""

    place_id: int
    name: str
    cases: int
    """Open ones near it whose own position is known."""
    kinds: tuple[tuple[str, int], ...]
    """(category, how many), the most frequent first."""
    outages: int
    closures: int
    """Roads that are closed."""
    nearest_m: float
    """To the nearest of all of them."""
    state: str
    """The worst of the cases: overdue, at_risk, new or running; empty without cases."""


@dataclass(frozen=True, slots=True)
class Weather:
    """The forecast for one kecamatan; several villages make one."""

    district: str
    """Its name."""
    now: ForecastStep | None
    """What most of its villages have now; None: nothing is forecast for this moment."""
    coldest_c: float | None = None
    warmest_c: float | None = None
    """Of its villages now."""
    rain_mm: float | None = None
    """The most of them."""
    later: tuple[ForecastStep, ...] = ()
    """The steps of the next half day that tell of other weather than the one before."""


@dataclass(frozen=True, slots=True)
class CityBoard:
    """city_board."""

    as_of: datetime
    warnings: WarningsNow
    today: Agenda
    tomorrow: Agenda
    places: tuple[PlaceTrouble, ...]
    """The worst first."""
    places_total: int
    within_m: float
    """So far around a place something counts as near it."""
    tiles: TileBoard
    weather: tuple[Weather, ...]
