"""What is stored of cases by their ids at the source: what a newer snapshot of them is compared with."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Connection, any_, func, literal, select, update

from data.domain.cases import ActorKind, CaseEvent, EventKind
from data.store.schema import case, case_event, rejected


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stored case as far as its source can change it; `events` in the order they were stored."""

    id: int
    code: str
    category: str
    policy: str
    policy_version: int
    service_class: str
    sp4n_number: str | None
    sp4n_status: str | None
    events: tuple[CaseEvent, ...]


_FACTS = tuple(name for name in Snapshot.__slots__ if name != "events")
_EVENT = tuple(CaseEvent.__slots__)


def known_ids(conn: Connection, source: str, external_ids: Sequence[str]) -> set[str]:
    """Those of the ids that are stored already."""
    known = (case.c.source == source) & _one_of(conn, case.c.external_id, external_ids)
    return set(conn.execute(select(case.c.external_id).where(known)).scalars())


def kept_ids(conn: Connection, source: str, external_ids: Sequence[str]) -> set[str]:
    """Those of the ids that wait in the rejected table."""
    kept = (rejected.c.source == source) & _one_of(conn, rejected.c.external_id, external_ids)
    return set(conn.execute(select(rejected.c.external_id).where(kept)).scalars())


def snapshots(conn: Connection, source: str, external_ids: Sequence[str]) -> dict[str, Snapshot]:
    """What is stored of these ids, by id; those not stored are missing."""
    known = (case.c.source == source) & _one_of(conn, case.c.external_id, external_ids)
    columns = [case.c.external_id, *(case.c[name] for name in _FACTS)]
    rows = conn.execute(select(*columns).where(known)).mappings().all()
    events = _events(conn, [row["id"] for row in rows])
    found: dict[str, Snapshot] = {}
    for row in rows:
        facts: dict[str, Any] = {name: row[name] for name in _FACTS}
        found[row["external_id"]] = Snapshot(**facts, events=tuple(events[row["id"]]))
    return found


def set_sp4n(conn: Connection, case_id: int, number: str | None, status: str | None) -> None:
    """What SP4N-LAPOR! calls the case and how it stands there, so that the two can be reconciled."""
    conn.execute(update(case).where(case.c.id == case_id).values(sp4n_number=number, sp4n_status=status))


def _one_of(conn: Connection, column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """The column is any of the values, which travel as one parameter: thousands of them cost nothing to say."""
    if conn.dialect.name == "postgresql":
        return column == any_(literal(list(values), ARRAY(column.type)))
    listed = func.json_each(literal(json.dumps(list(values)))).table_valued("value")
    return column.in_(select(listed.c.value))


def _events(conn: Connection, ids: Collection[int]) -> dict[int, list[CaseEvent]]:
    events: dict[int, list[CaseEvent]] = defaultdict(list)
    if not ids:
        return events
    columns = [case_event.c.case_id, *(case_event.c[name] for name in _EVENT)]
    theirs = _one_of(conn, case_event.c.case_id, ids)
    query = select(*columns).where(theirs).order_by(case_event.c.case_id, case_event.c.n)
    for case_id, at, kind, actor_kind, *rest in conn.execute(query):
        events[case_id].append(CaseEvent(at, EventKind(kind), ActorKind(actor_kind), *rest))
    return events
