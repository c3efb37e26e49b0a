"""The audit: who did what, and who saw what, when and from where. Append-only; the database refuses all else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select

from data.store.db.schema.accounts import audit, user_account


class Action(StrEnum):
    """What was done."""

    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGOUT = "logout"
    SESSION_ENDED = "session_ended"
    PASSWORD_CHANGED = "password_changed"
    SECOND_FACTOR_ADDED = "second_factor_added"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    USER_ADDED = "user_added"
    USER_DISABLED = "user_disabled"
    USER_RESET = "user_reset"
    KEY_ADDED = "key_added"
    KEY_REVOKED = "key_revoked"
    REFUSED = "refused"
    VIEWED = "viewed"
    EXPORTED = "exported"
    CHANGED = "changed"
    UPLOADED = "uploaded"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One row."""

    at: datetime
    actor: str
    action: str
    object: str
    address: str


def add(conn: Connection, now: datetime, actor: str, action: Action, object: str = "", *, address: str = "") -> None:
    """`actor` is a user's name, empty for nobody known; an empty address is the server itself."""
    row = {"actor": actor[:100], "action": action.value, "object": object[:2000], "address": address[:64]}
    conn.execute(insert(audit).values(at=now, **row))


def last_logins(conn: Connection) -> dict[str, datetime]:
    """By the names of accounts, when somebody last logged in; a name that nobody used is missing."""
    mine = select(audit.c.at).where(audit.c.actor == user_account.c.name, audit.c.action == Action.LOGIN.value)
    newest = mine.order_by(audit.c.id.desc()).limit(1).scalar_subquery()
    found = conn.execute(select(user_account.c.name, newest)).all()
    return {name: at for name, at in found if at is not None}


def latest(conn: Connection, limit: int, actor: str | None = None) -> list[AuditLine]:
    """The newest lines first, of one user or of all."""
    columns = (audit.c[name] for name in ("at", "actor", "action", "object", "address"))
    question = select(*columns).order_by(audit.c.id.desc()).limit(limit)
    if actor is not None:
        question = question.where(audit.c.actor == actor)
    return [AuditLine(*row) for row in conn.execute(question)]
