"""The canonical content of what decides a verdict, its fingerprint, and the way back to the values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from functools import partial
from itertools import pairwise
from operator import itemgetter
from typing import Any, TypeVar

from data.domain.city.model import (
    Agency,
    CalendarSpec,
    City,
    DatedDay,
    DayHours,
    Earlier,
    LegalLimit,
    PauseReason,
    Policy,
    Season,
    ServiceClass,
    WeekHours,
)
from data.domain.city.recorded import Content, RecordedVersion, VersionKey, VersionKind

T = TypeVar("T")
TARGETS = ("verify", "respond", "resolve", "hold")
OPEN = "open"
"""A dated day with the hours of its weekday."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def canonical(content: Content) -> str:
    """The one way of writing it."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def fingerprint(content: Content) -> str:
    """SHA-256 of the canonical text, in hex digits."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def policy_content(policy: Policy) -> Content:
    """Targets in seconds."""
    targets = {name: int(getattr(policy, name).total_seconds()) for name in TARGETS}
    return {**targets, "calendar": policy.calendar, "from": _date(policy.since), "pauses": sorted(policy.pauses)}


def policy_of(code: str, version: int, content: Content) -> Policy:
    """The policy that says this."""
    verify, respond, resolve, hold = (timedelta(seconds=content[name]) for name in TARGETS)
    pauses, since = tuple(content["pauses"]), _since(content)
    return Policy(code, version, content["calendar"], verify, respond, resolve, hold, pauses, since)


def calendar_content(spec: CalendarSpec) -> Content:
    """Hours, seasons and dated days, without their names."""
    return {
        "always": spec.always,
        "from": _date(spec.since),
        "hours": _week_content(spec.hours),
        "joint_leave_off": spec.joint_leave_off,
        "seasons": {f"{it.first}..{it.last}": _week_content(it.hours) for it in spec.seasons},
        "days": {str(day): OPEN if it.hours is None else _windows(it.hours) for day, it in spec.days.items()},
    }


def calendar_of(code: str, version: int, content: Content) -> CalendarSpec:
    """The calendar that says this; its seasons and days are called by their dates."""
    days = {date.fromisoformat(day): hours for day, hours in content["days"].items()}
    return CalendarSpec(
        code=code,
        version=version,
        always=content["always"],
        hours=_week(content["hours"]),
        joint_leave_off=content["joint_leave_off"],
        seasons=tuple(_season(dates, hours) for dates, hours in sorted(content["seasons"].items())),
        days={day: DatedDay(str(day), None if it == OPEN else _hours(it)) for day, it in sorted(days.items())},
        since=_since(content),
    )


def pause_content(reason: PauseReason) -> Content:
    """The cap in seconds."""
    return {"cap": None if reason.cap is None else int(reason.cap.total_seconds())}


def cap_of(content: Content) -> timedelta | None:
    """The cap that this says."""
    return None if content["cap"] is None else timedelta(seconds=content["cap"])


def class_content(it: ServiceClass) -> Content:
    """The legal limit."""
    return it.limit._asdict()


def limit_of(content: Content) -> LegalLimit:
    """The legal limit that this says."""
    return LegalLimit(content["working_days"], content["calendar"])


def agency_content(agency: Agency) -> Content:
    """The calendar."""
    return {"calendar": agency.calendar}


def holiday_content(days: Iterable[date], *, joint_leave_off: bool) -> Content:
    """The days off of a year, and whether joint leave is among them."""
    return {"joint_leave_off": joint_leave_off, "days": sorted(map(str, days))}


def holidays_of(content: Content) -> tuple[date, ...]:
    """The days off, in order."""
    return tuple(date.fromisoformat(day) for day in content["days"])


def with_recorded(city: City, recorded: Sequence[RecordedVersion]) -> City:
    """The city whose versions know what they said before they were edited. `recorded` in the order of revisions."""
    policies = {
        code: tuple(replace(it, earlier=_earlier(it, recorded)) for it in versions)
        for code, versions in city.policies.items()
    }
    known = {(it.code, it.version) for versions in policies.values() for it in versions}
    former = {it.key[1:3]: it for it in recorded if it.key.kind is VersionKind.POLICY and it.key[1:3] not in known}
    gone = {key: policy_of(*key, it.content) for key, it in former.items()}
    return replace(
        city,
        policies=policies,
        former_policies={key: replace(it, earlier=_earlier(it, recorded)) for key, it in gone.items()},
        pauses={
            code: replace(it, earlier=_edits(VersionKey(VersionKind.PAUSE, code, 1), recorded, cap_of))
            for code, it in city.pauses.items()
        },
        classes={
            code: replace(it, earlier=_edits(VersionKey(VersionKind.CLASS, code, 1), recorded, limit_of))
            for code, it in city.classes.items()
        },
        agencies={
            code: replace(it, earlier=_edits(VersionKey(VersionKind.AGENCY, code, 1), recorded, itemgetter("calendar")))
            for code, it in city.agencies.items()
        },
        recorded=tuple(it for it in recorded if it.key.kind in (VersionKind.CALENDAR, VersionKind.HOLIDAYS)),
    )


def _earlier(policy: Policy, recorded: Sequence[RecordedVersion]) -> Earlier[Policy]:
    key = VersionKey(VersionKind.POLICY, policy.code, policy.version)
    return _edits(key, recorded, partial(policy_of, *key[1:3]))


def _edits(key: VersionKey, recorded: Sequence[RecordedVersion], read: Callable[[Content], T]) -> Earlier[T]:
    revisions = [it for it in recorded if it.key == key]
    return tuple((int(new.at.timestamp()), read(old.content)) for old, new in pairwise(revisions))


def _date(day: date | None) -> str | None:
    return None if day is None else str(day)


def _since(content: Content) -> date | None:
    return None if content["from"] is None else date.fromisoformat(content["from"])


def _week_content(hours: WeekHours) -> dict[str, list[str]]:
    """Weekdays without hours are left out: naming them says the same."""
    return {WEEKDAYS[day]: _windows(windows) for day, windows in sorted(hours.items()) if windows}


def _windows(windows: DayHours) -> list[str]:
    return [f"{_clock(start)}-{_clock(end)}" for start, end in sorted(windows)]


def _clock(at: time) -> str:
    return "24:00" if at == time.max else f"{at:%H:%M}"


def _week(content: Mapping[str, list[str]]) -> WeekHours:
    return {WEEKDAYS.index(day): _hours(windows) for day, windows in content.items()}


def _hours(windows: list[str]) -> DayHours:
    pairs = (window.split("-") for window in windows)
    return tuple((_time(start), _time(end)) for start, end in pairs)


def _time(text: str) -> time:
    return time.max if text == "24:00" else time.fromisoformat(text)


def _season(dates: str, hours: Mapping[str, Any]) -> Season:
    first, last = map(date.fromisoformat, dates.split(".."))
    return Season(dates, first, last, _week(hours))
