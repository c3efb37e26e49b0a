"""Finds open cases near another one; `data.domain.incidents.folding` says which may tell of the same event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select

from data.domain.city.model import IncidentRule
from data.domain.incidents.folding import IncidentCase, bounding_box, plain_words
from data.store.db.schema.cases import case, reporter

SENDERS = ("phone", "email", "account_id", "device_id")
"""Columns of the reporter that tell who somebody is; a name does not."""


def open_near(conn: Connection, new: IncidentCase, rule: IncidentRule) -> dict[str, tuple[int, IncidentCase]]:
    """Open cases of the same category within the rule's square and time window, without merged ones.

    By code: (id, case). Empty when the new one has no position.
    """
    if new.lat is None or new.lon is None:
        return {}
    south, north, west, east = bounding_box(new.lat, new.lon, rule.radius_m)
    columns = [case.c[name] for name in ("id", "code", "category", "received_at", "lat", "lon", "title", "text")]
    senders = [reporter.c[name] for name in SENDERS]
    rows = conn.execute(
        select(*columns, *senders)
        .outerjoin(reporter, reporter.c.case_id == case.c.id)
        .where(
            case.c.open,
            case.c.category == new.category,
            case.c.received_at.between(new.received_at - rule.window, new.received_at + rule.window),
            case.c.lat.between(south, north),
            case.c.lon.between(west, east),
            case.c.head_id.is_(None),
        )
    )
    return {row.code: (row.id, _case(row)) for row in rows}


def senders_of(known: Iterable[str | None]) -> frozenset[str]:
    """What tells who sent a case, from the values of SENDERS in their order."""
    return frozenset(f"{name}:{value.strip().casefold()}" for name, value in zip(SENDERS, known, strict=True) if value)


def _case(row: Row[*tuple[Any, ...]]) -> IncidentCase:
    words = plain_words(f"{row.title} {row.text}")
    return IncidentCase(
        row.code, row.category, row.received_at, row.lat, row.lon, words, senders_of(row[-len(SENDERS) :])
    )
