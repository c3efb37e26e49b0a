"""Open cases as the walls' lines: what a wall may know of a case, with its two countdowns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from data.domain.answers import CaseLine, Countdown
from data.domain.cases import CaseState
from data.domain.city import City, Policy, Priority
from data.domain.clocks import clocks
from data.domain.runs import ClockKind, target_of
from data.domain.terms import Terms, policy_of
from data.domain.worktime import Calendar, Calendars, epoch, moment
from data.reference.villages import by_code
from data.store.cases import events_of
from data.store.conditions import seconds
from data.store.schema import case

_MOMENTS = ("received_at", "paused_at", "held_at", "hold_due_at", "next_due_at", "next_warn_at", "next_start_at")
_PLAIN = [
    "id",
    "code",
    "category",
    "title",
    "village",
    "agency",
    "state",
    "private",
    "priority",
    "policy",
    "policy_version",
    "service_class",
    "folded",
    "demo",
    "next_clock",
]

LINE_COLUMNS: Sequence[ColumnElement[Any]] = (
    *(case.c[name] for name in _PLAIN),
    *(seconds(name) for name in _MOMENTS),
)
"""What `Lines.line` needs of a case's row."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Makes lines at one moment."""

    conn: Connection
    city: City
    calendars: Calendars
    now: datetime

    def of(self, ids: Sequence[int]) -> list[CaseLine]:
        """The lines of these cases, in this order."""
        rows = self.conn.execute(select(*LINE_COLUMNS).where(case.c.id.in_(ids))).mappings()
        found = {row["id"]: self.line(row) for row in rows}
        return [found[case_id] for case_id in ids if case_id in found]

    def line(self, row: RowMapping) -> CaseLine:
        """One line; of a private case neither title nor village."""
        terms = self._terms(row)
        return CaseLine(
            id=row["id"],
            code=row["code"],
            category=row["category"],
            title="" if row["private"] else row["title"],
            village=None if row["private"] else village_name(row["village"]),
            agency=row["agency"],
            state=CaseState(row["state"]),
            private=row["private"],
            critical=row["priority"] == Priority.CRITICAL,
            received=moment(row["received_at"]),
            citizen=None if terms is None else self._citizen(row, terms),
            hold=None if terms is None else self._hold(row, terms),
            folded=row["folded"],
            demo=row["demo"],
        )

    def _terms(self, row: RowMapping) -> Terms | None:
        """None when config.yaml no longer knows the policy: then there is nothing to count down."""
        try:
            policy = policy_of(self.city, row["policy"], row["policy_version"])
        except KeyError:
            return None
        return Terms(self.city, self.calendars, row["category"], policy, row["service_class"])

    def _citizen(self, row: RowMapping, terms: Terms) -> Countdown | None:
        if row["next_due_at"] is None:
            return None
        kind, calendar = ClockKind(row["next_clock"]), self.calendars[terms.policy.calendar]
        due, warn = moment(row["next_due_at"]), moment(row["next_warn_at"])
        return self._running(kind, calendar, terms.policy, (moment(row["next_start_at"]), warn, due))

    def _hold(self, row: RowMapping, terms: Terms) -> Countdown | None:
        if row["held_at"] is None:
            return None
        if row["paused_at"] is not None:
            return self._standing_still(row, terms)
        if row["hold_due_at"] is None:
            return None
        calendar, start, due = self._held_in(row, terms), moment(row["held_at"]), moment(row["hold_due_at"])
        if not calendar.covers(due):
            return None
        warn = self._warn(calendar, target_of(terms.policy, ClockKind.HOLD), start, due)
        return self._running(ClockKind.HOLD, calendar, terms.policy, (start, warn, due))

    def _held_in(self, row: RowMapping, terms: Terms) -> Calendar:
        return terms.hold_calendar(terms.policy, row["agency"])

    def _warn(self, calendar: Calendar, target: int, start: datetime, due: datetime) -> datetime:
        """When a clock that runs now has used the warning share; earlier pauses only matter to what is left."""
        ahead = calendar.between(self.now, due) - round(target * (1 - self.city.warn_at))
        return calendar.add(self.now, ahead) if ahead > 0 else max(start, min(self.now, due))

    def _running(
        self, kind: ClockKind, calendar: Calendar, policy: Policy, moments: tuple[datetime, datetime, datetime]
    ) -> Countdown | None:
        start, warn, due = moments
        if not (calendar.covers(due) and calendar.covers(self.now)):
            return None
        left, target = calendar.worked(epoch(self.now), epoch(due)), target_of(policy, kind)
        used = 1 - left / target if target else 1.0
        return Countdown(kind, calendar.spec.code, start, due, warn, left, used, paused=False)

    def _standing_still(self, row: RowMapping, terms: Terms) -> Countdown | None:
        """A paused hold clock, read from the case's events: few are on a wall, and only they tell what was left."""
        every = clocks(events_of(self.conn, row["id"]), terms, self.now)
        held = [clock for clock in every if clock.kind is ClockKind.HOLD and clock.stopped_at is None]
        if not held:
            return None
        clock = held[-1]
        due = clock.due_at or self.now
        used = clock.elapsed_s / clock.target_s if clock.target_s else 1.0
        return Countdown(clock.kind, clock.calendar, clock.started_at, due, due, clock.remaining_s, used, paused=True)


def village_name(code: str | None) -> str | None:
    """A village's name by its code; None when there is none, the code itself when it is not in our table."""
    if code is None:
        return None
    return by_code[code].name if code in by_code else code
