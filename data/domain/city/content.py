"""The canonical content of a policy's or a calendar's version, its fingerprint, and the way back to the values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Any

from data.domain.city.model import CalendarSpec, City, DatedDay, DayHours, Policy, Season, WeekHours
from data.domain.city.recorded import Content, RecordedVersion, VersionKey, VersionKind

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
        recorded=tuple(it for it in recorded if it.key.kind is not VersionKind.POLICY),
    )


def _earlier(policy: Policy, recorded: Sequence[RecordedVersion]) -> tuple[tuple[int, Policy], ...]:
    key = VersionKey(VersionKind.POLICY, policy.code, policy.version)
    revisions = [it for it in recorded if it.key == key]
    edits = pairwise(revisions)
    return tuple((int(new.at.timestamp()), policy_of(*key[1:3], old.content)) for old, new in edits)


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
