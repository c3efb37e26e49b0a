"""ticker: the latest events of all cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, RowMapping, and_, or_, select

from data.domain.cases.model import EventKind
from data.domain.city.escalation import Receiver
from data.domain.city.model import City
from data.domain.figures.boards import Ticker, TickerItem
from data.domain.sla.calendars import Calendars
from data.store.cases.conditions import MOST
from data.store.db.schema.cases import case, case_event, change
from data.store.queries.case_rows import village_name

KINDS = (
    EventKind.RECEIVED,
    EventKind.DISPATCHED,
    EventKind.ANSWERED,
    EventKind.RESOLVED,
    EventKind.REOPENED,
    EventKind.REJECTED,
    EventKind.MERGED,
    EventKind.ESCALATED,
    "warned",
    "breached",
    "imported",
)
"""The kinds of changes that are shown; notes, ratings, the sources' health are not, nor that a
field assistant was told of a question."""
_LOOK_BACK = 20
"""How many changes are read for each item, because equal ones are folded into one item."""
_ESCALATED = and_(
    change.c.kind == EventKind.ESCALATED, case_event.c.case_id == change.c.case_id, case_event.c.seq == change.c.seq
)
_NEWEST = (
    select(
        change.c.at,
        change.c.kind,
        change.c.count,
        change.c.source,
        change.c.agency,
        case.c.category,
        case.c.title,
        case.c.village,
        case.c.private,
        case_event.c.reason.label("receiver"),
    )
    .join_from(change, case, change.c.case_id == case.c.id, isouter=True)
    .outerjoin(case_event, _ESCALATED)
    .where(change.c.kind.in_(KINDS), or_(case_event.c.reason.is_(None), case_event.c.reason != Receiver.ASSISTANT))
    .order_by(change.c.seq.desc())
    .limit(MOST)
)


def ask(conn: Connection, city: City, calendars: Calendars, now: datetime, limit: int) -> Ticker:
    """The newest `limit` items, newest first. Equal neighbours become one item with the date of the newest.

    The changes written last are sorted by when they took effect, so that a late import of old events is not shown as
    new.
    """
    rows = conn.execute(_NEWEST, {"most": limit * _LOOK_BACK}).mappings().all()
    dated = zip(_believable([row["at"] for row in rows], now), rows, strict=True)
    items = (_item(row, at) for at, row in sorted(dated, key=lambda each: each[0], reverse=True))
    return Ticker(now, tuple(_folded(items))[:limit])


def _believable(moments: Sequence[datetime], now: datetime) -> list[datetime]:
    """The moments of changes, the one written last first; of those in the future what is known of them.

    A change of the future was dated by a clock that ran ahead, ours or a source's. It was written after everything with
    a lower number, so it counts as from the newest moment among these; otherwise it would stand above all that happens
    until the clock has caught up.
    """
    newest, found = min((at for at in moments if at <= now), default=now), list[datetime]()
    for at in reversed(moments):
        newest = max(newest, at) if at <= now else newest
        found.append(newest if at > now else at)
    return found[::-1]


def _item(row: RowMapping, at: datetime) -> TickerItem:
    hidden = bool(row["private"])
    return TickerItem(
        at=at,
        kind=row["kind"],
        title=_title(row, hidden),
        village=None if hidden else village_name(row["village"]),
        agency=row["agency"] or "",
        category=row["category"] or "",
        private=hidden,
        count=row["count"],
        receiver=row["receiver"],
    )


def _title(row: RowMapping, hidden: bool) -> str:
    """The title of the case; of an import the source's name."""
    if hidden:
        return ""
    return row["title"] or (row["source"] or "" if row["category"] is None else "")


def _folded(items: Iterable[TickerItem]) -> Iterator[TickerItem]:
    """Newest first in, newest first out."""
    last: TickerItem | None = None
    for item in items:
        if last is not None and _alike(last, item):
            last = replace(last, count=last.count + item.count)
            continue
        if last is not None:
            yield last
        last = item
    if last is not None:
        yield last


def _alike(a: TickerItem, b: TickerItem) -> bool:
    same = (a.kind, a.category, a.village, a.agency) == (b.kind, b.category, b.village, b.agency)
    return same and a.receiver == b.receiver
