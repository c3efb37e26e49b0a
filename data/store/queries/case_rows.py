"""Builds the rows of open cases for the walls: the public fields of a case, and its two countdowns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from data.domain.cases.model import CaseState
from data.domain.city.model import City, Priority
from data.domain.figures.boards import CaseRow, Countdown
from data.domain.sla.calendars import CalendarOf, Calendars
from data.domain.sla.clock_intervals import ClockKind, target_of
from data.domain.sla.clocks import clocks
from data.domain.sla.terms import Terms, hold_calendar, policy_of
from data.domain.sla.worktime import Calendar, HorizonError, epoch, moment
from data.reference.places.villages import DISTRICTS, by_code
from data.store.cases.cases import events_of
from data.store.cases.conditions import seconds
from data.store.db.schema.cases import case

_MOMENTS = (
    "received_at",
    "paused_at",
    "held_at",
    "hold_due_at",
    "next_due_at",
    "next_warn_at",
    "next_start_at",
    "promised_at",
)
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

CASE_ROW_COLUMNS: Sequence[ColumnElement[Any]] = (
    *(case.c[name] for name in _PLAIN),
    *(seconds(name) for name in _MOMENTS),
)
"""What `CaseRows.row` needs of a case's row."""
_STATES = {state.value: state for state in CaseState}
_KINDS = {kind.value: kind for kind in ClockKind}


class CaseRows:
    """Builds rows for one moment. It runs many times a second, so it computes in whole seconds where possible."""

    def __init__(self, conn: Connection, city: City, calendars: Calendars, now: datetime) -> None:
        self.conn, self.city, self.calendars, self.now = conn, city, calendars, now
        self._now = epoch(now)
        self._known: dict[tuple[object, ...], Terms | None] = {}

    def of(self, ids: Sequence[int]) -> list[CaseRow]:
        """The rows of these cases, in this order."""
        rows = self.conn.execute(select(*CASE_ROW_COLUMNS).where(case.c.id.in_(ids))).mappings().all()
        found = {row["id"]: self.row(row) for row in rows}
        return [found[case_id] for case_id in ids if case_id in found]

    def row(self, row: RowMapping, *, both: bool = False) -> CaseRow:
        """One row; a private case has neither title nor village.

        both: with the clock of who holds it even where the citizen's runs.
        """
        terms, private = self._terms(row), row["private"]
        citizen = None if terms is None else self._citizen(row, terms)
        return CaseRow(
            id=row["id"],
            code=row["code"],
            category=row["category"],
            title="" if private else row["title"],
            village=None if private else village_name(row["village"]),
            agency=row["agency"],
            state=_STATES[row["state"]],
            private=private,
            critical=row["priority"] == Priority.CRITICAL,
            received=moment(row["received_at"]),
            citizen=citizen,
            hold=self._hold(row, terms) if terms is not None and (both or citizen is None) else None,
            folded=row["folded"],
            demo=row["demo"],
            promised=None if row["promised_at"] is None else moment(row["promised_at"]),
        )

    def left_s(self, row: RowMapping) -> float:
        """How much working time the citizen's running clock has left, infinite without one: it chooses the rows."""
        terms = self._terms(row)
        if terms is None or row["next_due_at"] is None:
            return math.inf
        left = self._left(self._calendars(row)(terms.policy.calendar), row["next_due_at"])
        return math.inf if left is None else left

    def _terms(self, row: RowMapping) -> Terms | None:
        """None when the policy is no longer configured: then there is no countdown."""
        key = (row["policy"], row["policy_version"], row["category"], row["service_class"])
        if key not in self._known:
            self._known[key] = self._terms_by(*key)
        return self._known[key]

    def _terms_by(self, policy: str, version: int, category: str, service_class: str) -> Terms | None:
        try:
            return Terms(self.city, self.calendars, category, policy_of(self.city, policy, version), service_class)
        except KeyError:
            return None

    def _citizen(self, row: RowMapping, terms: Terms) -> Countdown | None:
        if row["next_due_at"] is None:
            return None
        kind, calendar = _KINDS[row["next_clock"]], self._calendars(row)(terms.policy.calendar)
        left = self._left(calendar, row["next_due_at"])
        if left is None:
            return None
        moments = (row["next_start_at"], row["next_due_at"], row["next_warn_at"])
        return _running(kind, calendar, target_of(terms.policy, kind), moments, left)

    def _hold(self, row: RowMapping, terms: Terms) -> Countdown | None:
        start, due = row["held_at"], row["hold_due_at"]
        if start is None:
            return None
        if row["paused_at"] is not None:
            return self._paused_hold(row, terms)
        if due is None:
            return None
        calendar = hold_calendar(self.city, self._calendars(row), terms.policy, row["agency"], None)
        target = target_of(terms.policy, ClockKind.HOLD)
        left = self._left(calendar, due)
        if left is None:
            return None
        return _running(ClockKind.HOLD, calendar, target, (start, due, self._warn(calendar, target, start, due)), left)

    def _calendars(self, row: RowMapping) -> CalendarOf:
        """The calendars that judge the running clocks of an open case."""
        return self.calendars.judging(row["received_at"], None)

    def _left(self, calendar: Calendar, due: int) -> int | None:
        """Working seconds; None when the calendar does not reach that far."""
        try:
            return calendar.worked(self._now, due)
        except HorizonError:
            return None

    def _warn(self, calendar: Calendar, target: int, start: int, due: int) -> int:
        """When a running clock has used, or will have used, the warning share of its target; earlier pauses are counted
        by the working time that is left."""
        ahead = calendar.worked(self._now, due) - round(target * (1 - self.city.warn_at))
        return calendar.due(self._now, ahead) if ahead > 0 else max(start, min(self._now, due))

    def _paused_hold(self, row: RowMapping, terms: Terms) -> Countdown | None:
        """A paused hold clock, computed from the case's events, because the row does not contain the time left."""
        every = clocks(events_of(self.conn, row["id"]), terms, self.now)
        held = [clock for clock in every if clock.kind is ClockKind.HOLD and clock.stopped_at is None]
        if not held:
            return None
        clock = held[-1]
        due, left = clock.due_at or self.now, clock.remaining_s
        assert left is not None  # only a clock that has stopped can be undated
        used = 1 - left / clock.target_s if clock.target_s else 1.0
        return Countdown(clock.kind, clock.calendar, clock.started_at, due, due, left, used, paused=True)


def _running(kind: ClockKind, calendar: Calendar, target: int, moments: tuple[int, int, int], left: int) -> Countdown:
    """`moments`: start, due, warn."""
    start, due, warn = (moment(at) for at in moments)
    used = 1 - left / target if target else 1.0
    return Countdown(kind, calendar.spec.key, start, due, warn, left, used, paused=False)


def village_name(code: str | None) -> str | None:
    """The name of a village or kecamatan by its code; None for None, an unknown code is returned unchanged."""
    if code is None:
        return None
    if code in DISTRICTS:
        return f"Kec. {DISTRICTS[code]}"
    return by_code[code].name if code in by_code else code
