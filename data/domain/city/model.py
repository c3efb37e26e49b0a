"""The city as configured: agencies, categories, policies, calendars, routing rules.

Plain frozen values; `dashboard.config.load` builds them from config.yaml after checking every key.
Texts for people are mappings from language code ('id', 'en') to text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeVar

from data.domain.city.escalation import Escalation
from data.domain.city.near import NearRule
from data.domain.city.recorded import RecordedVersion
from data.domain.city.tiles import TileRule
from data.domain.guide.settings import Guide
from data.domain.market.nouns import Market
from data.domain.warnings.rules import WarningRules

Text = Mapping[str, str]
DayHours = tuple[tuple[time, time], ...]
"""Windows as (start, end) local times; end `time.max` is midnight."""
WeekHours = Mapping[int, DayHours]
"""By weekday, 0 Monday .. 6 Sunday."""

TRIAGE = "triase"
"""The code of the queue that holds what no rule and no category gives to an agency."""
T = TypeVar("T")
Earlier = tuple[tuple[int, T], ...]
"""What it said before it was edited in place, oldest first, each with the moment (epoch seconds) of the edit."""


def said_at(now: T, earlier: Earlier[T], moment: int | None) -> T:
    """What it said at that moment (epoch seconds); None: what it says now."""
    if moment is not None:
        for edited_at, said in earlier:
            if moment < edited_at:
                return said
    return now


def known_by(earlier: Earlier[T], moment: int) -> Earlier[T]:
    """Without the edits after that moment."""
    return tuple(each for each in earlier if each[0] <= moment)


class Priority(StrEnum):
    """How urgent a category is; the walls raise an alarm for critical cases around the clock."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class CaseKind(StrEnum):
    """What came in: a citizen's report or a farmer's question."""

    REPORT = "report"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Agency:
    """An OPD (agency of the city): its names, its duty, and when its silence is shown on the walls."""

    code: str
    name: str
    short: str
    duty: Text
    calendar: str
    silent_after: timedelta
    """The agency counts as silent when a case waited for this working time (its own calendar) and nothing was
    acknowledged."""
    earlier: Earlier[str] = ()
    """Of the calendar."""

    def calendar_at(self, moment: int | None) -> str:
        """The calendar at that moment (epoch seconds); None: now."""
        return said_at(self.calendar, self.earlier, moment)


@dataclass(frozen=True, slots=True)
class IncidentRule:
    """Cases of one category within this radius and time window report the same incident."""

    radius_m: float
    window: timedelta


@dataclass(frozen=True, slots=True)
class Category:
    """A category of reports."""

    code: str
    name: Text
    agency: str
    policy: str
    priority: Priority
    private: bool
    """True: no pin, no text, no reporter on any wall, only a count per village."""
    letter: str
    """One or two letters, for the symbol on the map."""
    kind: CaseKind = CaseKind.REPORT
    prefix: str = "AW"
    """The first part of a case's code, AW-2611-0412."""
    incident: IncidentRule | None = None
    words: tuple[str, ...] = ()
    """Other names that sources use, lower case."""
    closes_after: timedelta | None = None
    """When the citizen was asked to complete a report and so long did not, it closes by itself; None: it does not."""


@dataclass(frozen=True, slots=True)
class PauseReason:
    """A listed reason for a pause, and the longest it may last (wall-clock time; None: no cap)."""

    code: str
    name: Text
    cap: timedelta | None
    earlier: Earlier[timedelta | None] = ()

    def cap_at(self, moment: int | None) -> timedelta | None:
        """The cap at that moment (epoch seconds); None: now."""
        return said_at(self.cap, self.earlier, moment)


@dataclass(frozen=True, slots=True)
class Policy:
    """A service standard: targets in working time of `calendar`, one immutable version."""

    code: str
    version: int
    calendar: str
    verify: timedelta
    respond: timedelta
    resolve: timedelta
    hold: timedelta
    pauses: tuple[str, ...] = ("citizen",)
    """Codes of the pause reasons that stop resolve, hold and legal."""
    since: date | None = None
    """The first local day of receipt for which it is in force; None: from the beginning."""
    earlier: Earlier[Policy] = ()

    def at(self, moment: int | None) -> Policy:
        """What it said at that moment (epoch seconds); None: what it says now."""
        return said_at(self, self.earlier, moment)

    def known_at(self, moment: int) -> Policy:
        """As it was known at that moment (epoch seconds): without the edits after it."""
        return replace(self.at(moment), earlier=known_by(self.earlier, moment))


@dataclass(frozen=True, slots=True)
class Season:
    """Dates, both included, with other hours by weekday than usual: a weekday without hours is closed."""

    name: str
    first: date
    last: date
    hours: WeekHours


@dataclass(frozen=True, slots=True)
class DatedDay:
    """One date that goes its own way, whatever weekday, season or holiday it is."""

    name: str
    hours: DayHours | None
    """(): closed. None: the hours of its weekday, though it is a holiday."""


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """Opening hours by weekday (0 Monday .. 6 Sunday), and the dates that have others."""

    code: str
    version: int
    always: bool
    hours: WeekHours = field(default_factory=dict)
    joint_leave_off: bool = True
    """True: cuti bersama is not working time."""
    seasons: tuple[Season, ...] = ()
    """In order; they do not overlap."""
    days: Mapping[date, DatedDay] = field(default_factory=dict)
    since: date | None = None
    """The first local day of receipt for which it is in force; None: from the beginning."""

    @property
    def key(self) -> str:
        """Code and version as one name; of the first version the code alone."""
        return self.code if self.version == 1 else f"{self.code}:{self.version}"

    def usual_hours(self, day: date) -> DayHours:
        """The hours of the weekday in the season that the date is in; holidays and `days` are not looked at."""
        season = next((it for it in self.seasons if it.first <= day <= it.last), None)
        return (self.hours if season is None else season.hours).get(day.weekday(), ())


