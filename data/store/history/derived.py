"""The columns of some cases, from their rows and events: what is resident, computed as the store computes its own.

What only some cases have (pauses, reopenings) is read from their events one by one; all else column by column.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.domain.cases.model import CaseState, Undated
from data.domain.city.model import TRIAGE, City
from data.domain.history.columns import NONE, OUTSIDE_S, STATES, UNKNOWN_S, End
from data.domain.sla.answers import answer_due
from data.domain.sla.calendars import Calendars
from data.domain.sla.clock_intervals import ClockKind, clock_intervals
from data.domain.sla.history import Cycle, History
from data.domain.sla.terms import Terms, policy_of
from data.domain.sla.worktime import Calendar

Column = NDArray[Any]
_ANSWER_TIME = int(Undated.DISPATCH | Undated.ANSWER)


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides durations: the city's policies and calendars, as they are or were at some moment."""

    city: City
    calendars: Calendars


def ends(state: Column, resolved: Column, ended: Column) -> Column:
    """The End of each present cycle; `state`: places in STATES."""
    end = np.full(len(state), int(End.OPEN), dtype=np.uint8)
    end[ended != NONE] = End.CLOSED
    end[resolved != NONE] = End.RESOLVED
    end[state == STATES.index(CaseState.REJECTED)] = End.REJECTED
    end[state == STATES.index(CaseState.MERGED)] = End.MERGED
    return end


def answer_worked(
    rules: Rules, policies: Sequence[tuple[str, int]], cycles: Mapping[str, Column]
) -> NDArray[np.uint32]:
    """Working seconds from dispatch to answer; UNKNOWN_S and OUTSIDE_S as in `data.store.queries.figures.answer_times`.

    cycles: received, dispatched, answered, undated.
    """
    received, dispatched, answered, undated = (cycles[n] for n in ("received", "dispatched", "answered", "undated"))
    worked = np.full(len(received), UNKNOWN_S, dtype=np.uint32)
    dated = (undated & _ANSWER_TIME) == 0
    rows = np.flatnonzero((answered != NONE) & (dispatched != NONE) & dated)
    for calendar, mine in _by_calendar(rules, policies, received, answered, rows):
        starts = dispatched[mine].astype(np.int64)
        worked[mine] = _worked(calendar, starts, np.maximum(starts, answered[mine].astype(np.int64)))
    return worked


def _by_calendar(
    rules: Rules, policies: Sequence[tuple[str, int]], received: Column, answered: Column, rows: Column
) -> list[tuple[Calendar, Column]]:
    """The rows by the calendar that judges each answer; without those whose policy is no longer configured."""
    groups: dict[Calendar, list[int]] = defaultdict(list)
    known: dict[tuple[str, int], Any] = {}
    for row in rows.tolist():
        key = policies[row]
        if key not in known:
            known[key] = _policy(rules.city, key)
        policy = known[key]
        if policy is not None:
            stop = int(answered[row])
            try:
                calendar = rules.calendars.judging(int(received[row]), stop)(policy.at(stop).calendar)
            except KeyError:
                continue
            groups[calendar].append(row)
    return [(calendar, np.array(mine, dtype=np.intp)) for calendar, mine in groups.items()]


def _policy(city: City, key: tuple[str, int]) -> Any:
    try:
        return policy_of(city, *key)
    except KeyError:
        return None


def _worked(calendar: Calendar, starts: Column, stops: Column) -> Column:
    if calendar.spec.always:
        return stops - starts
    known = calendar.covers_many(starts) & calendar.covers_many(stops + 1)
    found = np.full(len(starts), UNKNOWN_S, dtype=np.int64)
    begin, end = starts[known], stops[known]
    lengths = calendar.between_many(begin, end)
    outside = (lengths == 0) & (calendar.between_many(end, end + 1) == 0)
    found[known] = np.where(outside, OUTSIDE_S, lengths)
    return found


def former_row(history: History, terms: Terms, cycle: Cycle) -> dict[str, int]:
    """A cycle before the present one as a row of FormerColumns, without `row` and `answer_worked`."""
    clocks = {interval.kind: interval for interval in clock_intervals(history, terms, cycle)}
    return {
        "started": cycle.started,
        "dispatched": cycle.dispatched or NONE,
        "answered": cycle.answered or NONE,
        "verify_due": _due(clocks, ClockKind.VERIFY),
        "answer_due": answer_due(clocks.get(ClockKind.RESPOND), cycle) or NONE,
        "resolve_due": _due(clocks, ClockKind.RESOLVE),
        "limit_due": _due(clocks, ClockKind.LEGAL),
        "finished": cycle.finished or NONE,
        "end": _end_of(history, cycle),
        "undated": int(cycle.undated),
    }


def paused_seconds(history: History) -> int:
    """Of the pauses in cycles that are over."""
    over = [cycle for cycle in history.cycles if cycle.finished is not None]
    return sum(max(0, _stop(pause.until, cycle) - pause.since) for cycle in over for pause in cycle.pauses)


def pause_rows(case_id: int, history: History) -> Iterator[tuple[int, str, str, int, int | None]]:
    """(case, who held it, reason, since, until) of every pause that lasted; until as in PauseColumns."""
    for cycle in history.cycles:
        for pause in cycle.pauses:
            ends = [at for at in (pause.until, cycle.finished) if at is not None]
            until = min(ends, default=None)
            if until is None or until > pause.since:
                yield case_id, _holder(cycle, pause.since), pause.reason, pause.since, until


def _holder(cycle: Cycle, at: int) -> str:
    """The triage queue when no agency did."""
    held = (hold.agency for hold in reversed(cycle.holds) if hold.since <= at)
    return next(held, TRIAGE)


def _stop(until: int | None, cycle: Cycle) -> int:
    finished = cycle.finished or 0
    return finished if until is None else min(until, finished)


def _due(clocks: Mapping[ClockKind, Any], kind: ClockKind) -> int:
    interval = clocks.get(kind)
    return NONE if interval is None else interval.due() or NONE


def _end_of(history: History, cycle: Cycle) -> int:
    if cycle.refused:
        return End.REJECTED
    return End.RESOLVED if cycle.resolved is not None else End.CLOSED
