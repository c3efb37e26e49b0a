"""Reads and expands calendars (RFC 5545) with icalendar and recurring-ical-events.

A VEVENT is kept as a calendar of its own: it with the VTIMEZONEs that it needs. Times without a zone are the city's.
The end of an all-day event is exclusive. Rules that would fill a store or never end to be computed are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from data.domain.guide.nouns import AgendaState
from data.domain.reasons import Reason, reason

if TYPE_CHECKING:  # the libraries take a quarter of a second: who reads no calendar does not wait for them
    from icalendar import Calendar, Component, vRecur

MOST_IN_WINDOW = 400
"""Occurrences of one entry in the window: one a day of a year fits."""
LONGEST = timedelta(days=62)
"""An occurrence that lasts longer is a slip."""
MOST_UID = 180
FIRST_YEAR, LAST_YEAR = 1970, 2099
MOST_INTERVAL = 400
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_TOO_FINE = ("BYSECOND", "BYMINUTE", "BYHOUR")
_STATES = {"CANCELLED": AgendaState.CANCELLED, "TENTATIVE": AgendaState.TENTATIVE}
_TAG = re.compile(r"<[^<>]{0,500}>")
_GAP = re.compile(r"[ \t\u00a0]+")


class BadEvent(ValueError):
    """An event that cannot be taken; the reason says why."""

    def __init__(self, why: Reason) -> None:
        super().__init__(why.code)
        self.reason = why


@dataclass(frozen=True, slots=True)
class Entry:
    """One VEVENT, understood."""

    uid: str
    recurrence_id: str
    """The moment it replaces, as UTC in basic format; empty: the entry itself."""
    sequence: int
    told_at: datetime | None
    calendar: str
    title: str
    text: str | None
    starts_at: datetime
    ends_at: datetime
    all_day: bool
    recurs: bool
    state: AgendaState
    place: str | None
    lat: float | None
    lon: float | None
    expected: int | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Taking:
    """One taking place."""

    recurrence_id: str
    """Of the entry that tells of it; empty: the entry itself."""
    starts_at: datetime
    ends_at: datetime
    state: AgendaState


def events_of(body: bytes) -> Iterator[Calendar]:
    """Each VEVENT as a calendar of its own, X-WR-TIMEZONE applied. Raises ValueError when it is no calendar."""
    from x_wr_timezone import to_standard

    for whole in _parsed(body):
        if whole.name != "VCALENDAR":
            raise ValueError(f"{whole.name} instead of VCALENDAR")
        yield from _alone(to_standard(whole))


def _alone(calendar: Calendar) -> Iterator[Calendar]:
    zones = calendar.walk("VTIMEZONE")
    for event in calendar.walk("VEVENT"):
        alone = _new_calendar()
        used = _zones_used(event)
        for each in zones:
            if str(each.get("TZID", "")) in used:
                alone.add_component(each)
        alone.add_component(event)
        yield alone


def parsed(text: str | bytes) -> Calendar:
    """One calendar. Raises ValueError when it is none."""
    from icalendar import Calendar

    found = Calendar.from_ical(text)
    if not isinstance(found, Calendar):
        raise ValueError(f"{found.name} instead of VCALENDAR")
    return found


def _parsed(body: bytes) -> list[Component]:
    from icalendar import Calendar

    return list(Calendar.from_ical(body, multiple=True))


def _new_calendar() -> Calendar:
    from icalendar import Calendar

    made = Calendar()
    made.add("PRODID", "-//Among Kota//")
    made.add("VERSION", "2.0")
    return made


def _zones_used(event: Component) -> set[str]:
    used = set()
    for value in event.values():
        for one in value if isinstance(value, list) else [value]:
            params = getattr(one, "params", None)
            if params and "TZID" in params:
                used.add(str(params["TZID"]))
    return used


def identity_of(calendar: Calendar, zone: ZoneInfo) -> str:
    """By what its one event is known: UID, and RECURRENCE-ID when it has one."""
    event = calendar.walk("VEVENT")[0]
    uid = str(event.get("UID", "")).strip()[:MOST_UID]
    with suppress(BadEvent), _understood():
        return f"{uid} {_recurrence_id(event, zone)}".strip() or "-"
    return uid or "-"


def entry_of(calendar: Calendar, zone: ZoneInfo) -> Entry:
    """What the one event says. Raises BadEvent."""
    with _understood():
        return _entry(calendar, zone)


@contextmanager
def _understood() -> Iterator[None]:
    """What the libraries say of a value that they cannot read."""
    try:
        yield
    except BadEvent:
        raise
    except (ValueError, TypeError, OverflowError) as error:
        raise BadEvent(reason("guide.event_unreadable", error=str(error)[:200])) from None


def _entry(calendar: Calendar, zone: ZoneInfo) -> Entry:
    event = calendar.walk("VEVENT")[0]
    uid = str(event.get("UID", "")).strip()
    if not uid or len(uid) > MOST_UID:
        raise BadEvent(reason("guide.event_uid"))
    starts_at, ends_at, all_day = _times(event, zone)
    _check_rules(event)
    title = plain_text(str(event.get("SUMMARY", "")))
    if not title:
        raise BadEvent(reason("guide.event_title"))
    lat, lon = _position(event)
    return Entry(
        uid=uid,
        recurrence_id=_recurrence_id(event, zone),
        sequence=_whole(event.get("SEQUENCE")) or 0,
        told_at=_moment(event.get("LAST-MODIFIED") or event.get("DTSTAMP"), zone),
        calendar=calendar.to_ical().decode(),
        title=title[:300],
        text=plain_text(str(event.get("DESCRIPTION", "")))[:4000] or None,
        starts_at=starts_at,
        ends_at=ends_at,
        all_day=all_day,
        recurs="RRULE" in event or "RDATE" in event,
        state=_state(event),
        place=plain_text(str(event.get("LOCATION", "")))[:200] or None,
        lat=lat,
        lon=lon,
        expected=_whole(event.get("X-EXPECTED")),
        url=_url(event),
    )


def _times(event: Component, zone: ZoneInfo) -> tuple[datetime, datetime, bool]:
    start = getattr(event.get("DTSTART"), "dt", None)
    if not isinstance(start, date):
        raise BadEvent(reason("guide.event_start"))
    all_day = not isinstance(start, datetime)
    end = getattr(event.get("DTEND"), "dt", None)
    lasts = getattr(event.get("DURATION"), "dt", None)
    starts_at = _aware(start, zone)
    if isinstance(end, date):
        ends_at = _aware(end, zone)
    elif isinstance(lasts, timedelta):
        ends_at = starts_at + lasts
    else:
        ends_at = _aware(start + timedelta(days=1), zone) if all_day else starts_at
    if all_day and ends_at <= starts_at:  # some write the last day instead of the first one after it
        ends_at = _aware(start + timedelta(days=1), zone)
    if ends_at < starts_at:
        raise BadEvent(reason("guide.event_ends_before", starts=_shown(starts_at), ends=_shown(ends_at)))
    if ends_at - starts_at > LONGEST:
        raise BadEvent(reason("guide.event_too_long", days=LONGEST.days))
    if not FIRST_YEAR <= starts_at.year <= LAST_YEAR:
        raise BadEvent(reason("guide.event_year", year=starts_at.year))
    return starts_at, ends_at, all_day


def _aware(moment: date, zone: ZoneInfo) -> datetime:
    """A day begins at midnight of the city; a time without zone is the city's."""
    try:
        if not isinstance(moment, datetime):
            return datetime.combine(moment, time(), zone).astimezone(UTC)
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        raise BadEvent(reason("guide.event_year", year=moment.year)) from None


