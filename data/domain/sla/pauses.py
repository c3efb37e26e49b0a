"""What pauses do besides stopping clocks: how much of a case's open working time was spent paused, by the agency that
held it then; and when a wait for the citizen closes its case.

A transfer moves no pause to another agency, and a reopening none out of sight: each second of working time counts once,
for who held the case in that second. What nobody held counts for the triage queue. Time that begins or ends without a
date has no length and is left out.

A case that waits for its citizen closes by itself so long after the last asking as its category says. A pause that ends
before, because its cap is used up, closes nothing: the agency goes on with what it has.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from data.domain.cases.commands.model import CITIZEN_PAUSE
from data.domain.cases.model import CaseEvent, Undated
from data.domain.city.model import TRIAGE, City
from data.domain.sla.history import OPEN, Cycle, History, read_history
from data.domain.sla.terms import Terms
from data.domain.sla.worktime import Calendar, moment

_NEVER = sys.maxsize


class HeldTime(NamedTuple):
    """The working seconds that cases were open with one agency, and how many of these they were paused."""

    agency: str
    paused_s: int
    total_s: int


def held_times(history: History, calendar: Calendar, start: int, end: int) -> Iterator[HeldTime]:
    """Between two moments, one for each time that somebody held the case. Raises HorizonError."""
    for cycle in history.cycles:
        for agency, began, ended in _holders(cycle):
            since, until = max(start, began), min(end, ended)
            if since < until:
                paused = sum(calendar.worked(a, b) for a, b in _pauses(cycle, since, until))
                yield HeldTime(agency, paused, calendar.worked(since, until))


def _holders(cycle: Cycle) -> Iterator[tuple[str, int, int]]:
    """(agency, since, until) of the whole cycle, none of them empty; only what is undated is left out."""
    at, is_dated, finish = cycle.started, not cycle.undated & Undated.START, _NEVER
    if cycle.finished is not None:
        finish = cycle.finished
    for hold in cycle.holds:
        since, until = max(at, hold.since), min(finish, _NEVER if hold.until is None else hold.until)
        if at < since and is_dated and hold.begins_dated:
            yield TRIAGE, at, since
        if since < until and hold.is_dated:
            yield hold.agency, since, until
        at, is_dated = until, hold.ends_dated
    if at < finish and is_dated and not cycle.undated & Undated.END:
        yield TRIAGE, at, finish


def _pauses(cycle: Cycle, start: int, end: int) -> Iterator[tuple[int, int]]:
    for pause in cycle.pauses:
        since, until = max(start, pause.since), min(end, end if pause.until is None else pause.until)
        if since < until:
            yield since, until


def closes_after(city: City, category: str, reason: str | None) -> timedelta | None:
    """Of a pause with this reason; None: it closes nothing."""
    known = city.categories.get(category)
    return None if known is None or reason != CITIZEN_PAUSE else known.closes_after


def closes_at(events: Iterable[CaseEvent], terms: Terms) -> datetime | None:
    """The moment, of a case whose last pause was not ended before it; past or to come. None: it does not close."""
    history = read_history(events, terms)
    pauses = history.cycle.pauses
    if history.state not in OPEN or not pauses:
        return None
    after = closes_after(terms.city, history.category, pauses[-1].reason)
    if after is None:
        return None
    at = pauses[-1].since + int(after.total_seconds())
    until = pauses[-1].until
    return moment(at) if until is None or at <= until else None
