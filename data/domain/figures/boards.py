"""The results of the boards' queries, which the drawings draw: one frozen value a board.

All times are aware UTC. A countdown is (due, calendar): the browser computes the working time left from the calendar's
windows, so that it is correct without the server; a paused countdown shows a fixed `left_s`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from data.domain.cases.model import CaseState, Precision
from data.domain.figures.kpis import PauseTime
from data.domain.warnings.nouns import PublicWarning


@dataclass(frozen=True, slots=True)
class Countdown:
    """One clock as a wall shows it."""

    clock: str
    """verify, respond, resolve or hold."""
    calendar: str
    start: datetime
    due: datetime
    warn: datetime
    left_s: int
    """Working seconds left at the board's `as_of`; negative when overdue."""
    used: float
    """Share of the working time used at `as_of`; 1.0 and more when overdue."""
    paused: bool


@dataclass(frozen=True, slots=True)
class Near:
    """What lies near a case: an event that is on or about to be, else a known place."""

    name: str
    metres: int
    """In steps of 50; 0: at it."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """An open case as walls show it. Private ones carry neither title, text, place nor position."""

    id: int
    code: str
    category: str
    title: str
    village: str | None
    """Name, None when unknown or private."""
    agency: str
    state: CaseState
    private: bool
    critical: bool
    received: datetime
    citizen: Countdown | None
    """The running citizen's clock due first; None when all are met."""
    hold: Countdown | None
    """The clock of the agency that holds it; on most boards only where no citizen's clock runs."""
    folded: int
    """How many cases were merged into this one."""
    demo: bool
    proposed: int = 0
    """How many reports may tell of the same event as this one, itself and the folded ones included, as long as no
    person has folded them; 0: none. The line stands for all of them that its list holds."""
    promised: datetime | None = None
    """Until when its source has promised it, beside the city's clocks; None: it promises nothing."""
    near: Near | None = None
    """What people know the way by; None: nothing near, or its own place is not known or not to be told."""


@dataclass(frozen=True, slots=True)
class AgencyQueue:
    """One agency's column."""

    agency: str
    open: int
    waiting: int
    """Paused."""
    unacknowledged: int
    at_risk: int
    overdue: int
    overdue_hour_ago: int
    """How many cases were overdue an hour ago, to show the trend."""
    oldest: datetime | None
    """Receipt of the oldest open case."""
    silent_since: datetime | None
    """When set, nothing was acknowledged since then while something waited, for longer than the agency's limit."""
    next: tuple[CaseRow, ...]
    """Ordered by due moment."""
    private: int
    """Open private cases, counted in `open`, never in `next`."""


@dataclass(frozen=True, slots=True)
class QueueBoard:
    """queue_board: every agency of the city, the triage queue, and any other agency with open cases."""

    as_of: datetime
    queues: tuple[AgencyQueue, ...]
    """Most overdue first, then at risk, then open; order stable among equals."""


@dataclass(frozen=True, slots=True)
class SlaWall:
    """sla_wall: the cases that breach next, and the breached cases."""

    as_of: datetime
    breached: tuple[CaseRow, ...]
    """Most overdue first."""
    next: tuple[CaseRow, ...]
    breached_total: int
    at_risk_total: int
    open_total: int
    paused: PauseTime | None = None
    """Of all agencies together; None: not computed yet."""


class Note(NamedTuple):
    """A figure told beside a tile's own, under the text `kpi.NAME`."""

    name: str
    """outside, waiting (counts), p90 (seconds)."""
    value: float | None


@dataclass(frozen=True, slots=True)
class Kpi:
    """One tile. `value` None is 'no data', which is not zero."""

    name: str
    """Of a figure in data.domain.figures.kpis."""
    value: float | None
    unit: str
    """count, share (0..1), seconds."""
    n: int | None
    """The denominator, where the value has one."""
    usual: float | None
    """The same figure at this hour of the usual same weekday (median of the last weeks); None: no history."""
    hour_ago: float | None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class KpiStrip:
    """kpi_strip."""

    as_of: datetime
    tiles: tuple[Kpi, ...]


@dataclass(frozen=True, slots=True)
class Escalations:
    """escalations: what has gone up the ladder to those for whom the board is."""

    as_of: datetime
    rows: tuple[CaseRow, ...]
    """The longest silence first."""
    total: int


@dataclass(frozen=True, slots=True)
class TickerItem:
    """A recent event; equal neighbours are one item with a count."""

    at: datetime
    kind: str
    """An EventKind, warned, breached, imported."""
    title: str
    village: str | None
    agency: str
    category: str
    private: bool
    count: int
    receiver: str | None = None
    """escalated: to whom."""


@dataclass(frozen=True, slots=True)
class Ticker:
    """ticker: newest first."""

    as_of: datetime
    items: tuple[TickerItem, ...]


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source as the wall shows it."""

    name: str
    title: str
    state: str
    """ok, late, failing, silent (it responds without the usual records), never (no success yet), off."""
    last_success: datetime | None
    last_record: datetime | None
    lag_s: int | None
    rejected: int
    error: str | None
    remark: str | None = None
    """A reason that is no failure: files that were refused and told so."""
    silent_since: datetime | None = None
    """By when a record was expected by its rhythm; set when it is silent."""


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """feed_health."""

    as_of: datetime
    sources: tuple[SourceHealth, ...]
    """Sources with problems first."""
    rejected: int
    demo: bool
    """True when the store holds demo records: every screen says so."""


class MapPoint(NamedTuple):
    """One open case that is not private and has a place. `lat`, `lon` in WGS84 degrees.

    Where only its village or kecamatan is known (see `precision`) that one's own point.
    """

    id: int
    category: str
    letter: str
    status: str
    """overdue, at_risk, new or running; shown by colour and shape."""
    lat: float
    lon: float
    precision: Precision
    folded: int
    group: int = 0
    """The number of the group of cases that may tell of the same event; 0: it is in none."""
    reports: int = 0
    """How many reports that group has."""


@dataclass(frozen=True, slots=True)
class VillageTotals:
    """The counts of one village's open cases."""

    code: str
    name: str
    district: str
    open: int
    overdue: int
    private: int


class Layer(StrEnum):
    """What a map shows of the city besides cases."""

    PLACES = "places"
    """Known places: where visitors go, parking, markets."""
    AGENDA = "agenda"
    """Where something takes place today."""
    CONDITIONS = "conditions"
    """Closed roads, outages."""


class MapMark(NamedTuple):
    """A quiet sign on the map."""

    id: str
    """Of the sign, the same as long as it stands."""
    layer: Layer
    kind: str
    """place, event, closure or outage."""
    lat: float
    lon: float


class KindTotal(NamedTuple):
    """The open cases of one category that have a place on the map, drawn or not."""

    category: str
    letter: str
    cases: int


@dataclass(frozen=True, slots=True)
class CommandMap:
    """command_map. The villages' shapes change only on import, and are sent separately (see Shapes)."""

    as_of: datetime
    points: tuple[MapPoint, ...]
    kinds: tuple[KindTotal, ...]
    """Most frequent first."""
    villages: tuple[VillageTotals, ...]
    official: bool
    """False: the shapes are the schematic cells of the village offices."""
    outside: int
    """Open cases whose position lies outside the city."""
    unplaced: int
    """Open cases without a place, and private cases of which only the kecamatan is known."""
    marks: tuple[MapMark, ...] = ()
    """Of all layers; the drawing has those of its screen."""
    warnings: tuple[PublicWarning, ...] = ()
    """In force, the gravest first: what is hatched on the map."""


Shapes = Mapping[str, Mapping[str, object]]
"""GeoJSON geometry by village code."""
