"""Checks of `calendars` in config.yaml: versions, hours, seasons and dated days; the versions of `policies` also."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from itertools import pairwise

from dashboard.config.faults import ConfigFault, Path
from dashboard.config.fields import DAYS, Day
from dashboard.config.models import CalendarSettings, DatedDaySettings, PolicySettings, SeasonSettings

Windows = Sequence[tuple[time, time]]


def calendars(settings: Mapping[str, list[CalendarSettings]]) -> Iterator[ConfigFault]:
    """The faults of all calendars."""
    for code, each in settings.items():
        yield from versions(("calendars", code), each, each[0].version if each else 1)
        for n, calendar in enumerate(each):
            yield from _calendar(("calendars", code, str(n)), calendar)


def versions(here: Path, each: Sequence[CalendarSettings | PolicySettings], first: int) -> Iterator[ConfigFault]:
    """Numbered without a gap, and all but the first with the day from which they hold, in order."""
    numbers = [it.version for it in each]
    if not numbers or numbers != list(range(first, first + len(numbers))):
        right = f"right would be {first}, {first + 1}, {first + 2} .. in order, the newest last"
        yield ConfigFault(here, f"has versions {numbers}", right)
    for n, (before, after) in enumerate(pairwise(each), 1):
        if after.since is None:
            right = "give the first day of receipt for which it holds, e.g. from: 2027-01-01"
            yield ConfigFault((*here, str(n), "from"), "is missing", right)
        elif before.since is not None and after.since <= before.since:
            said = f"{after.since} is not after {before.since} of the version before"
            yield ConfigFault((*here, str(n), "from"), said, "a newer version begins later")


def _calendar(here: Path, calendar: CalendarSettings) -> Iterator[ConfigFault]:
    if calendar.always:
        yield from _always(here, calendar)
        return
    if not any(calendar.hours.values()):
        yield ConfigFault((*here, "hours"), "never open", "give hours, or always: true")
    yield from _week((*here, "hours"), calendar.hours)
    yield from _seasons((*here, "seasons"), calendar.seasons)
    for day, dated in calendar.days.items():
        yield from _dated((*here, "days", str(day)), day, dated, calendar)


def _always(here: Path, calendar: CalendarSettings) -> Iterator[ConfigFault]:
    for name in ("seasons", "days"):
        if getattr(calendar, name):
            yield ConfigFault((*here, name), "is given, but it is open around the clock", "take it out")


def _week(here: Path, hours: Mapping[Day, Windows]) -> Iterator[ConfigFault]:
    for day, windows in hours.items():
        yield from _overlap((*here, day), windows)


def _overlap(here: Path, windows: Windows) -> Iterator[ConfigFault]:
    if any(first[1] > second[0] for first, second in pairwise(sorted(windows))):
        yield ConfigFault(here, "has windows that overlap", "make them follow one another")


def _seasons(here: Path, seasons: Sequence[SeasonSettings]) -> Iterator[ConfigFault]:
    for n, season in enumerate(seasons):
        if season.last < season.first:
            said = f"{season.last} is before {season.first}"
            yield ConfigFault((*here, str(n), "to"), said, "exchange the two dates")
        if not any(season.hours.values()):
            yield ConfigFault((*here, str(n), "hours"), "is empty", "give hours; a closed day stands in `days`")
        yield from _week((*here, str(n), "hours"), season.hours)
    in_order = sorted(enumerate(seasons), key=lambda pair: pair[1].first)
    for (_, before), (n, after) in pairwise(in_order):
        if after.first <= before.last:
            said = f"{after.first} lies in {before.name!r} ({before.first} to {before.last})"
            yield ConfigFault((*here, str(n), "from"), said, "a date may be in one season only")


def _dated(here: Path, day: date, dated: DatedDaySettings, calendar: CalendarSettings) -> Iterator[ConfigFault]:
    given = [name for name in ("hours", "closed", "open") if getattr(dated, name) is not None]
    if len(given) != 1:
        said = f"has {' and '.join(given)}" if given else "says nothing of its hours"
        yield ConfigFault(here, said, "give one of hours: [..], closed: true, open: true")
    elif dated.hours == []:
        yield ConfigFault((*here, "hours"), "is empty", "for a closed day write closed: true")
    elif dated.open and not _hours_of(day, calendar):
        yield ConfigFault(here, f"is a {DAYS[day.weekday()]} without hours", "give its hours: [..]")
    yield from _overlap((*here, "hours"), dated.hours or [])


def _hours_of(day: date, calendar: CalendarSettings) -> Windows:
    season = next((it for it in calendar.seasons if it.first <= day <= it.last), None)
    return (calendar.hours if season is None else season.hours).get(DAYS[day.weekday()], [])
