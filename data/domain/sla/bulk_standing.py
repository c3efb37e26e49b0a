"""Standings of many bulk-eligible histories at once: the vectorised twin of `standing`, for imports.

    rows = [bulk_row(events) for events in histories]          # None: not bulk-eligible, use `standing`
    columns = standing_many(Batch(rows, categories, policies, service_classes), city, calendars)

In: one row a case (see `bulk_row`), beside it its category and policy (in force at receipt, which a
RECEIVED event that carries them must agree with) and its service class; rows need no grouping.
Out: for every field of Standing a list in the order of the rows, as the store keeps it: epoch seconds,
texts, booleans, None. There is no `now`, since nothing pauses in a bulk-eligible history.
One row outside a calendar's horizon raises HorizonError for the batch: ask for that row alone.
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
from data.domain.sla.clock_intervals import ClockKind, target_of
from data.domain.sla.standing import CITIZEN
from data.domain.sla.terms import hold_calendar, legal_days
from data.domain.sla.worktime import Calendar, Seconds

Cell = int | str | bool | None
Flags = NDArray[np.bool_]

_NEVER = int(np.iinfo(np.int64).max)


class Batch(NamedTuple):
    """Rows, and beside each what its case is."""

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

    @property
    def open(self) -> Flags:
        ends = np.maximum(np.maximum(self.resolved, self.closed), self.rejected)
        return np.equal(ends, NONE)


def standing_many(batch: Batch, city: City, calendars: Mapping[str, Calendar]) -> dict[str, list[Cell]]:
    """The Standing of every row, column by column: see the module. Raises HorizonError, KeyError."""
    if not batch.rows:
        return {}
    moments = _moments(batch.rows)
    clocks = _clocks(batch, moments, city, calendars)
    return {
        **_told(batch),
        **{name: _cells(column) for name, column in _happened(moments).items()},
        "state": _states(moments),
        "open": moments.open.tolist(),
        **{f"{kind}_due_at": _cells(clock.due) for kind, clock in clocks.items()},
        **_next(moments, [clocks[kind] for kind in CITIZEN], city.warn_at),
    }


def _moments(rows: Sequence[BulkRow]) -> _Moments:
    """All fields but the last, the agency."""
    table = np.array([row[:-1] for row in rows], dtype=np.int64)
    return _Moments(*(table[:, n] for n in range(table.shape[1])))


def _told(batch: Batch) -> dict[str, list[Cell]]:
    """What needs no arithmetic."""
    n = len(batch.rows)
    return {
        "category": list(batch.categories),
        "policy": [policy.code for policy in batch.policies],
        "policy_version": [policy.version for policy in batch.policies],
        "agency": [row.agency for row in batch.rows],
        "cycle": [1] * n,
        "paused_at": [None] * n,
    }


def _happened(m: _Moments) -> dict[str, Seconds]:
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
    """The last of these that holds."""
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
    """One clock of every row: NONE where it has not started, whether it runs, and how to add to it."""

    start: Seconds
    target: Seconds
    due: Seconds
    running: Flags
    adding: _Adding


@dataclass(frozen=True, slots=True)
class _Adding:
    """Each row's calendar: the rows of each by number, so that a calendar is asked once for all of them."""

    rows_of: tuple[tuple[Calendar, NDArray[np.intp]], ...]

    def to(self, starts: Seconds, seconds: Seconds, wanted: Flags) -> Seconds:
        """Each start plus working seconds; NONE where not wanted."""
        due = np.full(starts.shape, NONE)
        for calendar, rows in self.rows_of:
            some = rows[wanted[rows]]
            due[some] = calendar.add_many(starts[some], seconds[some])
        return due


def _adding(calendars: Sequence[Calendar]) -> _Adding:
    places: dict[int, list[int]] = {}
    for row, calendar in enumerate(calendars):
        places.setdefault(id(calendar), []).append(row)
    grouped = ((calendars[rows[0]], np.array(rows, dtype=np.intp)) for rows in places.values())
    return _Adding(tuple(grouped))


@dataclass(frozen=True, slots=True)
class _Policies:
    """The few policies of a batch, and which of them each row is under."""

    distinct: tuple[Policy, ...]
    which: NDArray[np.intp]

    def targets(self, kind: ClockKind) -> Seconds:
        """Each row's target."""
        return np.array([target_of(policy, kind) for policy in self.distinct], dtype=np.int64)[self.which]


def _policies(policies: Sequence[Policy]) -> _Policies:
    distinct = {id(policy): policy for policy in policies}
    place = {key: n for n, key in enumerate(distinct)}
    return _Policies(tuple(distinct.values()), np.array([place[id(policy)] for policy in policies], dtype=np.intp))


def _clocks(batch: Batch, m: _Moments, city: City, calendars: Mapping[str, Calendar]) -> dict[ClockKind, _Clock]:
    policies = _policies(batch.policies)
    own = _adding([calendars[policy.calendar] for policy in batch.policies])
    agencies = _adding(_hold_calendars(batch, city, calendars))
    new, unanswered = m.open & (m.dispatched == NONE), m.open & (m.dispatched != NONE) & (m.answered == NONE)
    return {
        ClockKind.VERIFY: _clock(policies.targets(ClockKind.VERIFY), own, m.received, new),
        ClockKind.RESPOND: _clock(policies.targets(ClockKind.RESPOND), own, m.dispatched, unanswered),
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


def _clock(target: Seconds, adding: _Adding, start: Seconds, running: Flags) -> _Clock:
    return _Clock(start, target, adding.to(start, target, start != NONE), running, adding)


def _legal(batch: Batch, m: _Moments, city: City, calendars: Mapping[str, Calendar]) -> _Clock:
    calendar = calendars[city.legal_calendar]
    days = np.array([legal_days(city, name) for name in batch.service_classes], dtype=np.int64)
    _, close = calendar.days_after_many(m.received, days)
    return _Clock(m.received, days, close, m.open, _Adding(()))


def _next(m: _Moments, citizen: list[_Clock], warn_at: float) -> dict[str, list[Cell]]:
    """Of each row's running clocks the one due first, of equal ones the first in the life of a case."""
    which = np.argmin([np.where(clock.running, clock.due, _NEVER) for clock in citizen], axis=0)
    chosen = [clock.running & (which == n) for n, clock in enumerate(citizen)]
    warns = [
        clock.adding.to(clock.start, np.rint(clock.target * warn_at).astype(np.int64), mine)
        for clock, mine in zip(citizen, chosen, strict=True)
    ]
    names = [kind.value for kind in CITIZEN]
    return {
        "next_clock": [
            names[n] if running else None for n, running in zip(which.tolist(), m.open.tolist(), strict=True)
        ],
        "next_due_at": _cells(np.select(chosen, [clock.due for clock in citizen], NONE)),
        "next_warn_at": _cells(np.select(chosen, warns, NONE)),
        "next_start_at": _cells(np.select(chosen, [clock.start for clock in citizen], NONE)),
    }


def _cells(column: Seconds) -> list[Cell]:
    return [None if value == NONE else value for value in column.tolist()]
