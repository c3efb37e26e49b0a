"""Forms that are not sent yet: a row with an end, which nobody reads but the browser that has its key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select

from data.store.db.engine import insert_into
from data.store.db.schema.citizens import draft

LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as far as it is filled in."""

    key: str
    at: datetime
    """When it was begun."""
    content: Mapping[str, Any] = field(default_factory=dict)


def of_key(conn: Connection, key: str, now: datetime) -> Draft | None:
    """The form; None when there is none, or it is too old."""
    row = conn.execute(select(draft).where(draft.c.key == key, draft.c.at > now - LIFE)).one_or_none()
    return None if row is None else Draft(row.key, row.at, json.loads(row.content))


def save(conn: Connection, form: Draft) -> None:
    """Write it, whether it is new or not."""
    content = json.dumps(form.content, ensure_ascii=False)
    statement = insert_into(conn, draft).values(key=form.key, at=form.at, content=content)
    conn.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"content": content}))


def remove(conn: Connection, key: str) -> None:
    """It was sent, or is not wanted any more."""
    conn.execute(delete(draft).where(draft.c.key == key))


def delete_old(conn: Connection, before: datetime, most: int) -> int:
    """At most `most` of those begun before, which can be sent no more; returns how many."""
    old = select(draft.c.key).where(draft.c.at <= before).limit(most)
    return conn.execute(delete(draft).where(draft.c.key.in_(old))).rowcount
