"""The histories of cases that the public asked for. What of them is public is decided by who shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, select

from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.store.db.schema import case, case_event

_COLUMNS = [
    case_event.c[name] for name in ("case_id", "at", "kind", "actor_kind", "agency", "category", "reason", "text")
]


def public_histories(conn: Connection, ids: Sequence[int]) -> dict[int, list[CaseEvent]]:
    """The events of these cases (at most some thousands) in order of time, without who acted; of private ones none."""
    public = (case.c.id == case_event.c.case_id) & case.c.private.is_(False)
    statement = select(*_COLUMNS).join(case, public).where(case_event.c.case_id.in_(ids))
    found: dict[int, list[CaseEvent]] = defaultdict(list)
    for row in conn.execute(statement.order_by(case_event.c.case_id, case_event.c.at, case_event.c.n)).mappings():
        columns = {name: row[name] for name in ("at", "agency", "category", "reason", "text")}
        columns["kind"], columns["actor_kind"] = EventKind(row["kind"]), ActorKind(row["actor_kind"])
        found[row["case_id"]].append(CaseEvent(**columns))
    return dict(found)
