"""Sessions: rows that can be ended. The token is in the browser's cookie only; the store keeps its SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from data.store.accounts.users import User, by_id
from data.store.db.schema.accounts import user_session

TOKEN_BYTES = 32
HALF = timedelta(minutes=5)
"""So long the second factor may take."""
SEEN_EVERY = timedelta(seconds=60)
"""A session's last use is written at most so often."""


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """When a session ends by itself."""

    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True, slots=True)
class Session:
    """A session that lasts."""

    digest: str
    user: User
    begun_at: datetime
    seen_at: datetime
    half: bool
    """The password was right, the second factor is still owed."""
    sso: bool
    """The provider of single sign-on has vouched for the person, with the factors that it asks for."""


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session in a list."""

    digest: str
    begun_at: datetime
    seen_at: datetime
    address: str
    browser: str


def begin(
    conn: Connection,
    user_id: int,
    now: datetime,
    *,
    half: bool = False,
    sso: bool = False,
    address: str = "",
    browser: str = "",
) -> str:
    """The token of a new session, for the browser's cookie."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = {"digest": digest_of(token), "user_id": user_id, "begun_at": now, "seen_at": now, "half": half, "sso": sso}
    conn.execute(insert(user_session).values(**row, address=address[:64], browser=browser[:200]))
    return token


def digest_of(token: str) -> str:
    """What the store keeps of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def of_token(conn: Connection, token: str, now: datetime, limits: SessionLimits) -> Session | None:
    """The session; None when it is unknown, over, or its account is disabled."""
    return of_digest(conn, digest_of(token), now, limits)


def of_digest(conn: Connection, digest: str, now: datetime, limits: SessionLimits) -> Session | None:
    """The same, by what the store keeps of the token."""
    row = conn.execute(select(user_session).where(user_session.c.digest == digest)).one_or_none()
    if row is None or not row.begun_at <= now < row.begun_at + limits.absolute or now >= row.seen_at + limits.idle:
        return None
    if row.half and now >= row.begun_at + HALF:
        return None
    user = by_id(conn, row.user_id)
    if user is None or user.disabled_at is not None:
        return None
    return Session(row.digest, user, row.begun_at, row.seen_at, row.half, row.sso)


def is_to_be_seen(session: Session, now: datetime) -> bool:
    """Whether its use is to be written now."""
    return now >= session.seen_at + SEEN_EVERY


def seen(conn: Connection, digest: str, now: datetime) -> None:
    """It was used."""
    conn.execute(update(user_session).where(user_session.c.digest == digest).values(seen_at=now))


def lasting(conn: Connection, now: datetime, limits: SessionLimits) -> dict[int, int]:
    """How many sessions of each user last, by the user's id."""
    asked = select(user_session.c.user_id, func.count()).where(user_session.c.half.is_(False), _last(now, limits))
    return dict(conn.execute(asked.group_by(user_session.c.user_id)).all())


def _last(now: datetime, limits: SessionLimits) -> ColumnElement[bool]:
    return (user_session.c.begun_at > now - limits.absolute) & (user_session.c.seen_at > now - limits.idle)


def of_user(conn: Connection, user_id: int, now: datetime, limits: SessionLimits) -> list[SessionLine]:
    """The user's sessions that last, newest first."""
    columns = (user_session.c[name] for name in ("digest", "begun_at", "seen_at", "address", "browser"))
    mine = select(*columns).where(user_session.c.user_id == user_id, user_session.c.half.is_(False), _last(now, limits))
    return [
        SessionLine(*row) for row in conn.execute(mine.order_by(user_session.c.begun_at.desc(), user_session.c.digest))
    ]


def end(conn: Connection, digest: str, user_id: int) -> bool:
    """End one of the user's sessions; False when there is none."""
    one = (user_session.c.digest == digest) & (user_session.c.user_id == user_id)
    return conn.execute(delete(user_session).where(one)).rowcount == 1


def end_token(conn: Connection, token: str) -> None:
    """End the session of this token, whosever it is."""
    conn.execute(delete(user_session).where(user_session.c.digest == digest_of(token)))


def end_all(conn: Connection, user_id: int, but: str | None = None) -> int:
    """End the user's sessions, all but one; how many there were."""
    those = user_session.c.user_id == user_id
    if but is not None:
        those &= user_session.c.digest != but
    return conn.execute(delete(user_session).where(those)).rowcount


def forget_over(conn: Connection, now: datetime, limits: SessionLimits) -> int:
    """Delete the rows of sessions that are over."""
    over = (user_session.c.begun_at <= now - limits.absolute) | (user_session.c.seen_at <= now - limits.idle)
    return conn.execute(delete(user_session).where(over)).rowcount
