"""Failed logins by account and by address, counted for all processes. Keys are hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Connection, case, delete, select, update

from data.domain.access.throttle import ADDRESS_WINDOW, FORGOTTEN_AFTER, wait_of_account, wait_of_address
from data.store.db.engine import insert_into
from data.store.db.schema.accounts import login_failure

Kind = Literal["account", "known", "address", "code"]
"""known: an account from a browser in which it was used before. code: the second factor of an account."""
_WINDOW: Mapping[str, timedelta] = {"address": ADDRESS_WINDOW}


def wait_s(conn: Connection, kind: Kind, key: str, now: datetime) -> int:
    """Seconds until the next try may be made; 0: now."""
    row = conn.execute(select(login_failure).where(_of(kind, key))).one_or_none()
    if row is None:
        return 0
    if kind == "address":
        return wait_of_address(row.failures, row.first_at, now)
    return wait_of_account(row.failures, row.last_at, now)


def failed(conn: Connection, kind: Kind, key: str, now: datetime) -> None:
    """Count one more; the count begins anew when it was forgotten, for an address after its hour."""
    window = _WINDOW.get(kind)
    since = login_failure.c.first_at if window else login_failure.c.last_at
    anew = since <= now - (window or FORGOTTEN_AFTER)
    statement = insert_into(conn, login_failure).values(
        kind=kind, key=_digest(key), failures=1, first_at=now, last_at=now
    )
    changed = {
        "failures": case((anew, 1), else_=login_failure.c.failures + 1),
        "first_at": case((anew, statement.excluded.first_at), else_=login_failure.c.first_at),
        "last_at": statement.excluded.last_at,
    }
    conn.execute(statement.on_conflict_do_update(index_elements=["kind", "key"], set_=changed))


def succeeded(conn: Connection, kind: Kind, key: str) -> None:
    """Forget what was counted."""
    conn.execute(delete(login_failure).where(_of(kind, key)))


def take_back(conn: Connection, kind: Kind, key: str) -> None:
    """Count one less: the try succeeded, and says nothing of the others."""
    conn.execute(update(login_failure).where(_of(kind, key)).values(failures=login_failure.c.failures - 1))


def forget_old(conn: Connection, now: datetime) -> int:
    """Delete what counts no more."""
    return conn.execute(delete(login_failure).where(login_failure.c.last_at <= now - FORGOTTEN_AFTER)).rowcount


def _of(kind: Kind, key: str) -> ColumnElement[bool]:
    return (login_failure.c.kind == kind) & (login_failure.c.key == _digest(key))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
