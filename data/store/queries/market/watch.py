"""The outbreak watch: farmers' questions about pests and diseases, by village and week, against what is usual."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from statistics import fmean
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from data.domain.market.board import Outbreak, Watch
from data.domain.market.outbreaks import BASELINE, Method, alarms
from data.domain.market.pests import pest_of
from data.store.db.schema.cases import case
from data.store.queries.market.open_listings import village_name

WEEKS = BASELINE + 6
"""Of counts before the present week: C3 needs twelve."""
LEAST = 3
"""Fewer reports in a week are no outbreak, however quiet it was before."""
FRESH = timedelta(seconds=30)
QUESTION = "question"
_WEEK = timedelta(days=7)
_NOT_COUNTED = ("rejected", "merged")


class PestReport(NamedTuple):
    """A case that tells of a pest."""

    day: date
    village: str | None
    pest: str


class OutbreakWatch:
    """Cached: it reads the texts of a season. One for a process; safe to use from many threads."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._guard = threading.Lock()
        self._asked: datetime | None = None
        self._watch = Watch((), (), 0)
        self._pests: dict[int, str | None] = {}

    def ask(self, conn: Connection, now: datetime) -> Watch:
        """The watch of now or of a moment ago."""
        with self._guard:
            if self._asked is None or abs(now - self._asked) >= FRESH:
                today = now.astimezone(self._zone).date()
                self._watch, self._asked = watch(self._reports(conn, today), today), now
            return self._watch

    def _reports(self, conn: Connection, today: date) -> list[PestReport]:
        start = datetime.combine(_monday(today) - WEEKS * _WEEK, time.min, self._zone)
        of = case.c
        rows = conn.execute(
            select(of.id, of.received_at, of.village, of.title, of.text).where(
                of.received_at >= start,
                of.kind == QUESTION,
                of.state.not_in(_NOT_COUNTED),
                of.private.is_(False),
            )
        ).all()
        known = {row.id: self._pest(row.id, row.title, row.text) for row in rows}
        self._pests = known
        return [
            PestReport(row.received_at.astimezone(self._zone).date(), row.village, pest)
            for row in rows
            if (pest := known[row.id]) is not None
        ]

    def _pest(self, case_id: int, title: str, text: str) -> str | None:
        """Of a text; kept by case, because a text is read every half minute and seldom changes."""
        return self._pests[case_id] if case_id in self._pests else pest_of(f"{title}\n{text}")


def watch(reports: Sequence[PestReport], today: date) -> Watch:
    """The watch on a day. Weeks run over seven days each, the last one ends today: it is whole on any day.

    Before the first report of all nothing is known, which is not 'no report': the watch begins as many weeks later as
    a baseline needs.
    """
    of_village: dict[str, list[PestReport]] = defaultdict(list)
    for each in reports:
        if each.village and each.day <= today:
            of_village[each.village].append(each)
    recent = Counter(each.village for each in reports if today - _WEEK < each.day <= today)
    unplaced = recent.pop(None, 0)
    weeks = min(WEEKS, _week_of(min((each.day for each in reports), default=today), today) + 1)
    found = (_outbreak(village, theirs, today, weeks) for village, theirs in of_village.items())
    outbreaks = [each for each in found if each is not None]
    outbreaks.sort(key=lambda each: (-(each.reports - each.usual), each.code))
    counts = sorted(((str(village), n) for village, n in recent.items()), key=lambda item: (-item[1], item[0]))
    return Watch(tuple(counts), tuple(outbreaks), unplaced, weeks)


def _outbreak(village: str, reports: Sequence[PestReport], today: date, weeks: int) -> Outbreak | None:
    ago = Counter(_week_of(each.day, today) for each in reports)
    counts = [ago[back] for back in range(weeks - 1, -1, -1)]
    if counts[-1] < LEAST or not any(alarms(counts, method)[-1] for method in Method):
        return None
    pests = Counter(each.pest for each in reports if _week_of(each.day, today) == 0)
    usual = fmean(counts[-BASELINE - 3 : -3])
    first = today - _WEEK + timedelta(days=1)
    return Outbreak(village, village_name(village), first, counts[-1], usual, _most(pests))


def _week_of(day: date, today: date) -> int:
    """How many weeks ago; 0: in the last seven days."""
    return (today - day).days // 7


def _most(pests: Mapping[str, int]) -> str:
    return min(pests, key=lambda pest: (-pests[pest], pest))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
