"""API keys: 256 random bits each, of which the store keeps the SHA-256 only."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from data.store.schema import api_key


class NameTaken(ValueError):
    """A key of this name is in use."""


def add(conn: Connection, name: str, now: datetime) -> str:
    """A new key for `name`, to be shown once. Replaces a revoked one of that name. Raises NameTaken."""
    conn.execute(delete(api_key).where(api_key.c.name == name, api_key.c.revoked_at.is_not(None)))
    if conn.execute(select(api_key.c.id).where(api_key.c.name == name)).first() is not None:
        raise NameTaken(f"there is a key named {name!r} already: revoke it first, or choose another name")
    key = "batt_" + secrets.token_urlsafe(32)
    conn.execute(insert(api_key).values(name=name, digest=_digest(key), created_at=now))
    return key


def check(conn: Connection, key: str) -> str | None:
    """The name whose key this is; None for an unknown or revoked one."""
    known = (api_key.c.digest == _digest(key)) & api_key.c.revoked_at.is_(None)
    return conn.execute(select(api_key.c.name).where(known)).scalar_one_or_none()


def revoke(conn: Connection, name: str, now: datetime) -> bool:
    """Make the key of `name` worthless; False when there is none in use."""
    in_use = (api_key.c.name == name) & api_key.c.revoked_at.is_(None)
    return conn.execute(update(api_key).where(in_use).values(revoked_at=now)).rowcount == 1


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
