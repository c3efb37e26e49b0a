"""The case status of many bulk-eligible histories at once: `case_status`, vectorised for imports.

    rows = [bulk_row(events) for events in histories]          # None: not bulk-eligible, use `case_status`
    columns = case_status_many(Batch(rows, categories, policies, service_classes), city, calendars)

In: one row a case (see `bulk_row`) with its category, its policy and its service class. Category and policy are those
in force at receipt; they must agree with a RECEIVED event that carries them.
Out: for every field of CaseStatus a list in the order of the rows, in the store's form: epoch seconds, texts, booleans,
None. There is no `now`, because a bulk-eligible history has no pause.
One row outside a calendar's horizon raises HorizonError for the whole batch: then compute the rows one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.domain.cases.model import CaseState
from data.domain.city.model import City, Policy
from data.domain.sla.bulk_eligible import NONE, BulkRow
from data.domain.sla.calendars import CalendarOf, Calendars
from data.domain.sla.case_status import CITIZEN_CLOCKS
from data.domain.sla.clock_intervals import ClockKind, target_of
from data.domain.sla.terms import hold_calendar, legal_limit
from data.domain.sla.worktime import Calendar, Seconds

Cell = int | str | bool | None
Flags = NDArray[np.bool_]

_NEVER = int(np.iinfo(np.int64).max)


class Batch(NamedTuple):
    """Rows, and for each row the facts of its case, in the same order."""

    rows: Sequence[BulkRow]
    categories: Sequence[str]
    policies: Sequence[Policy]
    service_classes: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Moments:
    """The rows as arrays, field by field."""

    received: Seconds
    dispatched: Seconds
    acknowledged: Seconds
    answered: Seconds
    resolved: Seconds
    closed: Seconds
    rejected: Seconds
    updated: Seconds
    worked: Seconds
    undated: Seconds

    @property
    def ended(self) -> Seconds:
        """Resolved, else closed; NONE of an open or a rejected case."""
        return np.where(self.resolved != NONE, self.resolved, self.closed)

    @property
    def finished(self) -> Seconds:
        """When the work ended: the resolution, else the end; NONE of an open case."""
        return np.where(self.resolved != NONE, self.resolved, np.maximum(self.closed, self.rejected))

    @property
    def open(self) -> Flags:
        ends = np.maximum(np.maximum(self.resolved, self.closed), self.rejected)
        return np.equal(ends, NONE)


def case_status_many(batch: Batch, city: City, calendars: Calendars) -> dict[str, list[Cell]]:
    """The CaseStatus of every row, column by column: see the module. Raises HorizonError, KeyError."""
    if not batch.rows:
        return {}
    moments = _moments(batch.rows)
    clocks = _clocks(batch, moments, city, calendars)
    return {
        **_copied_columns(batch),
        **{name: _cells(column) for name, column in _moment_columns(moments).items()},
        "undated": moments.undated.tolist(),
        "state": _states(moments),
        "open": moments.open.tolist(),
        **{f"{kind}_due_at": _cells(clock.due) for kind, clock in clocks.items()},
        **_next_clock_columns(moments, [clocks[kind] for kind in CITIZEN_CLOCKS], city.warn_at),
    }


def _moments(rows: Sequence[BulkRow]) -> _Moments:
    """All fields but the last, the agency."""
    table = np.array([row[:-1] for row in rows], dtype=np.int64)
    return _Moments(*(table[:, n] for n in range(table.shape[1])))


def _copied_columns(batch: Batch) -> dict[str, list[Cell]]:
    """The columns that need no computation."""
    n = len(batch.rows)
    return {
        "category": list(batch.categories),
        "policy": [policy.code for policy in batch.policies],
        "policy_version": [policy.version for policy in batch.policies],
        "agency": [row.agency for row in batch.rows],
        "cycle": [1] * n,
        "paused_at": [None] * n,
    }


def _moment_columns(m: _Moments) -> dict[str, Seconds]:
    return {
        "received_at": m.received,
        "dispatched_at": m.dispatched,
        "acknowledged_at": m.acknowledged,
        "answered_at": m.answered,
        "first_resolved_at": m.resolved,
        "resolved_at": m.resolved,
        "ended_at": np.maximum(m.closed, m.rejected),
        "updated_at": m.updated,
        "held_at": m.dispatched,
    }


def _states(m: _Moments) -> list[Cell]:
    """For each row the last state of this table whose condition holds."""
    steps = (
        (CaseState.RECEIVED, m.received != NONE),
        (CaseState.DISPATCHED, m.dispatched != NONE),
        (CaseState.ACKNOWLEDGED, m.acknowledged != NONE),
        (CaseState.IN_PROGRESS, m.worked != 0),
        (CaseState.RESOLVED, m.resolved != NONE),
        (CaseState.CLOSED, m.closed != NONE),
        (CaseState.REJECTED, m.rejected != NONE),
    )
    reached = np.zeros(len(m.received), dtype=np.int64)
    for n, (_, holds) in enumerate(steps):
        reached[holds] = n
    names = [state.value for state, _ in steps]
    return [names[n] for n in reached.tolist()]


@dataclass(frozen=True, slots=True)
class _Clock:
    """One kind of clock for every row; `start` and `due` are NONE where it has not started."""

    start: Seconds
    target: Seconds
    due: Seconds
    running: Flags
    calendars: _RowCalendars


@dataclass(frozen=True, slots=True)
class _RowCalendars:
    """The calendar of each row, grouped: each calendar with the numbers of its rows, so that it is called once."""

    rows_of: tuple[tuple[Calendar, NDArray[np.intp]], ...]

    def add(self, starts: Seconds, seconds: Seconds, mask: Flags) -> Seconds:
        """Each start plus working seconds; NONE where `mask` is False."""
        due = np.full(starts.shape, NONE)
        for calendar, rows in self.rows_of:
            some = rows[mask[rows]]
            due[some] = calendar.add_many(starts[some], seconds[some])
        return due

    def days_after(self, starts: Seconds, days: Seconds) -> Seconds:
        """The close of the last of each row's working days."""
        close = np.full(starts.shape, NONE)
        for calendar, rows in self.rows_of:
            close[rows] = calendar.days_after_many(starts[rows], days[rows])[1]
        return close


