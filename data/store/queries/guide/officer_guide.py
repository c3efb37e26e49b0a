"""What the city's officer looks for: places by a part of their name, in whatever state they are."""

from __future__ import annotations

from sqlalchemy import Connection, func, or_, select

from data.domain.guide.nouns import Place, PlaceState
from data.store.db.schema.guide import place
from data.store.guide.places import place_of

_ORDER = (func.lower(place.c.name), place.c.id)


def search(conn: Connection, text: str, most: int) -> list[Place]:
    """By a part of the name, or by the code; by name."""
    plain = text.casefold().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found = or_(func.lower(place.c.name).like(f"%{plain}%", escape="\\"), place.c.code == text.upper())
    rows = conn.execute(select(place).where(found).order_by(*_ORDER).limit(most)).mappings()
    return [place_of(row) for row in rows]


def doubtful(conn: Connection, most: int) -> tuple[list[Place], int]:
    """Those that wait for a correction, by name, and how many there are."""
    mine = place.c.state.in_([PlaceState.DOUBTFUL.value, PlaceState.DRAFT.value])
    total = int(conn.execute(select(func.count()).select_from(place).where(mine)).scalar_one())
    rows = conn.execute(select(place).where(mine).order_by(*_ORDER).limit(most)).mappings()
    return [place_of(row) for row in rows], total
