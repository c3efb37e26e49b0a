"""What an officer fills in of an event: read into a calendar, every fault by its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.portal.form import Form, Page
from data.domain.guide.nouns import AgendaState
from data.store.guide.calendar import NewEvent

TITLE_MOST, TEXT_MOST, LINE_MOST, WHY_MOST = 200, 3000, 200, 300
REPEATS: Mapping[str, str] = {"": "", "daily": "DAILY", "weekly": "WEEKLY", "monthly": "MONTHLY"}
TIMES_MOST, PEOPLE_MOST = 100, 10_000_000
FIELDS = (
    *("title", "day", "time", "last_day", "end_time", "place"),
    *("text", "expected", "url", "state", "repeat", "times"),
)
_DAY = timedelta(days=1)
USUAL = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """An event without faults."""

    title: str
    starts: datetime | date
    ends: datetime | date
    place: str | None
    text: str | None
    expected: int | None
    url: str | None
    state: AgendaState
    rule: str | None

    def as_new(self, uid: str, sequence: int, now: datetime) -> NewEvent:
        """To be written as a calendar."""
        return NewEvent(
            uid=uid,
            title=self.title,
            starts=self.starts,
            ends=self.ends,
            text=self.text,
            place=self.place,
            rule=self.rule,
            state=self.state,
            expected=self.expected,
            url=self.url,
            sequence=sequence,
            told_at=now.replace(microsecond=0),
        )


def shown(row: Mapping[str, Any] | None, zone: ZoneInfo) -> dict[str, str]:
    """A row of the agenda as the form shows it; None: a new one."""
    values = dict.fromkeys((*FIELDS, "why"), "") | {"state": AgendaState.CONFIRMED.value, "version": "0"}
    if row is None:
        return values
    start, end = row["starts_at"].astimezone(zone), row["ends_at"].astimezone(zone)
    last = end - _DAY if row["all_day"] else end
    told = {"title": row["title"], "text": row["text"], "expected": row["expected"], "url": row["url"]}
    values |= {name: "" if value is None else str(value) for name, value in told.items()}
    values |= {
        "place": row["place_name"] or "",
        "state": row["state"],
        "version": str(row["version"]),
        "day": start.date().isoformat(),
        "last_day": last.date().isoformat() if last.date() != start.date() else "",
    }
    if not row["all_day"]:
        values |= {"time": f"{start:%H:%M}", "end_time": f"{end:%H:%M}"}
    return values


def read(form: Form, zone: ZoneInfo) -> tuple[Page, ReadEvent | None]:
    """The page with its faults; the event when there are none."""
    page = Page()
    title = page.text(form, "title", TITLE_MOST)
    if not title:
        page.faults.setdefault("title", "title")
    text, place = page.text(form, "text", TEXT_MOST) or None, page.text(form, "place", LINE_MOST) or None
    url = page.text(form, "url", LINE_MOST) or None
    if url and not url.startswith(("https://", "http://")):
        page.faults["url"] = "url"
    expected = _whole(page, form, "expected", PEOPLE_MOST)
    state = form.get("state", "")
    page.values["state"] = state if state in set(AgendaState) else AgendaState.CONFIRMED.value
    rule = _rule(page, form)
    span = _span(page, form, zone)
    page.text(form, "why", WHY_MOST)
    page.values["version"] = form.get("version", "0")[:12]
    if page.faults or span is None:
        return page, None
    starts, ends = span
    return page, ReadEvent(title, starts, ends, place, text, expected, url, AgendaState(page.values["state"]), rule)


def _whole(page: Page, form: Form, name: str, most: int) -> int | None:
    typed = page.text(form, name, 12).replace(".", "")
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit()) or int(typed) > most:
        page.faults[name] = "number"
        return None
    return int(typed)


def _rule(page: Page, form: Form) -> str | None:
    repeat = form.get("repeat", "")
    page.values["repeat"] = repeat if repeat in REPEATS else ""
    times = _whole(page, form, "times", TIMES_MOST)
    if not page.values["repeat"]:
        return None
    if times is None or times < 2:
        page.faults.setdefault("times", "times")
        return None
    return f"FREQ={REPEATS[page.values['repeat']]};COUNT={times}"


def _span(page: Page, form: Form, zone: ZoneInfo) -> tuple[datetime | date, datetime | date] | None:
    """Begin and end; without a time it lasts whole days."""
    day, last = _day(page, form, "day"), _day(page, form, "last_day")
    start, end = _time(page, form, "time"), _time(page, form, "end_time")
    if day is None:
        page.faults.setdefault("day", "day")
        return None
    last = last or day
    if last < day or (last - day).days > 60:
        page.faults["last_day"] = "last_day"
        return None
    if start is None:
        if end is not None:
            page.faults["time"] = "time"
        return day, last + _DAY
    begins = datetime.combine(day, start, zone)
    ends = datetime.combine(last, end, zone) if end is not None else begins + USUAL
    if ends <= begins:
        page.faults["end_time"] = "end_time"
        return None
    return begins, ends


def _day(page: Page, form: Form, name: str) -> date | None:
    typed = page.text(form, name, 10)
    if not typed:
        return None
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year <= 2090:
        page.faults[name] = "day"
        return None
    return found


def _time(page: Page, form: Form, name: str) -> time | None:
    typed = page.text(form, name, 8).replace(".", ":")
    if not typed:
        return None
    try:
        return time.fromisoformat(typed).replace(tzinfo=None)
    except ValueError:
        page.faults[name] = "clock"
        return None
