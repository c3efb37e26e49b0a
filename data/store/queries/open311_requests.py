"""Cases as the public may ask for them (Open311): never a private one, never who reported it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, or_, select

from data.domain.cases.model import ActorKind, CaseEvent, CaseState, EventKind, Precision
from data.store.db.schema import case, case_event, changed_at

Box = tuple[float, float, float, float]
"""West, south, east, north, degrees; its edges belong to it."""
LOCATED = frozenset({Precision.EXACT, Precision.STREET, Precision.OUTSIDE})
"""Whose position is a position: that of a case known by its village only is made up, and never told."""
Place = tuple[datetime, int]
"""Where a walk through the cases stands: receipt and id of the last one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. Given codes override everything else; ranges are closed, moments aware.

    Updated is a case when it changed here, however old what it was told is: else whoever asks for what is new would
    never hear of a report that came late.
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
    """One case, as far as it is public."""

    id: int
    """Of the store, to ask for its history; not for the public."""
    code: str
    category: str
    open: bool
    state: CaseState
    agency: str
    title: str
    text: str
    received_at: datetime
    changed_at: datetime
    """Of one that is no longer open, when it ended or was resolved; else when it changed here last."""
    closed_at: datetime | None
    """When it ended or was resolved; None of an open one."""
    due_at: datetime | None
    """When it is to be resolved; None while a pause without a cap stops the clock."""
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
        """Where a walk goes on after this one."""
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


def public_cases(conn: Connection, wanted: Wanted) -> list[PublicCase]:
    """The cases asked for, newest first; by last change, oldest first, when a range of changes is asked for."""
    return [_read(row) for row in conn.execute(_statement(wanted)).mappings()]


def public_walk(conn: Connection, wanted: Wanted, after: Place | None, most: int) -> list[PublicCase]:
    """The next `most` cases asked for, oldest first, after the place where the last call ended; offset and limit rest.

    Each call stands alone, however many there are: nothing is held between two of them, and each goes on in an index.
    """
    statement = _narrowed(wanted).order_by(case.c.received_at, case.c.id).limit(most)
    if after is not None:
        at, last = after
        later = or_(case.c.received_at > at, and_(case.c.received_at == at, case.c.id > last))
        statement = statement.where(case.c.received_at >= at, later)
    return [_read(row) for row in conn.execute(statement).mappings()]


def _statement(wanted: Wanted) -> Select[tuple[object, ...]]:
    statement = _narrowed(wanted)
    if wanted.codes:
        return statement.order_by(case.c.received_at.desc(), case.c.id.desc())
    if wanted.updated_from or wanted.updated_to:
        statement = statement.order_by(changed_at, case.c.id)
    else:
        statement = statement.order_by(case.c.received_at.desc(), case.c.id.desc())
    return statement.offset(wanted.offset).limit(wanted.limit)


def _narrowed(wanted: Wanted) -> Select[tuple[object, ...]]:
    statement = select(*(case.c[name] for name in _COLUMNS)).where(case.c.private.is_(False))
    if wanted.codes:
        return statement.where(case.c.code.in_(wanted.codes))
    return statement.where(*_conditions(wanted))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.categories:
        found.append(case.c.category.in_(wanted.categories))
    if wanted.received_from:
        found.append(case.c.received_at >= wanted.received_from)
    if wanted.received_to:
        found.append(case.c.received_at <= wanted.received_to)
    if wanted.updated_from:
        found.append(changed_at >= wanted.updated_from)
    if wanted.updated_to:
        found.append(changed_at <= wanted.updated_to)
    if wanted.open is not None:
        found.append(case.c.open.is_(wanted.open))
    if wanted.box is not None:
        west, south, east, north = wanted.box
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


_EVENT_COLUMNS = [
    case_event.c[name] for name in ("case_id", "at", "kind", "actor_kind", "agency", "category", "reason", "text")
]


def public_histories(conn: Connection, ids: Sequence[int]) -> dict[int, list[CaseEvent]]:
    """The events of these cases (at most some thousands) in order of time, without who acted; of private ones none."""
    public = (case.c.id == case_event.c.case_id) & case.c.private.is_(False)
    statement = select(*_EVENT_COLUMNS).join(case, public).where(case_event.c.case_id.in_(ids))
    found: dict[int, list[CaseEvent]] = defaultdict(list)
    for row in conn.execute(statement.order_by(case_event.c.case_id, case_event.c.at, case_event.c.n)).mappings():
        columns = {name: row[name] for name in ("at", "agency", "category", "reason", "text")}
        columns["kind"], columns["actor_kind"] = EventKind(row["kind"]), ActorKind(row["actor_kind"])
        found[row["case_id"]].append(CaseEvent(**columns))
    return dict(found)
