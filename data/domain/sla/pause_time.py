"""How much of a case's open working time was spent paused, by the agency that held it then.

A transfer moves no pause to another agency, and a reopening none out of sight: each second of working time counts once,
for who held the case in that second. What nobody held counts for the triage queue. Time that begins or ends without a
date has no length and is left out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import NamedTuple

from data.domain.cases.model import Undated
from data.domain.city.model import TRIAGE
from data.domain.sla.history import Cycle, History
from data.domain.sla.worktime import Calendar

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
