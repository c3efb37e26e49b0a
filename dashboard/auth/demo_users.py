"""The accounts of the demonstration: one of each role. The gate lets only this machine use them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from dashboard.auth import passwords
from data.domain.access.roles import Role, unfit_agencies, unfit_villages
from data.store.accounts import users
from data.store.db.engine import Connection

DEMO_NAMES: Mapping[Role, str] = {role: f"demo-{role.value}" for role in Role}


def add_demo_users(conn: Connection, agency: str, village: str, now: datetime) -> dict[Role, tuple[str, str]]:
    """One account of each role with a new password, which needs no change: (name, password). Those before are gone."""
    made = {}
    for role, name in DEMO_NAMES.items():
        users.remove(conn, name)
        password = passwords.one_time_password()
        agencies = [] if unfit_agencies(role, frozenset()) is None else [agency]
        villages = [] if unfit_villages(role, frozenset()) is None else [village]
        kept = passwords.hashed(password)
        users.add(conn, name, role, agencies, password=kept, now=now, one_time_until=None, villages=villages)
        made[role] = (name, password)
    return made


def remove_demo_users(conn: Connection) -> None:
    """For a server that is no demonstration: their passwords were never changed."""
    for name in DEMO_NAMES.values():
        users.remove(conn, name)
