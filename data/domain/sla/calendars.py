"""The city's calendars: the versions of each, and what they said before they were edited in place.

A case keeps the version in force on the day of its receipt. A clock that has stopped is judged by what that version
said when it stopped, a running clock by what it says now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from data.domain.city.changes import latest
from data.domain.city.content import calendar_of, canonical, holidays_of
from data.domain.city.model import CalendarSpec, City
from data.domain.city.recorded import Content, RecordedVersion, VersionKind
from data.domain.sla.worktime import Calendar, epoch

CalendarOf = Callable[[str], Calendar]
"""The calendar that judges a clock, by code. Raises KeyError."""


@dataclass(frozen=True, slots=True)
class KnownVersions:
    """The versions of a calendar, oldest first, as they were known before `until` (epoch seconds; None: now)."""

    until: int | None
    versions: tuple[Calendar, ...]

    def in_force(self, received: int) -> Calendar:
        """The version for what was received then."""
        versions = self.versions
        return next((it for it in reversed(versions) if it.since is None or it.since <= received), versions[0])


class Calendars(Mapping[str, Calendar]):
    """The newest version of each calendar by code; `judging` finds the one for a clock."""

    def __init__(self, periods: Mapping[str, Sequence[KnownVersions]]) -> None:
        """`periods` of each calendar in order; the last one has no end."""
        self._periods = {code: tuple(each) for code, each in periods.items()}
        self._newest = {code: each[-1].versions[-1] for code, each in self._periods.items()}
        self.is_plain = all(len(each) == 1 and len(each[0].versions) == 1 for each in self._periods.values())
        """Every calendar has one version that was never edited: no question depends on moments."""

    def __getitem__(self, code: str) -> Calendar:
        """The newest version of that calendar. Raises KeyError."""
        return self._newest[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._newest)

    def __len__(self) -> int:
        return len(self._newest)

    def judging(self, received: int, stop: int | None) -> CalendarOf:
        """The calendars for a clock of a case received at `received` that stopped at `stop` (None: it runs)."""
        return self._newest.__getitem__ if self.is_plain else partial(self.of, received=received, stop=stop)

    def of(self, code: str, *, received: int, stop: int | None) -> Calendar:
        """The calendar of that code for such a clock."""
        periods = self._periods[code]
        if stop is not None:
            for period in periods[:-1]:
                if period.until is not None and stop < period.until:
                    return period.in_force(received)
        return periods[-1].in_force(received)

    def known_at(self, moment: int) -> Calendars:
        """As they were known at that moment (epoch seconds): without the edits after it."""
        return Calendars({code: _until(periods, moment) for code, periods in self._periods.items()})

    def present(self) -> list[Calendar]:
        """Every version as it reads now."""
        return [calendar for periods in self._periods.values() for calendar in periods[-1].versions]


def _until(periods: Sequence[KnownVersions], moment: int) -> list[KnownVersions]:
    edited = [each for each in periods if each.until is not None and each.until <= moment]
    return [*edited, KnownVersions(None, periods[len(edited)].versions)]


def days_off(
    city: City, spec: CalendarSpec, holidays: Mapping[date, str], joint_leave: Mapping[date, str]
) -> dict[date, str]:
    """The public holidays, joint leave where the calendar says so, and the city's `extra_holidays`; its
    `working_holidays` are working days in any case."""
    off = {**(joint_leave if spec.joint_leave_off else {}), **holidays, **city.extra_holidays}
    return {day: name for day, name in off.items() if day not in city.working_holidays}


def build_calendars(
    city: City, holidays: Mapping[date, str], joint_leave: Mapping[date, str], first: date, last: date
) -> Calendars:
    """Every calendar of the city over `first` to `last`, with what the city has recorded of it."""
    zone = ZoneInfo(city.timezone)
    periods = {}
    for code, versions in (_former(city) | dict(city.calendars)).items():
        tables = {spec.version: days_off(city, spec, holidays, joint_leave) for spec in versions}
        builder = _Builder(code, versions, tables, partial(_Recipe, zone=zone, first=first, last=last))
        periods[code] = builder.periods([it for it in city.recorded if it.key.name == code])
    return Calendars(periods)


def _former(city: City) -> dict[str, tuple[CalendarSpec, ...]]:
    """Calendars that were recorded and stand in config.yaml no more: old cases keep them."""
    found: dict[str, tuple[CalendarSpec, ...]] = {}
    for key, each in sorted(latest(city.recorded).items()):
        if key.kind is VersionKind.CALENDAR and key.name not in city.calendars:
            found[key.name] = (*found.get(key.name, ()), calendar_of(key.name, key.version, each.content))
    return found


@dataclass(frozen=True, slots=True)
class _Recipe:
    """What a calendar is built from; `said` is all of what `spec` and `off` say."""

    said: str
    zone: ZoneInfo
    first: date
    last: date
    spec: CalendarSpec = field(compare=False)
    off: Mapping[date, str] = field(compare=False)


@lru_cache(maxsize=16)
def _built(recipe: _Recipe) -> Calendar:
    """Nothing in a calendar changes, and thirty years of one take some fifty milliseconds."""
    return Calendar(recipe.spec, recipe.off, recipe.zone, recipe.first, recipe.last)


class _Builder:
    """Builds the periods of one calendar."""

    def __init__(
        self,
        code: str,
        versions: Sequence[CalendarSpec],
        tables: Mapping[int, Mapping[date, str]],
        recipe: Callable[..., _Recipe],
    ) -> None:
        """tables: the days off of each version by today's holiday table. recipe: with zone, first and last day."""
        self._code, self._present, self._tables, self._recipe = code, versions, tables, recipe
        self._names = {day: name for table in tables.values() for day, name in table.items()}

    def periods(self, recorded: Sequence[RecordedVersion]) -> list[KnownVersions]:
        specs = [it for it in recorded if it.key.kind is VersionKind.CALENDAR]
        sets = [it for it in recorded if it.key.kind is VersionKind.HOLIDAYS]
        found = [KnownVersions(until, self._versions_at(until, specs, sets)) for until in _edited_at(specs, sets)]
        present = tuple(self._calendar(spec, self._days_off(spec.version, sets, None)) for spec in self._present)
        return [*found, KnownVersions(None, present)]

    def _versions_at(
        self, until: int, specs: Sequence[RecordedVersion], sets: Sequence[RecordedVersion]
    ) -> tuple[Calendar, ...]:
        """The versions as they were known just before `until`."""
        begins = min(epoch(it.at) for it in specs)
        first = {it.key.version: it for it in specs if it.revision == 1 and epoch(it.at) == begins}
        known = first | {it.key.version: it for it in specs if epoch(it.at) < until}
        said = (calendar_of(self._code, it.key.version, it.content) for _, it in sorted(known.items()))
        return tuple(self._calendar(spec, self._days_off(spec.version, sets, until)) for spec in said)

    def _days_off(self, version: int, sets: Sequence[RecordedVersion], until: int | None) -> Mapping[date, str]:
        """By the sets recorded before `until`; years without a recorded set by today's table."""
        own = [it for it in sets if it.key.version == version]
        years: dict[int, Content] = {}
        for it in own:
            if it.key.year not in years or until is None or epoch(it.at) < until:
                years[it.key.year] = it.content
        table = self._tables.get(version, {})
        unknown = {day: name for day, name in table.items() if day.year not in years}
        dates = (day for content in years.values() for day in holidays_of(content))
        return {day: self._names.get(day, str(day)) for day in dates} | unknown

    def _calendar(self, spec: CalendarSpec, off: Mapping[date, str]) -> Calendar:
        said = canonical({"spec": repr(spec), "off": {str(day): name for day, name in off.items()}})
        return _built(self._recipe(said, spec=spec, off=off))


def _edited_at(specs: Sequence[RecordedVersion], sets: Sequence[RecordedVersion]) -> list[int]:
    """When a version was edited or added, in order: before that, others were known."""
    if not specs:
        return []
    begins = min(epoch(it.at) for it in specs)
    edited = {epoch(it.at) for it in (*specs, *sets) if it.revision > 1}
    added = {epoch(it.at) for it in specs if epoch(it.at) > begins}
    return sorted(edited | added)
