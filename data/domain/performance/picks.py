"""The very cases behind a mark of a chart. A pick names it: 'received:week:2026-11-02', 'on_time:agency:dlh'."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from data.domain.figures.measures import closing, flows, pauses, stocks
from data.domain.figures.selection import Bucket, By, Period, Step
from data.domain.history.columns import NOTHING_SAID
from data.domain.performance.forecast import due_soon
from data.domain.performance.frame import Frame, Rows
from data.domain.performance.shares import quick_ends

_DAY_S = 86_400
ANY = "any"


@dataclass(frozen=True, slots=True)
class Pick:
    """`what` of the cases whose `by` is `code`."""

    what: str
    by: str
    code: str


def parse(text: str) -> Pick | None:
    """None for what is no pick."""
    what, _, rest = text.partition(":")
    by, _, code = rest.partition(":")
    return Pick(what, by, code) if what in COHORTS else None


def filter_of(pick: Pick) -> tuple[str, str]:
    """The dimension of the mark and its value, by which the other charts can be filtered; not every mark has one."""
    if pick.what == "topic":
        return By.CATEGORY, pick.code
    if pick.what == "paused" and pick.by != ANY:
        return By.AGENCY, pick.by
    return pick.by, pick.code


def rows_of(frame: Frame, pick: Pick) -> Rows:
    """The rows of its cases, none twice; none for one that no chart has."""
    rows = COHORTS[pick.what](frame, pick)
    if pick.by in set(By):
        rows = rows[getattr(frame.columns, pick.by)[rows] == _code(frame, pick)]
    return np.unique(rows)


def _code(frame: Frame, pick: Pick) -> int:
    names: tuple[str, ...] = getattr(frame.columns.names, pick.by)
    return names.index(pick.code) if pick.code in names else -1


def _within(frame: Frame, pick: Pick) -> Frame:
    """The frame with the day, week or month of the pick as its period."""
    bucket = bucket_of(frame, pick)
    return frame if bucket is None else replace(frame, period=Period(bucket.start, bucket.end, frame.period.zone))


def bucket_of(frame: Frame, pick: Pick) -> Bucket | None:
    """The part of the time that the pick names."""
    if pick.by not in set(Step):
        return None
    found = (each for each in frame.period.buckets(Step(pick.by)) if str(each.first) == pick.code)
    return next(found, None)


def _number(text: str) -> int:
    """-1 for what is none."""
    return int(text) if text.isascii() and text.isdigit() else -1


def _received(frame: Frame, pick: Pick) -> Rows:
    rows = _within(frame, pick).received()
    if pick.by in ("weekday", "hour"):
        weekday, hour = frame.local(rows)
        asked = pick.code.split("-")
        day, at = _number(asked[0]), _number(asked[1]) if len(asked) > 1 else -1
        rows = rows[(weekday == day) & ((hour == at) | (pick.by == "weekday"))]
    if pick.by == By.VILLAGE:
        rows = rows[~frame.columns.private[rows]]
    return rows


def _on_time(frame: Frame, pick: Pick) -> Rows:
    """All first answers that fell due: what the share is of."""
    view = frame.view()
    picked = view.within("answer_due", "source")
    rows: Rows = picked.row[view.tells[picked["source"]]]
    return rows


def _ended(frame: Frame, pick: Pick) -> Rows:
    return flows.done(_within(frame, pick).view()).row


def _backlog(frame: Frame, pick: Pick) -> Rows:
    """Open at the end of a part ('2026-11-02' in `by`), of the age whose place is the code."""
    within = _within(frame, Pick(pick.what, frame.step, pick.by))
    c = frame.columns
    end = min(within.period.end, c.at + 1) - 1
    rows = stocks.open_at(within.view(), end)
    bounds = (0, *stocks.AGES_D)
    age = max(_number(pick.code), 0) if _number(pick.code) < len(bounds) else 0
    days = (end - c.received[rows].astype(np.int64)) / _DAY_S
    last = bounds[age + 1] if age + 1 < len(bounds) else np.inf
    of_age: Rows = rows[(days >= bounds[age]) & (days < last)]
    return of_age


def _topic(frame: Frame, pick: Pick) -> Rows:
    """Of one category ('sampah' in the code) in the part of the time that begins on the day in `by`."""
    rows = _within(frame, Pick(pick.what, frame.step, pick.by)).received()
    names = frame.columns.names.category
    code = names.index(pick.code) if pick.code in names else -1
    of_category: Rows = rows[frame.columns.category[rows] == code]
    return of_category


def _paused(frame: Frame, pick: Pick) -> Rows:
    """With a pause for the reason in the code, with the agency in `by`; 'any' is any."""
    ended, names = pauses.pauses_ended(frame.view()), frame.columns.names
    chosen = np.ones(len(ended.row), dtype=np.bool_)
    for asked, known, codes in ((pick.by, names.agency, ended.agency), (pick.code, names.reason, ended.reason)):
        if asked != ANY:
            chosen &= codes == (known.index(asked) if asked in known else -1)
    return ended.row[chosen]


def _due(frame: Frame, pick: Pick) -> Rows:
    return due_soon(frame)


def _rated(frame: Frame, pick: Pick) -> Rows:
    picked = frame.view().within("finished", "rating", "state", former=False)
    score = _number(pick.code)
    rated = flows.counted(picked["state"]) & (picked["rating"] == score) & (picked["rating"] > 0)
    rows: Rows = picked.row[rated]
    return rows


def _quality(frame: Frame, pick: Pick) -> Rows:
    if pick.by == "within_minute":
        ended_rows, quick = quick_ends(frame.view())
        quickly: Rows = ended_rows[quick]
        return quickly
    if pick.by in ("without_proof", "copied"):
        words = closing.ended(frame.view())
        copies = pick.by == "copied"
        rows: Rows = words.row[closing.said_before(frame.columns, words) if copies else words.said == NOTHING_SAID]
        return rows
    done = flows.done(frame.view())
    again: Rows = done.row[done["reopened_since"]]
    return again


COHORTS: Mapping[str, Callable[[Frame, Pick], Rows]] = {
    "received": _received,
    "topic": _topic,
    "paused": _paused,
    "ended": _ended,
    "on_time": _on_time,
    "backlog": _backlog,
    "due": _due,
    "rated": _rated,
    "quality": _quality,
}
