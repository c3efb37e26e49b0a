"""API keys: 256 random bits each, of which the store keeps only the SHA-256; and how many reports each posted a day."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from data.store.db.engine import insert_into
from data.store.db.schema.cases import api_key
from data.store.db.schema.intake import key_day

KeyDay = tuple[str, str]
"""A key's name and a local day, 2026-11-24."""


class NameTaken(ValueError):
    """A key of this name is in use."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of a key, and its own limits; None: the limits of config.yaml."""

    name: str
    per_minute: int | None = None
    per_day: int | None = None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key in a list; the key itself is not stored."""

    name: str
    created_at: datetime
    revoked_at: datetime | None
    per_minute: int | None
    """POSTs a minute; None: the limit of config.yaml."""
    per_day: int | None


def add(
    conn: Connection, name: str, now: datetime, *, per_minute: int | None = None, per_day: int | None = None
) -> str:
    """A new key for `name`, to be shown once. Replaces a revoked one of that name. Raises NameTaken."""
    conn.execute(delete(api_key).where(api_key.c.name == name, api_key.c.revoked_at.is_not(None)))
    if conn.execute(select(api_key.c.id).where(api_key.c.name == name)).first() is not None:
        raise NameTaken(f"there is a key named {name!r} already: revoke it first, or choose another name")
    key = "batt_" + secrets.token_urlsafe(32)
    limits = {"per_minute": per_minute, "per_day": per_day}
    conn.execute(insert(api_key).values(name=name, digest=_digest(key), created_at=now, **limits))
    return key


def owner(conn: Connection, key: str) -> Owner | None:
    """Whose key this is; None for an unknown or revoked one."""
    known = (api_key.c.digest == _digest(key)) & api_key.c.revoked_at.is_(None)
    row = conn.execute(select(api_key.c.name, api_key.c.per_minute, api_key.c.per_day).where(known)).one_or_none()
    return None if row is None else Owner(*row)


def check(conn: Connection, key: str) -> str | None:
    """The name whose key this is; None for an unknown or revoked one."""
    found = owner(conn, key)
    return None if found is None else found.name


def revoke(conn: Connection, name: str, now: datetime) -> bool:
    """Make the key of `name` worthless; False when there is none in use."""
    in_use = (api_key.c.name == name) & api_key.c.revoked_at.is_(None)
    return conn.execute(update(api_key).where(in_use).values(revoked_at=now)).rowcount == 1


def all_keys(conn: Connection) -> list[ApiKey]:
    """All keys ever made, by name; of a replaced one only the later."""
    columns = (api_key.c[name] for name in ("name", "created_at", "revoked_at", "per_minute", "per_day"))
    return [ApiKey(*row) for row in conn.execute(select(*columns).order_by(api_key.c.name))]


def add_posts(conn: Connection, posts: Mapping[KeyDay, int]) -> None:
    """Add to the counts."""
    if not posts:
        return
    statement = insert_into(conn, key_day)
    statement = statement.on_conflict_do_update(
        index_elements=["key_name", "day"], set_={"posts": key_day.c.posts + statement.excluded.posts}
    )
    rows = [{"key_name": name, "day": day, "posts": n} for (name, day), n in sorted(posts.items())]
    conn.execute(statement, rows)


def posts_of_day(conn: Connection, day: str) -> dict[str, int]:
    """The counts of a local day, by the key's name."""
    rows = conn.execute(select(key_day.c.key_name, key_day.c.posts).where(key_day.c.day == day))
    return {row.key_name: row.posts for row in rows}


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