def _row_calendars(calendars: Sequence[Calendar]) -> _RowCalendars:
    places: dict[int, list[int]] = {}
    for row, calendar in enumerate(calendars):
        places.setdefault(id(calendar), []).append(row)
    grouped = ((calendars[rows[0]], np.array(rows, dtype=np.intp)) for rows in places.values())
    return _RowCalendars(tuple(grouped))


class _Judge:
    """The policies and calendars that judge each row's clocks, by when these stopped (NONE: they run)."""

    def __init__(self, batch: Batch, moments: _Moments, city: City, calendars: Calendars) -> None:
        self._batch, self._moments, self._city, self._calendars = batch, moments, city, calendars
        distinct = {id(policy): policy for policy in batch.policies}
        edited = (
            *(policy.earlier for policy in distinct.values()),
            *(agency.earlier for agency in city.agencies.values()),
            *(service_class.earlier for service_class in city.classes.values()),
        )
        self._is_plain = calendars.is_plain and not any(edited)
        """Nothing depends on moments."""

    def clock(self, kind: ClockKind, life: tuple[Seconds, Seconds], running: Flags) -> _Clock:
        """life: start and stop of each row."""
        start, stop = life
        policies, calendars_of = self._policies(stop), self._calendars_of(stop)
        target = _targets(policies, kind)
        calendars = _row_calendars(self._of_each(kind, policies, calendars_of, self._stops(stop)))
        return _Clock(start, target, calendars.add(start, target, start != NONE), running, calendars)

    def legal(self) -> _Clock:
        m, stops = self._moments, self._stops(self._moments.finished)
        limits = [legal_limit(self._city, *each) for each in zip(self._batch.service_classes, stops, strict=True)]
        days = np.array([limit.working_days for limit in limits], dtype=np.int64)
        pairs = zip(limits, self._calendars_of(m.finished), strict=True)
        calendars = _row_calendars([of(limit.calendar) for limit, of in pairs])
        return _Clock(m.received, days, calendars.days_after(m.received, days), m.open, _RowCalendars(()))

    def _policies(self, stop: Seconds) -> Sequence[Policy]:
        if self._is_plain:
            return self._batch.policies
        return [policy.at(at) for policy, at in zip(self._batch.policies, self._stops(stop), strict=True)]

    def _calendars_of(self, stop: Seconds) -> Sequence[CalendarOf]:
        if self._is_plain:
            return [self._calendars.judging(0, None)] * len(stop)
        received = self._moments.received.tolist()
        return [self._calendars.judging(at, end) for at, end in zip(received, self._stops(stop), strict=True)]

    def _stops(self, stop: Seconds) -> list[int | None]:
        """None for a clock that runs, and for every one where nothing depends on it."""
        return [None] * len(stop) if self._is_plain else [None if at == NONE else at for at in stop.tolist()]

    def _of_each(
        self,
        kind: ClockKind,
        policies: Sequence[Policy],
        calendars_of: Sequence[CalendarOf],
        stops: Sequence[int | None],
    ) -> list[Calendar]:
        if kind is not ClockKind.HOLD:
            return [of(policy.calendar) for policy, of in zip(policies, calendars_of, strict=True)]
        known: dict[tuple[int, int, str, int | None], Calendar] = {}
        found = []
        for policy, of, row, stop in zip(policies, calendars_of, self._batch.rows, stops, strict=True):
            key = id(policy), id(of), row.agency, stop
            if key not in known:
                known[key] = hold_calendar(self._city, of, policy, row.agency, stop)
            found.append(known[key])
        return found


