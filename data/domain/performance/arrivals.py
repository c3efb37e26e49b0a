"""When and where cases come."""

from __future__ import annotations

import numpy as np

from data.domain.figures.kpis import FEW
from data.domain.figures.measures import flows
from data.domain.figures.selection import By
from data.domain.history.columns import NONE, Flags
from data.domain.performance.answers import PlaceRow, TopicRow, Topics, When, Where
from data.domain.performance.frame import Frame, Rows
from data.domain.sla.worktime import moment


def when(frame: Frame) -> When:
    """By weekday and hour, and how many outside the city hall's hours."""
    rows = frame.received()
    weekday, hour = frame.local(rows)
    table = np.bincount(weekday * 24 + hour, minlength=7 * 24).reshape(7, 24)
    return When(tuple(tuple(row) for row in table.tolist()), int((~is_open(frame, rows)).sum()))


def topics(frame: Frame) -> Topics:
    """By category, over time."""
    names = frame.columns.names.category
    view = frame.view(By.CATEGORY, frame.step)
    buckets = [bucket for bucket in frame.period.buckets(frame.step) if bucket.start <= frame.columns.at]
    counts = [n.n or 0 for n in flows.received(view)]
    before = None if frame.before is None else flows.received(frame.view(By.CATEGORY, period=frame.before))
    rows = [
        TopicRow(
            code,
            tuple(counts[place * view.n_parts : place * view.n_parts + len(buckets)]),
            before[place].n or 0 if before else 0,
        )
        for place, code in enumerate(names)
    ]
    told = sorted((row for row in rows if row.n or row.before), key=lambda row: (-row.n, row.code))
    whole = [sum(row.counts[place] for row in rows) for place in range(len(buckets))]
    heard = frame.heard()
    silent = tuple(heard(bucket, n) is None for bucket, n in zip(buckets, whole, strict=True))
    before_n = None if before is None else sum(each.n or 0 for each in before)
    return Topics(frame.step, tuple(bucket.first for bucket in buckets), silent, tuple(told), before_n)


def is_open(frame: Frame, rows: Rows) -> Flags:
    """Whether each case came in the hours of the calendar by which the law counts."""
    calendar = frame.calendars[frame.city.legal_calendar]
    if calendar.spec.always or not len(rows):
        return np.ones(len(rows), dtype=np.bool_)
    received = frame.columns.received[rows].astype(np.int64)
    windows = calendar.windows(moment(int(received.min())), moment(int(received.max()) + 1))
    starts = np.array([int(a.timestamp()) for a, _ in windows], dtype=np.int64)
    ends = np.array([int(b.timestamp()) for _, b in windows], dtype=np.int64)
    place = np.searchsorted(starts, received, side="right") - 1
    inside: Flags = (place >= 0) & (received < ends[np.maximum(place, 0)]) if len(ends) else np.zeros(len(rows), bool)
    return inside


def where(frame: Frame) -> Where:
    """By village. Private cases have no place here: a count of one would tell of it."""
    c, rows, people = frame.columns, frame.received(), frame.city.population.people
    placed = rows[(c.village[rows] != NONE) & ~c.private[rows]]
    n = np.bincount(c.village[placed], minlength=len(c.names.village))
    late = np.bincount(c.village[placed[is_overdue(frame, placed)]], minlength=len(n))
    found = [
        PlaceRow(code, int(n[place]), int(late[place]), 1000 * int(n[place]) / people[code] if code in people else None)
        for place, code in enumerate(getattr(c.names, By.VILLAGE))
        if n[place]
    ]
    whole = all(row.per_thousand is not None for row in found)
    ordered = sorted(found, key=lambda row: (row.n < FEW, -(row.per_thousand or 0) if whole else 0, -row.n, row.code))
    return Where(tuple(ordered), len(rows) - len(placed), frame.city.population)


def is_overdue(frame: Frame, rows: Rows) -> Flags:
    """Whether the citizen's running clock of each is past its due moment."""
    c = frame.columns
    late: Flags = (c.next_due[rows] != NONE) & (c.next_due[rows] < c.at)
    return late
