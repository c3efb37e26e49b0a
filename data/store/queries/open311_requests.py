"""Queries for the public Open311 server: never a private case, never the reporter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, or_, select

from data.domain.cases.model import ActorKind, CaseEvent, CaseState, EventKind, Precision
from data.store.db.schema.cases import case, case_event, changed_at

Box = tuple[float, float, float, float]
"""West, south, east, north, degrees; its edges belong to it."""
LOCATED = frozenset({Precision.EXACT, Precision.STREET, Precision.OUTSIDE})
"""The precisions with a measured position. Of other cases only a village or kecamatan is known; they get no
position."""
Place = tuple[datetime, int]
"""The position in a paged query: receipt and id of the last case."""


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """The filter of a request. `codes` override all other fields; ranges include both ends, moments are aware.

    `updated_from` and `updated_to` compare when a case changed in this store, not the source's own time: otherwise a
    client that asks for changes would miss reports that arrived late.
    """

    codes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    received_from: datetime | None = None
    received_to: datetime | None = None
    updated_from: datetime | None = None
    updated_to: datetime | None = None
    open: bool | None = None
    box: Box | None = None
    offset: int = 0
    limit: int = 1000


@dataclass(frozen=True, slots=True)
class PublicCase:
    """The public fields of a case."""

    id: int
    """The store's id, to query the history; not public."""
    code: str
    category: str
    open: bool
    state: CaseState
    agency: str
    title: str
    text: str
    received_at: datetime
    changed_at: datetime
    """Of a closed case, when it ended or was resolved; else when it last changed in this store."""
    closed_at: datetime | None
    """When it ended or was resolved; None of an open one."""
    due_at: datetime | None
    """When it should be resolved; None while a pause without a cap stops the clock."""
    address: str | None
    village: str | None
    precision: Precision
    lat: float | None
    """None, with `lon`, unless the precision is one of LOCATED."""
    lon: float | None
    media_url: str | None
    source: str
    service_class: str
    demo: bool

    @property
    def place(self) -> Place:
        """The position after this case."""
        return self.received_at, self.id


_COLUMNS = [
    "id",
    "code",
    "category",
    "open",
    "state",
    "agency",
    "title",
    "text",
    "received_at",
    "updated_at",
    "stored_at",
    "resolved_at",
    "ended_at",
    "resolve_due_at",
    "address",
    "village",
    "precision",
    "lat",
    "lon",
    "media_url",
    "source",
    "service_class",
    "demo",
]


def public_cases(conn: Connection, case_filter: CaseFilter) -> list[PublicCase]:
    """The cases of the filter, newest first; with a range of changes, by last change, oldest first."""
    return [_read(row) for row in conn.execute(_statement(case_filter)).mappings()]


def public_cases_after(conn: Connection, case_filter: CaseFilter, after: Place | None, most: int) -> list[PublicCase]:
    """The next `most` cases of the filter after the position `after`, oldest first; ignores offset and limit.

    Calls are independent: nothing is held between them, and each continues in an index.
    """
    statement = _narrowed(case_filter).order_by(case.c.received_at, case.c.id).limit(most)
    if after is not None:
        at, last = after
        later = or_(case.c.received_at > at, and_(case.c.received_at == at, case.c.id > last))
        statement = statement.where(case.c.received_at >= at, later)
    return [_read(row) for row in conn.execute(statement).mappings()]


def _statement(case_filter: CaseFilter) -> Select[tuple[object, ...]]:
    statement = _narrowed(case_filter)
    if case_filter.codes:
        return statement.order_by(case.c.received_at.desc(), case.c.id.desc())
    if case_filter.updated_from or case_filter.updated_to:
        statement = statement.order_by(changed_at, case.c.id)
    else:
        statement = statement.order_by(case.c.received_at.desc(), case.c.id.desc())
    return statement.offset(case_filter.offset).limit(case_filter.limit)


def _narrowed(case_filter: CaseFilter) -> Select[tuple[object, ...]]:
    statement = select(*(case.c[name] for name in _COLUMNS)).where(case.c.private.is_(False))
    if case_filter.codes:
        return statement.where(case.c.code.in_(case_filter.codes))
    return statement.where(*_conditions(case_filter))


def _conditions(case_filter: CaseFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if case_filter.categories:
        found.append(case.c.category.in_(case_filter.categories))
    if case_filter.received_from:
        found.append(case.c.received_at >= case_filter.received_from)
    if case_filter.received_to:
        found.append(case.c.received_at <= case_filter.received_to)
    if case_filter.updated_from:
        found.append(changed_at >= case_filter.updated_from)
    if case_filter.updated_to:
        found.append(changed_at <= case_filter.updated_to)
    if case_filter.open is not None:
        found.append(case.c.open.is_(case_filter.open))
    if case_filter.box is not None:
        west, south, east, north = case_filter.box
        found.append(case.c.precision.in_(sorted(LOCATED)))
        found += [case.c.lat.between(south, north), case.c.lon.between(west, east)]
    return found


def _read(row: RowMapping) -> PublicCase:
    over = None if row["open"] else row["ended_at"] or row["resolved_at"]
    precision = Precision(row["precision"])
    located = precision in LOCATED
    return PublicCase(
        id=row["id"],
        code=row["code"],
        category=row["category"],
        open=row["open"],
        state=CaseState(row["state"]),
        agency=row["agency"],
        title=row["title"],
        text=row["text"],
        received_at=row["received_at"],
        changed_at=over or row["stored_at"] or row["updated_at"],
        closed_at=over,
        due_at=row["resolve_due_at"],
        address=row["address"],
        village=row["village"],
        precision=precision,
        lat=row["lat"] if located else None,
        lon=row["lon"] if located else None,
        media_url=row["media_url"],
        source=row["source"],
        service_class=row["service_class"],
        demo=row["demo"],
    )


_TOLD = ("at", "agency", "category", "reason", "text", "version", "undoes")
_EVENT_COLUMNS = [case_event.c[name] for name in ("case_id", "kind", "actor_kind", *_TOLD)]


def public_histories(conn: Connection, ids: Sequence[int]) -> dict[int, list[CaseEvent]]:
    """By id, the events of these cases (at most some thousands) in order of time, without the actor's name; private
    cases are left out."""
    public = (case.c.id == case_event.c.case_id) & case.c.private.is_(False)
    statement = select(*_EVENT_COLUMNS).join(case, public).where(case_event.c.case_id.in_(ids))
    found: dict[int, list[CaseEvent]] = defaultdict(list)
    for row in conn.execute(statement.order_by(case_event.c.case_id, case_event.c.at, case_event.c.n)).mappings():
        columns = {name: row[name] for name in _TOLD}
        columns["kind"], columns["actor_kind"] = EventKind(row["kind"]), ActorKind(row["actor_kind"])
        found[row["case_id"]].append(CaseEvent(**columns))
    return dict(found)
