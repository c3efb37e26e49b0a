"""What a view of /kinerja asks: its filters, as they stand in the URL."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from data.domain.city.model import City
from data.domain.figures.selection import Filters, Period

DAYS = {"7d": 7, "30d": 30, "90d": 90, "12m": 365}
"""Periods that end today."""
USUAL_PERIOD = "90d"
COMPARED = ("before", "year", "none")
_RANGE = re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)")
_DISTRICT_LENGTH = 8
LONGEST_DAYS = 3700
_LONGEST_NUMBER = 16
FIRST_YEAR, LAST_YEAR = 2000, 2999
NOBODY = "-"
"""The code of no agency: who may see none asks for this one."""


@dataclass(frozen=True, slots=True)
class Question:
    """One view; '' is no filter."""

    period: str = USUAL_PERIOD
    """A key of DAYS, a year, a month '2026-10', or days '2026-10-01..2026-10-31'."""
    compare: str = COMPARED[0]
    agency: str = ""
    category: str = ""
    place: str = ""
    """A village or a kecamatan."""
    channel: str = ""
    """A source."""
    service: str = ""
    """A service class."""
    as_of: str = ""
    """As it was known then: a change's number '1204', or a local moment '2026-11-02T14:00'; '' is now."""
    pick: str = ""
    """A mark of a chart that was clicked: 'on_time:agency:dlh'."""

    def search(self) -> str:
        """As the URL has it: what is not usual."""
        said = [(each.name, getattr(self, each.name)) for each in fields(self)]
        usual = {each.name: each.default for each in fields(self)}
        query = urlencode([(name, value) for name, value in said if value != usual[name]], safe=":")
        return f"?{query}" if query else ""

    def values(self) -> dict[str, str]:
        """By name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True, slots=True)
class Known:
    """The codes that filters may name."""

    city: City
    places: Collection[str]
    channels: Collection[str]


def read(search: str, known: Known) -> Question:
    """From a URL's query; what it does not understand is left out."""
    given = dict(parse_qsl(search.removeprefix("?")[:2000]))
    return from_values(given, known)


def from_values(given: Mapping[str, object], known: Known) -> Question:
    """Likewise, from the page's controls."""
    usual = Question()
    allowed: Mapping[str, Collection[str]] = {
        "compare": COMPARED,
        "agency": known.city.agencies,
        "category": known.city.categories,
        "place": known.places,
        "channel": known.channels,
        "service": known.city.classes,
    }
    chosen = {name: str(given.get(name) or "") for name in usual.values()}
    kept = {name: value for name, value in chosen.items() if name in allowed and value in allowed[name]}
    if days_of(chosen["period"], date(2000, 1, 1)) is not None:
        kept["period"] = chosen["period"]
    return replace(usual, **kept, as_of=chosen["as_of"].strip()[:40], pick=chosen["pick"][:80])


class AsOfRefused(ValueError):
    """What was known then cannot be told. `reason`: unreadable, future or not_kept."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def known_at(as_of: str, zone: str, now: datetime) -> int | datetime:
    """The change's number, or the moment, that a question's `as_of` names. Raises AsOfRefused."""
    if as_of.isascii() and as_of.isdigit() and len(as_of) < _LONGEST_NUMBER:
        return int(as_of)
    try:
        found = datetime.fromisoformat(as_of)
    except ValueError:
        raise AsOfRefused("unreadable") from None
    moment = found.replace(tzinfo=ZoneInfo(zone)) if found.tzinfo is None else found
    if moment.year < FIRST_YEAR:
        raise AsOfRefused("not_kept")
    if moment > now:
        raise AsOfRefused("future")
    return moment


def days_of(period: str, today: date) -> tuple[date, date] | None:
    """First and last day; None for what is no period."""
    if period in DAYS:
        return today - timedelta(days=DAYS[period] - 1), today
    try:
        if found := _RANGE.fullmatch(period):
            first, last = date.fromisoformat(found[1]), date.fromisoformat(found[2])
            known = first.year >= FIRST_YEAR and last.year <= LAST_YEAR
            return (first, last) if known and first <= last and (last - first).days < LONGEST_DAYS else None
        if re.fullmatch(r"2\d{3}", period):
            return date(int(period), 1, 1), date(int(period), 12, 31)
        if re.fullmatch(r"2\d{3}-\d\d", period):
            first = date.fromisoformat(f"{period}-01")
            return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    except ValueError:
        pass
    return None


def period_of(question: Question, today: date, zone: str) -> Period:
    """Of a question that `read` made."""
    first, last = days_of(question.period, today) or days_of(USUAL_PERIOD, today) or (today, today)
    return Period.days(first, last, zone)


def compared_period(question: Question, period: Period) -> Period | None:
    """The one that it is compared with: as many days before it, or the same days a year earlier."""
    if question.compare == "none":
        return None
    first, last = period.first, period.last
    if question.compare == "before":
        return Period.days(first - (last - first) - timedelta(days=1), first - timedelta(days=1), period.zone)
    return Period.days(_year_before(first), _year_before(last), period.zone)


def _year_before(day: date) -> date:
    """29 February becomes the 28th."""
    return (
        day.replace(year=day.year - 1, day=min(day.day, 28))
        if (day.month, day.day) == (2, 29)
        else (day.replace(year=day.year - 1))
    )


def filters_of(question: Question, agencies: frozenset[str] | None) -> Filters:
    """`agencies`: those that the reader may see; None: all."""
    asked = frozenset({question.agency} - {""})
    seen = asked if agencies is None else (asked & agencies) or agencies or frozenset({NOBODY})
    is_district = 0 < len(question.place) <= _DISTRICT_LENGTH
    place = frozenset({question.place} - {""})
    return Filters(
        agencies=seen,
        categories=frozenset({question.category} - {""}),
        villages=frozenset() if is_district else place,
        districts=place if is_district else frozenset(),
        sources=frozenset({question.channel} - {""}),
        classes=frozenset({question.service} - {""}),
    )


def narrowed(question: Question, by: str, code: str) -> Question | None:
    """The question with a filter more, for a mark that stands for one value; None for any other."""
    names = {"agency": "agency", "category": "category", "village": "place"}
    if by in names and code:
        return replace(question, pick="", **{names[by]: code})
    period = _period_of_part(by, code)
    return None if period is None else replace(question, pick="", period=period)


def _period_of_part(step: str, first_day: str) -> str | None:
    """The value of `period` for a day, week or month by its first day; None for anything else."""
    try:
        first = date.fromisoformat(first_day)
        last = first + timedelta(days={"day": 0, "week": 6}[step]) if step != "month" else first
    except (ValueError, KeyError, OverflowError):
        return None
    return f"{first:%Y-%m}" if step == "month" else f"{first}..{last}"