def _check_rules(event: Component) -> None:
    start = getattr(event.get("DTSTART"), "dt", None)
    assert isinstance(start, date)
    for rule in _rules(event):
        shown = _written(rule)[:100]
        often = str(next(iter(_values(rule.get("FREQ"))), "")).upper()
        if often in _TOO_OFTEN or any(len(_values(rule.get(name))) > 1 for name in _TOO_FINE):
            raise BadEvent(reason("guide.event_too_often", rule=shown))
        every = _values(rule.get("INTERVAL")) or [1]
        if not 1 <= int(every[0]) <= MOST_INTERVAL or not _comes_true(rule, start):
            raise BadEvent(reason("guide.event_never", rule=shown))


def _written(rule: vRecur) -> str:
    text: bytes = rule.to_ical()  # type: ignore[no-untyped-call]
    return text.decode()


def _comes_true(rule: vRecur, start: date) -> bool:
    """Whether it has an occurrence in the years from 9960 on, whose calendar is that of `start` and which end.

    One that never comes true would be computed up to the year 9999: half a minute for each day of the 30th of February.
    """
    from dateutil.rrule import rrulestr

    plain = type(rule)({name: value for name, value in rule.items() if name.upper() not in ("UNTIL", "COUNT")})
    year = 9960 + (start.year - 9960) % 28
    first = datetime.combine(start.replace(year=year), start.time() if isinstance(start, datetime) else time())
    return next(iter(rrulestr(_written(plain), dtstart=first)), None) is not None


