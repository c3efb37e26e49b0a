"""What is closed or out of order now, where it is known where."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from data.domain.guide.nouns import ConditionKind, ConditionState
from data.store.cases.conditions import NOW
from data.store.db.schema.guide import condition

Spots = tuple[tuple[float, float], ...]
_STANDING = (
    select(condition.c.kind, condition.c.state, condition.c.lat, condition.c.lon)
    .where(
        condition.c.superseded_at.is_(None),
        condition.c.expires_at > NOW,
        condition.c.kind.in_((ConditionKind.ROAD, ConditionKind.OUTAGE)),
        condition.c.state.not_in((ConditionState.OPEN, ConditionState.UNKNOWN)),
        condition.c.lat.is_not(None),
        condition.c.lon.is_not(None),
    )
    .order_by(condition.c.id)
)


class Disruptions(NamedTuple):
    """Where they are, each (lat, lon)."""

    closures: Spots
    """Of roads."""
    outages: Spots
    """Of power, water or lights."""


def disruptions(conn: Connection, now: datetime) -> Disruptions:
    """What was observed and still counts."""
    rows = conn.execute(_STANDING, {"now": now}).all()
    return Disruptions(
        tuple((lat, lon) for kind, state, lat, lon in rows if (kind, state) == _CLOSED_ROAD),
        tuple((lat, lon) for kind, _, lat, lon in rows if kind == ConditionKind.OUTAGE),
    )


_CLOSED_ROAD = (ConditionKind.ROAD, ConditionState.CLOSED)
