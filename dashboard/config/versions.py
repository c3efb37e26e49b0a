"""Records what decides a verdict (policies, calendars, caps, limits), and refuses what was edited in place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from data.domain.city.changes import Comparison, Edit, compare
from data.domain.city.content import (
    agency_content,
    calendar_content,
    class_content,
    holiday_content,
    pause_content,
    policy_content,
)
from data.domain.city.model import CalendarSpec, City
from data.domain.city.recorded import Content, VersionKey, VersionKind
from data.domain.sla.calendars import days_off
from data.reference.holidays import joint_leave, national
from data.store.cases import recorded_versions
from data.store.db.engine import Engine, reading, writing

FIRST_YEAR = 2005
"""Calendars begin here: imported histories need working time of past years."""
YEARS_AHEAD = 3
GUIDE = "docs/standards.md"
VERSIONED = (VersionKind.POLICY, VersionKind.CALENDAR)
"""Those of which config.yaml may hold several versions."""
SINGLE = (VersionKind.PAUSE, VersionKind.CLASS, VersionKind.AGENCY)


class VersionsEdited(RuntimeError):
    """Versions say something else than what was recorded; the text says what, and how to do it right."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self.edits = tuple(edits)
        super().__init__("\n".join(_explanation(self.edits)))


def calendar_years(today: date) -> range:
    """The years that calendars reach."""
    return range(FIRST_YEAR, today.year + YEARS_AHEAD + 1)


def present_contents(city: City, today: date) -> dict[VersionKey, Content]:
    """What every version says now, by config.yaml and the holiday table."""
    found = {
        VersionKey(VersionKind.POLICY, it.code, it.version): policy_content(it)
        for versions in city.policies.values()
        for it in versions
    }
    found |= {VersionKey(VersionKind.PAUSE, code, 1): pause_content(it) for code, it in city.pauses.items()}
    found |= {VersionKey(VersionKind.CLASS, code, 1): class_content(it) for code, it in city.classes.items()}
    found |= {VersionKey(VersionKind.AGENCY, code, 1): agency_content(it) for code, it in city.agencies.items()}
    years = calendar_years(today)
    tables = national(years), joint_leave(years)
    for versions in city.calendars.values():
        for spec in versions:
            found[VersionKey(VersionKind.CALENDAR, spec.code, spec.version)] = calendar_content(spec)
            found |= {} if spec.always else _holidays(spec, days_off(city, spec, *tables), years)
    return found


def _holidays(spec: CalendarSpec, off: Iterable[date], years: Iterable[int]) -> dict[VersionKey, Content]:
    by_year: dict[int, list[date]] = defaultdict(list)
    for day in off:
        by_year[day.year].append(day)
    return {
        VersionKey(VersionKind.HOLIDAYS, spec.code, spec.version, year): holiday_content(
            by_year[year], joint_leave_off=spec.joint_leave_off
        )
        for year in years
    }


def compare_versions(engine: Engine, city: City, now: datetime) -> Comparison:
    """What config.yaml and the holiday table say, against what was recorded. Raises StoreDown."""
    today = now.astimezone(ZoneInfo(city.timezone)).date()
    with reading(engine) as conn:
        recorded = recorded_versions.load(conn)
    newest = {code: versions[-1].version for code, versions in city.calendars.items()}
    return compare(present_contents(city, today), recorded, newest, today)


def record_versions(engine: Engine, city: City, now: datetime) -> Mapping[VersionKey, Content]:
    """Record what is new; returns holidays to come that have changed. Raises VersionsEdited with nothing recorded."""
    found = compare_versions(engine, city, now)
    if found.edits:
        raise VersionsEdited(found.edits)
    if found.new or found.upcoming:
        with writing(engine) as conn:
            for key, content in (found.new | found.upcoming).items():
                recorded_versions.add(conn, key, content, now)
    return found.upcoming


def title(key: VersionKey) -> str:
    """A version for people: calendar kantor, version 1, holidays of 2026."""
    if key.kind is VersionKind.HOLIDAYS:
        return f"calendar {key.name}, version {key.version}, holidays of {key.year}"
    version = f", version {key.version}" if key.kind in VERSIONED else ""
    return f"{key.kind} {key.name}{version}"


def accepting_command(key: VersionKey) -> str:
    """The command that accepts an edit of it."""
    kind = VersionKind.CALENDAR if key.kind is VersionKind.HOLIDAYS else key.kind
    if kind in VERSIONED:
        return f"run.py {kind} accept-edit {key.name} {key.version}"
    return f"run.py policy accept-edit {key.name} --of {kind}"


def _explanation(edits: Sequence[Edit]) -> Iterable[str]:
    yield "These versions were edited in place, and cases were judged by what they said before:"
    for edit in edits:
        yield f"  {title(edit.key)} (recorded {edit.recorded.at:%Y-%m-%d %H:%M} UTC, {edit.recorded.fingerprint[:12]})"
        for change in edit.changes:
            yield f"    {change.field}: {change.old} -> {change.new}"
    if any(edit.key.kind in VERSIONED for edit in edits):
        yield f"Right is to put back what it said, and to add a new version with its first day, `from: DATE` ({GUIDE})."
    if any(edit.key.kind is VersionKind.HOLIDAYS for edit in edits):
        yield "A corrected holiday table counts for the new version; the older one keeps the days that were recorded."
    if any(edit.key.kind in SINGLE for edit in edits):
        yield "A cap, a legal limit and an agency's calendar have no versions: an edit counts from when it is accepted,"
        yield f"and what has stopped before keeps what it said ({GUIDE})."
    yield "If what it said was a mistake, accept the edit: open cases are judged anew, closed ones keep their verdict:"
    yield from dict.fromkeys(f"  {accepting_command(edit.key)}" for edit in edits)
