"""The list of escalations for those who are told: what nobody has acknowledged first, then what went highest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from data.domain.access.roles import Audience
from data.store.db.schema.cases import case
from data.store.db.schema.escalation import escalation
from data.store.escalation.steps import COLUMNS, SHOWN, Raised, read
from data.store.queries.case_rows import village_name
from data.store.queries.desk.lists import are_open, for_audience

MOST = 200


@dataclass(frozen=True, slots=True)
class EscalatedCase:
    """A line."""

    code: str
    title: str
    """'' where it is private and not for the reader."""
    category: str
    village: str | None
    received_at: datetime
    raised: Raised


def escalated(conn: Connection, audience: Audience) -> tuple[EscalatedCase, ...]:
    """At most MOST."""
    facts = (case.c[name] for name in ("code", "title", "category", "village", "received_at", "private"))
    found = select(*COLUMNS, *facts).join(case, SHOWN).where(are_open(for_audience(audience)))
    order = (escalation.c.acknowledged_at.is_not(None), escalation.c.step.desc(), escalation.c.due_at, case.c.id)
    rows = conn.execute(found.order_by(*order).limit(MOST)).mappings()
    return tuple(
        EscalatedCase(
            row["code"],
            "" if row["private"] and not audience.private else row["title"],
            row["category"],
            None if row["private"] and not audience.private else village_name(row["village"]),
            row["received_at"],
            read(row),
        )
        for row in rows
    )
