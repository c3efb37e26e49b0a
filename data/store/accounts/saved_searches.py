"""The searches that a person keeps under a name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select

from data.store.db.engine import insert_into
from data.store.db.schema.incidents import saved_search

NAME_MOST = 80
MOST = 50
"""Of a person."""


class SavedSearch(NamedTuple):
    """A search. `query`: as the address has it."""

    name: str
    query: str


def saved(conn: Connection, person: str) -> Sequence[SavedSearch]:
    """A person's own, by name."""
    mine = select(saved_search.c.name, saved_search.c.query).where(saved_search.c.person == person)
    return [SavedSearch(*row) for row in conn.execute(mine.order_by(saved_search.c.name))]


def save(conn: Connection, person: str, search: SavedSearch, now: datetime) -> bool:
    """Keep it; one of the same name is replaced. False: there are too many."""
    others = (saved_search.c.person == person) & (saved_search.c.name != search.name)
    if conn.execute(select(func.count()).where(others)).scalar_one() >= MOST:
        return False
    kept = {"query": search.query, "saved_at": now}
    added = insert_into(conn, saved_search).values(person=person, name=search.name, **kept)
    conn.execute(added.on_conflict_do_update(index_elements=["person", "name"], set_=kept))
    return True


def remove(conn: Connection, person: str, name: str) -> None:
    """Forget it."""
    conn.execute(delete(saved_search).where(saved_search.c.person == person, saved_search.c.name == name))
