"""Finds open cases near a new one; `data.domain.incidents.folding` chooses the head of the incident among them."""

from __future__ import annotations

from sqlalchemy import Connection, select

from data.domain.city.model import IncidentRule
from data.domain.incidents.folding import IncidentCase, bounding_box
from data.store.db.schema.cases import case


def open_near(conn: Connection, new: IncidentCase, rule: IncidentRule) -> dict[str, tuple[int, IncidentCase]]:
    """Open cases of the same category within the rule's square and time window, without merged ones.

    By code: (id, case). Empty when the new one has no position.
    """
    if new.lat is None or new.lon is None:
        return {}
    south, north, west, east = bounding_box(new.lat, new.lon, rule.radius_m)
    rows = conn.execute(
        select(case.c.id, case.c.code, case.c.category, case.c.received_at, case.c.lat, case.c.lon).where(
            case.c.open,
            case.c.category == new.category,
            case.c.received_at.between(new.received_at - rule.window, new.received_at + rule.window),
            case.c.lat.between(south, north),
            case.c.lon.between(west, east),
            case.c.head_id.is_(None),
        )
    )
    return {row.code: (row.id, IncidentCase(*row[1:])) for row in rows}
