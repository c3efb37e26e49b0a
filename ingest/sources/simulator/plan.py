"""Plans a period of the simulated city: its reports and all their later events, always the same for the same seed.

There are two streams, and both run through the history and go on live. The normal stream has whole days at a realistic
pace, so that the open cases look like those of a real city. The accelerated stream has single hours with many short
cases, so that something happens while somebody watches. No state is kept: any period can be computed again at any time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from random import Random

from data.domain.cases.model import ActorKind, EventKind
from data.reference.places.villages import village_named
from ingest.sources.simulator.agencies import AgencySimulator, SimulatedEvent, SimulatedReport, ended_at
from ingest.sources.simulator.citizen_texts import FLOOD, REPORT_TEXTS, repeat_report
from ingest.sources.simulator.patterns import PATTERNS, count, hours_of, rate, where_of
from ingest.sources.simulator.places import Places, StreetPoint, VillageWeight
from ingest.sources.simulator.weather import WeatherSpell, poisson, shower, weather

HOUR = timedelta(hours=1)
PER_HOUR = 42.0
"""Reports an hour of the accelerated stream at pace 1; with about seven events each, one about every ten seconds."""
BLOCK = 3
"""The number of hours for which the accelerated stream has the same weather."""

_RAIN_BRINGS = (
    ("longsor", 1.7, 2),
    ("pohon_tumbang", 1.5, 1),
    ("lainnya", 0.6, 2),
    ("pju", 0.7, 1),
    ("kemacetan", 1, 1),
)
"""Category, how many at full strength, and the power of the strength by which they grow."""
_WIND_BRINGS = (("pohon_tumbang", 1.3, 1), ("pju", 0.4, 1))
_DRY_FIRES = 0.35
"""More fires on a dry day from July to October."""
_WET_WHERE = {"longsor": VillageWeight.LANDSLIDE, "pohon_tumbang": VillageWeight.STORM, "lainnya": VillageWeight.FLOOD}
_CROWDS = {"pohon_tumbang": (0.45, 6), "longsor": (0.3, 4), "kebakaran": (0.4, 4), "kemacetan": (0.06, 3)}
"""The probability that several people report one event, and the least number of further reports (at most 1.5 times)."""
_SHOWN = (("pohon_tumbang", 1.8, VillageWeight.STORM), ("kebakaran", 0.8, VillageWeight.PEOPLE))
"""Emergencies an hour of the accelerated stream at pace 1, half of them reported by many people."""


@dataclass(frozen=True, slots=True)
class SimulatedCase:
    """A report with its later events."""

    report: SimulatedReport
    events: tuple[SimulatedEvent, ...] = ()
    until: datetime | None = None
    """For a further report of one event: when the first one ends. An operator folds it into the first within minutes;
    it is only sent while the first is open."""


@dataclass(frozen=True, slots=True)
class Period:
    """A day or an hour: its cases by receipt, and every moment at which a case changes."""

    cases: tuple[SimulatedCase, ...]
    moments: tuple[datetime, ...]
    """Ascending."""
    which: tuple[int, ...]
    """For each moment the index of its case."""

    def between(self, after: datetime, until: datetime) -> list[SimulatedCase]:
        """Cases that change in (after, until], each once, in order of time."""
        news = self.which[bisect_right(self.moments, after) : bisect_right(self.moments, until)]
        return [self.cases[n] for n in dict.fromkeys(news)]


@dataclass(frozen=True, slots=True)
class _Occurrence:
    """An event in the city that somebody reports."""

    at: datetime
    category: str
    where: VillageWeight
    text_number: int | None = None
    """The number of the text in its category; None: a random one."""
    crowd: bool = False
    """True: many people report it."""


class Planner:
    """Plans days and hours, with the categories of the city."""

    def __init__(
        self, agencies: AgencySimulator, places: Places, categories: Collection[str], zone: tzinfo, seed: int
    ) -> None:
        self._agencies, self._places, self._zone, self._seed = agencies, places, zone, seed
        self._categories = frozenset(categories)

    def day(self, day: date, per_day: float) -> Period:
        """One local day at the normal pace, with about `per_day` reports on a weekday."""
        rng = Random(f"day/{self._seed}/{day}")
        occurrences = [each for category in PATTERNS for each in self._ordinary(rng, category, day, per_day)]
        spells = weather(self._seed, day, self._zone)
        occurrences += [each for spell in spells for each in _brought(rng, spell)]
        if not spells and 7 <= day.month <= 10:
            fires = poisson(rng, _DRY_FIRES)
            occurrences += [
                _Occurrence(self._at(rng, day, "kebakaran"), "kebakaran", VillageWeight.WILDFIRE) for _ in range(fires)
            ]
        return self._period(rng, f"{day:%y%m%d}", occurrences, fast=False)

    def hour(self, start: datetime, pace: float) -> Period:
        """One accelerated hour from `start` (a full hour) on."""
        rng, local = Random(f"hour/{self._seed}/{start:%y%m%d%H}"), start.astimezone(self._zone)
        occurrences = []
        for category in PATTERNS:
            number = poisson(rng, 24 * PER_HOUR * pace * rate(category, local.date(), local.hour))
            where = where_of(category, local.date())
            occurrences += [_Occurrence(start + HOUR * rng.random(), category, where) for _ in range(number)]
        for category, often, where in _SHOWN:
            crowds = [rng.random() < 0.5 for _ in range(poisson(rng, often * pace))]
            occurrences += [_Occurrence(start + HOUR * rng.random(), category, where, crowd=crowd) for crowd in crowds]
        block = int(start.timestamp()) // 3600 // BLOCK
        begin = datetime.fromtimestamp(block * BLOCK * 3600, UTC)
        spell = shower(self._seed, block, begin, HOUR * BLOCK)
        if spell is not None:
            brought = _brought(Random(f"block/{self._seed}/{block}"), spell)
            occurrences += [each for each in brought if start <= each.at < start + HOUR]
        return self._period(rng, f"L{start:%y%m%d%H}", occurrences, fast=True)

    def _ordinary(self, rng: Random, category: str, day: date, per_day: float) -> Iterator[_Occurrence]:
        for _ in range(count(rng, category, day, per_day)):
            yield _Occurrence(self._at(rng, day, category), category, where_of(category, day))

    def _at(self, rng: Random, day: date, category: str) -> datetime:
        hour = rng.choices(range(24), hours_of(category, day))[0]
        return datetime.combine(day, time(hour), self._zone) + HOUR * rng.random()

    def _period(self, rng: Random, name: str, occurrences: list[_Occurrence], *, fast: bool) -> Period:
        cases: list[SimulatedCase] = []
        for number, each in enumerate(sorted(occurrences, key=lambda one: one.at)):
            if each.category in self._categories:
                cases += self._cases(rng, f"{name}-{number:03d}", each, fast=fast)
        news = sorted((at, n) for n, case in enumerate(cases) for at in {case.report.at, *(s.at for s in case.events)})
        return Period(tuple(cases), tuple(at for at, _ in news), tuple(n for _, n in news))

    def _cases(self, rng: Random, name: str, occurrence: _Occurrence, *, fast: bool) -> list[SimulatedCase]:
        """The report, and further reports of the same event."""
        point = self._places.random_point(rng, occurrence.where)
        text_number = (
            rng.randrange(len(REPORT_TEXTS[occurrence.category]))
            if occurrence.text_number is None
            else occurrence.text_number
        )
        report = _report(name, occurrence, point, text_number)
        agency = self._agencies.agency_of(report, report.at.astimezone(self._zone), rng)
        if fast and self._agencies.is_silent(agency):
            return []
        events = self._agencies.events_of(report, agency, rng, fast=fast)
        until = ended_at(events) or report.at
        others = [
            self._other(rng, report, point, n)
            for n in range(_crowd(rng, occurrence) if self._agencies.folds(report) else 0)
        ]
        return [
            SimulatedCase(report, events),
            *(_folded(other, n, until) for n, other in enumerate(others) if other.at < until),
        ]

    def _other(self, rng: Random, first: SimulatedReport, point: StreetPoint, number: int) -> SimulatedReport:
        near = point.near(rng, 35)
        return replace(
            first,
            external_id=f"{first.external_id}-{number + 1}",
            at=first.at + timedelta(seconds=20 + int(240 * rng.random() * (1 + number / 3))),
            text=repeat_report(rng.randrange(5), first.text),
            lat=near.lat,
            lon=near.lon,
        )


def _folded(other: SimulatedReport, number: int, until: datetime) -> SimulatedCase:
    """A further report of one event, which an operator folds some minutes after it came."""
    at = other.at + timedelta(seconds=150 + 45 * number)
    return SimulatedCase(other, (SimulatedEvent(at, EventKind.MERGED, ActorKind.OPERATOR, ""),), until)


def _brought(rng: Random, spell: WeatherSpell) -> Iterator[_Occurrence]:
    """Events caused by rain or wind: from its middle until two hours after its end."""
    for category, most, power in _RAIN_BRINGS if spell.rain else _WIND_BRINGS:
        for _ in range(poisson(rng, most * spell.strength**power)):
            later = (spell.end - spell.start) * rng.uniform(0.3, 1.0) + HOUR * 2 * rng.random() ** 2
            text_number = _FLOODED if category == "lainnya" else None
            yield _Occurrence(
                spell.start + later, category, _WET_WHERE.get(category, VillageWeight.PEOPLE), text_number
            )


def _crowd(rng: Random, occurrence: _Occurrence) -> int:
    """The number of further reports."""
    likely, least = _CROWDS.get(occurrence.category, (0.0, 0))
    return rng.randint(least, least * 3 // 2) if rng.random() < likely or occurrence.crowd else 0


def _report(name: str, occurrence: _Occurrence, point: StreetPoint, text_number: int) -> SimulatedReport:
    title, text = REPORT_TEXTS[occurrence.category][text_number]
    village = village_named(point.village)
    return SimulatedReport(
        external_id=name,
        at=occurrence.at.astimezone(UTC).replace(microsecond=0),
        category=occurrence.category,
        title=title,
        text=text.format(street=point.street, village=point.village),
        lat=point.lat,
        lon=point.lon,
        address=f"{point.street}, {point.village}",
        village=village.code if village else "",
    )


_FLOODED = next(n for n, (title, _) in enumerate(REPORT_TEXTS["lainnya"]) if title == FLOOD)
