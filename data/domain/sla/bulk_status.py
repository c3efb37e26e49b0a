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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.domain.cases.model import CaseState
from data.domain.city.model import City, Policy
from data.domain.sla.bulk_eligible import NONE, BulkRow
from data.domain.sla.case_status import CITIZEN_CLOCKS
from data.domain.sla.clock_intervals import ClockKind, target_of
from data.domain.sla.terms import hold_calendar, legal_days
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
    def open(self) -> Flags:
        ends = np.maximum(np.maximum(self.resolved, self.closed), self.rejected)
        return np.equal(ends, NONE)


def case_status_many(batch: Batch, city: City, calendars: Mapping[str, Calendar]) -> dict[str, list[Cell]]:
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


def _row_calendars(calendars: Sequence[Calendar]) -> _RowCalendars:
    places: dict[int, list[int]] = {}
    for row, calendar in enumerate(calendars):
        places.setdefault(id(calendar), []).append(row)
    grouped = ((calendars[rows[0]], np.array(rows, dtype=np.intp)) for rows in places.values())
    return _RowCalendars(tuple(grouped))


@dataclass(frozen=True, slots=True)
class _Policies:
    """The distinct policies of a batch, and for each row the index of its policy."""

    distinct: tuple[Policy, ...]
    index: NDArray[np.intp]

    def targets(self, kind: ClockKind) -> Seconds:
        """Each row's target."""
        return np.array([target_of(policy, kind) for policy in self.distinct], dtype=np.int64)[self.index]


def _policies(policies: Sequence[Policy]) -> _Policies:
    distinct = {id(policy): policy for policy in policies}
    place = {key: n for n, key in enumerate(distinct)}
    return _Policies(tuple(distinct.values()), np.array([place[id(policy)] for policy in policies], dtype=np.intp))


def _clocks(batch: Batch, m: _Moments, city: City, calendars: Mapping[str, Calendar]) -> dict[ClockKind, _Clock]:
    policies = _policies(batch.policies)
    own = _row_calendars([calendars[policy.calendar] for policy in batch.policies])
    agencies = _row_calendars(_hold_calendars(batch, city, calendars))
    new, unanswered = m.open & (m.dispatched == NONE), m.open & (m.dispatched != NONE) & (m.answered == NONE)
    unheard = (m.dispatched == NONE) & (m.answered == NONE)
    respond_start = np.where(unheard, m.ended, m.dispatched)
    return {
        ClockKind.VERIFY: _clock(policies.targets(ClockKind.VERIFY), own, m.received, new),
        ClockKind.RESPOND: _clock(policies.targets(ClockKind.RESPOND), own, respond_start, unanswered),
        ClockKind.RESOLVE: _clock(policies.targets(ClockKind.RESOLVE), own, m.received, m.open),
        ClockKind.HOLD: _clock(policies.targets(ClockKind.HOLD), agencies, m.dispatched, m.open),
        ClockKind.LEGAL: _legal(batch, m, city, calendars),
    }


def _hold_calendars(batch: Batch, city: City, calendars: Mapping[str, Calendar]) -> list[Calendar]:
    known: dict[tuple[int, str], Calendar] = {}
    for policy, row in zip(batch.policies, batch.rows, strict=True):
        if (id(policy), row.agency) not in known:
            known[id(policy), row.agency] = hold_calendar(city, calendars, policy, row.agency)
    return [known[id(policy), row.agency] for policy, row in zip(batch.policies, batch.rows, strict=True)]


def _clock(target: Seconds, calendars: _RowCalendars, start: Seconds, running: Flags) -> _Clock:
    return _Clock(start, target, calendars.add(start, target, start != NONE), running, calendars)


def _legal(batch: Batch, m: _Moments, city: City, calendars: Mapping[str, Calendar]) -> _Clock:
    calendar = calendars[city.legal_calendar]
    days = np.array([legal_days(city, name) for name in batch.service_classes], dtype=np.int64)
    _, close = calendar.days_after_many(m.received, days)
    return _Clock(m.received, days, close, m.open, _RowCalendars(()))


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
