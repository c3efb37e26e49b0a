"""What is closed or out of order now, where it is known where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from data.domain.guide.nouns import Condition, ConditionKind, ConditionState
from data.store.guide import conditions


def closures(conn: Connection, now: datetime) -> list[Condition]:
    """Closed roads that somebody has observed and that still count, where their place is known."""
    return [each for each in _placed(conn, now, (ConditionKind.ROAD,)) if each.current(now) is ConditionState.CLOSED]


def outages(conn: Connection, now: datetime) -> list[Condition]:
    """Likewise of power, water or lights."""
    calm = (ConditionState.OPEN, ConditionState.UNKNOWN)
    return [each for each in _placed(conn, now, (ConditionKind.OUTAGE,)) if each.current(now) not in calm]


def _placed(conn: Connection, now: datetime, kinds: Sequence[ConditionKind]) -> list[Condition]:
    found = conditions.current(conn, now, kinds=kinds)
    return [each for each in found if each.lat is not None and each.lon is not None]