def _targets(policies: Sequence[Policy], kind: ClockKind) -> Seconds:
    distinct = {id(policy): policy for policy in policies}
    known = {key: target_of(policy, kind) for key, policy in distinct.items()}
    return np.array([known[id(policy)] for policy in policies], dtype=np.int64)


def _earliest(a: Seconds, b: Seconds) -> Seconds:
    """NONE only where both are."""
    return np.where(a == NONE, b, np.where(b == NONE, a, np.minimum(a, b)))


def _clocks(batch: Batch, m: _Moments, city: City, calendars: Calendars) -> dict[ClockKind, _Clock]:
    judge = _Judge(batch, m, city, calendars)
    new, unanswered = m.open & (m.dispatched == NONE), m.open & (m.dispatched != NONE) & (m.answered == NONE)
    unheard = (m.dispatched == NONE) & (m.answered == NONE)
    respond_start = np.where(unheard, m.ended, m.dispatched)
    answered_or_over = _earliest(m.answered, m.finished)
    respond_stop = np.where(answered_or_over == NONE, NONE, np.maximum(respond_start, answered_or_over))
    verify_life, resolve_life = (m.received, _earliest(m.dispatched, m.finished)), (m.received, m.finished)
    return {
        ClockKind.VERIFY: judge.clock(ClockKind.VERIFY, verify_life, new),
        ClockKind.RESPOND: _owed(judge.clock(ClockKind.RESPOND, (respond_start, respond_stop), unanswered), m),
        ClockKind.RESOLVE: judge.clock(ClockKind.RESOLVE, resolve_life, m.open),
        ClockKind.HOLD: judge.clock(ClockKind.HOLD, (m.dispatched, m.finished), m.open),
        ClockKind.LEGAL: judge.legal(),
    }


def _owed(respond: _Clock, m: _Moments) -> _Clock:
    """No answer is owed for a case that was rejected by the time it was due: see `answers`."""
    refused_in_time = (m.rejected != NONE) & (m.rejected <= respond.due)
    return replace(respond, due=np.where(refused_in_time, NONE, respond.due))


def _next_clock_columns(m: _Moments, citizen: list[_Clock], warn_at: float) -> dict[str, list[Cell]]:
    """Of each row's running clocks the one due first; of equal ones the first in the order of CITIZEN_CLOCKS."""
    index = np.argmin([np.where(clock.running, clock.due, _NEVER) for clock in citizen], axis=0)
    chosen = [clock.running & (index == n) for n, clock in enumerate(citizen)]
    warns = [
        clock.calendars.add(clock.start, np.rint(clock.target * warn_at).astype(np.int64), mine)
        for clock, mine in zip(citizen, chosen, strict=True)
    ]
    names = [kind.value for kind in CITIZEN_CLOCKS]
    return {
        "next_clock": [
            names[n] if running else None for n, running in zip(index.tolist(), m.open.tolist(), strict=True)
        ],
        "next_due_at": _cells(np.select(chosen, [clock.due for clock in citizen], NONE)),
        "next_warn_at": _cells(np.select(chosen, warns, NONE)),
        "next_start_at": _cells(np.select(chosen, [clock.start for clock in citizen], NONE)),
    }


def _cells(column: Seconds) -> list[Cell]:
    return [None if value == NONE else value for value in column.tolist()]
