"""Accounts. A password is here only as its hash; who makes and checks hashes is `dashboard.auth.passwords`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, delete, insert, select, update

from data.domain.access.roles import OF_VILLAGES, Person, Role
from data.store.db.schema.accounts import user_account, user_agency, user_village

NAME_MOST = 100


class NameTaken(ValueError):
    """There is an account of this name."""


@dataclass(frozen=True, slots=True)
class User:
    """An account."""

    person: Person
    password: str
    """The hash."""
    password_at: datetime
    one_time_until: datetime | None
    """Until when the one-time password is good, which must be changed at the first login; None: it is no such one."""
    totp_secret: str | None
    totp_step: int
    created_at: datetime
    disabled_at: datetime | None

    def must_change(self) -> bool:
        """Whether the password is a one-time password."""
        return self.one_time_until is not None


def folded(name: str) -> str:
    """A name as it is stored: nobody is kept out by capitals or a space."""
    return name.strip().casefold()


def add(
    conn: Connection,
    name: str,
    role: Role,
    agencies: Iterable[str],
    *,
    password: str,
    now: datetime,
    one_time_until: datetime | None,
    villages: Iterable[str] = (),
) -> int:
    """A new account's id; `password` is a hash. Raises NameTaken."""
    if by_name(conn, name) is not None:
        raise NameTaken(f"there is an account named {folded(name)!r} already")
    values = {"name": folded(name), "role": role.value, "password": password, "password_at": now, "created_at": now}
    made = insert(user_account).values(**values, one_time_until=one_time_until).returning(user_account.c.id)
    user_id: int = conn.execute(made).scalar_one()
    rows = [{"user_id": user_id, "agency": agency} for agency in sorted(set(agencies))]
    if rows:
        conn.execute(insert(user_agency), rows)
    places = [{"user_id": user_id, "village": village} for village in sorted(set(villages))]
    if places:
        conn.execute(insert(user_village), places)
    return user_id


def by_name(conn: Connection, name: str) -> User | None:
    """The account of this name, disabled or not."""
    found = _users(conn, select(user_account).where(user_account.c.name == folded(name)))
    return found[0] if found else None


def by_id(conn: Connection, user_id: int) -> User | None:
    """The account, disabled or not."""
    found = _users(conn, select(user_account).where(user_account.c.id == user_id))
    return found[0] if found else None


def all_users(conn: Connection) -> list[User]:
    """By name."""
    return _users(conn, select(user_account).order_by(user_account.c.name))


def _users(conn: Connection, question: Select[tuple[object, ...]]) -> list[User]:
    rows = conn.execute(question).all()
    agencies: dict[int, set[str]] = {row.id: set() for row in rows}
    of = select(user_agency.c.user_id, user_agency.c.agency).where(user_agency.c.user_id.in_(agencies))
    for user_id, agency in conn.execute(of) if agencies else ():
        agencies[user_id].add(agency)
    villages: dict[int, set[str]] = {row.id: set() for row in rows if row.role in OF_VILLAGES}
    there = select(user_village.c.user_id, user_village.c.village).where(user_village.c.user_id.in_(villages))
    for user_id, village in conn.execute(there) if villages else ():
        villages[user_id].add(village)
    return [
        User(
            Person(row.id, row.name, Role(row.role), frozenset(agencies[row.id]), frozenset(villages.get(row.id, ()))),
            row.password,
            row.password_at,
            row.one_time_until,
            row.totp_secret,
            row.totp_step,
            row.created_at,
            row.disabled_at,
        )
        for row in rows
    ]


def is_unchanged(conn: Connection, user: User) -> bool:
    """Whether password, second factor and state are still those of `user`. Nobody changes them in this transaction."""
    mine = select(user_account.c.password, user_account.c.totp_secret, user_account.c.disabled_at)
    row = conn.execute(mine.where(user_account.c.id == user.person.id).with_for_update()).one_or_none()
    return row is not None and tuple(row) == (user.password, user.totp_secret, user.disabled_at)


def set_password(
    conn: Connection, user_id: int, password: str, now: datetime, one_time_until: datetime | None = None
) -> None:
    """Another password, as its hash. Whether sessions end with it is the caller's to say."""
    _set(conn, user_id, password=password, password_at=now, one_time_until=one_time_until)


def keep_hash(conn: Connection, user_id: int, before: str, password: str) -> None:
    """The same password hashed with newer parameters, unless it was changed meanwhile."""
    same = (user_account.c.id == user_id) & (user_account.c.password == before)
    conn.execute(update(user_account).where(same).values(password=password))


def set_second_factor(conn: Connection, user_id: int, secret: str | None, step: int = 0) -> None:
    """The secret of the second factor, with the step of the code that proved it; None takes it away."""
    _set(conn, user_id, totp_secret=secret, totp_step=step)


def use_code(conn: Connection, user_id: int, step: int) -> bool:
    """Whether a code of this step may be used: each counts once, and none that is older than the last one."""
    fresh = (user_account.c.id == user_id) & (user_account.c.totp_step < step)
    return conn.execute(update(user_account).where(fresh).values(totp_step=step)).rowcount == 1


def disable(conn: Connection, user_id: int, now: datetime) -> None:
    """Nobody logs in by it any more. The caller ends its sessions."""
    _set(conn, user_id, disabled_at=now)


def enable(conn: Connection, user_id: int) -> None:
    """It may be used again."""
    _set(conn, user_id, disabled_at=None)


def remove(conn: Connection, name: str) -> None:
    """The account with its sessions, for a demonstration's accounts; what it did stays in the audit."""
    conn.execute(delete(user_account).where(user_account.c.name == folded(name)))


def _set(conn: Connection, user_id: int, **values: object) -> None:
    conn.execute(update(user_account).where(user_account.c.id == user_id).values(**values))
