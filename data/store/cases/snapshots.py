"""Reads stored cases by their ids at the source, to compare them with newer snapshots from the source."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Connection, any_, bindparam, func, select, update

from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.store.cases.versions import KEPT_COLUMNS, keep_if_changed
from data.store.db.schema.cases import VERSIONED, case, case_event, rejected


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The fields of a stored case that its source can change; `events` in the order of storing.

    told_at: the source's own time of the last change that it reported; None when it dated nothing.
    """

    id: int
    code: str
    category: str
    policy: str
    policy_version: int
    service_class: str
    sp4n_number: str | None
    sp4n_status: str | None
    title: str
    text: str
    address: str | None
    media_url: str | None
    lat: float | None
    lon: float | None
    precision: str
    village: str | None
    district: str | None
    private: bool
    erased: bool
    promised_at: datetime | None
    told_at: datetime | None
    events: tuple[CaseEvent, ...]


_FACTS = tuple(name for name in Snapshot.__slots__ if name != "events")
_EVENT = tuple(CaseEvent.__slots__)
_VERSIONED = frozenset(VERSIONED)


class RecordPresence(NamedTuple):
    """Whether the store knows a record, and how."""

    known: bool
    """There is a case of it."""
    kept: bool
    """It is in the rejected table."""


_HERE = case.c.source == bindparam("source")
_SEEN = select(
    select(case.c.id).where(_HERE, case.c.external_id == bindparam("external_id")).scalar_subquery(),
    select(rejected.c.id)
    .where(rejected.c.source == bindparam("source"), rejected.c.external_id == bindparam("kept_as"))
    .scalar_subquery(),
)


def record_presence(conn: Connection, source: str, external_id: str, kept_as: str) -> RecordPresence:
    """Whether there is a case of the record, and whether the rejected table has it under the id `kept_as`."""
    sought = {"source": source, "external_id": external_id, "kept_as": kept_as}
    case_id, rejected_id = conn.execute(_SEEN, sought).one()
    return RecordPresence(case_id is not None, rejected_id is not None)


def known_ids(conn: Connection, source: str, external_ids: Sequence[str]) -> set[str]:
    """Those of the ids that have a case."""
    known = select(case.c.external_id).where(_HERE, _is_any_of(conn, case.c.external_id))
    return set(conn.execute(known, {"source": source} | _values(conn, external_ids)).scalars())


def kept_ids(conn: Connection, source: str, external_ids: Sequence[str]) -> set[str]:
    """Those of the ids that are in the rejected table."""
    kept = select(rejected.c.external_id).where(
        rejected.c.source == bindparam("source"), _is_any_of(conn, rejected.c.external_id)
    )
    return set(conn.execute(kept, {"source": source} | _values(conn, external_ids)).scalars())


def snapshots(conn: Connection, source: str, external_ids: Sequence[str]) -> dict[str, Snapshot]:
    """The stored cases of these ids, by id; ids without a case are missing."""
    columns = [case.c.external_id, *(case.c[name] for name in _FACTS)]
    query = select(*columns).where(_HERE, _is_any_of(conn, case.c.external_id))
    rows = conn.execute(query, {"source": source} | _values(conn, external_ids)).mappings().all()
    events = _events(conn, [row["id"] for row in rows])
    found: dict[str, Snapshot] = {}
    for row in rows:
        facts: dict[str, Any] = {name: row[name] for name in _FACTS}
        found[row["external_id"]] = Snapshot(**facts, events=tuple(events[row["id"]]))
    return found


def update_columns(conn: Connection, case_id: int, facts: Mapping[str, object], now: datetime) -> None:
    """Write columns of Snapshot, by name."""
    if not _VERSIONED.isdisjoint(facts):
        row = conn.execute(select(*KEPT_COLUMNS).where(case.c.id == case_id)).mappings().one()
        keep_if_changed(conn, row, facts, now)
    conn.execute(update(case).where(case.c.id == case_id).values(**facts))


def _is_any_of(conn: Connection, column: ColumnElement[Any]) -> ColumnElement[bool]:
    """The column equals any of `values`, which are one parameter, so that thousands of them need no long statement."""
    if conn.dialect.name == "postgresql":
        return column == any_(bindparam("values", type_=ARRAY(column.type)))
    return column.in_(select(func.json_each(bindparam("values")).table_valued("value").c.value))


def _values(conn: Connection, values: Collection[Any]) -> dict[str, Any]:
    return {"values": list(values) if conn.dialect.name == "postgresql" else json.dumps(list(values))}


def _events(conn: Connection, ids: Collection[int]) -> dict[int, list[CaseEvent]]:
    events: dict[int, list[CaseEvent]] = defaultdict(list)
    if not ids:
        return events
    columns = [case_event.c.case_id, *(case_event.c[name] for name in _EVENT)]
    theirs = select(*columns).where(_is_any_of(conn, case_event.c.case_id))
    rows = conn.execute(theirs.order_by(case_event.c.case_id, case_event.c.n), _values(conn, ids))
    for case_id, at, kind, actor_kind, *rest in rows:
        events[case_id].append(CaseEvent(at, EventKind(kind), ActorKind(actor_kind), *rest))
    return events
