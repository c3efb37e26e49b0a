"""How much of a case's open working time was spent paused, by the agency that held it then.

A transfer moves no pause to another agency, and a reopening none out of sight: each second of working time counts once,
for who held the case in that second. What nobody held counts for the triage queue.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from data.domain.city.model import TRIAGE
from data.domain.sla.history import Cycle, History
from data.domain.sla.worktime import Calendar


class HeldTime(NamedTuple):
    """The working seconds that cases were open with one agency, and how many of these they were paused."""

    agency: str
    paused_s: int
    total_s: int


def held_times(history: History, calendar: Calendar, start: int, end: int) -> Iterator[HeldTime]:
    """Between two moments, one for each time that somebody held the case. Raises HorizonError."""
    for cycle in history.cycles:
        finish = end if cycle.finished is None else min(end, cycle.finished)
        for agency, since, until in _holders(cycle, max(start, cycle.started), finish):
            paused = sum(calendar.worked(a, b) for a, b in _pauses(cycle, since, until))
            yield HeldTime(agency, paused, calendar.worked(since, until))


def _holders(cycle: Cycle, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """(agency, since, until) from start to end without gaps, none of them empty."""
    at = start
    for hold in cycle.holds:
        since, until = max(at, hold.since), min(end, end if hold.until is None else hold.until)
        if since < until:
            if at < since:
                yield TRIAGE, at, since
            yield hold.agency, since, until
            at = until
    if at < end:
        yield TRIAGE, at, end


def _pauses(cycle: Cycle, start: int, end: int) -> Iterator[tuple[int, int]]:
    for pause in cycle.pauses:
        since, until = max(start, pause.since), min(end, end if pause.until is None else pause.until)
        if since < until:
            yield since, until