class Version(Protocol):
    """A version of a policy or of a calendar."""

    @property
    def since(self) -> date | None:
        """The first local day of receipt for which it is in force; None: from the beginning."""


V = TypeVar("V", bound=Version)


def in_force(versions: Sequence[V], day: date) -> V:
    """The version for what is received on that local day: the newest that has begun, else the oldest."""
    return next((it for it in reversed(versions) if it.since is None or it.since <= day), versions[0])


class LegalLimit(NamedTuple):
    """Working days of a calendar."""

    working_days: int
    calendar: str


@dataclass(frozen=True, slots=True)
class ServiceClass:
    """An SP4N class of complaint with its legal limit."""

    code: str
    name: Text
    limit: LegalLimit
    words: tuple[str, ...] = ()
    earlier: Earlier[LegalLimit] = ()

    def limit_at(self, moment: int | None) -> LegalLimit:
        """The limit at that moment (epoch seconds); None: now."""
        return said_at(self.limit, self.earlier, moment)


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """A routing rule. All given conditions must hold; the first rule that matches wins."""

    agency: str
    category: str | None = None
    words: tuple[str, ...] = ()
    """Title or text contains any of these as whole words."""
    villages: tuple[str, ...] = ()
    after: time | None = None
    before: time | None = None
    """Local times of day; when `after` is later than `before`, the span includes midnight."""
    weekdays: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """What a report may complain of, and the words that say so (`data.domain.cases.classification`)."""

    category: str
    agency: str | None = None
    """None: the category's own."""
    phrases: tuple[str, ...] = ()
    things: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    lacking: bool = False
    """True: that something is missing is a complaint too ('no doctor')."""


@dataclass(frozen=True, slots=True)
class Population:
    """How many people live where, for figures per 1,000 of them."""

    people: Mapping[str, int] = field(default_factory=dict)
    """By the village's code; of those that are missing it is not known."""
    year: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class City:
    """The configuration of the city that the domain rules depend on."""

    name: str
    timezone: str
    agencies: Mapping[str, Agency]
    categories: Mapping[str, Category]
    policies: Mapping[str, tuple[Policy, ...]]
    """All versions of each, oldest first."""
    calendars: Mapping[str, tuple[CalendarSpec, ...]]
    """All versions of each, oldest first."""
    pauses: Mapping[str, PauseReason]
    classes: Mapping[str, ServiceClass]
    default_class: str
    legal_calendar: str
    rules: tuple[RoutingRule, ...] = ()
    topics: tuple[Topic, ...] = ()
    extra_holidays: Mapping[date, str] = field(default_factory=dict)
    """Days off that the `holidays` package does not know."""
    working_holidays: tuple[date, ...] = ()
    """Working days that the `holidays` package calls days off."""
    population: Population = field(default_factory=Population)
    escalation: Escalation = field(default_factory=Escalation)
    no_answers_from: tuple[str, ...] = ()
    """Sources that do not say when an agency answered: nothing is known of their answers, which is not 'none'."""
    former_policies: Mapping[tuple[str, int], Policy] = field(default_factory=dict)
    """Versions, by code and number, that were recorded and stand in config.yaml no more: old cases keep them."""
    recorded: tuple[RecordedVersion, ...] = ()
    """What was recorded of calendars and their holidays, in the order of their revisions."""
    warn_at: float = 0.75
    """The share of the target's working time after which a clock is 'at risk' on the walls."""
    tiles: tuple[TileRule, ...] = ()
    """How the city is doing, as its public page tells."""
    near: NearRule = field(default_factory=NearRule)
    """What counts as near a case."""
    market: Market = field(default_factory=Market)
    """Among Tani: what is grown here, and the limits of its deals."""
    warnings: WarningRules = field(default_factory=WarningRules)
    """Warnings to the public: events, whose screens they take, which cases they raise."""
    guide: Guide = field(default_factory=Guide)
    """Among Kota: categories of places, how long an observation counts."""

    def known_at(self, moment: int) -> City:
        """With its policies, caps, limits and agencies' calendars as they were known at that moment (epoch seconds)."""
        policies = {code: tuple(each.known_at(moment) for each in of) for code, of in self.policies.items()}
        former = {key: policy.known_at(moment) for key, policy in self.former_policies.items()}
        pauses = {
            code: replace(it, cap=it.cap_at(moment), earlier=known_by(it.earlier, moment))
            for code, it in self.pauses.items()
        }
        agencies = {
            code: replace(it, calendar=it.calendar_at(moment), earlier=known_by(it.earlier, moment))
            for code, it in self.agencies.items()
        }
        classes = {
            code: replace(it, limit=it.limit_at(moment), earlier=known_by(it.earlier, moment))
            for code, it in self.classes.items()
        }
        return replace(
            self, policies=policies, former_policies=former, pauses=pauses, agencies=agencies, classes=classes
        )

    def agency_short(self, code: str | None) -> str:
        """The short name for screens; an unknown code is returned unchanged."""
        agency = self.agencies.get(code or "")
        return agency.short if agency is not None else (code or "")