def _rules(event: Component) -> list[vRecur]:
    found = event.get("RRULE", [])
    from icalendar import vRecur

    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, vRecur)]


def _values(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _recurrence_id(event: Component, zone: ZoneInfo) -> str:
    moment = getattr(event.get("RECURRENCE-ID"), "dt", None)
    return _shown(_aware(moment, zone)) if isinstance(moment, date) else ""


def _shown(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%SZ}"


def _moment(value: Any, zone: ZoneInfo) -> datetime | None:
    moment = getattr(value, "dt", None)
    try:
        return _aware(moment, zone) if isinstance(moment, date) else None
    except BadEvent:
        return None


def _state(event: Component) -> AgendaState:
    return _STATES.get(str(event.get("STATUS", "")).strip().upper(), AgendaState.CONFIRMED)


def _position(event: Component) -> tuple[float | None, float | None]:
    geo = event.get("GEO")
    lat, lon = getattr(geo, "latitude", None), getattr(geo, "longitude", None)
    if not isinstance(lat, float) or not isinstance(lon, float) or not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return None, None
    return lat, lon


def _whole(value: Any) -> int | None:
    try:
        number = int(str(value))
    except ValueError:
        return None
    return number if 0 <= number < 10**7 else None


def _url(event: Component) -> str | None:
    url = str(event.get("URL", "")).strip()
    return url if url.startswith(("https://", "http://")) and len(url) <= 500 and " " not in url else None


def plain_text(text: str) -> str:
    """Without markup: what a calendar writes as HTML is read as text. Whoever shows it escapes it all the same."""
    bare = _TAG.sub(" ", text.replace("\x00", ""))
    lines = (_GAP.sub(" ", line).strip() for line in bare.splitlines())
    return "\n".join(line for line in lines if line)


def expand(calendars: Sequence[str], window: tuple[datetime, datetime], zone: ZoneInfo) -> list[Taking]:
    """What takes place in the window (from, to), of an entry and its moved and cancelled occurrences, in order.

    Raises BadEvent when there are too many.
    """
    with _understood():
        return _expand(calendars, window, zone)


def _expand(calendars: Sequence[str], window: tuple[datetime, datetime], zone: ZoneInfo) -> list[Taking]:
    from recurring_ical_events import of as recurring

    together = _new_calendar()
    replaced = set()
    for text in calendars:
        for part in parsed(text).subcomponents:
            if part.name == "VEVENT":
                replaced.add(_recurrence_id(part, zone))
            together.add_component(part)
    found = []
    for event in recurring(together).between(*window):
        starts_at, ends_at, _ = _times(event, zone)
        if ends_at > window[0] and starts_at < window[1]:
            own = _recurrence_id(event, zone)
            found.append(Taking(own if own in replaced else "", starts_at, ends_at, _state(event)))
    if len(found) > MOST_IN_WINDOW:
        raise BadEvent(reason("guide.event_too_often", rule=f"{len(found)} x"))
    return sorted(found, key=lambda it: (it.starts_at, it.recurrence_id))


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that is entered by hand or comes in a table."""

    uid: str
    title: str
    starts: datetime | date
    """A day: it lasts all day."""
    ends: datetime | date | None = None
    """The first moment after it; of whole days the first day after it."""
    text: str | None = None
    place: str | None = None
    rule: str | None = None
    """RRULE, such as FREQ=WEEKLY;COUNT=4."""
    state: AgendaState = AgendaState.CONFIRMED
    expected: int | None = None
    url: str | None = None
    sequence: int = 0
    told_at: datetime | None = None
    lat: float | None = None
    lon: float | None = None


def calendar_of(new: NewEvent) -> Calendar:
    """It as a calendar. Raises BadEvent."""
    from icalendar import Event, vRecur

    event = Event()
    event.add("UID", new.uid)
    event.add("SUMMARY", new.title)
    event.add("DTSTART", new.starts)
    event.add("SEQUENCE", new.sequence)
    event.add("STATUS", new.state.upper())
    optional = {"DTEND": new.ends, "DESCRIPTION": new.text, "LOCATION": new.place, "URL": new.url}
    optional |= {"X-EXPECTED": None if new.expected is None else str(new.expected), "LAST-MODIFIED": new.told_at}
    for name, value in optional.items():
        if value is not None:
            event.add(name, value)
    if new.lat is not None and new.lon is not None:
        event.add("GEO", (new.lat, new.lon))
    with _understood():
        if new.rule:
            event.add("RRULE", vRecur.from_ical(new.rule))
        calendar = _new_calendar()
        calendar.add_component(event)
        return parsed(calendar.to_ical())
