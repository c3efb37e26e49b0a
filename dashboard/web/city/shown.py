"""Places, events, weather and conditions as the public pages print them: nothing stale looks like news."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from data.domain.city.model import City
from data.domain.guide import opening
from data.domain.guide.nouns import Condition, ConditionKind, ConditionState, ForecastStep, Occurrence, Place, Text
from data.domain.guide.opening import OpenNow
from data.reference.holidays import national
from data.reference.places.villages import DISTRICTS, VILLAGES, village_named
from layouts.kit.words import LANGUAGES, Words

_DAY = timedelta(days=1)
_RANKS = {
    ConditionState.CLOSED: 0,
    ConditionState.FULL: 1,
    ConditionState.BUSY: 2,
    ConditionState.OPEN: 3,
    ConditionState.UNKNOWN: 4,
}


_WORDS = {
    (ConditionKind.CROWD, ConditionState.OPEN): "usual",
    (ConditionKind.ROAD, ConditionState.OPEN): "clear",
    (ConditionKind.ROAD, ConditionState.BUSY): "slow",
    (ConditionKind.OUTAGE, ConditionState.OPEN): "works",
    (ConditionKind.OUTAGE, ConditionState.CLOSED): "out",
}


def word_of(kind: ConditionKind, state: ConditionState) -> str:
    """The text `public.state.WORD`: a road that is open is clear."""
    return _WORDS.get((kind, state), state.value)


class InLanguage(NamedTuple):
    """A text in the reader's language, else in the one that there is."""

    text: str
    lang: str


def in_language(text: Text | None, lang: str) -> InLanguage | None:
    """None: there is none."""
    for each in (lang, *LANGUAGES):
        if text and text.get(each):
            return InLanguage(text[each], each)
    return None


def village_name(code: str | None) -> str | None:
    """None of no village of the city."""
    found = village_named(code) if code else None
    return found.name if found else None


def open_now(place: Place, city: City, now: datetime) -> OpenNow:
    """By its opening hours; a public holiday has its own where they are told."""
    local = now.astimezone(ZoneInfo(city.timezone))
    return opening.at(place.opening_hours, local, holiday=_is_holiday(city, local.date()))


def _is_holiday(city: City, day: date) -> bool:
    return day in city.extra_holidays or day in national([day.year])


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place in a list."""

    place: Place
    open: OpenNow
    village: str | None
    category: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event in a list."""

    event: Occurrence
    when: str
    code: str | None
    """Of its place, when that has a page."""
    place: str | None
    village: str | None
    is_now: bool


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """What was observed, and whether it still counts."""

    condition: Condition
    state: ConditionState
    """As of now."""
    name: str
    code: str | None

    @property
    def word(self) -> str:
        """As `word_of` says it."""
        return word_of(self.condition.kind, self.state)

    @property
    def is_stale(self) -> bool:
        """It was something, and is not known any more."""
        return self.state is ConditionState.UNKNOWN and self.condition.state is not ConditionState.UNKNOWN


@dataclass(frozen=True, slots=True)
class WeatherCard:
    """The forecast of one kecamatan, by one of its villages."""

    district: str
    village: str
    steps: tuple[ForecastStep, ...]
    demo: bool


def event_row(
    event: Occurrence, places: Mapping[int, tuple[str, str]], say: Words, zone: ZoneInfo, now: datetime
) -> EventRow:
    """`places`: code and name of published ones by id."""
    code, name = places.get(event.place_id or 0, (None, None))
    running = event.starts_at <= now < event.ends_at
    return EventRow(event, when(event, say, zone), code, name or event.place_name, village_name(event.village), running)


def when(event: Occurrence, say: Words, zone: ZoneInfo) -> str:
    """'Sabtu 28 Nov 18:00–21:00', 'Sabtu 28 Nov', 'Sabtu 28 Nov - Minggu 29 Nov'."""
    start, end = event.starts_at.astimezone(zone), event.ends_at.astimezone(zone)
    if event.all_day:
        last = max(start.date(), (end - _DAY).date() if end.timetz().replace(tzinfo=None) == time.min else end.date())
        first = day_name(start.date(), say)
        return first if last == start.date() else f"{first} – {day_name(last, say)}"
    first = f"{day_name(start.date(), say)} {clock(start)}"
    if end <= start:
        return first
    if end.date() == start.date() or end - start < _DAY / 2:
        return f"{first}–{clock(end)}"
    return f"{first} – {day_name(end.date(), say)} {clock(end)}"


def day_name(day: date, say: Words) -> str:
    """'Sabtu 28 Nov'."""
    return f"{say(f'js.weekday.{(day.weekday() + 1) % 7}')} {day.day} {say(f'js.month.{day.month}')}"


def clock(at: datetime) -> str:
    """18:00."""
    return f"{at:%H:%M}"


def condition_rows(
    found: Sequence[Condition], places: Mapping[int, tuple[str, str]], now: datetime
) -> list[ConditionRow]:
    """What keeps somebody from coming first; roads and outages that are as always are left out."""
    rows = [_condition_row(each, places, now) for each in found]
    told = [row for row in rows if row.state is not ConditionState.OPEN or row.condition.kind in _TOLD_OPEN]
    return sorted(told, key=lambda row: (_RANKS[row.state], row.condition.kind, row.name))


_TOLD_OPEN = frozenset({ConditionKind.PARKING, ConditionKind.FACILITY})


def _condition_row(found: Condition, places: Mapping[int, tuple[str, str]], now: datetime) -> ConditionRow:
    code, name = places.get(found.place_id or 0, (None, None))
    return ConditionRow(found, found.current(now), name or found.name or "–", code)


def weather(known: Mapping[str, Sequence[ForecastStep]], demo: Sequence[str], steps: int = 4) -> list[WeatherCard]:
    """A card for each kecamatan of which something is known: of the village that it is named after, else of any."""
    cards = []
    for district, name in DISTRICTS.items():
        mine = [village for village in VILLAGES if village.code.startswith(district) and village.code in known]
        mine.sort(key=lambda village: (village.name != name, village.name != "Sisir", village.code))
        if mine:
            first = mine[0]
            cards.append(WeatherCard(name, first.name, tuple(known[first.code][:steps]), first.code in demo))
    return cards
