"""The field assistants and the villages they are for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from data.store.db.schema.market_officer import assistant_village, field_assistant


@dataclass(frozen=True, slots=True)
class Assistant:
    """One of them."""

    code: str
    name: str
    villages: tuple[str, ...]
    """Kemendagri codes."""
    phone: str | None = None
    email: str | None = None


def replace_all(conn: Connection, assistants: Sequence[Assistant]) -> None:
    """These are all of them from now on."""
    conn.execute(delete(assistant_village))
    conn.execute(delete(field_assistant))
    for each in assistants:
        row = {"code": each.code, "name": each.name, "phone": each.phone, "email": each.email}
        made = conn.execute(insert(field_assistant).values(row).returning(field_assistant.c.id)).scalar_one()
        conn.execute(insert(assistant_village), [{"assistant_id": made, "village": it} for it in each.villages])


def assistants(conn: Connection) -> list[Assistant]:
    """By code."""
    villages: dict[int, list[str]] = defaultdict(list)
    for row in conn.execute(select(assistant_village).order_by(assistant_village.c.village)):
        villages[row.assistant_id].append(row.village)
    rows = conn.execute(select(field_assistant).order_by(field_assistant.c.code)).all()
    return [Assistant(row.code, row.name, tuple(villages[row.id]), row.phone, row.email) for row in rows]
