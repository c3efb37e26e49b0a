"""Opening hours in the part of OpenStreetMap's syntax that people write: whether something is open at a moment.

Read are '24/7', and rules such as 'Mo-Fr 08:00-16:00; Sa,Su 07:00-17:00; PH off', where a later rule wins over an
earlier one on its days. What is written otherwise is not known, which is neither open nor closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
ALWAYS = "24/7"
MOST = 500
"""Longer texts are not read."""
_DAY = "|".join(DAYS)
_DAYS = rf"(?:(?:{_DAY})(?:-(?:{_DAY}))?|PH)"
_TIMES = r"\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}"
_RULE = re.compile(
    rf"(?P<days>{_DAYS}(?:\s*,\s*{_DAYS})*)?\s*(?P<times>{_TIMES}(?:\s*,\s*{_TIMES})*|off|closed|24/7)", re.IGNORECASE
)
_MINUTES, _LATEST = 24 * 60, 48 * 60


class OpenNow(StrEnum):
    """Whether it is open at a moment."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Span(NamedTuple):
    """From one minute of a day to another; after midnight is 1440 and more."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hours:
    """The spans of each weekday, Monday first; None: nothing is said of it. `holiday`: of public holidays."""

    week: tuple[tuple[Span, ...] | None, ...]
    holiday: tuple[Span, ...] | None = None


def at(text: str | None, moment: datetime, *, holiday: bool = False, holiday_before: bool = False) -> OpenNow:
    """Whether it is open at a local moment. `holiday`: that day is a public holiday."""
    hours = parse(text) if text else None
    if hours is None:
        return OpenNow.UNKNOWN
    minute = moment.hour * 60 + moment.minute
    today = _of(hours, moment.weekday(), holiday=holiday)
    before = _of(hours, (moment - timedelta(days=1)).weekday(), holiday=holiday_before)
    if _within(before, minute + _MINUTES) or _within(today, minute):
        return OpenNow.OPEN
    return OpenNow.UNKNOWN if today is None else OpenNow.CLOSED


@lru_cache(maxsize=8192)
def parse(text: str) -> Hours | None:
    """None: it is not of the part that is read."""
    if len(text) > MOST:
        return None
    if text.strip() == ALWAYS:
        return Hours(((Span(0, _MINUTES),),) * 7, (Span(0, _MINUTES),))
    week: list[tuple[Span, ...] | None] = [None] * 7
    holiday: tuple[Span, ...] | None = None
    for part in (each.strip() for each in text.split(";")):
        if not part:
            continue
        match = _RULE.fullmatch(part)
        spans = _spans(match["times"]) if match else None
        if match is None or spans is None:
            return None
        for day in _days(match["days"]):
            if day is None:
                holiday = spans
            else:
                week[day] = spans
    if all(day is None for day in week):
        return None
    # Who names some days says by that that the others are closed.
    return Hours(tuple(() if day is None else day for day in week), holiday)


def _days(text: str | None) -> Iterator[int | None]:
    """Numbers of weekdays; None: public holidays."""
    if not text:
        yield from range(7)
        return
    names = [day.lower() for day in DAYS]
    for part in (each.strip().lower() for each in text.split(",")):
        if part == "ph":
            yield None
            continue
        first, _, last = part.partition("-")
        start, end = names.index(first), names.index(last or first)
        yield from ((start + n) % 7 for n in range((end - start) % 7 + 1))


def _spans(text: str) -> tuple[Span, ...] | None:
    """None: no times of day."""
    if text.lower() in {"off", "closed"}:
        return ()
    if text == ALWAYS:
        return (Span(0, _MINUTES),)
    found = []
    for part in text.split(","):
        start, end = (_minute(each) for each in part.split("-"))
        if start is None or end is None or start >= _MINUTES:
            return None
        end = end + _MINUTES if end <= start else end
        if end > _LATEST:
            return None
        found.append(Span(start, end))
    return tuple(found)


def _minute(text: str) -> int | None:
    hour, minute = (int(each) for each in text.strip().split(":"))
    return hour * 60 + minute if minute < 60 and hour * 60 + minute <= _LATEST else None


def _of(hours: Hours, weekday: int, *, holiday: bool) -> Sequence[Span] | None:
    return hours.holiday if holiday and hours.holiday is not None else hours.week[weekday]


def _within(spans: Sequence[Span] | None, minute: int) -> bool:
    return any(span.start <= minute < span.end for span in spans or ())


_OTHER_NAMES = {
    **{"sen": "Mo", "sel": "Tu", "rab": "We", "kam": "Th", "jum": "Fr", "sab": "Sa", "min": "Su"},
    **{"mon": "Mo", "tue": "Tu", "wed": "We", "thu": "Th", "fri": "Fr", "sat": "Sa", "sun": "Su"},
    **{"libur": "off", "tutup": "off"},
}
_WORD = re.compile(r"[a-z]+", re.IGNORECASE)
_EVERY_DAY = re.compile(r"(tiap|setiap|every) ?(hari|day)|daily", re.IGNORECASE)
_FULL_STOP = re.compile(r"(\d)\.(\d{2})")
_JOINED = re.compile(r"\s*(?:s/d|sampai|to|–|—|-)\s*", re.IGNORECASE)


def as_typed(text: str) -> str | None:
    """Hours as people here write them, in OpenStreetMap's syntax: 'Senin-Jumat 08.00-16.00; Sabtu tutup'.

    None: they cannot be read.
    """
    if len(text) > MOST:
        return None
    plain = _JOINED.sub("-", _FULL_STOP.sub(r"\1:\2", _EVERY_DAY.sub("Mo-Su", text.strip())))
    found = _WORD.sub(lambda word: _other_name(word[0]), plain)
    return found if parse(found) is not None else None


def _other_name(word: str) -> str:
    """A day in full or in short; 'Mo' and 'PH' stay."""
    lower = word.lower()
    return _OTHER_NAMES.get(lower, _OTHER_NAMES.get(lower[:3], word)) if len(word) > 2 else word
